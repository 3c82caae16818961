"""Districts of a map: small parts of its regions, each with what its artists share and those around do not.

Captions of regions are read from afar; these are read closer in, and say how a region is ordered: "+ experimental",
"2005–2009, score 7.9". Row i of every argument is artist i. Public name: :func:`find_districts`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .artist_topics import ArtistTopics
from .payload import MapTable
from .regions import RegionLabel

_PLACES_PER_DISTRICT = 70
_MOST = 400  # of more districts none could be told from another, and their captions would weigh
_LEAST = 12  # artists; of fewer any likeness is chance
_SAMPLE = 1_500  # places of a region that k-means looks at
_MOST_SAID = 2
_NARROW = 0.6  # a range is worth saying when it is at most this part of the genre's
_MOSTLY = 0.6  # of some artists: what so many have, they share
_SAID = ("+ {}", "on {}", "{}")  # of another genre, a record label, a topic
_MIDDLE = (15, 85)  # percentiles between which a range is measured


@dataclass(frozen=True)
class _Fact:
    """Something the artists of a district share, how surprising that is, and its place in a caption."""

    said: str
    surprise: float
    place: int


def find_districts(
    coordinates: NDArray[Any], region: NDArray[Any], table: MapTable, topics: ArtistTopics | None = None
) -> list[RegionLabel]:
    """Divide each region by k-means, and say of each part how it differs from others of its genre.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2)
    region : ndarray of shape (n,), int
        The region of each artist; negative for none.
    table : MapTable
    topics : ArtistTopics or None
        Their largest topics are among what artists may share.

    Returns
    -------
    list of RegionLabel
        With the root mean square distance of their artists from the middle. Only those of which there is something to
        say, at most two things. Genres and record labels are said where they are much more common than among others
        of the same main genre, topics where they are among all; years and scores where their range is narrow beside
        that of the genre.

    Notes
    -----
    Deterministic, at any number of threads. O(n) beside k-means on at most 1,500 places a region.
    """
    places = np.asarray(coordinates, np.float64)
    codes = np.asarray(region)
    facts = _Facts(table, topics)
    per_district = max(_PLACES_PER_DISTRICT, len(places) / _MOST)
    found = []
    with threadpool_limits(1):  # one thread: the same division everywhere
        for code in range(int(codes.max(initial=-1)) + 1):
            members = np.flatnonzero(codes == code)
            own_genre, shared = facts.main_genre(members), facts.shared_genres(members)
            for part in _divide(places, members, max(1, round(len(members) / per_district))):
                said = facts.tell(part, own_genre, shared) if len(part) >= _LEAST else ""
                if said:
                    found.append(_district(places[part], said))
    return found


def _middle(years: Sequence[int]) -> float:
    """Return the median; NaN of none. For a few numbers at a time twenty times as fast as numpy's."""
    ordered = sorted(years)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2 if ordered else np.nan


def _district(places: NDArray[np.float64], said: str) -> RegionLabel:
    x, y = np.median(places, axis=0).tolist()
    radius = float(np.sqrt(((places - [x, y]) ** 2).sum(axis=1).mean()))
    return RegionLabel(x, y, said, len(places), radius)


