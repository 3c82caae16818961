"""Precomputed vectors and neighbors in Arrow files that are mapped, not read: answers without loading a table.

Four files, row by row the same artists (without the last, search is slower):

- ``vectors.arrow``: what `VectorTable.save` writes;
- ``neighbours.arrow``: ``neighbors`` (fixed list of int32 rows, nearest first, -1 where there are fewer), ``cosine``
  (fixed list of float32), ``years`` (list of int32);
- ``keys.arrow``: ``hash`` (uint64, sorted) and ``row`` (int32), an entry for each way to spell each name and id;
- ``codes.arrow``: the vectors in bytes, with ``scale`` and ``error`` (`coarse_search`).

Exact search multiplies blocks of rows that fit the cache and keeps the best so far; among 100,000 artists and more it
first rules out by the bytes whoever cannot be an answer. Filters are applied before the search, so they are exact.

Public: `ArrowStore`, `Filter`, `StoredArtist`, `build_store`, `nearest_rows`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..core.errors import AmbiguousNameError, ChecksumError, ParameterError, UnknownNameError
from ..core.files import read_arrow, write_arrow
from ..core.names import lookup_keys
from ..core.progress import ProgressCallback, report
from .coarse_search import Codes, are_codes_of, encode_rows, nearest_coded
from .terms import short
from .vectors import VectorTable

BLOCK = 16_384  # rows of 64 float32 numbers: 4 MB
ASKED_AT_ONCE = 256
CODED_FROM = 100_000  # artists; fewer are searched in two milliseconds, sooner than numba is imported
MOST_CODED = 1000  # answers; the first pass keeps so many bounds in order
FILES = ("vectors.arrow", "neighbours.arrow", "keys.arrow")
CODES = "codes.arrow"


@dataclass(frozen=True)
class Filter:
    """Which artists may be answers.

    Parameters
    ----------
    genre : str or None
        One of their genres.
    score : (float, float) or None
        Mean score from, to; artists without one are left out.
    years : (int, int) or None
        One of their years from, to.
    """

    genre: str | None = None
    score: tuple[float, float] | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class StoredArtist:
    """What the store has of one artist.

    Parameters
    ----------
    row : int
    artist_id, name : str
    genres : tuple of str
    mean_score : float or None
        0-10.
    n_reviews : int
    vector : ndarray of shape (dim,), float32
        A read-only view of the file.
    """

    row: int
    artist_id: str
    name: str
    genres: tuple[str, ...]
    mean_score: float | None
    n_reviews: int
    vector: np.ndarray


class VectorStore(Protocol):
    """What any store offers, whatever is behind it."""

    def get(self, name: str) -> StoredArtist:
        """Return the artist with this id or name."""
        ...

    def search(
        self, vector: np.ndarray, k: int = 10, only: Filter | None = None
    ) -> list[tuple[StoredArtist, float]]:
        """Return the artists nearest to a vector with their cosines, best first."""
        ...

    def neighbors(self, name: str, k: int = 10) -> list[tuple[StoredArtist, float]]:
        """Return the precomputed neighbors of an artist with their cosines, best first."""
        ...


def build_store(
    table: VectorTable,
    directory: str | Path,
    *,
    years: Sequence[Sequence[int]] | None = None,
    k: int = 50,
    on_progress: ProgressCallback | None = None,
) -> bool:
    """Write ``neighbours.arrow``, ``keys.arrow`` and ``codes.arrow`` beside a table's ``vectors.arrow``.

    Parameters
    ----------
    table : VectorTable
    directory : path
        Must exist.
    years : sequence of sequence of int, optional
        Years of each artist.
    k : int, >= 1
        Neighbors kept of each artist.
    on_progress : callable, optional
        A true answer stops; nothing is written then.

    Returns
    -------
    bool
        Whether it was finished.

    Notes
    -----
    Time O(n^2 dim); memory O(n k) and one block of cosines.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ParameterError(f"k must be an int >= 1; got {k!r}")
    found = _all_neighbors(table.matrix, table.known, k, on_progress)
    if found is None:
        return False
    rows, cosine = found
    listed = [[int(year) for year in one] for one in years] if years is not None else [[]] * len(table)
    write_arrow(
        Path(directory) / FILES[1],
        pa.table(
            {
                "neighbors": pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), k),
                "cosine": pa.FixedSizeListArray.from_arrays(pa.array(cosine.reshape(-1)), k),
                "years": pa.array(listed, pa.list_(pa.int32())),
            }
        ),
    )
    write_arrow(Path(directory) / FILES[2], _keys(table.artist_ids, table.names))
    write_codes(Path(directory) / CODES, encode_rows(table.matrix))
    return True


