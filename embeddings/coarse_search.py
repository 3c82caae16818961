"""Exact nearest rows in a quarter of the reading: a first pass over bytes with a proven bound, then the rows in doubt.

Each row ``x`` is coded as whole numbers of eight bits, ``x = s c + e``; the query as whole numbers of sixteen,
``y = t d + f``. By the Cauchy-Schwarz inequality the product is known to within a slack before ``x`` has been read::

    |x . y - s t (c . d)| = |e . y + (s c) . f| <= |e| |y| + 127 s sqrt(dim) |f|

``c . d`` is a sum of whole numbers and has no error. Rows whose upper bound lies below the k-th largest lower bound
cannot be among the k nearest; the products of the others are computed in double precision. So the answer is that of
brute force in double precision, whatever the data; where all rows are nearly alike, nothing is ruled out and it takes
longer.

Public: `Codes`, `encode_rows`, `nearest_coded`, `best_of`, `are_codes_of`.

References
----------
.. [1] Weber, Schek, Blott (1998), A quantitative analysis and performance study for similarity-search methods in
       high-dimensional spaces, section 4 (the VA-file).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..core.errors import ParameterError

LEVELS = 127
_ROWS_AT_ONCE = 65_536
_LARGEST_SUM = 2**31 - 1
ROUNDING = 1e-6  # relative; what is stored as float32 is rounded to the safe side by this much


@dataclass(frozen=True, eq=False)
class Codes:
    """Rows coded in bytes.

    Parameters
    ----------
    values : ndarray of shape (n, dim), int8
        From -127 to 127.
    scale : ndarray of shape (n,), float32
        What a unit of the row's codes is worth.
    error : ndarray of shape (n,), float32
        At least the length of the row less its coded value.
    """

    values: np.ndarray
    scale: np.ndarray
    error: np.ndarray

    def __len__(self) -> int:
        return len(self.values)


def encode_rows(matrix: np.ndarray) -> Codes:
    """Code rows in bytes.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Finite numbers.

    Returns
    -------
    Codes
    """
    n, dim = matrix.shape
    values = np.empty((n, dim), np.int8)
    scale, error = np.empty(n, np.float32), np.empty(n, np.float32)
    for first in range(0, n, _ROWS_AT_ONCE):
        block = slice(first, min(first + _ROWS_AT_ONCE, n))
        rows = np.asarray(matrix[block], np.float64)
        largest = np.abs(rows).max(axis=1, initial=0.0)
        scale[block] = np.where(largest > 0, largest / LEVELS, 1.0)
        unit = scale[block].astype(np.float64)[:, None]
        coded = np.clip(np.rint(rows / unit), -LEVELS, LEVELS)
        values[block] = coded
        error[block] = np.linalg.norm(rows - coded * unit, axis=1) * (1 + ROUNDING)
    return Codes(values, scale, error)


def are_codes_of(codes: Codes, matrix: np.ndarray, *, n_rows: int = 256) -> bool:
    """Tell whether codes are of these rows: by their number, and by the bounds of some of them.

    Parameters
    ----------
    codes : Codes
    matrix : ndarray of shape (n, dim), float32
    n_rows : int
        Rows compared, spread evenly.
    """
    if codes.values.shape != matrix.shape or not len(matrix):
        return codes.values.shape == matrix.shape
    rows = np.unique(np.linspace(0, len(matrix) - 1, n_rows).astype(np.int64))
    coded = codes.values[rows] * codes.scale[rows].astype(np.float64)[:, None]
    return bool((np.linalg.norm(matrix[rows] - coded, axis=1) <= codes.error[rows]).all())


def nearest_coded(
    codes: Codes, matrix: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows with the largest dot products, exactly; ties go by row.

    Parameters
    ----------
    codes : Codes
        Of ``matrix``.
    matrix : ndarray of shape (n, dim), float32
    query : ndarray of shape (dim,), float32
    k : int, >= 1
    allowed : ndarray of int, optional
        The only rows that may be answers, ascending.

    Returns
    -------
    rows : ndarray of shape (at most k,), int64
    products : ndarray of shape (at most k,), float64

    Raises
    ------
    ParameterError
        If the codes are not of this many rows.

    Notes
    -----
    Reads n (dim + 8) bytes, writes 4 n, and reads 4 dim bytes of each row in doubt.
    """
    if codes.values.shape != matrix.shape:
        raise ParameterError(
            f"codes must be of shape {matrix.shape}, as the vectors; got {codes.values.shape}; code them again"
        )
    asked = np.asarray(query, np.float64)
    whole, worth, lost = _encode_query(asked)
    usable = np.empty(0, np.bool_)
    if allowed is not None:
        usable = np.zeros(len(matrix), np.bool_)
        usable[allowed] = True
    upper = np.empty(len(matrix), np.float32)
    reach = LEVELS * np.sqrt(len(asked)) * lost
    arrays = (codes.values, codes.scale, codes.error, whole)
    limit = _bound_kernel()(*arrays, worth, float(np.linalg.norm(asked)), reach, k, usable, upper)
    least = max(np.float32(limit), np.finfo(np.float32).min)  # -inf marks rows that may not be answers
    return best_of(matrix, asked, np.flatnonzero(upper >= least), k)


