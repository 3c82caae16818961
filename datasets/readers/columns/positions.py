"""What the columns of a table without header may hold, told by their values alone.

Dates, addresses, years and scores are told by their form, long texts by their length, genres by their words. Of the
other columns of names the title is one that hardly comes again and the artist one that does
(:func:`.proposals.artist_among`), or else the artist the one that comes again most, and the title one whose values have
a single artist each.

Public names: :func:`proposed_positions`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from ...dates import parse_dates
from .proposals import FEWEST, LONG, are_addresses, are_genres, are_names, artist_among, length, texts_of

_NEARLY_ALL = 0.9  # of the values of a column
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_SCORE = re.compile(r"(?:\d|10|\d[.,]\d+|10[.,]0+)(?:\s*/\s*10)?|[★☆½]+|[0-5](?:[.,]\d)?\s*/\s*5|\d{1,3}\s*%")
_YEAR = re.compile(r"(?:19[2-9]|20[0-4])\d")
Cells = Mapping[int, list[str]]


def proposed_positions(rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Return what could stand behind ``--columns`` for rows without header, and what is not sure about it.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows.

    Returns
    -------
    columns : str
        Only columns whose values can be what they are proposed for: ``artist=0,title=1,pub_date=3``.
    doubt : str
        How the artist was told, or that nothing tells, where there are several columns of names; else "".
    """
    width = len(rows[0])
    cells = {place: texts_of([row[place] for row in rows if len(row) == width]) for place in range(width)}
    cells = {place: values for place, values in cells.items() if values}
    found = _told_by_form(cells)
    named = {at: values for at, values in cells.items() if at not in found.values() and are_names(values)}
    names, doubt = _named(named, [row for row in rows if len(row) == width])
    found = {**names, **found}
    order = ("artist", "title", "text", "genres", "score", "years", "pub_date", "url")
    pairs = [f"{field}={found[field]}" for field in order if field in found]
    return ",".join(pairs) or "title=POSITION,text=POSITION", doubt


def _told_by_form(cells: Cells) -> dict[str, int]:
    """Return the columns of dates, addresses, years, scores and long texts; of several of a kind the first."""
    found: dict[str, int] = {}
    for place, values in cells.items():
        for field in _forms(values):
            found.setdefault(field, place)
    lengths = {place: length(values) for place, values in cells.items() if are_names(values)}
    longest = max(lengths, key=lambda place: lengths[place], default=None)
    if longest is not None and lengths[longest] >= LONG and longest not in found.values():
        found["text"] = longest
    return found


def _forms(values: Sequence[str]) -> Iterator[str]:
    if are_addresses(values):
        yield "url"
    elif _are(_YEAR, values):
        yield "years"
    elif len(values) >= FEWEST and _are(_SCORE, values) and not _counts(values):
        yield "score"
    elif not _are(_NUMBER, values):
        days = parse_dates(pa.array(values, pa.string()))
        if len(days) - days.null_count >= _NEARLY_ALL * len(values):
            yield "pub_date"


def _are(form: re.Pattern[str], values: Sequence[str]) -> bool:
    return sum(bool(form.fullmatch(value)) for value in values) >= _NEARLY_ALL * len(values)


def _counts(values: Sequence[str]) -> bool:
    """Return whether values only go up, as the numbers of rows do."""
    numbers = [float(found[0].replace(",", ".")) for value in values if (found := _NUMBER.match(value))]
    return len(set(numbers)) == len(numbers) > 2 and numbers == sorted(numbers)


def _named(cells: Cells, rows: Sequence[Sequence[str]]) -> tuple[dict[str, int], str]:
    """Return the columns of the artist, the title and the genres among those of names, and what is not sure."""
    found: dict[str, int] = {}
    genres = next((at for at, values in cells.items() if are_genres(values)), None)
    if genres is not None:
        found["genres"] = genres
    free = [at for at in cells if at != genres]
    again = {at: len(cells[at]) - len(set(cells[at])) for at in free}
    most = max(again.values(), default=0)
    if not most or len(rows) < FEWEST:
        found |= dict(zip(("artist", "title") if len(free) > 1 else ("title",), free, strict=False))
        return found, _doubt(free, "nothing tells which of columns {} is the artist")
    if (artist := artist_among({at: cells[at] for at in free})) is not None:
        title = next(at for at in free if len(set(cells[at])) > _NEARLY_ALL * len(cells[at]))
        found |= {"artist": artist, "title": title}
        return found, _doubt(free, "of the names in columns {} those in column " + f"{artist} come again")
    tell = {at: sum(_tells(rows, other, at) for other in free if other != at) for at in free}
    artist = max(free, key=lambda at: (again[at] > 0 and tell[at] > 0, again[at], -at))
    found["artist"] = artist
    others = [at for at in free if at != artist]
    if titles := [at for at in others if _tells(rows, at, artist)] or others:
        found["title"] = max(titles, key=lambda at: (again[at], -at))
    return found, _doubt(
        sorted(free), "of the names in columns {} those in column " + f"{artist} come again most"
    )


def _doubt(places: Sequence[int], words: str) -> str:
    *first, last = map(str, places) if places else [""]
    return words.format(f"{', '.join(first)} and {last}") if first else ""


def _tells(rows: Sequence[Sequence[str]], title: int, artist: int) -> bool:
    """Return whether a value of one column has, nearly always, one value of another beside it, but not the reverse."""
    return _n_single(rows, title, artist) >= _NEARLY_ALL > _n_single(rows, artist, title)


def _n_single(rows: Sequence[Sequence[str]], one: int, other: int) -> float:
    """Return which share of the values of one column have a single value of another beside them."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        beside[row[one].strip()].add(row[other].strip())
    return sum(len(values) == 1 for values in beside.values()) / max(len(beside), 1)
