"""Coherence against gensim and against windows counted one by one."""

import itertools

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.models.coherencemodel import CoherenceModel
from gensim.topic_coherence.indirect_confirmation_measure import cosine_similarity
from gensim.topic_coherence.segmentation import s_one_set
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics.diagnostics import count_cooccurrence, topic_coherence


def windows_one_by_one(texts, size):
    """Every window as a set of words, as the paper defines them."""
    for text in texts:
        for start in range(max(len(text) - size + 1, 1 if len(text) else 0)):
            yield set(text[start : start + size].tolist())


def make_texts(rng, n_docs=60, n_words=30, longest=40, shortest=0):
    return [rng.integers(0, n_words, rng.integers(shortest, longest + 1)) for _ in range(n_docs)]


def as_counts(texts, n_words):
    return csr_matrix(np.array([np.bincount(text, minlength=n_words) for text in texts]))


def dictionary_of(n_words):
    dictionary = Dictionary()
    dictionary.token2id = {str(word): word for word in range(n_words)}
    dictionary.id2token = {word: str(word) for word in range(n_words)}
    return dictionary


TOP = np.array([[0, 1, 2, 3, 4], [5, 2, 7, 8, 9], [20, 21, 22, 23, 24]])


@given(st.integers(0, 10**6), st.sampled_from([2, 3, 7, 20, 10**6]))
@settings(max_examples=25)
def test_windows_are_counted_as_one_by_one(seed, size):
    rng = np.random.default_rng(seed)
    texts = make_texts(rng, n_docs=12, n_words=12, longest=15)
    top = np.array([[0, 1, 2], [2, 11, 5]])
    found = count_cooccurrence(top, texts, window=size)
    all_windows = list(windows_one_by_one(texts, size))
    assert found.n_windows == len(all_windows)
    for topic, first, second in itertools.product(range(2), range(3), range(3)):
        expected = sum({int(top[topic, first]), int(top[topic, second])} <= window for window in all_windows)
        assert found.pairs[topic, first, second] == expected
    assert np.array_equal(found.single, np.einsum("kii->ki", found.pairs))


def test_counts_and_texts_give_the_same_by_documents(rng):
    texts = make_texts(rng)
    for measure in ("npmi", "u_mass"):
        from_counts = topic_coherence(TOP, as_counts(texts, 30), measure)
        assert np.array_equal(from_counts, topic_coherence(TOP, texts, measure))


def test_npmi_by_documents_is_gensims(rng):
    texts = make_texts(rng, shortest=1)
    names = [[str(word) for word in text] for text in texts]
    topics = [[str(word) for word in row] for row in TOP]
    theirs = CoherenceModel(
        topics=topics,
        texts=names,
        dictionary=dictionary_of(30),
        coherence="c_npmi",
        window_size=100,
        processes=1,
    ).get_coherence_per_topic()
    assert topic_coherence(TOP, as_counts(texts, 30)) == pytest.approx(theirs, abs=1e-12)


def test_u_mass_is_gensims(rng):
    texts = make_texts(rng, shortest=1)
    corpus = [list(zip(*np.unique(text, return_counts=True), strict=True)) for text in texts]
    topics = [[str(word) for word in row] for row in TOP]
    theirs = CoherenceModel(
        topics=topics, corpus=corpus, dictionary=dictionary_of(30), coherence="u_mass"
    ).get_coherence_per_topic()
    assert topic_coherence(TOP, as_counts(texts, 30), "u_mass") == pytest.approx(theirs, abs=1e-12)


def test_windows_without_repeats_give_gensims_c_v_and_npmi(rng):
    texts = [rng.permutation(30) for _ in range(40)]  # no word twice, where gensim's sliding window is right
    names = [[str(word) for word in text] for text in texts]
    topics = [[str(word) for word in row] for row in TOP]
    for ours, theirs in (("c_v", "c_v"), ("npmi", "c_npmi")):
        model = CoherenceModel(
            topics=topics,
            texts=names,
            dictionary=dictionary_of(30),
            coherence=theirs,
            window_size=8,
            processes=1,
        )
        expected = model.get_coherence_per_topic()
        assert topic_coherence(TOP, texts, ours, window=8) == pytest.approx(expected, abs=1e-12)


class CountedWindows:
    """What gensim's measures ask of an accumulator, counted the slow way."""

    def __init__(self, texts, size):
        self.windows = list(windows_one_by_one(texts, size))
        self.num_docs = len(self.windows)

    def __getitem__(self, words):
        wanted = {int(word) for word in np.atleast_1d(words)}
        return sum(wanted <= window for window in self.windows)


def test_c_v_is_gensims_formula_on_windows_counted_right(rng):
    texts = make_texts(rng, shortest=1)
    topics = list(TOP)
    expected = cosine_similarity(s_one_set(topics), CountedWindows(texts, 8), topics, measure="nlr", gamma=1)
    assert topic_coherence(TOP, texts, "c_v", window=8) == pytest.approx(expected, abs=1e-12)


def test_words_that_go_together_score_higher_than_words_that_do_not(rng):
    texts = [rng.choice(np.arange(10) + 10 * (doc % 2), 30) for doc in range(200)]
    top = np.array([[0, 1, 2, 3], [0, 11, 2, 13]])
    for measure in ("npmi", "u_mass", "c_v"):
        together, mixed = topic_coherence(top, texts, measure)
        assert together > mixed


def test_words_no_text_has_are_left_out():
    texts = [np.array([0, 1]), np.array([0, 1]), np.array([2, 3])]
    for measure in ("npmi", "u_mass", "c_v"):
        full, partly, none = topic_coherence([[0, 1, 2], [0, 1, 9], [7, 8, 9]], texts, measure)
        alone = topic_coherence([[0, 1]], texts, measure)[0]
        assert partly == pytest.approx(alone)
        assert full != pytest.approx(alone)
        assert np.isnan(none)


def test_words_of_every_document_say_nothing_and_documents_without_words_do_not_count():
    texts = [np.array([0, 1])] * 5
    assert topic_coherence([[0, 1]], texts)[0] == 0
    empty = np.array([], int)
    texts = [np.array([0, 1]), np.array([0, 1]), np.array([2, 3])]
    with_empty = [*texts, empty, empty]
    assert topic_coherence([[0, 1]], texts) == topic_coherence([[0, 1]], with_empty)
    assert topic_coherence([[0, 1]], as_counts(texts, 4)) == topic_coherence(
        [[0, 1]], as_counts(with_empty, 4)
    )


def test_bad_input_is_named():
    texts = [np.array([0, 1])]
    with pytest.raises(ParameterError, match="measure must be one of npmi, u_mass, c_v"):
        topic_coherence([[0, 1]], texts, "c_w2v")
    with pytest.raises(ParameterError, match="windows need texts"):
        topic_coherence([[0, 1]], csr_matrix(np.eye(2)), "c_v")
    with pytest.raises(ParameterError, match="window must be"):
        topic_coherence([[0, 1]], texts, window=1)
    with pytest.raises(ParameterError, match="top_words must be rows"):
        topic_coherence([0, 1], texts)
    with pytest.raises(ParameterError, match="a word twice"):
        topic_coherence([[0, 0]], texts)
    with pytest.raises(ParameterError, match="word ids >= 0"):
        topic_coherence([[0, 1]], [np.array([-1, 0])])
