"""Neighbors and sums of the artists of a store, with the figures that keep answers honest.

The answers themselves are the store's. What a verdict goes by (`verdicts`) concerns all other artists: how far the best
answer stands out from them, and which rank an answer has near the added terms alone. A store may hold millions, so
these are taken from a *crowd*: all artists up to 20,000, an even sample of more. Ranks are then estimates.

Public: `ask_store`, `Crowd`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import AmbiguousNameError, ParameterError, UnknownNameError
from ..answers import Answer, Answers, Ranking, Term, direction, length_left
from ..terms import Meaning, short
from ..verdicts import JUDGED, how_many_are_near_one, judge_answers
from .interface import Filter, Found, StoredArtist, VectorStore

CROWD = 20_000  # the share of them that is nearer than some cosine is known to within 0.3 %
FEW = 50
SAME = 1e-6  # cosines of one artist, computed one by one and in a block, may differ by so much


@dataclass(frozen=True, eq=False)
class Crowd:
    """Those whom an answer must stand out from.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim), float32
        Of all artists that may be answers, or of some of them.
    n_artists : int
        How many may be answers.
    """

    vectors: np.ndarray
    n_artists: int

    @classmethod
    def of(cls, store: VectorStore) -> Crowd:
        """Take the crowd of a store."""
        return cls(*store.sample(CROWD))

    @property
    def is_whole(self) -> bool:
        """Whether all are there, so that ranks are exact."""
        return len(self.vectors) == self.n_artists

    def n_beyond(self, vector: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        """Tell how many artists have a larger cosine with a vector than each of some; estimated from the sample."""
        everyone, limits = self.vectors @ vector, np.asarray(cosines) + SAME
        if len(limits) <= FEW:  # to sort would take ten times as long
            beyond = np.array([np.count_nonzero(everyone > limit) for limit in limits])
        else:
            beyond = len(everyone) - np.searchsorted(np.sort(everyone), limits, side="right")
        return np.rint(beyond * (self.n_artists / max(len(everyone), 1))).astype(np.int64)


def ask_store(
    store: VectorStore,
    positive: Sequence[str],
    negative: Sequence[str] = (),
    *,
    topn: int = 10,
    only: Filter | None = None,
    crowd: Crowd | None = None,
) -> Answers:
    """Find the artists of a store nearest to a sum of others.

    Parameters
    ----------
    store : VectorStore
    positive, negative : sequence of str
        Names or ids, added and subtracted as unit vectors.
    topn : int, >= 1
    only : Filter, optional
        Who may be an answer. There is no verdict on what a filter leaves.
    crowd : Crowd, optional
        Kept from an earlier question; taken anew without.

    Returns
    -------
    Answers
        As those of `VectorTable.most_similar`; where the crowd is a sample, ``rank_baseline`` is an estimate.

    Raises
    ------
    UnknownNameError
        If a name is unknown or ambiguous.
    ParameterError
        If there is no term, a term has no vector, or the terms cancel out.
    """
    asked = [_stored(store, name) for name in (*positive, *negative)]
    if not asked:
        raise ParameterError("a query needs at least one artist; got none")
    for artist in asked:
        if not artist.vector.any():
            raise ParameterError(f"{artist.name[:60]!r} has no vector: nothing was learnt of this artist")
    terms = [Term(artist.name, artist.row, artist.vector) for artist in asked]
    plus, minus = terms[: len(positive)], terms[len(positive) :]
    query, own = direction(plus, minus), {artist.row for artist in asked}
    everyone = store.search(query, max(topn, JUDGED) + len(own) + 1, only)
    found = [(place, *pair) for place, pair in enumerate(everyone, 1) if pair[0].row not in own]
    crowd = crowd or Crowd.of(store)
    baseline = _baseline(crowd, asked, plus, query, [artist for _, artist, _ in found])
    results = tuple(_answer(rank, found, int(baseline[rank - 1])) for rank in range(1, len(found) + 1))[
        : max(topn, JUDGED)
    ]
    judged = results[:JUDGED]
    ranking = _ranking(crowd, plus, minus, query, found[: len(judged)])
    meanings = [Meaning(text, "artist", artist.name, np.array([artist.row]))
                for text, artist in zip((*positive, *negative), asked, strict=True)]  # fmt: skip
    signs = ["+"] * len(plus) + ["-"] * len(minus)
    return Answers(
        plus=tuple(term.label for term in plus),
        minus=tuple(term.label for term in minus),
        results=results[:topn],
        unfiltered_winner=everyone[0][0].name if everyone else None,
        method="3cosadd",
        terms=tuple(zip(signs, meanings, strict=True)),
        verdict=judge_answers(judged, ranking) if only is None else None,
    )


def _stored(store: VectorStore, name: str) -> StoredArtist:
    """The artist of a term; a genre is told as such."""
    try:
        return store.get(name)
    except AmbiguousNameError:
        raise
    except UnknownNameError as error:
        genre = name.strip().removeprefix("genre:").casefold()
        if genre not in {known.casefold() for known in store.offered().genres}:
            raise
        raise UnknownNameError(
            f"{short(name)!r} is a genre, and a store calculates with artists alone; `bandscape artists analogy` takes"
            " genres",
            name=name,
        ) from error


def _baseline(
    crowd: Crowd,
    asked: Sequence[StoredArtist],
    plus: Sequence[Term],
    query: np.ndarray,
    answers: Sequence[StoredArtist],
) -> np.ndarray:
    """Ranks near the added terms alone, of those who may answer; the artists of the query do not count."""
    if not answers:
        return np.empty(0, np.int64)
    alone = direction(plus, ()) if plus else query
    cosines = np.array([artist.vector for artist in answers]) @ alone
    ranks = 1 + crowd.n_beyond(alone, cosines)
    if crowd.is_whole:
        own = {artist.row: artist.vector for artist in asked}
        inputs = np.array(list(own.values())) @ alone
        ranks = ranks - (inputs[None, :] > cosines[:, None] + SAME).sum(axis=1)
    return np.maximum(ranks, 1)


def _answer(rank: int, found: list[tuple[int, StoredArtist, float]], baseline: int) -> Answer:
    place, artist, cosine = found[rank - 1]
    following = found[rank][2] if rank < len(found) else None
    return Answer(
        rank=rank,
        artist_id=artist.artist_id,
        name=artist.name,
        cosine=cosine,
        genres=artist.genres,
        mean_score=artist.mean_score,
        n_reviews=artist.n_reviews,
        rank_unfiltered=place,
        rank_baseline=baseline,
        score=cosine,
        gap=None if following is None else cosine - following,
    )


def _ranking(
    crowd: Crowd,
    plus: Sequence[Term],
    minus: Sequence[Term],
    query: np.ndarray,
    found: Sequence[tuple[int, StoredArtist, float]],
) -> Ranking:
    """What a verdict goes by."""
    everybody = crowd.vectors @ query if len(crowd.vectors) else np.zeros(1, np.float32)
    rows = np.array([artist.row for _, artist, _ in found], np.int64)
    cosine = np.array([value for _, _, value in found])
    return Ranking(
        rows=rows,
        cosine=cosine,
        score=cosine,
        rank_unfiltered=np.array([place for place, _, _ in found], np.int64),
        rank_baseline=np.empty(0, np.int64),
        winner=None,
        gap=np.empty(0),
        left=length_left(plus, minus, averaged=False),
        mean=float(everybody.mean(dtype=np.float64)),
        spread=float(everybody.std(dtype=np.float64)),
        n_artists=crowd.n_artists,
        near_most=_near_most(crowd, plus, minus, [(artist, value) for _, artist, value in found]),
    )


def _near_most(crowd: Crowd, plus: Sequence[Term], minus: Sequence[Term], found: Found) -> np.ndarray:
    """Which answers are near most added terms, each by itself; see `answers.Ranking`."""
    if len(plus) < 2 or minus or not found:
        return np.ones(len(found), dtype=bool)
    vectors = np.array([artist.vector for artist, _ in found])
    share = how_many_are_near_one(crowd.n_artists, len(found)) / max(crowd.n_artists, 1)
    within = min(math.ceil(share * len(crowd.vectors)), len(crowd.vectors))
    times = np.zeros(len(found), dtype=np.int64)
    for term in plus:
        cosine = crowd.vectors @ term.vector
        times += (
            vectors @ term.vector >= np.partition(cosine, len(cosine) - within)[len(cosine) - within] - SAME
        )
    return 2 * times > len(plus)
