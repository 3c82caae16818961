"""Groups of artists that a query may name besides artists: genres, labels, years, topics.

Conventions: a column is a row of the vector table (an artist); a group's place in the vector space is the mean
of the unit vectors of its members. Topics are kept apart: vectors learnt from metadata know nothing of texts, so a
topic has no place among them (the mean of "its" artists is the mean of everybody); `TopicProfiles` puts the
artists into a second space in which it has one.

Public: `ArtistGroups`, `TopicProfiles`, `group_artists`, `artists_of_years`, `as_usual`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from ..core.errors import SchemaError
from ..core.names import identity_key
from .memberships import memberships

PRIOR_TEXTS = 1.0  # weight of the average artist in a profile, counted in texts
LONGEST = 200
_YEARS = re.compile(r"(\d{4})(?:\s*[-–]\s*(\d{4})|'?s)?")
_DECADE = re.compile(r"['’‘]?(\d0)['’]?s")
_DECADES = {"fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
_COMPANY = re.compile(r"\s+(?:records|recordings|record|recs|label)\.?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class ArtistGroups:
    """Named groups of artists, all of one kind.

    Parameters
    ----------
    kind : str
        What they are: "genre", "label" or "year".
    names : tuple of str
        One spelling each; spellings that differ in case, accents or spacing are one group.
    members : csr_matrix of shape (n_groups, n_artists), bool
        Who belongs to which.
    """

    kind: str
    names: tuple[str, ...]
    members: csr_matrix

    @property
    def n_artists(self) -> int:
        """How many artists the groups were made of."""
        return int(self.members.get_shape()[1])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Place of each group by the identity key of its name."""
        return {identity_key(name[:LONGEST]): row for row, name in enumerate(self.names)}

    def find(self, name: str) -> np.ndarray:
        """Return the rows of the artists of a group; none if there is no such group.

        A year may be a decade ("1990s") or a range ("1994-1999") as well.
        """
        if self.kind == "year":
            return artists_of_years(self, name)
        row = self.row_of.get(identity_key(name[:LONGEST]))
        return np.empty(0, np.int64) if row is None else self._artists(row)

    def _artists(self, row: int) -> np.ndarray:
        first, last = self.members.indptr[row : row + 2]
        return np.sort(self.members.indices[first:last]).astype(np.int64)


def artists_of_years(years: ArtistGroups, text: str) -> np.ndarray:
    """Return the artists with a year in ``text``: "1999", "1990s" or "1994-1999"; none if it is no such thing."""
    found = _YEARS.fullmatch(text.strip()[:LONGEST])
    if found is None:
        return np.empty(0, np.int64)
    first = int(found[1])
    last = int(found[2]) if found[2] else first + 9 if text.strip().endswith("s") else first
    first, last = min(first, last), max(first, last)
    rows = [row for year, row in years.row_of.items() if year.isdigit() and first <= int(year) <= last]
    parts = [years._artists(row) for row in rows]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def as_usual(kind: str, name: str, known: Sequence[str]) -> str | None:
    """Return what a loosely written name of a group usually means; None if that is nothing, or several groups.

    A decade in short or in words ("80s", "nineties"), a part of a genre that has several ("folk" of "folk/country"),
    a label without or with "Records", a topic by its number.

    Parameters
    ----------
    kind : {"genre", "topic", "label", "year"}
    name : str
    known : sequence of str
        Names of the groups of that kind.
    """
    name = " ".join(name[:LONGEST].split())
    key = identity_key(name)
    if kind == "year":
        decade = _DECADE.fullmatch(key)
        year = _DECADES.get(key) or (decade and int(decade[1]) + (1900 if int(decade[1]) >= 30 else 2000))
        return f"{year}s" if year else None
    if kind == "genre":
        parts = [one for one in known if key in map(identity_key, re.split(r"\s*[/,]\s*", one)[:9])]
        return parts[0] if len(parts) == 1 else None
    if kind == "topic":
        return f"topic_{key}" if key.isdigit() else None
    plain = identity_key(_COMPANY.sub("", name))
    same = [one for one in known if plain == identity_key(_COMPANY.sub("", one))] if plain else []
    return same[0] if len(same) == 1 else None


