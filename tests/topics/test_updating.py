"""partial_fit: new documents for a fitted model."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA
from bandscape.topics.rounds import TopicEdits, refit
from bandscape.topics.updating import posterior_as_prior, take_up

WORDS = [f"w{at}" for at in range(20)]
TOPICS = [
    {"id": "a", "keywords": ["w1"], "excluded": ["w12"]},
    {"id": "b", "keywords": ["w6"]},
    {"id": "c"},
    {"id": "d"},
]


@pytest.fixture
def halves(block_counts):
    return block_counts[:100], block_counts[100:]


def fitted(counts, **options):
    options = {
        "topics": TOPICS,
        "n_sweeps": 120,
        "n_samples": 30,
        "random_state": 2,
        "optimize_interval": 0,
    } | options
    return KeywordLDA(**options).fit(counts, vocabulary=WORDS)


@pytest.mark.parametrize("prior", ["classic", "proportional"])
@pytest.mark.parametrize("sampler", ["exact", "dense", "sparse"])
def test_the_prior_of_new_documents_is_what_the_former_ones_have_shown(halves, prior, sampler):
    model = fitted(halves[0], prior=prior, sampler=sampler)
    priors = posterior_as_prior(model, np.zeros(20, np.int64))
    topic_word = np.zeros((4, 20))
    priors.add_to(topic_word)
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(topic_word, model.topic_word_, rtol=1e-4, atol=1e-6)
    expected = priors.topic_mass().sum() - (priors.word_prior[0] * 20 * 4 if prior == "classic" else 0)
    assert expected > halves[0].sum() * 0.99


@pytest.mark.parametrize("prior", ["classic", "proportional"])
@pytest.mark.parametrize("sampler", ["exact", "dense", "sparse"])
def test_new_documents_are_taken_up_and_topics_keep_their_meaning(halves, prior, sampler):
    first, second = halves
    model = fitted(first, prior=prior, sampler=sampler)
    before, share = model.topic_word_.copy(), model.topic_share_.copy()
    tokens = model.token_topics_.copy()
    assert model.partial_fit(second) is model
    cosines = (before * model.topic_word_).sum(axis=1) / np.sqrt(
        (before**2).sum(axis=1) * (model.topic_word_**2).sum(axis=1)
    )
    assert cosines.min() > 0.95
    assert (before != model.topic_word_).any()
    assert (share != model.topic_share_).any()
    np.testing.assert_allclose(model.topic_word_.sum(axis=1), 1, rtol=1e-5)
    assert model.topic_share_.sum() == pytest.approx(1)
    assert model.topic_word_[0, 12] == 0
    together = vstack([first, second]).tocsr()
    np.testing.assert_array_equal(model.word_counts_, np.asarray(together.sum(axis=0)).ravel())
    np.testing.assert_array_equal(model.doc_lengths_, np.asarray(together.sum(axis=1)).ravel())
    assert model.doc_topic_.shape == (200, 4)
    np.testing.assert_allclose(model.doc_topic_.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(model.token_topics_[: len(tokens)], tokens)
    assert len(model.token_topics_) == together.sum()
    # the mixtures of the new documents are as good as those of a fit of all
    whole = model.transform(second)
    assert np.abs(whole - model.doc_topic_[100:]).mean() < 0.1


def test_counts_of_all_documents_make_the_estimates(halves):
    first, second = halves
    model = fitted(first, n_sweeps=60, n_samples=1).partial_fit(second)
    docs = np.repeat(np.arange(200), model.doc_lengths_)
    counts = np.zeros((200, 4))
    np.add.at(counts, (docs, model.token_topics_), 1)
    np.testing.assert_allclose(counts.sum(axis=0) / counts.sum(), model.topic_share_, atol=0.01)


def test_a_later_word_of_a_topic_is_learnt(halves):
    first = halves[0].toarray()
    first[:, 4] = 0  # nobody has used w4 yet
    model = fitted(csr_matrix(first))
    a = int(model.topic_word_[:, 1].argmax())
    assert model.topic_word_[a, 4] < 0.01
    model.partial_fit(halves[1])
    assert model.topic_word_[a, 4] > 0.03


def test_frozen_topics_stay_frozen(halves):
    row = np.r_[np.zeros(5), np.full(5, 0.2), np.zeros(10)]
    topics = [{"id": "free", "count": 3}, {"id": "held", "frozen": True}]
    model = fitted(halves[0], topics=topics, frozen_topic_word={"held": row}).partial_fit(halves[1])
    np.testing.assert_array_equal(model.topic_word_[3], row)
    assert model.topic_share_[3] == pytest.approx(0.25, abs=0.05)


def test_the_first_call_is_a_fit(block_counts):
    one = KeywordLDA(n_topics=4, n_sweeps=20, n_samples=5).partial_fit(block_counts)
    other = KeywordLDA(n_topics=4, n_sweeps=20, n_samples=5).fit(block_counts)
    assert one.topic_word_.tobytes() == other.topic_word_.tobytes()


def test_same_bytes_at_any_number_of_threads_after_a_stop_and_from_a_file(halves, tmp_path):
    models = []
    for n_jobs in (1, 2):
        models.append(fitted(halves[0], sampler="dense", n_jobs=n_jobs).partial_fit(halves[1]))
    fitted(halves[0], sampler="dense").save(tmp_path / "model")
    models.append(KeywordLDA.load(tmp_path / "model").partial_fit(halves[1]))
    path = tmp_path / "chain.safetensors"
    for _ in range(30):
        last = fitted(halves[0], sampler="dense")
        last.partial_fit(halves[1], checkpoint=path, on_progress=lambda _event: True)
    models.append(last)
    assert len({model.topic_word_.tobytes() + model.token_topics_.tobytes() for model in models}) == 1


def test_documents_without_words_are_taken_up(halves):
    model = fitted(halves[0])
    before = model.topic_word_.copy()
    model.partial_fit(csr_matrix((3, 20), dtype=int))
    np.testing.assert_array_equal(model.topic_word_, before)
    assert model.doc_topic_.shape == (103, 4)
    np.testing.assert_allclose(model.doc_topic_[-1], model.doc_prior_ / model.doc_prior_.sum(), rtol=1e-5)


def test_a_model_of_several_batches_can_be_refitted(halves):
    model = fitted(halves[0]).partial_fit(halves[1][:50]).partial_fit(halves[1][50:])
    together = vstack(halves).tocsr()
    again = refit(model, together, TopicEdits().rename("c", "see").exclude("see", "w1"), n_sweeps=10)
    assert again.topic_ids_.tolist() == ["a", "b", "see", "d"]
    assert again.doc_topic_.shape == (200, 4)


def test_batches_of_other_shapes_are_refused(halves):
    model = fitted(halves[0])
    with pytest.raises(ParameterError, match="features"):
        model.partial_fit(halves[1][:, :10])
    with pytest.raises(ParameterError, match="whole numbers"):
        model.partial_fit(np.full((2, 20), 0.5))


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_a_second_batch_knows_how_cool_the_prior_is(halves, prior):
    model = fitted(halves[0], prior=prior).partial_fit(halves[1][:50])
    priors = posterior_as_prior(model, np.zeros(20, np.int64))
    topic_word = np.zeros((4, 20))
    priors.add_to(topic_word)
    n_tokens = halves[0].sum() + halves[1][:50].sum()
    assert topic_word.sum() < 1.2 * n_tokens  # at temperature 1 the proportional prior weighs as much again
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(topic_word, model.topic_word_, rtol=0.02, atol=1e-5)


@pytest.mark.parametrize("prior", ["classic", "proportional"])
@pytest.mark.parametrize("sampler", ["exact", "dense", "sparse"])
def test_a_saved_model_takes_up_batches_as_one_in_memory(halves, tmp_path, prior, sampler):
    batches = halves[1][:50], halves[1][50:]
    kept = fitted(halves[0], prior=prior, sampler=sampler)
    stored = fitted(halves[0], prior=prior, sampler=sampler)
    for number, batch in enumerate(batches):
        stored.save(tmp_path / f"model{number}")
        stored = KeywordLDA.load(tmp_path / f"model{number}").partial_fit(batch)
        kept.partial_fit(batch)
    kept.save(tmp_path / "kept")
    stored.save(tmp_path / "stored")
    files = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert "arrays.safetensors" in files
    for name in files:
        assert (tmp_path / "kept" / name).read_bytes() == (tmp_path / "stored" / name).read_bytes(), name


def test_new_documents_change_the_topics_and_not_the_documents_before(halves):
    model = fitted(halves[0])
    words, docs = model.topic_word_.copy(), model.doc_topic_.copy()
    updated, doc_topic = take_up(model, halves[1])
    np.testing.assert_array_equal(model.topic_word_, words)
    np.testing.assert_array_equal(updated.doc_topic_, docs)
    assert doc_topic.shape == (100, 4)
    assert (updated.topic_word_ != words).any()
    assert updated.word_counts_.sum() == halves[0].sum() + halves[1].sum()
    refit(updated, halves[0], n_sweeps=5)  # goes on from the documents it has
