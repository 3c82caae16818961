"""The nearest rows of a matrix: for one question, for every row, and what of the latter a change of rows renews.

Public: `nearest_rows`, `top_places`, `find_neighbors`, `rows_to_renew`.
"""

from __future__ import annotations

import numpy as np

from ...core.progress import ProgressCallback, report

BLOCK = 16_384  # rows of 64 float32 numbers: 4 MB
ASKED_AT_ONCE = 256
ROUNDING = 1e-6  # two products of the same rows may differ by so much


def nearest_rows(
    matrix: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows with the largest dot products, block by block; ties go by row.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Zero rows are answers like others; the caller leaves them out by ``allowed`` if they must not be.
    query : ndarray of shape (dim,), float32
    k : int, >= 1
    allowed : ndarray of int, optional
        The only rows that may be answers, ascending.

    Returns
    -------
    rows, products : ndarray of shape (at most k,)
    """
    n = len(matrix) if allowed is None else len(allowed)
    best, rows, threshold = np.empty(0, np.float32), np.empty(0, np.int64), -np.inf
    for first in range(0, n, BLOCK):
        chosen = None if allowed is None else allowed[first : first + BLOCK]
        products = (matrix[first : first + BLOCK] if chosen is None else matrix[chosen]) @ query
        hits = np.flatnonzero(products > threshold)  # a tie with the kth has a later row: it loses
        if not len(hits):
            continue
        best = np.concatenate([best, products[hits]])
        rows = np.concatenate([rows, hits + first if chosen is None else chosen[hits]])
        if len(best) > k:
            order = np.lexsort((rows, -best))[:k] if len(best) < 4 * k else top_places(best, rows, k)
            best, rows = best[order], rows[order]
        if len(best) == k:
            threshold = float(best.min())
    order = np.lexsort((rows, -best))
    return rows[order], best[order]


def top_places(values: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Find the places of the ``k`` largest values, largest first; ties go by ``rows``.

    Parameters
    ----------
    values : ndarray of shape (n,)
    rows : ndarray of shape (n,), int
    k : int, from 1 to n

    Returns
    -------
    ndarray of shape (k,), int64
    """
    limit = np.partition(values, len(values) - k)[len(values) - k]
    places = np.flatnonzero(values >= limit)
    return places[np.lexsort((rows[places], -values[places]))][:k]


def find_neighbors(
    matrix: np.ndarray,
    known: np.ndarray,
    k: int,
    *,
    asked: np.ndarray | None = None,
    on_progress: ProgressCallback | None = None,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find the nearest other rows of rows.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
    known : ndarray of shape (n,), bool
        Rows that may be answers.
    k : int, >= 1
    asked : ndarray of int, optional
        The rows whose neighbors are wanted, ascending; all without it.
    on_progress : callable, optional
        A true answer stops.

    Returns
    -------
    (rows, cosine) or None
        int32 and float32 of shape (number asked, k), nearest first, -1 and NaN where there are fewer; None if it was
        stopped.

    Notes
    -----
    Time O(asked n dim), memory one block of cosines.
    """
    wanted = np.arange(len(matrix)) if asked is None else asked
    rows, cosine = np.full((len(wanted), k), -1, np.int32), np.full((len(wanted), k), np.nan, np.float32)
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        block = wanted[first : first + ASKED_AT_ONCE]
        near = _nearest_of(block, matrix, known, k)
        rows[first : first + len(block)], cosine[first : first + len(block)] = near
        if report(on_progress, "finding neighbors", first + len(block), len(wanted), "artists"):
            return None
    return rows, cosine


def _nearest_of(
    asked: np.ndarray, matrix: np.ndarray, known: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    n, everyone = len(matrix), np.arange(len(matrix))
    rows, cosine = np.full((len(asked), k), -1, np.int32), np.full((len(asked), k), np.nan, np.float32)
    products = matrix[asked] @ matrix.T
    products[:, ~known] = -np.inf
    products[np.arange(len(asked)), asked] = -np.inf
    for place, row in enumerate(asked.tolist()):
        if not known[row]:
            continue
        top = top_places(products[place], everyone, min(k, n))
        top = top[products[place, top] > -np.inf]
        rows[place, : len(top)], cosine[place, : len(top)] = top, products[place, top]
    return rows, cosine


def rows_to_renew(
    matrix: np.ndarray, known: np.ndarray, last: np.ndarray, changed: np.ndarray, lost: np.ndarray
) -> np.ndarray:
    """Tell whose neighbors are no longer those they were, ascending.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        As it is now.
    known : ndarray of shape (n,), bool
    last : ndarray of shape (n,), float32
        Cosine of the last neighbor kept; NaN where fewer are kept than could be.
    changed : ndarray of int
        Rows that are new or have another vector.
    lost : ndarray of shape (n,), bool
        Rows among whose neighbors there is one that changed or went.

    Returns
    -------
    ndarray of int64
    """
    renewed = lost.copy()
    renewed[changed] = True
    limit = np.where(np.isnan(last), -np.inf, last - ROUNDING)
    arrived = changed[known[changed]]
    for at in range(0, len(arrived), ASKED_AT_ONCE):
        new = matrix[arrived[at : at + ASKED_AT_ONCE]].T
        for first in range(0, len(matrix), BLOCK):
            block = slice(first, first + BLOCK)
            renewed[block] |= (matrix[block] @ new).max(axis=1) >= limit[block]
    return np.flatnonzero(renewed & (known | lost))
