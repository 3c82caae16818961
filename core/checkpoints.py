"""Checkpoints of long jobs: one safetensors file, replaced atomically, ignored when damaged or foreign.

A job puts a :func:`fingerprint` of its input and parameters into the state and starts afresh when a stored one
differs. Public names: :class:`Checkpoint`, :func:`fingerprint`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import BandscapeError
from .files import read_arrays, write_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_COSTS = 10  # times what a save takes lie between two


class Checkpoint:
    """Where a long job keeps what it needs to go on after a crash.

    Parameters
    ----------
    path : path
        File of the checkpoint; its folder is made when needed.
    every_s : float
        Seconds between two checkpoints, as :meth:`due` counts them; with 0 one is always due.

    Notes
    -----
    A checkpoint of gigabytes takes longer to write than ``every_s``; at most a tenth of the time goes to writing.
    """

    def __init__(self, path: str | Path, *, every_s: float = 20.0) -> None:
        self.path = Path(path)
        self.every_s = every_s
        self._last = time.monotonic()
        self._cost_s = 0.0

    def due(self) -> bool:
        """Return whether ``every_s`` seconds, and ten times what the last save took, have passed since it."""
        least = max(self.every_s, _COSTS * self._cost_s) if self.every_s else 0.0
        return time.monotonic() - self._last >= least

    def save(self, arrays: Mapping[str, NDArray[Any]], state: Mapping[str, Any]) -> None:
        """Replace the checkpoint atomically.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        state : mapping
            JSON-able values.
        """
        started = time.monotonic()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(self.path, arrays, metadata={"state": json.dumps(dict(state), sort_keys=True)})
        self._last = time.monotonic()
        self._cost_s = self._last - started

    def load(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Return (arrays, state), or None where there is no readable checkpoint."""
        if not self.path.exists():
            return None
        try:
            arrays, metadata = read_arrays(self.path)
            return arrays, json.loads(metadata["state"])
        except (BandscapeError, KeyError, ValueError) as error:
            logger.warning("checkpoint ignored: %s", error)
            return None

    def delete(self) -> None:
        """Remove the checkpoint; nothing happens where there is none."""
        self.path.unlink(missing_ok=True)


def fingerprint(*parts: Any) -> str:
    """Return the sha256 of arrays, bytes, strings and JSON-able values, in order.

    Array dtypes and shapes count; each part is framed, so that moving a boundary changes the result.

    Parameters
    ----------
    *parts : ndarray, bytes, str or JSON-able
        A value without a JSON form counts by its ``str``.

    Returns
    -------
    str
        64 lower-case hexadecimal digits.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, bytes):
            head, body = "bytes", part
        elif isinstance(part, str):
            head, body = "text", part.encode("utf-8", "surrogatepass")
        elif hasattr(part, "__array_interface__") and hasattr(part, "tobytes"):
            head, body = f"array {part.dtype.str} {part.shape}", _bytes_of(part)
        else:
            head, body = "json", json.dumps(part, sort_keys=True, default=str).encode()
        digest.update(f"{head} {len(body)}\n".encode())
        digest.update(body)
    return digest.hexdigest()


def _bytes_of(array: Any) -> Any:
    """Return the bytes of an array in C order, without a copy of a large one."""
    import numpy as np

    if array.size == 0 or array.dtype.kind not in "biufc":
        return array.tobytes()
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
