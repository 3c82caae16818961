"""Objects within records: each of their fields is a column of its own, called by its path (``album.artist.name``).

A column that has such a name itself comes before a path. A list of objects has its fields, too: those of
``"artists": [{"name": "Low"}, {"name": "Can"}]`` are ``artists.name``, a list. What a field holds is told by the usual
names of its last part, or of the last two together (``review.date``); ``name``, ``value`` and MongoDB's ``$oid`` and
``$date`` speak of the object that has them. An artist, label, genre or author keeps what is said of it to itself:
``artist.url`` is no address of the review; the genres of an artist count where the record has no others. Of several
fields the one with the more usual name is taken, of equals the one that lies less deep, of equals the first, with a
note; names that differ in number or an added "name", and all names of artists, are equals. What others say (comments)
and what is only beside the review (similar artists, its pictures, its tracks) tells nothing of it; other lists of
objects that are not called by what they hold come last.

Public names: :class:`Fields`, :func:`fields_of_records`, :func:`fields_of_schema`, :func:`map_fields`,
:func:`value_at`, :func:`column_at`, :func:`note_on_objects`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..columns.mapping import CANONICAL_OF, KEYS, map_columns, name_key
from ..columns.proposals import Values, listed_names
from ..columns.unused import unused_columns
from ..raw import CANONICAL, as_column

_DEEPEST = 8  # objects within objects that are looked into
_MOST_FIELDS = 1000  # objects whose keys are data ("u1", "u2", ...) would have as many as there are records
_SPEAKS_OF_OWNER = frozenset(["name", "fullname", "displayname", "value"])
_OWN = {
    "artist": {"artist", "genres"},
    "labels": {"labels"},
    "genres": {"genres"},
    "author": {"author"},
    "title": set(CANONICAL) - {"review_id", "pub_date", "url"},
}
_BESIDE = (
    "comment",
    "reply",
    "replies",
    "similar",
    "related",
    "recommend",
    "cover",
    "image",
    "picture",
    "photo",
    "thumbnail",
    "attachment",
    "avatar",
)  # how names of others' things begin
_BESIDE_AS_LISTS = ("track", "song", "vote", "like")  # one may be what is reviewed, several are parts of it
_LAST_RESORT = 1000  # added to the rank of a name
_NUMBER_OR_NAME = re.compile(r"(names?|s)$")
Path = tuple[str, ...]


@dataclass(frozen=True)
class Fields:
    """The columns of a source and the fields within them.

    Parameters
    ----------
    names : list of str
        Columns, then the paths of fields.
    n_columns : int
    paths : dict of str to tuple of str
        Keys that lead to each field.
    objects : set of str
        Columns and fields that hold objects and nothing else.
    notes : list of str
    lists : set of tuple of str
        Paths of columns and fields that hold lists.
    """

    names: list[str]
    n_columns: int
    paths: dict[str, Path] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    lists: set[Path] = field(default_factory=set)

    def plain_names(self) -> list[str]:
        """Return the names, those that hold only objects as "", so that places stay."""
        return ["" if name in self.objects else name for name in self.names]

    def path(self, place: int) -> Path:
        """Return the keys that lead to the column or field at ``place``."""
        name = self.names[place]
        return (name,) if place < self.n_columns else self.paths[name]


def fields_of_records(records: Sequence[Mapping[str, Any]]) -> Fields:
    """Return columns and fields in the order of their first appearance."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    nested = [key for key in columns if any(isinstance(record.get(key), dict | list) for record in records)]
    seen: dict[Path, list[int]] = {}
    for record in records:
        for key in nested:
            _count_kinds(record.get(key), (key,), seen)
    return _fields(
        columns,
        {path: bool(n_objects) and not n_others for path, (n_objects, n_others, _) in seen.items()},
        {path for path, (_, _, n_in_lists) in seen.items() if n_in_lists},
    )


def _count_kinds(value: Any, path: Path, seen: dict[Path, list[int]]) -> None:
    """Count objects, other values, and those of both in lists, at each path."""
    for item in value if isinstance(value, list) else [value]:
        if item is None or (path not in seen and len(seen) >= _MOST_FIELDS):
            continue
        counts = seen.setdefault(path, [0, 0, 0])
        counts[not isinstance(item, dict)] += 1
        counts[2] += isinstance(value, list)
        if isinstance(item, dict) and len(path) <= _DEEPEST:
            for key, inner in item.items():
                _count_kinds(inner, (*path, key), seen)


