"""Which column of a source holds what: usual names, and the user's own word.

Names are compared without case, accents, punctuation and what stands in brackets ("Release_Year" is "releaseyear",
"Rating (out of 100)" is "rating"). For each canonical column the first of :data:`USUAL_NAMES` that the source has is
taken, then the first of :data:`OTHER_LANGUAGES` (:mod:`usual_names`), then one with words around it ("post_title",
"review_html"), and at last one that begins with "_" (a search engine's "_score" says how well a record was found);
``columns=`` overrides that, by name or by position.

Public names: :data:`KEYS`, :data:`CANONICAL_OF`, :func:`name_key`,
:func:`parse_columns`, :func:`map_columns`, :func:`has_usual_names`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from ....core.errors import ParameterError, SchemaError
from ....core.names import fold_accents
from ..raw import CANONICAL
from .proposals import Values, columns_example, listed_names
from .usual_names import (
    ADDED_BEHIND,
    ADDED_IN_FRONT,
    AMBIGUOUS,
    NOT_ADDED_TO,
    OF_READERS,
    OTHER_LANGUAGES,
    USUAL_NAMES,
)

_BRACKETED = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|\s*(?:/|\b(?:out of|von|sur|sobre|su))\s*\d+\s*$", re.IGNORECASE
)
_NOT_WORD = re.compile(r"[\W_]+")
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
_NAMED = re.compile(r"\s*[^\W\d]\w*\s*=")  # not ", 7 = good)" of a column's name
_POSITION = re.compile(r"\d+")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')
_PART = re.compile(r'(?:^|(?<=,))([^,="]*=\s*"(?:[^"]|"")+"\s*(?=,|$)|[^,]*)(?:,|$)')
_BESIDE_VOTES = frozenset(["subreddit", "ups", "upvotes", "gilded"])  # whose "score" counts votes
ColumnsOption = Mapping[str, "str | int"] | str | None


def name_key(name: object) -> str:
    """Return ``name`` without case, accents and punctuation."""
    return _NOT_WORD.sub("", fold_accents(str(name).casefold()))


def _bare_key(name: object) -> str:
    """Return the key of ``name`` without what stands in brackets; a name all in brackets is kept."""
    return name_key(_BRACKETED.sub(" ", str(name))) or name_key(name)


KEYS = {
    field: tuple(map(name_key, (*USUAL_NAMES[field], *OTHER_LANGUAGES.get(field, ())))) for field in CANONICAL
}
_ENGLISH = {name_key(name): field for field, names in USUAL_NAMES.items() for name in (field, *names)}
CANONICAL_OF = {key: field for field, keys in KEYS.items() for key in keys} | _ENGLISH


NO_COLUMN = "-"
"""Stands for the column of a canonical name that is not to be read, though one looks like it."""


def parse_columns(columns: ColumnsOption) -> dict[str, str | int]:
    """Read the user's word on columns.

    Parameters
    ----------
    columns : mapping, str or None
        ``{"artist": "Band", "score": 3}`` or ``"artist=Band,score=3"``: canonical name, or a usual name for it, to
        the source's name or position from 0; "-" where no column is to be taken for it. A name with a comma may stand
        in quotation marks, which are doubled within: ``'text="a=b,c"'``.

    Returns
    -------
    dict of str to (str or int)
        Canonical name to the source's name or position.

    Raises
    ------
    ParameterError
        If it is not of this form, a canonical name is unknown, or one is given twice.
    """
    if columns is None:
        return {}
    pairs = _pairs(columns) if isinstance(columns, str) else list(columns.items())
    chosen: dict[str, str | int] = {}
    for name, theirs in pairs:
        field = CANONICAL_OF.get(name_key(name))
        if field is None:
            raise ParameterError(f"columns: unknown column {str(name)!r}; choose from {', '.join(CANONICAL)}")
        if field in chosen:
            raise ParameterError(f"columns: {field} is given twice")
        if isinstance(theirs, bool) or not isinstance(theirs, str | int) or theirs == "":
            raise ParameterError(f"columns: {field} must name a column or a position from 0; got {theirs!r}")
        chosen[field] = theirs
    return chosen


def _pairs(text: str) -> list[tuple[str, str | int]]:
    pairs: list[tuple[str, str | int]] = []
    for part in _parts(text):
        name, equals, theirs = part.partition("=")
        if not equals or not name.strip() or not theirs.strip():
            raise ParameterError(f"columns must read 'artist=Band,score=3'; got {part.strip()!r} in {text!r}")
        theirs = theirs.strip()
        if quoted := _QUOTED.fullmatch(theirs):
            pairs.append((name.strip(), quoted[1].replace('""', '"')))
        else:
            pairs.append((name.strip(), int(theirs) if _POSITION.fullmatch(theirs) else theirs))
    return pairs


def _parts(text: str) -> list[str]:
    """Split at commas, but for those of a column's own name: "text=What you thought, in your own words:".

    A name in quotation marks is taken as it stands: 'artist="a=b,c=d"'.
    """
    parts: list[str] = []
    for part in _PART.findall(text):
        if parts and part.startswith(" ") and not _NAMED.match(part):
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return parts


def has_usual_names(names: Sequence[str]) -> bool:
    """Return whether any of ``names`` is a usual column name."""
    return any(_bare_key(name) in CANONICAL_OF or _key_within(name) for name in names)


def _key_within(name: object) -> str | None:
    """Return the usual name within one that has words around it: "title" of "post_title"; None if there is none."""
    words = [name_key(word) for word in _BETWEEN_WORDS.split(_BRACKETED.sub(" ", str(name))) if word]
    front = next((at for at, word in enumerate(words) if word not in ADDED_IN_FRONT), len(words))
    back = next((at for at in range(len(words), front, -1) if words[at - 1] not in ADDED_BEHIND), front)
    parts = (words[begin:end] for begin in range(front + 1) for end in range(len(words), back - 1, -1))
    keys = ("".join(part) for part in parts if len(part) < len(words))
    return next((key for key in keys if key in CANONICAL_OF and key not in NOT_ADDED_TO), None)


def map_columns(
    names: Sequence[str],
    chosen: Mapping[str, str | int],
    source: str,
    *,
    unrecognized: Collection[int] = (),
    proposed: Mapping[str, int] = MappingProxyType({}),
    values: Values | None = None,
) -> dict[str, int]:
    """Find the position of each canonical column.

    Parameters
    ----------
    names : sequence of str
        The source's columns.
    chosen : mapping
        What :func:`parse_columns` returned; :data:`NO_COLUMN` for one that is not to be read.
    source : str
        What messages call the source.
    unrecognized : collection of int
        Positions that are taken only where they are chosen.
    proposed : mapping of str to int
        Position for a canonical name that has none by its usual names.
    values : callable, optional
        Gives the first values of the column at a position, for what the error proposes.

    Returns
    -------
    dict of str to int
        Canonical name to position, in canonical order; absent ones are left out.

    Raises
    ------
    SchemaError
        If a chosen column does not exist, or neither artist, title nor text was found.
    """
    unread = {field for field, theirs in chosen.items() if theirs == NO_COLUMN and theirs not in names}
    asked = {field: theirs for field, theirs in chosen.items() if field not in unread}
    found = {field: _position(theirs, names, field, source) for field, theirs in asked.items()}
    taken, passed_over = set(found.values()), set(unrecognized)
    by_key: dict[str, int] = {}
    of_machines: dict[str, int] = {}
    within: dict[str, int] = {}
    for key_of in (name_key, _bare_key):  # "Rating" before "Rating (readers)"
        for position, name in enumerate(names):
            if position not in taken and position not in passed_over:
                keys = of_machines if _is_of_machine(name) else by_key
                is_flag = key_of(name) == "published" and values is not None and _are_flags(values(position))
                keys.setdefault("ispublished" if is_flag else key_of(name), position)
                if _bare_key(name) not in CANONICAL_OF and (key := _key_within(name)):
                    within.setdefault(key, position)
    if not by_key.keys().isdisjoint(_BESIDE_VOTES):
        by_key = {key: at for key, at in by_key.items() if key not in ("score", "points")}
    for field in CANONICAL:
        if field not in found and field not in unread:
            position = next((by_key[key] for key in KEYS[field] if key in by_key), proposed.get(field))
            if position is not None and position not in found.values():
                found[field] = position
    for field in CANONICAL:
        if field not in found and field not in unread:
            others = (keys[key] for keys in (within, of_machines) for key in KEYS[field] if key in keys)
            position = next((place for place in others if place not in found.values()), None)
            if position is not None:
                found[field] = position
    _take_ambiguous(
        found,
        names,
        {key: at for key, at in by_key.items() if AMBIGUOUS.get(key) not in unread | asked.keys()},
    )
    _label_means_class(found, names, chosen)
    if not {"artist", "title", "text"} & found.keys():
        unknown = {name: at for at, name in enumerate(names) if at not in found.values()}
        example = columns_example(
            list(unknown), values=None if values is None else [values(at) for at in unknown.values()]
        )
        raise SchemaError(
            f"{source}: no column for artist, title or text among {listed_names(names)}; "
            f"say which, e.g. --columns {example}"
        )
    return {field: found[field] for field in CANONICAL if field in found}


def _are_flags(values: Sequence[object]) -> bool:
    """Return whether values are but yes and no: "published" is no day then."""
    known = {str(value).strip().casefold() for value in values} - {"", "none"}
    return bool(known) and known <= {"true", "false", "yes", "no", "0", "1"}


def _is_of_machine(name: object) -> bool:
    """Return whether a name is one that programs give beside people's own: "_score", not "_id"."""
    return str(name).startswith("_") and str(name) not in USUAL_NAMES["review_id"]


