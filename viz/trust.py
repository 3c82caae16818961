"""How far a map can be trusted: which neighborhoods survived the step down to two dimensions.

Public functions: :func:`neighbor_kept`, :func:`trustworthiness`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

from .neighbors import exact_neighbors, row_blocks, squared_distances

_TIE = 1e-9  # squared distances closer than this are the same distance


def neighbor_kept(
    matrix: NDArray[np.float64],
    coordinates: NDArray[np.float64],
    *,
    n_neighbors: int = 10,
    distances: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """Return, for every point, which share of its nearest neighbors on the map are true ones.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_dims)
        The points before the layout.
    coordinates : ndarray of shape (n, 2)
    n_neighbors : int
        How many are compared; below half of n in a small table.
    distances : ndarray of shape (n, at least that many), or None
        To the nearest points, nearest first, where they are known; else they are found here.

    Returns
    -------
    kept : ndarray of shape (n,), float32, 0 to 1
        A map neighbor counts as true when it is no farther than the last of the true neighbors, so that
        among many equal points any choice of them is right.
    """
    n_points = len(matrix)
    k = min(n_neighbors, (n_points - 1) // 2)
    if k < 1:
        return np.ones(n_points, np.float32)
    if distances is None:
        _, distances = exact_neighbors(matrix, k)
    farthest = distances[:, k - 1] ** 2 + _TIE
    kept = np.zeros(n_points)
    for neighbor in _map_neighbors(coordinates, k).T:
        kept += ((matrix[neighbor] - matrix) ** 2).sum(axis=1) <= farthest
    return (kept / k).astype(np.float32)


def trustworthiness(
    matrix: NDArray[np.float64],
    coordinates: NDArray[np.float64],
    *,
    n_neighbors: int = 10,
    sample: NDArray[np.int64] | None = None,
) -> float:
    """Measure whether near points of the map were near before.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_dims)
    coordinates : ndarray of shape (n, 2)
    n_neighbors : int
        Neighborhood size; lowered to what a small table allows (below half of n).
    sample : ndarray of int or None
        Rows to average over; None takes all.

    Returns
    -------
    float
        1 is perfect, about .5 is chance; NaN below four points, where the measure does not exist.

    Notes
    -----
    Time O(len(sample) n n_dims), memory bounded by a block of rows. Equal distances share the better rank.

    References
    ----------
    J. Venna, S. Kaski: Neighborhood preservation in nonlinear projection methods, ICANN 2001, equation 1.
    """
    n_points = len(matrix)
    k = min(n_neighbors, (n_points - 1) // 2)
    if k < 1 or n_points < 4:
        return float("nan")
    rows = np.arange(n_points) if sample is None else np.asarray(sample)
    on_map = _map_neighbors(coordinates, k)
    penalty = sum(_rank_penalty(matrix, rows[block], on_map, k) for block in row_blocks(len(rows), n_points))
    return 1.0 - penalty * 2.0 / (len(rows) * k * (2.0 * n_points - 3.0 * k - 1.0))


def _map_neighbors(coordinates: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the k nearest other points on the map; points that lie on one another are told apart by index."""
    n_points = len(coordinates)
    _, found = cKDTree(coordinates).query(coordinates, k=k + 1)
    own = found == np.arange(n_points)[:, None]
    own[~own.any(axis=1), -1] = True  # among k + 1 equal points the point itself may be missing
    return found[~own].reshape(n_points, k)


def _rank_penalty(
    matrix: NDArray[np.float64], rows: NDArray[np.int64], on_map: NDArray[np.int64], k: int
) -> float:
    squared = squared_distances(matrix[rows], matrix)
    squared[np.arange(len(rows)), rows] = np.inf
    neighbor_distance = np.take_along_axis(squared, on_map[rows], 1)
    penalty = 0.0
    for column in range(k):
        nearer = (squared < neighbor_distance[:, column, None] - _TIE).sum(axis=1)  # rank - 1
        penalty += float(np.maximum(nearer + 1 - k, 0).sum())
    return penalty
