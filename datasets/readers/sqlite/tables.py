"""SQLite databases other than Kaggle's: one table is read as any table is, with what others say of its rows.

The table is the only one, or the only one that has a usual column name for the artist, the title or the text (or, with
``columns``, those that are asked for); of several, the only one that has the text and a name, or texts or scores of
the rows of others (``reviews(album_id, body)``), or that all others can be joined to; or that which ``columns`` names
(``title=albums.title``, and before all ``review_id=reviews.id``). Columns of other tables are taken where a key
clearly matches (:mod:`sqlite_joins`) and the table has none of its own; values that a join leaves aside are counted.
Columns of bytes that are no text, such as covers, are taken only where they are asked for. The row number is the place
in the table, from 1.

Public names: :func:`table_of_reviews`, :func:`read_table`, :func:`note_on_tables`, :func:`naming_example`.
"""

import json
import shlex
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ....core.errors import SchemaError, SourceError
from ....core.progress import ProgressCallback
from ..columns.mapping import CANONICAL_OF, NO_COLUMN, map_columns, name_key
from ..columns.proposals import Values, listed_names
from ..columns.unused import unused_columns
from ..decoding.streams import decode, looks_binary
from ..pieces import Pieces
from ..progress import announce
from ..raw import RawTable, RejectLog, as_column
from .joins import (
    Side,
    columns_of,
    n_left_aside,
    near_sides_of,
    parents_of,
    quoted,
    select_with,
    sides_of,
)

_OPINIONS = frozenset(["text", "score"])
_LOOKED_AT = 50  # rows
_PIECE_ROWS = 2_000


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
    tables = tables_of(database)
    if len(tables) == 1:
        return tables[0]
    named = {table: _unqualified(columns, table, tables) for table in tables}
    found = {table: _found(columns_of(database, table), named[table], label) for table in tables}
    fitting = [table for table in tables if found[table]]
    if len(fitting) > 1:
        whole = [table for table in fitting if "text" in found[table] and {"artist", "title"} & found[table]]
        pointing = [table for table in fitting if _points_to_albums(database, table, found)]
        one = next((some for some in (whole, pointing) if len(some) == 1), None)
        fitting = one or [t for t in fitting if _has_all(database, t, fitting, tables)]
    qualified = list(dict.fromkeys(filter(None, (_table_of(theirs, tables) for theirs in columns.values()))))
    if own := _table_of(columns.get("review_id", ""), tables):  # whose rows are the reviews
        return own
    if len(fitting) == 1:
        joined = {side.table for side in sides_of(database, fitting[0], tables)} if qualified else set()
        if fitting[0] in qualified or joined.issuperset(qualified):
            return fitting[0]
    return qualified[0] if qualified else fitting[0] if len(fitting) == 1 else None


