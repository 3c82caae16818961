"""Bringing one layout onto another: turned, mirrored and shifted, as a whole, so that the same points lie together.

Coordinates are (n, 2); row i of both is the same point. Public functions: :func:`aligned`, :func:`mean_shift`.

References
----------
P. Schönemann: A generalized solution of the orthogonal Procrustes problem, Psychometrika 1966.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def aligned(coordinates: ArrayLike, reference: ArrayLike, *, scale: bool = True) -> NDArray[np.float64]:
    """Move a layout as a whole so that it lies on another as well as it can.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
    reference : array of shape (n, 2)
        Rows with NaN do not count; with fewer than two that do, only the middle is moved.
    scale : bool
        Whether it may be made larger or smaller too.

    Returns
    -------
    ndarray of shape (n, 2), float64
    """
    moving, fixed = np.asarray(coordinates, np.float64), np.asarray(reference, np.float64)
    both = np.isfinite(fixed).all(axis=1)
    if not both.any():
        return moving.copy()
    middle, target = moving[both].mean(axis=0), fixed[both].mean(axis=0)
    centered, wanted = moving[both] - middle, fixed[both] - target
    left, strength, right = np.linalg.svd(centered.T @ wanted)
    size = float((centered**2).sum())
    factor = float(strength.sum()) / size if scale and size > 0 else 1.0
    return (moving - middle) @ (left @ right) * (factor or 1.0) + target


def mean_shift(coordinates: ArrayLike, reference: ArrayLike) -> float:
    """Return how far the points of a layout lie from those of another after alignment.

    Parameters
    ----------
    coordinates, reference : array of shape (n, 2)
        Rows with NaN in ``reference`` do not count.

    Returns
    -------
    float
        The Procrustes disparity: squared distances over the squared spread of the reference; 0 is the same picture.
    """
    fixed = np.asarray(reference, np.float64)
    both = np.isfinite(fixed).all(axis=1)
    if not both.any():
        return float("nan")
    rest = aligned(coordinates, fixed)[both] - fixed[both]
    spread = float(((fixed[both] - fixed[both].mean(axis=0)) ** 2).sum())
    return float((rest**2).sum()) / spread if spread > 0 else 0.0
