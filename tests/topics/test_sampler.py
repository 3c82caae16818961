"""The chain: its stationary distribution, conservation, exclusions, threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.topics.keywords import Topic, check_topics, make_free_topics
from bandscape.topics.priors import make_classic_priors, make_proportional_priors
from bandscape.topics.sampler import BlockSampler

TINY = np.array([[1, 1, 0], [1, 0, 1]], np.int32)


def make_sampler(counts, topics, *, prior="classic", seed=3, index=None, **options):
    word_counts = np.asarray(counts.sum(axis=0)).ravel().astype(np.int64)
    if prior == "classic":
        priors = make_classic_priors(
            topics, index or {}, word_counts, doc_topic_prior=0.5, topic_word_prior=0.3
        )
    else:
        priors = make_proportional_priors(topics, index or {}, word_counts)
    return BlockSampler(csr_matrix(counts), priors, seed=seed, **options)


def enumerate_chain(dense_lda, docs, words, n_words):
    alpha, beta = np.full((docs.max() + 1, 2), 0.5), np.full((2, n_words), 0.3)
    states = dense_lda.all_states(len(docs), 2)
    moves = np.array([dense_lda.sweep_chances(docs, words, state, alpha, beta) for state in states])
    return dense_lda.stationary(moves), dense_lda.posterior(docs, words, alpha, beta), states


def visit_frequencies(sampler, n_sweeps=12_000):
    visits = np.zeros(16)
    sampler.start(1.0)
    for sweep in range(1, n_sweeps + 1):
        sampler.sweep(sweep, 1.0)
        visits[sampler.topics @ [8, 4, 2, 1]] += 1
    return visits / n_sweeps


def test_small_corpora_are_sampled_from_the_enumerated_posterior(dense_lda):
    sampler = make_sampler(TINY, make_free_topics(2))
    assert sampler.is_exact
    _, posterior, _ = enumerate_chain(dense_lda, *sampler.blocks.token_docs_and_words(), 3)
    np.testing.assert_allclose(visit_frequencies(sampler), posterior, atol=0.015)
    assert np.ptp(posterior) > 0.05  # a uniform sampler would fail


def test_exact_sampler_obeys_asymmetric_priors_and_exclusions(dense_lda):
    topics = check_topics(
        [{"id": "a", "proportion": 1, "keywords": ["w1"]}, {"id": "b", "proportion": 2, "excluded": ["w2"]}]
    )
    sampler = make_sampler(TINY, topics, index={f"w{at}": at for at in range(3)})
    beta = np.zeros((2, 3))
    sampler.priors.add_to(beta)
    assert beta[1, 2] == 0
    alpha = np.tile(sampler.priors.doc_prior, (2, 1))
    expected = dense_lda.posterior(*sampler.blocks.token_docs_and_words(), alpha, beta)
    np.testing.assert_allclose(visit_frequencies(sampler), expected, atol=0.015)


def test_block_sampler_visits_the_states_of_its_enumerated_chain(dense_lda):
    sampler = make_sampler(TINY, make_free_topics(2), is_exact=False)
    stationary, _, _ = enumerate_chain(dense_lda, *sampler.blocks.token_docs_and_words(), 3)
    np.testing.assert_allclose(visit_frequencies(sampler), stationary, atol=0.015)


def same_topic_error(dense_lda, counts):
    """Return the largest error of p(two tokens share a topic) of the block chain against the posterior."""
    docs = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    words = np.concatenate([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    order = np.lexsort((docs, words))
    frozen, exact, states = enumerate_chain(dense_lda, docs[order], words[order], counts.shape[1])
    same = (states[:, :, None] == states[:, None, :]).reshape(len(states), -1)
    return np.abs((frozen - exact) @ same).max()


def test_block_chain_on_a_handful_of_tokens_is_only_near_the_posterior(dense_lda):
    # why small corpora get the exact sampler; test_block_and_exact_chains_agree has the other end
    assert 0.1 < same_topic_error(dense_lda, TINY) < 0.2
    assert same_topic_error(dense_lda, np.array([[3, 0], [0, 3]])) < 0.02


def test_block_and_exact_chains_agree_on_a_larger_corpus(block_counts):
    # 8,000 tokens: the mean log-likelihood of the two chains' last sweeps, from the same start
    means = []
    for is_exact in (True, False):
        sampler = make_sampler(block_counts, make_free_topics(4), is_exact=is_exact)
        sampler.start(1.0)
        means.append(np.mean([sampler.sweep(sweep, 1.0).log_likelihood for sweep in range(1, 81)][40:]))
    assert means[0] == pytest.approx(means[1], abs=0.01)


@settings(max_examples=25)
@given(
    rows=st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=2, max_size=30),
    n_topics=st.integers(1, 20),
    prior=st.sampled_from(["classic", "proportional"]),
    seed=st.integers(0, 2**63 - 1),
    is_exact=st.booleans(),
)
def test_sweeps_conserve_tokens(rows, n_topics, prior, seed, is_exact):
    counts = np.array(rows, np.int32)
    counts[0, 0] = 1
    options = {"n_jobs": 2, "docs_per_block": 3, "is_exact": is_exact}
    sampler = make_sampler(counts, make_free_topics(n_topics), prior=prior, seed=seed, **options)
    sampler.start(1.0)
    sums = sampler.make_sums()
    for sweep in (1, 2):
        info = sampler.sweep(sweep, 0.5)
        sampler.collect(sums)
        assert 0 <= info.moved <= 1
        assert sampler.topics.max() < n_topics
        assert sampler.topic_totals.sum() == counts.sum()
    np.testing.assert_array_equal(sums.doc_topic.sum(axis=1), 2 * counts.sum(axis=1))
    np.testing.assert_array_equal(sums.word_topic.sum(axis=1), 2 * counts.sum(axis=0))
    np.testing.assert_array_equal(sums.word_topic.sum(axis=0), sums.doc_topic.sum(axis=0))


@pytest.mark.parametrize("is_exact", [True, False])
@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_excluded_words_are_never_assigned(random_counts, prior, is_exact):
    topics = check_topics(
        [
            {"id": "a", "excluded": ["w0", "w1", "w2"]},
            {"id": "b", "keywords": ["w0"]},
            {"id": "c", "count": 30},
        ]
    )
    index = {f"w{at}": at for at in range(40)}
    sampler = make_sampler(random_counts, topics, prior=prior, index=index, is_exact=is_exact)
    sampler.start(1.0)
    for sweep in range(1, 40):
        sampler.sweep(sweep, 1.0)
        sums = sampler.make_sums()
        sampler.collect(sums)
        assert not sums.word_topic[:3, 0].any()
    assert sums.word_topic[3:, 0].any()


@pytest.mark.parametrize("is_exact", [True, False])
def test_threads_and_reruns_give_the_same_bytes(random_counts, is_exact):
    states = []
    for n_jobs in (1, 2, 4, 1):
        sampler = make_sampler(random_counts, make_free_topics(20), n_jobs=n_jobs, is_exact=is_exact)
        sampler.start(1.0)
        infos = [sampler.sweep(sweep, 1.0) for sweep in range(1, 6)]
        states.append((sampler.topics.tobytes(), infos))
    assert sampler.blocks.n_blocks == 8
    assert all(state == states[0] for state in states)


def test_other_seeds_give_other_states(random_counts):
    states = set()
    for seed in range(3):
        sampler = make_sampler(random_counts, make_free_topics(20), seed=seed)
        sampler.start(1.0)
        states.add(sampler.topics.tobytes())
    assert len(states) == 3


@pytest.mark.parametrize("is_exact", [True, False])
def test_log_likelihood_is_that_of_predicting_each_token_from_the_others(is_exact):
    sampler = make_sampler(TINY, make_free_topics(1), is_exact=is_exact)
    sampler.start(1.0)
    info = sampler.sweep(1, 1.0)
    # one topic: word counts 2, 1, 1 of 4 tokens, the token itself left out, beta = 0.3 on 3 words
    expected = np.mean([np.log((count - 1 + 0.3) / (3 + 0.9)) for count in (2, 2, 1, 1)])
    assert info.log_likelihood == pytest.approx(expected, rel=1e-5)
    assert info.moved == 0


@pytest.mark.parametrize("is_exact", [True, False])
def test_frozen_topic_keeps_its_words(random_counts, is_exact):
    row = np.zeros(40)
    row[:4] = 0.25
    sampler = make_sampler(
        random_counts, (Topic("a"), Topic("b", frozen=True)), frozen={1: row}, is_exact=is_exact
    )
    sampler.start(1.0)
    for sweep in range(1, 10):
        sampler.sweep(sweep, 1.0)
    sums = sampler.make_sums()
    sampler.collect(sums)
    assert not sums.word_topic[4:, 1].any()
    assert sums.word_topic[:4, 1].sum() > 0


@pytest.mark.parametrize("is_exact", [True, False])
def test_restored_state_goes_on_like_the_original(random_counts, is_exact):
    original, copy = (make_sampler(random_counts, make_free_topics(9), is_exact=is_exact) for _ in range(2))
    original.start(1.0)
    original.sweep(1, 1.0)
    copy.restore(original.topics)
    assert original.sweep(2, 1.0) == copy.sweep(2, 1.0)
    np.testing.assert_array_equal(original.topics, copy.topics)
