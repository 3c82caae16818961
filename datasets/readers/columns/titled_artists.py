"""Artists that stand in front of the title, as blogs write it: "Low – Hey What".

Where a source has no column of artists and nearly all of its titles have a dash (or a colon) between two names, and
names in front of it come again, these are the artists. Where only some texts of a folder name an artist, the titles of
the others are looked at likewise, dash or colon; an artist that others name counts as one that comes again.

The user may have one column split, ``artist=post_title,title=post_title``; where many titles have a dash and nothing
else tells, a note says so.

Public names: :func:`artists_from_titles`, :func:`split_where_one_column`.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa

from ...cells import plain_name
from ..raw import FIRST_LINE, RawTable, as_column
from .proposals import pair_of

_FEWEST = 10  # titles that tell
_FEWEST_PROPOSED = 3  # with a dash
_SHARE = 0.9  # of the titles that must have the sign
_SHARE_AGAIN = 0.2  # of the titles whose name in front comes again
_LONGEST = 60  # characters of a name in front, in most titles
_SIGNS = {
    "a dash": re.compile(r"\s*(.+?)\s+[-–—―]+\s+(.+?)\s*", re.DOTALL),
    "a colon": re.compile(r"\s*([^:]+?)\s*:\s+(.+?)\s*", re.DOTALL),
}
_EITHER_SIGN = re.compile(r"\s*([^:]+?)(?:\s+[-–—―]+|\s*:)\s+(.+?)\s*", re.DOTALL)


def artists_from_titles(raw: RawTable) -> RawTable:
    """Return a table with the artists that its titles name, if they do; else the same.

    Parameters
    ----------
    raw : RawTable
    """
    if "title" not in raw.columns or not pa.types.is_string(raw.columns["title"].type):
        return raw
    if "artist" in raw.columns:
        return _fill_gaps(raw) if raw.format == "texts" else raw
    stored = raw.columns["title"].to_pylist()
    titles = [
        plain_name(title) if title and "&" in title else title for title in stored
    ]  # "Low &#8211; Hey What"
    filled = [title for title in titles if title and title.strip()]
    for what, sign in _SIGNS.items():
        if _tells(filled, sign):
            return _split(raw, titles, what, sign)
    return _with_proposal(raw, filled)


def _with_proposal(raw: RawTable, titles: list[str]) -> RawTable:
    """Say what splits titles most of which have a dash, where nothing tells whether an artist is in front."""
    dashed = [title for title in titles if _SIGNS["a dash"].fullmatch(title)]
    name = raw.mapping["title"]
    if len(dashed) < _FEWEST_PROPOSED or 2 * len(dashed) < len(titles) or name == FIRST_LINE:
        return raw
    pairs = shlex.quote(",".join(pair_of(field, name) for field in ("artist", "title")))
    note = f"if titles such as {dashed[0]!r} have the artist in front, add --columns {pairs}"
    return replace(raw, notes=[note, *raw.notes])


def split_where_one_column(raw: RawTable) -> RawTable:
    """Return a table whose artist and title are one column, as the user said, with what stands on each side of a sign.

    Parameters
    ----------
    raw : RawTable
        "Low – Hey What" is split at a dash with blanks around it, else at a colon; a title without both stays whole,
        without artist. Names of files are split by :mod:`file_names`.
    """
    if raw.format == "texts" and raw.mapping["title"] in ("filename", "folder"):
        return raw
    values = raw.columns["title"].to_pylist()
    pairs = [
        _EITHER_SIGN.fullmatch(plain_name(value)) if isinstance(value, str) else None for value in values
    ]
    artists = [found[1] if found else None for found in pairs]
    titles = [found[2] if found else value for found, value in zip(pairs, values, strict=True)]
    columns = {
        **raw.columns,
        "artist": pa.chunked_array([pa.array(artists, pa.string())]),
        "title": pa.chunked_array([as_column(titles)]),
    }
    return replace(raw, columns=columns)


def _tells(titles: list[str], sign: re.Pattern[str], known: Iterable[str] = ()) -> bool:
    names = [found[1].casefold() for title in titles if (found := sign.fullmatch(title))]
    counts = Counter([*names, *{name.casefold() for name in known}])
    n_again = sum(counts[name] > 1 for name in names)
    n_short = sum(len(name) <= _LONGEST for name in names)
    is_usual = len(names) >= max(_FEWEST, _SHARE * len(titles)) and n_short >= _SHARE * len(names)
    return is_usual and len(counts) > 1 and n_again >= _SHARE_AGAIN * len(names)


def _fill_gaps(raw: RawTable) -> RawTable:
    """Split the titles of texts without artist, if they tell."""
    artists, titles = (raw.columns[name].to_pylist() for name in ("artist", "title"))
    if not any(artists):
        return raw
    open_titles = {
        at: title
        for at, (artist, title) in enumerate(zip(artists, titles, strict=True))
        if title and title.strip() and not artist
    }
    known = [name for cell in artists if cell for name in ([cell] if isinstance(cell, str) else cell)]
    if not _tells(list(open_titles.values()), _EITHER_SIGN, known):
        return raw
    pairs = {at: found for at, title in open_titles.items() if (found := _EITHER_SIGN.fullmatch(title))}
    is_list = not pa.types.is_string(raw.columns["artist"].type)
    for at, found in pairs.items():
        artists[at], titles[at] = [found[1]] if is_list else found[1], found[2]
    note = (
        f"{len(pairs):,} titles of texts without artist, such as {open_titles[next(iter(pairs))]!r}, name the artist "
        "in front of a dash or colon and are split there; if it is no artist, add --columns "
        f"artist={raw.mapping['artist']}"
    )
    columns = {
        **raw.columns,
        "artist": pa.chunked_array([pa.array(artists, raw.columns["artist"].type)]),
        "title": pa.chunked_array([pa.array(titles, pa.string())]),
    }
    return replace(raw, columns=columns, notes=[note, *raw.notes])


def _split(raw: RawTable, titles: list[str | None], what: str, sign: re.Pattern[str]) -> RawTable:
    pairs = [sign.fullmatch(title) if title else None for title in titles]
    artists = [found[1] if found else None for found in pairs]
    rest = [found[2] if found else title for found, title in zip(pairs, titles, strict=True)]
    example = next(title for title, found in zip(titles, pairs, strict=True) if found)
    note = (
        f"{raw.mapping['title']!r} names the artist in front of {what}, such as {example!r}, and is split there; "
        "if it is no artist, add --columns artist=-"
    )
    columns = {
        **raw.columns,
        "artist": pa.chunked_array([pa.array(artists, pa.string())]),
        "title": pa.chunked_array([pa.array(rest, pa.string())]),
    }
    mapping = {"artist": raw.mapping["title"], **raw.mapping}
    return replace(raw, columns=columns, mapping=mapping, notes=[note, *_without_proposals(raw.notes)])


def _without_proposals(notes: list[str]) -> list[str]:
    """Drop what was proposed for the artist, which is known now."""
    return [note.partition("; none was taken for the artist:")[0] for note in notes]
