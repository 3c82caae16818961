"""Parquet, Arrow IPC (file and stream) and Feather files, and data frames.

The row number is the position, from 1. Only the columns that are used are read.

Public names: :func:`read_parquet`, :func:`read_arrow_file`, :func:`read_frame`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from ...core.errors import NO_ROOM, SourceError
from ...core.progress import ProgressCallback
from .decoding.streams import SourceFile
from .objects.lists_of_reviews import list_of_reviews, note_on_list, spread_table
from .objects.nested import Fields, column_at, fields_of_schema, map_fields, note_on_objects
from .pieces import Pieces
from .progress import announce
from .raw import RawTable, RejectLog, as_column, in_pieces, is_plain

_BATCH_ROWS = 16_384
_OF_NAMES = {"artist", "genres", "labels", "author"}  # a map that holds them has them as its keys


def read_parquet(
    source: SourceFile,
    *,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read a Parquet file."""
    announce(on_progress, f"reading {source.label}", 0)
    with (
        source.on_disk() as path,
        _arrow_errors(source.label, "Parquet"),
        pq.ParquetFile(path, pre_buffer=False) as parquet,  # which would read all row groups ahead
    ):
        found = _Found(fields_of_schema(parquet.schema_arrow), columns, source.label)
        wanted = [found.names[root] for root in found.roots]
        if pieces is not None and pieces.on_disk:
            batches = parquet.iter_batches(_BATCH_ROWS, columns=wanted)
            table = _piecewise(batches, found, pieces, source.label, on_progress)
        else:
            table = found.columns_of(parquet.read(columns=wanted))
    return _raw(table, found, source.label, "parquet")


