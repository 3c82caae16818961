"""Tables as Arrow IPC files, mapped into memory when they are read.

Public names: :func:`write_arrow`, :func:`read_arrow`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BandscapeError, ChecksumError, SourceError, first_line
from ..replacement import replace_file
from ..seals import check_seal, seal_file, unsealed_note, without_seal

if TYPE_CHECKING:
    import pyarrow as pa


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
        raise ChecksumError(f"{path}: damaged or not Arrow ({first_line(error)}); make it again") from error
