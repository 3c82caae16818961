"""What a store can be asked for: its genres and the span of its scores and years; and filters that nobody can pass.

Public: `Offered`, `meant`, `genre_meant`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...core.errors import ParameterError, UnknownNameError
from ...core.names import NameIndex
from ..terms import short
from .interface import Filter

_SHOWN = 12  # genres listed where none resembles the one asked for


@dataclass(frozen=True)
class Offered:
    """What the artists of a store have.

    Parameters
    ----------
    genres : mapping of str to int
        Number of artists of each.
    scores : (float, float) or None
        Lowest and highest mean score; None where nobody has one.
    years : (int, int) or None
        First and last year.
    """

    genres: Mapping[str, int]
    scores: tuple[float, float] | None
    years: tuple[int, int] | None


def meant(only: Filter, offered: Offered) -> Filter:
    """Return the filter with the genre spelled as it is stored.

    Parameters
    ----------
    only : Filter
    offered : Offered

    Raises
    ------
    ParameterError
        If no artist has the genre, or a score or year within the range; the message says what there is.
    """
    ranges = (("mean score", only.score, offered.scores), ("year", only.years, offered.years))
    for kind, asked, there in ranges:
        if asked is not None and (there is None or asked[1] < there[0] or asked[0] > there[1]):
            has = "no artist has any" if there is None else f"they go from {there[0]:.4g} to {there[1]:.4g}"
            raise ParameterError(f"no artist has a {kind} from {asked[0]:g} to {asked[1]:g}; {has}")
    return only if only.genre is None else replace(only, genre=genre_meant(only.genre, offered.genres))


def genre_meant(asked: str, genres: Mapping[str, int]) -> str:
    """Return the genre that is meant, by case, accents and punctuation as artists' names are.

    Parameters
    ----------
    asked : str
    genres : mapping of str to int
        Number of artists of each.

    Raises
    ------
    ParameterError
        If there is none, or several are meant; the message lists those that resemble it, or the most frequent.
    """
    if asked in genres:
        return asked
    names = sorted(genres, key=lambda genre: (-genres[genre], genre))
    try:
        return NameIndex(names, names, [genres[genre] for genre in names]).resolve(asked)
    except UnknownNameError as error:
        near = f"did you mean {', '.join(error.candidates)}?" if error.candidates else _there_are(names)
        raise ParameterError(f"no artist has the genre {short(asked)!r}; {near}") from error


def _there_are(names: list[str]) -> str:
    if not names:
        return "no genres are known here"
    listed = ", ".join(short(name) for name in names[:_SHOWN])
    return f"there are {listed}" + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
