"""The Kaggle "Pitchfork reviews" database: SQLite, one table of reviews and one per thing a review may have several of.

``reviews`` is required, with a column ``reviewid``; ``artists``, ``genres``, ``labels``, ``years`` and ``content`` are
read where they are. The file declares no keys, and exports repeat rows: children are joined by ``reviewid``, each
value counted once per review. Children of reviews that do not exist stand in rejects. The row number is SQLite's rowid.
A database of another layout is read by :mod:`sqlite_table`.

Public names: :func:`read_pitchfork`.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ....core.errors import SchemaError, SourceError
from ....core.progress import ProgressCallback
from ..columns.mapping import map_columns
from ..decoding.streams import SourceFile, counting_mended, decode
from ..lists import lists_from_pairs
from ..pieces import Pieces
from ..progress import announce
from ..raw import RawTable, RejectLog, as_column
from .joins import columns_of, quoted
from .tables import naming_example, note_on_tables, read_table, table_of_reviews

_KEY = "reviewid"
_CHILDREN = {
    "artist": ("artists", "artist"),
    "genres": ("genres", "genre"),
    "labels": ("labels", "label"),
    "years": ("years", "year"),
}
_TEXT_TABLE = ("content", "content")
_ORPHAN = f"belongs to no review: {_KEY} is not in reviews; left out"
_PIECE_ROWS, _PIECE_TEXTS = 20_000, 500


def read_pitchfork(
    source: SourceFile,
    *,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read the Kaggle Pitchfork database, or the one table of another, plain or compressed.

    ``columns`` speaks of the table of reviews; SchemaError if it cannot be told.
    """
    announce(on_progress, f"unpacking {source.label}", 0)
    with source.on_disk() as path, counting_mended(source.label), _connected(path, source.label) as database:
        pieces = Pieces() if pieces is None else pieces
        tables = _tables(database)
        table = None if _is_kaggle(database, tables) else table_of_reviews(database, columns, source.label)
        if table is None:
            _check_tables(database, tables, source.label)
            return _read(database, tables, source.label, columns, on_progress, pieces)
        raw = read_table(
            database, table, label=source.label, columns=columns, on_progress=on_progress, pieces=pieces
        )
        read = {
            table,
            *(name for theirs in raw.mapping.values() for name in _table_in(theirs, tables.values())),
        }
        return replace(raw, notes=[*raw.notes, *note_on_tables(tables.values(), read)])


def _table_in(theirs: str, tables: Iterable[str]) -> list[str]:
    return [table for table in tables if theirs.startswith(f"{table}.")]


def _read(
    database: sqlite3.Connection,
    tables: Mapping[str, str],
    label: str,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None,
    pieces: Pieces,
) -> RawTable:
    names = columns_of(database, tables["reviews"])
    places = map_columns(names, {"review_id": _KEY, **columns}, label)
    mapping = {field: f"reviews.{names[place]}" for field, place in places.items()}
    rowids, ids = _read_reviews(database, tables["reviews"], places, pieces)
    if not len(rowids):
        raise SourceError(f"{label}: table reviews holds no rows; get the file again")
    arrays = {field: pieces.take(field) for field in places}
    rejects = RejectLog(label)
    has_own_artists = "artists" in tables and "artist" not in columns
    children = {
        field: named for field, named in _CHILDREN.items() if named[0] in tables and field not in columns
    }
    for done, (field, (table, column)) in enumerate(children.items(), start=1):
        announce(on_progress, f"reading {label}", done, len(children) + 2, "tables")
        reviews, found = _child(database, tables[table], column, label, ids, field, rejects)
        arrays[field] = pa.chunked_array([lists_from_pairs(reviews, found, len(ids))])
        mapping[field] = f"{table}.{column}"
    if _TEXT_TABLE[0] in tables and "text" not in columns:
        announce(on_progress, f"reading {label}", len(children) + 1, len(children) + 2, "tables")
        _read_texts(database, tables["content"], label, ids, rejects, pieces)
        arrays["text"] = pieces.take("text")
        mapping["text"] = ".".join(_TEXT_TABLE)
    return RawTable(
        source=label,
        format="pitchfork",
        columns=arrays,
        rows=rowids,
        mapping=mapping,
        rejects=rejects,
        joined_artists=not has_own_artists,
        notes=note_on_tables(
            tables, ["reviews", _TEXT_TABLE[0], *(table for table, _ in _CHILDREN.values())]
        ),
    )


@contextmanager
def _connected(path: Path, label: str) -> Iterator[sqlite3.Connection]:
    """Open for reading only; a file shorter than its own header says is refused before anything is read."""
    _check_length(path, label)
    address = f"{path.resolve().as_uri()}?mode=ro"
    if not path.with_name(f"{path.name}-wal").exists():
        address += "&immutable=1"  # works in folders that may not be written to
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = _as_text
            yield database
    except sqlite3.Error as error:
        raise SourceError(f"{label}: damaged SQLite database ({error}); get the file again") from error


def _as_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return decode(data)


def _check_length(path: Path, label: str) -> None:
    with path.open("rb") as stream:
        header = stream.read(100)
    if not header.startswith(b"SQLite format 3\x00") or len(header) < 100:
        raise SourceError(f"{label}: not an SQLite database; name its format, e.g. --format csv")
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    n_pages = int.from_bytes(header[28:32], "big")
    valid = header[24:28] == header[92:96]  # the page count is maintained by SQLite 3.7 and later
    expected, found = page * n_pages, path.stat().st_size
    if valid and found < expected:
        raise SourceError(f"{label}: cut off: {found:,} of {expected:,} bytes are there; get the file again")


