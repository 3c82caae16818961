"""Names that are several artists, and names that only look so: what is cut, what stays whole, and the evidence.

*On evidence alone* names are cut at ", ", "/" and "|", where every part is an artist elsewhere in the same source:
"Tyler, the Creator" and "s / s / s" stay. A part may be such a name itself ("Earth, Wind & Fire, Chicago" has two).
A name of two parts that comes three times and more often than one of them stays, as "AC/DC" does beside an "AC".

*At separators that the user names* every name is cut, but those that come again while a part stands nowhere else:
"Earth, Wind & Fire". A part stands elsewhere where it is a name of its own, or joins with others than in this name.
What stays so stays within longer names, too.

*The user* says which names stay whatever speaks against it (``whole``).

Public names: :class:`Cuts`, :func:`find_cuts`, :class:`JointNames`, :func:`find_joint_names`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..core.names import identity_key

WORDS_THAT_JOIN = re.compile(
    r"\s+(?:&|\+|and|feat\.?|ft\.?|featuring|with|vs\.?|x|und|et|y|e)\s+", re.IGNORECASE
)
_JOINT = r"\s*[/|]{1,2}\s*|,\s+"
_JOINTS = re.compile(f"({_JOINT})")
_ANY_JOINT = re.compile(f"(?i:{WORDS_THAT_JOIN.pattern})|{_JOINT}")
_OFTEN = 3  # reviews of a name that may outweigh a part of it
_AGAIN = 2  # reviews of a name that comes again
_MOST_PARTS = 30  # of a name; more are no names
Parts = dict[str, list[str]]


@dataclass(frozen=True)
class Cuts:
    """What is done with names that look joint.

    Parameters
    ----------
    parts : dict of str to list of str
        The artists in each name that is cut.
    asked : dict of str to list of str
        The same, cut only at the user's separators.
    on_evidence : tuple of str
        Names that are cut because every part is an artist elsewhere.
    unsure : tuple of str
        Names cut at the user's separators of which a part stands nowhere else.
    whole_by_count : tuple of str
        Names left whole because they come more often than one of their parts.
    whole_by_parts : tuple of str
        Names left whole because they come again, and a part stands nowhere else.
    """

    parts: Parts = field(default_factory=dict)
    asked: Parts = field(default_factory=dict)
    on_evidence: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    whole_by_count: tuple[str, ...] = ()
    whole_by_parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class JointNames:
    """Names that words join ("Can feat. Neu!") and whose pieces are all artists on their own.

    Parameters
    ----------
    names : tuple of str
        In order.
    separators : tuple of str
        What joins them, spaces included, the most frequent first.
    others : tuple of str
        Further names that would be cut at these ("Iron & Wine"), in order.
    """

    names: tuple[str, ...] = ()
    separators: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def find_cuts(
    counts: Mapping[str, int], *, separators: Sequence[str] = (), whole: Collection[str] = ()
) -> Cuts:
    """Find out which names are several artists.

    Parameters
    ----------
    counts : mapping of str to int
        Reviews by name.
    separators : sequence of str
        What the user says to separate artists.
    whole : collection of str
        Names that are one artist.

    Returns
    -------
    Cuts
    """
    kept = {identity_key(name) for name in whole}
    asked = _at_separators(counts, separators, kept)
    counts = _counts_of_parts(counts, asked.parts)
    kept |= {identity_key(name) for name in asked.whole_by_parts}
    found, by_count = _on_evidence(counts, kept)
    parts = {
        name: [one for part in asked.parts.get(name, [name]) for one in found.get(part, [part])]
        for name in {**asked.parts, **found}
    }
    return Cuts(parts, asked.parts, tuple(sorted(found)), asked.unsure, by_count, asked.whole_by_parts)


def _counts_of_parts(counts: Mapping[str, int], parts: Parts) -> dict[str, int]:
    if not parts:
        return dict(counts)
    by_part: Counter[str] = Counter()
    for name, n in counts.items():
        for part in parts.get(name, [name]):
            by_part[part] += n
    return dict(by_part)


# -- separators of the user --------------------------------------------------------------------------------------


def _at_separators(counts: Mapping[str, int], separators: Sequence[str], kept: set[str]) -> Cuts:
    usable = sorted(filter(None, separators), key=len, reverse=True)
    if not usable:
        return Cuts()
    escaped = "|".join(map(re.escape, usable))
    pattern = re.compile(escaped)
    pieces = {name: _filled(pattern.split(name)) for name in counts if pattern.search(name)}
    joint = {name: found for name, found in pieces.items() if identity_key(name) not in kept}
    stands_elsewhere = _with_evidence([name for name in counts if name not in pieces], joint)
    doubtful = {
        name for name, parts in joint.items() if not stands_elsewhere.issuperset(map(identity_key, parts))
    }
    whole = {name for name in doubtful if counts[name] >= _AGAIN and len(joint[name]) > 1}
    units = kept | {identity_key(name) for name in whole}
    any_joint = re.compile(f"({escaped}|(?i:{WORDS_THAT_JOIN.pattern})|{_JOINT})")
    tokens = {name: any_joint.split(name) for name in joint if name not in whole}
    parts = {name: _cut_at(found[::2], found[1::2], usable, units) for name, found in tokens.items()}
    cut = {name: found for name, found in parts.items() if found and found != [name]}
    unsure = sorted(
        name
        for name, found in cut.items()
        if len(found) > 1 and not (stands_elsewhere | units).issuperset(map(identity_key, found))
    )
    return Cuts(cut, unsure=tuple(unsure), whole_by_parts=tuple(sorted(whole)))


def _filled(parts: Sequence[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


def _with_evidence(alone: Sequence[str], joint: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys of parts that are names of their own, or that join with different others."""
    partners: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for parts in joint.values():
        keys = frozenset(map(identity_key, parts))
        for key in keys:
            partners[key].append(keys)
    free = {key for key, sets in partners.items() if len(sets) > 1 and frozenset.intersection(*sets) == {key}}
    return free | {identity_key(name) for name in alone}


