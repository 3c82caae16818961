"""The tables of a store in PostgreSQL: their names, how they are made, and what says which are current.

A schema (``bandscape``) holds one store. Its tables ``artists_N``, ``keys_N`` and ``neighbors_N`` are generation N;
``store`` has one row that says which generation is current and what it is. An import makes a new generation and turns
that row in one transaction: readers see the old tables or the new ones, each whole.

- ``artists_N``: row int4 (place in the source, the order of ties), artist_id, name, folded (the name in lower case),
  genres text[], mean_score float8, n_reviews int4, years int4[], vector vector(dim) of length 1, NULL where unknown;
- ``keys_N``: hash int8, row int4: an entry for each way to spell an artist, as `name_keys` hashes them;
- ``neighbors_N``: row int4, neighbors int4[] (rows, nearest first, -1 where there are fewer), cosine float4[].

Public: `Tables`, `About`, `read_about`, `make_home`, `make_tables`, `make_indexes`, `make_vector_index`,
`make_score_index`, `indexed_order`, `drop_others`, `claim`, `FORMAT`, `MOST_INDEXED_DIM`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...core.errors import FormatVersionError, StoreError
from .postgres_connection import Address, driver, explained

if TYPE_CHECKING:
    from psycopg import Connection, sql

logger = logging.getLogger(__name__)

FORMAT = 1
MOST_INDEXED_DIM = {
    "ivf": 4000,
    "hnsw": 2000,
}  # of vectors that pgvector indexes, in half and in single precision
KINDS = ("artists", "keys", "neighbors")


@dataclass(frozen=True)
class About:
    """What a store in PostgreSQL is.

    Parameters
    ----------
    generation : int
        Number of the current tables.
    dim : int
        Length of a vector.
    artists : int
    kept : int
        Neighbors kept of each artist.
    index_kind : {"ivf", "hnsw", "exact"}
    source : str
        sha256 of the vectors it was built from.
    built : str
        When, UTC.
    indexed : mapping of str to int
        Genres that have an index of their own, and their artists.
    """

    generation: int
    dim: int
    artists: int
    kept: int
    index_kind: str
    source: str
    built: str
    indexed: Mapping[str, int] = field(default_factory=dict)


class Tables:
    """Names of the tables of a generation, as pieces of SQL.

    Parameters
    ----------
    schema : str
    generation : int
    """

    def __init__(self, schema: str, generation: int) -> None:
        identifier = driver().sql.Identifier
        self.generation = generation
        self.store = identifier(schema, "store")
        self.artists, self.keys, self.neighbors = (
            identifier(schema, f"{kind}_{generation}") for kind in KINDS
        )

    def compose(self, text: str, **more: sql.Composable) -> sql.Composed:
        """Return a statement with the tables put in the place of ``{artists}``, ``{keys}``, ``{neighbors}``, ..."""
        return driver().sql.SQL(text).format(
            **{**more, "artists": self.artists, "keys": self.keys, "neighbors": self.neighbors, "store": self.store}
        )  # fmt: skip


def read_about(connection: Connection[Any], address: Address) -> About:
    """Return what the current store is.

    Raises
    ------
    StoreError
        If there is none, or it may not be read.
    FormatVersionError
        If a newer bandscape wrote it.
    """
    statement = Tables(address.schema, 0).compose(
        "SELECT format, generation, dim, artists, kept, index_kind, source, built::text, indexed_genres, "
        "indexed_counts FROM {store}"
    )
    try:
        row = connection.execute(statement).fetchone()
    except driver().Error as error:
        raise explained(error, address) from error
    if row is None:
        raise StoreError(f"{address}: holds no store yet; bandscape store build WORKSPACE --to ADDRESS")
    if row[0] != FORMAT:
        remedy = (
            "build it again (bandscape store build WORKSPACE --to ADDRESS)"
            if row[0] < FORMAT
            else "update bandscape"
        )
        raise FormatVersionError(
            f"{address}: the store has format {row[0]}; this bandscape reads {FORMAT}: {remedy}"
        )
    generation, dim, artists, kept, kind, source, built, genres, counts = row[1:]
    indexed = dict(zip(genres, counts, strict=True))
    return About(generation, dim, artists, kept, kind, source, built, indexed)


def claim(connection: Connection[Any], address: Address) -> None:
    """Become the only writer of the store until the transaction ends.

    Raises
    ------
    StoreError
        If another process is writing to it.
    """
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"bandscape {address.schema}",)
    ).fetchone()
    if not row or not row[0]:
        raise StoreError(f"{address}: another process is writing to this store; wait for it to end")


def make_home(connection: Connection[Any], address: Address) -> int:
    """Make extension, schema and the table ``store`` where they are lacking; return the current generation, or 0."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = %s)", (address.schema,)
    ).fetchone()
    if not found or not found[0]:
        connection.execute(
            driver().sql.SQL("CREATE SCHEMA {}").format(driver().sql.Identifier(address.schema))
        )
    tables = Tables(address.schema, 0)
    there = connection.execute("SELECT to_regclass(%s)", (tables.store.as_string(connection),)).fetchone()
    if there and there[0] is not None:
        row = connection.execute(tables.compose("SELECT generation FROM {store}")).fetchone()
        return row[0] if row else 0
    connection.execute(
        tables.compose(
            "CREATE TABLE {store} (one boolean PRIMARY KEY DEFAULT true CHECK (one), format int4 NOT NULL, "
            "generation int4 NOT NULL, dim int4 NOT NULL, artists int4 NOT NULL, kept int4 NOT NULL, "
            "index_kind text NOT NULL, source text NOT NULL, version text NOT NULL, "
            "indexed_genres text[] NOT NULL, indexed_counts int4[] NOT NULL, "
            "built timestamptz NOT NULL DEFAULT now())"
        )
    )
    return 0


