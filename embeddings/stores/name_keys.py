"""Names as keys of a store: the same spelling finds the same artist in every store, and the same refusals.

A key is a way to spell a name or id, as 64 bits of a hash. An artist has several; a question is looked up by its keys
in order, the strictest first, and the first that is anybody's decides; then by those of `guessed_keys`.

Public: `keys_of`, `keys_asked`, `keys_guessed`, `groups_asked`, `beginnings`, `folded`, `has_surrogates`,
`is_ambiguous`, `is_unknown`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...core.errors import AmbiguousNameError, UnknownNameError
from ...core.names import guessed_keys, lookup_keys
from ..terms import short

LONGEST = 200  # characters of an id or name that count
LONGEST_PART = 24
MOST_SHOWN, MOST_PROPOSED = 8, 5


def keys_of(artist_id: str, name: str) -> list[np.uint64]:
    """Return the keys of an artist."""
    return [_hash(f"id:{artist_id[:LONGEST]}"), *(_hash(key) for key in _spellings(name))]


def keys_asked(name: str) -> Iterator[np.uint64]:
    """Give the keys to look a question up by, in order, each when it is wanted: the first mostly answers."""
    yield _hash(f"id:{name[:LONGEST]}")
    yield from map(_hash, _spellings(name))


def keys_guessed(name: str) -> list[list[np.uint64]]:
    """Return the keys to look a question up by that `keys_asked` do not answer: the first group that finds anybody."""
    return [[_hash(key) for key in group] for group in guessed_keys(name)]


def groups_asked(name: str) -> Iterator[list[np.uint64]]:
    """Give the keys of `keys_asked` one by one, then the groups of `keys_guessed`."""
    for key in keys_asked(name):
        yield [key]
    yield from keys_guessed(name)


def _spellings(name: str) -> Iterator[str]:
    yield f"is:{name[:LONGEST]}"
    yield from lookup_keys(name)


def _hash(key: str) -> np.uint64:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def beginnings(name: str) -> list[str]:
    """Return what a known name may contain of a mistyped one: its beginnings, folded, the longest first."""
    typed = name.strip()[:LONGEST_PART]
    if "\x00" in typed or has_surrogates(typed):  # no stored name has them
        return []
    shortest = max(2, len(typed) // 2)
    parts = dict.fromkeys(typed[:length] for length in range(len(typed), shortest - 1, -1))
    return [one.as_py() for one in folded(pa.array([part for part in parts if len(part) > 1], pa.string()))]


def folded(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return names as they are compared with `beginnings`: in lower case."""
    return pc.utf8_lower(names)


def has_surrogates(text: str) -> bool:
    """Tell whether a text has halves of characters, which UTF-8 cannot hold."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def is_ambiguous(name: str, found: Sequence[tuple[str, str]]) -> AmbiguousNameError:
    """Return the error of a name that is several artists'.

    Parameters
    ----------
    name : str
        As asked.
    found : sequence of (name, artist_id)
        In the order of the store.
    """
    shown = [f"{short(other)} (id {short(artist_id)})" for other, artist_id in found[:MOST_SHOWN]]
    return AmbiguousNameError(
        f"{short(name)!r} is ambiguous: {', '.join(shown)}; use the id", name=name, candidates=shown
    )


def is_unknown(name: str, near: Sequence[str]) -> UnknownNameError:
    """Return the error of a name that is nobody's.

    Parameters
    ----------
    name : str
        As asked.
    near : sequence of str
        Names that may have been meant, best first.
    """
    near = [short(one) for one in near[:MOST_PROPOSED]]
    hint = f"did you mean {', '.join(near)}?" if near else "no similar name is known"
    return UnknownNameError(f"unknown name {short(name)!r}; {hint}", name=name, candidates=near)
