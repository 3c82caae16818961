"""Copy an Arrow store into PostgreSQL: a new generation of tables, filled and indexed in one transaction.

Until it ends nobody sees anything of it: whatever happens to either side leaves the tables as they were.

Public: `IndexOptions`, `copy_to_postgres`.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ...core.errors import ParameterError, SchemaError, StoreError
from ...core.manifest import installed_versions
from ...core.progress import ProgressCallback, report
from ..terms import short
from .name_keys import folded, keys_of
from .postgres_connection import Address, check_server, connect, driver, explained
from .postgres_plans import rows_a_list
from .postgres_rows import END, HEAD, artist_row, lists, pairs
from .postgres_tables import (
    FORMAT,
    MOST_INDEXED_DIM,
    About,
    Tables,
    claim,
    drop_others,
    make_home,
    make_indexes,
    make_score_index,
    make_tables,
    make_vector_index,
    read_about,
)

if TYPE_CHECKING:
    from psycopg import Connection

    from .arrow import ArrowStore

INDEX_KINDS = ("auto", "ivf", "hnsw", "exact")
INDEXED_FROM = 20_000  # artists; fewer are searched exactly in some milliseconds
LISTED_FROM = (0, 8)  # pgvector whose lists go on where a filter leaves too few
GENRE_INDEXED_FROM = 5000  # artists of a genre, likewise; they lie scattered
MOST_GENRE_INDEXES = 40
ROWS_AT_ONCE = 5000
MOST_NUMBERS = 16_000  # of a vector of pgvector


@dataclass(frozen=True)
class IndexOptions:
    """How vectors are indexed.

    Parameters
    ----------
    kind : {"auto", "ivf", "hnsw", "exact"}
        ``auto`` makes an index for 20,000 artists and more: "ivf" (lists of near artists, in half precision) from
        pgvector 0.8 on, "hnsw" (a graph) before.
    m : int, 2 to 100
        Connections of each artist in the graph.
    ef_construction : int, 4 to 1000
        How far each artist is looked for while the graph is built, at least 2 ``m``.
    memory_mb : int
        Memory of the server for building; a graph that does not fit is built far more slowly, and of lists there are
        fewer.
    workers : int or None
        Parallel workers of the server; None for its own setting.
    genres_from : int
        Genres with so many artists and more get an index of their own (40 at most, the largest). Vectors lie by genre:
        in the index of all a genre's artists are far from a question that comes from elsewhere.
    """

    kind: str = "auto"
    m: int = 16
    ef_construction: int = 64
    memory_mb: int = 1024
    workers: int | None = None
    genres_from: int = GENRE_INDEXED_FROM

    def __post_init__(self) -> None:
        if self.kind not in INDEX_KINDS:
            raise ParameterError(f"index must be one of {', '.join(INDEX_KINDS)}; got {self.kind!r}")
        if not (2 <= self.m <= 100 and max(4, 2 * self.m) <= self.ef_construction <= 1000):
            raise ParameterError(
                f"m must be from 2 to 100 and ef_construction from 2 m to 1000; got {self.m} and {self.ef_construction}"
            )
        if self.memory_mb < 1 or (self.workers is not None and self.workers < 0):
            raise ParameterError(
                f"memory and workers must be positive; got {self.memory_mb} and {self.workers}"
            )

    def chosen(self, n: int, dim: int, version: tuple[int, int] = LISTED_FROM) -> str:
        """Return what is made for so many vectors of this length: "ivf", "hnsw" or "exact".

        Raises
        ------
        ParameterError
            If an index is asked for that this version of pgvector does not have.
        """
        if dim > MOST_INDEXED_DIM.get(self.kind, dim):
            raise ParameterError(
                f"an index {self.kind} is possible for vectors of at most {MOST_INDEXED_DIM[self.kind]:,} numbers; "
                f"got {dim:,}: use exact"
            )
        if self.kind == "ivf" and version < LISTED_FROM:
            raise ParameterError("an index ivf needs pgvector 0.8 or later on the server; use hnsw")
        if self.kind != "auto":
            return self.kind
        usual = "ivf" if version >= LISTED_FROM else "hnsw"
        return usual if n >= INDEXED_FROM and dim <= MOST_INDEXED_DIM[usual] else "exact"

    def shape(self, kind: str, n: int) -> dict[str, int]:
        """Return the options of pgvector for an index of so many vectors."""
        if kind == "hnsw":
            return {"m": self.m, "ef_construction": self.ef_construction}
        # finding the lists takes 50 artists for each, and their distances to all of them
        most = math.isqrt(int(self.memory_mb * 2**20 * 0.8) // (50 * 4 + 4))
        return {"lists": max(min(round(n / rows_a_list(n)), most), 1)}


class StopImportError(Exception):
    """The listener asked to stop."""


def copy_to_postgres(
    store: ArrowStore,
    address: str,
    *,
    schema: str = "bandscape",
    index: IndexOptions | None = None,
    readers: tuple[str, ...] = (),
    on_progress: ProgressCallback | None = None,
) -> About | None:
    """Put a copy of an Arrow store into PostgreSQL, in the place of what the schema held.

    Parameters
    ----------
    store : ArrowStore
    address : str
        As for `PostgresStore`; the user must own the schema, or be allowed to make it.
    schema : str
    index : IndexOptions, optional
    readers : tuple of str
        Roles that may ask.
    on_progress : callable, optional
        A true answer stops.

    Returns
    -------
    About or None
        What the store is now; None if it was stopped, with nothing changed.

    Raises
    ------
    StoreError
        If the server cannot be reached or refuses, or another process is writing to this store.
    SchemaError
        If a name or id holds a NUL character, which PostgreSQL has no place for.
    ParameterError
        If an option is unusable.

    Notes
    -----
    Time O(n dim), and of the index O(n log n dim ef_construction).
    """
    where, index = Address.of(address, schema=schema), index or IndexOptions()
    if store.dim > MOST_NUMBERS:
        raise ParameterError(
            f"PostgreSQL takes vectors of at most {MOST_NUMBERS:,} numbers; got {store.dim:,}"
        )
    index.chosen(len(store), store.dim)  # what no server could make is refused before one is asked
    with connect(where, writes=True) as connection:
        try:
            with connection.transaction():
                about = _write(connection, where, store, index, readers, on_progress)
            drop_others(connection, where, about.generation)
            return about
        except StopImportError:
            return None
        except driver().Error as error:
            raise explained(error, where) from error


def _write(
    connection: Connection[Any],
    address: Address,
    store: ArrowStore,
    index: IndexOptions,
    readers: tuple[str, ...],
    on_progress: ProgressCallback | None,
) -> About:
    claim(connection, address)
    version = make_extension(connection, address)
    tables = Tables(address.schema, make_home(connection, address) + 1)
    make_tables(connection, tables, store.dim)
    _fill(connection, tables, store, on_progress)
    make_indexes(connection, tables)
    kind = index.chosen(len(store), store.dim, version)
    genres = _genres_to_index(store, index) if kind != "exact" else {}
    if kind != "exact":
        shapes = {genre: index.shape(kind, n) for genre, n in {None: len(store), **genres}.items()}
        _index(connection, address, tables, index, store.dim, shapes, on_progress)
    for table in (tables.artists, tables.keys, tables.neighbors):
        connection.execute(driver().sql.SQL("ANALYZE {}").format(table))
    facts = {
        "format": FORMAT, "generation": tables.generation, "dim": store.dim, "artists": len(store), "kept": store.kept,
        "index_kind": kind, "source": digest(store.matrix), "version": installed_versions().get("bandscape", ""),
        "indexed_genres": list(genres), "indexed_counts": list(genres.values()),
    }  # fmt: skip
    places = ", ".join(["%s"] * (len(facts) - 2))
    connection.execute(tables.compose("DELETE FROM {store}"))
    connection.execute(
        tables.compose(
            f"INSERT INTO {{store}} ({', '.join(facts)}) VALUES ({places}, %s::text[], %s::int4[])"
        ),
        list(facts.values()),
    )
    grant(connection, address, tables, readers)
    return read_about(connection, address)


def _genres_to_index(store: ArrowStore, index: IndexOptions) -> dict[str, int]:
    """Genres that are worth an index of their own, the largest first, with the numbers of their artists."""
    large = {
        genre: n for genre, n in store.genre_counts().items() if genre is not None and n >= index.genres_from
    }
    return dict(sorted(large.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_GENRE_INDEXES])


def make_extension(connection: Connection[Any], address: Address) -> tuple[int, int]:
    """Make pgvector known to the session, adding it if need be and allowed; return its version."""
    there = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone()
    if there is None:
        errors = driver().errors
        try:
            with connection.transaction():
                connection.execute("CREATE EXTENSION vector")
        except (errors.UndefinedFile, errors.FeatureNotSupported) as error:
            raise StoreError(
                f"{address}: the server has no pgvector; install it there (package postgresql-16-pgvector or the like)"
            ) from error
        except errors.InsufficientPrivilege as error:
            raise StoreError(
                f"{address}: the database lacks pgvector; an administrator must run CREATE EXTENSION vector in it"
            ) from error
    return check_server(connection, address)


def digest(matrix: np.ndarray) -> str:
    """Return the sha256 of vectors."""
    return hashlib.sha256(np.ascontiguousarray(matrix, "<f4").data).hexdigest()


def grant(connection: Connection[Any], address: Address, tables: Tables, readers: tuple[str, ...]) -> None:
    """Let roles ask, and whoever could ask the generation before."""
    sql = driver().sql
    schema = sql.Identifier(address.schema)
    before = Tables(address.schema, tables.generation - 1).artists.as_string(connection)
    kept = connection.execute(
        "SELECT r.rolname FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g "
        "JOIN pg_roles r ON r.oid = g.grantee WHERE c.oid = to_regclass(%s) "
        "AND g.privilege_type = 'SELECT' AND g.grantee <> c.relowner",
        (before,),
    ).fetchall()
    for role in (sql.Identifier(reader) for reader in sorted({*readers, *(row[0] for row in kept)})):
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        for table in (tables.store, tables.artists, tables.keys, tables.neighbors):
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, role))


def _fill(
    connection: Connection[Any], tables: Tables, store: ArrowStore, on_progress: ProgressCallback | None
) -> None:
    frozen = (
        "FROM STDIN (FORMAT binary, FREEZE)"  # of this transaction: readers need not look whether it ended
    )
    for table, rows in (
        (tables.artists, _artists(store)),
        (tables.keys, _keys(store)),
        (tables.neighbors, _lists(store)),
    ):
        statement = driver().sql.SQL(f"COPY {{}} {frozen}").format(table)
        name = table.as_string(connection).split(".")[-1].strip('"').rsplit("_", 1)[0]
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(HEAD)
            for done, data in rows:
                copy.write(data)
                if report(on_progress, f"copying {name}", done, len(store), "artists"):
                    raise StopImportError
            copy.write(END)


def _blocks(store: ArrowStore) -> Iterator[tuple[int, int]]:
    for first in range(0, len(store), ROWS_AT_ONCE):
        yield first, min(first + ROWS_AT_ONCE, len(store))


def _artists(store: ArrowStore) -> Iterator[tuple[int, bytes]]:
    """Rows of the table, those of the same genres and near scores beside each other.

    Who passes a filter then lies on few pages: exact search in a genre and a span of scores takes a third of the time.
    """
    order = store.by_genres_and_score()
    for first, last in _blocks(store):
        rows = order[first:last]
        part = store.columns(rows)
        lower = folded(pa.array(part["name"], pa.string())).to_pylist()
        yield last, encode_artists(rows.tolist(), part, lower, store.matrix[rows])


def encode_artists(rows: Any, part: dict[str, list], lower: list[str], matrix: np.ndarray) -> bytes:
    """Return rows of the table of artists; columns of ``part`` as `ArrowStore.columns` gives them."""
    encoded = []
    columns = (part[name] for name in ("artist_id", "name", "genres", "mean_score", "n_reviews", "years"))
    for row, artist_id, name, genres, score, reviews, years, low, vector in zip(
        rows, *columns, lower, matrix, strict=True
    ):
        if "\x00" in artist_id or "\x00" in name or any("\x00" in genre for genre in genres or ()):
            raise SchemaError(
                f"artist {short(artist_id)!r}: id, name or genre has a NUL character, which PostgreSQL cannot hold; "
                "take it out"
            )
        value = float("nan") if score is None else score
        encoded.append(
            artist_row(row, (artist_id, name, low), genres or (), value, reviews, years or (), vector)
        )
    return b"".join(encoded)


def _keys(store: ArrowStore) -> Iterator[tuple[int, bytes]]:
    for first, last in _blocks(store):
        part = store.columns(np.arange(first, last))
        yield last, encode_keys(range(first, last), part["artist_id"], part["name"])


def encode_keys(rows: Any, artist_ids: list[str], names: list[str]) -> bytes:
    """Return rows of the table of keys."""
    found = [keys_of(artist_id, name) for artist_id, name in zip(artist_ids, names, strict=True)]
    owners = np.repeat(np.array(list(rows), np.int64), [len(keys) for keys in found])
    return pairs(np.array([key for keys in found for key in keys], np.uint64), owners)


def _lists(store: ArrowStore) -> Iterator[tuple[int, bytes]]:
    rows, cosine = store.lists()
    for first, last in _blocks(store):
        yield last, lists(np.arange(first, last), rows[first:last], cosine[first:last])


def _index(
    connection: Connection[Any],
    address: Address,
    tables: Tables,
    index: IndexOptions,
    dim: int,
    shapes: Mapping[str | None, Mapping[str, int]],
    on_progress: ProgressCallback | None,
) -> None:
    """Make the index of all and those of genres, each of its shape."""
    settings = {"maintenance_work_mem": f"{index.memory_mb}MB"}
    if index.workers is not None:
        settings["max_parallel_maintenance_workers"] = str(index.workers)
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
    with _watched(connection, address, on_progress) as stopped:
        try:
            for genre, shape in shapes.items():
                if genre is not None:
                    make_score_index(connection, tables, genre)
                make_vector_index(connection, tables, dim, shape, genre)
                if stopped.is_set():
                    raise StopImportError
        except driver().errors.QueryCanceled as error:
            if stopped.is_set():
                raise StopImportError from error
            raise


@contextmanager
def _watched(
    connection: Connection[Any], address: Address, on_progress: ProgressCallback | None
) -> Iterator[threading.Event]:
    """Report from a second connection how far an index is; cancel it where the listener asks to stop."""
    stopped, ended = threading.Event(), threading.Event()
    pid = connection.info.backend_pid

    def watch() -> None:
        with suppress(StoreError, driver().Error), connect(address, timeout_s=10.0) as other:
            while not ended.wait(0.5):
                row = other.execute(
                    "SELECT tuples_done, tuples_total, blocks_done, blocks_total "
                    "FROM pg_stat_progress_create_index WHERE pid = %s",
                    (pid,),
                ).fetchone()
                done, total = (row[0:2] if row[1] else row[2:4]) if row else (0, 0)
                if total and report(on_progress, "indexing vectors", min(done, total), total, "parts"):
                    stopped.set()
                    connection.cancel_safe()
                    return

    thread = threading.Thread(target=watch, name="index progress", daemon=True)
    if on_progress is not None:
        thread.start()
    try:
        yield stopped
    finally:
        ended.set()
        if on_progress is not None:
            thread.join()
