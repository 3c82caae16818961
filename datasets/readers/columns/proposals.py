"""Which columns without a usual name might hold the artist, the genres and the text, told by what stands in them.

A column is never proposed for what its values cannot be: neither days nor numbers, addresses or answers are a text or
an artist. Names are quoted for a shell.

Public names: :data:`Values`, :func:`candidates`, :func:`columns_example`, :func:`texts_of`, :func:`are_names`,
:func:`are_addresses`, :func:`are_genres`, :func:`artist_among`, :func:`length`, :func:`listed_names`,
:func:`is_nameable`, :func:`pair_of`.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LOOKED_AT = 50  # values of a column
LONG = 80  # letters of a text, on average
FEWEST = 10  # values that tell whether they repeat
_SHARE_AGAIN, _SHARE_OWN = 0.8, 0.9  # different values of a column: names that come again, titles
_FEWEST_ARTISTS = 3  # different ones; fewer are kinds
_SHORT = 40  # characters of a genre, at most
_SHOWN = 12  # columns that a message lists
_LONGEST = 40  # characters of a name that a message shows
_NAMEABLE = re.compile(r"[^\x00-\x1f]{1,100}")  # fits --columns
_PLAIN = re.compile(r'(?:[^,="]|(?<=[^,="]),(?= [^,="]))+')  # needs no quotation marks there
_LETTERS = re.compile(r"[^\W\d_]")
_DATE = re.compile(
    r"\d{4}\s*年(?:\s*\d{1,2}\s*月)?(?:\s*\d{1,2}\s*日)?|\d+\s*[点枚位]|"
    r"\d{1,2}\.?[ -][^\W\d_]{3,9}\.?[ -]\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}|"
    r"\d[\d/.:T -]*(?:Z|[AP]\.?M\.?\b)?(?:\s*(?:UTC|GMT|MESZ|MEZ|CES?T|[ECMP][SD]T)\b(?:[+-]\d[\d:]*)?)?"
)
_ADDRESS = re.compile(r"\s*(?:(?:https?://|www\.)\S+|\S+@\S+\.\w+)\s*", re.IGNORECASE)
_OF_ARTIST = re.compile(r"\b(?:artist|band|musician|künstler|interpret|artiste|artista)", re.IGNORECASE)
_OF_ALBUM = re.compile(r"\b(?:album|title|titel|titre|record|disco)", re.IGNORECASE)
_OF_GENRE = re.compile(r"\b(?:genre|style|género|genere|musikrichtung)", re.IGNORECASE)
_GENRE = re.compile(
    r"\b(?:rock|pop|folk|jazz|blues|soul|funk|metal|punk|rap|hip[- ]?hop|r&b|electronic|electronica|techno|house|"
    r"ambient|dance|disco|country|classical|experimental|indie|alternative|drone|noise|reggae|dub|shoegaze|hardcore)\b",
    re.IGNORECASE,
)
_ANSWERS = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "y",
        "n",
        "x",
        "post",
        "page",
        "default",
        "draft",
        "published",
        "publish",
        "pending",
        "private",
    ]
)
_WIDE = "\u2e80"  # letters of East Asia say more than one of the alphabet
Values = Callable[[int], Sequence[Any]]
"""Gives the first values of the column at a place."""


def texts_of(values: Sequence[Any]) -> list[str]:
    """Return the texts among the first values, trimmed."""
    return [value.strip() for value in values[:LOOKED_AT] if isinstance(value, str) and value.strip()]


def are_names(cells: Sequence[str]) -> bool:
    """Return whether values have letters, not only in a date, and are neither addresses nor answers."""
    names = (
        cell
        for cell in cells
        if _LETTERS.search(_DATE.sub("", cell))
        and not _ADDRESS.fullmatch(cell)
        and cell.casefold() not in _ANSWERS
    )
    return sum(1 for _ in names) > 0.5 * len(cells)


def are_addresses(cells: Sequence[str]) -> bool:
    """Return whether most values are addresses of pages."""
    return sum(bool(_ADDRESS.fullmatch(cell)) for cell in cells) > 0.5 * len(cells)


def are_genres(values: Sequence[str]) -> bool:
    """Return whether values come again and most have a word for a genre."""
    different = {value.casefold() for value in values}
    n_genres = sum(bool(_GENRE.search(value)) for value in different)
    return len(different) <= 0.5 * len(values) and n_genres >= 0.5 * len(different)


def length(cells: Sequence[str]) -> float:
    """Return the mean length in letters of the alphabet; one of East Asia stands for two."""
    return sum(len(cell) + sum(char >= _WIDE for char in cell) for cell in cells) / max(len(cells), 1)


def candidates(
    texts: Mapping[int, list[str]], places: Mapping[str, int], names: Mapping[int, str]
) -> dict[str, int]:
    """Return the column that may hold artist, genres and text, of those that are missing.

    Parameters
    ----------
    texts : mapping of int to list of str
        First values of the columns no use was found for, by place.
    places : mapping of str to int
        What was found.
    names : mapping of int to str
        What the columns are called.
    """
    found: dict[str, int] = {}
    lengths = {place: length(cells) for place, cells in texts.items() if cells and are_names(cells)}
    longest = max(lengths, key=lambda place: lengths[place], default=-1)
    is_long = lengths.get(longest, 0) >= LONG
    free = [place for place in lengths if not (is_long and place == longest) and not _is_one(texts[place])]
    if "artist" not in places and free:
        found["artist"] = _artist_of({place: texts[place] for place in free}, names)
    kinds = [place for place in free if _repeats(texts[place]) and place != found.get("artist")]
    called = [place for place in free if _OF_GENRE.search(names[place]) and place != found.get("artist")]
    if "genres" not in places and (called or kinds):
        found["genres"] = [*called, *kinds][0]
    if "text" not in places and is_long:
        found["text"] = longest
    return found


def _artist_of(cells: Mapping[int, list[str]], names: Mapping[int, str]) -> int:
    """Return the column of artists: by its name, by what comes again, or the first that is no kind."""
    called = next((at for at in cells if _speaks_of_artists(names[at])), None)
    again = artist_among(cells)
    free = [at for at in cells if not _repeats(cells[at])]
    return called if called is not None else again if again is not None else next(iter([*free, *cells]))


def _speaks_of_artists(name: str) -> bool:
    """Return whether a column is called by artists before albums: "Which artist or band is the album by?"."""
    artist, album = _OF_ARTIST.search(name), _OF_ALBUM.search(name)
    return artist is not None and (album is None or artist.start() < album.start())


def artist_among(cells: Mapping[int, Sequence[str]]) -> int | None:
    """Return the column of names that is the artist where another has a name of its own in each row, or None.

    That other column has the titles; of those whose names come again genres, labels and authors are fewer than artists.
    """
    n_different = {at: len(set(values)) for at, values in cells.items()}
    many = [at for at, values in cells.items() if len(values) >= FEWEST]
    again = [
        at
        for at in many
        if _FEWEST_ARTISTS <= n_different[at] <= _SHARE_AGAIN * len(cells[at]) and not are_genres(cells[at])
    ]
    has_titles = any(n_different[at] > _SHARE_OWN * len(cells[at]) for at in many)
    return max(again, key=lambda at: (n_different[at], -at), default=None) if has_titles else None


def _is_one(cells: Sequence[str]) -> bool:
    """Return whether all of many short values are the same, such as "publish"."""
    return len(cells) >= FEWEST and len(set(cells)) == 1 and length(cells) < _SHORT


def _repeats(cells: Sequence[str]) -> bool:
    """Return whether values are few short words again and again, as genres are."""
    is_words = all(len(cell) <= _SHORT and not any(map(str.isdigit, cell)) for cell in cells)
    return len(cells) >= FEWEST and is_words and 1 < len(set(cells)) <= len(cells) // 2


def columns_example(names: Sequence[str], *, values: Sequence[Sequence[Any]] | None = None) -> str:
    """Return what could stand behind ``--columns``, quoted for a shell.

    Parameters
    ----------
    names : sequence of str
        Columns no use was found for.
    values : sequence of sequence, optional
        The first values of each; without them the first is taken for the artist, the last for the text.
    """
    usable = [at for at, name in enumerate(map(str, names)) if is_nameable(name) and not name.isdigit()]
    cells = {at: [] if values is None else texts_of(values[at]) for at in usable}
    if any(cells.values()):
        usable = [at for at in usable if cells[at] and are_names(cells[at]) and not _is_one(cells[at])]
    longest = max(usable, key=lambda at: (length(cells[at]), at), default=None)
    if len(usable) == 1 and 0 < length(cells[usable[0]]) < _SHORT:  # a name rather than a text
        longest = None
    others = {at: cells[at] for at in usable if at != longest}
    artist = _artist_of(others, dict(enumerate(map(str, names)))) if others else None
    is_title = (
        artist is not None and _OF_ALBUM.search(names[artist]) and not _speaks_of_artists(names[artist])
    )
    fields = (("title" if is_title else "artist", artist), ("text", longest))
    pairs = ["" if at is None else pair_of(field, names[at]) for field, at in fields]
    example = ",".join(filter(None, pairs)) or "artist=NAME,text=NAME"
    return shlex.quote(example) if "'" in example else f"'{example}'"


def is_nameable(name: str) -> bool:
    """Return whether a column can be given to ``--columns`` by its name."""
    return bool(_NAMEABLE.fullmatch(name))


def pair_of(field: str, name: str) -> str:
    """Return what ``--columns`` takes for a column: ``artist=Band``, ``artist="a=b"``."""
    if _PLAIN.fullmatch(name):
        return f"{field}={name}"
    return f'{field}="{name.replace(chr(34), chr(34) * 2)}"'


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def listed_names(names: Sequence[str]) -> str:
    """Return the first of ``names`` for a message."""
    shown = ", ".join(repr(_shortened(str(name))) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
