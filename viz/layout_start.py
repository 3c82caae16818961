"""Where the points of a layout begin: on two principal components, or where they stood before.

Public functions: :func:`check_start`, :func:`filled_start`, :func:`plane_start`, :func:`all_equal`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from ..core.errors import ParameterError
from .neighbors import row_blocks, squared_distances


def check_start(start: ArrayLike | None, n_points: int) -> NDArray[np.float64] | None:
    """Return where points stood, or None when no three of them did."""
    if start is None:
        return None
    former = np.asarray(start, np.float64)
    if former.shape != (n_points, 2):
        raise ParameterError(
            f"start must have the shape ({n_points}, 2), one place a point; got {former.shape}"
        )
    return former if np.isfinite(former).all(axis=1).sum() >= 3 else None


def filled_start(
    points: NDArray[np.float64], former: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Set each new point at the median place of its nearest old ones, a little aside so that no two are equal."""
    old = np.isfinite(former).all(axis=1)
    filled = former.copy()
    nearest = min(10, int(old.sum()))
    with threadpool_limits(1, user_api="blas"):
        for block in row_blocks(int((~old).sum()), int(old.sum())):
            rows = np.flatnonzero(~old)[block]
            squared = squared_distances(points[rows], points[old])
            order = np.argsort(squared, axis=1, kind="stable")[:, :nearest]
            filled[rows] = np.median(former[old][order], axis=1)
    spread = float(former[old].std()) or 1.0
    return filled + rng.normal(scale=1e-4 * spread, size=filled.shape) * np.where(old, 0.0, 1.0)[:, None]


def plane_start(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Project on two principal components of canonical sign and set equal points apart."""
    if all_equal(points):  # a sunflower, so that all can be seen and none looks related
        turn = np.arange(len(points)) * math.pi * (3 - math.sqrt(5))
        return np.sqrt(np.arange(len(points)))[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    flat = _principal_plane(points)
    return flat + rng.normal(scale=1e-4 * float(np.abs(flat).max()), size=flat.shape)


def all_equal(points: NDArray[np.float64]) -> bool:
    """Whether there is no direction in which points differ."""
    return points.size == 0 or bool((np.ptp(points, axis=0) < 1e-12).all())


def _principal_plane(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if min(points.shape) == 0:
        return np.zeros((len(points), 2))
    centered = points - points.mean(axis=0)
    with threadpool_limits(1, user_api="blas"):  # one thread: same bytes everywhere
        _, axes = np.linalg.eigh(centered.T @ centered)
        axes = axes[:, ::-1][:, :2]
        strongest = np.abs(axes).argmax(axis=0)
        axes = axes * np.sign(axes[strongest, np.arange(axes.shape[1])])
        flat = centered @ axes
    return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