def tables_of(database: sqlite3.Connection) -> list[str]:
    """Return the names of the tables, or of the views where there is no table."""
    listed = database.execute(
        "SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    kinds = {name: kind for name, kind in listed if kind in ("table", "view")}
    return [name for name, kind in kinds.items() if kind == "table"] or list(kinds)


def _has_all(database: sqlite3.Connection, main: str, fitting: Sequence[str], tables: Sequence[str]) -> bool:
    joined = {side.table for side in near_sides_of(database, main, [t for t in tables if t != main])}
    return joined.issuperset(set(fitting) - {main})


def _points_to_albums(database: sqlite3.Connection, table: str, found: Mapping[str, set[str]]) -> bool:
    """Return whether a table has texts or scores of rows of others, which have none that it lacks."""
    own = _OPINIONS & found[table]
    parents = parents_of(database, table, list(found)) if own else []
    return any(found[parent] for parent in parents) and all(_OPINIONS & found[p] <= own for p in parents)


def _table_of(theirs: str | int, tables: Sequence[str]) -> str | None:
    """Return the table that ``albums.title`` speaks of."""
    text = str(theirs).lower()
    return next((table for table in tables if text.startswith(f"{table.lower()}.")), None)


def _unqualified(columns: Mapping[str, str | int], table: str, tables: Sequence[str]) -> dict[str, str | int]:
    """Return the user's word on the columns of a table, without its name in front; that on others is left out."""
    kept = {field: theirs for field, theirs in columns.items() if _table_of(theirs, tables) in (None, table)}
    return {
        field: str(theirs)[len(table) + 1 :] if _table_of(theirs, tables) else theirs
        for field, theirs in kept.items()
    }


def _found(names: Sequence[str], columns: Mapping[str, str | int], label: str) -> set[str]:
    """Return the canonical columns of a table; none where it has neither artist, title nor text."""
    try:
        return set(map_columns(names, columns, label))
    except SchemaError:
        return set()


def naming_example(database: sqlite3.Connection, label: str) -> str:
    """Return what could stand behind ``--columns`` to choose a table, that with texts or scores, quoted for a shell."""
    found = {table: _found(columns_of(database, table), {}, label) for table in tables_of(database)}
    table = max(
        found, key=lambda one: ("text" in found[one], "score" in found[one], len(found[one])), default=""
    )
    if not found.get(table):
        return "title=TABLE.COLUMN"
    names = columns_of(database, table)
    field = next(field for field in ("review_id", "title", "artist", "text") if field in found[table])
    return shlex.quote(f"{field}={table}.{names[map_columns(names, {}, label)[field]]}")


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
    tables = tables_of(database)
    asked = _unqualified(columns, table, tables)
    names = columns_of(database, table)
    first = database.execute(f"SELECT * FROM {quoted(table)} LIMIT {_LOOKED_AT}").fetchall()
    if not first:
        raise SourceError(f"{label}: table {table} holds no rows; get the file again")
    blobs = [at for at in range(len(names)) if _is_binary([row[at] for row in first])]
    sides = _chosen_sides(sides_of(database, table, tables), columns, asked, tables, label)
    places = _places(names, asked, label, blobs, sides, lambda place: [row[place] for row in first])
    sides = {field: side for field, side in sides.items() if field not in places}
    query = select_with(table, [names[place] for place in places.values()], list(sides.values()))
    cursor = database.execute(query)
    fields, n_rows = [*places, *sides], 0
    while rows := cursor.fetchmany(_PIECE_ROWS):
        for field, values in zip(fields, zip(*rows, strict=True), strict=True):
            read = _as_list if field in sides and sides[field].is_list else _as_text
            pieces.add(field, as_column([read(value) for value in values]))
        n_rows += len(rows)
        announce(on_progress, f"reading {label}", n_rows)
    left = [names[at] for at in blobs if at not in places.values()]
    keys = {side.on for side in sides.values()}
    spoken_of = ["" if name in left or name in keys else name for name in names]
    known = dict.fromkeys(sides, -1) | places
    notes = unused_columns(spoken_of, known, lambda place: [row[place] for row in first])
    mapping = {field: f"{table}.{names[place]}" for field, place in places.items()}
    return RawTable(
        source=label,
        format="sqlite",
        columns={field: pieces.take(field) for field in fields},
        rows=np.arange(1, n_rows + 1),
        mapping=mapping | {field: f"{side.table}.{side.column}" for field, side in sides.items()},
        rejects=RejectLog(label),
        notes=[
            *notes,
            *_note_on_joins(table, sides),
            *_notes_on_first_values(database, table, sides),
            *([f"columns of bytes left aside: {listed_names(left)}"] if left else []),
        ],
        joined_artists="artist" not in sides or not sides["artist"].is_list,
    )


def _places(
    names: Sequence[str],
    asked: Mapping[str, str | int],
    label: str,
    blobs: Sequence[int],
    sides: Mapping[str, Side],
    values: Values,
) -> dict[str, int]:
    """Return the places of the table's own columns; what other tables are asked for, or called by, comes from there."""
    elsewhere = {
        field: NO_COLUMN
        for field, side in sides.items()
        if field not in asked and (side.is_list and _speaks_of(side.table, field))
    }
    try:
        return map_columns(names, {**asked, **elsewhere}, label, unrecognized=blobs, values=values)
    except SchemaError:
        if not {"artist", "title", "text"} & elsewhere.keys():
            raise
        return map_columns(names, asked, label, unrecognized=blobs, values=values)


def _speaks_of(table: str, field: str) -> bool:
    return any(name_key(table).endswith(key) for key, known in CANONICAL_OF.items() if known == field)


def _chosen_sides(
    sides: Sequence[Side],
    columns: Mapping[str, str | int],
    asked: Mapping[str, str | int],
    tables: Sequence[str],
    label: str,
) -> dict[str, Side]:
    """Return the first side of each field, or the one that the user names."""
    chosen: dict[str, Side] = {}
    for side in sides:
        if side.field not in columns:
            chosen.setdefault(side.field, side)
    for field, theirs in columns.items():
        table = None if field in asked else _table_of(theirs, tables)
        if table is not None:
            name = str(theirs)[len(table) + 1 :]
            same = [side for side in sides if side.table == table and name_key(side.column) == name_key(name)]
            if not same:
                raise SchemaError(
                    f"{label}: {field}={theirs}: no key that clearly matches joins table {table} to the reviews; "
                    "put both in one table, or a view (CREATE VIEW), and name that"
                )
            chosen[field] = replace(same[0], field=field)
    return chosen


def _note_on_joins(table: str, sides: Mapping[str, Side]) -> list[str]:
    if not sides:
        return []
    joins = [f"{field} from {side.table} ({side.key} = {table}.{side.on})" for field, side in sides.items()]
    return [f"joined from other tables: {', '.join(joins)}"]


def _notes_on_first_values(database: sqlite3.Connection, table: str, sides: Mapping[str, Side]) -> list[str]:
    """Say so where a row has several values in another table, of which a single one can be taken."""
    left = {field: n_left_aside(database, side) for field, side in sides.items()}
    return [
        f"{n:,} values of {sides[field].table}.{sides[field].column} are left aside: rows of {table} have several, "
        f"and only the first is taken for {field}; if each is a review of its own, say so: "
        f"--columns {shlex.quote(f'review_id={sides[field].table}.COLUMN')}"
        for field, n in left.items()
        if n
    ]


def _as_list(value: Any) -> list[Any] | None:
    return None if value is None else json.loads(value)


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
