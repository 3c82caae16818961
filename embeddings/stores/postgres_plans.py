"""How a question for the nearest is answered in PostgreSQL: through an index of the vectors, and how far that is
followed, or exactly.

An index finds nearly all of the nearest by looking at some of the artists. A filter has it look at more, since it may
leave few of those it meets; exact search looks at those who pass only, but must find them. Which takes less is told by
the planner's estimates: how many pass, and how many the indexes of the columns put together for that.

The indexes are IVF, lists of near artists of which the nearest lists are looked through (of half-precision numbers), or
HNSW, a graph that is walked. Vectors lie by genre: who is asked for in a genre from elsewhere is far from all of it,
and among the lists of a large genre's own index found sooner than on a walk through the graph.

Public: `Way`, `Estimate`, `choose_way`, `estimate_of`, `rows_a_list`, `MOST_LISTS`.

References
----------
.. [1] Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search, section on inverted files.
.. [2] Malkov, Yashunin (2018), Efficient and robust approximate nearest neighbor search using hierarchical navigable
       small world graphs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .interface import Filter
from .postgres_tables import About

MOST_INDEXED = 200  # answers; more are searched for exactly
SPARE = 10  # answers fetched beyond those asked for: an index counts in less precision
USUAL_EF = 100  # of ``ef_search``, which has every index look in proportion

ROWS_A_LIST, MOST_LISTS = 250, 1600
LOOKED, LOOKED_IN_GENRE = 15_000, 30_000  # artists that IVF looks at without further conditions

MOST_VISITED = 5000  # artists that HNSW may have to look at until enough pass a filter; else search is exact
FAR = 1000  # how far HNSW looks for those of a genre

# microseconds an artist, of 64 numbers, measured at 300,000 artists in turn on one core
_LOOK_US, _FETCH_US, _EXACT_US, _GATHER_US, _EXACT_START_US = 0.2, 2.0, 0.5, 0.07, 3000.0

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
    """

    by_index: bool
    settings: Mapping[str, str] = field(default_factory=dict)


EXACTLY = Way(by_index=False, settings=_FREE)


@dataclass(frozen=True)
class Estimate:
    """What the planner says of a filter.

    Parameters
    ----------
    passing : int
        Artists that pass.
    gathered : int
        Entries that indexes of columns put together to find them.
    """

    passing: int
    gathered: int


def estimate_of(plan: Mapping[str, Any]) -> Estimate:
    """Read the plan of ``EXPLAIN (FORMAT json)``."""
    nodes, gathered = [plan], 0
    for node in nodes:
        nodes += node.get("Plans", ())
        if node["Node Type"] == "Bitmap Index Scan":
            gathered += int(node["Plan Rows"])
    return Estimate(int(plan["Plan Rows"]), gathered)


def rows_a_list(n: int) -> float:
    """Return how many artists a list of an index of so many has."""
    return max(ROWS_A_LIST, n / MOST_LISTS)


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
    if about.index_kind == "exact" or k > MOST_INDEXED:
        return EXACTLY
    genre = None if only is None else only.genre
    if genre is not None and genre not in about.indexed:
        return EXACTLY  # such genres are small
    searched = max(about.artists if genre is None else about.indexed[genre], 1)
    passing = searched if estimate is None else min(max(estimate.passing, 1), searched)
    met = (k + SPARE) * searched / passing  # artists an index meets until enough pass
    if about.index_kind == "hnsw":
        ef = ef_search if genre is None else FAR
        is_near = only is None or met <= MOST_VISITED
        return Way(by_index=True, settings={"hnsw.ef_search": str(ef), **_FORCED}) if is_near else EXACTLY
    base = (LOOKED if genre is None else LOOKED_IN_GENRE) * ef_search / USUAL_EF
    looked = min(base * math.sqrt(searched / passing), searched)
    if estimate is not None:
        exact_us = _EXACT_START_US + _EXACT_US * estimate.passing + _GATHER_US * estimate.gathered
        if exact_us <= _LOOK_US * looked + _FETCH_US * met:
            return EXACTLY
    lists = math.ceil(looked / rows_a_list(searched))
    return Way(by_index=True, settings={"ivfflat.probes": str(max(lists, 1)), **_FORCED})
