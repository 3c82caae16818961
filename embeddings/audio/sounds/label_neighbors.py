"""How well neighbors share a label: the accuracy of a vote among the nearest, each row left out in turn.

Public functions: :func:`neighbor_accuracy`, :func:`commonest_share`.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from ....core.errors import ParameterError

_BLOCK = 4_000_000


def commonest_share(labels: Sequence[object]) -> float:
    """Return what one answer for all rows would reach: the share of the commonest label; NaN without two labels.

    >>> commonest_share(["a", "b", "a", None])
    0.6666666666666666
    """
    counts = Counter(str(label) for label in labels if label is not None)
    return max(counts.values()) / counts.total() if len(counts) > 1 else float("nan")


def neighbor_accuracy(
    rows: ArrayLike,
    labels: Sequence[object],
    *,
    n_neighbors: int = 5,
    groups: Sequence[object] | None = None,
) -> float:
    """Return the share of rows whose nearest others vote for their label.

    Parameters
    ----------
    rows : array of shape (n, n_dims)
        Distances are Euclidean.
    labels : sequence of length n
        Rows whose label is None are left out, also as neighbors.
    n_neighbors : int
        Fewer where there are not as many. Among labels with equal votes the one with the nearest neighbor wins.
    groups : sequence of length n, optional
        Neighbors of a row's own group (a speaker, a drum kit) do not count.

    Returns
    -------
    float
        NaN where fewer than two labels are left.

    Raises
    ------
    ParameterError
        If lengths differ or ``n_neighbors`` is below 1.
    """
    values = np.asarray(rows, np.float64)
    if len(labels) != len(values) or (groups is not None and len(groups) != len(values)):
        raise ParameterError(f"labels and groups must have one entry a row, {len(values)}")
    if n_neighbors < 1:
        raise ParameterError(f"n_neighbors must be >= 1; got {n_neighbors!r}")
    used = np.array([at for at, label in enumerate(labels) if label is not None], np.int64)
    names = sorted({str(labels[at]) for at in used})
    if len(names) < 2:
        return float("nan")
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.array([code_of[str(labels[at])] for at in used])
    kin = used if groups is None else np.unique([str(groups[at]) for at in used], return_inverse=True)[1]
    right = [_votes(values[used], codes, kin, block, n_neighbors) for block in _blocks(len(used))]
    return float(np.concatenate(right).mean())


def _blocks(n_rows: int) -> list[slice]:
    size = max(1, _BLOCK // max(1, n_rows))
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


def _votes(
    values: NDArray[np.float64], codes: NDArray[np.int64], kin: NDArray[np.int64], block: slice, k: int
) -> NDArray[np.bool_]:
    """Return for the rows of a block whether the vote is right."""
    with threadpool_limits(1, user_api="blas"):
        squares = np.einsum("ij,ij->i", values, values)
        apart = squares[block, None] + squares - 2.0 * (values[block] @ values.T)
    apart[kin[block, None] == kin[None, :]] = np.inf
    nearest = _nearest(apart, k)
    reachable = np.isfinite(np.take_along_axis(apart, nearest, 1))
    right = np.empty(len(nearest), bool)
    for row, (found, real) in enumerate(zip(nearest, reachable, strict=True)):
        votes = codes[found[real]]
        counts = np.bincount(votes, minlength=1)
        winner = next((vote for vote in votes if counts[vote] == counts.max()), -1)
        right[row] = winner == codes[block.start + row]
    return right


def _nearest(apart: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """Return the k columns of each row with the least values, of equal ones the first, nearest first."""
    if k >= apart.shape[1]:
        return np.argsort(apart, axis=1, kind="stable")
    last = np.partition(apart, k - 1, axis=1)[:, k - 1 : k]
    found = np.empty((len(apart), k), np.intp)
    for row, (values, most) in enumerate(zip(apart, last, strict=True)):
        near = np.flatnonzero(values <= most)  # in order, so a stable sort settles equal ones
        found[row] = near[np.argsort(values[near], kind="stable")[:k]]
    return found
