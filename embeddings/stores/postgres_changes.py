"""Put artists into a store in PostgreSQL, or take them away, in one transaction.

Only the neighbors that can have changed are looked for again: their rows are fetched and multiplied here.

Public: `change_postgres`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ...core.errors import UnknownNameError
from ...core.progress import ProgressCallback
from ..terms import short
from .merging import check_put
from .name_keys import folded, keys_of
from .nearest import find_neighbors, rows_to_renew
from .postgres_connection import Address, check_server, connect, driver, explained
from .postgres_import import StopImportError, encode_artists, encode_keys
from .postgres_rows import END, HEAD, lists, read_vectors
from .postgres_tables import About, Tables, claim, read_about

if TYPE_CHECKING:
    from psycopg import Connection

    from ..vectors import VectorTable


def change_postgres(
    address: Address,
    table: VectorTable | None = None,
    *,
    years: Sequence[Sequence[int]] | None = None,
    removed: Sequence[str] = (),
    on_progress: ProgressCallback | None = None,
) -> bool:
    """Put artists in and take artists away.

    Parameters, returns and raises: as `PostgresStore.put` and `PostgresStore.remove`.
    """
    with connect(address, writes=True) as connection:
        try:
            with connection.transaction():
                claim(connection, address)
                check_server(connection, address)
                about = read_about(connection, address)
                _Change(connection, address, about).make(table, years, removed, on_progress)
            return True
        except StopImportError:
            return False
        except driver().Error as error:
            raise explained(error, address) from error


class _Change:
    """One change, inside its transaction."""

    def __init__(self, connection: Connection[Any], address: Address, about: About) -> None:
        self.connection, self.about = connection, about
        self.tables = Tables(address.schema, about.generation)

    def make(
        self,
        table: VectorTable | None,
        years: Sequence[Sequence[int]] | None,
        removed: Sequence[str],
        on_progress: ProgressCallback | None,
    ) -> None:
        gone = self._places(removed)
        missing = set(removed) - set(gone)
        if missing:
            one = min(missing)
            raise UnknownNameError(f"no artist has the id {short(one)!r}; ids are wanted here", name=one)
        self._drop(gone)
        arrived: list[int] = []
        if table is not None:
            listed = check_put(table, years, self.about.dim)
            arrived = self._put(table, listed)
        self._renew(sorted({*gone.values(), *arrived}), on_progress)
        self._do(
            "UPDATE {store} SET artists = (SELECT count(*) FROM {artists}), source = %s",
            (f"{self.about.source.removesuffix(' and changes')} and changes",),
        )

    def _do(self, text: str, values: Sequence[Any] = ()) -> Any:
        return self.connection.execute(self.tables.compose(text), values or None)

    def _places(self, artist_ids: Sequence[str]) -> dict[str, int]:
        """Rows of those ids that are stored."""
        asked = [one for one in artist_ids if "\x00" not in one]
        found = self._do("SELECT artist_id, row FROM {artists} WHERE artist_id = ANY(%s::text[])", (asked,))
        return dict(found.fetchall())

    def _drop(self, places: dict[str, int]) -> None:
        rows = list(places.values())
        named = self._do("SELECT artist_id, name FROM {artists} WHERE row = ANY(%s)", (rows,)).fetchall()
        hashes = [int(np.uint64(key).astype(np.int64)) for pair in named for key in keys_of(*pair)]
        self._do("DELETE FROM {keys} WHERE hash = ANY(%s) AND row = ANY(%s)", (hashes, rows))
        self._do("DELETE FROM {artists} WHERE row = ANY(%s)", (rows,))

    def _put(self, table: VectorTable, years: Sequence[Sequence[int]]) -> list[int]:
        """Write the artists; return their rows."""
        places = self._places(table.artist_ids)
        self._drop(places)
        free = self._do("SELECT coalesce(max(row), -1) + 1 FROM {artists}").fetchone()[0]
        free = max(free, 1 + max(places.values(), default=-1))
        fresh = iter(range(free, free + len(table)))
        rows = [places[one] if one in places else next(fresh) for one in table.artist_ids]
        part = {
            "artist_id": list(table.artist_ids),
            "name": list(table.names),
            "genres": list(table.genres),
            "mean_score": table.mean_score.tolist(),
            "n_reviews": table.n_reviews.tolist(),
            "years": [[int(year) for year in one] for one in years],
        }
        lower = folded(pa.array(part["name"], pa.string())).to_pylist()
        self._copy("{artists}", encode_artists(rows, part, lower, table.matrix))
        self._copy("{keys}", encode_keys(rows, part["artist_id"], part["name"]))
        return rows

    def _copy(self, table: str, data: bytes) -> None:
        statement = self.tables.compose(f"COPY {table} FROM STDIN (FORMAT binary)")
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(HEAD + data + END)

    def _renew(self, changed: list[int], on_progress: ProgressCallback | None) -> None:
        """Bring up to date the neighbors of everybody whom a change of these rows concerns."""
        self._do("DELETE FROM {neighbors} WHERE row = ANY(%s)", (changed,))
        if not len(changed):
            return
        rows, matrix = self._vectors()
        place = {row: at for at, row in enumerate(rows.tolist())}
        last, lost = np.full(len(rows), np.nan, np.float32), np.zeros(len(rows), bool)
        found = self._do(
            "SELECT row, cosine[%s], neighbors && %s::int4[] FROM {neighbors}", (self.about.kept, changed)
        )
        for row, cosine, is_lost in found:
            at = place.get(row)
            if at is not None:
                last[at], lost[at] = np.nan if cosine is None else cosine, is_lost
        known = np.ones(len(rows), bool)
        moved = np.array([place[row] for row in changed if row in place], np.int64)
        renew = rows_to_renew(matrix, known, last, moved, lost)
        near = find_neighbors(matrix, known, self.about.kept, asked=renew, on_progress=on_progress)
        if near is None:
            raise StopImportError
        self._do("DELETE FROM {neighbors} WHERE row = ANY(%s)", (rows[renew].tolist(),))
        self._copy("{neighbors}", lists(rows[renew], np.where(near[0] >= 0, rows[near[0]], -1), near[1]))

    def _vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and vectors of all that have one, in order."""
        statement = self.tables.compose(
            "COPY (SELECT row, vector FROM {artists} WHERE vector IS NOT NULL ORDER BY row) TO STDOUT (FORMAT binary)"
        )
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            return read_vectors(b"".join(copy), self.about.dim)