def group_artists(kind: str, column: Sequence[object] | pd.Series) -> ArtistGroups:
    """Gather artists by the values of a column.

    Parameters
    ----------
    kind : str
        What the values are.
    column : Series or sequence of length n_artists
        A value or a list of values for each artist; nulls and blanks are no group.

    Returns
    -------
    ArtistGroups
    """
    values = pd.Series(list(column), dtype=object)
    rows, codes, names = memberships(values)
    spelled: dict[str, int] = {}
    kept: list[str] = []
    merged = np.zeros(len(names), dtype=np.int64)
    for code, name in enumerate(names):
        key = identity_key(name[:LONGEST])
        if key not in spelled:
            spelled[key] = len(kept)
            kept.append(name)
        merged[code] = spelled[key]
    pairs = np.unique(np.stack([merged[codes], rows]), axis=1)
    members = csr_matrix(
        (np.ones(pairs.shape[1], dtype=bool), (pairs[0], pairs[1])), shape=(len(kept), len(values))
    )
    return ArtistGroups(kind, tuple(kept), members)


@dataclass(frozen=True, eq=False)
class TopicProfiles:
    """What the texts about each artist are about.

    Parameters
    ----------
    names : sequence of str, length n_topics
    shares : ndarray of shape (n_artists, n_topics)
        Mean shares of the topics in the texts of each artist; rows sum to 1, and are ignored where there is no text.
    n_texts : sequence of int, length n_artists
    labels : sequence of str, length n_topics, optional
        What else a topic is called ("guitar · noise · hum").

    Raises
    ------
    SchemaError
        If shapes differ, or shares are no shares.
    """

    names: Sequence[str]
    shares: np.ndarray
    n_texts: Sequence[int] | np.ndarray
    labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        shares = np.asarray(self.shares, dtype=np.float64)
        if shares.ndim != 2 or shares.shape != (len(self.n_texts), len(self.names)):
            raise SchemaError(
                f"topics: shares must be ({len(self.n_texts)}, {len(self.names)}), artists x topics; got {shares.shape}"
            )
        if not np.isfinite(shares).all() or (shares < 0).any():
            raise SchemaError("topics: shares must be finite numbers, none below 0")

    @cached_property
    def known(self) -> np.ndarray:
        """Which artists have a text, as booleans."""
        return np.asarray(self.n_texts) > 0

    @cached_property
    def smoothed(self) -> np.ndarray:
        """Shares drawn toward the average artist, who counts as one more text; shape (n_artists, n_topics)."""
        shares = np.asarray(self.shares, dtype=np.float64)
        weight = np.where(self.known, np.asarray(self.n_texts, dtype=np.float64), 0.0)[:, None]
        n_topics = max(len(self.names), 1)
        average = (
            (weight * shares).sum(axis=0) / weight.sum() if weight.any() else np.full(n_topics, 1 / n_topics)
        )
        mixed = (weight * shares + PRIOR_TEXTS * average) / (weight + PRIOR_TEXTS)
        return mixed / np.maximum(mixed.sum(axis=1, keepdims=True), 1e-300)

    @cached_property
    def directions(self) -> np.ndarray:
        """Square roots of the smoothed shares: unit rows, in which topics are the axes; float32.

        The cosine of an artist with a topic is the root of its share, and that of two artists the Bhattacharyya
        coefficient of their topics.
        """
        return np.sqrt(self.smoothed).astype(np.float32)

    def find(self, name: str) -> int | None:
        """Return the number of the topic with this name or label; None if there is none."""
        return self._number_of.get(identity_key(name[:LONGEST]))

    @cached_property
    def _number_of(self) -> dict[str, int]:
        """Number of each topic by the identity key of its name or label; of equal ones the first, names first."""
        found: dict[str, int] = {}
        for names in (self.names, self.labels):
            for number, one in enumerate(names):
                found.setdefault(identity_key(one[:LONGEST]), number)
        return found
