"""Folding in and document completion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.topics.inference import completion_log_likelihood, infer_mixtures, split_documents

TOPIC_WORD = np.array([[0.7, 0.2, 0.1, 0.0], [0.1, 0.1, 0.4, 0.4], [0.25, 0.25, 0.25, 0.25]])
PRIOR = np.array([0.1, 0.2, 0.1])


def test_mixtures_equal_plain_expectation_maximization(dense_lda, rng):
    counts = rng.poisson(2, (50, 4)).astype(np.int32)
    mixtures = infer_mixtures(csr_matrix(counts), TOPIC_WORD, PRIOR)
    for row, mixture in zip(counts, mixtures, strict=True):
        expected = dense_lda.fold_in(row, TOPIC_WORD, PRIOR)
        # stops when a step moves less than 1e-4; slow directions are left that far short
        np.testing.assert_allclose(mixture, expected, atol=0.02)
    np.testing.assert_allclose(mixtures.sum(axis=1), 1, atol=1e-6)


def test_mixtures_do_not_depend_on_the_start_the_threads_or_other_documents(rng):
    counts = csr_matrix(rng.poisson(2, (700, 4)).astype(np.int32))
    mixtures = infer_mixtures(counts, TOPIC_WORD, PRIOR)
    np.testing.assert_array_equal(mixtures, infer_mixtures(counts, TOPIC_WORD, PRIOR, n_jobs=3))
    np.testing.assert_array_equal(mixtures[123:125], infer_mixtures(counts[123:125], TOPIC_WORD, PRIOR))
    other = infer_mixtures(counts, TOPIC_WORD, PRIOR, start=np.array([1.0, 0.0, 5.0]))
    np.testing.assert_allclose(mixtures, other, atol=0.05)


def test_an_empty_document_has_the_prior_mixture():
    for by_length in (False, True):
        mixture = infer_mixtures(csr_matrix((1, 4), dtype=np.int32), TOPIC_WORD, PRIOR, by_length=by_length)
        np.testing.assert_allclose(mixture, [PRIOR / PRIOR.sum()], rtol=1e-6)


def test_prior_by_length_weighs_the_same_in_every_document():
    counts = np.array([[3, 0, 1, 0], [30, 0, 10, 0]], np.int32)
    mixtures = infer_mixtures(csr_matrix(counts), TOPIC_WORD, PRIOR, by_length=True)
    np.testing.assert_allclose(mixtures[0], mixtures[1], atol=1e-3)
    assert np.abs(np.subtract(*infer_mixtures(csr_matrix(counts), TOPIC_WORD, PRIOR))).max() > 0.01


@settings(max_examples=30)
@given(rows=st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=1, max_size=8))
def test_halves_add_up_and_are_even(rows):
    counts = csr_matrix(np.array(rows, np.int32))
    observed, held_out = split_documents(counts, np.random.default_rng(0))
    np.testing.assert_array_equal((observed + held_out).toarray(), counts.toarray())
    lengths = counts.toarray().sum(axis=1)
    np.testing.assert_array_equal(held_out.toarray().sum(axis=1), lengths // 2)
    assert (held_out.data > 0).all()


def test_halves_differ_from_each_other_and_with_the_seed(rng):
    counts = csr_matrix(rng.poisson(3, (30, 8)).astype(np.int32))
    first, second = (split_documents(counts, np.random.default_rng(seed))[1].toarray() for seed in (0, 1))
    assert (first != second).any()
    np.testing.assert_array_equal(first, split_documents(counts, np.random.default_rng(0))[1].toarray())


def test_completion_is_the_mean_log_probability():
    mixtures = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]], np.float32)
    held_out = csr_matrix(np.array([[2, 0, 1, 0], [0, 0, 0, 3]], np.int32))
    expected = (2 * np.log(0.4) + np.log(0.25) + 3 * np.log(0.25)) / 6
    assert completion_log_likelihood(held_out, mixtures, TOPIC_WORD) == pytest.approx(expected)
    empty = csr_matrix((2, 4), dtype=np.int32)
    assert np.isnan(completion_log_likelihood(empty, mixtures, TOPIC_WORD))
