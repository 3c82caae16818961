"""Frames of a signal that arrives in pieces, and their magnitudes.

Frame t is centered on sample t * hop; before the first and behind the last sample stand zeros, as in
``librosa.stft(center=True, pad_mode="constant")``. Public names: :class:`FrameStream`, :func:`magnitudes`,
:func:`hann`.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_FRAMES_AT_A_TIME = 1024


class FrameStream:
    """Cut a mono signal that comes in pieces into overlapping frames; the cuts do not depend on the pieces.

    Parameters
    ----------
    n_fft, hop : int
        Length of a frame and the step between two, in samples.
    """

    def __init__(self, n_fft: int, hop: int) -> None:
        self.n_fft, self.hop = n_fft, hop
        self._rest = np.zeros(n_fft // 2, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples, shape (n,); return the frames they complete, shape (n_frames, n_fft), maybe none."""
        self._rest = np.concatenate([self._rest, samples])
        count = (len(self._rest) - self.n_fft) // self.hop + 1 if len(self._rest) >= self.n_fft else 0
        if count == 0:
            return np.empty((0, self.n_fft), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, self.n_fft)[:: self.hop][:count]
        self._rest = self._rest[count * self.hop :]
        return frames

    def finish(self) -> NDArray[np.float32]:
        """Return the last frames, completed by zeros."""
        return self.push(np.zeros(self.n_fft // 2, np.float32))


@lru_cache(maxsize=8)
def hann(length: int) -> NDArray[np.float32]:
    """Return the periodic Hann window."""
    window = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)).astype(np.float32)
    window.flags.writeable = False
    return window


def magnitudes(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the magnitude spectra under a Hann window, shape (n_frames, n_fft // 2 + 1), float32."""
    from scipy.fft import rfft

    n_fft = frames.shape[1]
    out = np.empty((len(frames), n_fft // 2 + 1), np.float32)
    for start in range(0, len(frames), _FRAMES_AT_A_TIME):
        part = frames[start : start + _FRAMES_AT_A_TIME] * hann(n_fft)
        out[start : start + len(part)] = np.abs(np.asarray(rfft(part, axis=1)))
    return out
