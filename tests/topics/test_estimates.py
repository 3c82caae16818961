"""From summed counts to probabilities."""

import numpy as np
import pytest

from bandscape.topics.estimates import estimate_doc_topic, estimate_topic_word
from bandscape.topics.keywords import check_topics
from bandscape.topics.priors import make_classic_priors, make_proportional_priors
from bandscape.topics.sampler import SampleSums

N_WORDS, N_DOCS = 30, 12


def make_priors(prior):
    topics = check_topics([{"id": "a", "keywords": ["w3"], "excluded": ["w5"]}, {"id": "b", "count": 3}])
    index, word_counts = {f"w{at}": at for at in range(N_WORDS)}, np.arange(N_WORDS)
    if prior == "proportional":
        return make_proportional_priors(topics, index, word_counts).at(0.3)
    return make_classic_priors(topics, index, word_counts, topic_word_prior=0.2)


def make_sums(rng, dtype=np.int32):
    return SampleSums(
        rng.integers(0, 9, (N_WORDS, 4)).astype(dtype), rng.integers(0, 9, (N_DOCS, 4)).astype(np.int32), 3
    )


def expected_topic_word(sums, priors, frozen):
    topic_word = sums.word_topic.T / sums.n_samples
    priors.add_to(topic_word)
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    for topic, row in frozen.items():
        topic_word[topic] = row
    return topic_word


@pytest.mark.parametrize("prior", ["classic", "proportional"])
@pytest.mark.parametrize("sum_dtype", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_topic_word_is_counts_and_prior_over_their_sum(rng, monkeypatch, prior, sum_dtype, dtype):
    monkeypatch.setattr("bandscape.topics.estimates._CHUNK_BYTES", 400)  # so that there are several
    priors, sums = make_priors(prior), make_sums(rng, sum_dtype)
    frozen = {2: np.full(N_WORDS, 1 / N_WORDS)}
    sums.word_topic[priors.listed_words[priors.listed_priors == 0], 0] = 0  # an excluded word has no tokens
    expected = expected_topic_word(sums, priors, frozen)
    found = estimate_topic_word(sums, priors, frozen, dtype)
    assert found.dtype == dtype
    assert found.shape == (4, N_WORDS)
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == np.float32 else 1e-13)
    assert found[0, 5] == 0


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_doc_topic_is_counts_and_prior_over_their_sum(rng, monkeypatch, prior):
    monkeypatch.setattr("bandscape.topics.estimates._CHUNK_BYTES", 400)
    priors, sums = make_priors(prior), make_sums(rng)
    lengths = np.arange(N_DOCS)
    mixed = sums.doc_topic / 3 + priors.doc_scales(lengths)[:, None] * priors.doc_prior
    expected = (mixed / mixed.sum(axis=1, keepdims=True)).astype(np.float32)
    found = estimate_doc_topic(sums, priors, lengths)
    np.testing.assert_array_equal(found, expected)


def test_results_take_the_place_of_the_sums(rng):
    priors, sums = make_priors("classic"), make_sums(rng)
    assert np.shares_memory(estimate_topic_word(sums, priors, {}, np.float32), sums.word_topic)
    assert np.shares_memory(estimate_doc_topic(sums, priors, np.arange(N_DOCS)), sums.doc_topic)
    sums = make_sums(rng)
    sums.doc_topic.flags.writeable = False
    before = sums.doc_topic.copy()
    estimate_doc_topic(sums, priors, np.arange(N_DOCS))
    np.testing.assert_array_equal(sums.doc_topic, before)
