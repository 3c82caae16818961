"""Priors fitted to the state of a chain."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import digamma, gammaln

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, StepAnnealing, sampler
from bandscape.topics.keywords import check_topics, make_free_topics
from bandscape.topics.optimization import (
    LEAST_SHARE,
    Optimization,
    Tally,
    fit_shares,
    fit_shares_by_length,
    optimize_priors,
    tally_documents,
    tally_words,
)
from bandscape.topics.priors import make_classic_priors, make_proportional_priors
from bandscape.topics.sampler import BlockSampler


def tally_of(counts):
    """Tally dense counts (observations, topics) by their definition."""
    above = [
        [(counts[:, topic] > at).sum() for at in range(counts[:, topic].max(initial=0))]
        for topic in range(counts.shape[1])
    ]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in above])]).astype(np.int64)
    return Tally(starts, np.array([number for part in above for number in part], np.int64))


def minka_step(counts, alpha):
    """One step of the fixed point, Minka (2000), equation 55, as it is printed."""
    lengths = counts.sum(axis=1)
    held = (digamma(counts + alpha) - digamma(alpha)).sum(axis=0)
    return alpha * held / (digamma(lengths + alpha.sum()) - digamma(alpha.sum())).sum()


def draw_counts(rng, alpha, lengths):
    return np.array([rng.multinomial(length, rng.dirichlet(alpha)) for length in lengths])


def log_evidence(counts, alpha):
    """Return log p(counts | alpha) of Dirichlet-multinomial rows, up to a constant; alpha broadcasts over rows."""
    alpha = np.broadcast_to(alpha, counts.shape)
    total, lengths = alpha.sum(axis=1), counts.sum(axis=1)
    return (
        gammaln(total) - gammaln(total + lengths) + (gammaln(counts + alpha) - gammaln(alpha)).sum(1)
    ).sum()


def test_steps_are_those_of_the_plain_fixed_point(rng):
    counts = draw_counts(rng, np.array([0.3, 1.0, 0.05, 2.0]), rng.integers(0, 60, 400))
    alpha = np.array([1.0, 0.5, 0.2, 0.1])
    fitted = fit_shares(tally_of(counts), counts.sum(axis=1), alpha, n_steps=7)
    for _ in range(7):
        alpha = minka_step(counts, alpha)
    np.testing.assert_allclose(fitted, alpha, rtol=1e-10)


def test_a_known_alpha_is_recovered(rng):
    alpha = np.array([0.05, 0.2, 0.8, 1.6, 0.1])
    counts = draw_counts(rng, alpha, rng.integers(50, 150, 5000))
    fitted = fit_shares(tally_of(counts), counts.sum(axis=1), np.full(5, 0.1), n_steps=1000)
    np.testing.assert_allclose(fitted, alpha, rtol=0.06)


def test_an_empty_topic_keeps_a_hundredth_of_the_mean(rng):
    counts = draw_counts(rng, np.array([0.5, 0.5]), np.full(200, 30))
    counts = np.column_stack([counts, np.zeros(200, int)])
    fitted = fit_shares(tally_of(counts), counts.sum(axis=1), np.full(3, 0.1))
    assert fitted[2] == pytest.approx(LEAST_SHARE * fitted.mean(), rel=0.02)
    start = np.array([0.1, 0.3])
    np.testing.assert_array_equal(fit_shares(tally_of(counts[:0]), np.zeros(4, int), start), start)


@given(st.integers(0, 2**32 - 1))
def test_every_step_raises_the_evidence(seed):
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(0.05, 2, 4)
    counts = draw_counts(rng, alpha, rng.integers(1, 30, 50))
    start = rng.uniform(0.05, 2, 4)
    fitted = fit_shares(tally_of(counts), counts.sum(axis=1), start, n_steps=1)
    if fitted.min() > 1.01 * LEAST_SHARE * fitted.mean():
        assert log_evidence(counts, fitted) >= log_evidence(counts, start) - 1e-9


def make_chain(rng, topics, make_priors=make_classic_priors, frozen=None, **options):
    counts = csr_matrix(rng.poisson(0.6, (150, 25)).astype(np.int32))
    words = {f"w{at}": at for at in range(25)}
    priors = make_priors(topics, words, np.asarray(counts.sum(axis=0)).ravel(), **options)
    chain = BlockSampler(counts, priors, seed=3, docs_per_block=40, is_exact=False, frozen=frozen)
    chain.start(2.0)
    chain.sweep(1, 1.0)
    return chain, counts


def dense_counts(chain):
    """Return the counts (documents, topics) and (words, topics) of a chain's state."""
    docs, words = chain.blocks.token_docs_and_words()
    doc_topic = np.zeros((chain.n_docs, chain.priors.n_topics), int)
    word_topic = np.zeros((chain.blocks.n_words, chain.priors.n_topics), int)
    np.add.at(doc_topic, (docs, chain.topics), 1)
    np.add.at(word_topic, (words, chain.topics), 1)
    return doc_topic, word_topic


