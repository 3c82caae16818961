"""Mel scales, mel filters and the cosine transform of MFCCs.

Two mel scales are in use and give different numbers, so the scale is always named: "slaney" (linear below 1 kHz,
librosa's default) and "htk" (2595 log10(1 + f / 700)). Public functions: :func:`hz_to_mel`, :func:`mel_to_hz`,
:func:`mel_filters`, :func:`cosine_basis`; :data:`MEL_SCALES`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....core.errors import ParameterError

MEL_SCALES = ("slaney", "htk")
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: ArrayLike, scale: str = "slaney") -> NDArray[np.float64]:
    """Convert frequencies to mels.

    Parameters
    ----------
    hz : array_like, >= 0
    scale : {"slaney", "htk"}

    Returns
    -------
    ndarray, float64

    Raises
    ------
    ParameterError
        If the scale is another.
    """
    f = np.asarray(hz, np.float64)
    if check_scale(scale) == "htk":
        return 2595.0 * np.log10(1.0 + f / 700.0)
    above = _BREAK_MEL + np.log(np.maximum(f, _BREAK_HZ) / _BREAK_HZ) / _STEP
    return np.where(f < _BREAK_HZ, f / _HZ_PER_MEL, above)


def mel_to_hz(mel: ArrayLike, scale: str = "slaney") -> NDArray[np.float64]:
    """Convert mels to frequencies: the inverse of :func:`hz_to_mel`.

    Parameters
    ----------
    mel : array_like
    scale : {"slaney", "htk"}

    Returns
    -------
    ndarray, float64
    """
    m = np.asarray(mel, np.float64)
    if check_scale(scale) == "htk":
        return 700.0 * (10.0 ** (m / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_STEP * (np.maximum(m, _BREAK_MEL) - _BREAK_MEL))
    return np.where(m < _BREAK_MEL, m * _HZ_PER_MEL, above)


def mel_filters(
    sample_rate_hz: int,
    n_fft: int,
    n_mels: int,
    *,
    scale: str = "slaney",
    low_hz: float = 0.0,
    high_hz: float | None = None,
) -> NDArray[np.float32]:
    """Build triangular filters of unit area (Slaney's normalization) over the bins of a power spectrum.

    Parameters
    ----------
    sample_rate_hz, n_fft, n_mels : int
    scale : {"slaney", "htk"}
    low_hz : float
    high_hz : float or None
        None is half the sample rate.

    Returns
    -------
    ndarray of shape (n_mels, n_fft // 2 + 1), float32

    References
    ----------
    M. Slaney: Auditory Toolbox, Technical Report 1998-010; S. Young et al.: The HTK Book.
    """
    high = sample_rate_hz / 2.0 if high_hz is None else high_hz
    bins = np.fft.rfftfreq(n_fft, 1.0 / sample_rate_hz)
    low, top = hz_to_mel([low_hz, high], scale).tolist()
    edges = mel_to_hz(np.linspace(low, top, n_mels + 2), scale)
    slopes = edges[:, None] - bins[None, :]
    rising = -slopes[:-2] / np.diff(edges)[:-1, None]
    falling = slopes[2:] / np.diff(edges)[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return (filters * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def cosine_basis(n_mels: int, n_mfcc: int) -> NDArray[np.float32]:
    """Return the first rows of the orthonormal DCT-II, shape (n_mfcc, n_mels), float32."""
    k, n = np.arange(n_mfcc)[:, None], np.arange(n_mels)[None, :]
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * n_mels)) * np.sqrt(2.0 / n_mels)
    basis[0] /= np.sqrt(2.0)
    return basis.astype(np.float32)


def check_scale(scale: str) -> str:
    """Return the scale, or say which there are."""
    if scale not in MEL_SCALES:
        raise ParameterError(f"mel scale must be one of {', '.join(MEL_SCALES)}; got {scale!r}")
    return scale
