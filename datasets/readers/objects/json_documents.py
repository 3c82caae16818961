"""JSON files that are one object: where in it the reviews stand.

Web services and exports wrap their records: ``{"count": 60, "reviews": [...]}``. The list of objects, three keys deep
at most, is the source then; of several the one whose objects have most of artist, title and text, of equals the
longest. Where all of them lie in a list of one object (``{"db": [{"data": {"posts": [...]}}]}``), they are looked
for in there. An object that has as many of these itself is one review, whatever lists it holds. One of lists alone
(``{"artist": [...], "title": [...]}``) is a table by columns, as is pandas' (``{"artist": {"0": ...}, ...}``); other
members and keys around it do not matter where two and more of the three are lists of one length. Names beside rows
(``{"columns": ["artist", ...], "data": [[...], ...]}``) are one, too, and an array whose first item is a list of names;
one of lists of objects that are alike (``{"Low": [{...}, ...], "Can": [...]}``) holds the reviews by their keys, and
one of objects alone that share one of the three (``{"r1": {"artist": ...}, ...}``) holds the reviews by their keys.

Public names: :class:`Document`, :func:`open_document`, :func:`rows_below_names`.
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ....core.errors import SourceError
from ..columns.mapping import CANONICAL_OF, name_key
from ..columns.proposals import listed_names
from ..decoding.streams import SourceFile, open_text
from .json_arrays import iterate_members

_LEVELS = 3  # keys that lead to the list of reviews, at most
_MOST_LISTS = 1000  # objects whose keys are data would have as many as there are records
_CONTAINERS = frozenset(["reviews", "review", "posts", "pages", "items", "data", "results", "records", "articles",
                         "entries", "documents", "drafts", "tags", "users"])  # fmt: skip
_FEWEST_ALIKE = 3  # lists; two may be old and new
_SHOWN = 5  # lists that a note names
_TELLING = {"artist", "title", "text"}
_NAMES_OF_COLUMNS = ("columns", "fields", "header", "headers", "names", "column_names")
_ROWS = ("data", "rows", "values", "records")
Path = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """The records of a file that is one JSON object.

    Parameters
    ----------
    items : iterator
        Of its records, and of what stands among them.
    notes : list of str
        Where they were found.
    fault : str
        Why the file is not one object; "" if it is.
    """

    items: Iterator[Any] = field(default_factory=lambda: iter(()))
    notes: list[str] = field(default_factory=list)
    fault: str = ""


@dataclass
class _List:
    """What is known of a list: its items, those that are objects, and which of artist, title and text they have."""

    n_items: int = 0
    n_objects: int = 0
    n_lists: int = 0
    has: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def add(self, item: Any) -> None:
        self.n_items += 1
        self.n_lists += isinstance(item, list)
        if isinstance(item, dict):
            if not self.n_objects:
                self.has, self.keys = _telling(item), set(item)
            self.n_objects += 1


@dataclass
class _Outline:
    """The lists of an object, and which of artist, title and text are its own."""

    lists: dict[Path, _List] = field(default_factory=dict)
    has: set[str] = field(default_factory=set)
    only_lists: bool = True
    only_objects: bool = True

    def of_columns(self) -> Path | None:
        """Return the keys that lead to a table by columns, or None: telling lists of one length, none of objects."""
        for parent in dict.fromkeys(path[:-1] for path in self.lists):
            inner = {path[-1]: one for path, one in self.lists.items() if path[:-1] == parent}
            telling = {name: one for name, one in inner.items() if _telling([name])}
            sizes = {one.n_items for one in telling.values()}
            plain = not any(one.n_objects or one.n_lists for one in telling.values())
            if len(telling) > 1 and len(sizes) == 1 and sizes != {1} and plain:
                return parent
        return None

    def of_rows(self) -> tuple[str, str] | None:
        """Return the members that hold the names of columns and the rows, or None."""
        names = next((key for key in _NAMES_OF_COLUMNS if (key,) in self.lists), None)
        rows = next((key for key in _ROWS if (key,) in self.lists), None)
        if names is None or rows is None:
            return None
        if self.lists[rows,].n_lists < self.lists[rows,].n_items:
            return None
        return names, rows

    def of_alike(self) -> Path | None:
        """Return the keys that lead to lists of objects that are alike and called by what is no thing of the web."""
        found, parents = list(self.lists.values()), {path[:-1] for path in self.lists}
        names = {name_key(path[-1]) for path in self.lists}
        if self.has or len(found) < _FEWEST_ALIKE or len(parents) > 1 or names & _CONTAINERS:
            return None
        first = found[0]
        alike = all(
            one.n_objects == one.n_items
            and one.has == first.has
            and 2 * len(one.keys & first.keys) > len(one.keys | first.keys)
            for one in found
        )
        return parents.pop() if alike and first.has else None

    def of_objects(self) -> list[Path]:
        """Return where lists of objects are, that of the reviews first."""
        found = {path: one for path, one in self.lists.items() if 2 * one.n_objects > one.n_items}
        return sorted(found, key=lambda path: (-len(found[path].has), -found[path].n_items))


def _telling(keys: Iterable[str]) -> set[str]:
    return {CANONICAL_OF.get(name_key(key), "") for key in keys} & _TELLING


def open_document(source: SourceFile) -> Document:
    """Look through a file that begins with "{" for where its reviews are.

    Parameters
    ----------
    source : SourceFile

    Returns
    -------
    Document

    Raises
    ------
    SourceError
        If it is a table by columns of unequal lengths.
    """
    try:
        outline = _outline(source)
    except (ValueError, RecursionError) as error:
        if isinstance(error, SourceError):
            raise
        return Document(fault=str(error)[:100])
    if (pair := outline.of_rows()) is not None:
        return _rows(next(_whole(source)), *pair, source.label)
    if (parent := outline.of_alike()) is not None:
        return _of_lists(source, parent, outline)
    found = outline.of_objects()
    if (inner := _only_object(source, outline)) is not None:
        return _inside(inner)
    if found and (not outline.has or len(outline.lists[found[0]].has) > len(outline.has)):
        return Document(_items_at(source, found[0]), [_unwrapped(outline, found)])
    if outline.only_lists and outline.lists:
        return _table(next(_whole(source)), source.label)
    if not outline.has and (parent := outline.of_columns()) is not None:
        return _columns_at(next(_whole(source)), parent, source.label)
    if outline.only_objects and (document := _of_objects(next(_whole(source)), source.label)):
        return document
    several = [path for path in found if outline.lists[path].n_items > 1]
    own = " and ".join(sorted(outline.has))
    note = f"the file is one object with {own} of its own, read as one review, not its lists"
    return Document(_whole(source), [f"{note} of objects ({_sizes(outline, several)})"] if several else [])


def _only_object(source: SourceFile, outline: _Outline) -> tuple[Path, dict[str, Any]] | None:
    """Return where all lies in a list of one object without artist, title or text, as Ghost's ``{"db": [{...}]}``."""
    if outline.has or len(outline.lists) != 1:
        return None
    path, one = next(iter(outline.lists.items()))
    if (one.n_items, one.n_objects) != (1, 1) or one.has:
        return None
    return path, next(_items_at(source, path))


