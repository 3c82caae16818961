"""Statistics over the time of a sound: from one row a frame to one vector, whatever the length.

Public names: :func:`temporal_statistics`, :func:`statistic_names`, :data:`STATISTICS`.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

STATISTICS = ("mean", "deviation", "change", "first", "middle", "last")
_THIRDS = 3


def temporal_statistics(rows: ArrayLike, loudness: ArrayLike) -> NDArray[np.float32]:
    """Compute the statistics of each column, frames counted by how loud they are.

    Parameters
    ----------
    rows : array of shape (n_frames, n_columns)
        At least one frame.
    loudness : array of shape (n_frames,), >= 0
        Weight of each frame in mean, deviation (standard deviation) and change (root of the mean square step from one
        frame to the next); all zero weighs all alike. The three last statistics are plain means of the first, middle
        and last third of the frames.

    Returns
    -------
    ndarray of shape (6 * n_columns,), float32
        By statistic, in the order of :data:`STATISTICS`.
    """
    values = np.asarray(rows, np.float64)
    weight = np.asarray(loudness, np.float64)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(values), 1.0 / len(values))
    mean = weight @ values
    deviation = np.sqrt(weight @ (values - mean) ** 2)
    steps = np.diff(values, axis=0)
    between = np.sqrt(weight[1:] * weight[:-1])
    change = np.sqrt((between @ steps**2) / max(float(between.sum()), 1e-12))
    parts = [values[part].mean(axis=0) for part in _thirds(len(values))]
    return np.concatenate([mean, deviation, change, *parts]).astype(np.float32)


def _thirds(n_frames: int) -> list[slice]:
    """Cut frames into three parts, each with a frame at least; parts of short sounds share frames."""
    edges = [n_frames * part / _THIRDS for part in range(_THIRDS + 1)]
    return [slice(int(low), max(int(np.ceil(high)), int(low) + 1)) for low, high in itertools.pairwise(edges)]


def statistic_names(columns: Sequence[str]) -> list[str]:
    """Return what each entry of :func:`temporal_statistics` is, such as "code_03_mean"."""
    return [f"{column}_{statistic}" for statistic in STATISTICS for column in columns]