def _take_ambiguous(found: dict[str, int], names: Sequence[str], by_key: Mapping[str, int]) -> None:
    """Take "Note" for the score where another column shows that the header is not English."""
    keys = {_bare_key(names[position]) for position in found.values()}
    if not any(key in CANONICAL_OF and key not in _ENGLISH for key in keys):
        return
    weak = {name_key(name) for name in OF_READERS}
    for key, field in AMBIGUOUS.items():
        is_open = field not in found or _bare_key(names[found[field]]) in weak
        if is_open and key in by_key and by_key[key] not in found.values():
            found[field] = by_key[key]


def _label_means_class(found: dict[str, int], names: Sequence[str], chosen: Mapping[str, str | int]) -> None:
    """Take ``label`` for the class of a text where nothing else speaks of music."""
    speaks_of_music = {"artist", "genres"} & found.keys() or "labels" in chosen
    named_label = "labels" in found and name_key(names[found["labels"]]) in {"label", "labels"}
    if "text" in found and named_label and not speaks_of_music:
        found["genres"] = found.pop("labels")


def _position(theirs: str | int, names: Sequence[str], field: str, source: str) -> int:
    if isinstance(theirs, str) and theirs in names:
        return names.index(theirs)
    if isinstance(theirs, str):
        for key_of in (name_key, _bare_key):
            same = [position for position, name in enumerate(names) if key_of(name) == key_of(theirs)]
            if same and key_of(theirs):
                return same[0]
        if theirs.endswith(("…", "...")):  # as messages show a long name
            same = [at for at, name in enumerate(names) if str(name).startswith(theirs.rstrip("….") or "…")]
            if len(same) == 1:
                return same[0]
    elif 0 <= theirs < len(names):
        return theirs
    elif str(theirs) in names:  # a column that is called "2010"
        return names.index(str(theirs))
    raise SchemaError(f"{source}: no column {theirs!r} for {field}; the columns are {listed_names(names)}")