def _inside(inner: tuple[Path, dict[str, Any]]) -> Document:
    """Return the records of a list that lies within the only object of a list, or that object."""
    path, whole = inner
    outline = _Outline()
    for here, value in _lists_within(whole, ()):
        outline.lists[here] = _List()
        for item in value:
            outline.lists[here].add(item)
    found = outline.of_objects()
    if not found or not outline.lists[found[0]].has:
        return Document(iter([whole]))
    items = whole
    for key in found[0]:
        items = items[key]
    outline.lists = {(*path, *here): one for here, one in outline.lists.items()}
    return Document(iter(items), [_unwrapped(outline, [(*path, *here) for here in found])])


def _lists_within(whole: dict[str, Any], path: Path) -> Iterator[tuple[Path, list[Any]]]:
    for key, value in whole.items():
        here = (*path, key)
        if isinstance(value, list):
            yield here, value
        elif isinstance(value, dict) and len(here) < _LEVELS:
            yield from _lists_within(value, here)


def _outline(source: SourceFile) -> _Outline:
    outline = _Outline()
    with open_text(source, warns=False) as stream:
        for path, is_item, value in iterate_members(stream, _LEVELS):
            if not is_item:
                outline.has |= _telling(path[:1])
            outline.only_lists = outline.only_lists and is_item and len(path) == 1
            outline.only_objects = outline.only_objects and len(path) > 1
            if is_item and (path in outline.lists or len(outline.lists) < _MOST_LISTS):
                outline.lists.setdefault(path, _List()).add(value)
    return outline


def _items_at(source: SourceFile, wanted: Path) -> Iterator[Any]:
    with open_text(source) as stream:
        for path, is_item, value in iterate_members(stream, _LEVELS):
            if is_item and path == wanted:
                yield value


def _of_lists(source: SourceFile, parent: Path, outline: _Outline) -> Document:
    """Return the records of all lists, each with the name of its list as ``key``."""
    names = [path[-1] for path in outline.lists]
    note = (
        f"the file is one object of {len(names):,} lists of objects, {listed_names(names[:3])} and the like: all are "
        "read, and their names are the column 'key'; if these are the artists, add --columns artist=key"
    )
    return Document(_items_with_key(source, parent), [note])