def _divide(places: NDArray[np.float64], members: NDArray[np.int64], n_parts: int) -> list[NDArray[np.int64]]:
    if n_parts < 2:
        return [members]
    from sklearn.cluster import KMeans

    sample = places[members[:: -(-len(members) // _SAMPLE)]]
    kmeans = KMeans(min(n_parts, len(np.unique(sample, axis=0))), n_init=1, random_state=0)  # pyright: ignore[reportArgumentType]
    labels = kmeans.fit(sample).predict(places[members])
    return [members[labels == label] for label in range(kmeans.n_clusters)]


class _Facts:
    """What is known of each artist, and how common it is among artists of each main genre."""

    def __init__(self, table: MapTable, topics: ArtistTopics | None) -> None:
        self.main = np.array([own[0] if own else "" for own in table.genres], dtype=object)
        self.others = [own[1:] for own in table.genres]
        self.labels = [sorted(set(own)) if len(own) > 1 else own for own in table.labels]
        self.topic = None if topics is None or not topics.names else topics.largest()
        self.topic_names = (
            [] if topics is None else [" · ".join(name.split(" · ")[:2]) for name in topics.names]
        )
        self.score = table.mean_score
        self.year = np.array([_middle(own) for own in table.years])
        self._of_genre: dict[str | None, _Elsewhere] = {}

    def main_genre(self, rows: NDArray[np.int64]) -> str | None:
        """Return the main genre of most of the artists; None where no half of them agrees."""
        genre, count = Counter(self.main[rows].tolist()).most_common(1)[0] if len(rows) else ("", 0)
        return str(genre) if genre and count >= len(rows) / 2 else None

    def shared_genres(self, rows: NDArray[np.int64]) -> set[str]:
        """Return the other genres that most artists of a region have: they set no part of it apart."""
        counts = Counter(one for row in rows for one in self.others[row])
        return {one for one, count in counts.items() if count >= _MOSTLY * len(rows)}

    def tell(self, rows: NDArray[np.int64], region_genre: str | None, shared: Collection[str]) -> str:
        """Return what sets artists apart from others of their genre, and of their region."""
        genre = self.main_genre(rows)
        elsewhere = self._elsewhere(genre)
        n = len(elsewhere.rows)
        others = [[one for one in self.others[row] if one not in shared] for row in rows]
        facts = [
            *_common(others, elsewhere.genres, n, least=_MOSTLY, lift=1.5, place=0),
            *_common([self.labels[row] for row in rows], elsewhere.labels, n, least=0.3, lift=3, place=1),
            *self._topics(rows, genre),
            *_range_fact(self.year[rows], elsewhere.years, _years_said, place=3),
            *_range_fact(self.score[rows], elsewhere.scores, _score_said, place=4),
        ]
        telling = sorted(facts, key=lambda fact: -fact.surprise)[:_MOST_SAID]
        said = [fact.said for fact in sorted(telling, key=lambda fact: fact.place)]
        if genre and genre != region_genre:  # it stands among others: its name comes first
            joined = bool(said) and said[0].startswith("+ ")
            said = [f"{genre} {said[0]}", *said[1:]] if joined else [genre, *said[:1]]
        return ", ".join(said)

    def _elsewhere(self, genre: str | None) -> "_Elsewhere":
        if genre not in self._of_genre:
            rows = np.arange(len(self.main)) if genre is None else np.flatnonzero(self.main == genre)
            self._of_genre[genre] = _Elsewhere(
                rows,
                Counter(one for row in rows for one in self.others[row]),
                Counter(one for row in rows for one in self.labels[row]),
                Counter() if self.topic is None else Counter(self.topic[rows].tolist()),
                _spread(self.year[rows]),
                _spread(self.score[rows]),
            )
        return self._of_genre[genre]

    def _topics(self, rows: NDArray[np.int64], genre: str | None) -> list[_Fact]:
        """Look among all artists: what the texts of a genre tell is worth saying, unless it is the genre's own name."""
        if self.topic is None:
            return []
        everybody = self._elsewhere(None)
        own = [[topic] if topic >= 0 else [] for topic in self.topic[rows].tolist()]
        found = _common(own, everybody.topics, len(everybody.rows), least=0.4, lift=2, place=2)
        said = [_Fact(self.topic_names[int(fact.said)], fact.surprise, 2) for fact in found]
        return [fact for fact in said if not genre or genre not in fact.said.split(" · ")]


@dataclass(frozen=True)
class _Elsewhere:
    """Artists of a main genre: how many have each other genre, label and topic; how wide their years and scores are."""

    rows: NDArray[np.int64]
    genres: "Counter[str]"
    labels: "Counter[str]"
    topics: "Counter[int]"
    years: float
    scores: float


def _common(
    own: Sequence[Iterable[Hashable]],
    everywhere: "Counter[Any]",
    n_everywhere: int,
    *,
    least: float,
    lift: float,
    place: int,
) -> list[_Fact]:
    """Return what some artists share most surprisingly; nothing where too few do, or nearly as many elsewhere."""
    n = len(own)
    found = []
    for one, count in Counter(one for each in own for one in each).items():
        rest = (max(everywhere[one] - count, 0) + 1) / (max(n_everywhere - n, 0) + 2)
        ratio = (count / n) / rest
        if count >= least * n and ratio >= lift:
            found.append(_Fact(_SAID[place].format(one), count / n * float(np.log(ratio)), place))
    return sorted(found, key=lambda fact: (-fact.surprise, fact.said))[:1]


def _range_fact(
    values: NDArray[np.float64], wide: float, say: Callable[[float, float], str], place: int
) -> list[_Fact]:
    """Return the middle range of a number, where it is narrow beside that of all others."""
    known = values[np.isfinite(values)]
    if wide <= 0 or len(known) < max(_LEAST, len(values) / 2):
        return []
    low, high = np.percentile(known, _MIDDLE).tolist()
    part = (high - low) / wide
    return [] if part > _NARROW else [_Fact(say(low, high), float(-np.log(max(part, 0.05))), place)]


def _spread(values: NDArray[np.float64]) -> float:
    """Return how far the middle range of a number reaches; 0 where it is hardly known."""
    known = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(known, _MIDDLE[::-1]))) if len(known) >= _LEAST else 0.0


def _years_said(low: float, high: float) -> str:
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}–{high:.0f}"


def _score_said(low: float, high: float) -> str:
    return f"score {(low + high) / 2:.1f}"
