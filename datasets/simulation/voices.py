"""Voices of random speakers that say nothing: what learns to tell voices apart needs more of them than one has.

A source and a filter: pulses of the vocal cords, and noise, through four resonances of a vocal tract that move from
vowel to vowel. A speaker is drawn once:

==============  ================  ====================================================================
parameter       range             effect
==============  ================  ====================================================================
pitch_hz        80 to 270         middle of the pitch (of half the speakers 80 to 170, of the others 150 to 270)
tract           0.85 to 1.27      resonances, relative to those of an average man
tilt            0.3 to 1.1        how fast the pulses' spectrum falls, as a power of the frequency
breath          0.01 to 0.4       noise of the breath, relative to the pulses
melody          0.04 to 0.2       how far the pitch moves, relative
syllable_s      0.12 to 0.3       length of a syllable
damping         0.7 to 1.6        width of the resonances, relative
jitter          0.003 to 0.03     irregularity of the pitch
shimmer         0.02 to 0.15      irregularity of the pulses' strength
hiss            0.5 to 1.5        strength of consonants that are noise
pauses          0.35 to 0.7       share of words with a pause behind them
floor_db        -65 to -32        noise of the room
==============  ================  ====================================================================

Besides, each speaker has vowels of its own (resonances some 6 % off the common ones). Hertz, seconds, breath and jitter
are drawn on logarithmic scales. Public functions: :func:`make_voices`, :func:`draw_voice`, :func:`speak`.

References
----------
.. [1] Fant, G. (1960), Acoustic theory of speech production.
.. [2] Peterson, G. E., Barney, H. L. (1952), Control methods used in a study of the vowels, JASA 24 (the vowels).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .drawn_values import check_request, draw_values

VOWELS_HZ = np.array(
    [
        [270, 2290, 3010, 3500], [390, 1990, 2550, 3500], [530, 1840, 2480, 3500], [660, 1720, 2410, 3500],
        [730, 1090, 2440, 3400], [570, 840, 2410, 3400], [440, 1020, 2240, 3300], [300, 870, 2240, 3300],
        [640, 1190, 2390, 3400], [490, 1350, 1690, 3300],
    ],
    float,
)  # fmt: skip
VOICE_RANGES = {
    "tract": (0.85, 1.27),
    "tilt": (0.3, 1.1),
    "breath": (0.01, 0.4),
    "melody": (0.04, 0.2),
    "syllable_s": (0.12, 0.3),
    "damping": (0.7, 1.6),
    "jitter": (0.003, 0.03),
    "shimmer": (0.02, 0.15),
    "hiss": (0.5, 1.5),
    "pauses": (0.35, 0.7),
    "floor_db": (-65.0, -32.0),
}
_LOGARITHMIC = ("tract", "syllable_s", "breath", "jitter")
_LOW_HZ, _HIGH_HZ = (80.0, 170.0), (150.0, 270.0)
_STEP_S = 0.005  # of the plan of what is said
_FRAME_S = 0.02  # over which the filter stands still
_PEAK = 0.8


@dataclass(frozen=True, eq=False)
class Voice:
    """A speaker.

    Parameters
    ----------
    pitch_hz : float
    values : dict of str to float
        One for each of :data:`VOICE_RANGES`.
    vowels_hz : ndarray of shape (10, 4)
    """

    pitch_hz: float
    values: dict[str, float]
    vowels_hz: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is said, a row each 5 ms: pitch, resonances (n, 4), strength of pulses and of hiss, middle of the hiss."""

    pitch_hz: NDArray[np.float64]
    resonances_hz: NDArray[np.float64]
    voiced: NDArray[np.float64]
    hiss: NDArray[np.float64]
    hiss_hz: NDArray[np.float64]


