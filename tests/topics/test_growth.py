"""Chains whose first sweeps draw a part of the documents."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.core.checkpoints import Checkpoint
from bandscape.topics import KeywordLDA, annealing, sampler
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.priors import make_classic_priors, usual_priors
from bandscape.topics.sampler import BlockSampler

OPTIONS = {"n_topics": 6, "n_sweeps": 32, "n_samples": 4, "optimize_interval": 3}


@pytest.fixture(autouse=True)
def small_corpora_grow(monkeypatch):
    monkeypatch.setattr(sampler, "EXACT_TOKENS", 0)
    monkeypatch.setattr(annealing, "_LEAST_TOKENS", 0)


def assert_same(first, second):
    for name in ("topic_word_", "doc_topic_", "doc_prior_", "word_prior_", "topic_share_"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    for name, column in first.trace_.items():
        np.testing.assert_array_equal(column, second.trace_[name])


def make_sampler(counts):
    priors = make_classic_priors(make_free_topics(5), {}, np.asarray(counts.sum(axis=0)).ravel())
    return BlockSampler(counts, priors, seed=3, docs_per_block=75)


def test_only_the_part_is_drawn(random_counts):
    chain = make_sampler(random_counts)
    chain.start(2.0, 0.25)
    assert (chain.n_assigned, chain.blocks.n_blocks, chain.is_complete) == (2, 8, False)
    n_tokens = int(chain.blocks.block_starts[2])
    chain.topics[n_tokens:] = 4
    info = chain.sweep(1, 2.0, 0.25)
    assert (chain.topics[n_tokens:] == 4).all()
    assert chain.topic_totals.sum() == n_tokens
    assert -np.log(40) * 1.5 < info.log_likelihood < 0
    assert 0 < info.moved <= 1
    chain.sweep(2, 2.0, 0.5)
    assert chain.n_assigned == 4
    chain.sweep(3, 2.0)
    assert chain.is_complete
    assert chain.topic_totals.sum() == random_counts.sum()


def test_parts_stand_in_the_trace(random_counts):
    trace = KeywordLDA(**OPTIONS).fit(random_counts).trace_
    assert trace["part"].tolist() == [0.125] * 8 + [0.25] * 4 + [0.5] * 4 + [1.0] * 16
    assert (np.diff(trace["doc_prior"])[:15] == 0).all()  # nothing is fitted before all documents take part


@pytest.mark.parametrize("sweep", [3, 8, 14, 29])
def test_a_growing_chain_resumes_to_the_same_bytes_at_any_number_of_threads(tmp_path, random_counts, sweep):
    expected = KeywordLDA(**OPTIONS).fit(random_counts)
    checkpoint = Checkpoint(tmp_path / "chain.safetensors", every_s=0)
    model = KeywordLDA(**OPTIONS, n_jobs=3)
    model.fit(random_counts, checkpoint=checkpoint, on_progress=lambda event: event.done == sweep)
    assert model.n_sweeps_ == sweep
    np.testing.assert_allclose(model.topic_word_.sum(axis=1), 1)
    np.testing.assert_allclose(model.doc_topic_.sum(axis=1), 1, rtol=1e-5)
    done = []
    model.fit(random_counts, checkpoint=checkpoint, on_progress=lambda event: done.append(event.done))
    assert done[0] == sweep + 1
    assert_same(model, expected)


def test_a_chain_stopped_while_growing_knows_all_documents(random_counts):
    model = KeywordLDA(**OPTIONS).fit(random_counts, on_progress=lambda event: event.done == 2)
    lengths = np.asarray(random_counts.sum(axis=1)).ravel()
    counts = model.doc_topic_ * (lengths + model.doc_prior_.sum())[:, None] - model.doc_prior_
    np.testing.assert_allclose(counts.sum(axis=1), lengths, atol=1e-3)


def test_planted_topics_are_found_while_growing(rng):
    mixtures = rng.dirichlet(np.full(8, 0.1), 4000)
    counts = np.array([rng.multinomial(60, np.repeat(mixture / 10, 10)) for mixture in mixtures])
    model = KeywordLDA(n_topics=8, n_sweeps=160, n_samples=10, topic_word_prior="auto").fit(
        csr_matrix(counts)
    )
    held = model.topic_word_.reshape(8, 8, 10).sum(axis=2)  # each topic's mass on each group of ten words
    assert sorted(held.argmax(axis=1)) == list(range(8))
    assert held.max(axis=1).min() > 0.97
    assert (model.trace_["part"] < 1).sum() == 80
    np.testing.assert_allclose(model.doc_prior_, 0.1, rtol=0.2)


def test_usual_priors_follow_the_corpus_and_the_number_of_topics(block_counts):
    counts = np.asarray(block_counts.sum(axis=0)).ravel()
    alpha, beta = usual_priors(4, counts)
    assert alpha == pytest.approx(0.35)
    assert beta * 4 * 20 / counts.sum() == pytest.approx(2 / 140)
    auto = KeywordLDA(n_topics=4, n_sweeps=3, n_samples=1, doc_topic_prior="auto", topic_word_prior="auto")
    given = KeywordLDA(n_topics=4, n_sweeps=3, n_samples=1, doc_topic_prior=alpha, topic_word_prior=beta)
    assert_same(auto.fit(block_counts), given.fit(block_counts))


def test_first_topics_are_drawn_by_what_the_documents_before_have_shown():
    rng = np.random.default_rng(5)
    words = rng.dirichlet(np.full(200, 0.05), 4)
    counts = np.array([rng.multinomial(30, words[doc % 4]) for doc in range(1200)], np.int32)
    options = {"n_topics": 4, "n_sweeps": 1, "n_samples": 1, "annealing": None, "sampler": "dense"}
    by_lot = rng.integers(0, 4, int(counts.sum()))
    progressive = KeywordLDA(**options).fit(counts).trace_["log_likelihood"][0]
    assert progressive > KeywordLDA(**options).fit(counts, start=by_lot).trace_["log_likelihood"][0] + 0.1
