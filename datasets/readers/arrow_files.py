"""Parquet, Arrow IPC (file and stream) and Feather files, and data frames.

The row number is the position, from 1. Only the columns that are used are read.

Public names: :func:`read_parquet`, :func:`read_arrow_file`, :func:`read_frame`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from ...core.errors import SourceError
from ...core.progress import ProgressCallback
from .mapping import map_columns, unused_columns
from .pieces import Pieces
from .progress import announce
from .raw import RawTable, RejectLog, as_column, in_pieces, is_plain
from .streams import SourceFile

_BATCH_ROWS = 16_384


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
        names = parquet.schema_arrow.names
        places = map_columns(names, columns, source.label)
        wanted = [names[place] for place in places.values()]
        if pieces is not None and pieces.on_disk:
            batches = parquet.iter_batches(_BATCH_ROWS, columns=wanted)
            table = _piecewise(batches, places, pieces, source.label, on_progress)
        else:
            table = parquet.read(columns=wanted)
    return _raw(table, names, places, source.label, "parquet")


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
                places = map_columns(schema.names, columns, source.label)
                chosen = (_checked(batch).select(list(places.values())) for batch in batches)
                table = _piecewise(chosen, places, pieces, source.label, on_progress)
            return _raw(table, schema.names, places, source.label, "arrow")
        table = _read_ipc(path)
        table.validate(full=True)
        return _raw_of_table(table, columns, source.label, "arrow")


def _piecewise(
    batches: Iterable[pa.RecordBatch],
    places: Mapping[str, int],
    pieces: Pieces,
    label: str,
    on_progress: ProgressCallback | None,
) -> pa.Table:
    """Take a table batch by batch; its columns are those of ``places``, in that order."""
    n_rows = 0
    for batch in batches:
        for at, field in enumerate(places):
            for piece in _plain(pa.chunked_array([batch.column(at)])).chunks:
                pieces.add(field, piece)
        n_rows += batch.num_rows
        announce(on_progress, f"reading {label}", n_rows)
    return pa.table([pieces.take(field) for field in places], names=list(places))


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
    places = map_columns(names, columns, label)
    arrays = [as_column(_values(frame.iloc[:, place])) for place in places.values()]
    chosen = [names[place] for place in places.values()]
    return _raw(pa.Table.from_arrays(arrays, names=chosen), names, places, label, "frame")


def _values(series: pd.Series) -> pd.Series | list[object]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    return list(series) if series.dtype == object else series


def _raw_of_table(table: pa.Table, columns: Mapping[str, str | int], label: str, format: str) -> RawTable:
    places = map_columns(table.column_names, columns, label)
    return _raw(table.select(list(places.values())), table.column_names, places, label, format)


def _raw(
    table: pa.Table, names: Sequence[str], places: Mapping[str, int], label: str, format: str
) -> RawTable:
    if not table.num_rows:
        raise SourceError(f"{label}: holds no rows; check the path")
    return RawTable(
        source=label,
        format=format,
        columns={field: _plain(table.column(at)) for at, field in enumerate(places)},
        rows=np.arange(1, table.num_rows + 1),
        mapping={field: names[place] for field, place in places.items()},
        rejects=RejectLog(label),
        notes=unused_columns(names, places),
    )


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
        if isinstance(error, SourceError):
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise SourceError(f"{label}: not a whole {kind} file ({reason}); get the file again") from error
