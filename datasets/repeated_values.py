"""Values that a column holds more than once, found without a table of all of them: 8 bytes of each are compared.

Public names: :func:`digests_of`, :func:`rows_of_equals`, :func:`first_repeated`.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

_PIECE_ROWS = 16_384


def digests_of(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return 8 bytes for each text of a column; equal texts have equal ones."""
    digests, start = np.empty(len(column), np.uint64), 0
    for piece in column.chunks:
        for at in range(0, len(piece), _PIECE_ROWS):
            part = piece.slice(at, _PIECE_ROWS).to_pandas().to_numpy(dtype=object)
            digests[start : start + len(part)] = pd.util.hash_array(part, categorize=False)
            start += len(part)
    return digests


def rows_of_equals(digests: NDArray[np.uint64], rows: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the rows, ascending, whose digest another row has too: those whose values are worth comparing.

    Parameters
    ----------
    digests : ndarray of uint64
    rows : ndarray of int64, optional
        Their rows, ascending, if not 0, 1, 2 and so on.

    Returns
    -------
    ndarray of int64
    """
    ordered = np.sort(digests)
    several = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(several):
        return np.zeros(0, np.int64)
    del ordered
    found = [
        np.flatnonzero(_is_among(digests[start : start + _PIECE_ROWS], several)) + start
        for start in range(0, len(digests), _PIECE_ROWS)
    ]
    places = np.concatenate(found)
    return places if rows is None else rows[places]


def _is_among(digests: NDArray[np.uint64], ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(ordered, digests), len(ordered) - 1)
    return ordered[at] == digests


def first_repeated(column: pa.ChunkedArray) -> str | None:
    """Return a text that stands in two rows of a column, the first such; None where all differ."""
    places = rows_of_equals(digests_of(column))
    counts = column.take(pa.array(places)).value_counts() if len(places) else ()
    return next((one["values"].as_py() for one in counts if one["counts"].as_py() > 1), None)