def _items_with_key(source: SourceFile, parent: Path) -> Iterator[Any]:
    with open_text(source) as stream:
        for path, is_item, value in iterate_members(stream, _LEVELS):
            if is_item and path[:-1] == parent:
                yield {"key": path[-1], **value} if isinstance(value, dict) else value


def _whole(source: SourceFile) -> Iterator[Any]:
    with open_text(source) as stream:
        yield json.loads(stream.read().lstrip("\ufeff"))


def _of_objects(members: dict[str, dict[str, Any]], label: str) -> Document | None:
    """Return the records of an object that holds but objects: by columns or by keys; None if it is a review."""
    kinds, places = list(members.values()), next(iter(members.values()), {})
    if not all(isinstance(one, dict) for one in kinds):  # an empty list
        return None
    if places and all(one.keys() == places.keys() for one in kinds) and all(map(str.isdigit, places)):
        return _table({name: list(column.values()) for name, column in members.items()}, label)
    if len(kinds) > 1 and set.intersection(*map(_telling, kinds)) and not _telling(members):
        note = f"the file is one object of {len(kinds):,} objects, read as a review each; their keys are not read"
        return Document(iter(kinds), [note])
    return None


def _table(columns: dict[str, list[Any]], label: str) -> Document:
    sizes = {name: len(values) for name, values in columns.items()}
    n_rows = next(iter(sizes.values()))
    other = next((name for name, size in sizes.items() if size != n_rows), None)
    if other is not None:
        raise SourceError(
            f"{label}: a table by columns must have lists of one length; {next(iter(sizes))[:40]!r} has {n_rows:,} "
            f"items, {other[:40]!r} {sizes[other]:,}; write an array with one object for each review instead"
        )
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return Document(
        rows, [f"the file is a table by columns, read as {n_rows:,} reviews"] if n_rows > 1 else []
    )


def _columns_at(whole: dict[str, Any], parent: Path, label: str) -> Document:
    """Return the table by columns that some keys lead to; what is no list, or of another length, is left aside."""
    for key in parent:
        whole = whole[key]
    size = next(len(whole[name]) for name in whole if _telling([name]) and isinstance(whole[name], list))
    columns = {
        name: values for name, values in whole.items() if isinstance(values, list) and len(values) == size
    }
    document = _table(columns, label)
    left = [name for name in whole if name not in columns]
    notes = [f"{document.notes[0]}; beside it, not read: {listed_names(left)}"] if left else document.notes
    return Document(document.items, notes)


def _rows(whole: dict[str, Any], names: str, rows: str, label: str) -> Document:
    """Return the records of a table whose rows are lists."""
    header = [str(name.get("name") if isinstance(name, dict) else name) for name in whole[names]]
    wrong = next((at for at, row in enumerate(whole[rows], 1) if len(row) != len(header)), None)
    if wrong is not None:
        raise SourceError(
            f"{label}: row {wrong} of {rows!r} has {len(whole[rows][wrong - 1])} values, but {names!r} names "
            f"{len(header)} columns; write an array with one object for each review instead"
        )
    records = (dict(zip(header, row, strict=True)) for row in whole[rows])
    return Document(records, [f"the file is a table: {names!r} names its columns, {rows!r} has its rows"])


def rows_below_names(items: Iterator[Any]) -> tuple[Iterator[Any], int]:
    """Return the records of an array, and the place of the first: lists below a list of usual names become objects.

    Parameters
    ----------
    items : iterator
        Of the array.
    """
    first = next(items, None)
    if not isinstance(first, list) or not all(isinstance(name, str) for name in first) or not _telling(first):
        return itertools.chain([] if first is None else [first], items), 1
    return (_named(first, row) for row in items), 2


def _named(names: list[str], row: Any) -> Any:
    is_row = isinstance(row, list) and len(row) == len(names)
    return dict(zip(names, row, strict=True)) if is_row else row


def _unwrapped(outline: _Outline, found: list[Path]) -> str:
    size = outline.lists[found[0]].n_items
    others = f"; other lists of objects are not read: {_sizes(outline, found[1:])}" if found[1:] else ""
    return f"the file is one object; the reviews are the {size:,} items of its list {'.'.join(found[0])!r}{others}"


def _sizes(outline: _Outline, paths: list[Path]) -> str:
    shown = [f"{'.'.join(path)[:40]!r} {outline.lists[path].n_items:,}" for path in paths[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else "")
