"""Single files in open formats: JSON, Parquet (zstd, page checksums), Arrow IPC (memory-mapped), safetensors, npz.

All are replaced as a whole (:mod:`.replacement`) and verified when read; nothing is pickled. numpy and pyarrow are
imported where they are used: the command line must start quickly.

Public names: ``write_*`` and ``read_*`` for each format, :class:`TableWriter`, :func:`iterate_table`,
:func:`count_nulls`, :func:`read_metadata`, :func:`sha256_of`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import BandscapeError, ChecksumError, SchemaError, SourceError
from .json_faults import explain_fault
from .replacement import replace_file
from .seals import check_seal, seal_file, unsealed_note, without_seal
from .sparse_files import read_sparse as read_sparse
from .sparse_files import write_sparse as write_sparse

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray


def sha256_of(path: str | Path) -> str:
    """Return the sha256 of a file as hexadecimal text.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Raises
    ------
    OSError
        If the file is missing or cannot be read.
    """
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON with sorted keys, UTF-8, indented; NaN and infinity are refused.

    Parameters
    ----------
    path : path
        Its folder must exist.
    value : JSON-able
        Characters that UTF-8 cannot hold (lone surrogates) are written as backslash escapes.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    TypeError
        If a value has no JSON form.
    """
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace") + b"\n")


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, UTF-8, lines ending as in ``text``.

    Parameters
    ----------
    path : path
        Its folder must exist.
    text : str
    """
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def read_json(path: str | Path, *, on_object: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : path
    on_object : callable, optional
        Makes the value of each object from its (name, value) pairs, in the place of a dict.

    Returns
    -------
    dict, list, str, int, float, bool or None

    Raises
    ------
    SourceError
        If the file is missing or is not JSON.
    """
    data = b""
    try:
        data = Path(path).read_bytes()
        return json.loads(data, object_pairs_hook=on_object)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not valid JSON ({error}); save it as UTF-8") from error
    except BandscapeError:  # of on_object; some of ours are ValueErrors
        raise
    except json.JSONDecodeError as error:
        fault = explain_fault(data.decode(json.detect_encoding(data), "replace"), error)
        raise SourceError(f"{path}: not valid JSON; {fault}") from error
    except ValueError as error:  # also numbers of thousands of digits
        raise SourceError(f"{path}: not valid JSON ({error})") from error
    except RecursionError as error:
        raise SourceError(f"{path}: not usable JSON (nested too deep)") from error


_OURS = "bandscape"
_PARQUET_OPTIONS: dict[str, Any] = {
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
        with pq.ParquetWriter(temporary, table.schema, **_PARQUET_OPTIONS) as writer:
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
    with _open_parquet(path, columns) as parquet:
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
    with _open_parquet(path, columns) as parquet:
        wanted = list(columns) if columns is not None else None
        for batch in parquet.iter_batches(batch_size=batch_size, columns=wanted):
            yield batch.replace_schema_metadata(without_seal(batch.schema.metadata))


@contextmanager
def _open_parquet(path: str | Path, columns: Sequence[str] | None) -> Iterator[pq.ParquetFile]:
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
        raise ChecksumError(
            f"{path}: damaged or not Parquet ({_first_line(error)}); make it again"
        ) from error


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
            self._writer = pq.ParquetWriter(temporary, self.schema, **_PARQUET_OPTIONS)
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


def write_arrow(path: str | Path, table: pa.Table) -> None:
    """Write an Arrow IPC file, uncompressed so that it can be memory-mapped.

    Parameters
    ----------
    path : path
        Its folder must exist.
    table : pyarrow.Table
    """
    import pyarrow as pa

    sealed = table.replace_schema_metadata({**(table.schema.metadata or {}), **unsealed_note()})
    with replace_file(path) as temporary:
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, sealed.schema) as writer:
            writer.write_table(sealed)
        seal_file(temporary)


def read_arrow(path: str | Path) -> pa.Table:
    """Read an Arrow IPC file, memory-mapped.

    Parameters
    ----------
    path : path

    Returns
    -------
    pyarrow.Table
        Its buffers lie in the mapped file.

    Raises
    ------
    SourceError
        If the file is missing.
    ChecksumError
        If the file is damaged.
    """
    import pyarrow as pa

    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        check_seal(path, table.schema.metadata)
        table.validate(full=True)
        return table.replace_schema_metadata(without_seal(table.schema.metadata))
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: names that are no UTF-8
        if isinstance(error, BandscapeError):
            raise
        raise ChecksumError(f"{path}: damaged or not Arrow ({_first_line(error)}); make it again") from error


def write_arrays(
    path: str | Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays as safetensors.

    Parameters
    ----------
    path : path
        Its folder must exist.
    arrays : mapping of str to ndarray
        Stored in C order.
    metadata : mapping of str to str, optional
    """
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tensors = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    about = dict(metadata or {})
    # one entry, since the library writes several in any order
    header = {
        _OURS: json.dumps({"metadata": about, "sha256": _digest_of_arrays(tensors, about)}, sort_keys=True)
    }
    with replace_file(path) as temporary:
        try:
            save_file(tensors, temporary, metadata=header)
        except SafetensorError as error:
            raise _as_os_error(error, path) from error


def read_arrays(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read a safetensors file.

    Parameters
    ----------
    path : path

    Returns
    -------
    arrays : dict of str to ndarray
    metadata : dict of str to str

    Raises
    ------
    SourceError
        If the file is missing.
    ChecksumError
        If the file is damaged. The format has no checksum: files of :func:`write_arrays` carry a sha256 of their
        content, those of others are only checked for their form.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as stream:
            arrays = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
            metadata = dict(stream.metadata() or {})
        if _OURS not in metadata and not any('"sha256"' in note for note in metadata.values()):
            return arrays, metadata  # somebody else's; ours with a damaged name still holds its note
        stored = json.loads(metadata[_OURS])
        about, digest = dict(stored["metadata"]), stored["sha256"]
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ChecksumError(f"{path}: damaged or not safetensors ({_first_line(error)})") from error
    if digest != _digest_of_arrays(arrays, about):
        raise ChecksumError(f"{path}: content differs from its recorded sha256; make it again")
    return arrays, about


def _digest_of_arrays(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(metadata), sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name!r} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()


def _as_os_error(error: Exception, path: str | Path) -> OSError:
    """Return what the operating system said to a library that passes it on as text."""
    found = re.search(r"os error (\d+)", str(error))
    code = int(found[1]) if found else errno.EIO
    return OSError(code, os.strerror(code), str(path))


def read_metadata(path: str | Path) -> dict[bytes, bytes]:
    """Return the notes in the schema of a Parquet file, without reading its rows.

    Raises
    ------
    SourceError, ChecksumError
        As :func:`read_table`.
    """
    with _open_parquet(path, None) as parquet:
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
    with _open_parquet(path, [column]) as parquet:
        about = parquet.metadata
        at = [about.schema.column(leaf).path for leaf in range(about.num_columns)].index(column)
        groups = (about.row_group(group) for group in range(about.num_row_groups))
        statistics = [group.column(at).statistics for group in groups]
        if all(one is not None and one.has_null_count for one in statistics):
            return about.num_rows, sum(one.null_count for one in statistics)
    batches = iterate_table(path, [column])
    return about.num_rows, sum(batch.column(0).null_count for batch in batches)


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
