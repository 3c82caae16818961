"""Nearest neighbors of very many points, nearly all of them true: each is compared with the points of the cells around.

The cells are those of a k-means of a drawn sample. A row of ``matrix`` is one point; distances are Euclidean.
Public function: :func:`cell_neighbors`.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .neighbors import nearest_of, row_blocks, squared_distances

_PROBES, _PARTITIONS = 16, 3
_ROUNDS = 8
_SAMPLE_A_CELL = 40


def cell_neighbors(
    matrix: NDArray[np.float64], n_neighbors: int, rng: np.random.Generator, *, n_probes: int = _PROBES
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find near other points of every point: nearly all of the nearest, each with its true distance.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_dims)
    n_neighbors : int, 1 to n - 1
    rng : Generator
        Draws the sample that the cells are made of.
    n_probes : int
        Cells of a partition that each point is compared with, its own and the nearest to that.

    Returns
    -------
    indices : ndarray of shape (n, n_neighbors), int64
        Nearest first; points at the same distance in order of their index.
    distances : ndarray of shape (n, n_neighbors), float64

    Notes
    -----
    There are √n cells, so time is O(n^1.5 n_dims n_probes), memory O(n n_neighbors). Points at a border of cells miss
    who stands beyond the cells around, and so do all their neighbors; so it is done for three partitions, which have
    their borders elsewhere. One BLAS thread: the same bytes on any machine load.

    References
    ----------
    H. Jégou, M. Douze, C. Schmid: Product quantization for nearest neighbor search, TPAMI 2011, section IV (cells).
    """
    with threadpool_limits(1, user_api="blas"):
        found = _within_cells(matrix, n_neighbors, rng, n_probes)
        for _ in range(_PARTITIONS - 1):
            found = _merged(found, _within_cells(matrix, n_neighbors, rng, n_probes))
    return found


def _within_cells(
    matrix: NDArray[np.float64], n_neighbors: int, rng: np.random.Generator, n_probes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Compare each point with those of its own and the nearest cells of one partition."""
    n_points = len(matrix)
    indices, distances = np.empty((n_points, n_neighbors), np.int64), np.empty((n_points, n_neighbors))
    centers = _centers(matrix, max(1, round(n_points**0.5)), rng)
    cell_of = _nearest_center(matrix, centers)
    ends = np.cumsum(np.bincount(cell_of, minlength=len(centers)))[:-1]
    members = np.split(np.argsort(cell_of, kind="stable"), ends)
    around = np.argsort(squared_distances(centers, centers), axis=1, kind="stable")
    for cell, own in enumerate(members):
        candidates = _members_around(members, around[cell], n_probes, n_neighbors + 1)
        for block in row_blocks(len(own), len(candidates)):
            rows = own[block]
            squared = squared_distances(matrix[rows], matrix[candidates])
            squared[rows[:, None] == candidates[None, :]] = np.inf
            found, distances[rows] = nearest_of(squared, n_neighbors)
            indices[rows] = candidates[found]
    return indices, distances


def _merged(
    first: tuple[NDArray[np.int64], NDArray[np.float64]],
    second: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest of both, each once."""
    indices, distances = np.hstack([first[0], second[0]]), np.hstack([first[1], second[1]])
    order = np.argsort(indices, axis=1, kind="stable")
    indices, distances = np.take_along_axis(indices, order, 1), np.take_along_axis(distances, order, 1)
    distances[:, 1:][indices[:, 1:] == indices[:, :-1]] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, : first[0].shape[1]]
    return np.take_along_axis(indices, order, 1), np.take_along_axis(distances, order, 1)


def _centers(matrix: NDArray[np.float64], n_cells: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Find the middles of cells in a sample (Lloyd); a cell that lost all its points stays where it was."""
    sample = matrix[np.sort(rng.permutation(len(matrix))[: _SAMPLE_A_CELL * n_cells])]
    centers = sample[np.sort(rng.permutation(len(sample))[:n_cells])]
    for _ in range(_ROUNDS):
        cell_of = _nearest_center(sample, centers)
        order = np.argsort(cell_of, kind="stable")
        held, starts = np.unique(cell_of[order], return_index=True)
        counts = np.diff(np.append(starts, len(sample)))
        centers[held] = np.add.reduceat(sample[order], starts, axis=0) / counts[:, None]
    return centers


def _nearest_center(points: NDArray[np.float64], centers: NDArray[np.float64]) -> NDArray[np.int64]:
    nearest = np.empty(len(points), np.int64)
    for block in row_blocks(len(points), len(centers)):
        nearest[block] = squared_distances(points[block], centers).argmin(axis=1)
    return nearest


def _members_around(
    members: list[NDArray[np.int64]], cells: NDArray[np.int64], n_probes: int, least: int
) -> NDArray[np.int64]:
    """Return the points of the nearest cells in order of their index; of more cells where these have too few."""
    counts = np.cumsum([len(members[cell]) for cell in cells])
    needed = max(n_probes, int(np.searchsorted(counts, least)) + 1)
    return np.sort(np.concatenate([members[cell] for cell in cells[:needed]]))
