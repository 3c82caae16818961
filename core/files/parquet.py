"""Tables as Parquet: zstd, with checksums of their pages and a seal.

Public names: :func:`write_table`, :func:`write_tables`, :class:`TableWriter`, :func:`read_table`,
:func:`iterate_table`, :func:`read_metadata`, :func:`count_nulls`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import BandscapeError, ChecksumError, SchemaError, SourceError, first_line
from ..replacement import replace_file
from ..seals import check_seal, seal_file, unsealed_note, without_seal

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "write_page_checksum": True,
    "write_statistics": True,
}


def write_table(path: str | Path, table: pa.Table) -> None:
    """Write a Parquet file with page checksums.

    Parameters
    ----------
    path : path
        Its folder must exist.
    table : pyarrow.Table
    """
    import pyarrow.parquet as pq

    with replace_file(path) as temporary:
        with pq.ParquetWriter(temporary, table.schema, **_OPTIONS) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata(unsealed_note())
        seal_file(temporary)


def write_tables(tables: Mapping[Path, pa.Table]) -> None:
    """Write Parquet files that belong together: all of them, or, where one fails, none.

    Parameters
    ----------
    tables : mapping of path to pyarrow.Table
        Their folders must exist.
    """
    with ExitStack() as whole:
        for path, table in tables.items():
            write_table(whole.enter_context(replace_file(path)), table)


class TableWriter:
    """Write a Parquet file piece by piece; it appears under its name only when all of it is there.

    Parameters
    ----------
    path : path
    schema : pyarrow.Schema
    """

    def __init__(self, path: str | Path, schema: pa.Schema) -> None:
        self.path = Path(path)
        self.schema = schema
        self.n_rows = 0

    def __enter__(self) -> TableWriter:
        import pyarrow.parquet as pq

        with ExitStack() as stack:
            temporary = stack.enter_context(replace_file(self.path))
            self._writer = pq.ParquetWriter(temporary, self.schema, **_OPTIONS)
            # before the file takes its place; what that raises keeps it away
            stack.callback(self._close, temporary)
            self._open = stack.pop_all()
        return self

    def write(self, table: pa.Table | pa.RecordBatch) -> None:
        """Append rows."""
        import pyarrow as pa

        self.n_rows += table.num_rows
        if isinstance(table, pa.RecordBatch):
            self._writer.write_batch(table)
        else:
            self._writer.write_table(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._open.__exit__(kind, error, trace)

    def _close(self, temporary: Path) -> None:
        self._writer.add_key_value_metadata(unsealed_note())
        self._writer.close()
        seal_file(temporary)


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file, verifying its page checksums.

    Parameters
    ----------
    path : path
    columns : sequence of str, optional
        Only these columns; all without it.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    SourceError
        If the file is missing.
    ChecksumError
        If the file is damaged or is not Parquet.
    SchemaError
        If it lacks one of ``columns``.
    """
    with _opened(path, columns) as parquet:
        table = parquet.read(columns=list(columns) if columns is not None else None)
        return table.replace_schema_metadata(without_seal(table.schema.metadata))


def iterate_table(
    path: str | Path, columns: Sequence[str] | None = None, batch_size: int = 65_536
) -> Iterator[pa.RecordBatch]:
    """Yield record batches of a Parquet file, never holding more than a row group.

    Parameters
    ----------
    path, columns
        As for :func:`read_table`, which also says what is raised.
    batch_size : int, >= 1
        Rows a batch at most.

    Yields
    ------
    pyarrow.RecordBatch
    """
    with _opened(path, columns) as parquet:
        wanted = list(columns) if columns is not None else None
        for batch in parquet.iter_batches(batch_size=batch_size, columns=wanted):
            yield batch.replace_schema_metadata(without_seal(batch.schema.metadata))


def read_metadata(path: str | Path) -> dict[bytes, bytes]:
    """Return the notes in the schema of a Parquet file, without reading its rows.

    Raises
    ------
    SourceError, ChecksumError
        As :func:`read_table`.
    """
    with _opened(path, None) as parquet:
        return without_seal(parquet.schema_arrow.metadata) or {}


def count_nulls(path: str | Path, column: str) -> tuple[int, int]:
    """Count the rows of a Parquet file and the nulls of one column, from its statistics where it has them.

    Parameters
    ----------
    path : path
    column : str
        One that is not nested.

    Returns
    -------
    n_rows, n_nulls : int

    Raises
    ------
    SourceError, ChecksumError, SchemaError
        As :func:`read_table`.
    """
    with _opened(path, [column]) as parquet:
        about = parquet.metadata
        at = [about.schema.column(leaf).path for leaf in range(about.num_columns)].index(column)
        groups = (about.row_group(group) for group in range(about.num_row_groups))
        statistics = [group.column(at).statistics for group in groups]
        if all(one is not None and one.has_null_count for one in statistics):
            return about.num_rows, sum(one.null_count for one in statistics)
    batches = iterate_table(path, [column])
    return about.num_rows, sum(batch.column(0).null_count for batch in batches)


@contextmanager
def _opened(path: str | Path, columns: Sequence[str] | None) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file that has ``columns``; what goes wrong while it is read is one of our errors."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # without pre_buffer: it reads all row groups ahead, so that the memory would grow with the file
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as parquet:
            check_seal(path, parquet.metadata.metadata)
            missing = [name for name in columns or () if name not in parquet.schema_arrow.names]
            if missing:
                raise SchemaError(
                    f"{path}: has no column {missing[0]!r}; it has {parquet.schema_arrow.names}"
                )
            yield parquet
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: names that are no UTF-8
        if isinstance(error, BandscapeError):
            raise
        raise ChecksumError(f"{path}: damaged or not Parquet ({first_line(error)}); make it again") from error
