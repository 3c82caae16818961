"""Arrays that grow on disk: what a step puts aside between two passes over a corpus larger than the memory.

A spool is a temporary file without a name: it needs no cleaning up, and nothing of it is left when the process dies.

Public names: :class:`Spool`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_PIECE = 1 << 20


class Spool:
    """A one-dimensional array on disk that values are appended to.

    Parameters
    ----------
    folder : path or None
        Where the file lies; the system's folder of temporary files without it.
    dtype : dtype
        What values are turned into.
    """

    def __init__(self, folder: str | Path | None, dtype: DTypeLike) -> None:
        import numpy as np

        self.dtype = np.dtype(dtype)
        self._length = 0
        self._file: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self._length

    def append(self, values: NDArray[Any]) -> None:
        """Append the values of an array of one dimension."""
        import numpy as np

        array = np.ascontiguousarray(values, dtype=self.dtype)
        self._file.seek(0, 2)
        self._file.write(array.data)
        self._length += len(array)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return a copy of the values from ``start`` to ``stop``."""
        import numpy as np

        n_values = max(min(stop, self._length) - start, 0)
        self._file.seek(start * self.dtype.itemsize)
        return np.frombuffer(self._file.read(n_values * self.dtype.itemsize), self.dtype)

    def array(self) -> NDArray[Any]:
        """Return all values, in memory."""
        return self.read(0, self._length)

    def copy_to(self, stream: BinaryIO) -> None:
        """Write the bytes of all values to a stream, piece by piece."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            stream.write(piece)

    def close(self) -> None:
        """Give the room on the disk back."""
        self._file.close()