def fields_of_schema(schema: pa.Schema) -> Fields:
    """Return columns and fields of an Arrow schema."""
    kinds = {path: kind for column in schema for path, kind in _paths((column.name,), column.type)}
    found = {path: _has_fields(kind) for path, kind in list(kinds.items())[:_MOST_FIELDS]}
    return _fields(schema.names, found, {path for path in found if _is_list(kinds[path])})


def _paths(path: Path, kind: pa.DataType) -> Iterator[tuple[Path, pa.DataType]]:
    yield path, kind
    inner = kind.value_type if _is_list(kind) else kind
    if pa.types.is_struct(inner) and len(path) <= _DEEPEST:
        for part in inner:
            yield from _paths((*path, part.name), part.type)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _has_fields(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind.value_type if _is_list(kind) else kind)


def _fields(columns: Sequence[str], holds_objects: Mapping[Path, bool], lists: set[Path]) -> Fields:
    paths: dict[str, Path] = {}
    for path in holds_objects:
        if len(path) > 1 and ".".join(path) not in columns:
            paths.setdefault(".".join(path), path)
    objects = {".".join(path) for path, only in holds_objects.items() if only}
    deep = [name for name, path in paths.items() if name in objects and len(path) > _DEEPEST]
    notes = [f"objects more than {_DEEPEST} deep are not looked into: {listed_names(deep)}"] if deep else []
    if len(holds_objects) >= _MOST_FIELDS:
        notes.append(f"only the first {_MOST_FIELDS:,} fields of objects are looked at")
    return Fields([*columns, *paths], len(columns), paths, objects, notes, lists)


def map_fields(
    fields: Fields, chosen: Mapping[str, str | int], source: str, values: Values | None = None
) -> tuple[dict[str, int], list[str]]:
    """Find the place of each canonical column among columns and fields.

    Parameters
    ----------
    fields : Fields
    chosen, source
        As for :func:`.map_columns`.
    values : callable, optional
        Gives the first values of the column or field at a place.

    Returns
    -------
    places : dict of str to int
        As :func:`.map_columns` has it.
    notes : list of str
    """
    ranked, plain = _candidates(fields), fields.plain_names()
    proposed = {canonical: places[0][1] for canonical, places in ranked.items()}
    unrecognized = [place for place, name in enumerate(plain) if not name or place >= fields.n_columns]
    places = map_columns(
        fields.names,
        chosen,
        source,
        unrecognized=unrecognized,
        proposed={**_whole_objects(fields), **proposed},
        values=values,
    )
    notes = [*fields.notes, *unused_columns(plain, places, values)]
    for canonical, found in ranked.items():
        equals = [fields.names[place] for rank, place in found if rank[0] == found[0][0][0]]
        if len(equals) > 1 and canonical not in chosen and places.get(canonical) == found[0][1]:
            notes.append(
                f"{canonical} is read from {equals[0]!r}, though {equals[1]!r} looks like it, too: "
                f"if that is meant, add --columns {canonical}={equals[1]}"
            )
    return places, notes


def _whole_objects(fields: Fields) -> dict[str, int]:
    """Return the places of columns of objects that have a usual name, for want of a field.

    An object is no genre or label ("style" of Amazon has the format of a record); of a list of them each may be one.
    """
    places = {name_key(name): place for place, name in enumerate(fields.names[: fields.n_columns])}
    objects = {key: place for key, place in places.items() if fields.names[place] in fields.objects}
    found = {
        canonical: next(objects[key] for key in keys if key in objects)
        for canonical, keys in KEYS.items()
        if any(key in objects for key in keys)
    }
    return {
        canonical: place
        for canonical, place in found.items()
        if canonical not in ("genres", "labels") or (fields.names[place],) in fields.lists
    }


_Rank = tuple[int, int, int]  # of the first equal name, depth, of the name itself