def write_codes(path: Path, codes: Codes) -> None:
    """Write coded vectors as an Arrow file."""
    flat = pa.array(codes.values.reshape(-1))
    values = pa.FixedSizeListArray.from_arrays(flat, codes.values.shape[1])
    write_arrow(path, pa.table({"code": values, "scale": codes.scale, "error": codes.error}))


class ArrowStore:
    """Precomputed vectors and neighbors, memory-mapped.

    Parameters
    ----------
    directory : path
        Holds ``vectors.arrow``, ``neighbours.arrow`` and ``keys.arrow``.

    Raises
    ------
    SourceError
        If a file is missing.
    ChecksumError
        If a file is damaged, or the three do not belong together.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
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

    def __len__(self) -> int:
        return len(self.matrix)

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

    def neighbors(self, name: str, k: int = 10) -> list[tuple[StoredArtist, float]]:
        """Return the precomputed neighbors of an artist with their cosines, best first.

        Raises
        ------
        UnknownNameError
            As `get`.
        ParameterError
            If more are asked for than are kept.
        """
        kept = self._neighbors.shape[1]
        if not 1 <= k <= kept:
            raise ParameterError(
                f"k must be from 1 to {kept}, the neighbors kept; got {k}: build the store with more"
            )
        row = self._row(name)
        pairs = zip(self._neighbors[row, :k].tolist(), self._cosine[row, :k].tolist(), strict=True)
        return [(self.artist(other), cosine) for other, cosine in pairs if other >= 0]

    def search(
        self, vector: np.ndarray, k: int = 10, only: Filter | None = None
    ) -> list[tuple[StoredArtist, float]]:
        """Return the artists nearest to a vector with their cosines, best first; exact.

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
        query = np.asarray(vector)
        if (
            query.shape != (self.matrix.shape[1],)
            or query.dtype.kind not in "fiu"
            or not np.isfinite(query).all()
        ):
            raise ParameterError(
                f"vector must be {self.matrix.shape[1]} finite numbers; got shape {query.shape}"
            )
        length = float(np.linalg.norm(query))
        if length == 0 or k < 1:
            raise ParameterError("vector must not be zero, and k must be >= 1")
        rows, cosine = self._nearest((query / length).astype(np.float32), k, self.allowed(only))
        return [(self.artist(row), value) for row, value in zip(rows.tolist(), cosine.tolist(), strict=True)]

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
        """Return the rows that a filter lets through, ascending; None if all."""
        if only is None or only == Filter():
            return None
        kept = self._known.copy()
        if only.genre is not None:
            kept &= self._has(self._columns["genres"], pc.equal, only.genre)
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
        for key in (f"id:{name[:200]}", f"is:{name[:200]}", *lookup_keys(name)):
            wanted = _hash(key)
            first, last = (int(np.searchsorted(self._hashes, wanted, side)) for side in ("left", "right"))
            rows = sorted(set(self._rows[first:last].tolist()))
            if len(rows) == 1:
                return rows[0]
            if rows:
                shown = [
                    f"{short(self.artist(row).name)} (id {short(self.artist(row).artist_id)})"
                    for row in rows[:8]
                ]
                raise AmbiguousNameError(
                    f"{short(name)!r} is ambiguous: {', '.join(shown)}; use the id",
                    name=name,
                    candidates=shown,
                )
        near = self._candidates(name)
        hint = f"did you mean {', '.join(near)}?" if near else "no similar name is known"
        raise UnknownNameError(f"unknown name {short(name)!r}; {hint}", name=name, candidates=near)

    def _candidates(self, name: str) -> list[str]:
        """Names that contain what was typed, or its beginning; the most reviewed first."""
        typed = name.strip()[:24]
        shortest = max(2, len(typed) // 2)
        for part in dict.fromkeys(typed[:length] for length in range(len(typed), shortest - 1, -1)):
            if len(part) < 2:
                continue
            mask = pc.match_substring(self._columns["name"], part, ignore_case=True).to_numpy(
                zero_copy_only=False
            )
            rows = np.flatnonzero(mask)
            if len(rows):
                reviews = self._columns["n_reviews"].to_numpy()[rows]
                return [
                    short(self.artist(int(row)).name) for row in rows[np.argsort(-reviews, kind="stable")][:5]
                ]
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


def nearest_rows(
    matrix: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows with the largest dot products, block by block; ties go by row.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Zero rows are answers like others; the caller leaves them out by ``allowed`` if they must not be.
    query : ndarray of shape (dim,), float32
    k : int, >= 1
    allowed : ndarray of int, optional
        The only rows that may be answers, ascending.

    Returns
    -------
    rows, products : ndarray of shape (at most k,)
    """
    n = len(matrix) if allowed is None else len(allowed)
    best, rows, threshold = np.empty(0, np.float32), np.empty(0, np.int64), -np.inf
    for first in range(0, n, BLOCK):
        chosen = None if allowed is None else allowed[first : first + BLOCK]
        products = (matrix[first : first + BLOCK] if chosen is None else matrix[chosen]) @ query
        hits = np.flatnonzero(products > threshold)  # a tie with the kth has a later row: it loses
        if not len(hits):
            continue
        best = np.concatenate([best, products[hits]])
        rows = np.concatenate([rows, hits + first if chosen is None else chosen[hits]])
        if len(best) > k:
            order = np.lexsort((rows, -best))[:k] if len(best) < 4 * k else _top(best, rows, k)
            best, rows = best[order], rows[order]
        if len(best) == k:
            threshold = float(best.min())
    order = np.lexsort((rows, -best))
    return rows[order], best[order]


def _top(values: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Places of the k largest; those equal to the kth in order of their rows."""
    limit = np.partition(values, len(values) - k)[len(values) - k]
    places = np.flatnonzero(values >= limit)
    return places[np.lexsort((rows[places], -values[places]))][:k]


def _all_neighbors(
    matrix: np.ndarray, known: np.ndarray, k: int, on_progress: ProgressCallback | None
) -> tuple[np.ndarray, np.ndarray] | None:
    n = len(matrix)
    rows, cosine = np.full((n, k), -1, np.int32), np.full((n, k), np.nan, np.float32)
    for first in range(0, n, ASKED_AT_ONCE):
        block = slice(first, min(first + ASKED_AT_ONCE, n))
        products = matrix[block] @ matrix.T
        products[:, ~known] = -np.inf
        products[np.arange(block.stop - first), np.arange(first, block.stop)] = -np.inf
        for place, row in enumerate(range(first, block.stop)):
            if not known[row]:
                continue
            top = _top(products[place], np.arange(n), min(k, n))
            top = top[products[place, top] > -np.inf]
            rows[row, : len(top)], cosine[row, : len(top)] = top, products[place, top]
        if report(on_progress, "finding neighbors", block.stop, n, "artists"):
            return None
    return rows, cosine


def _keys(ids: Sequence[str], names: Sequence[str]) -> pa.Table:
    hashes, rows = [], []
    for row, (artist_id, name) in enumerate(zip(ids, names, strict=True)):
        for key in (f"id:{artist_id[:200]}", f"is:{name[:200]}", *lookup_keys(name)):
            hashes.append(_hash(key))
            rows.append(row)
    values, owners = np.array(hashes, dtype=np.uint64), np.array(rows, dtype=np.int32)
    order = np.lexsort((owners, values))
    return pa.table({"hash": values[order], "row": owners[order]})


def _hash(key: str) -> np.uint64:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _fixed(table: pa.Table, name: str) -> np.ndarray:
    """View a column of fixed-size lists as a matrix, without copying."""
    if not table.num_rows:
        return np.empty((0, table.schema.field(name).type.list_size), np.float32)
    lists = table[name].chunk(0)
    return lists.flatten().to_numpy(zero_copy_only=True).reshape(len(lists), lists.type.list_size)
