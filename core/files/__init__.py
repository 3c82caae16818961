"""Single files in open formats: JSON, Parquet (zstd, page checksums), Arrow IPC (memory-mapped), safetensors, npz.

All are replaced as a whole (:mod:`bandscape.core.replacement`) and verified when read; nothing is pickled. numpy and
pyarrow are imported where they are used: the command line must start quickly.
"""

from .arrays import read_arrays, write_arrays
from .arrow import read_arrow, write_arrow
from .parquet import (
    TableWriter,
    count_nulls,
    iterate_table,
    read_metadata,
    read_table,
    write_table,
    write_tables,
)
from .plain import read_json, sha256_of, write_json, write_text
from .sparse import read_sparse, write_sparse

__all__ = [
    "TableWriter",
    "count_nulls",
    "iterate_table",
    "read_arrays",
    "read_arrow",
    "read_json",
    "read_metadata",
    "read_sparse",
    "read_table",
    "sha256_of",
    "write_arrays",
    "write_arrow",
    "write_json",
    "write_sparse",
    "write_table",
    "write_tables",
    "write_text",
]
