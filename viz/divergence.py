"""How different two topics are: the Jensen-Shannon divergence of their words, and a space in which it is a distance.

Public functions: :func:`jensen_shannon`, :func:`embed_divergence`.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..core.executors.local import map_threads

_BLOCK_VALUES = 200_000  # probabilities mixed at a time: they stay in the processor's cache


def jensen_shannon(distributions: NDArray[np.floating], *, n_jobs: int = 1) -> NDArray[np.float64]:
    """Return the Jensen-Shannon divergence of every two rows.

    Parameters
    ----------
    distributions : ndarray of shape (n, n_words)
        Rows sum to 1; zeros are allowed.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n, n), float64
        Symmetric, in nats: 0 for equal rows, log 2 for rows that share no word. Accurate to about 1e-5.

    References
    ----------
    J. Lin: Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 1991.

    Notes
    -----
    Time O(n² n_words): 0.4 s for 200 rows of 20,000 words.
    """
    floor = np.float32(1e-30)  # p log p of it is nothing, and its logarithm is finite
    rows = np.maximum(np.ascontiguousarray(distributions, dtype=np.float32), floor)
    n_rows = len(rows)
    divergence = np.zeros((n_rows, n_rows))

    def fill(row: int) -> None:
        divergence[row, row + 1 :] = _divergences(rows[row], rows[row + 1 :], own[row], own[row + 1 :])

    with threadpool_limits(1, user_api="blas"):
        own = -np.vecdot(rows, np.log(rows)).astype(np.float64)
        map_threads(fill, range(n_rows - 1), n_jobs=n_jobs)
    return np.clip(divergence + divergence.T, 0.0, np.log(2.0))


def _divergences(
    row: NDArray[np.float32], others: NDArray[np.float32], entropy: float, entropies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return H((p + q) / 2) - (H(p) + H(q)) / 2 for one p and every q."""
    size = max(1, _BLOCK_VALUES // len(row))
    found = [np.empty(0)]
    for start in range(0, len(others), size):
        both = others[start : start + size] + row
        found.append(np.log(2.0) - 0.5 * np.vecdot(both, np.log(both)).astype(np.float64))
    return np.concatenate(found) - (entropy + entropies) / 2


def embed_divergence(divergence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points whose squared distances are the divergences (classical scaling).

    The root of the Jensen-Shannon divergence is a distance of a Euclidean space, so nothing is lost but rounding.

    Parameters
    ----------
    divergence : ndarray of shape (n, n)

    Returns
    -------
    ndarray of shape (n, n_dims), float64, n_dims < n
        The first two columns are the principal coordinates. The sign of each is fixed: its largest entry is positive.

    References
    ----------
    W. Torgerson: Multidimensional scaling I, Psychometrika 1952.
    D. Endres, J. Schindelin: A new metric for probability distributions, IEEE Transactions on Information Theory 2003.
    """
    n_points = len(divergence)
    if n_points < 2:
        return np.zeros((n_points, 2))
    centered = divergence - divergence.mean(axis=0)
    gram = -0.5 * (centered - centered.mean(axis=1, keepdims=True))
    with threadpool_limits(1, user_api="blas"):  # one thread: same bytes everywhere
        values, axes = np.linalg.eigh(gram)
    order = np.argsort(-values)[: max(2, int((values > 1e-9 * max(values.max(), 1e-30)).sum()))]
    axes = axes[:, order]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    points = axes * np.sqrt(np.maximum(values[order], 0.0))
    return np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))
