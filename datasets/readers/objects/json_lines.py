"""JSON Lines (one object a line), JSON arrays of objects, and JSON objects that hold such an array.

Values of MongoDB's extended JSON are read as plain ones (:mod:`extended_json`). The row number is the line, or the
place in the array, from 1. A line that is no JSON object stands in rejects.

Public names: :func:`read_json_lines`.
"""

import itertools
import json
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....core.errors import SourceError
from ....core.progress import ProgressCallback
from ..decoding.streams import SourceFile, open_text
from ..pieces import Pieces
from ..progress import announce
from ..raw import RawTable, RejectLog, as_column
from .extended_json import plain_values, speaks_extended_json
from .json_arrays import iterate_array
from .json_documents import open_document, rows_below_names
from .lists_of_reviews import list_of_reviews, note_on_list, spread_records
from .nested import Path, fields_of_records, map_fields, note_on_objects, value_at

_CHUNK_ROWS = 20_000
Record = tuple[int, dict[str, Any]]


def read_json_lines(
    source: SourceFile,
    *,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read JSON Lines, an array of objects or an object that holds one (:mod:`json_documents`).

    A position in ``columns`` counts the keys in the order of their first appearance, then the fields of objects within
    the records (:mod:`nested`). Lines that are no object are rejected; SourceError if none is.
    """
    rejects = RejectLog(source.label)
    records, told, fault = _records(source, rejects)
    if speaks_extended_json(source.head()):
        records = ((number, plain_values(record)) for number, record in records)
    first = list(itertools.islice(records, 1000))
    if not first:
        raise SourceError(_nothing_found(source.label, rejects) + fault)
    fields = fields_of_records([record for _, record in first])
    places, notes = map_fields(
        fields, columns, source.label, lambda place: _values(first[:50], fields.path(place))
    )
    if (key := list_of_reviews(fields, places)) is not None:
        whole = (record for _, record in itertools.chain(first, records))
        records = enumerate(spread_records(whole, key), start=1)
        first = list(itertools.islice(records, 1000))
        fields = fields_of_records([record for _, record in first])
        places, notes = map_fields(
            fields, columns, source.label, lambda place: _values(first[:50], fields.path(place))
        )
        told = [*told, note_on_list(key)]
    wanted = {field: fields.path(place) for field, place in places.items()}
    mapping = {field: fields.names[place] for field, place in places.items()}
    pieces, numbers = Pieces() if pieces is None else pieces, array("q")
    remaining, objects = itertools.chain(first, records), dict[str, str]()
    while chunk := list(itertools.islice(remaining, _CHUNK_ROWS)):
        numbers.extend(number for number, _ in chunk)
        for field, path in wanted.items():
            values = _values(chunk, path)
            if field not in objects and (note := note_on_objects(field, mapping[field], values)):
                objects[field] = note
            pieces.add(field, as_column(values))
        announce(on_progress, f"reading {source.label}", len(numbers))
    return RawTable(
        source=source.label,
        format="jsonl",
        columns={field: pieces.take(field) for field in wanted},
        rows=np.array(numbers, dtype=np.int64),
        mapping=mapping,
        rejects=rejects,
        notes=[*told, *objects.values(), *notes],
    )


def _records(source: SourceFile, rejects: RejectLog) -> tuple[Iterator[Record], list[str], str]:
    """Return the records, notes on where they stand, and why the source is not one document, if it is not."""
    if source.text_head().lstrip("\ufeff \t\r\n").startswith("["):
        return _numbered(_array_items(source), source, rejects, is_array=True), [], ""
    document = open_document(source)
    if document.fault:
        return _line_records(source, rejects), [], f"; read as one document: {document.fault}"
    return _numbered(document.items, source, rejects), document.notes, ""


def _values(chunk: list[Record], path: Path) -> list[Any]:
    if len(path) == 1:
        return [record.get(path[0]) for _, record in chunk]
    return [value_at(record, path) for _, record in chunk]


def _nothing_found(label: str, rejects: RejectLog) -> str:
    if not len(rejects):
        return f"{label}: holds no JSON objects; check the path"
    first = rejects.table().slice(0, 1).to_pylist()[0]
    return f"{label}: no line is a JSON object; row {first['row']}: {first['reason']}"


def _line_records(source: SourceFile, rejects: RejectLog) -> Iterator[Record]:
    with open_text(source) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip("\ufeff \t\r\n"):
                continue
            record, reason = _parsed(line)
            if isinstance(record, dict):
                yield number, record
            else:
                rejects.add([number], None, [line], reason or "not a JSON object; row left out")


def _parsed(line: str) -> tuple[Any, str | None]:
    try:
        return json.loads(line), None
    except RecursionError:
        return None, "nested too deeply; row left out"
    except ValueError as error:
        return None, f"not valid JSON ({str(error)[:100]}); row left out"


def _array_items(source: SourceFile) -> Iterator[Any]:
    with open_text(source) as stream:
        yield from iterate_array(stream)


def _numbered(
    items: Iterator[Any], source: SourceFile, rejects: RejectLog, *, is_array: bool = False
) -> Iterator[Record]:
    numbered: Iterator[tuple[int, Any]] | None = None
    while True:
        try:
            if numbered is None:
                items, first = rows_below_names(items) if is_array else (items, 1)
                numbered = enumerate(items, start=first)
            number, item = next(numbered)
        except StopIteration:
            return
        except (ValueError, RecursionError) as error:
            if isinstance(error, SourceError):  # of what lies below the text
                raise
            reason = str(error)[:100]
            raise SourceError(f"{source.label}: not valid JSON ({reason}); get the file again") from error
        if isinstance(item, dict):
            yield number, item
        else:
            rejects.add([number], None, [str(item)], "not a JSON object; row left out")
