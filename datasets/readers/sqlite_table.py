"""SQLite databases other than Kaggle's: one table is read as any table is.

The table is the only one, or the only one that has a usual column name for the artist, the title or the text (or, with
``columns``, those that are asked for). Columns of bytes that are no text, such as covers, are taken only where they are
asked for. The row number is the place in the table, from 1.

Public names: :func:`table_of_reviews`, :func:`read_table`, :func:`columns_of`, :func:`quoted`, :func:`note_on_tables`.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.errors import SchemaError, SourceError
from ...core.progress import ProgressCallback
from .mapping import map_columns
from .pieces import Pieces
from .progress import announce
from .proposals import listed_names
from .raw import RawTable, RejectLog, as_column
from .streams import decode, looks_binary
from .unused import unused_columns

_LOOKED_AT = 50  # rows
_PIECE_ROWS = 2_000


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of the columns of a table."""
    cursor = database.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")
    return [column[0] for column in cursor.description]


def table_of_reviews(
    database: sqlite3.Connection, columns: Mapping[str, str | int], label: str
) -> str | None:
    """Return the table to read, or None where none has a column that can be used, or several have.

    Parameters
    ----------
    database : sqlite3.Connection
    columns : mapping
        The user's word on columns.
    label : str
    """
    listed = database.execute(
        "SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    kinds = {name: kind for name, kind in listed if kind in ("table", "view")}
    tables = [name for name, kind in kinds.items() if kind == "table"] or list(kinds)
    if len(tables) == 1:
        return tables[0]
    fitting = [table for table in tables if _fits(columns_of(database, table), columns, label)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(names: Sequence[str], columns: Mapping[str, str | int], label: str) -> bool:
    try:
        map_columns(names, columns, label)
    except SchemaError:
        return False
    return True


def note_on_tables(tables: Iterable[str], read: Collection[str]) -> list[str]:
    """Return a note that names the tables that are not read, or nothing."""
    left = sorted(set(tables) - set(read))
    return [f"tables not read: {listed_names(left)}"] if left else []


def read_table(
    database: sqlite3.Connection,
    table: str,
    *,
    label: str,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None,
    pieces: Pieces,
) -> RawTable:
    """Read the columns of one table that are used.

    Raises
    ------
    SourceError
        If it holds no rows.
    SchemaError
        If no column can be used.
    """
    names = columns_of(database, table)
    first = database.execute(f"SELECT * FROM {quoted(table)} LIMIT {_LOOKED_AT}").fetchall()
    if not first:
        raise SourceError(f"{label}: table {table} holds no rows; get the file again")
    blobs = [at for at in range(len(names)) if _is_binary([row[at] for row in first])]
    places = map_columns(
        names, columns, label, unrecognized=blobs, values=lambda place: [row[place] for row in first]
    )
    wanted = ", ".join(quoted(names[place]) for place in places.values())
    cursor = database.execute(f"SELECT {wanted} FROM {quoted(table)}")
    n_rows = 0
    while rows := cursor.fetchmany(_PIECE_ROWS):
        for field, values in zip(places, zip(*rows, strict=True), strict=True):
            pieces.add(field, as_column([_as_text(value) for value in values]))
        n_rows += len(rows)
        announce(on_progress, f"reading {label}", n_rows)
    left = [names[at] for at in blobs if at not in places.values()]
    spoken_of = ["" if name in left else name for name in names]
    notes = unused_columns(spoken_of, places, lambda place: [row[place] for row in first])
    return RawTable(
        source=label,
        format="sqlite",
        columns={field: pieces.take(field) for field in places},
        rows=np.arange(1, n_rows + 1),
        mapping={field: f"{table}.{names[place]}" for field, place in places.items()},
        rejects=RejectLog(label),
        notes=[*notes, *([f"columns of bytes left aside: {listed_names(left)}"] if left else [])],
    )


def _is_binary(values: Sequence[object]) -> bool:
    """Return whether values are bytes that are no text."""
    filled = [value for value in values if value is not None]
    blobs = [value for value in filled if isinstance(value, bytes)]
    return bool(blobs) and 2 * len(blobs) > len(filled) and any(map(_is_no_text, blobs))


def _as_text(value: Any) -> Any:
    """Decode bytes that are text; what else there is stays as it is."""
    return decode(value) if isinstance(value, bytes) and not _is_no_text(value) else value


def _is_no_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return b"\0" in data or looks_binary(data)
    return looks_binary(data)
