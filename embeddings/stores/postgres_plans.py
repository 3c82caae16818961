"""How a question for the nearest is answered in PostgreSQL: through an index of the vectors, and how far that is
followed, or exactly.

An index finds nearly all of the nearest by looking at some of the artists. A filter has it look at more, since it may
leave few of those it meets; exact search looks at those who pass only, but must find them: by the indexes of some of
the filter's columns, whose entries are put together in a bitmap, the other conditions being checked on the artists so
found. A narrow condition is better without the index of a wide one. Large genres have an index of their scores, and
artists are stored by their genres and scores, so that those of a genre and a span of scores lie beside each other.
Which way takes least follows from the planner's estimates of how many pass each condition, and all.

The indexes are IVF, lists of near artists of which the nearest lists are looked through (of half-precision numbers), or
HNSW, a graph that is walked. Vectors lie by genre: who is asked for in a genre from elsewhere is far from all of it,
and among the lists of a large genre's own index found sooner than on a walk through the graph.

Public: `Way`, `Estimate`, `choose_way`, `exact_way`, `estimate_of`, `rows_a_list`, `MOST_LISTS`.

References
----------
.. [1] Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search, section on inverted files.
.. [2] Malkov, Yashunin (2018), Efficient and robust approximate nearest neighbor search using hierarchical navigable
       small world graphs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from .interface import Filter
from .postgres_filters import EVERY_INDEX
from .postgres_tables import About

MOST_INDEXED = 200  # answers; more are searched for exactly
SPARE = 10  # answers fetched beyond those asked for: an index counts in less precision
USUAL_EF = 100  # of ``ef_search``, which has every index look in proportion

ROWS_A_LIST, MOST_LISTS = 250, 1600
LOOKED, LOOKED_IN_GENRE = 15_000, 30_000  # artists that IVF looks at without further conditions

MOST_VISITED = 5000  # artists that HNSW may have to look at until enough pass a filter; else search is exact
FAR = 1000  # how far HNSW looks for those of a genre

# microseconds of the server's processor an artist of 64 numbers, measured at 1,000,000 artists
_LOOK_US, _FETCH_US = 0.25, 2.0  # lists: looked at, and met on the way to enough who pass
_GATHER_US = {"genre": 0.05, "score": 0.05, "years": 0.08}  # an entry of the column's index
# found by these indexes, fetched, checked, compared: those of one genre and near scores lie beside each other
_BESIDE_US, _SCATTERED_US, _EXACT_START_US = 0.5, 0.8, 500.0

_FORCED = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}  # the planner prices indexes of vectors too high
_FREE = {"enable_seqscan": "on", "enable_bitmapscan": "on"}


@dataclass(frozen=True)
class Way:
    """How a question is answered.

    Parameters
    ----------
    by_index : bool
        Through an index of the vectors; exactly otherwise.
    settings : mapping of str to str
        What the session must be set to.
    columns : tuple of {"genre", "score", "years"}
        Whose indexes may be used for the filter.
    """

    by_index: bool
    settings: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = EVERY_INDEX


EXACTLY = Way(by_index=False, settings=_FREE)


@dataclass(frozen=True)
class Estimate:
    """What the planner says of a filter.

    Parameters
    ----------
    passing : int
        Artists that pass.
    alone : mapping of {"genre", "score", "years"} to int
        Artists that pass each of its conditions, the others left out.
    """

    passing: int
    alone: Mapping[str, int]


def estimate_of(plan: Mapping[str, Any], columns: Sequence[str]) -> Estimate:
    """Read the plan of ``SELECT (SELECT ... LIMIT 1), (SELECT ... LIMIT 1), ...``, a JSON of ``EXPLAIN``.

    The first inner question asks for who passes the filter, the others for who passes its condition on each column.
    """
    passing, *alone = (int(limit["Plans"][0]["Plan Rows"]) for limit in plan["Plans"])
    return Estimate(passing, dict(zip(columns, alone, strict=True)))


def rows_a_list(n: int) -> float:
    """Return how many artists a list of an index of so many has."""
    return max(ROWS_A_LIST, n / MOST_LISTS)


def exact_way(about: About, only: Filter | None, estimate: Estimate | None) -> Way:
    """Choose the indexes of columns by which exact search finds who passes a filter."""
    if only is None or estimate is None or not estimate.alone:
        return EXACTLY
    return _cheapest_exactly(about, only, estimate)[1]


def _cheapest_exactly(about: About, only: Filter, estimate: Estimate) -> tuple[float, Way]:
    """Microseconds, and the way."""
    n, ways = max(about.artists, 1), []
    alone = {column: float(some) for column, some in estimate.alone.items()}
    if (
        only.genre in about.indexed and only.score is not None
    ):  # the index of the genre's scores answers for both
        alone["score"] *= min(alone.pop("genre") / n, 1.0)
    for size in range(len(alone), 0, -1):
        for columns in combinations(alone, size):
            found = float(estimate.passing)
            if size < len(alone):
                found = n * math.prod(min(alone[column] / n, 1.0) for column in columns)
            gathered_us = sum(_GATHER_US[column] * alone[column] for column in columns)
            found_us = _SCATTERED_US if "years" in columns else _BESIDE_US
            ways.append((_EXACT_START_US + gathered_us + found_us * found, columns))
    us, columns = min(ways, key=lambda way: way[0])
    return us, Way(by_index=False, settings=_FREE, columns=columns)


def choose_way(about: About, only: Filter | None, estimate: Estimate | None, k: int, ef_search: int) -> Way:
    """Choose how to answer a question.

    Parameters
    ----------
    about : About
    only : Filter or None
    estimate : Estimate or None
        Of the filter, if there is one.
    k : int
        Answers wanted.
    ef_search : int
        How far indexes look, 100 being usual.
    """
    genre = None if only is None else only.genre
    is_small = genre is not None and genre not in about.indexed
    if about.index_kind == "exact" or k > MOST_INDEXED or is_small:
        return exact_way(about, only, estimate)
    searched = max(about.artists if genre is None else about.indexed[genre], 1)
    passing = searched if estimate is None else min(max(estimate.passing, 1), searched)
    met = (k + SPARE) * searched / passing  # artists an index meets until enough pass
    if about.index_kind == "hnsw":
        ef = ef_search if genre is None else FAR
        is_near = only is None or met <= MOST_VISITED
        if not is_near:
            return exact_way(about, only, estimate)
        return Way(by_index=True, settings={"hnsw.ef_search": str(ef), **_FORCED}, columns=("genre",))
    base = (LOOKED if genre is None else LOOKED_IN_GENRE) * ef_search / USUAL_EF
    looked = min(base * math.sqrt(searched / passing), searched)
    if only is not None and estimate is not None:
        exact_us, exactly = _cheapest_exactly(about, only, estimate)
        if exact_us <= _LOOK_US * looked + _FETCH_US * met:
            return exactly
    lists = math.ceil(looked / rows_a_list(searched))
    probes = {"ivfflat.probes": str(max(lists, 1))}
    return Way(by_index=True, settings={**probes, **_FORCED}, columns=("genre",))
