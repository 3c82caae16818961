"""The first pass over bytes: its bounds hold, and the answers are those of brute force on any data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.embeddings.coarse_search import are_codes_of, bound_products, encode_rows, nearest_coded


def brute(matrix, query, k, allowed=None):
    rows = np.arange(len(matrix)) if allowed is None else allowed
    products = (matrix[rows].astype(np.float64) * query).sum(axis=1)
    order = np.lexsort((rows, -products))[:k]
    return rows[order], products[order]


def adversaries():
    """Tables that a bound that is a little too tight, or a sum that rounds, would get wrong."""
    rng = np.random.default_rng(3)
    plain = rng.normal(size=(500, 16)).astype(np.float32)
    twins = np.repeat(plain[:3], 100, axis=0)
    nearly = plain[:1] + (1e-6 * rng.normal(size=(400, 16))).astype(np.float32)
    spiked = (1e-4 * plain).copy()
    spiked[np.arange(500), rng.integers(0, 16, 500)] = 1.0
    half_steps = (rng.integers(-127, 127, (500, 16)) + 0.5).astype(np.float32)  # the largest errors of coding
    half_steps[:, 0] = 127
    huge = plain * np.float32(10.0) ** rng.integers(-15, 15, (500, 1)).astype(np.float32)
    return {
        "plain": plain,
        "equal rows": twins,
        "rows equal but for a millionth": nearly,
        "one large number hides small ones": spiked,
        "halfway between codes": half_steps,
        "all sizes": huge,
        "zero rows": np.where(rng.random((500, 1)) < 0.5, 0, plain).astype(np.float32),
        "all zero": np.zeros((50, 4), np.float32),
        "ascending": np.sort(plain[:, :1], axis=0) * np.ones((1, 4), np.float32),
        "opposite": np.concatenate([plain, -plain]),
    }


@pytest.mark.parametrize("name", adversaries())
def test_answers_equal_brute_force_on_adversarial_tables(name, rng):
    matrix = adversaries()[name]
    codes = encode_rows(matrix)
    few = np.sort(rng.permutation(len(matrix))[: len(matrix) // 3])
    for query in (matrix[7], matrix[-1] - matrix[3], rng.normal(size=matrix.shape[1]).astype(np.float32)):
        for k in (1, 10, len(matrix) + 5):
            for allowed in (None, few):
                rows, products = nearest_coded(codes, matrix, query, k, allowed)
                expected, values = brute(matrix, query.astype(np.float64), k, allowed)
                assert rows.tolist() == expected.tolist()
                np.testing.assert_array_equal(products, values)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 60),
    dim=st.integers(1, 40),
    spread=st.sampled_from([0.0, 1e-6, 1.0, 1e6]),
    k=st.integers(1, 12),
)
def test_answers_equal_brute_force_whatever_the_numbers(seed, n, dim, spread, k):
    rng = np.random.default_rng(seed)
    matrix = (rng.normal(size=(1, dim)) + spread * rng.normal(size=(n, dim))).astype(np.float32)
    query = rng.standard_cauchy(dim).astype(np.float32)
    rows, _ = nearest_coded(encode_rows(matrix), matrix, query, k)
    assert rows.tolist() == brute(matrix, query.astype(np.float64), k)[0].tolist()


def test_upper_bounds_hold_and_lie_near(rng):
    matrix = rng.normal(size=(300, 24)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    codes, query = encode_rows(matrix), rng.integers(-32_767, 32_767, 24).astype(np.int16)
    upper = np.empty(300, np.float32)
    length = float(np.linalg.norm(query / 32_767))
    none = np.empty(0, np.bool_)
    limit = bound_products(
        codes.values, codes.scale, codes.error, query, 1 / 32_767, length, 0.0, 10, none, upper
    )
    products = matrix.astype(np.float64) @ (query / 32_767)
    assert (upper >= products).all()
    assert (upper - products < 0.03 * length).all()
    assert limit <= np.sort(products)[-10]


def test_long_vectors_do_not_overflow():
    matrix = np.ones((20, 3000), np.float32)
    matrix[4] *= 1.001
    rows, products = nearest_coded(encode_rows(matrix), matrix, np.ones(3000, np.float32), 2)
    assert rows.tolist() == [4, 0]
    assert products[1] == 3000


def test_codes_of_another_table_are_refused(rng):
    matrix = rng.normal(size=(30, 4)).astype(np.float32)
    assert are_codes_of(encode_rows(matrix), matrix)
    assert not are_codes_of(encode_rows(matrix[:20]), matrix)
    assert not are_codes_of(encode_rows(matrix[::-1]), matrix)
    with pytest.raises(ParameterError, match=r"codes must be of shape \(30, 4\)"):
        nearest_coded(encode_rows(matrix[:20]), matrix, matrix[0], 3)