def _cut_at(
    parts: Sequence[str], between: Sequence[str], separators: Collection[str], units: set[str]
) -> list[str]:
    """Return a name cut at separators, but for those within one of ``units``.

    Parameters
    ----------
    parts : sequence of str
        What stands between anything that joins names.
    between : sequence of str
        What joins them, one less.
    separators : collection of str
        Of these, where names are cut.
    units : set of str
        Keys of names that stay whole.
    """
    found, at, open_part = [], 0, ""
    while at < len(parts):
        runs = ((end, _glued(parts[at:end], between[at : end - 1])) for end in range(len(parts), at + 1, -1))
        end, run = next((pair for pair in runs if identity_key(pair[1]) in units), (at + 1, parts[at]))
        joint = between[end - 1] if end < len(parts) else ""
        if not joint or joint in separators:
            found, open_part = [*found, open_part + run], ""
        else:
            open_part += run + joint
        at = end
    return _filled(found)


def _glued(parts: Sequence[str], between: Sequence[str]) -> str:
    return parts[0] + "".join(joint + part for joint, part in zip(between, parts[1:], strict=True))


# -- evidence alone ----------------------------------------------------------------------------------------------


def _on_evidence(counts: Mapping[str, int], kept: set[str]) -> tuple[Parts, tuple[str, ...]]:
    """Return the parts of names that are several artists, and names that are so often that they are one."""
    joint = {name: _JOINTS.split(name) for name in counts if _JOINTS.search(name)}
    known: Counter[str] = Counter()
    for name, n in counts.items():
        if name not in joint:
            known[identity_key(name)] += n
    del known[""]
    found: Parts = {}
    by_count: list[str] = []
    for name in sorted(joint, key=lambda name: (len(joint[name]), name)):
        key = identity_key(name)
        parts = None if key in kept else _all_known(joint[name], known)
        is_pair = parts is not None and len(parts) == 2  # three and more are guests
        if (
            parts
            and is_pair
            and counts[name] >= _OFTEN
            and counts[name] > min(known[identity_key(one)] for one in parts)
        ):
            by_count.append(name)
        elif parts:
            found[name] = parts
            continue
        known[key] += counts[name]
    return found, tuple(by_count)


def _all_known(pieces: Sequence[str], known: Mapping[str, int]) -> list[str] | None:
    """Return the artists a name is made of, at least two, all different and known; None if it is not."""
    if len(pieces) > 2 * _MOST_PARTS:
        return None
    ways: list[list[str] | None] = [[]]  # the parts that end before each piece, the longest found first
    for end in range(1, len(pieces) + 1, 2):
        starts = range(0, end, 2)
        whole = ("".join(pieces[start:end]).strip() for start in starts)
        options = zip(starts, whole, strict=True)
        way = next(
            (
                [*before, part]
                for start, part in options
                if (before := ways[start // 2]) is not None
                and identity_key(part) in known
                and (before or end < len(pieces))
            ),
            None,
        )
        ways.append(way)
    parts = ways[-1]
    return parts if parts and len({identity_key(part) for part in parts}) == len(parts) else None


# -- words that join ---------------------------------------------------------------------------------------------


def find_joint_names(counts: Mapping[str, int], whole: Collection[str] = ()) -> JointNames:
    """Find names that words join and whose pieces are all artists on their own; nothing is cut.

    Parameters
    ----------
    counts : mapping of str to int
        Reviews by name.
    whole : collection of str
        Names that are one artist.
    """
    pieces = {name: WORDS_THAT_JOIN.split(name) for name in counts if WORDS_THAT_JOIN.search(name)}
    alone = {identity_key(name) for name in counts if name not in pieces} - {""}
    kept = {identity_key(name) for name in whole}
    joint = sorted(
        name
        for name, parts in pieces.items()
        if identity_key(name) not in kept
        and (
            _all_different(parts, alone)
            or (
                counts[name] < _AGAIN and _all_different(_ANY_JOINT.split(name), alone)
            )  # "Low, Mogwai & Can"
        )
    )
    found = Counter(text for name in joint for text in set(WORDS_THAT_JOIN.findall(name)))
    separators = sorted(found, key=lambda text: (-found[text], text))
    cuts = _at_separators(counts, separators, kept)
    others = {name for name, parts in cuts.parts.items() if len(parts) > 1}.difference(joint)
    return JointNames(tuple(joint), tuple(separators), tuple(sorted(others)))


def _all_different(parts: Sequence[str], alone: set[str]) -> bool:
    keys = {identity_key(part) for part in parts}
    return len(keys) == len(parts) > 1 and keys <= alone
