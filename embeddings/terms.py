"""What the words of a query mean: artists, genres, topics, labels, years.

A word may say its kind (``genre:rock``, ``artist:rock``). A bare one is read as the first of these that has it:
a genre, then the artist of exactly that name (case, accents and spacing apart), then topic, label, year, then what it
usually means ("80s", "folk" for "folk/country", "Warp Records" for "warp"), then the artist that forgiving spelling
finds: ``radiohead - rock + electronic`` means genres also where a band is called Electronic, as on the map's page.
Whatever else a word may have meant is told.

Public: `Meaning`, `TermIndex`, `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import AmbiguousNameError, ParameterError, UnknownNameError
from ..core.names import NameIndex
from .groups import ArtistGroups, TopicProfiles, as_usual

KINDS = ("artist", "genre", "topic", "label", "year")
_PREFIX = re.compile(rf"\s*({'|'.join(KINDS)})\s*:(.*)", re.IGNORECASE | re.DOTALL)
_FOREIGN_KIND = re.compile(r"\s*[^\W\d]{2,20}:\S")
_QUOTED = re.compile(r"""\s*(["“”])(.+)["“”]\s*""", re.DOTALL)
SHOWN = 60


@dataclass(frozen=True, eq=False)
class Meaning:
    """What one term of a query was taken for.

    Parameters
    ----------
    text : str
        As it was typed.
    kind : str
        One of `KINDS`, or "vector".
    name : str
    rows : ndarray, int64
        The artists behind it; for a topic those with a text.
    topic : int or None
        Number of the topic.
    also : tuple of str
        Other readings, each written so that it would be taken: ``"genre:rock"``.
    """

    text: str
    kind: str
    name: str
    rows: np.ndarray
    topic: int | None = None
    also: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give the fields as JSON-able values, artists as their number."""
        return {"text": self.text[:200], "kind": self.kind, "name": self.name, "n_artists": len(self.rows),
                "also": list(self.also)}  # fmt: skip


class TermIndex:
    """Find what a term means.

    Parameters
    ----------
    artists : NameIndex
    row_of : mapping of artist id to row
    groups : sequence of ArtistGroups
        At most one of each kind.
    topics : TopicProfiles, optional
    """

    def __init__(
        self,
        artists: NameIndex,
        row_of: dict[str, int],
        groups: Sequence[ArtistGroups] = (),
        topics: TopicProfiles | None = None,
    ) -> None:
        self.artists = artists
        self.row_of = row_of
        self.groups = {group.kind: group for group in groups}
        self.topics = topics

    def find(self, text: str) -> Meaning:
        """Find what a term means.

        Parameters
        ----------
        text : str
            A name, or a kind, a colon and a name.

        Returns
        -------
        Meaning

        Raises
        ------
        ParameterError
            If the term is blank, or names a kind that the data lack.
        UnknownNameError
            If nothing has the name, or several artists have it equally well; candidates are listed.
        """
        if not text.strip():
            raise ParameterError("a term must be a name; got a blank one")
        strict = self.artists.strict(text)
        kind, name = (None, text) if strict else split_prefix(text)
        return self._of_kind(kind, name, text) if kind else self._bare(name, text, strict)

    def _bare(self, name: str, text: str, strict: list[int]) -> Meaning:
        name = unquoted(name)
        strict = strict or self.artists.strict(name)
        others = [found for kind in KINDS[1:] if (found := self._group(kind, name, text)) is not None]
        is_genre = bool(others) and others[0].kind == "genre"
        if (len(strict) == 1 and not is_genre) or (strict and not others):
            found = self._artist(name, text)
        elif others:
            found, others = others[0], others[1:]
            others = [*([self._nobody(text, name)] if strict else []), *others]
        else:
            usual = (self._usual(kind, name, text) for kind in ("year", "genre", "label"))
            found = next((one for one in usual if one is not None), None) or self._guess(name, text)
        also = tuple(f"{other.kind}:{other.name[:SHOWN]}" for other in others)
        return Meaning(found.text, found.kind, found.name, found.rows, found.topic, also)

    def _of_kind(self, kind: str, name: str, text: str) -> Meaning:
        name = unquoted(name)
        if not name.strip():
            raise ParameterError(f"a term must be a name; got {kind!r} and nothing after the colon")
        if kind == "artist":
            return self._artist(name, text)
        found = self._group(kind, name, text) or self._usual(kind, name, text)
        if found is not None:
            return found
        known = self._names(kind)
        if not known:
            raise ParameterError(f"{text.strip()[:SHOWN]!r}: no {kind}s are known here")
        near = NameIndex(known, known).candidates(name)
        hint = f"did you mean {', '.join(near)}?" if near else "no similar name is known"
        raise UnknownNameError(
            f"unknown {kind} {short(name)!r}; {hint}", name=name, candidates=[f"{kind}:{one}" for one in near]
        )

    def _artist(self, name: str, text: str) -> Meaning:
        row = self.row_of[self.artists.resolve(name)]
        return Meaning(text, "artist", self.artists.names[row], np.array([row]))

    def _guess(self, name: str, text: str) -> Meaning:
        """Read as an artist, forgivingly; if there is none, say also what else may have been meant."""
        try:
            return self._artist(name, text)
        except UnknownNameError as error:
            near = [f"{kind}:{one}" for kind in KINDS[1:] for one in self._near(kind, name)]
            if isinstance(error, AmbiguousNameError):
                raise
            if _FOREIGN_KIND.match(text):
                message = f"{error}; a term can begin with {', '.join(f'{kind}:' for kind in KINDS)}"
                raise UnknownNameError(message, name=error.name, candidates=error.candidates) from None
            if not near:
                raise
            said = "or the " + ", the ".join(one.replace(":", " ", 1) for one in near[:5])
            message = f"{str(error).removesuffix('?')}, {said}?"
            message = message.replace("no similar name is known, or", "did you mean")
            raise UnknownNameError(message, name=error.name, candidates=(*error.candidates, *near)) from None

    def _group(self, kind: str, name: str, text: str) -> Meaning | None:
        if kind == "topic":
            number = None if self.topics is None else self.topics.find(name)
            if self.topics is None or number is None:
                return None
            return Meaning(text, kind, self.topics.names[number], np.flatnonzero(self.topics.known), number)
        group = self.groups.get(kind)
        rows = group.find(name) if group is not None else ()
        return Meaning(text, kind, " ".join(name.split()), np.asarray(rows)) if len(rows) else None

    def _usual(self, kind: str, name: str, text: str) -> Meaning | None:
        """Read a group's name that is written loosely, as `as_usual` has it."""
        meant = as_usual(kind, name, self._names(kind))
        return None if meant is None else self._group(kind, meant, text)

    def _nobody(self, text: str, name: str) -> Meaning:
        return Meaning(text, "artist", name, np.empty(0, np.int64))

    def _names(self, kind: str) -> list[str]:
        if kind == "topic":
            return (
                [] if self.topics is None else list(dict.fromkeys([*self.topics.names, *self.topics.labels]))
            )
        return list(self.groups[kind].names) if kind in self.groups else []

    def _near(self, kind: str, name: str) -> list[str]:
        names = self._names(kind)
        return NameIndex(names, names).candidates(name, 3) if names and kind != "year" else []


def split_prefix(text: str) -> tuple[str | None, str]:
    """Split ``genre:rock`` into kind and name; the kind is None where there is none."""
    found = _PREFIX.fullmatch(text[:1000])
    return (found[1].lower(), found[2].strip()) if found else (None, text)


def unquoted(name: str) -> str:
    """Take a pair of double quotes away."""
    found = _QUOTED.fullmatch(name[:1000])
    return found[2] if found else name


def short(text: str) -> str:
    """Cut a foreign text to what a message can hold."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
