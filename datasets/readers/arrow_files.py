"""Parquet, Arrow IPC (file and stream) and Feather files, and data frames.

The row number is the position, from 1. Only the columns that are used are read.

Public names: :func:`read_parquet`, :func:`read_arrow_file`, :func:`read_frame`.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from .progress import announce
from .raw import RawTable, RejectLog, as_column, in_pieces, is_plain
from .streams import SourceFile


def read_parquet(
    source: SourceFile, *, columns: Mapping[str, str | int], on_progress: ProgressCallback | None = None
) -> RawTable:
    """Read a Parquet file."""
    announce(on_progress, f"reading {source.label}", 0)
    with source.on_disk() as path, _arrow_errors(source.label, "Parquet"), pq.ParquetFile(path) as parquet:
        names = parquet.schema_arrow.names
        places = map_columns(names, columns, source.label)
        table = parquet.read(columns=[names[place] for place in places.values()])
    return _raw(table, names, places, source.label, "parquet")


def read_arrow_file(
    source: SourceFile, *, columns: Mapping[str, str | int], on_progress: ProgressCallback | None = None
) -> RawTable:
    """Read an Arrow IPC file or stream, or a Feather file of either version."""
    announce(on_progress, f"reading {source.label}", 0)
    with source.on_disk() as path, _arrow_errors(source.label, "Arrow"):
        table = _read_ipc(path)
        table.validate(full=True)
        return _raw_of_table(table, columns, source.label, "arrow")


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
