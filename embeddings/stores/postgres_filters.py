"""A filter as conditions of SQL, in words that may use the indexes of the columns, or in words that cannot.

Values are always parameters.

An index of arrays merges the lists of all years that one condition names, each entry compared with every year; years
named one by one, each in a condition of its own, are put together in a bitmap, in a third to a half of the time.

Public: `conditions`, `each_alone`, `EVERY_INDEX`.
"""

from __future__ import annotations

from typing import Any

from .interface import Filter
from .name_keys import has_surrogates

EVERY_INDEX = ("genre", "score", "years")
MOST_YEARS = 2000  # longer spans are compared year by year, without the index
MOST_YEARS_APART = 100  # longer spans are one condition: the server plans each condition
_FIRST, _LAST = -(2**31), 2**31 - 1


def conditions(only: Filter | None, *, indexes: tuple[str, ...]) -> tuple[str, list[Any]]:
    """Return the conditions that the artist ``a`` must meet to be an answer, and their values.

    Parameters
    ----------
    only : Filter or None
    indexes : tuple of {"genre", "score", "years"}
        Columns whose indexes may be used. Where an index of vectors is to be followed, those of the others must not.
    """
    parts, values = ["a.vector IS NOT NULL"], []
    if only is not None and only.genre is not None:
        if "\x00" in only.genre or has_surrogates(only.genre):
            parts.append("false")  # no text of PostgreSQL has these
        else:
            parts.append("a.genres @> ARRAY[%s::text]" if "genre" in indexes else "%s::text = ANY(a.genres)")
            values.append(only.genre)
    if only is not None and only.score is not None:
        column = "a.mean_score" if "score" in indexes else "(a.mean_score + 0)"
        parts.append(f"{column} BETWEEN %s AND %s")
        values += [float(only.score[0]), float(only.score[1])]
    if only is not None and only.years is not None:
        first, last = max(int(only.years[0]), _FIRST), min(int(only.years[1]), _LAST)
        if "years" in indexes and last - first < MOST_YEARS:
            years = list(range(first, last + 1))
            if 0 < len(years) <= MOST_YEARS_APART:
                parts.append("(" + " OR ".join(["a.years @> ARRAY[%s::int4]"] * len(years)) + ")")
                values += years
            else:
                parts.append("a.years && %s::int4[]")
                values.append(years)
        else:
            parts.append(
                "%s <= ANY(a.years) AND %s >= ANY(a.years) AND "  # these two take a tenth of the time, and are first
                "EXISTS (SELECT 1 FROM unnest(a.years) AS y WHERE y BETWEEN %s AND %s)"
            )
            values += [first, last, first, last]
    return " AND ".join(parts), values


def each_alone(only: Filter) -> dict[str, Filter]:
    """Return the filter's conditions as filters of their own, by the name of their index."""
    alone = {
        "genre": Filter(genre=only.genre),
        "score": Filter(score=only.score),
        "years": Filter(years=only.years),
    }
    return {name: one for name, one in alone.items() if one != Filter()}
