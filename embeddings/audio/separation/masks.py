"""Masks: what share of each cell of a spectrogram belongs to each source.

A mask has shape (n_sources, n_frames, n_bins), values within 0 to 1 that add up to 1 over the sources, so that
separated sounds add up to the mixture. Public names: :func:`ideal_binary_mask`, :func:`ideal_ratio_mask`,
:func:`apply_masks`.
"""

import numpy as np
from numpy.typing import NDArray

from ..features.short_time import istft, stft


def ideal_binary_mask(sources: NDArray[np.inexact]) -> NDArray[np.float32]:
    """Give each cell to the source that is loudest there.

    Parameters
    ----------
    sources : ndarray of shape (n_sources, n_frames, n_bins)
        Spectra or their magnitudes.

    Returns
    -------
    ndarray of the same shape, float32
        0 or 1; of equal sources the first takes the cell.
    """
    return one_hot(np.abs(sources).argmax(axis=0), len(sources))


def ideal_ratio_mask(sources: NDArray[np.inexact]) -> NDArray[np.float32]:
    """Divide each cell in the ratio of the sources' magnitudes; where all are silent, in equal parts.

    Parameters
    ----------
    sources : ndarray of shape (n_sources, n_frames, n_bins)

    Returns
    -------
    ndarray of the same shape, float32
    """
    size = np.abs(sources).astype(np.float64)
    total = size.sum(axis=0)
    return np.where(total > 0, size / np.where(total > 0, total, 1.0), 1.0 / len(sources)).astype(np.float32)


def one_hot(labels: NDArray[np.integer], n_sources: int) -> NDArray[np.float32]:
    """Turn labels, any shape, into masks, with the sources in front."""
    axes = (n_sources, *(1,) * labels.ndim)
    return (np.arange(n_sources).reshape(axes) == labels).astype(np.float32)


def apply_masks(mixture: NDArray[np.floating], masks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the sounds that masks cut out of a mixture.

    Parameters
    ----------
    mixture : ndarray of shape (n_samples,) or (n_samples, n_channels)
    masks : ndarray of shape (n_sources, n_frames, n_bins)
        For all channels alike.

    Returns
    -------
    ndarray of shape (n_sources, *mixture.shape), float32
    """
    n_fft = 2 * (masks.shape[-1] - 1)
    spectrum = stft(np.asarray(mixture, np.float32).T, n_fft)
    parts = [istft(spectrum * mask, len(mixture)) for mask in masks]
    return np.stack([part.T for part in parts])
