"""What a user should know of an import that no single reader or column can tell.

Public names: :func:`artist_notes`, :func:`lost_notes`, :func:`id_notes`, :func:`number_of`.
"""

import re
import shlex
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ..core.names import identity_key
from .identity import Assigned
from .joint_names import Cuts, JointNames
from .readers.lists import count_items

_FEWEST_JOINT = 3  # names that words join, or with marks; fewer may be names of their own
_FEWEST_LOST, _SHARE_LOST = 3, 0.9  # of the values of a column
_UNREADABLE = "^(not a number|not a date|not a year|later than|neither yes nor no)"
_REMEDIES = {
    "score": "scores are numbers, fractions such as 4/5, stars, or letter grades from F to A+",
    "pub_date": "dates are such as 2017-12-06, 6 Dec 2017, Dec 2017 or 2017",
    "years": "years have four digits",
    "best_new_music": "answers are yes or no, 1 or 0, true or false",
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_DISCOGS = re.compile(r"(.*[^\s*])(?:\s+\(\d{1,3}\)|\*)")


def lost_notes(reviews: pa.Table, rejects: pa.Table) -> list[str]:
    """Say so where hardly any value of a column could be read.

    Parameters
    ----------
    reviews, rejects : pyarrow.Table
    """
    unread = rejects.filter(pc.match_substring_regex(rejects["reason"], _UNREADABLE))
    notes = []
    for column, remedy in _REMEDIES.items():
        values = unread["value"].filter(pc.equal(unread["column"], column))
        used = reviews[column]
        is_used = (
            pc.greater(pc.list_value_length(used), 0) if pa.types.is_list(used.type) else used.is_valid()
        )
        n_all = len(values) + pc.sum(is_used).as_py()
        if len(values) >= _FEWEST_LOST and len(values) >= _SHARE_LOST * n_all:
            shown = ", ".join(repr(text[:40]) for text in values.unique().to_pylist()[:4])
            notes.append(
                f"hardly any value of column {column} could be read: {len(values):,} of {n_all:,} are in the rejects, "
                f"such as {shown}; {remedy}. If another column is meant, or none: "
                f"--columns {column}=NAME or {column}=-"
            )
    return notes


def id_notes(reviews: pa.Table) -> list[str]:
    """Say so where genres, labels or authors are but numbers: ids, as WordPress exports them, or the critic's scores.

    Parameters
    ----------
    reviews : pyarrow.Table
    """
    notes = []
    for column in ("genres", "labels", "author"):
        values = reviews[column]
        is_list = pa.types.is_list(values.type)
        names = count_items(values.chunks) if is_list else values.drop_null().unique().to_pylist()
        ids = [name for name in names if _NUMBER.fullmatch(name)]
        if len(ids) > 1 and len(ids) >= _SHARE_LOST * len(names):
            are = "authors" if column == "author" else column
            notes.append(
                f"{are} are numbers such as {', '.join(map(repr, ids[:3]))}: if they are ids of names that stand "
                f"elsewhere, put the names in their place, or leave them out with --columns {column}=-"
                + (" (if they are scores: --columns author=-,score=NAME)" if column == "author" else "")
            )
    return notes


def artist_notes(assigned: Assigned, n_nameless: int) -> list[str]:
    """Say which names are missing, were split or might be, or are nobody's."""
    notes, n_various, joint = [], assigned.n_various, assigned.joint
    if n_nameless:
        notes.append(f"no artist is named in {number_of(n_nameless, 'review')}")
    if n_various:
        notes.append(f"{number_of(n_various, 'review')} of various artists, kept without artist")
    if assigned.unknown:
        notes.append(
            f"{number_of(assigned.n_unknown, 'review')} of an unknown artist ({assigned.unknown!r}), kept without "
            f"artist; if an artist is called so, add --keep-artist {shlex.quote(assigned.unknown)}"
        )
    notes += [*_cut_notes(assigned.cuts), *_joint_note(joint)]
    return [*notes, *_discogs_note(assigned.names)]


def _cut_notes(cuts: Cuts) -> list[str]:
    """Say which names were split on evidence or against it, and which were left whole."""
    notes = []
    if cuts.on_evidence:
        notes.append(
            f"{number_of(len(cuts.on_evidence), 'joint artist name')} split, each part an artist elsewhere in the "
            f"source, such as {cuts.on_evidence[0]!r}; {_to_keep(cuts.on_evidence[0])}"
        )
    if cuts.whole_by_count:
        names = cuts.whole_by_count
        notes.append(
            f"{_names_such_as(names)} left whole, being reviewed more often than one of the artists that "
            "the parts are; where it is several, write ; between them in the source"
        )
    if cuts.unsure:
        notes.append(
            f"{_names_such_as(cuts.unsure)} split as you say, though a part stands nowhere else; "
            f"{_to_keep(cuts.unsure[0])}"
        )
    if cuts.whole_by_parts:
        notes.append(
            f"{_names_such_as(cuts.whole_by_parts)} left whole in spite of --artist-separator, since it comes again "
            "and a part stands nowhere else; where it is several, write ; between them in the source"
        )
    return notes


def _names_such_as(names: Sequence[str]) -> str:
    return (
        f"artist name {names[0]!r}"
        if len(names) == 1
        else f"{len(names):,} artist names such as {names[0]!r}"
    )


def _to_keep(name: str) -> str:
    return f"to keep it whole: --keep-artist {shlex.quote(name)} (keep_artists=[{name!r}] in Python, can be repeated)"


def _joint_note(joint: JointNames) -> list[str]:
    """Offer to split names that words join, and say what that cuts besides."""
    if len(joint.names) < _FEWEST_JOINT:
        return []
    options = " ".join(f'--artist-separator "{text}"' for text in joint.separators)
    cut = ""
    for other in joint.others[:1]:
        more = f" and {number_of(len(joint.others) - 1, 'other name')}" if len(joint.others) > 1 else ""
        cut = f", with --keep-artist NAME for what is to stay whole; that also cuts {other!r}{more}"
    return [
        f"{len(joint.names):,} artist names such as {joint.names[0]!r} join names that are artists elsewhere; "
        f"to split them: {options} (artist_separators={list(joint.separators)!r} in Python){cut}"
    ]


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
