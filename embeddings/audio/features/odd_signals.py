"""Signals of which a vector says little: silent ones, stereo that cancels, less than two frames.

Public names: :func:`signal_warning`, :data:`SILENT`.
"""

SILENT = "silent"
_CANCELED = 1e-3  # of the peak of the file: what is left is rounding, or nearly


def signal_warning(peak: float, mixed_peak: float, n_samples: int, n_fft: int) -> str | None:
    """Return what is odd about a signal, in a few words; None where nothing is.

    Parameters
    ----------
    peak : float
        Largest absolute sample of the file, over all channels.
    mixed_peak : float
        Largest absolute sample of the mean of its channels.
    n_samples, n_fft : int
        Samples of the mean, and of a frame.
    """
    if peak == 0.0:
        return SILENT
    if mixed_peak < _CANCELED * peak:
        return "its channels cancel: their mean is silent"
    if n_samples < n_fft:
        return (
            f"only {n_samples:,} {'sample' if n_samples == 1 else 'samples'}, less than a frame of {n_fft:,}"
        )
    return None
