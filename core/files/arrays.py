"""Named arrays as safetensors, with a sha256 of their content.

Public names: :func:`write_arrays`, :func:`read_arrays`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ChecksumError, SourceError, first_line
from ..replacement import replace_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OURS = "bandscape"


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
        raise ChecksumError(f"{path}: damaged or not safetensors ({first_line(error)})") from error
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
