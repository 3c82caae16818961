"""Arrays of zeros that lie in a file and are mapped into memory where they are large.

The file has no name: nothing of it is left when the process dies. Its room on the disk is taken at once, so that a full
disk shows here and not while it is filled.

Public names: :func:`large_zeros`, :func:`is_mapped`, :data:`MAPPED_BYTES`.
"""

from __future__ import annotations

import logging
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

logger = logging.getLogger(__name__)

MAPPED_BYTES = 1 << 29
"""Arrays of so many bytes and more are mapped."""


def is_mapped(n_bytes: int, folder: Path | None) -> bool:
    """Return whether an array of so many bytes is put into a file of this folder, if the disk has room for it."""
    return folder is not None and n_bytes >= MAPPED_BYTES and hasattr(os, "posix_fallocate")


def large_zeros(shape: tuple[int, ...], dtype: DTypeLike, folder: Path | None) -> NDArray[Any]:
    """Make an array of zeros: in memory, or in a file of ``folder`` where it is large and the disk has room.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype
    folder : path or None
        Made when needed; None for memory.

    Returns
    -------
    ndarray of ``shape``
    """
    import numpy as np

    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if folder is None or not is_mapped(n_bytes, folder):
        return np.zeros(shape, dtype)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, n_bytes)
            return np.asarray(np.memmap(file, dtype, "r+", shape=shape))
    except OSError as error:
        logger.warning("%s bytes are kept in memory: %s", f"{n_bytes:,}", error)
        return np.zeros(shape, dtype)
