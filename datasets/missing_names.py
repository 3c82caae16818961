"""Names and texts "NA" in a table where NA stands for what is missing, as R writes it.

Elsewhere an artist, a title or a text may be called so. R writes no blank cell: where other columns of a table of text
have NA and no column has a blank, NA is no name either.

Public names: :func:`without_na`.
"""

from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ..core.names import identity_key
from .readers.delimited.tables import DELIMITERS
from .readers.raw import RawTable

_NA = "NA"
_NAMES = ("artist", "title", "text")


def without_na(raw: RawTable, keep_artists: Collection[str] = ()) -> RawTable:
    """Return a table of text without names "NA", where it is R's word for a missing value; else the same.

    Parameters
    ----------
    raw : RawTable
    keep_artists : collection of str
        Names that the user says are artists.
    """
    if raw.format not in DELIMITERS or _NA.lower() in map(identity_key, keep_artists):
        return raw
    counts = {field: _count(column, _NA) for field, column in raw.columns.items()}
    found = [field for field in _NAMES if counts.get(field)]
    others = [field for field in counts if field not in _NAMES and counts[field]]
    if not found or not others or any(_count(column, "") for column in raw.columns.values()):
        return raw
    columns = {field: raw.park(_without(piece) for piece in raw.columns[field].chunks) for field in found}
    told = ", ".join(f"{field} of {counts[field]:,} rows" for field in found)
    note = (
        f"{_NA!r} stands for a missing value, as R writes it (in {', '.join(others)}, too), and is read so: {told}; "
        f"if an artist is called so, add --keep-artist {_NA}"
    )
    return replace(raw, columns={**raw.columns, **columns}, notes=[*raw.notes, note])


def _count(column: pa.ChunkedArray, word: str) -> int:
    return pc.sum(pc.equal(column, word)).as_py() or 0


def _without(piece: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(piece, _NA), None, piece)
