"""How near a signal is to the original: signal-to-noise ratios, and the best linear code of the same rate.

Public functions: :func:`snr_db`, :func:`snr_by_band`, :func:`block_pca`.
"""

import itertools

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

_EXACT_DB = 150.0  # nothing is told apart beyond float32


def snr_db(original: NDArray[np.floating], restored: NDArray[np.floating]) -> float:
    """Return the signal-to-noise ratio in decibels, at most 150; NaN where the original is silent.

    Parameters
    ----------
    original, restored : ndarray of equal shape
    """
    signal = float(np.square(original, dtype=np.float64).sum())
    noise = float(np.square(np.subtract(restored, original, dtype=np.float64)).sum())
    if signal <= 0.0:
        return float("nan")
    return min(10.0 * np.log10(signal / max(noise, 1e-300)), _EXACT_DB)


def snr_by_band(
    original: NDArray[np.floating], restored: NDArray[np.floating], sample_rate_hz: int
) -> dict[str, float]:
    """Return the signal-to-noise ratio within octaves, by "low-high Hz"; bands without signal are left out.

    Parameters
    ----------
    original, restored : ndarray of shape (n_samples, n_channels)
    sample_rate_hz : int
    """
    hz = np.fft.rfftfreq(len(original), 1.0 / sample_rate_hz)
    spectrum = np.abs(np.fft.rfft(original, axis=0)) ** 2
    error = np.abs(np.fft.rfft(np.subtract(restored, original), axis=0)) ** 2
    edges = [
        0,
        *(e for e in (250, 500, 1000, 2000, 4000, 8000) if e < sample_rate_hz / 2),
        sample_rate_hz / 2 + 1,
    ]
    found = {}
    for low, high in itertools.pairwise(edges):
        band = (hz >= low) & (hz < high)
        signal, noise = float(spectrum[band].sum()), float(error[band].sum())
        if signal > 1e-12 * float(spectrum.sum()):
            found[f"{low:.0f}-{min(high, sample_rate_hz / 2):.0f} Hz"] = min(
                10 * np.log10(signal / max(noise, 1e-300)), _EXACT_DB
            )
    return found


def block_pca(samples: NDArray[np.floating], n_components: int, block: int) -> NDArray[np.float64]:
    """Restore a signal from the best linear code of ``n_components`` numbers for each block of samples.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_channels)
        The rest behind the last whole block is left out.
    n_components, block : int

    Returns
    -------
    ndarray of shape (n_samples // block * block, n_channels)
    """
    blocks = np.asarray(samples[: len(samples) // block * block], np.float64).reshape(
        -1, block * samples.shape[1]
    )
    mean = blocks.mean(axis=0)
    with threadpool_limits(1, user_api="blas"):
        _, axes = np.linalg.eigh(np.cov(blocks.T))
    axes = axes[:, ::-1][:, :n_components]
    return (((blocks - mean) @ axes) @ axes.T + mean).reshape(-1, samples.shape[1])
