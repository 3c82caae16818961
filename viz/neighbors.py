"""Exact nearest neighbors in blocks, so that memory does not grow with the square of the table.

A row of ``matrix`` is one point; distances are Euclidean (rows scaled to length one make them follow the cosine).
Public functions: :func:`exact_neighbors`, :func:`nearest_of`, :func:`squared_distances`, :func:`row_blocks`.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..core.executors import Executor, LocalExecutor

_BLOCK_VALUES = 8_000_000  # distances held at a time: 64 MB


def squared_distances(rows: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared Euclidean distances, shape (len(rows), len(points)), never below zero."""
    cross = rows @ points.T
    lengths = np.einsum("ij,ij->i", rows, rows)[:, None] + np.einsum("ij,ij->i", points, points)[None, :]
    return np.maximum(lengths - 2.0 * cross, 0.0)


def row_blocks(n_rows: int, n_points: int) -> list[slice]:
    """Cut ``n_rows`` into slices whose distances to ``n_points`` fit the memory budget."""
    size = max(1, _BLOCK_VALUES // max(1, n_points))
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


def exact_neighbors(
    matrix: NDArray[np.float64], n_neighbors: int, *, executor: Executor | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the nearest other points of every point.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_dims)
    n_neighbors : int, 1 to n - 1
    executor : Executor, optional
        Whose workers each look for the neighbors of some points; this process when absent. The result is the same.

    Returns
    -------
    indices : ndarray of shape (n, n_neighbors), int64
        Nearest first; points at the same distance in order of their index.
    distances : ndarray of shape (n, n_neighbors), float64

    Notes
    -----
    Time is O(n² n_dims), memory O(n n_neighbors). One BLAS thread: the same bytes on any machine load.
    """
    n_points, work = len(matrix), executor or LocalExecutor()
    indices = np.empty((n_points, n_neighbors), np.int64)
    distances = np.empty((n_points, n_neighbors))
    blocks = row_blocks(n_points, n_points)
    jobs = 2 if work.n_partitions and len(blocks) > 1 else 1
    with threadpool_limits(1, user_api="blas"):
        answers = work.map_ordered(_neighbors_of, blocks, n_jobs=jobs, shared=(matrix, n_neighbors))
        for block, (nearest, far) in zip(blocks, answers, strict=True):
            indices[block], distances[block] = nearest, far
    return indices, distances


def _neighbors_of(
    block: slice, matrix: NDArray[np.float64], n_neighbors: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the neighbors of some points and their distances; see :func:`exact_neighbors`."""
    squared = squared_distances(matrix[block], matrix)
    squared[np.arange(len(squared)), np.arange(block.start, block.stop)] = np.inf
    return nearest_of(squared, n_neighbors)


def nearest_of(
    squared: NDArray[np.float64], n_neighbors: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the columns of the smallest squared distances of each row, smallest first, and the distances."""
    nearest = np.sort(np.argpartition(squared, n_neighbors - 1, axis=1)[:, :n_neighbors], axis=1)
    found = np.take_along_axis(squared, nearest, 1)
    order = np.argsort(found, axis=1, kind="stable")
    return np.take_along_axis(nearest, order, 1), np.sqrt(np.take_along_axis(found, order, 1))
