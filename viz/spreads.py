"""How the scores and the release years of many artists are spread, as the histograms of the map draw them.

Public: :class:`Spreads`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_PER_TENTH = 10  # the map stores scores in hundredths


class Spreads:
    """Counts by tenth of a score and by first year, of all artists or of some.

    Parameters
    ----------
    score : ndarray of shape (n,), integers
        1 + hundredths of the mean score; 0 where none is known.
    first_year, year_span : ndarray of shape (n,), integers
        The first release year, 0 where none is known, and how many years later the last one was.
    """

    def __init__(self, score: NDArray[Any], first_year: NDArray[Any], year_span: NDArray[Any]) -> None:
        hundredths = score.astype(np.int64) - 1
        rounded = (hundredths + _PER_TENTH // 2) // _PER_TENTH
        years = first_year.astype(np.int64)
        last = years + year_span.astype(np.int64)
        highest = -(-int(hundredths.max(initial=-1)) // _PER_TENTH)
        self._values = {
            "score": _Values(rounded, hundredths >= 0, highest),
            "year": _Values(years, years > 0, int(last[years > 0].max(initial=0))),
        }

    def whole(self) -> dict[str, dict[str, Any]]:
        """Return for "score" (in tenths) and "year" ``low``, ``high`` and ``counts``, one for each value from low."""
        return {
            name: {"low": values.low, "high": values.high, "counts": values.counts(slice(None))}
            for name, values in self._values.items()
        }

    def of(self, rows: NDArray[np.int64]) -> dict[str, list[int]]:
        """Return for "score" and "year" the counts of some artists, over the same values as of all."""
        return {name: values.counts(rows) for name, values in self._values.items()}


class _Values:
    """One value an artist; those that are not known count nowhere."""

    def __init__(self, values: NDArray[np.int64], known: NDArray[np.bool_], high: int) -> None:
        self.low = int(values[known].min()) if known.any() else 0
        self.high = max(high, int(values[known].max())) if known.any() else 0
        self.places = np.where(known, values - self.low, self.high - self.low + 1)

    def counts(self, rows: NDArray[np.int64] | slice) -> list[int]:
        n_values = self.high - self.low + 1
        return np.bincount(self.places[rows], minlength=n_values + 1)[:n_values].tolist()
