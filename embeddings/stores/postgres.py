"""A store in PostgreSQL with pgvector: many processes and machines ask one copy; what it holds is said in
`postgres_tables`.

Among few artists, or through a filter that few pass, search is exact: it computes all cosines. Otherwise it follows an
index, of all or of a large genre, which finds nearly all of the nearest (`postgres_plans` chooses); where a filter
starves it, search is exact after all. Cosines are computed anew here, in double precision, and ties go by the order of
storing.

Public: `PostgresStore`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from ...core.errors import ParameterError, StoreTimeoutError
from ...core.progress import ProgressCallback
from .interface import Filter, Found, StoredArtist, check_kept, check_question
from .name_keys import beginnings, is_ambiguous, is_unknown, keys_asked, keys_guessed
from .offered import Offered
from .postgres_connection import Address, Pool, check_server, driver, explained
from .postgres_filters import EVERY_INDEX, conditions, each_alone
from .postgres_plans import EXACTLY, SPARE, Estimate, Way, choose_way, estimate_of, exact_way
from .postgres_rows import from_vector
from .postgres_tables import About, Tables, indexed_order, read_about

if TYPE_CHECKING:
    from psycopg import Connection

    from ..vectors import VectorTable

ITERATES_FROM = (0, 8)  # releases of pgvector whose index goes on where a filter leaves too few
ABOUT_S, ESTIMATED_S = 1.0, 60.0  # seconds for which what was read of the store counts
COLUMNS = "a.row, a.artist_id, a.name, a.genres, a.mean_score, a.n_reviews, a.vector"

T = TypeVar("T")


class PostgresStore:
    """Vectors and neighbors in PostgreSQL, asked by as many threads as like.

    Parameters
    ----------
    address : str
        ``postgresql://user@host:5432/database``; ``postgresql://`` alone stands for ``BANDSCAPE_STORE_URL`` or libpq's
        own variables. A password is better kept there, or in the password file, than in a command.
    schema : str
        Schema of the store's tables.
    connections : int, >= 1
        Opened at most.
    timeout_s : float, > 0
        Longest a question may take.
    ef_search : int, 1 to 1000
        How far the index looks: more finds more of the nearest, and takes longer.

    Raises
    ------
    StoreError
        If the server cannot be reached, lacks pgvector, or holds no store.
    ParameterError
        If an argument is unusable.
    MissingExtraError
        If psycopg is not installed.
    """

    def __init__(
        self,
        address: str,
        *,
        schema: str = "bandscape",
        connections: int = 4,
        timeout_s: float = 10.0,
        ef_search: int = 100,
    ) -> None:
        if not 1 <= ef_search <= 1000:
            raise ParameterError(f"ef_search must be from 1 to 1000; got {ef_search}")
        if connections < 1 or not timeout_s > 0:
            raise ParameterError(
                f"connections must be >= 1 and timeout_s > 0; got {connections} and {timeout_s}"
            )
        self.address = Address.of(address, schema=schema)
        self.ef_search = ef_search
        self._iterates = True
        self._estimates: OrderedDict[tuple[int, Filter], tuple[float, Estimate]] = OrderedDict()
        self._tuned: WeakKeyDictionary[Connection[Any], dict[str, str]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._pool = Pool(self.address, connections, timeout_s, self._open)
        self._about: tuple[float, About] | None = None
        try:
            self.about()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.address)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def about(self) -> About:
        """Return what the store is now: generation, number of artists, dimension, source.

        Raises
        ------
        StoreError
            If it cannot be reached.
        """
        return self._ask(lambda _connection, about: about, fresh=True)

    def __len__(self) -> int:
        return self.about().artists

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return (self._about[1] if self._about else self.about()).dim

    @property
    def kept(self) -> int:
        """Neighbors kept of each artist."""
        return (self._about[1] if self._about else self.about()).kept

    def get(self, name: str) -> StoredArtist:
        """Return the artist with this id or name; spelling is forgiven as everywhere.

        Raises
        ------
        UnknownNameError
            If there is none, or several.
        StoreError
            If the server does not answer.
        """
        same = self._bearing([[key] for key in keys_asked(name)]) or self._bearing(keys_guessed(name))
        if not same:
            raise is_unknown(name, self._candidates(name))
        if len(same) > 1:
            raise is_ambiguous(name, [(row[3], row[2]) for row in same.values()])
        (row,) = same.values()
        return _artist(row[1:], self.dim)

    def _bearing(self, groups: Sequence[Sequence[np.uint64]]) -> dict[int, Any]:
        """Return the artists, by row, that have a key of the first group that is anybody's."""
        signed = [[int(key.astype(np.int64)) for key in group] for group in groups]
        keys = [key for group in signed for key in group]
        if not keys:
            return {}
        text = (
            f"SELECT k.hash, {COLUMNS} FROM {{keys}} k JOIN {{artists}} a ON a.row = k.row WHERE k.hash = ANY(%s) "
            "ORDER BY array_position(%s::int8[], k.hash), k.row LIMIT 9"
        )
        rows = self._ask(lambda connection, about: self._rows(connection, about, text, (keys, keys)))
        decisive = next((group for group in signed if rows and rows[0][0] in group), [])
        return {row[1]: row for row in rows if row[0] in decisive}

    def neighbors(self, name: str, k: int = 10) -> Found:
        """Return the precomputed neighbors of an artist with their cosines, best first.

        Raises
        ------
        UnknownNameError, StoreError
            As `get`.
        ParameterError
            If more are asked for than are kept.
        """
        check_kept(k, self.kept)
        asked = self.get(name)
        text = (
            f"SELECT {COLUMNS}, u.cosine FROM {{neighbors}} n CROSS JOIN LATERAL "
            "unnest(n.neighbors[1:%s], n.cosine[1:%s]) WITH ORDINALITY AS u (row, cosine, place) "
            "JOIN {artists} a ON a.row = u.row WHERE n.row = %s ORDER BY u.place"
        )
        rows = self._ask(lambda connection, about: self._rows(connection, about, text, (k, k, asked.row)))
        return [(_artist(row[:-1], self.dim), float(row[-1])) for row in rows]

    def search(self, vector: np.ndarray, k: int = 10, only: Filter | None = None) -> Found:
        """Return the artists nearest to a vector with their cosines, best first.

        Parameters
        ----------
        vector : ndarray of shape (dim,)
        k : int, >= 1
        only : Filter, optional

        Raises
        ------
        ParameterError
            If the vector or ``k`` is unusable.
        StoreError
            If the server does not answer.
        """
        query = check_question(vector, k, self.dim)
        only = None if only == Filter() else only

        def work(connection: Connection[Any], about: About) -> Found:
            way = self._way(connection, about, only, k)
            found = self._near(connection, about, query, k, only, way)
            if way.by_index and len(found) < k:
                found = self._near(connection, about, query, k, only, EXACTLY)
            return found

        return self._ask(work)

    def sample(self, n: int) -> tuple[np.ndarray, int]:
        """Return vectors of at most ``n`` of the artists that have one, evenly spread, and how many have one.

        The number is an estimate where there are more than ``n``.

        Raises
        ------
        StoreError
            If the server does not answer.
        """
        text = (
            "SELECT a.vector FROM {artists} a WHERE a.row = ANY(%s) AND a.vector IS NOT NULL ORDER BY a.row"
        )

        def work(connection: Connection[Any], about: About) -> tuple[np.ndarray, int]:
            rows = np.unique(
                np.linspace(0, max(about.artists - 1, 0), min(n, about.artists)).astype(np.int64)
            )
            found = self._rows(connection, about, text, (rows.tolist(),), plan=False)
            vectors = [from_vector(row[0], about.dim) for row in found]
            n_known = round(len(vectors) * about.artists / max(len(rows), 1))
            return np.array(vectors, np.float32).reshape(-1, about.dim), n_known

        return self._ask(work)

    def offered(self) -> Offered:
        """Return the genres, and the spans of scores and years, that a filter can ask for; reads the whole table.

        Raises
        ------
        StoreError
            If the server does not answer.
        """
        counted = "SELECT g, count(DISTINCT a.row) FROM {artists} a, unnest(a.genres) AS g GROUP BY g"
        scores = "SELECT min(mean_score), max(mean_score) FROM {artists} WHERE mean_score <> 'NaN'"
        years = "SELECT min(y), max(y) FROM {artists} a, unnest(a.years) AS y"

        def work(connection: Connection[Any], about: About) -> Offered:
            genres = dict(self._rows(connection, about, counted, (), plan=False))
            spans = [self._rows(connection, about, text, (), plan=False)[0] for text in (scores, years)]
            return Offered(genres, *(None if low is None else (low, high) for low, high in spans))

        return self._ask(work)

    def put(
        self,
        table: VectorTable,
        *,
        years: Sequence[Sequence[int]] | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> bool:
        """Add artists, or replace those of the same id; others see all of it or nothing.

        Parameters
        ----------
        table : VectorTable
            Of the same dimension.
        years : sequence of sequence of int, optional
            Years of each artist.
        on_progress : callable, optional
            A true answer stops.

        Returns
        -------
        bool
            Whether it was finished; if not, nothing has changed.

        Raises
        ------
        ParameterError
            If the dimensions differ.
        StoreError
            If the server refuses, or another process is writing.
        """
        from .postgres_changes import change_postgres

        return change_postgres(self.address, table, years=years, on_progress=on_progress)

    def remove(self, artist_ids: Sequence[str], *, on_progress: ProgressCallback | None = None) -> bool:
        """Take artists away; others see all of it or nothing.

        Parameters
        ----------
        artist_ids : sequence of str
        on_progress : callable, optional
            A true answer stops.

        Returns
        -------
        bool
            Whether it was finished; if not, nothing has changed.

        Raises
        ------
        UnknownNameError
            If an id is not stored.
        StoreError
            If the server refuses, or another process is writing.
        """
        from .postgres_changes import change_postgres

        return change_postgres(self.address, removed=artist_ids, on_progress=on_progress)

    # -- inner -----------------------------------------------------------------------------------------------

    def _open(self, connection: Connection[Any]) -> None:
        self._iterates = check_server(connection, self.address) >= ITERATES_FROM
        if self._iterates:
            self._tune(
                connection, {f"{kind}.iterative_scan": "relaxed_order" for kind in ("hnsw", "ivfflat")}
            )

    def _ask(self, work: Callable[[Connection[Any], About], T], *, fresh: bool = False) -> T:
        """Do something on a connection; once more where the connection was dead or the tables have been replaced."""
        psycopg = driver()
        for is_last in (False, False, True):
            connection = None
            try:
                with self._pool.borrowed() as connection:
                    return work(connection, self._known(connection, fresh))
            except psycopg.errors.UndefinedTable as error:
                if is_last:
                    raise explained(error, self.address) from error
                fresh = True
            except psycopg.Error as error:
                if is_last or connection is None or not connection.closed:
                    raise explained(error, self.address) from error
                self._pool.forget()
        raise AssertionError("the last try returns or raises")

    def _known(self, connection: Connection[Any], fresh: bool) -> About:
        kept = self._about
        if kept is None or fresh or time.monotonic() - kept[0] > ABOUT_S:
            kept = self._about = (time.monotonic(), read_about(connection, self.address))
        return kept[1]

    def _rows(
        self,
        connection: Connection[Any],
        about: About,
        text: str,
        values: Sequence[Any],
        *,
        plan: bool = True,
    ) -> list[tuple]:
        """Ask; ``plan`` lets the driver keep the server's plan, which must not depend on the values."""
        statement = Tables(self.address.schema, about.generation).compose(text)
        with connection.cursor(binary=True) as cursor:
            return cursor.execute(statement, values, prepare=None if plan else False).fetchall()

    def _tune(self, connection: Connection[Any], settings: Mapping[str, str]) -> None:
        """Set the session, where it is not set so already."""
        held = self._tuned.setdefault(connection, {})
        wanted = {name: value for name, value in settings.items() if held.get(name) != value}
        if wanted:
            sql = driver().sql
            calls = sql.SQL(", ").join([sql.SQL("set_config(%s, %s, false)")] * len(wanted))
            values = [part for pair in wanted.items() for part in pair]
            connection.execute(sql.SQL("SELECT {}").format(calls), values)
            held.update(wanted)

    def _way(self, connection: Connection[Any], about: About, only: Filter | None, k: int) -> Way:
        estimate = None if only is None else self._estimate(connection, about, only)
        if only is not None and not self._iterates:
            return exact_way(about, only, estimate)
        return choose_way(about, only, estimate, k, self.ef_search)

    def _estimate(self, connection: Connection[Any], about: About, only: Filter) -> Estimate:
        """What the planner's statistics say of a filter: to count would take longer than to search."""
        key, now = (about.generation, only), time.monotonic()
        with self._lock:
            kept = self._estimates.get(key)
        if kept is not None and now - kept[0] < ESTIMATED_S:
            return kept[1]
        alone = each_alone(only)
        asked = [conditions(one, indexes=EVERY_INDEX) for one in (only, *alone.values())]
        counts = ", ".join(f"(SELECT 1 FROM {{artists}} a WHERE {where} LIMIT 1)" for where, _ in asked)
        values = [value for _, some in asked for value in some]
        (plan,) = self._rows(connection, about, f"EXPLAIN (FORMAT json) SELECT {counts}", values, plan=False)[
            0
        ]
        estimate = estimate_of(plan[0]["Plan"], tuple(alone))
        with self._lock:
            self._estimates[key] = (now, estimate)
            while len(self._estimates) > 1000:
                self._estimates.popitem(last=False)
        return estimate

    def _near(
        self,
        connection: Connection[Any],
        about: About,
        query: np.ndarray,
        k: int,
        only: Filter | None,
        way: Way,
    ) -> Found:
        """Nearest through an index of the vectors, or exactly.

        The planner takes an index where the words allow it: one of the vectors for ``ORDER BY vector <#> ...``, not for
        the negated product; those of other columns for conditions as `postgres_filters` writes them.
        """
        self._tune(connection, way.settings)
        where, values = conditions(only, indexes=way.columns)
        order = indexed_order(about) if way.by_index else "-(a.vector <#> %s::vector) DESC, a.row"
        text = f"SELECT {COLUMNS} FROM {{artists}} a WHERE {where} ORDER BY {order} LIMIT %s"
        asked = "[" + ",".join(map(repr, query.tolist())) + "]"
        rows = self._rows(connection, about, text, [*values, asked, k + SPARE], plan=only is None)
        found = [_artist(row, about.dim) for row in rows]
        if not found:
            return []
        cosine = np.array([artist.vector for artist in found], np.float64) @ query.astype(np.float64)
        order_of = np.lexsort((np.array([artist.row for artist in found]), -cosine))[:k].tolist()
        return [(found[place], float(cosine[place])) for place in order_of]

    def _candidates(self, name: str) -> list[str]:
        """Names that contain what was typed, or its beginning; the most reviewed first."""
        parts = beginnings(name)
        if not parts:
            return []
        cases = " ".join(f"WHEN strpos(folded, %s) > 0 THEN {place}" for place in range(len(parts)))
        text = (
            f"SELECT name, CASE {cases} END AS place FROM {{artists}} WHERE strpos(folded, %s) > 0 "
            "ORDER BY place, n_reviews DESC, row LIMIT 5"
        )
        try:
            rows = self._ask(
                lambda connection, about: self._rows(connection, about, text, [*parts, parts[-1]], plan=False)
            )
        except StoreTimeoutError:  # a hint is not worth more time
            return []
        return [row[0] for row in rows if row[1] == rows[0][1]]


def _artist(row: Sequence[Any], dim: int) -> StoredArtist:
    place, artist_id, name, genres, mean_score, n_reviews, vector = row
    return StoredArtist(
        place, artist_id, name, tuple(genres), mean_score, n_reviews, from_vector(vector, dim)
    )
