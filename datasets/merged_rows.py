"""Rows of one review that differ in their genres, labels, years or artists only, as joined tables have them.

Their values are put together in the row that is kept.

Public names: :func:`merged_into`, :func:`with_values`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .readers.raw import Park

_PIECE_ROWS = 256  # whose texts are held at a time
LISTS = ("artists", "genres", "labels", "years")
Values = Mapping[int, Mapping[str, Sequence[str | int]]]


def merged_into(
    table: pa.Table, lost: NDArray[np.int64], kept: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], Values]:
    """Return which rows say more of the rows that are kept for them, and all values of those.

    A row does where title, text and score are the same, and a list is not.

    Parameters
    ----------
    table : pyarrow.Table
        Clean reviews, with ``artists``.
    lost, kept : ndarray of int64
        Rows that repeat a review id, and those that are kept for them.

    Returns
    -------
    says_more : ndarray of bool, shape (n_lost,)
    values : mapping of int to mapping
        Lists of the rows that are kept, where they grow.
    """
    says_more = np.zeros(len(lost), dtype=bool)
    values: dict[int, dict[str, list[str | int]]] = {}
    for start in range(0, len(lost), _PIECE_ROWS):
        part = slice(start, start + _PIECE_ROWS)
        pairs = zip(_rows_at(table, lost[part]), _rows_at(table, kept[part]), strict=True)
        for at, (repeat, whole) in enumerate(pairs, start):
            is_same = all(repeat[field] == whole[field] for field in ("title", "text", "score"))
            if not is_same or (whole["title"] is None and whole["text"] is None):
                continue
            held = values.get(int(kept[at]), {field: list(whole[field]) for field in LISTS})
            more = {field: [item for item in repeat[field] if item not in held[field]] for field in LISTS}
            if any(more.values()):
                says_more[at] = True
                values[int(kept[at])] = {field: [*held[field], *more[field]] for field in LISTS}
    return says_more, values


def _rows_at(table: pa.Table, places: NDArray[np.int64]) -> list[dict[str, Any]]:
    return table.select(["title", "text", "score", *LISTS]).take(pa.array(places)).to_pylist()


def with_values(table: pa.Table, values: Values, park: Park) -> pa.Table:
    """Return a table with other lists in some rows."""
    for field in LISTS if values else ():
        pieces, start = [], 0
        for piece in table[field].chunks:
            here = {
                row - start: found[field] for row, found in values.items() if 0 <= row - start < len(piece)
            }
            if here:
                lists = piece.to_pylist()
                piece = pa.array([here.get(at, one) for at, one in enumerate(lists)], piece.type)
            pieces.append(piece)
            start += len(piece)
        table = table.set_column(table.column_names.index(field), table.field(field), park(pieces))
    return table
