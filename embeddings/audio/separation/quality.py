"""How well sources were separated: signal-to-distortion ratios, the best order, and what perfect masks reach.

The estimate is projected on the reference (and on copies of it delayed by up to ``n_taps`` - 1 samples: with one tap
a gain is forgiven, with 512 any short filter); what is left is distortion. Public names: :func:`sdr_db`,
:func:`si_sdr_db`, :func:`best_order`, :class:`SeparationScore`, :func:`score_separation`.

References
----------
.. [1] Vincent, E., Gribonval, R., Fevotte, C. (2006), Performance measurement in blind audio source separation.
.. [2] Le Roux, J., et al. (2019), SDR - half-baked or well done?
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError
from ..features.short_time import stft
from .masks import apply_masks, ideal_binary_mask, ideal_ratio_mask

N_TAPS = 512
_MOST_DB = 150.0  # nothing is told apart beyond float32


def sdr_db(reference: NDArray[np.floating], estimate: NDArray[np.floating], *, n_taps: int = N_TAPS) -> float:
    """Return the ratio of what a short filter of the reference explains of the estimate to what is left, in dB.

    Parameters
    ----------
    reference, estimate : ndarray of shape (n_samples,)
    n_taps : int, >= 1
        Length of the filter; 512 is BSS Eval's.

    Returns
    -------
    float
        Within -150 to 150; NaN where the reference is silent, -150 where only the estimate is.

    Raises
    ------
    ParameterError
        If the two differ in shape or have several channels.

    Notes
    -----
    Time n log n + n_taps^2 for n samples.
    """
    from scipy.fft import irfft, next_fast_len, rfft
    from scipy.linalg import solve_toeplitz

    clean, heard = (np.asarray(x, np.float64) for x in (reference, estimate))
    if clean.ndim != 1 or clean.shape != heard.shape:
        raise ParameterError(
            f"reference and estimate must be two mono signals of one length; got shapes {clean.shape}, {heard.shape}"
        )
    energy, total = float(clean @ clean), float(heard @ heard)
    if energy <= 0.0:
        return float("nan")
    size = next_fast_len(len(clean) + n_taps)
    spectrum = np.asarray(rfft(clean, size))
    own = np.asarray(irfft(np.abs(spectrum) ** 2, size))[:n_taps]
    cross = np.asarray(irfft(np.conj(spectrum) * np.asarray(rfft(heard, size)), size))[:n_taps]
    own[0] *= 1.0 + 1e-12  # a pure tone leaves the system singular
    explained = float(cross @ solve_toeplitz(own, cross)) if n_taps > 1 else float(cross[0] ** 2 / own[0])
    left = max(total - explained, 0.0)
    if explained <= 0.0:
        return -_MOST_DB
    return float(np.clip(10.0 * np.log10(explained / max(left, 1e-300)), -_MOST_DB, _MOST_DB))


def si_sdr_db(reference: NDArray[np.floating], estimate: NDArray[np.floating]) -> float:
    """Return the scale-invariant SDR in dB: :func:`sdr_db` with one tap."""
    return sdr_db(reference, estimate, n_taps=1)


def best_order(sources: NDArray[np.floating], estimates: NDArray[np.floating]) -> NDArray[np.intp]:
    """Find which estimate is which source, for the highest sum of SI-SDR.

    Parameters
    ----------
    sources : ndarray of shape (n_sources, n_samples)
    estimates : ndarray of shape (n_estimates, n_samples)
        At least as many as sources.

    Returns
    -------
    ndarray of shape (n_sources,), intp
        The estimate of each source.
    """
    from scipy.optimize import linear_sum_assignment

    table = np.array([[si_sdr_db(source, estimate) for estimate in estimates] for source in sources])
    return linear_sum_assignment(np.nan_to_num(table, nan=0.0), maximize=True)[1]


@dataclass(frozen=True)
class SeparationScore:
    """How well one mixture was separated; means over its sources, in dB.

    Parameters
    ----------
    si_sdr_db, sdr_db : float
        Of the estimates in their best order.
    si_sdr_gain_db, sdr_gain_db : float
        Above those of the mixture itself.
    binary_gain_db, ratio_gain_db : float
        Gain in SI-SDR of the ideal binary and ratio masks, which know the sources.
    order : tuple of int
        The estimate of each source.
    """

    si_sdr_db: float
    sdr_db: float
    si_sdr_gain_db: float
    sdr_gain_db: float
    binary_gain_db: float
    ratio_gain_db: float
    order: tuple[int, ...]


def score_separation(
    sources: NDArray[np.floating], estimates: NDArray[np.floating], *, n_fft: int = 256
) -> SeparationScore:
    """Measure the separation of the sum of sources.

    Parameters
    ----------
    sources : ndarray of shape (n_sources, n_samples)
        None silent.
    estimates : ndarray of shape (n_estimates, n_samples)
        At least as many as sources.
    n_fft : int
        Length of the frames that the ideal masks are made for.

    Returns
    -------
    SeparationScore

    Raises
    ------
    ParameterError
        If the shapes do not fit, or a source is silent.
    """
    sources, estimates = np.asarray(sources, np.float64), np.asarray(estimates, np.float64)
    if sources.ndim != 2 or estimates.shape[1:] != sources.shape[1:] or len(estimates) < len(sources):
        raise ParameterError(
            f"estimates must be at least as many as sources, of their length; got {estimates.shape}, {sources.shape}"
        )
    if not np.abs(sources).max(axis=1).all():
        raise ParameterError("sources must not be silent: no ratio is defined for those")
    mixture = sources.sum(axis=0)
    order = best_order(sources, estimates)
    chosen = estimates[order]
    spectra = stft(sources, n_fft)
    binary = apply_masks(mixture, ideal_binary_mask(spectra))
    ratio = apply_masks(mixture, ideal_ratio_mask(spectra))
    before, wide_before = (_mean(sources, [mixture] * len(sources), taps) for taps in (1, N_TAPS))
    after, wide_after = (_mean(sources, chosen, taps) for taps in (1, N_TAPS))
    return SeparationScore(
        after, wide_after, after - before, wide_after - wide_before,
        _mean(sources, binary, 1) - before, _mean(sources, ratio, 1) - before, tuple(order.tolist()),
    )  # fmt: skip


def _mean(sources: NDArray[np.floating], estimates: "NDArray[np.floating] | list", n_taps: int) -> float:
    ratios = [sdr_db(*pair, n_taps=n_taps) for pair in zip(sources, estimates, strict=True)]
    return float(np.mean(ratios))
