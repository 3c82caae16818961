"""Short-time spectra and the way back, for signals that are changed in between.

Frames are those of :mod:`.framing`: frame t is centered on sample t * hop, under a periodic Hann window, with zeros
beyond both ends. A spectrum has shape (..., n_frames, n_bins), complex64. The way back is the least-squares one of
Griffin and Lim: frames under the same window again, added up, over the sum of the squared windows. Public names:
:func:`stft`, :func:`istft`, :func:`frame_length`, :data:`FRAME_MS`.

References
----------
.. [1] Griffin, D., Lim, J. (1984), Signal estimation from modified short-time Fourier transform, eq. 6.
"""

import numpy as np
from numpy.typing import NDArray

from .framing import hann

OVERLAP = 4  # frames over each sample
FRAME_MS = 32


def frame_length(sample_rate_hz: int, frame_ms: int = FRAME_MS) -> int:
    """Return the samples of a frame of so many milliseconds, a multiple of :data:`OVERLAP`."""
    return OVERLAP * max(2, round(frame_ms / 1000 / OVERLAP * sample_rate_hz))


def stft(samples: NDArray[np.floating], n_fft: int) -> NDArray[np.complex64]:
    """Compute the short-time spectra of signals; a step is a quarter of a frame.

    Parameters
    ----------
    samples : ndarray of shape (..., n_samples)
    n_fft : int
        A multiple of four.

    Returns
    -------
    ndarray of shape (..., 1 + n_samples // (n_fft // 4), n_fft // 2 + 1), complex64
    """
    from scipy.fft import rfft

    lead = [(0, 0)] * (samples.ndim - 1)
    padded = np.pad(np.asarray(samples, np.float32), [*lead, (n_fft // 2, n_fft // 2)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft, axis=-1)[..., :: n_fft // OVERLAP, :]
    return np.asarray(rfft(frames * hann(n_fft), axis=-1), np.complex64)


def istft(spectra: NDArray[np.complexfloating], n_samples: int) -> NDArray[np.float32]:
    """Return the signals whose spectra are nearest to the given ones.

    Parameters
    ----------
    spectra : ndarray of shape (..., n_frames, n_bins)
        As :func:`stft` makes them of ``n_samples`` samples.
    n_samples : int

    Returns
    -------
    ndarray of shape (..., n_samples), float32
    """
    from scipy.fft import irfft

    n_fft = 2 * (spectra.shape[-1] - 1)
    window = hann(n_fft)
    frames = np.asarray(irfft(spectra, n_fft, axis=-1), np.float32) * window
    weight = add_frames(np.broadcast_to(window**2, frames.shape[-2:]))
    start = n_fft // 2
    # behind the last frame's middle there may be samples that only the edge of a window has seen
    total = np.maximum(weight[start : start + n_samples], 1e-4)
    return np.asarray(add_frames(frames)[..., start : start + n_samples] / total, np.float32)


def add_frames(frames: NDArray[np.floating]) -> NDArray[np.floating]:
    """Add overlapping frames, shape (..., n_frames, n_fft), up to a signal, shape (..., (n_frames + 3) * n_fft / 4)."""
    *lead, n_frames, n_fft = frames.shape
    hop = n_fft // OVERLAP
    quarters = frames.reshape(*lead, n_frames, OVERLAP, hop)
    out = np.zeros((*lead, n_frames + OVERLAP - 1, hop), frames.dtype)
    for at in range(OVERLAP):
        out[..., at : at + n_frames, :] += quarters[..., at, :]
    return out.reshape(*lead, -1)
