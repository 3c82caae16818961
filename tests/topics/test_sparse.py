"""The chain of the sparse sampler: its distribution, conservation, exclusions, threads, resume."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.topics.keywords import Topic, check_topics, make_free_topics
from bandscape.topics.priors import make_classic_priors, make_proportional_priors
from bandscape.topics.sampler import BlockSampler
from bandscape.topics.sparse import SparseSampler

TINY = np.array([[1, 1, 0], [1, 0, 1]], np.int32)
INDEX = {f"w{at}": at for at in range(40)}


def make_priors(counts, topics, prior="classic", index=None):
    word_counts = np.asarray(counts.sum(axis=0)).ravel().astype(np.int64)
    if prior == "classic":
        return make_classic_priors(
            topics, index or {}, word_counts, doc_topic_prior=0.5, topic_word_prior=0.3
        )
    return make_proportional_priors(topics, index or {}, word_counts)


def make_sampler(counts, topics, *, prior="classic", index=None, kind=SparseSampler, seed=3, **options):
    priors = make_priors(counts, topics, prior, index)
    return kind(csr_matrix(counts), priors, seed=seed, is_exact=False, **options)


def visit_frequencies(sampler, n_sweeps=12_000):
    visits = np.zeros(16)
    sampler.start(1.0)
    for sweep in range(1, n_sweeps + 1):
        sampler.sweep(sweep, 1.0)
        visits[sampler.topics @ [8, 4, 2, 1]] += 1
    return visits / n_sweeps


@pytest.mark.parametrize(
    "topics",
    [
        pytest.param(make_free_topics(2), id="free"),
        pytest.param(
            check_topics(
                [{"id": "a", "proportion": 1, "keywords": ["w1"]}, {"id": "b", "proportion": 2, "excluded": ["w2"]}]
            ),
            id="keyword-exclusion-asymmetric-alpha",
        ),
    ],
)  # fmt: skip
def test_visits_the_states_of_the_enumerated_chain(dense_lda, topics):
    sampler = make_sampler(TINY, topics, index=INDEX)
    docs, words = sampler.blocks.token_docs_and_words()
    beta = np.zeros((2, 3))
    sampler.priors.add_to(beta)
    alpha = np.tile(sampler.priors.doc_prior, (2, 1))
    states = dense_lda.all_states(4, 2)
    possible = [
        np.isfinite(dense_lda.log_joint(docs, words, state, alpha, beta)) for state in states
    ]  # the chain enters no other state
    moves = np.array(
        [dense_lda.sweep_chances(docs, words, state, alpha, beta) for state in states[possible]]
    )[:, possible]
    expected = np.zeros(16)
    expected[possible] = dense_lda.stationary(moves)
    np.testing.assert_allclose(visit_frequencies(sampler), expected, atol=0.015)
    assert np.ptp(expected) > 0.05


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_agrees_with_the_block_sampler_in_distribution(block_counts, prior):
    # mean log-likelihood and share of moved tokens of many sweeps, and how often two tokens share a topic
    topics = check_topics(
        [{"id": "a", "keywords": ["w12"]}, {"id": "b", "excluded": ["w1"]}, {"id": "c", "count": 4}]
    )
    found = []
    for kind in (BlockSampler, SparseSampler):
        sampler = make_sampler(block_counts, topics, prior=prior, index=INDEX, kind=kind)
        sampler.start(1.0)
        infos = [sampler.sweep(sweep, 0.5) for sweep in range(1, 301)][100:]
        sums = sampler.make_sums()
        sampler.collect(sums)
        likelihoods, moved = np.array([(info.log_likelihood, info.moved) for info in infos]).T
        found.append((likelihoods.mean(), moved.mean(), sums.word_topic[12, 0] / sums.word_topic[12].sum()))
    np.testing.assert_allclose(found[0], found[1], atol=0.03)
    assert found[1][2] > 0.5


def test_one_sweep_moves_tokens_as_the_block_sampler_does(random_counts):
    # from one and the same state: the log-likelihood of a sweep is nearly a function of that state
    state = np.random.default_rng(1).integers(0, 25, int(random_counts.sum())).astype(np.uint16)
    infos = []
    for kind in (BlockSampler, SparseSampler):
        sampler = make_sampler(random_counts, make_free_topics(25), kind=kind, docs_per_block=75)
        infos.append([])
        for sweep in range(1, 31):
            sampler.restore(state)
            infos[-1].append(sampler.sweep(sweep, 1.0))
    for name, tolerance in (("log_likelihood", 2e-4), ("moved", 2e-3)):
        means = [np.mean([getattr(info, name) for info in part]) for part in infos]
        assert means[0] == pytest.approx(means[1], abs=tolerance)


@settings(max_examples=25)
@given(
    rows=st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=2, max_size=30),
    n_topics=st.integers(1, 40),
    prior=st.sampled_from(["classic", "proportional"]),
    seed=st.integers(0, 2**63 - 1),
)
def test_sweeps_conserve_tokens(rows, n_topics, prior, seed):
    counts = np.array(rows, np.int32)
    counts[0, 0] = 1
    options = {"n_jobs": 2, "docs_per_block": 3}
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


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_excluded_words_are_never_assigned(random_counts, prior):
    topics = check_topics(
        [
            {"id": "a", "excluded": ["w0", "w1", "w2"]},
            {"id": "b", "keywords": ["w0"]},
            {"id": "c", "count": 30},
        ]
    )
    sampler = make_sampler(random_counts, topics, prior=prior, index=INDEX)
    sampler.start(1.0)
    for sweep in range(1, 40):
        sampler.sweep(sweep, 1.0)
        sums = sampler.make_sums()
        sampler.collect(sums)
        assert not sums.word_topic[:3, 0].any()
    assert sums.word_topic[3:, 0].any()


def test_a_word_left_to_one_topic_goes_there_at_once(random_counts):
    topics = check_topics([{"id": "only"}] + [{"id": f"t{at}", "excluded": ["w7"]} for at in range(60)])
    sampler = make_sampler(random_counts, topics, index=INDEX)
    sampler.start(1.0)
    sums = sampler.make_sums()
    sampler.collect(sums)
    assert sums.word_topic[7, 0] == sums.word_topic[7].sum() > 0


def test_tiny_priors_draw_like_no_others(random_counts):
    word_counts = np.asarray(random_counts.sum(axis=0)).ravel()
    priors = make_classic_priors(
        make_free_topics(30), {}, word_counts, doc_topic_prior=1e-35, topic_word_prior=1e-9
    )
    sampler = SparseSampler(random_counts, priors, seed=1, is_exact=False)
    sampler.start(1.0)
    info = sampler.sweep(1, 1.0)
    assert np.isfinite(info.log_likelihood)
    assert sampler.topics.max() < 30
    assert (np.bincount(sampler.topics) > 0).sum() > 1  # a document starts anywhere and then stays


def test_threads_and_reruns_give_the_same_bytes(random_counts):
    states = []
    for n_jobs in (1, 2, 4, 1):
        sampler = make_sampler(random_counts, make_free_topics(20), n_jobs=n_jobs)
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


def test_log_likelihood_is_that_of_predicting_each_token_from_the_others():
    sampler = make_sampler(TINY, make_free_topics(1))
    sampler.start(1.0)
    info = sampler.sweep(1, 1.0)
    # one topic: word counts 2, 1, 1 of 4 tokens, the token itself left out, beta = 0.3 on 3 words
    expected = np.mean([np.log((count - 1 + 0.3) / (3 + 0.9)) for count in (2, 2, 1, 1)])
    assert info.log_likelihood == pytest.approx(expected, rel=1e-5)
    assert info.moved == 0


def test_frozen_topic_keeps_its_words(random_counts):
    row = np.zeros(40)
    row[:4] = 0.25
    sampler = make_sampler(random_counts, (Topic("a"), Topic("b", frozen=True)), frozen={1: row})
    sampler.start(1.0)
    for sweep in range(1, 10):
        sampler.sweep(sweep, 1.0)
    sums = sampler.make_sums()
    sampler.collect(sums)
    assert not sums.word_topic[4:, 1].any()
    assert sums.word_topic[:4, 1].sum() > 0


def test_restored_state_goes_on_like_the_original(random_counts):
    original, copy = (make_sampler(random_counts, make_free_topics(9)) for _ in range(2))
    original.start(1.0)
    original.sweep(1, 1.0)
    copy.restore(original.topics)
    for sweep in (2, 3):
        assert original.sweep(sweep, 1.0) == copy.sweep(sweep, 1.0)
    np.testing.assert_array_equal(original.topics, copy.topics)


def test_priors_may_change_between_sweeps(random_counts):
    # one that makes the first topic as good as impossible in every document
    sampler = make_sampler(random_counts, make_free_topics(9))
    sampler.start(1.0)
    sampler.sweep(1, 1.0)
    before = int(sampler.topic_totals[0])
    word_counts = np.asarray(random_counts.sum(axis=0)).ravel()
    sampler.priors = make_classic_priors(
        make_free_topics(9),
        {},
        word_counts,
        doc_topic_prior=np.r_[1e-9, np.full(8, 0.5)],
        topic_word_prior=0.3,
    )
    for sweep in range(2, 60):
        sampler.sweep(sweep, 1.0)
    assert before > 500
    assert sampler.topic_totals[0] < before / 10


def test_sums_grow_to_64_bits_before_they_overflow(random_counts):
    sampler = make_sampler(random_counts, make_free_topics(3))
    sampler.start(1.0)
    sums = sampler.make_sums()
    sampler.collect(sums)
    assert sums.word_topic.dtype == np.int32
    sums.n_samples = 2**31 // int(random_counts.sum(axis=0).max())
    sampler.collect(sums)
    assert sums.word_topic.dtype == np.int64
    assert sums.word_topic.sum() == 2 * random_counts.sum()
