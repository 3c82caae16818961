"""Cells that a spreadsheet had merged: a name stands in the first row of its group, and blanks below it.

Columns that the user names are filled down. Unasked only the artist is, where nothing else explains the blanks: the
first row has one, each name stands once and they are in the order of the alphabet, and the rows without one have a
title. The genres are filled with it where they are blank in just these rows.

Public names: :func:`check_fill_down`, :func:`filled_down`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from ....core.errors import ParameterError
from ....core.names import identity_key
from ..columns.mapping import CANONICAL_OF, NO_COLUMN, name_key
from ..pieces import Pieces
from ..raw import CANONICAL, RawTable

_FEWEST_GROUPS = 3  # names with blanks below them
_FEWEST_NAMES = 5  # whose order tells
_SHARE_BLANK = 0.2  # of the rows
_SHARE_IN_ORDER = 0.95
_ARTICLE = re.compile(r"^(?:the|a|an|die|der|das|les|le|la|los|las|el) ")
_FLAT = ("csv", "tsv", "pipe", "semicolon", "parquet", "arrow", "frame", "sqlite")


def check_fill_down(columns: Sequence[str] | str) -> tuple[str, ...] | None:
    """Return the canonical names of columns to be filled down; None where it is left to the values.

    Parameters
    ----------
    columns : sequence of str, or str
        Names, each alone or several with commas between them; "-" where none is to be filled.

    Raises
    ------
    ParameterError
        If a name is unknown.
    """
    parts = [columns] if isinstance(columns, str) else columns
    names = [name.strip() for part in parts for name in part.split(",") if name.strip()]
    for name in names:
        if name != NO_COLUMN and name_key(name) not in CANONICAL_OF:
            raise ParameterError(
                f"fill_down (--fill-down): unknown column {name!r}; choose from {', '.join(CANONICAL)}"
            )
    found = tuple(dict.fromkeys(CANONICAL_OF[name_key(name)] for name in names if name != NO_COLUMN))
    return found if names else None


def filled_down(raw: RawTable, asked: Sequence[str] | None, pieces: Pieces | None = None) -> RawTable:
    """Return a table with the blanks below values filled with them, where that is asked for or told by the values.

    Parameters
    ----------
    raw : RawTable
        One table, in the order of its rows.
    asked : sequence of str or None
        As :func:`check_fill_down` returns it.
    pieces : Pieces, optional
        Where columns are kept.

    Raises
    ------
    ParameterError
        If a column that is asked for is not in the table.
    """
    if asked is not None:
        for field in asked:
            if field not in raw.columns:
                raise ParameterError(
                    f"fill_down (--fill-down): {raw.source} has no column for {field}, only {', '.join(raw.columns)}"
                )
        return _filled(raw, [field for field in asked if _is_text(raw, field)], "as you say", pieces)
    if raw.format not in _FLAT or not _may_be_merged(raw):
        return raw
    n_blank, names = int(pc.sum(_blank(raw, "artist")).as_py()), _names(raw)
    same = [field for field in ("genres",) if field in raw.columns and _is_blank_with_artist(raw, field)]
    if len(names) < _FEWEST_NAMES or not _stand_once_in_order(names):
        return replace(raw, notes=[*raw.notes, _offer(raw, n_blank, ["artist", *same])])
    why = "as in cells that were merged; if they have none, add --fill-down -"
    return _filled(raw, ["artist", *same], why, pieces)


def _offer(raw: RawTable, n_blank: int, fields: Sequence[str]) -> str:
    return (
        f"{n_blank:,} of {len(raw.rows):,} rows have a title, no artist, and stand below one that has: if the cells "
        f"were merged, add --fill-down {','.join(fields)}"
    )


def _is_text(raw: RawTable, field: str) -> bool:
    return pa.types.is_string(raw.columns[field].type)


def _blank(raw: RawTable, field: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(raw.columns[field]), ""), True)


def _may_be_merged(raw: RawTable) -> bool:
    """Return whether blanks stand below names in several places, in rows that have a title."""
    if not all(field in raw.columns and _is_text(raw, field) for field in ("artist", "title")):
        return False
    blank = _blank(raw, "artist").to_numpy()
    if not len(blank) or blank[0] or blank.mean() < _SHARE_BLANK:
        return False
    n_groups = int((blank[1:] & ~blank[:-1]).sum())
    without_title = _blank(raw, "title").to_numpy()
    return n_groups >= _FEWEST_GROUPS and not (blank & without_title).any()


def _names(raw: RawTable) -> list[str]:
    return [
        name.strip() for name in raw.columns["artist"].filter(pc.invert(_blank(raw, "artist"))).to_pylist()
    ]


def _stand_once_in_order(names: Sequence[str]) -> bool:
    keys = [identity_key(name) for name in names]
    orders = (keys, [_ARTICLE.sub("", key) for key in keys], [key.split()[-1] if key else "" for key in keys])
    in_order = max(sum(a <= b for a, b in pairwise(order)) for order in orders)
    return len(set(keys)) == len(keys) and in_order >= _SHARE_IN_ORDER * (len(keys) - 1)


def _is_blank_with_artist(raw: RawTable, field: str) -> bool:
    """Return whether a column is blank in the rows without artist, and hardly in others."""
    if not _is_text(raw, field):
        return False
    blank, without = _blank(raw, field).to_numpy(), _blank(raw, "artist").to_numpy()
    return bool(blank[without].all()) and blank[~without].mean() < 1 - _SHARE_IN_ORDER


def _filled(raw: RawTable, fields: Sequence[str], why: str, pieces: Pieces | None) -> RawTable:
    park = (pieces or Pieces()).park
    counts = {field: int(pc.sum(_blank(raw, field)).as_py()) for field in fields}
    columns = {field: park(_filled_pieces(raw.columns[field])) for field in fields}
    told = ", ".join(f"{field} of {n:,} rows" for field, n in counts.items() if n)
    notes = [f"blank cells are filled from the row above, {why}: {told}"] if told else []
    return replace(raw, columns={**raw.columns, **columns}, notes=[*raw.notes, *notes])


def _filled_pieces(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    last = None
    for piece in column.chunks:
        blank = pc.equal(pc.utf8_trim_whitespace(piece), "")
        filled = pc.fill_null_forward(pc.if_else(blank, None, piece))
        filled = filled if last is None else pc.fill_null(filled, last)
        last = filled[-1].as_py() if len(filled) else last
        yield filled
