"""Topics of unseen documents: recovered, the same for each document alone, honest about what is not known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.exceptions import NotFittedError

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, background_topics, check_topics, detect

from .planting import choose_keywords, configure, plant


@pytest.fixture(scope="module")
def planted():
    return plant(3)


@pytest.fixture(scope="module")
def model(planted):
    keywords, _ = choose_keywords(planted, 3, wrong=0.0)
    fitted = KeywordLDA(topics=configure(keywords), prior="proportional", n_sweeps=80, n_samples=20)
    return fitted.fit(planted.counts, vocabulary=planted.words)


@pytest.fixture(scope="module")
def free_model(planted):
    fitted = KeywordLDA(n_topics=12, n_sweeps=80, n_samples=20)
    return fitted.fit(planted.counts, vocabulary=planted.words)


def tokens_of(planted, mixture, n, seed=0):
    """Draw a document; return its words and the topic each was drawn from."""
    rng = np.random.default_rng(seed)
    topics = rng.choice(len(mixture), n, p=mixture)
    words = [rng.choice(planted.topic_word.shape[1], p=planted.topic_word[topic]) for topic in topics]
    return np.array(words), topics


def test_planted_mixtures_and_word_topics_are_recovered(planted, model):
    mixtures = np.zeros((40, 12))
    rng = np.random.default_rng(1)
    for row in mixtures:
        row[rng.choice(12, 3, replace=False)] = rng.dirichlet([2, 2, 2])
    drawn = [tokens_of(planted, row, 300, seed) for seed, row in enumerate(mixtures)]
    found = detect(model, [words for words, _ in drawn])
    distance = np.abs(found.doc_topic - mixtures).sum(axis=1).mean() / 2
    assert distance < 0.18, "total variation, of which the prior alone makes 0.09"
    topical = [topics > 0 for _, topics in drawn]  # noise shares its words with all
    right = [
        (found.word_topic[found.words_of(doc)] == topics)[kept].mean()
        for doc, ((_, topics), kept) in enumerate(zip(drawn, topical, strict=True))
        if kept.any()
    ]
    assert np.mean(right) > 0.8


def test_the_mixture_is_that_of_transform(planted, model):
    counts = planted.counts[:30]
    found = detect(model, counts)
    assert np.array_equal(found.doc_topic, model.transform(counts))
    assert np.array_equal(found.n_words, np.asarray(counts.sum(axis=1)).ravel())
    assert found.n_unknown.sum() == 0


@pytest.mark.parametrize("which", ["model", "free_model"])
def test_a_document_alone_and_at_any_number_of_threads_gives_the_same(planted, which, request):
    fitted = request.getfixturevalue(which)
    documents = [tokens_of(planted, planted.doc_topic[doc], 80, doc)[0] for doc in range(60)]
    together, threaded = detect(fitted, documents), detect(fitted, documents, n_jobs=2)
    for doc, words in enumerate(documents):
        alone = detect(fitted, [words])
        for several in (together, threaded):
            part = several.words_of(doc)
            assert np.array_equal(alone.doc_topic[0], several.doc_topic[doc])
            assert alone.unexplained[0] == pytest.approx(several.unexplained[doc], abs=1e-12)
            assert np.array_equal(alone.word_topic, several.word_topic[part])
            assert np.array_equal(alone.word_p, several.word_p[part])


def test_documents_without_known_words_say_so(model):
    found = detect(model, [[], [-1, -1], np.array([], np.int32)])
    assert found.doc_topic.sum() == 0
    assert found.unexplained.tolist() == [1, 1, 1]
    assert found.n_unknown.tolist() == [0, 2, 0]
    assert found.word_topic.tolist() == [-1, -1]
    assert found.word_unexplained.all()
    assert found.to_list(["a", "b", "c"])[1] == {
        "doc": "b", "topics": [], "unexplained": 1.0, "n_words": 2, "n_unknown": 2,
    }  # fmt: skip
    assert len(detect(model, [])) == 0


def test_unknown_words_and_noise_are_left_unexplained(planted, model):
    topical = np.eye(12)[4]
    words, _ = tokens_of(planted, topical, 100)
    noise, _ = tokens_of(planted, np.eye(12)[0], 100)
    half_unknown = np.concatenate([words, np.full(100, -1)])
    found = detect(model, [words, half_unknown, noise])
    clear, half, all_noise = found.unexplained
    assert clear < 0.15
    assert half == pytest.approx(0.5 + clear / 2, abs=1e-6)
    assert all_noise > 0.5
    assert np.array_equal(found.doc_topic[0], found.doc_topic[1]), "unknown words are skipped"


def test_without_a_noise_topic_the_corpus_itself_is_the_background(planted, free_model):
    frequencies = free_model.topic_share_ @ free_model.topic_word_
    salad = np.random.default_rng(0).choice(len(frequencies), 300, p=frequencies / frequencies.sum())
    topical, _ = tokens_of(planted, np.eye(12)[5], 300)
    found = detect(free_model, [salad, topical])
    assert found.unexplained[0] > found.unexplained[1] + 0.1


def test_lists_and_tables_agree(planted, model):
    documents = [tokens_of(planted, planted.doc_topic[doc], 50, doc)[0] for doc in range(3)]
    found = detect(model, [*documents, [-1]])
    listed = found.to_list(list("abcd"))
    for entry in listed[:3]:
        shares = [topic["p"] for topic in entry["topics"]]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert len(found.to_list(list("abcd"), top=2)[0]["topics"]) == 2
    table = found.to_frame(list("abcd"))
    assert table.groupby("doc")["p"].sum().round(4).tolist() == [1, 1, 1, 0]
    assert table[table["doc"] == "d"]["topic"].isna().all()


@settings(max_examples=40)
@given(documents=st.lists(st.lists(st.integers(-1, 1199), max_size=30), max_size=5))
def test_whatever_the_words_shares_are_shares(model, documents):
    found = detect(model, documents)
    known = found.n_words > found.n_unknown
    assert np.allclose(found.doc_topic[known].sum(axis=1), 1, atol=1e-4)
    assert ((found.unexplained >= 0) & (found.unexplained <= 1 + 1e-6)).all()
    assert (found.word_topic >= -1).all()
    assert ((found.word_p >= 0) & (found.word_p <= 1 + 1e-6)).all()
    assert len(found.word_topic) == found.n_words.sum()


def test_words_of_another_vocabulary_are_refused(model):
    with pytest.raises(ParameterError, match=r"documents\[1\] must hold word numbers from -1 to 1199"):
        detect(model, [[1], [1200]])
    with pytest.raises(ParameterError, match=r"documents\[0\] must be whole numbers"):
        detect(model, [["drone"]])
    with pytest.raises(ParameterError, match=r"one column per word of the model, 1200; got \(2, 3\)"):
        detect(model, csr_matrix(np.ones((2, 3), int)))
    with pytest.raises(NotFittedError):
        detect(KeywordLDA(), [[0]])


def test_background_topics_are_known_by_name():
    topics = check_topics([{"id": name} for name in ("noise", "noise_2", "jazz", "Background", "noiserock")])
    assert background_topics(topics) == (0, 1, 3)
