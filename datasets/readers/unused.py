"""What is said of columns that no use was found for: which they are, and which might be the artist, genres or text.

Public names: :func:`unused_columns`, :func:`positions_example`.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .mapping import is_nameable, listed_names

_LOOKED_AT = 50  # values of a column
_LONG = 80  # characters of a text, on average
_SHORT = 40  # characters of a genre, at most
_FEWEST = 10  # values that tell whether they repeat
_LETTERS = re.compile(r"[^\W\d_]")
_DATE = re.compile(
    r"\d{1,2}\.?[ -][^\W\d_]{3,9}\.?[ -]\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}|\d[\d/.:T -]*Z?"
)
_WORDS = {"artist": "the artist", "genres": "the genres", "text": "the text"}
Values = Callable[[int], Sequence[Any]]


def unused_columns(
    names: Sequence[str], places: Mapping[str, int], values: Values | None = None
) -> list[str]:
    """Return a note that lists the columns no use was found for, or nothing.

    Parameters
    ----------
    names : sequence of str
        The source's columns; "" for one that is not spoken of.
    places : mapping of str to int
        As :func:`.map_columns` has it.
    values : callable, optional
        Gives the first values of the column at a place.
    """
    unused = [place for place, name in enumerate(names) if place not in places.values() and name]
    if not unused:
        return []
    note = f"columns not used: {listed_names([names[place] for place in unused])}"
    usable = [place for place in unused if is_nameable(names[place])]
    texts = {place: _texts(values(place)) if values else [] for place in usable}
    found = _candidates(texts, places)
    if not found:
        return [note]
    missing = [_WORDS[field] for field in found]
    listed = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    why = f" ({names[found['text']]!r} holds long texts)" if "text" in found else ""
    option = shlex.quote(",".join(f"{field}={names[place]}" for field, place in found.items()))
    others = [
        f"{field}=" for field in ("genres", "score", "labels", "years") if field not in {*found, *places}
    ]
    likewise = f" (likewise {', '.join(others)})" if others else ""
    return [f"{note}; none was taken for {listed}{why}: if one is, add --columns {option}{likewise}"]


def positions_example(rows: Sequence[Sequence[str]]) -> str:
    """Return what could stand behind ``--columns`` for rows without header.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows. Names that come again and again are artists, the next column of names titles, long texts texts;
        where nothing comes again, positions are only examples of how they are written.
    """
    width = len(rows[0])
    cells = {place: _texts([row[place] for row in rows if len(row) == width]) for place in range(width)}
    texts = {place: sum(map(len, found)) / len(found) for place, found in cells.items() if found}
    text = next((place for place, mean in texts.items() if mean == max(texts.values()) >= _LONG), None)
    names = [place for place in cells if place != text and _are_names(cells[place])]
    artist = next((place for place in names if len(set(cells[place])) < len(cells[place])), None)
    if artist is None or len(cells[artist]) < _FEWEST:
        return "title=0,text=1"
    title = next((place for place in names if place > artist), None)
    found = {"artist": artist, "title": title, "text": text}
    return ",".join(f"{field}={place}" for field, place in found.items() if place is not None)


def _are_names(cells: Sequence[str]) -> bool:
    """Return whether values have letters, not only in a date."""
    return sum(bool(_LETTERS.search(_DATE.sub("", cell))) for cell in cells) > 0.5 * len(cells)


def _texts(values: Sequence[Any]) -> list[str]:
    return [value.strip() for value in values[:_LOOKED_AT] if isinstance(value, str) and value.strip()]


def _candidates(texts: Mapping[int, list[str]], places: Mapping[str, int]) -> dict[str, int]:
    """Return the unused column that may hold artist, genres and text, of those that are missing."""
    found: dict[str, int] = {}
    lengths = {place: sum(map(len, cells)) / len(cells) for place, cells in texts.items() if cells}
    longest = max(lengths, key=lambda place: lengths[place], default=-1)
    is_long = lengths.get(longest, 0) >= _LONG
    free = [place for place in texts if not (is_long and place == longest)]
    if "artist" not in places and free:
        names = [place for place in free if any(not _is_number(cell) for cell in texts[place])]
        found["artist"] = (names or free)[0]
    kinds = [place for place in free if place != found.get("artist") and _repeats(texts[place])]
    if "genres" not in places and kinds:
        found["genres"] = kinds[0]
    if "text" not in places and is_long:
        found["text"] = longest
    return found


def _repeats(cells: Sequence[str]) -> bool:
    """Return whether values are few short words again and again, as genres are."""
    is_words = all(len(cell) <= _SHORT and not any(map(str.isdigit, cell)) for cell in cells)
    return len(cells) >= _FEWEST and is_words and 1 < len(set(cells)) <= len(cells) // 2


def _is_number(cell: str) -> bool:
    return not any(map(str.isalpha, cell))
