"""The Kaggle "Pitchfork reviews" database: SQLite, one table of reviews and one per thing a review may have several of.

``reviews`` is required, with a column ``reviewid``; ``artists``, ``genres``, ``labels``, ``years`` and ``content`` are
read where they are. The file declares no keys, and exports repeat rows: children are joined by ``reviewid``, each
value counted once per review. Children of reviews that do not exist stand in rejects. The row number is SQLite's rowid.

Public names: :func:`read_pitchfork`.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ...core.errors import SchemaError, SourceError
from ...core.progress import ProgressCallback
from .lists import lists_from_pairs
from .mapping import map_columns
from .progress import announce
from .raw import RawTable, RejectLog, as_column
from .streams import SourceFile, counting_mended, decode

_KEY = "reviewid"
_CHILDREN = {
    "artist": ("artists", "artist"),
    "genres": ("genres", "genre"),
    "labels": ("labels", "label"),
    "years": ("years", "year"),
}
_TEXT_TABLE = ("content", "content")


def read_pitchfork(
    source: SourceFile, *, columns: Mapping[str, str | int], on_progress: ProgressCallback | None = None
) -> RawTable:
    """Read the Kaggle Pitchfork database, plain or compressed.

    ``columns`` speaks of the table ``reviews``; SchemaError if there is none, or none with a column ``reviewid``.
    """
    announce(on_progress, f"unpacking {source.label}", 0)
    with source.on_disk() as path, counting_mended(source.label), _connected(path, source.label) as database:
        return _read(database, source.label, columns, on_progress)


def _read(
    database: sqlite3.Connection,
    label: str,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None,
) -> RawTable:
    tables = _tables(database, label)
    names, rowids, values = _whole_table(database, tables["reviews"])
    if not len(rowids):
        raise SourceError(f"{label}: table reviews holds no rows; get the file again")
    places = map_columns(names, {"review_id": _KEY, **columns}, label)
    mapping = {field: f"reviews.{names[place]}" for field, place in places.items()}
    arrays = {field: as_column(values[place]) for field, place in places.items()}
    ids = pd.Index(values[places["review_id"]])
    rejects = RejectLog(label)
    has_own_artists = "artists" in tables and "artist" not in columns
    children = {
        field: named for field, named in _CHILDREN.items() if named[0] in tables and field not in columns
    }
    for done, (field, (table, column)) in enumerate(children.items(), start=1):
        announce(on_progress, f"reading {label}", done, len(children) + 2, "tables")
        pairs = _child(database, tables[table], column, label, ids, field, rejects)
        arrays[field] = lists_from_pairs(*pairs, len(ids))
        mapping[field] = f"{table}.{column}"
    if _TEXT_TABLE[0] in tables and "text" not in columns:
        announce(on_progress, f"reading {label}", len(children) + 1, len(children) + 2, "tables")
        pairs = _child(database, tables["content"], "content", label, ids, "text", rejects)
        arrays["text"] = _first_text(*pairs, len(ids))
        mapping["text"] = ".".join(_TEXT_TABLE)
    return RawTable(
        source=label,
        format="pitchfork",
        columns={field: pa.chunked_array([array]) for field, array in arrays.items()},
        rows=np.asarray(rowids, dtype=np.int64),
        mapping=mapping,
        rejects=rejects,
        joined_artists=not has_own_artists,
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


def _tables(database: sqlite3.Connection, label: str) -> dict[str, str]:
    """Return the tables by lower-case name."""
    listed = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    tables = {name.lower(): name for (name,) in listed if not name.startswith("sqlite_")}
    found = ", ".join(sorted(tables)[:20]) or "none"
    if "reviews" not in tables:
        raise SchemaError(
            f"{label}: no table 'reviews' as in the Kaggle Pitchfork data; the tables are: {found}; "
            "export the one you need as CSV"
        )
    names = [row[1].lower() for row in database.execute(f"PRAGMA table_info({_quoted(tables['reviews'])})")]
    if _KEY not in names:
        raise SchemaError(
            f"{label}: table reviews has no column {_KEY!r}; its columns are {', '.join(names)}"
        )
    return tables


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _whole_table(database: sqlite3.Connection, table: str) -> tuple[list[str], list[int], list[list[Any]]]:
    """Return column names, row ids, and the values of each column."""
    cursor = database.execute(f"SELECT rowid, * FROM {_quoted(table)} ORDER BY rowid")
    names = [column[0] for column in cursor.description][1:]
    rows = cursor.fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(len(names) + 1)]
    return names, columns[0], columns[1:]


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
    known = {row[1].lower(): row[1] for row in database.execute(f"PRAGMA table_info({_quoted(table)})")}
    if _KEY not in known or column not in known:
        raise SchemaError(
            f"{label}: table {table} must have columns {_KEY}, {column}; found {', '.join(known)}"
        )
    query = (
        f"SELECT rowid, {_quoted(known[_KEY])}, {_quoted(known[column])} FROM {_quoted(table)} ORDER BY rowid"
    )
    rows = database.execute(query).fetchall()
    if not rows:
        return np.empty(0, np.int64), pa.nulls(0, pa.string())
    rowids, keys, items = (list(part) for part in zip(*rows, strict=True))
    values = as_column(items)
    codes, unique_ids = pd.factorize(ids)
    places = pd.Index(unique_ids).get_indexer(pd.Index(keys))
    lost = np.flatnonzero(places < 0)
    reason = f"belongs to no review: {_KEY} is not in reviews; left out"
    rejects.add(np.asarray(rowids)[lost], field, values.take(lost), reason, source=f"{label}:{table}")
    return _spread(places, codes, values)


def _spread(places: np.ndarray, codes: np.ndarray, values: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Give each review that bears an id the values of that id; an id may stand in ``reviews`` twice."""
    found = np.flatnonzero(places >= 0)
    by_id = pd.DataFrame({"code": places[found], "value": found})
    reviews = pd.DataFrame({"code": codes, "review": np.arange(len(codes))})
    joined = reviews.merge(by_id, on="code").sort_values(["review", "value"], kind="stable")
    return joined["review"].to_numpy(), values.take(pa.array(joined["value"].to_numpy()))


def _first_text(reviews: np.ndarray, values: pa.Array, n_reviews: int) -> pa.Array:
    """Return one text per review: the first that is not null."""
    filled = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
    unique, first = np.unique(reviews[filled], return_index=True)
    indices = np.full(n_reviews, -1)
    indices[unique] = filled[first]
    return values.take(pa.array(indices, mask=indices < 0))
