"""What is counted while reviews are simulated, so that the table of artists needs no second pass.

Memory grows with the artists and with the distinct pairs of artist and label, year or author, not with reviews.

Public names: :class:`ArtistTally`.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..pair_tallies import PairTally
from ..schema import ARTISTS_SCHEMA
from .model import Plan
from .reviews import Block, artist_ids
from .words import GENRES


class _PairCounts:
    """Count pairs (artist, code) in sorted arrays."""

    def __init__(self, n_codes: int) -> None:
        self.n_codes = n_codes
        self._pairs = PairTally()

    def add(self, artist: NDArray[np.int64], code: NDArray[np.int64]) -> None:
        known = code >= 0
        self._pairs.add(artist[known] * self.n_codes + code[known])

    def lists(self, n_artists: int, *, by_count: bool) -> tuple[pa.Array, NDArray[np.int64]]:
        """Return list offsets per artist and the codes, most frequent first or ascending."""
        keys, counts = self._pairs.counted()
        artist, code = np.divmod(keys, self.n_codes)
        order = np.lexsort((code, -counts, artist)) if by_count else np.arange(len(code))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(artist, minlength=n_artists))]).astype(np.int32)
        return pa.array(offsets), code[order]


class ArtistTally:
    """Gather the table of artists from blocks of reviews.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        n = len(plan.artists.names)
        self.plan = plan
        self.n_reviews = np.zeros(n, dtype=np.int64)
        self.n_scores = np.zeros(n, dtype=np.int64)
        self.score_sum = np.zeros(n)
        self.genre_counts = np.zeros((n, len(GENRES)), dtype=np.int64)
        self.labels = _PairCounts(len(plan.label_names))
        self.authors = _PairCounts(len(plan.author_names))
        self.years = _PairCounts(3000)

    def add(self, block: Block) -> None:
        """Count one block."""
        artist, row = block.codes["artist"], block.codes["row"]
        n = len(self.n_reviews)
        score = block.codes["score"][row]
        scored = ~np.isnan(score)
        self.n_reviews += np.bincount(artist, minlength=n)
        self.n_scores += np.bincount(artist[scored], minlength=n)
        self.score_sum += np.bincount(artist[scored], score[scored], minlength=n)
        for column in range(2):
            genre = block.codes["genre"][row, column]
            np.add.at(self.genre_counts, (artist[genre >= 0], genre[genre >= 0]), 1)
            self.labels.add(artist, block.codes["label"][row, column])
            self.years.add(artist, block.codes["year"][row, column])
        self.authors.add(artist, block.codes["author"][row])

    def table(self) -> pa.Table:
        """Return the artists that have a review, in the canonical schema."""
        n = len(self.n_reviews)
        mean = np.divide(self.score_sum, self.n_scores, out=np.full(n, np.nan), where=self.n_scores > 0)
        genres, counts = self._genre_lists()
        label_at, labels = self.labels.lists(n, by_count=True)
        author_at, authors = self.authors.lists(n, by_count=True)
        year_at, years = self.years.lists(n, by_count=False)
        columns = {
            "artist_id": artist_ids(np.arange(n)),
            "name": pa.array(self.plan.artists.names),
            "genres": genres,
            "genre_counts": counts,
            "n_reviews": pa.array(self.n_reviews, pa.int32()),
            "mean_score": pa.array(mean, from_pandas=True),
            "labels": pa.ListArray.from_arrays(
                label_at, pa.array(self.plan.label_names).take(pa.array(labels))
            ),
            "years": pa.ListArray.from_arrays(year_at, pa.array(years, pa.int32())),
            "authors": pa.ListArray.from_arrays(
                author_at, pa.array(self.plan.author_names).take(pa.array(authors))
            ),
        }
        table = pa.Table.from_arrays([columns[name] for name in ARTISTS_SCHEMA.names], schema=ARTISTS_SCHEMA)
        return table.filter(pa.array(self.n_reviews > 0))

    def _genre_lists(self) -> tuple[pa.ListArray, pa.ListArray]:
        order = np.argsort(-self.genre_counts, axis=1, kind="stable")
        counts = np.take_along_axis(self.genre_counts, order, axis=1)
        kept = counts > 0
        offsets = pa.array(np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32))
        genres = pa.ListArray.from_arrays(offsets, pa.array(GENRES).take(pa.array(order[kept])))
        return genres, pa.ListArray.from_arrays(offsets, pa.array(counts[kept], pa.int32()))