def _candidates(fields: Fields) -> dict[str, list[tuple[_Rank, int]]]:
    """Return the rank and the place of each canonical column's fields, the best first."""
    found: dict[str, list[tuple[_Rank, int]]] = {}
    for place in range(fields.n_columns, len(fields.names)):
        name, path = fields.names[place], fields.path(place)
        key = _key(path)
        canonical = "" if name in fields.objects else CANONICAL_OF.get(key, "")
        owner = next((CANONICAL_OF[key] for key in map(name_key, path[-2::-1]) if key in CANONICAL_OF), "")
        if canonical in _OWN.get(owner, CANONICAL) and not _is_beside(path, fields.lists):
            rank = KEYS[canonical].index(key) if key in KEYS[canonical] else 0
            is_last = owner == "artist" != canonical or _is_of_other_list(path, canonical, fields.lists)
            tier = _first_equal(canonical, rank) + _LAST_RESORT * is_last
            found.setdefault(canonical, []).append(((tier, len(path), rank), place))
    return {canonical: sorted(places) for canonical, places in found.items()}


def _first_equal(canonical: str, rank: int) -> int:
    """Return the rank of the first name that is as usual as the one at ``rank``."""
    if canonical == "artist":
        return 0
    stems = [_NUMBER_OR_NAME.sub("", key) for key in KEYS[canonical]]
    return stems.index(stems[rank])


def _is_beside(path: Path, lists: set[Path]) -> bool:
    """Return whether a field lies in what is not the review's own: what others say, similar artists, tracks."""
    return any(
        name_key(key).startswith(_BESIDE + _BESIDE_AS_LISTS * (path[: depth + 1] in lists))
        for depth, key in enumerate(path[:-1])
    )


def _is_of_other_list(path: Path, canonical: str, lists: set[Path]) -> bool:
    """Return whether a field lies in a list of objects that is not called by what the field is."""
    return any(
        path[: depth + 1] in lists and not name_key(key).startswith(KEYS[canonical])
        for depth, key in enumerate(path[:-1])
    )


def _key(path: Path) -> str:
    """Return what tells the meaning of a field: its last two parts, the one before the last, or the last."""
    owner, last = map(name_key, path[-2:])
    if owner + last in CANONICAL_OF:
        return owner + last
    speaks_of_owner = last in _SPEAKS_OF_OWNER or path[-1].startswith("$")
    return owner if speaks_of_owner and owner in CANONICAL_OF else last


def value_at(record: Mapping[str, Any], path: Path) -> Any:
    """Return the value of a field; of the objects of a list the list of theirs, one value as it is.

    A name in the place of an object that has a name stands for it: "Low" beside {"name": "Low"}.
    """
    values, is_list = [record], False
    for depth, key in enumerate(path):
        inner = [_of_item(value, key, path, depth) for value in values]
        is_list = is_list or (depth < len(path) - 1 and any(isinstance(value, list) for value in inner))
        if is_list and depth < len(path) - 1:
            inner = [item for value in inner for item in (value if isinstance(value, list) else [value])]
        values = [value for value in inner if value is not None]
    return values if is_list else values[0] if values else None


def _of_item(value: Any, key: str, path: Path, depth: int) -> Any:
    if isinstance(value, Mapping):
        return value.get(key)
    return value if depth == len(path) - 1 and name_key(key) in _SPEAKS_OF_OWNER else None


def column_at(column: pa.ChunkedArray, path: Path) -> pa.ChunkedArray:
    """Return a field of a column of structures."""
    for depth, key in enumerate(path):
        if not pa.types.is_struct(column.type):
            wrapped = ({"": value} for value in column.to_pylist())
            values = [value_at(value, ("", *path[depth:])) for value in wrapped]
            return pa.chunked_array([as_column(values)])
        column = pc.struct_field(column, [key])
    return column


def note_on_objects(canonical: str, name: str, values: Iterable[Any]) -> str | None:
    """Say so where a column still holds objects, and which fields they have."""
    keys: dict[str, None] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping) and len(keys) < _MOST_FIELDS:
                keys.update(dict.fromkeys(map(str, item)))
    if not keys:
        return None
    inner = [f"{name}.{key}" for key in keys]
    return (
        f"column {name!r}, taken for {canonical}, holds objects, read as they are written: "
        f"if one of their fields is meant ({listed_names(inner)}), add --columns {canonical}={inner[0]}"
    )
