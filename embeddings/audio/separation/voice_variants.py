"""More sources out of few: each is also heard as others with another pitch and other resonances.

A sound played slower is lower in both, as if its source were bigger. Its resonances alone are moved by the envelope of
each spectrum (the slow part of its logarithm, by the cepstrum): stretched along the frequencies, the harmonics staying
where they are. A variant moves all sounds of a source in one way, so that it is a source of its own to what learns to
tell sources apart. Public names: :func:`add_variants`, :func:`move_resonances`.

References
----------
.. [1] Oppenheim, A. V., Schafer, R. W. (1968), Homomorphic analysis of speech.
"""

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError
from ..features.short_time import frame_length, istft, stft
from .source_mixing import SourcePool

_SPEED, _RESONANCES = 0.35, 0.2  # most that a variant moves, as natural logarithms
_ENVELOPE_S = 0.00275  # of the cepstrum; longer delays are harmonics
_MOST_LOG_GAIN = 4.0


def add_variants(pool: SourcePool, n_variants: int, *, random_state: int = 0) -> SourcePool:
    """Return the sources of a pool and ``n_variants`` others of each, named ``source~1``, ``source~2``, ...

    Parameters
    ----------
    pool : SourcePool
    n_variants : int, >= 0
    random_state : int

    Returns
    -------
    SourcePool
        Takes ``1 + n_variants`` times the memory.

    Raises
    ------
    ParameterError
        If ``n_variants`` is negative.
    """
    if n_variants < 0:
        raise ParameterError(f"n_variants must be >= 0; got {n_variants!r}")
    sounds: dict[str, list[NDArray[np.generic]]] = {}
    for place, name in enumerate(pool.names):
        sounds[name] = pool.sounds[name]
        for at in range(n_variants):
            rng = np.random.default_rng([random_state, place, at])
            speed, factor = np.exp(rng.uniform(-1.0, 1.0, 2) * (_SPEED, _RESONANCES))
            sounds[f"{name}~{at + 1}"] = [
                _variant(sound, float(speed), float(factor), pool.sample_rate_hz)
                for sound in pool.sounds[name]
            ]
    return SourcePool(sounds, pool.sample_rate_hz)


def move_resonances(samples: NDArray[np.floating], factor: float, sample_rate_hz: int) -> NDArray[np.float32]:
    """Stretch the envelope of the spectra of a signal along the frequencies; pitch and length stay.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    factor : float, > 0
        2 puts a resonance at 500 Hz to 1000.
    sample_rate_hz : int

    Returns
    -------
    ndarray of shape (n_samples,), float32
    """
    n_fft = frame_length(sample_rate_hz)
    spectra = stft(samples, n_fft)
    size = np.abs(spectra)
    cepstrum = np.fft.irfft(np.log(size + 1e-6 * size.max() + 1e-9), axis=-1)
    delay = np.minimum(np.arange(n_fft), n_fft - np.arange(n_fft))
    envelope = np.fft.rfft(cepstrum * (delay < _ENVELOPE_S * sample_rate_hz), axis=-1).real
    place = np.clip(np.arange(envelope.shape[-1]) / factor, 0, envelope.shape[-1] - 1)
    low = np.minimum(place.astype(int), envelope.shape[-1] - 2)
    moved = envelope[:, low] * (1.0 - (place - low)) + envelope[:, low + 1] * (place - low)
    gains = np.exp(np.clip(moved - envelope, -_MOST_LOG_GAIN, _MOST_LOG_GAIN))
    return istft(np.asarray(spectra * gains, np.complex64), len(samples))


def _variant(
    sound: NDArray[np.generic], speed: float, factor: float, sample_rate_hz: int
) -> NDArray[np.int16]:
    raw = sound.astype(np.float32) / np.float32(32767)
    place = np.arange(max(1, int(len(raw) / speed))) * speed
    played = np.interp(place, np.arange(len(raw)), raw)
    moved = move_resonances(played, factor / speed, sample_rate_hz)
    return np.round(np.clip(moved * 32767.0, -32768, 32767)).astype(np.int16)
