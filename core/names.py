"""Names as people type them: which spellings are one name, and which stored name a query means.

Two notions are kept apart. *Identity* is strict: spellings that differ only in case, accents or spacing are one
name. *Lookup* is forgiving: a query may also lack punctuation, a leading "the", or every non-ASCII letter (some
public tables deleted those, so that "Björk" stands there as "bjrk").

Public names: :func:`identity_key`, :func:`lookup_keys`, :func:`guessed_keys`, :func:`slug`, :class:`NameIndex`,
:data:`INVISIBLE`.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from .errors import AmbiguousNameError, UnknownNameError

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_SPECIAL_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
"""Soft hyphen, zero-width spaces and marks of direction: no part of a name."""
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_OFTEN_ACCENTED = "aeiouyncs"
_SHORTEST_GUESS = (
    5  # letters of a query that is searched for with letters deleted; shorter ones hit by chance
)
_LONGEST_GUESS = 40
_LONGEST = 200  # a longer query or name is compared by its beginning; no artist needs more


_PARTS_OF_LETTERS = frozenset([0, 7, 8, 9])  # no accents: a nukta, a kana's voicing (パ is no ハ), a virama


def fold_accents(text: str) -> str:
    """Replace accented letters by their base letters ("Björk" to "Bjork"); other scripts stay as they are."""
    if text.isascii():
        return text  # nothing to fold: ten times as quick, and most names are such
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (char for char in decomposed if unicodedata.combining(char) in _PARTS_OF_LETTERS)
    return unicodedata.normalize("NFC", "".join(kept))


def identity_key(name: str) -> str:
    """Return the key shared by all spellings of one name: case, accents and spacing do not count.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        Blank only for a name of spaces or combining marks alone.
    """
    if not name.isascii():
        name = name.translate(_WITHOUT_INVISIBLE)
    folded = fold_accents(name.casefold()).casefold()  # again: NFKD turns a script capital into a plain one
    return _SPACES.sub(" ", fold_accents(folded.translate(_SPECIAL_LETTERS))).strip()


def _without_punctuation(key: str) -> str:
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", key.replace("&", " and ").replace("'", ""))).strip()


def _without_article(key: str) -> str:
    return key[4:] if key.startswith("the ") else key


def lookup_keys(name: str) -> tuple[str, ...]:
    """Return forgiving keys of ``name``, strictest first, without repeats or blanks.

    In order: identity; punctuation dropped; leading "the" dropped; spaces dropped; non-ASCII letters deleted
    ("Sigur Rós" must find "sigur rs"), if at least half of the letters are left ("Иван Дорн 2" is not "2"); umlauts
    spelled out.

    Parameters
    ----------
    name : str
        Only its first 200 characters count.

    Returns
    -------
    tuple of str
        Each key carries its level as prefix ("0:", "1:", ...), so that keys of different strictness never meet.
    """
    name = name[:_LONGEST]
    identity = identity_key(name)
    plain = _without_punctuation(identity)
    deleted = _without_punctuation(
        "".join(c for c in unicodedata.normalize("NFC", name).casefold() if c < "\x80")
    )
    squeezed = _without_article(plain).replace(" ", "")
    squeezed_deleted = _without_article(deleted).replace(" ", "")
    if 2 * len(squeezed_deleted) < len(squeezed):
        squeezed_deleted = ""
    umlauts = _without_article(_without_punctuation(identity_key(name.translate(_UMLAUTS)))).replace(" ", "")
    levels = (identity, plain, _without_article(plain), squeezed, squeezed_deleted, umlauts)
    keys = (f"{level}:{key}" for level, key in enumerate(levels) if key)
    return tuple(keys)


def guessed_keys(name: str) -> tuple[tuple[str, ...], ...]:
    """Return further keys to look a query up by where `lookup_keys` finds nobody, group by group.

    The stored name's key with the umlaut spelled out may be the query's plain one ("die aerzte" for "Die Ärzte"); or
    the stored name may be the query less one or two letters ("bjork" where the table has "bjrk").

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of tuple of str
        The first group with a key that is anybody's decides.
    """
    squeezed = next((key[2:] for key in lookup_keys(name) if key.startswith("3:")), "")
    if not squeezed:
        return ()
    groups = [(f"5:{squeezed}",)]
    if _SHORTEST_GUESS <= len(squeezed) <= _LONGEST_GUESS:
        once = _deletions({squeezed})
        groups += [tuple(f"4:{key}" for key in sorted(shorter)) for shorter in (once, _deletions(once))]
    return tuple(groups)


def slug(name: str) -> str:
    """Return a lower-case ASCII form of ``name`` for ids and links; blank when less than half remains ("!!!").

    Parameters
    ----------
    name : str
        Only its first 200 characters count.

    Returns
    -------
    str
        At most 80 characters: words of ASCII letters and digits joined by "-".
    """
    key = identity_key(name[:_LONGEST])
    ascii_only = "".join(char if char < "\x80" else " " for char in key)
    if 2 * sum(map(str.isalnum, ascii_only)) < sum(map(str.isalnum, key)):
        return ""  # "Иван Дорн 2" is not "2"
    return _NOT_WORD.sub("-", ascii_only.replace("'", "")).strip("-")[:80]


def _deletions(keys: set[str]) -> set[str]:
    """Return the keys less one letter that often carries an accent."""
    return {key[:at] + key[at + 1 :] for key in keys for at in range(len(key)) if key[at] in _OFTEN_ACCENTED}


class NameIndex:
    """Find the stored name a query means.

    Parameters
    ----------
    ids : sequence of str
        Identifiers, unique; a query equal to an id always resolves to it, unless another entry bears that name.
    names : sequence of str, same length
        Display names.
    weights : sequence of float, optional
        Importance, used to order candidates (for artists: number of reviews).
    """

    def __init__(
        self, ids: Sequence[str], names: Sequence[str], weights: Sequence[float] | None = None
    ) -> None:
        self.ids = tuple(ids)
        self.names = tuple(names)
        self.weights = tuple(weights) if weights is not None else (0.0,) * len(self.ids)
        self._by_id = {identifier: row for row, identifier in enumerate(self.ids)}
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.names):
            self._by_name[name].append(row)
            for key in lookup_keys(name):
                self._by_key[key].append(row)

    def resolve(self, query: str) -> str:
        """Return the id of the entry that ``query`` means.

        The exact name wins, then the id, then the first level of :func:`lookup_keys` that finds anything.

        Raises
        ------
        UnknownNameError
            If nothing matches, or several entries match equally well; the candidates are listed.
        """
        rows = self._by_name.get(query, [])
        if not rows and query in self._by_id:
            rows = [self._by_id[query]]
        rows = rows or self._forgiving(query)
        if len(rows) == 1:
            return self.ids[rows[0]]
        if rows:
            shown = [f"{self.names[row]} (id {self.ids[row]})" for row in self._ordered(rows)[:8]]
            raise AmbiguousNameError(
                f"{_short(query)!r} is ambiguous: {', '.join(shown)}; use the id",
                name=query,
                candidates=shown,
            )
        found = self.candidates(query)
        hint = f"did you mean {', '.join(found)}?" if found else "no similar name is known"
        raise UnknownNameError(f"unknown name {_short(query)!r}; {hint}", name=query, candidates=found)

    def strict(self, query: str) -> list[int]:
        """Return the places of the entries called ``query`` but for case, accents and spacing, or with that id."""
        if query in self._by_name:
            return list(self._by_name[query])
        if query in self._by_id:
            return [self._by_id[query]]
        return list(self._by_key.get(f"0:{identity_key(query[:_LONGEST])}", []))

    def candidates(self, query: str, n: int = 5) -> list[str]:
        """Return up to ``n`` display names that resemble ``query``, best first."""
        plain = _without_punctuation(identity_key(query[:_LONGEST]))
        if not plain:  # of signs alone: "🦊"
            sign = query.strip()[:_LONGEST]
            return [_short(self.names[row]) for row in self._ordered(self._with_sign(sign))[:n]]
        starts = [row for row, key in self._plain_rows if key.startswith(plain) or f" {plain}" in f" {key}"]
        found = [self.names[row] for row in self._ordered(starts)[:n]]
        if len(found) < n:
            keys = {key: row for row, key in reversed(self._plain_rows)}
            near = [*difflib.get_close_matches(plain, keys, n=n, cutoff=0.72), *_contained(plain, keys)]
            found += [
                name for name in dict.fromkeys(self.names[keys[key]] for key in near) if name not in found
            ]
        return [_short(name) for name in found[:n]]

    def _forgiving(self, query: str) -> list[int]:
        for key in lookup_keys(query):
            rows = self._by_key.get(key, [])
            if rows:
                return rows
        for keys in guessed_keys(query):
            found = {row for key in keys for row in self._by_key.get(key, [])}
            if found:
                return sorted(found)
        return []

    def _ordered(self, rows: list[int]) -> list[int]:
        return sorted(rows, key=lambda row: (-self.weights[row], self.names[row]))

    def _with_sign(self, sign: str) -> list[int]:
        return [row for row, name in enumerate(self.names) if sign and sign in name]

    @cached_property
    def _plain_rows(self) -> list[tuple[int, str]]:
        return [
            (row, _without_punctuation(identity_key(name[:_LONGEST]))) for row, name in enumerate(self.names)
        ]


def _contained(query: str, keys: Iterable[str]) -> list[str]:
    """Which keys are words of a query, such as one of two names joined, the longest first; none within another."""
    words = f" {query} "
    found: list[str] = []
    for key in sorted((one for one in keys if f" {one} " in words), key=lambda one: (-len(one), one)):
        if len(key) >= _SHORTEST_GUESS and not any(f" {key} " in f" {longer} " for longer in found):
            found.append(key)
    return found


def _short(name: str, width: int = 60) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"