def read_arrow_file(
    source: SourceFile,
    *,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read an Arrow IPC file or stream, or a Feather file of either version."""
    announce(on_progress, f"reading {source.label}", 0)
    with source.on_disk() as path, _arrow_errors(source.label, "Arrow"):
        if pieces is not None and pieces.on_disk and not _is_first_feather(path):
            with _open_ipc(path) as (schema, batches):
                found = _Found(fields_of_schema(schema), columns, source.label)
                chosen = (_checked(batch).select(found.roots) for batch in batches)
                table = _piecewise(chosen, found, pieces, source.label, on_progress)
            return _raw(table, found, source.label, "arrow")
        table = _read_ipc(path)
        table.validate(full=True)
        return _raw_of_table(table, columns, source.label, "arrow")


class _Found:
    """Which columns, and fields within them, of a table are read as what.

    ``roots`` are the positions of the columns that have to be read, in the order of their first use.
    """

    def __init__(self, fields: Fields, columns: Mapping[str, str | int], label: str) -> None:
        self.places, self.notes = map_fields(fields, columns, label)
        self._reviews_in = list_of_reviews(fields, self.places)
        if self._reviews_in is not None:
            self.notes = [note_on_list(self._reviews_in), *self.notes]
        self.names = fields.names
        self._paths = {field: fields.path(place) for field, place in self.places.items()}
        of_field = {
            field: place if place < fields.n_columns else fields.names.index(self._paths[field][0])
            for field, place in self.places.items()
        }
        self.roots = list(dict.fromkeys(of_field.values()))
        self._at = {field: self.roots.index(root) for field, root in of_field.items()}
        self._objects: dict[str, str] = {}

    def columns_of(self, table: pa.Table) -> pa.Table:
        """Return the canonical columns of a table that holds the columns of ``roots``."""
        if self._reviews_in is not None:
            table = spread_table(table, self._reviews_in)
        columns = {
            field: column_at(table.column(at), self._paths[field][1:]) for field, at in self._at.items()
        }
        for field, column in columns.items():
            if field in _OF_NAMES and pa.types.is_map(column.type):
                columns[field] = _keys(column)
                name = self.names[self.places[field]]
                self._objects[field] = (
                    f"column {name!r} holds maps: their keys are read as {field}, not their values"
                )
            elif field not in self._objects and not is_plain(column.type):
                note = note_on_objects(
                    field, self.names[self.places[field]], column.slice(0, 1000).to_pylist()
                )
                self._objects |= {field: note} if note else {}
        return pa.table(list(map(_plain, columns.values())), names=list(columns))

    def all_notes(self) -> list[str]:
        """Return what a user should know, once all was read."""
        return [*self._objects.values(), *self.notes]


def _piecewise(
    batches: Iterable[pa.RecordBatch],
    found: _Found,
    pieces: Pieces,
    label: str,
    on_progress: ProgressCallback | None,
) -> pa.Table:
    """Take a table batch by batch; its columns are those of ``found.roots``, in that order."""
    n_rows = 0
    for batch in batches:
        columns = found.columns_of(pa.Table.from_batches([batch]))
        for field, column in zip(found.places, columns.columns, strict=True):
            for piece in column.chunks:
                pieces.add(field, piece)
        n_rows += columns.num_rows
        announce(on_progress, f"reading {label}", n_rows)
    return pa.table([pieces.take(field) for field in found.places], names=list(found.places))


def _checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    batch.validate(full=True)
    return batch


def _is_first_feather(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"FEA1"


@contextmanager
def _open_ipc(path: Path) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """Open an Arrow file or stream; give its schema and its record batches."""
    with path.open("rb") as stream:
        is_file = stream.read(6) == b"ARROW1"
    with pa.OSFile(str(path)) as source:
        if is_file:
            reader = pa.ipc.open_file(source)
            yield reader.schema, map(reader.get_batch, range(reader.num_record_batches))
        else:
            with pa.ipc.open_stream(source) as reader:
                yield reader.schema, iter(reader)


def _read_ipc(path: Path) -> pa.Table:
    with path.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith((b"ARROW1", b"FEA1")):
        return feather.read_table(str(path), memory_map=False)
    with pa.OSFile(str(path)) as stream, pa.ipc.open_stream(stream) as reader:
        return reader.read_all()


def read_frame(
    frame: pd.DataFrame | pa.Table,
    *,
    columns: Mapping[str, str | int],
    label: str = "data frame",
    on_progress: ProgressCallback | None = None,
) -> RawTable:
    """Take the columns of a pandas data frame or an Arrow table.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
    columns : mapping
    label : str
        What messages and rejects call it.
    on_progress : callable, optional

    Returns
    -------
    RawTable

    Raises
    ------
    SourceError
        If it has no rows.
    SchemaError
        If no column can be used.
    """
    announce(on_progress, f"reading {label}", 0)
    if isinstance(frame, pa.Table):
        return _raw_of_table(frame, columns, label, "frame")
    names = [str(name) for name in frame.columns]
    found = _Found(Fields(names, len(names)), columns, label)
    arrays = [as_column(_values(frame.iloc[:, root])) for root in found.roots]
    table = pa.Table.from_arrays(arrays, names=[names[root] for root in found.roots])
    return _raw(found.columns_of(table), found, label, "frame")


def _values(series: pd.Series) -> pd.Series | list[object]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    return list(series) if series.dtype == object else series


def _raw_of_table(table: pa.Table, columns: Mapping[str, str | int], label: str, format: str) -> RawTable:
    found = _Found(fields_of_schema(table.schema), columns, label)
    return _raw(found.columns_of(table.select(found.roots)), found, label, format)


def _raw(table: pa.Table, found: _Found, label: str, format: str) -> RawTable:
    if not table.num_rows:
        raise SourceError(f"{label}: holds no rows; check the path")
    return RawTable(
        source=label,
        format=format,
        columns={field: table.column(at) for at, field in enumerate(found.places)},
        rows=np.arange(1, table.num_rows + 1),
        mapping={field: found.names[place] for field, place in found.places.items()},
        rejects=RejectLog(label),
        notes=found.all_notes(),
    )


def _keys(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the keys of each map, as a list."""
    keys = [None if pairs is None else [str(key) for key, _ in pairs] for pairs in column.to_pylist()]
    return pa.chunked_array([pa.array(keys, pa.list_(pa.string()))])


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decode dictionaries; turn what has no counterpart here (maps, structures, durations) into text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if not is_plain(kind):
        return pa.chunked_array([as_column(column.to_pylist())])
    return in_pieces(column)


@contextmanager
def _arrow_errors(label: str, kind: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, SourceError) or getattr(error, "errno", None) in NO_ROOM:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise SourceError(f"{label}: not a whole {kind} file ({reason}); get the file again") from error
