"""What a user should know of an import that no single reader or column can tell.

Public names: :func:`artist_notes`, :func:`number_of`.
"""

import re
from collections.abc import Iterable

from ..core.names import identity_key
from .identity import Assigned

_FEWEST_JOINT = 3  # names that words join, or with marks; fewer may be names of their own
_DISCOGS = re.compile(r"(.*[^\s*])(?:\s+\(\d{1,3}\)|\*)")


def artist_notes(assigned: Assigned, n_nameless: int) -> list[str]:
    """Say which names are missing, were split or might be, or are nobody's."""
    notes, n_various, n_split, joint = [], assigned.n_various, assigned.n_split, assigned.joint
    if n_nameless:
        notes.append(f"no artist is named in {number_of(n_nameless, 'review')}")
    if n_various:
        notes.append(f"{number_of(n_various, 'review')} of various artists, kept without artist")
    if n_split:
        notes.append(
            f"{number_of(n_split, 'joint artist name')} split, each part an artist elsewhere in the source"
        )
    if len(joint.names) >= _FEWEST_JOINT:
        options = " ".join(f'--artist-separator "{text}"' for text in joint.separators)
        cut = ""
        for other in joint.others[:1]:
            more = f" and {number_of(len(joint.others) - 1, 'other name')}" if len(joint.others) > 1 else ""
            cut = f"; that also cuts {other!r}{more}"
        notes.append(
            f"{len(joint.names):,} artist names such as {joint.names[0]!r} join names that are artists elsewhere; "
            f"to split them: {options} (artist_separators={list(joint.separators)!r} in Python){cut}"
        )
    return [*notes, *_discogs_note(assigned.names)]


def _discogs_note(names: Iterable[str]) -> list[str]:
    """Count names with the marks of Discogs: "(2)" tells namesakes apart, "*" stands for another spelling."""
    names = list(names)
    marked = {name: found[1] for name in names if (found := _DISCOGS.fullmatch(name))}
    if len(marked) < _FEWEST_JOINT:
        return []
    known = {identity_key(name) for name in names}
    twins = [name for name, bare in marked.items() if identity_key(bare) in known]
    joined = (
        f"{len(twins):,} of them would join an artist that is here"
        if twins
        else "none would join another artist"
    )
    example = (twins or list(marked))[0]
    return [
        f"{number_of(len(marked), 'artist name')} with a mark of Discogs, such as {example!r}, are left as they are; "
        f"without it {joined}"
        + (f" ({marked[example]!r})" if twins else "")
        + ": to have that, take it off in the source"
    ]


def number_of(n: int, thing: str) -> str:
    """Return "1 review" or "2 reviews"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
