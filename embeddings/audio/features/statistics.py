"""Mean, deviation, least and most of rows that come in blocks. Public names: :class:`RunningStatistics`."""

import numpy as np
from numpy.typing import NDArray


class RunningStatistics:
    """Column statistics of blocks of rows, merged so that the cuts between blocks do not matter.

    Parameters
    ----------
    n_columns : int

    References
    ----------
    T. Chan, G. Golub, R. LeVeque: Algorithms for computing the sample variance, The American Statistician 1983.
    """

    def __init__(self, n_columns: int) -> None:
        self.count = 0
        self.mean: NDArray[np.float64] = np.zeros(n_columns)
        self.least: NDArray[np.float64] = np.full(n_columns, np.inf)
        self.most: NDArray[np.float64] = np.full(n_columns, -np.inf)
        self._squares = np.zeros(n_columns)

    def add(self, rows: NDArray[np.floating]) -> None:
        """Take in rows, shape (n, n_columns)."""
        if not len(rows):
            return
        block = np.asarray(rows, np.float64)
        mean = block.mean(axis=0)
        total = self.count + len(block)
        apart = mean - self.mean
        self._squares += ((block - mean) ** 2).sum(axis=0) + apart**2 * (self.count * len(block) / total)
        self.mean = self.mean + apart * (len(block) / total)
        self.count = total
        self.least = np.minimum(self.least, block.min(axis=0))
        self.most = np.maximum(self.most, block.max(axis=0))

    @property
    def deviation(self) -> NDArray[np.float64]:
        """Standard deviation of each column, over the number of rows."""
        return np.sqrt(self._squares / max(self.count, 1))