def make_voices(
    count: int, *, duration_s: float = 6.0, sample_rate_hz: int = 8000, random_state: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Draw speakers and let each speak.

    Parameters
    ----------
    count : int
    duration_s : float
    sample_rate_hz : int
    random_state : int
        Another one gives other speakers.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), float32
        "voice_001", ...: mono, peak about 0.8.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """
    check_request(count, duration_s, sample_rate_hz, shortest_s=0.2)
    made = {}
    for at in range(count):
        rng = np.random.default_rng([random_state, at, 77])
        made[f"voice_{at + 1:03d}"] = speak(draw_voice(rng), duration_s, sample_rate_hz, rng)
    return made


def draw_voice(rng: np.random.Generator) -> Voice:
    """Draw a speaker."""
    low, high = _HIGH_HZ if rng.uniform() < 0.5 else _LOW_HZ
    pitch = low * (high / low) ** float(rng.uniform())
    values = draw_values(VOICE_RANGES, _LOGARITHMIC, rng)
    return Voice(pitch, values, VOWELS_HZ * np.exp(rng.normal(0.0, 0.06, VOWELS_HZ.shape)))


def speak(
    voice: Voice, duration_s: float, sample_rate_hz: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Let a speaker say random syllables.

    Parameters
    ----------
    voice : Voice
    duration_s : float
    sample_rate_hz : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_samples,), float32
    """
    n_samples, values = round(duration_s * sample_rate_hz), voice.values
    plan = _plan(voice, int(duration_s / _STEP_S) + 2, rng)
    pulses = _pulses(plan, values["shimmer"], n_samples, sample_rate_hz, rng)
    noise = rng.standard_normal(n_samples)
    n_fft = 2 * round(_FRAME_S * sample_rate_hz / 2)
    hz = np.asarray(np.fft.rfftfreq(n_fft, 1.0 / sample_rate_hz), np.float64)
    starts = np.arange(0, n_samples + n_fft // 2, n_fft // 2) - n_fft // 2  # of frames that overlap by half
    rows = np.minimum(
        ((starts + n_fft // 2) / (_STEP_S * sample_rate_hz)).astype(int), len(plan.pitch_hz) - 1
    )
    tract = _resonance(plan.resonances_hz[rows], values["damping"], hz)
    tract *= (np.maximum(hz, 60.0) / 200.0) ** -values["tilt"] * plan.voiced[rows, None]
    hiss = 1.5 * plan.hiss[rows, None] * np.exp(-0.5 * np.square((hz - plan.hiss_hz[rows, None]) / 1000.0))
    said = _filtered(pulses, tract, n_fft) + _filtered(noise, values["breath"] * tract + hiss, n_fft)
    room = np.interp(hz, np.linspace(0, hz[-1], 4), 10.0 ** rng.normal(0.0, 0.3, 4))
    still = _filtered(rng.standard_normal(n_samples), np.tile(room, (len(rows), 1)), n_fft)
    said = said * (_PEAK / max(float(np.abs(said).max()), 1e-9))
    return (said + 0.3 * 10.0 ** (values["floor_db"] / 20.0) * still).astype(np.float32)


def _plan(voice: Voice, n: int, rng: np.random.Generator) -> _Plan:
    pitch, resonances = np.zeros(n), np.zeros((n, 4))
    voiced, hiss, hiss_hz = np.zeros(n), np.zeros(n), np.full(n, 3000.0)
    plan, at = _Plan(pitch, resonances, voiced, hiss, hiss_hz), 0
    while at < n:
        begun = at
        for _ in range(int(rng.integers(1, 4))):
            if rng.uniform() < 0.55:
                at = _consonant(plan, voice, at, rng)
            at = _vowel(plan, voice, at, rng)
        _intone(pitch[begun : min(at, n)], voice, rng)
        if rng.uniform() < voice.values["pauses"]:
            at += int(rng.uniform(0.02, 0.25) / _STEP_S)
    jitter = 1.0 + voice.values["jitter"] * _smooth(rng.standard_normal(n), 3)
    return _Plan(
        _smooth(_filled(pitch), 7) * jitter,
        voice.values["tract"] * np.stack([_smooth(_filled(one), 9) for one in resonances.T], axis=1),
        _smooth(voiced, 5), _smooth(hiss, 3), hiss_hz,
    )  # fmt: skip


def _consonant(plan: _Plan, voice: Voice, at: int, rng: np.random.Generator) -> int:
    length = max(4, int(voice.values["syllable_s"] * rng.uniform(0.15, 0.6) / _STEP_S))
    here = slice(at, min(at + length, len(plan.hiss)))
    count, kind = max(0, here.stop - here.start), rng.uniform()
    plan.resonances_hz[here] = voice.vowels_hz[rng.integers(10)] * (0.7, 1.0, 1.0, 1.0)
    if kind < 0.6:  # as s
        plan.hiss[here] = (
            voice.values["hiss"] * rng.uniform(0.05, 0.5) * np.hanning(length + 2)[1 : count + 1]
        )
        plan.hiss_hz[here] = rng.uniform(1500, 3900)
    elif kind < 0.8:  # as t
        plan.hiss[max(at, here.stop - 4) : here.stop] = voice.values["hiss"] * rng.uniform(0.2, 0.7)
        plan.hiss_hz[here] = rng.uniform(600, 3500)
    else:  # as m
        plan.voiced[here] = rng.uniform(0.1, 0.35)
    return at + length


def _vowel(plan: _Plan, voice: Voice, at: int, rng: np.random.Generator) -> int:
    length = max(8, int(voice.values["syllable_s"] * rng.uniform(0.5, 1.6) / _STEP_S))
    here = slice(at, min(at + length, len(plan.hiss)))
    count = max(0, here.stop - here.start)
    first, last = voice.vowels_hz[rng.integers(10)], voice.vowels_hz[rng.integers(10)]
    last = last if rng.uniform() < 0.5 else first
    plan.resonances_hz[here] = first + (last - first) * np.linspace(0, 1, length)[:count, None]
    rise, fall = np.arange(1, length + 1) / 5.0, np.arange(length, 0, -1) / 10.0
    plan.voiced[here] = rng.uniform(0.5, 1.0) * np.minimum(1.0, np.minimum(rise, fall))[:count]
    return at + length


def _intone(pitch: NDArray[np.float64], voice: Voice, rng: np.random.Generator) -> None:
    """Set the pitch of a word in place: it falls more often than it rises, and bends."""
    melody = voice.values["melody"]
    middle, slope = rng.normal(0, 0.5 * melody), rng.normal(-0.6, 0.8) * melody
    place = np.linspace(-0.5, 0.5, len(pitch))
    bend = rng.normal(0, 0.6) * melody * np.cos(np.pi * place)
    pitch[:] = voice.pitch_hz * np.exp(middle + slope * place + bend)


def _filled(track: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill the gaps of a track, where it is zero, between its neighbors."""
    known = np.flatnonzero(track > 0)
    return np.interp(np.arange(len(track)), known, track[known])


def _smooth(track: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    shape = np.hanning(width + 2)[1:-1]
    padded = np.pad(track, (width // 2, width - 1 - width // 2), mode="edge")
    return np.asarray(np.convolve(padded, shape / shape.sum(), "valid"), np.float64)


def _pulses(
    plan: _Plan, shimmer: float, n_samples: int, rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a pulse at each turn of the pitch, shared out between the two samples next to it."""
    hz = np.interp(np.arange(n_samples) / (rate * _STEP_S), np.arange(len(plan.pitch_hz)), plan.pitch_hz)
    turns = np.cumsum(hz) / rate
    hit = np.flatnonzero(np.diff(np.floor(turns)) > 0) + 1
    late = np.clip((turns[hit] - np.floor(turns[hit])) * rate / hz[hit], 0.0, 1.0)
    strength = np.exp(rng.normal(0.0, shimmer, len(hit))) * np.sqrt(rate / hz[hit])
    out = np.zeros(n_samples)
    out[hit] += (1.0 - late) * strength
    out[hit - 1] += late * strength
    return out


def _resonance(
    middle_hz: NDArray[np.float64], damping: float, hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the gain of four resonances in a row, (n, n_bins)."""
    gain = np.ones((len(middle_hz), len(hz)))
    for at in range(middle_hz.shape[1]):
        middle = middle_hz[:, at : at + 1]
        width = damping * (50.0 + 0.04 * middle)
        gain *= middle**2 / np.sqrt((hz**2 - middle**2) ** 2 + (width * hz) ** 2)
    return gain


def _filtered(sound: NDArray[np.float64], gains: NDArray[np.float64], n_fft: int) -> NDArray[np.float64]:
    """Filter a sound by gains that change every half frame: sine windows before and after, which add up to one."""
    from scipy.fft import irfft, rfft

    half, window = n_fft // 2, np.sin(np.pi * (np.arange(n_fft) + 0.5) / n_fft)
    padded = np.pad(sound, (half, (len(gains) + 1) * half - half - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::half][: len(gains)]
    parts = np.asarray(irfft(np.asarray(rfft(frames * window, axis=-1)) * gains, n_fft, axis=-1)) * window
    out = np.zeros((len(gains) + 1, half))
    out[:-1] += parts[:, :half]
    out[1:] += parts[:, half:]
    return out.ravel()[half : half + len(sound)]
