"""Discs whose area says a share, moved apart until none covers another. Public function: :func:`spread_discs`."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

_STEPS_PER_GROWTH = 20
_TOUCHING = 0.02  # of the smaller radius: less than this, within the free ground around a disc, is no overlap


def spread_discs(
    places: NDArray[np.floating], shares: NDArray[np.floating], *, filled: float = 0.28, gap: float = 0.15
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give every place a disc and push overlapping discs apart, small ones farther than large ones.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
        Where the discs should be; only their arrangement matters, not the unit.
    shares : ndarray of shape (n,), >= 0
        Areas are proportional to these.
    filled : float
        Part of the places' own rectangle that the discs cover together before they are moved.
    gap : float
        Free ground around each disc, as a part of its radius.

    Returns
    -------
    centers : ndarray of shape (n, 2)
        The middle of the picture is 0, its longer half-side 1 (edges of discs included).
    radii : ndarray of shape (n,)
        In the same unit; no disc is smaller than a thousandth of the picture.

    Notes
    -----
    Deterministic. Every step is O(n log n) but for the pairs that overlap.
    """
    centers, radii = _starting_discs(places, shares, filled)
    step = 0
    while _push_apart(centers, radii * (1.0 + gap)):
        step += 1
        if step % _STEPS_PER_GROWTH == 0:
            centers *= 1.02  # a crowd needs more ground; with enough of it the pushing ends
    return _framed(centers, radii)


def _starting_discs(
    places: NDArray[np.floating], shares: NDArray[np.floating], filled: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    centers = np.array(places, np.float64)
    total = float(np.sum(shares))
    parts = np.asarray(shares, np.float64) / total if total > 0 else np.full(len(centers), 1.0 / len(centers))
    low, high = centers.min(axis=0), centers.max(axis=0)
    longer = float((high - low).max()) or 1.0
    sides = np.maximum((high - low) / longer, 0.5)  # topics on a line still get a picture with some height
    centers = (centers - (low + high) / 2) / longer
    radii = np.sqrt(parts * filled * sides[0] * sides[1] / np.pi)
    return centers, np.maximum(radii, 1e-3)


def _push_apart(centers: NDArray[np.float64], radii: NDArray[np.float64]) -> bool:
    """Move overlapping discs by half of what is missing, in place; tell whether there were any."""
    one, other = _overlapping(centers, radii)
    if not len(one):
        return False
    between = centers[other] - centers[one]
    distance = np.hypot(*between.T)
    equal = distance < 1e-9
    turn = (one + other)[equal] * 2.399963  # on one another: each pair in a direction of its own
    between[equal] = np.column_stack([np.cos(turn), np.sin(turn)])
    direction = between / np.where(equal, 1.0, distance)[:, None]
    missing = radii[one] + radii[other] - distance
    weight = radii[other] ** 2 / (radii[one] ** 2 + radii[other] ** 2)
    steps = np.zeros_like(centers)
    np.add.at(steps, one, -direction * (missing * weight * 0.55)[:, None])
    np.add.at(steps, other, direction * (missing * (1 - weight) * 0.55)[:, None])
    centers += steps
    return True


def _overlapping(
    centers: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs that overlap; each pair is looked for around its larger disc."""
    around = cKDTree(centers).query_ball_point(centers, 2 * radii)
    one = np.repeat(np.arange(len(centers)), [len(found) for found in around])
    other = np.array([index for found in around for index in found], np.int64)
    smaller = (radii[other] < radii[one]) | ((radii[other] == radii[one]) & (other > one))
    one, other = one[smaller], other[smaller]
    distance = np.hypot(*(centers[other] - centers[one]).T)
    overlap = radii[one] + radii[other] - distance > _TOUCHING * radii[other]
    return one[overlap], other[overlap]


def _framed(
    centers: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = (centers - radii[:, None]).min(axis=0), (centers + radii[:, None]).max(axis=0)
    half = float((high - low).max()) / 2
    return (centers - (low + high) / 2) / half, radii / half
