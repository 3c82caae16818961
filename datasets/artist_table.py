"""The table of artists: what the reviews of each say, gathered from the reviews piece by piece.

Public names: :func:`make_artists`.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from .pair_tallies import PairTally
from .readers.lists import count_items, pairs_from_lists
from .schema import ARTISTS_SCHEMA

_PIECE_ROWS = 65_536
_LISTS = ("genres", "labels", "years", "author")


def make_artists(reviews: pa.Table, names: pd.Series) -> pa.Table:
    """Summarize the reviews of each artist.

    Parameters
    ----------
    reviews : pyarrow.Table
        Canonical reviews.
    names : pandas.Series
        Name shown, by artist id.

    Returns
    -------
    pyarrow.Table
        :data:`ARTISTS_SCHEMA`, most reviewed first, then by id; an artist without reviews is left out.

    Notes
    -----
    Memory: the artists, and 16 bytes a different pair of artist and genre, label, year or author.
    """
    n_reviews = count_items(reviews["artist_ids"].chunks)
    ids = sorted(n_reviews, key=lambda one: (-n_reviews[one], one))
    scores, held = _Means(len(ids)), {name: _Items(len(ids)) for name in _LISTS}
    for rows, codes, batch in _pieces(reviews, {one: code for code, one in enumerate(ids)}):
        scores.add(codes, batch.column("score").to_numpy(zero_copy_only=False)[rows])
        for name, items in held.items():
            items.add(codes, batch.column(name).take(pa.array(rows)))
    genres, genre_counts = held["genres"].most_frequent()
    columns = {
        "artist_id": pa.array(ids, pa.string()),
        "name": pa.array(names.loc[ids].tolist(), pa.string()),
        "genres": genres,
        "genre_counts": genre_counts,
        "n_reviews": pa.array([n_reviews[one] for one in ids], pa.int32()),
        "mean_score": scores.means(),
        "labels": held["labels"].most_frequent()[0],
        "years": held["years"].ascending(),
        "authors": held["author"].most_frequent()[0],
    }
    return pa.Table.from_arrays([columns[name] for name in ARTISTS_SCHEMA.names], schema=ARTISTS_SCHEMA)


def _pieces(
    reviews: pa.Table, code_of: dict[str, int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], pa.RecordBatch]]:
    """Yield some reviews, and of each pair of review and artist the row among them and the artist's number."""
    chosen = reviews.select(["artist_ids", "score", *_LISTS])
    for batch in chosen.to_batches(max_chunksize=_PIECE_ROWS):
        rows, found = pairs_from_lists(batch.column("artist_ids"))
        encoded = found.dictionary_encode()
        codes = np.array([code_of[one] for one in encoded.dictionary.to_pylist()], np.int64)
        yield rows, codes[encoded.indices.to_numpy()], batch


class _Means:
    """Mean of the scores of each artist."""

    def __init__(self, n_artists: int) -> None:
        self._sums, self._counts = np.zeros(n_artists), np.zeros(n_artists, np.int64)

    def add(self, artists: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        known = np.isfinite(scores)
        np.add.at(
            self._sums, artists[known], scores[known]
        )  # one after the other: sums do not depend on the pieces
        self._counts += np.bincount(artists[known], minlength=len(self._counts))

    def means(self) -> pa.Array:
        known = self._counts > 0
        return pa.array(
            np.divide(self._sums, self._counts, where=known, out=np.zeros(len(known))), mask=~known
        )


class _Items:
    """What stands in a column of the reviews of each artist, and how often."""

    def __init__(self, n_artists: int) -> None:
        self._n_artists = n_artists
        self._numbers: dict[str | int, int] = {}
        self._pairs = PairTally()

    def add(self, artists: NDArray[np.int64], cells: pa.Array) -> None:
        """Take up the cells of some reviews, lists or single values, each of the artist named beside it."""
        if pa.types.is_list(cells.type):
            rows, items = pairs_from_lists(cells)
        else:
            rows = np.flatnonzero(cells.is_valid().to_numpy(zero_copy_only=False))
            items = cells.drop_null()
        encoded = items.dictionary_encode()
        known = [
            self._numbers.setdefault(item, len(self._numbers)) for item in encoded.dictionary.to_pylist()
        ]
        numbers = np.array(known, np.int64)[encoded.indices.to_numpy()]
        self._pairs.add(numbers * self._n_artists + artists[rows])

    def most_frequent(self) -> tuple[pa.ListArray, pa.ListArray]:
        """Return the items of each artist, most frequent first, of equals in the alphabet's order; and their counts."""
        artists, items, ranks = self._sides()
        n_times = self._pairs.counted()[1]
        order = np.lexsort((ranks, -n_times, artists))
        offsets = self._offsets(artists)
        values = pa.array(items, pa.string()).take(pa.array(ranks[order]))
        counts = pa.array(n_times[order].astype(np.int32))
        return pa.ListArray.from_arrays(offsets, values), pa.ListArray.from_arrays(offsets, counts)

    def ascending(self) -> pa.ListArray:
        """Return the numbers of each artist, ascending."""
        artists, items, ranks = self._sides()
        order = np.lexsort((ranks, artists))
        values = pa.array(np.array(items, np.int32)[ranks[order]])
        return pa.ListArray.from_arrays(self._offsets(artists), values)

    def _sides(self) -> tuple[NDArray[np.int64], list, NDArray[np.int64]]:
        """Return the artist of each pair, all items in order, and the place there of each pair's item."""
        items = sorted(self._numbers)  # pyright: ignore[reportArgumentType] - of one column, all of one kind
        places = np.empty(len(items), np.int64)
        places[[self._numbers[item] for item in items]] = np.arange(len(items))
        numbers, artists = np.divmod(self._pairs.counted()[0], max(self._n_artists, 1))
        return artists, items, places[numbers]

    def _offsets(self, artists: NDArray[np.int64]) -> pa.Array:
        offsets = np.zeros(self._n_artists + 1, np.int32)
        np.cumsum(np.bincount(artists, minlength=self._n_artists), out=offsets[1:])
        return pa.array(offsets)