SEEDED = [
    {"id": "a", "keywords": ["w1", "w2"], "excluded": ["w9"]},
    {"id": "still", "frozen": True},
    {"id": "b", "count": 2},
]


def test_tallies_are_those_of_the_state(rng):
    chain, _ = make_chain(rng, make_free_topics(5))
    doc_topic, word_topic = dense_counts(chain)
    words, totals = tally_words(chain)
    for found, expected in ((tally_documents(chain), tally_of(doc_topic)), (words, tally_of(word_topic))):
        np.testing.assert_array_equal(found.starts, expected.starts)
        np.testing.assert_array_equal(found.above, expected.above)
    np.testing.assert_array_equal(totals, word_topic.sum(axis=0))


def test_words_fit_the_level_and_leave_keywords_and_frozen_topics_alone(rng):
    frozen = {1: np.full(25, 0.04)}
    beta = np.array([0.02, 0.5, 0.1, 0.04])
    chain, _ = make_chain(rng, check_topics(SEEDED), frozen=frozen, topic_word_prior=beta)
    before = chain.priors
    fitted = optimize_priors(chain, 1.0, documents=False, words=True)
    factor = fitted.word_prior[0] / before.word_prior[0]
    np.testing.assert_allclose(fitted.word_prior, before.word_prior * [factor, 1, factor, factor])
    for name in ("doc_prior", "listed_priors", "listed_heat", "listed_words"):
        np.testing.assert_array_equal(getattr(fitted, name), getattr(before, name))
    _, word_topic = dense_counts(chain)

    def loss(log_factor):
        rows = np.zeros((4, 25))
        replace(before, word_prior=before.word_prior * np.exp(log_factor)).add_to(rows)
        rows[rows == 0] = 1e-300  # an excluded word: no mass, no tokens
        return -log_evidence(word_topic.T[[0, 2, 3]], rows[[0, 2, 3]])

    best = np.exp(minimize_scalar(loss, bounds=(-6, 6), method="bounded", options={"xatol": 1e-8}).x)
    assert factor == pytest.approx(best, rel=0.01)


def test_a_heated_chain_is_fitted_at_its_temperature(rng):
    chain, _ = make_chain(rng, make_free_topics(4))
    cold = optimize_priors(chain, 1.0, documents=True, words=True)
    hot = optimize_priors(chain, 3.0, documents=True, words=True)
    np.testing.assert_allclose(3 * hot.word_prior, cold.word_prior, rtol=0.02)
    np.testing.assert_array_equal(hot.doc_prior, cold.doc_prior)


def test_shares_by_length_are_the_most_probable_ones(rng):
    chain, _ = make_chain(rng, make_free_topics(3), make_proportional_priors)
    fitted = fit_shares_by_length(chain, chain.priors.doc_prior, n_steps=2000)
    doc_topic, _ = dense_counts(chain)
    doc_topic = doc_topic[chain.lengths > 0]
    scale = doc_topic.sum(axis=1)[:, None]
    best = log_evidence(doc_topic, scale * fitted)
    for topic in range(3):
        for factor in (0.9, 1.1):
            other = fitted.copy()
            other[topic] *= factor
            assert log_evidence(doc_topic, scale * other) < best
    heated = optimize_priors(chain, 0.1, documents=True, words=False)
    cold = fit_shares_by_length(chain, 0.1 * chain.priors.doc_prior)
    np.testing.assert_allclose(heated.at(0.1).doc_prior, cold)


def test_optimization_is_due_when_cool():
    temperatures = np.array([9.0, 4, 1, 1, 1, 1, 1])
    due = [Optimization(2, True, True).is_due(sweep, temperatures) for sweep in range(1, 8)]
    assert due == [False, False, False, True, False, True, False]


