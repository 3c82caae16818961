"""Counts of pairs, such as artist and label, in sorted arrays: 16 bytes a different pair, however often it comes.

Public names: :class:`PairTally`.
"""

import numpy as np
from numpy.typing import NDArray

_MERGE_AFTER = 1 << 20  # keys that wait; 8 MB


class PairTally:
    """How often each of many whole numbers came, each of which stands for a pair."""

    def __init__(self) -> None:
        self._keys, self._counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._waiting: list[NDArray[np.int64]] = []
        self._n_waiting = 0

    def add(self, keys: NDArray[np.int64]) -> None:
        """Count some numbers, in any order."""
        self._waiting.append(keys)
        self._n_waiting += len(keys)
        if self._n_waiting > _MERGE_AFTER:
            self._merge()

    def counted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the different numbers, ascending, and how often each came."""
        self._merge()
        return self._keys, self._counts

    def _merge(self) -> None:
        if not self._waiting:
            return
        new, counts = np.unique(np.concatenate(self._waiting), return_counts=True)
        self._waiting, self._n_waiting = [], 0
        places = np.searchsorted(self._keys, new)
        known = np.zeros(len(new), dtype=bool)
        inside = places < len(self._keys)
        known[inside] = self._keys[places[inside]] == new[inside]
        self._counts[places[known]] += counts[known]
        self._counts = np.insert(self._counts, places[~known], counts[~known])
        self._keys = np.insert(self._keys, places[~known], new[~known])