def _encode_query(query: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Whole numbers, what a unit of them is worth, and the length of what they lose."""
    levels = min(32_767, _LARGEST_SUM // (LEVELS * len(query)))
    largest = float(np.abs(query).max(initial=0.0))
    worth = largest / levels if largest > 0 else 1.0
    whole = np.rint(query / worth).astype(np.int16)
    return whole, worth, float(np.linalg.norm(query - whole * worth)) * (1 + ROUNDING)


def best_of(
    matrix: np.ndarray, query: np.ndarray, candidates: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the best of candidates by their products in double precision; ties go by row.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
    query : ndarray of shape (dim,), float64
    candidates : ndarray of int
        Rows, ascending.
    k : int, >= 1

    Returns
    -------
    rows : ndarray of shape (at most k,), int64
    products : ndarray of shape (at most k,), float64
    """
    rows, products = np.empty(0, np.int64), np.empty(0)
    for first in range(0, len(candidates), _ROWS_AT_ONCE):
        chosen = candidates[first : first + _ROWS_AT_ONCE]
        # summed row by row, not by BLAS, whose order depends on the place: equal rows must have equal products
        found = (matrix[chosen].astype(np.float64) * query).sum(axis=1)
        rows, products = np.concatenate([rows, chosen]), np.concatenate([products, found])
        if len(rows) > k:
            limit = np.partition(products, len(products) - k)[len(products) - k]
            near = np.flatnonzero(products >= limit)
            near = near[np.lexsort((rows[near], -products[near]))][:k]
            rows, products = rows[near], products[near]
    order = np.lexsort((rows, -products))
    return rows[order], products[order]


@cache
def _bound_kernel() -> Any:
    """Compile `bound_products` on the first call: numba is slow to import."""
    from numba import njit

    options = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(bound_products)
    except RuntimeError:  # no folder for the cache
        return njit(**options)(bound_products)


def bound_products(
    values: np.ndarray,
    scale: np.ndarray,
    error: np.ndarray,
    query: np.ndarray,
    worth: float,
    length: float,
    reach: float,
    k: int,
    usable: np.ndarray,
    upper: np.ndarray,
) -> float:
    """Write upper bounds of all products and return the k-th largest lower bound (-inf with fewer rows).

    Parameters
    ----------
    values : ndarray of shape (n, dim), int8
    scale, error : ndarray of shape (n,), float32
    query : ndarray of shape (dim,), int16
    worth, length, reach : float
        Worth of a unit of the query, its length, and what a unit of a row's scale adds to the slack.
    k : int, >= 1
    usable : ndarray of shape (n,) or (0,), bool
        Rows that may be answers; all if it is empty.
    upper : ndarray of shape (n,), float32
        Filled; -inf where a row may not be an answer.

    Returns
    -------
    float
    """
    best = np.full(k, -np.inf)  # ascending
    dim = values.shape[1]
    for row in range(values.shape[0]):
        if usable.size and not usable[row]:
            upper[row] = -np.inf
            continue
        total = np.int32(0)
        for place in range(dim):
            # numba widens sums to 64 bits; cut back each time, they are added 16 at once
            total = np.int32(total + np.int32(np.int32(values[row, place]) * np.int32(query[place])))
        middle = total * (scale[row] * worth)
        slack = error[row] * length + scale[row] * reach
        slack += ROUNDING * (abs(middle) + slack)
        upper[row] = middle + slack
        low = middle - slack
        if low > best[0]:
            place = 1
            while place < k and best[place] < low:
                best[place - 1] = best[place]
                place += 1
            best[place - 1] = low
    return best[0]