@pytest.mark.parametrize("exact_tokens", [0, 10**9])
def test_fitted_priors_stand_in_the_model_and_its_trace(monkeypatch, block_counts, exact_tokens):
    monkeypatch.setattr(sampler, "EXACT_TOKENS", exact_tokens)
    options = {
        "n_topics": 4,
        "n_sweeps": 60,
        "n_samples": 10,
        "doc_topic_prior": 3.0,
        "topic_word_prior": 0.5,
    }
    model = KeywordLDA(**options, optimize_interval=5).fit(block_counts)
    # each document has two of four topics in equal parts, each topic five words in equal parts
    assert 0.3 < model.doc_prior_.sum() < 4
    assert (model.word_prior_ == model.word_prior_[0]).all()
    assert model.trace_["doc_prior"][0] == pytest.approx(12)
    assert model.trace_["doc_prior"][-1] < 6
    assert model.trace_["word_prior"][0] > model.trace_["word_prior"][40]
    still = KeywordLDA(**options, optimize_interval=0).fit(block_counts)
    assert still.doc_prior_.tolist() == [3.0] * 4
    assert model.perplexity(block_counts) < still.perplexity(block_counts)


@pytest.mark.parametrize(
    ("options", "fits_documents", "fits_words"),
    [
        ({}, True, True),
        ({"optimized_priors": "doc_topic"}, True, False),
        ({"optimized_priors": "topic_word"}, False, True),
        ({"prior": "proportional"}, False, False),
        ({"prior": "proportional", "optimized_priors": "both"}, True, True),
        ({"optimize_interval": 0, "optimized_priors": "both"}, False, False),
    ],
)
def test_only_the_wanted_priors_are_fitted(block_counts, options, fits_documents, fits_words):
    base = {"n_topics": 4, "n_sweeps": 12, "n_samples": 3, "optimize_interval": 2, "annealing": None}
    trace = KeywordLDA(**(base | options)).fit(block_counts).trace_
    assert (len(np.unique(trace["doc_prior"])) > 1) == fits_documents
    assert (len(np.unique(trace["word_prior"])) > 1) == fits_words


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_optimized_chains_resume_to_the_same_bytes_at_any_number_of_threads(
    tmp_path, monkeypatch, rng, prior
):
    monkeypatch.setattr(sampler, "EXACT_TOKENS", 0)
    counts = csr_matrix(rng.poisson(0.5, (600, 40)).astype(np.int32))
    topics = [{"id": "a", "keywords": ["w1"]}, {"id": "b", "frozen": True}, {"id": "c", "count": 5}]
    options = {
        "topics": topics, "frozen_topic_word": {"b": np.ones(40)}, "prior": prior, "optimized_priors": "both",
        "optimize_interval": 2, "n_sweeps": 16, "n_samples": 4, "annealing": StepAnnealing(sweeps_per_level=1),
    }  # fmt: skip
    words = [f"w{at}" for at in range(40)]
    expected = KeywordLDA(**options).fit(counts, vocabulary=words)
    checkpoint = Checkpoint(tmp_path / "chain.safetensors", every_s=0)
    model = KeywordLDA(**options, n_jobs=3)
    model.fit(counts, vocabulary=words, checkpoint=checkpoint, on_progress=lambda event: event.done == 12)
    assert model.n_sweeps_ == 12
    model.fit(counts, vocabulary=words, checkpoint=checkpoint)
    for name in ("topic_word_", "doc_topic_", "doc_prior_", "word_prior_"):
        assert getattr(model, name).tobytes() == getattr(expected, name).tobytes(), name
    for name, column in expected.trace_.items():
        np.testing.assert_array_equal(model.trace_[name], column)
    model.save(tmp_path / "model")
    loaded = KeywordLDA.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.word_prior_, expected.word_prior_)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimize_interval": -1}, "optimize_interval must be an int >= 0; got -1"),
        ({"optimize_interval": 2.5}, "optimize_interval must be an int >= 0"),
        ({"optimized_priors": "words"}, "optimized_priors must be one of 'auto', 'both'"),
    ],
)
def test_unusable_settings_are_refused(block_counts, options, message):
    with pytest.raises(ParameterError, match=message):
        KeywordLDA(n_topics=2, **options).fit(block_counts)


def test_a_chain_without_tokens_keeps_its_priors():
    empty = SimpleNamespace(lengths=np.zeros(3, int))
    start = np.array([0.5, 0.5])
    np.testing.assert_array_equal(fit_shares_by_length(empty_chain(empty), start), start)


def empty_chain(chain):
    chain.blocks = SimpleNamespace(n_blocks=0)
    return chain
