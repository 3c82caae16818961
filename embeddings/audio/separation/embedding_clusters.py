"""Cells of a spectrogram grouped by their embeddings: k-means, spectral clustering, and how many groups there are.

Points are embeddings of cells, rows of unit length; weights say what a cell counts for, and silent cells have none.
Public names: :func:`find_centers`, :func:`memberships`, :func:`spectral_labels`, :func:`residuals`,
:func:`estimate_count`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ....core.errors import ParameterError

MOST_POINTS = 8_000  # that centers are found from; more are drawn from at random
MOST_SPECTRAL = 4_000  # spectral clustering makes a square matrix
_STARTS = 4
SHARPNESS = 3.0  # of soft masks, per unit of squared distance
LEAST_STEP = 0.085  # of the mean squared distance (at most 1) that a further source must explain


def find_centers(
    points: NDArray[np.floating],
    weights: NDArray[np.floating],
    n_clusters: int,
    rng: np.random.Generator,
    *,
    start: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """Find the centers of weighted k-means.

    Parameters
    ----------
    points : ndarray of shape (n_points, dim)
    weights : ndarray of shape (n_points,), >= 0
    n_clusters : int
    rng : numpy.random.Generator
    start : ndarray of shape (n_clusters, dim), optional
        Centers to start from; without, the best of four random starts.

    Returns
    -------
    ndarray of shape (n_clusters, dim), float32

    Raises
    ------
    ParameterError
        If fewer points than clusters have weight.
    """
    import sklearn.cluster

    kmeans: Any = sklearn.cluster.KMeans  # its annotations know only the defaults
    points, weights = _thinned(points, weights, rng)
    if len(points) < n_clusters:
        raise ParameterError(
            f"n_clusters must be at most the number of cells that sound, {len(points)}; got {n_clusters}"
        )
    if n_clusters == 1:
        return np.average(points, axis=0, weights=weights)[None].astype(np.float32)
    seed = int(rng.integers(2**31))
    means = kmeans(
        n_clusters,
        init="k-means++" if start is None else np.asarray(start, points.dtype),
        n_init=_STARTS if start is None else 1,
        random_state=seed,
    )
    with threadpool_limits(1):  # its threads would spin against those of the network
        means.fit(points, sample_weight=weights)
    return means.cluster_centers_.astype(np.float32)


def _thinned(
    points: NDArray[np.floating], weights: NDArray[np.floating], rng: np.random.Generator
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Keep points with weight, and of many an even random share."""
    heard = np.flatnonzero(weights > 0)
    if len(heard) > MOST_POINTS:
        heard = np.sort(rng.choice(heard, MOST_POINTS, replace=False))
    return points[heard], weights[heard]


def memberships(
    points: NDArray[np.floating], centers: NDArray[np.floating], *, sharpness: float | None = None
) -> NDArray[np.float32]:
    """Return how far each point belongs to each center.

    Parameters
    ----------
    points : ndarray of shape (n_points, dim)
    centers : ndarray of shape (n_clusters, dim)
    sharpness : float or None
        Shares are softmax(-sharpness * squared distance); None gives a point to its nearest center alone.

    Returns
    -------
    ndarray of shape (n_clusters, n_points), float32
        Columns add up to 1.
    """
    near = 2.0 * centers @ points.T - np.sum(np.square(centers), axis=1)[:, None]  # |p|^2 is the same for all
    if sharpness is None:
        return (np.arange(len(centers))[:, None] == near.argmax(axis=0)).astype(np.float32)
    near = sharpness * near
    share = np.exp(near - near.max(axis=0))
    return (share / share.sum(axis=0)).astype(np.float32)


def spectral_labels(
    points: NDArray[np.floating], n_clusters: int, rng: np.random.Generator, *, gamma: float = 2.0
) -> NDArray[np.intp]:
    """Group points by spectral clustering of all their likenesses, exp(-gamma * squared distance).

    Parameters
    ----------
    points : ndarray of shape (n_points, dim)
        At most 4,000.
    n_clusters : int
    rng : numpy.random.Generator
    gamma : float

    Returns
    -------
    ndarray of shape (n_points,), intp

    Raises
    ------
    ParameterError
        If there are more points.
    """
    from sklearn.cluster import SpectralClustering

    if len(points) > MOST_SPECTRAL:
        raise ParameterError(
            f"points must be at most {MOST_SPECTRAL:,}; got {len(points):,}: use find_centers"
        )
    model = SpectralClustering(n_clusters, gamma=gamma, random_state=int(rng.integers(2**31)))
    with threadpool_limits(1):
        return model.fit_predict(points)


def residuals(
    points: NDArray[np.floating], weights: NDArray[np.floating], most: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the weighted mean squared distance to the nearest of k centers, for k = 1 to ``most``.

    Parameters
    ----------
    points : ndarray of shape (n_points, dim)
    weights : ndarray of shape (n_points,), >= 0
    most : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (at most ``most``,), float64
        Shorter where fewer points have weight.
    """
    points, weights = _thinned(points, weights, rng)
    found = []
    for count in range(1, min(most, len(points)) + 1):
        centers = find_centers(points, weights, count, rng)
        squared = np.square(points[:, None, :] - centers).sum(axis=2).min(axis=1)
        found.append(float(np.average(squared, weights=weights)))
    return np.array(found)


def estimate_count(
    points: NDArray[np.floating], weights: NDArray[np.floating], most: int, rng: np.random.Generator
) -> int:
    """Estimate how many sources there are: the last number of centers that was a clear step from one fewer.

    Embeddings of ideal sources stand at right angles, so that each center that is missing costs about as much as a
    source's share of the cells; a center too many only splits noise.

    Parameters
    ----------
    points, weights, most, rng
        As in :func:`residuals`.

    Returns
    -------
    int
        1 to ``most``; 0 where no point has weight.
    """
    left = residuals(points, weights, most, rng)
    if not len(left):
        return 0
    steps = -np.diff(left)
    worth = np.flatnonzero(steps > LEAST_STEP)
    return 1 + (int(worth[-1]) + 1 if len(worth) else 0)
