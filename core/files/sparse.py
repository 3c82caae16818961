"""Sparse matrices as ``.npz``: compressed, and those larger than most memories mapped into it.

Public names: :func:`read_sparse`, :func:`write_sparse`, :func:`write_spooled_sparse`, :data:`MAPPED_ENTRIES`.
"""

from __future__ import annotations

import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ChecksumError, SourceError, first_line
from ..replacement import replace_file

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from ..spool import Spool

MAPPED_ENTRIES = 1 << 24
"""Sparse matrices of more entries are stored uncompressed and aligned, and mapped into memory when they are read."""
_ALIGNMENT = 64
_PADDING_FIELD = 0xD935  # of an archive member, whose data begin on a multiple: as Android packages do
_ZIP64_FIELD = 20


def write_sparse(path: str | Path, matrix: csr_matrix) -> None:
    """Write a scipy CSR matrix as ``.npz``.

    Parameters
    ----------
    path : path
        Its folder must exist.
    matrix : scipy.sparse.csr_matrix
        Compressed up to ``MAPPED_ENTRIES`` entries.
    """
    parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    _write(path, parts, matrix.shape, is_mapped=matrix.nnz > MAPPED_ENTRIES)


def write_spooled_sparse(
    path: str | Path, data: Spool, indices: Spool, indptr: Spool, shape: tuple[int, int]
) -> None:
    """Write a CSR matrix whose parts lie on the disk, as :func:`write_sparse` does and in the same bytes.

    Parameters
    ----------
    path : path
        Its folder must exist.
    data, indices, indptr : Spool
    shape : (int, int)
    """
    parts = {"data": data, "indices": indices, "indptr": indptr}
    _write(path, parts, shape, is_mapped=len(data) > MAPPED_ENTRIES)


def _write(
    path: str | Path, parts: Mapping[str, NDArray[Any] | Spool], shape: Any, *, is_mapped: bool
) -> None:
    """Write a ``.npz`` piece by piece: compressed, or as it is with arrays that begin on cache lines, to be mapped."""
    import numpy as np

    with (
        replace_file(path) as temporary,
        temporary.open("wb") as stream,
        zipfile.ZipFile(stream, "w") as archive,
    ):
        for name, part in {**parts, "shape": np.asarray(shape, dtype=np.int64)}.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_STORED if is_mapped else zipfile.ZIP_DEFLATED
            if is_mapped:
                room = -(stream.tell() + 30 + len(info.filename) + 4 + _ZIP64_FIELD) % _ALIGNMENT
                info.extra = struct.pack("<HH", _PADDING_FIELD, room) + bytes(room)
            with archive.open(info, "w", force_zip64=True) as member:
                about = {"descr": part.dtype.str, "fortran_order": False, "shape": (len(part),)}
                np.lib.format.write_array_header_1_0(member, about)
                if isinstance(part, np.ndarray):
                    for start in range(0, len(part), MAPPED_ENTRIES):
                        member.write(np.ascontiguousarray(part[start : start + MAPPED_ENTRIES]).data)
                else:
                    part.copy_to(member)


def read_sparse(path: str | Path) -> csr_matrix:
    """Read a matrix written by :func:`write_sparse`.

    Parameters
    ----------
    path : path

    Returns
    -------
    scipy.sparse.csr_matrix
        Of a large matrix the arrays lie in the mapped file; what is written into them stays in memory.

    Raises
    ------
    SourceError
        If the file is missing.
    ChecksumError
        If the file is damaged.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    try:
        with Path(path).open("rb") as stream:
            parts = _map_stored(Path(path)) if _is_stored(stream) else None
            if parts is None:
                with np.load(stream, allow_pickle=False) as loaded:
                    parts = {name: loaded[name] for name in ("data", "indices", "indptr", "shape")}
        matrix = csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=tuple(parts["shape"]))
        matrix.check_format(full_check=True)
        return matrix
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,  # what an archive calls a part whose "encrypted" bit is set
        tokenize.TokenError,  # what numpy finds in the header of an array
        SyntaxError,
        TypeError,
    ) as error:
        raise ChecksumError(f"{path}: damaged or not a sparse matrix ({first_line(error)})") from error


def _is_stored(stream: Any) -> bool:
    with zipfile.ZipFile(stream) as archive:
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    stream.seek(0)
    return stored


def _map_stored(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of an uncompressed ``.npz`` after checking its checksums."""
    import numpy as np

    arrays = {}
    with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            with archive.open(info) as member:
                while member.read(1 << 20):  # raises where the checksum differs
                    pass
            stream.seek(info.header_offset + 26)
            stream.seek(sum(struct.unpack("<HH", stream.read(4))), os.SEEK_CUR)
            np.lib.format.read_magic(stream)
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            if dtype.hasobject or stream.tell() + shape[0] * dtype.itemsize > path.stat().st_size:
                raise ValueError(f"{info.filename} is not an array of numbers")
            kept = np.memmap(path, dtype, "c", stream.tell(), shape) if shape[0] else np.empty(0, dtype)
            arrays[info.filename.removesuffix(".npy")] = np.asarray(kept)
    return arrays
