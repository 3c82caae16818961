"""Folding in over entries and floors, against the dense kernel. Also run under NUMBA_DISABLE_JIT=1."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import inference, sparse_folding
from bandscape.topics.inference import infer_mixtures


@pytest.fixture
def topic_word(rng):
    """Thirty topics over 50 words: few counts over a prior, one topic with excluded words, one frozen."""
    counts = rng.poisson(0.05, (30, 50)) * rng.integers(1, 30, (30, 50)) + 0.01
    counts[3, 5:20] = 0
    counts[4] = rng.random(50)
    return counts / counts.sum(axis=1, keepdims=True)


def test_floors_and_entries_add_up_to_the_probabilities(topic_word):
    phi = np.ascontiguousarray(topic_word.T, np.float32)
    floors, n_entries = np.empty(30, np.float32), np.empty(50, np.int64)
    sparse_folding.find_floors(phi, floors)
    np.testing.assert_array_equal(floors, np.where(phi > 0, phi, 9).min(axis=0))
    sparse_folding.count_entries(phi, floors, n_entries)
    np.testing.assert_array_equal(n_entries, (phi != floors).sum(axis=1))
    starts = np.append(0, np.cumsum(n_entries))
    topics, surplus = np.empty(starts[-1], np.uint16), np.empty(starts[-1], np.float32)
    sparse_folding.list_entries(phi, floors, starts, topics, surplus)
    rebuilt = np.tile(floors, (50, 1))
    for word in range(50):
        rebuilt[word, topics[starts[word] : starts[word + 1]]] += surplus[starts[word] : starts[word + 1]]
    np.testing.assert_allclose(rebuilt, phi, rtol=1e-6, atol=1e-9)
    assert n_entries.sum() < phi.size / 2


def test_a_topic_without_words_has_the_floor_zero():
    floors = np.empty(2, np.float32)
    sparse_folding.find_floors(np.array([[0.0, 0.4], [0.0, 0.6]], np.float32), floors)
    np.testing.assert_array_equal(floors, np.array([0, 0.4], np.float32))


@pytest.mark.parametrize("by_length", [False, True])
def test_mixtures_are_those_of_the_dense_kernel(rng, monkeypatch, topic_word, by_length):
    counts = csr_matrix(rng.poisson(0.3, (40, 50)).astype(np.int32))
    prior = rng.random(30) * 0.1
    dense = infer_mixtures(counts, topic_word, prior, by_length=by_length)
    monkeypatch.setattr(inference, "_SPARSE_TOPICS", 1)
    monkeypatch.setattr(inference, "_SPARSE_SHARE", 1)
    sparse = infer_mixtures(counts, topic_word, prior, by_length=by_length)
    # rounding may end a document a step sooner or later, and a step moves no share by more than 1e-4
    np.testing.assert_allclose(sparse, dense, atol=2e-4)
    assert np.abs(sparse - dense).mean() < 1e-6
    np.testing.assert_array_equal(
        sparse[7:9], infer_mixtures(counts[7:9], topic_word, prior, by_length=by_length)
    )
    np.testing.assert_array_equal(
        sparse, infer_mixtures(counts, topic_word, prior, by_length=by_length, n_jobs=2)
    )


def test_the_kernel_is_chosen_by_the_model(rng, monkeypatch):
    taken = []
    monkeypatch.setattr(inference, "_SPARSE_TOPICS", 20)
    monkeypatch.setattr(sparse_folding, "fold_in_sparsely", lambda *_: taken.append("sparse"))
    monkeypatch.setattr(inference.kernels, "fold_in", lambda *_: taken.append("dense"))
    sparse, full = np.full((30, 50), 0.02), rng.random((30, 50))
    for model in (sparse[:10], full, sparse):
        infer_mixtures(csr_matrix(np.ones((2, 50), np.int32)), model, np.ones(len(model)))
    assert taken == ["dense", "dense", "sparse"]
