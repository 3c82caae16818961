"""A store in Arrow files that are mapped, not read; what they hold is said in `arrow_files`.

Exact search multiplies blocks of rows that fit the cache and keeps the best so far; among 100,000 artists and more it
first rules out by the bytes whoever cannot be an answer. Filters are applied before the search, so they are exact.

Public: `ArrowStore`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...core.errors import ChecksumError
from ...core.files import read_arrow
from ...core.progress import ProgressCallback
from ..coarse_search import Codes, are_codes_of, nearest_coded
from .approximate import APPROXIMATE, open_index
from .arrow_files import CODES, FILES
from .interface import Filter, Found, StoredArtist, check_kept, check_question
from .name_keys import (
    beginnings,
    folded,
    groups_asked,
    has_surrogates,
    is_ambiguous,
    is_unknown,
)
from .nearest import nearest_rows
from .offered import Offered

if TYPE_CHECKING:
    from ..vectors import VectorTable

CODED_FROM = 100_000  # artists; fewer are searched in two milliseconds, sooner than numba is imported
MOST_CODED = 1000  # answers; the first pass keeps so many bounds in order


class ArrowStore:
    """Precomputed vectors and neighbors, memory-mapped.

    Parameters
    ----------
    directory : path
        Holds ``vectors.arrow``, ``neighbours.arrow`` and ``keys.arrow``.
    approximate : bool
        Whether search may overlook one answer of a hundred to be several times as quick, by an index that is kept
        beside these files and made where it is absent or of other vectors. Precomputed neighbors stay exact, as do
        searches with a filter that few artists pass.
    on_progress : callable, optional
        Hears how far the index is; a true answer stops it, and search is exact.

    Raises
    ------
    SourceError
        If a file is missing.
    ChecksumError
        If a file is damaged, or the three do not belong together.
    MissingExtraError
        If search is to be approximate and faiss is not installed.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        approximate: bool = False,
        on_progress: ProgressCallback | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.approximate = approximate
        tables = [read_arrow(self.directory / name) for name in FILES]
        try:
            self._artists, self._near, keys = (table.combine_chunks() for table in tables)
            self.matrix = _fixed(self._artists, "vector")
            self._neighbors, self._cosine = _fixed(self._near, "neighbors"), _fixed(self._near, "cosine")
            self._hashes, self._rows = (keys[name].chunk(0).to_numpy() for name in ("hash", "row"))
            self._columns = {
                name: self._artists[name].chunk(0)
                for name in ("artist_id", "name", "genres", "mean_score", "n_reviews")
            }
            self._near["years"]
            self._codes = self._read_codes()
        except (KeyError, IndexError, AttributeError, ValueError, pa.ArrowException) as error:
            raise ChecksumError(f"{self.directory}: not a usable store ({error}); build it again") from error
        self._check()
        path = self.directory / APPROXIMATE
        self.index = open_index(self.matrix, path, on_progress=on_progress) if approximate else None

    def _read_codes(self) -> Codes | None:
        """The coded vectors; None in a store built before there were any."""
        path = self.directory / CODES
        if not path.exists():
            return None
        table = read_arrow(path).combine_chunks()
        scale, error = (
            table[name].chunk(0).to_numpy() if len(table) else np.empty(0, np.float32)
            for name in ("scale", "error")
        )
        return Codes(_fixed(table, "code"), scale, error)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.directory)!r}, {len(self)} artists, dim={self.dim})"

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.matrix.shape[1]

    @property
    def kept(self) -> int:
        """Neighbors kept of each artist."""
        return self._neighbors.shape[1]

    def put(
        self,
        table: VectorTable,
        *,
        years: Sequence[Sequence[int]] | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> bool:
        """Add artists, or replace those of the same id: all files are written anew beside, and take their place.

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
            If the dimensions differ, or the folder of the store holds other files.
        """
        from .arrow_changes import replace_store

        return replace_store(self, table, years=years, on_progress=on_progress)

    def remove(self, artist_ids: Sequence[str], *, on_progress: ProgressCallback | None = None) -> bool:
        """Take artists away: all files are written anew beside, and take their place.

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
        ParameterError
            If the folder of the store holds other files.
        """
        from .arrow_changes import replace_store

        return replace_store(self, removed=artist_ids, on_progress=on_progress)

    def get(self, name: str) -> StoredArtist:
        """Return the artist with this id or name; spelling is forgiven as everywhere.

        Raises
        ------
        UnknownNameError
            If there is none, or several.
        """
        return self.artist(self._row(name))

    def artist(self, row: int) -> StoredArtist:
        """Return the artist of a row."""
        column = self._columns
        return StoredArtist(
            row=row,
            artist_id=column["artist_id"][row].as_py(),
            name=column["name"][row].as_py(),
            genres=tuple(column["genres"][row].as_py() or ()),
            mean_score=column["mean_score"][row].as_py(),
            n_reviews=column["n_reviews"][row].as_py(),
            vector=self.matrix[row],
        )

    def neighbors(self, name: str, k: int = 10) -> Found:
        """Return the precomputed neighbors of an artist with their cosines, best first.

        Raises
        ------
        UnknownNameError
            As `get`.
        ParameterError
            If more are asked for than are kept.
        """
        check_kept(k, self.kept)
        row = self._row(name)
        pairs = zip(self._neighbors[row, :k].tolist(), self._cosine[row, :k].tolist(), strict=True)
        return [(self.artist(other), cosine) for other, cosine in pairs if other >= 0]

    def search(self, vector: np.ndarray, k: int = 10, only: Filter | None = None) -> Found:
        """Return the artists nearest to a vector with their cosines, best first; exact unless `approximate`.

        Parameters
        ----------
        vector : ndarray of shape (dim,)
        k : int, >= 1
        only : Filter, optional

        Raises
        ------
        ParameterError
            If the vector or ``k`` is unusable.
        """
        query = check_question(vector, k, self.dim)
        rows, cosine = self._nearly(query, k, only) or self._nearest(query, k, self.allowed(only))
        return [(self.artist(row), value) for row, value in zip(rows.tolist(), cosine.tolist(), strict=True)]

    def sample(self, n: int) -> tuple[np.ndarray, int]:
        """Return vectors of at most ``n`` of the artists that have one, evenly spread, and how many have one."""
        rows = np.flatnonzero(self._known)
        kept = rows if len(rows) <= n else rows[np.linspace(0, len(rows) - 1, n).astype(np.int64)]
        return self.matrix[kept], len(rows)

    def table(self) -> VectorTable:
        """Read all artists as a table."""
        from ..vectors import VectorTable

        return VectorTable.from_arrow(self._artists)

    def years(self) -> list[list[int]]:
        """Read the years of all artists."""
        return [values or [] for values in self._near["years"].to_pylist()]

    def columns(self, rows: np.ndarray) -> dict[str, list[Any]]:
        """Read the facts of the artists of some rows: id, name, genres, mean score, number of reviews, years."""
        part = {name: column.take(pa.array(rows)).to_pylist() for name, column in self._columns.items()}
        return {**part, "years": self._near["years"].take(pa.array(rows)).to_pylist()}

    def genre_counts(self) -> dict[str, int]:
        """Count the artists of each genre."""
        genres = self._columns["genres"]
        owners = pa.table({"genre": pc.list_flatten(genres), "row": pc.list_parent_indices(genres)})
        counted = owners.group_by("genre").aggregate([("row", "count_distinct")])
        return dict(zip(counted["genre"].to_pylist(), counted["row_count_distinct"].to_pylist(), strict=True))

    def by_genres_and_score(self) -> np.ndarray:
        """Return all rows, int64, in the order of the artists' genres and, where these are the same, scores."""
        genres = pc.binary_join(self._columns["genres"].cast(pa.list_(pa.string())), "\x1f")
        facts = pa.table({"genres": genres, "score": self._columns["mean_score"]})
        return (
            pc.sort_indices(facts, [("genres", "ascending"), ("score", "ascending")])
            .to_numpy()
            .astype(np.int64)
        )

    def offered(self) -> Offered:
        """Return the genres, and the spans of scores and years, that a filter can ask for."""
        score = self._columns["mean_score"].to_numpy(zero_copy_only=False)
        score = score[np.isfinite(score)]
        years = pc.min_max(pc.list_flatten(self._near["years"])).as_py()
        return Offered(
            self.genre_counts(),
            (float(score.min()), float(score.max())) if len(score) else None,
            None if years["min"] is None else (years["min"], years["max"]),
        )

    def lists(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the neighbors of all artists, and the cosines, both of shape (n, kept)."""
        return self._neighbors, self._cosine

    def _nearly(self, query: np.ndarray, k: int, only: Filter | None) -> tuple[np.ndarray, np.ndarray] | None:
        """The answers by the index; None where there is none, or it calls for exact search."""
        if self.index is None:
            return None
        everyone = only is None or only == Filter()  # zero vectors are in none of its lists
        return self.index.search(query, k, None if everyone else self.allowed(only))

    def _nearest(
        self, query: np.ndarray, k: int, allowed: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        many = (
            len(self) if allowed is None else 4 * len(allowed)
        )  # a scattered row costs as much as four bytes
        if self._codes is None or k > MOST_CODED or len(self) < CODED_FROM or many < len(self):
            return nearest_rows(self.matrix, query, k, allowed)
        return nearest_coded(self._codes, self.matrix, query, k, allowed)

    def allowed(self, only: Filter | None) -> np.ndarray | None:
        """Return the rows that may be answers, ascending; None if all."""
        if only is None or only == Filter():
            return None if self._known.all() else np.flatnonzero(self._known)
        kept = self._known.copy()
        if only.genre is not None:
            stored = not has_surrogates(only.genre)  # no text of Arrow has them
            kept &= stored and self._has(self._columns["genres"], pc.equal, only.genre)
        if only.score is not None:
            score = self._columns["mean_score"].to_numpy(zero_copy_only=False)
            kept &= (score >= only.score[0]) & (score <= only.score[1])
        if only.years is not None:
            first, last = only.years
            kept &= self._has(
                self._near["years"].chunk(0),
                lambda flat, _wanted: pc.and_(pc.greater_equal(flat, first), pc.less_equal(flat, last)),
                None,
            )
        return np.flatnonzero(kept)

    def _has(self, lists: Any, test: Any, wanted: Any) -> np.ndarray:
        """Which rows have a value in their list that passes."""
        passed = test(pc.list_flatten(lists), wanted).to_numpy(zero_copy_only=False)
        owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
        mask = np.zeros(len(self), dtype=bool)
        mask[owners[np.asarray(passed, dtype=bool)]] = True
        return mask

    @cached_property
    def _known(self) -> np.ndarray:
        return np.asarray(np.any(self.matrix, axis=1))

    def _row(self, name: str) -> int:
        for wanted in groups_asked(name):
            rows = self._rows_of(wanted)
            if len(rows) == 1:
                return rows[0]
            if rows:
                raise is_ambiguous(name, [self._called(row) for row in rows])
        raise is_unknown(name, self._candidates(name))

    def _rows_of(self, keys: Sequence[np.uint64]) -> list[int]:
        """Return the rows that have one of some keys."""
        rows: set[int] = set()
        for key in keys:
            first, last = (self._hashes.searchsorted(key, side) for side in ("left", "right"))
            rows.update(self._rows[first:last].tolist())
        return sorted(rows)

    def _called(self, row: int) -> tuple[str, str]:
        return self._columns["name"][row].as_py(), self._columns["artist_id"][row].as_py()

    def _candidates(self, name: str) -> list[str]:
        """Names that contain what was typed, or its beginning; the most reviewed first."""
        parts = beginnings(name)
        names = folded(self._columns["name"]) if parts else None
        for part in parts:
            rows = np.flatnonzero(pc.match_substring(names, part).to_numpy(zero_copy_only=False))
            if len(rows):
                reviews = self._columns["n_reviews"].to_numpy()[rows]
                best = rows[np.argsort(-reviews.astype(np.int64), kind="stable")][:5]
                return [self._called(int(row))[0] for row in best]
        return []

    def _check(self) -> None:
        n = len(self.matrix)
        inside = len(self._neighbors) == n and (not n or int(self._neighbors.min()) >= -1)
        inside = inside and (not n or int(self._neighbors.max(initial=-1)) < n)
        keyed = len(self._rows) and int(self._rows.min()) >= 0 and int(self._rows.max()) < n
        coded = self._codes is None or are_codes_of(self._codes, self.matrix)
        if not (inside and coded) or not (keyed or n == 0):
            raise ChecksumError(
                f"{self.directory}: vectors, neighbors and keys do not belong together; build it again"
            )


def _fixed(table: pa.Table, name: str) -> np.ndarray:
    """View a column of fixed-size lists as a matrix, without copying."""
    if not table.num_rows:
        return np.empty((0, table.schema.field(name).type.list_size), np.float32)
    lists = table[name].chunk(0)
    return lists.flatten().to_numpy(zero_copy_only=True).reshape(len(lists), lists.type.list_size)