def _tables(database: sqlite3.Connection) -> dict[str, str]:
    """Return the tables by lower-case name."""
    listed = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    return {name.lower(): name for (name,) in listed if not name.startswith("sqlite_")}


def _is_kaggle(database: sqlite3.Connection, tables: Mapping[str, str]) -> bool:
    return "reviews" in tables and _KEY in _names(database, tables["reviews"])


def _names(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1].lower() for row in database.execute(f"PRAGMA table_info({quoted(table)})")]


def _check_tables(database: sqlite3.Connection, tables: Mapping[str, str], label: str) -> None:
    """Raise where the tables are not Kaggle's, and none of them is the one to read."""
    found = ", ".join(sorted(tables)[:20]) or "none"
    remedy = (
        "export the one you need as CSV, or name its columns with --columns, the table in front, "
        f"e.g. --columns {naming_example(database, label)}"
    )
    if "reviews" not in tables:
        raise SchemaError(
            f"{label}: no table 'reviews' as in the Kaggle Pitchfork data, nor one other table that alone has "
            f"artists, titles or texts; the tables are: {found}; {remedy}"
        )
    names = _names(database, tables["reviews"])
    if _KEY not in names:
        raise SchemaError(
            f"{label}: table reviews has no column {_KEY!r}; its columns are {', '.join(names)}; "
            f"the tables are: {found}; {remedy}"
        )


def _read_reviews(
    database: sqlite3.Connection, table: str, places: Mapping[str, int], pieces: Pieces
) -> tuple[np.ndarray, pd.Index]:
    """Put the columns at ``places`` into pieces; return row ids and review ids."""
    cursor = database.execute(f"SELECT rowid, * FROM {quoted(table)} ORDER BY rowid")
    rowids, ids = array("q"), []
    while rows := cursor.fetchmany(_PIECE_ROWS):
        values = list(zip(*rows, strict=True))
        rowids.extend(values[0])
        ids += values[1 + places["review_id"]]
        for field, place in places.items():
            pieces.add(field, as_column(list(values[1 + place])))
    return np.array(rowids, np.int64), pd.Index(ids)


def _child(
    database: sqlite3.Connection,
    table: str,
    column: str,
    label: str,
    ids: pd.Index,
    field: str,
    rejects: RejectLog,
) -> tuple[np.ndarray, pa.Array]:
    """Return (position of the review, value) of each row of a child table, for every review with that id."""
    key, name = _child_columns(database, table, column, label)
    query = f"SELECT rowid, {key}, {name} FROM {quoted(table)} ORDER BY rowid"
    rows = database.execute(query).fetchall()
    if not rows:
        return np.empty(0, np.int64), pa.nulls(0, pa.string())
    rowids, keys, items = (list(part) for part in zip(*rows, strict=True))
    values = as_column(items)
    codes, unique_ids = pd.factorize(ids)
    places = pd.Index(unique_ids).get_indexer(pd.Index(keys))
    lost = np.flatnonzero(places < 0)
    rejects.add(np.asarray(rowids)[lost], field, values.take(lost), _ORPHAN, source=f"{label}:{table}")
    reviews, found = _spread(places, codes)
    return reviews, values.take(pa.array(found))


def _child_columns(database: sqlite3.Connection, table: str, column: str, label: str) -> tuple[str, str]:
    """Return the columns of a child table that name the review and the value, quoted."""
    known = {row[1].lower(): row[1] for row in database.execute(f"PRAGMA table_info({quoted(table)})")}
    if _KEY not in known or column not in known:
        raise SchemaError(
            f"{label}: table {table} must have columns {_KEY}, {column}; found {', '.join(known)}"
        )
    return quoted(known[_KEY]), quoted(known[column])


def _read_texts(
    database: sqlite3.Connection,
    table: str,
    label: str,
    ids: pd.Index,
    rejects: RejectLog,
    pieces: Pieces,
) -> None:
    """Put one text per review into pieces: the first that is not null."""
    key, name = _child_columns(database, table, "content", label)
    query = f"SELECT rowid, {key}, {name} IS NOT NULL FROM {quoted(table)} ORDER BY rowid"
    rows = database.execute(query).fetchall()
    rowids, keys, filled = (list(part) for part in zip(*rows, strict=True)) if rows else ([], [], [])
    codes, unique_ids = pd.factorize(ids)
    places = pd.Index(unique_ids).get_indexer(pd.Index(keys))
    one = f"SELECT {name} FROM {quoted(table)} WHERE rowid = ?"
    for at in np.flatnonzero(places < 0).tolist():
        value = as_column([database.execute(one, (rowids[at],)).fetchone()[0]])
        rejects.add([rowids[at]], "text", value, _ORPHAN, source=f"{label}:{table}")
    places[~np.array(filled, bool)] = -1
    reviews, found = _spread(places, codes)
    wanted = np.full(len(ids), -1)
    unique, first = np.unique(reviews, return_index=True)
    wanted[unique] = found[first]
    for start in range(0, len(ids), _PIECE_TEXTS):
        part = [None if at < 0 else rowids[at] for at in wanted[start : start + _PIECE_TEXTS].tolist()]
        texts = [None if rowid is None else database.execute(one, (rowid,)).fetchone()[0] for rowid in part]
        pieces.add("text", as_column(texts))


def _spread(places: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each review that bears an id the rows of a child table of that id; it may stand in ``reviews`` twice."""
    found = np.flatnonzero(places >= 0)
    by_id = pd.DataFrame({"code": places[found], "value": found})
    reviews = pd.DataFrame({"code": codes, "review": np.arange(len(codes))})
    joined = reviews.merge(by_id, on="code").sort_values(["review", "value"], kind="stable")
    return joined["review"].to_numpy(), joined["value"].to_numpy()
