"""Artists and titles in the names of files: "Low - Hey What.txt", "01 Low – Hey What.md", "Low_-_Hey_What.txt".

The sign between the two is a dash with blanks around it, or whatever nearly all names have instead: a dash between
names that are written with underscores, a long dash without blanks, a single underscore. Numbers and days in front are
left aside where nearly all names have one. The names are taken unasked only where the texts bear them out: what stands
in front comes again, or most texts speak of it.

Public names: :class:`NamedFile`, :func:`split_names`, :func:`name_their_artists`, :func:`note_on_names`,
:func:`days_in_names`, :func:`note_on_days`, :func:`is_title_line`, :data:`LOOKED_AT`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from ....core.names import identity_key
from ..columns.mapping import name_key

_NEARLY_ALL = 0.9  # of the names
_FEWEST = 3  # files that tell
_SHARE_SPOKEN_OF = 0.6  # of the texts that must have the name
_FEWEST_AGAIN, _SHARE_AGAIN = 10, 0.2  # names, and of them those that come again
LOOKED_AT = 200
"""Texts that are looked at, at most."""
_IN_FRONT = (
    re.compile(r"(?:19|20)\d\d[-_.]?\d\d[-_.]?\d\d(?:\s+[-–—]\s+|[\s_-]+)(?=\S)"),
    re.compile(r"\d{1,4}(?:\s+[-–—]\s+|[\s._)-]+)(?=\S)"),
)
_DAY = re.compile(r"((?:19|20)\d\d-\d\d-\d\d)(?:[\s_-]|$)")
_DASH = re.compile(r"(.+?)(?:\s+[-–—―]+\s+|_[-–—―]+_)(.+)", re.DOTALL)
_SIGNS = (
    _DASH,
    re.compile(r"([^\s-]*_[^\s-]*|[^\s_-]+(?=-[^\s-]*_))-([^\s-]+)"),  # Mira_Voss-Low_Tide
    re.compile(r"([^–—―]+?)\s*[–—―]\s*([^–—―]+)"),
    re.compile(r"([^_]+?)\s*_\s*([^_]+)"),
)


class NamedFile(NamedTuple):
    """What the name of a file says: the artist, None where it does not say it, and the title or all there is."""

    artist: str | None
    title: str


def split_names(ids: Sequence[str]) -> list[NamedFile]:
    """Return what the names of files say.

    Parameters
    ----------
    ids : sequence of str
        Paths without ending.
    """
    stems = [PurePosixPath(name).name for name in ids]
    for pattern in _IN_FRONT:
        rest = [pattern.sub("", stem, count=1) if pattern.match(stem) else stem for stem in stems]
        if _nearly_all([a != b for a, b in zip(rest, stems, strict=True)]) and len(stems) >= _FEWEST:
            stems = rest
    sign = next((one for one in _SIGNS if _nearly_all([bool(one.fullmatch(stem)) for stem in stems])), _DASH)
    return [_named(stem, sign) for stem in stems]


def days_in_names(ids: Sequence[str]) -> list[str | None]:
    """Return the days that names of files begin with ("2011-03-04-salt-ledger"); none where not nearly all have one.

    Parameters
    ----------
    ids : sequence of str
        Paths without ending.
    """
    found = [_DAY.match(PurePosixPath(name).name) for name in ids]
    are_dated = len(ids) >= _FEWEST and _nearly_all([day is not None for day in found])
    return [day[1] if day and are_dated else None for day in found]


def note_on_days(ids: Sequence[str], days: Sequence[str | None]) -> list[str]:
    """Say that days are read from the names of files.

    Parameters
    ----------
    ids : sequence of str
        Paths without ending.
    days : sequence of str or None
        Those that are read.
    """
    named = [PurePosixPath(name).name for name, day in zip(ids, days, strict=True) if day]
    if not named:
        return []
    return [
        f"{len(named):,} dates are those in the names of the files, such as {named[0][:60]!r}; if they are none, add "
        "--columns pub_date=-"
    ]


def _nearly_all(flags: Sequence[bool]) -> bool:
    return sum(flags) >= _NEARLY_ALL * len(flags)


def _named(stem: str, sign: re.Pattern[str]) -> NamedFile:
    found = sign.fullmatch(stem)
    parts = (found[1], found[2]) if found else (None, stem)
    if " " not in stem:
        parts = tuple(part and part.replace("_", " ") for part in parts)
    artist, title = (part and " ".join(part.split()) for part in parts)
    return NamedFile(artist, title or stem)


def name_their_artists(names: Sequence[NamedFile], texts: Sequence[str | None]) -> bool:
    """Return whether the names of files tell artist and title, and the texts bear it out.

    Parameters
    ----------
    names : sequence of NamedFile
    texts : sequence of str or None
        What stands in the first of the files.
    """
    artists = [name.artist.casefold() for name in names if name.artist]
    counts = Counter(artists)
    if len(artists) < max(_FEWEST, _NEARLY_ALL * len(names)) or len(counts) < 2:
        return False
    n_again = sum(n for n in counts.values() if n > 1)
    behind = Counter(name.title.casefold() for name in names)
    if sum(n for n in behind.values() if n > 1) > n_again or _nearly_all([one.isdigit() for one in artists]):
        return False
    looked = [(name.artist, text or "") for name, text in zip(names, texts, strict=False)][:LOOKED_AT]
    n_spoken_of = sum(identity_key(artist or "") in identity_key(text) for artist, text in looked if artist)
    return n_spoken_of >= _SHARE_SPOKEN_OF * len(looked) or (
        len(artists) >= _FEWEST_AGAIN and n_again >= _SHARE_AGAIN * len(artists)
    )


def note_on_names(
    ids: Sequence[str], names: Sequence[NamedFile], texts: Sequence[str | None]
) -> tuple[list[str], bool]:
    """Return a note on names of files that have artist and title, or may have them, and whether they are taken.

    Parameters
    ----------
    ids : sequence of str
        Paths without ending.
    names : sequence of NamedFile
        What they say.
    texts : sequence of str or None
        What stands in the first of the files.
    """
    stems = [PurePosixPath(name).name for name in ids]
    split = [(stem, name.artist) for stem, name in zip(stems, names, strict=True) if name.artist]
    if name_their_artists(names, texts):
        stem, artist = split[0]
        told = (
            f"artist and title are read from the names of the files, such as {stem!r} (artist {artist!r}); "
        )
        return [f"{told}if there is no artist in them, add --columns artist=-"], True
    if len(names) < _FEWEST or 2 * sum(bool(_DASH.fullmatch(stem)) for stem in stems) < len(stems):
        return [], False
    told = f"if the names of the files, such as {split[0][0]!r}, have the artist in front, add "
    return [f"{told}--columns artist=filename,title=filename"], False


def is_title_line(line: str, name: NamedFile) -> bool:
    """Return whether the first line of a text says no more than the name of its file: title, artist, or both."""
    keys = {name_key(name.title), name_key(f"{name.artist}{name.title}"), name_key(name.artist or "")}
    return name_key(line) in keys
