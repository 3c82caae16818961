"""A sound file written piece by piece, for signals that do not fit into memory. Public names: :class:`SoundWriter`."""

import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError


class SoundWriter:
    """Write a 16-bit WAV or FLAC (by the suffix) in pieces, in a ``with`` block.

    Parameters
    ----------
    path : path
        Written where it is; put it into a folder that is replaced as a whole.
    sample_rate_hz, n_channels : int

    Raises
    ------
    ParameterError
        If the suffix is neither .wav nor .flac.
    """

    def __init__(self, path: str | Path, sample_rate_hz: int, n_channels: int) -> None:
        import soundfile

        kind = Path(path).suffix.lower().removeprefix(".").upper()
        if kind not in ("WAV", "FLAC"):
            raise ParameterError(f"sound is written as .wav or .flac; got {Path(path).name!r}")
        self._file = soundfile.SoundFile(
            os.fspath(path), "w", sample_rate_hz, n_channels, subtype="PCM_16", format=kind
        )

    def write(self, samples: NDArray[np.floating]) -> None:
        """Add samples, shape (n, n_channels); louder ones than 1 are cut to it."""
        self._file.write(np.clip(samples, -1.0, 1.0 - 2**-15))

    def __enter__(self) -> "SoundWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