def make_tables(connection: Connection[Any], tables: Tables, dim: int) -> None:
    """Make the empty tables of a generation."""
    columns = (
        "(row int4 NOT NULL, artist_id text NOT NULL, name text NOT NULL, folded text NOT NULL, "
        "genres text[] NOT NULL, mean_score float8, n_reviews int4 NOT NULL, years int4[] NOT NULL, "
        "vector vector({dim}))"
    )
    connection.execute(tables.compose(f"CREATE TABLE {{artists}} {columns}", dim=driver().sql.Literal(dim)))
    connection.execute(tables.compose("CREATE TABLE {keys} (hash int8 NOT NULL, row int4 NOT NULL)"))
    connection.execute(
        tables.compose(
            "CREATE TABLE {neighbors} (row int4 NOT NULL, neighbors int4[] NOT NULL, cosine float4[] NOT NULL)"
        )
    )


def make_indexes(connection: Connection[Any], tables: Tables) -> None:
    """Make the indexes of a filled generation, but that of the vectors."""
    for statement in (
        "ALTER TABLE {artists} ADD PRIMARY KEY (row)",
        # a hash: an id of any length fits
        "ALTER TABLE {artists} ADD EXCLUDE USING hash (artist_id WITH =)",
        "ALTER TABLE {neighbors} ADD PRIMARY KEY (row)",
        "CREATE INDEX ON {keys} (hash, row)",
        "CREATE INDEX ON {artists} USING gin (genres)",
        "CREATE INDEX ON {artists} USING gin (years)",
        "CREATE INDEX ON {artists} (mean_score)",
    ):
        connection.execute(tables.compose(statement))


def make_vector_index(
    connection: Connection[Any], tables: Tables, dim: int, shape: Mapping[str, int], genre: str | None = None
) -> None:
    """Make an index of the vectors, of all artists or of those of a genre.

    ``shape`` holds ``lists`` for IVF, which keeps half-precision numbers, and ``m`` and ``ef_construction`` for HNSW.
    """
    sql = driver().sql
    where = sql.SQL("")
    if genre is not None:
        where = sql.SQL(" WHERE genres @> ARRAY[{}::text]").format(sql.Literal(genre))
    how = "hnsw (vector vector_ip_ops)"
    if "lists" in shape:
        how = f"ivfflat ((vector::halfvec({dim})) halfvec_ip_ops)"
    options = ", ".join(f"{name} = {value:d}" for name, value in shape.items())
    statement = f"CREATE INDEX ON {{artists}} USING {how} WITH ({options}){{where}}"
    connection.execute(tables.compose(statement, where=where))


def make_score_index(connection: Connection[Any], tables: Tables, genre: str) -> None:
    """Make an index of the scores of a genre's artists, for questions that name it in words of no other index."""
    where = driver().sql.SQL("{}::text = ANY(genres)").format(driver().sql.Literal(genre))
    connection.execute(tables.compose("CREATE INDEX ON {artists} (mean_score) WHERE {where}", where=where))


def indexed_order(about: About) -> str:
    """Return the words of ORDER BY that follow the index of the vectors, with a place for the question's vector."""
    if about.index_kind == "ivf":
        return f"(a.vector::halfvec({about.dim})) <#> %s::halfvec({about.dim})"
    return "a.vector <#> %s::vector"


def drop_others(connection: Connection[Any], address: Address, current: int) -> None:
    """Take away the tables of other generations; what somebody still holds is left to the next import."""
    rows = connection.execute(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind = 'r'",
        (address.schema,),
    ).fetchall()
    for (name,) in rows:
        found = re.fullmatch(f"({'|'.join(KINDS)})_([0-9]+)", name)
        if found is None or int(found[2]) == current:
            continue
        table = driver().sql.Identifier(address.schema, name)
        try:
            connection.execute(driver().sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        except driver().Error as error:
            logger.warning("%s: the old table %s stays (%s)", address, name, explained(error, address))
