"""Single melodic instruments of random timbre, for what learns to tell sources apart.

An instrument is drawn once and then plays a melody of its own:

==============  ================  ====================================================================
parameter       range             effect
==============  ================  ====================================================================
lowest_hz       80 to 640         lowest of its notes, which span an octave of a minor pentatonic
rolloff         0.5 to 2.0        amplitude of harmonic k is k ** -rolloff
even            0 to 1            amplitude of even harmonics, relative: hollow to full
formant_hz      300 to 3000       a resonance that lifts harmonics near it, whatever the note
formant_gain    0 to 4            how much, relative to the others
attack_s        0.004 to 0.08     rise of a note
decay           0.2 to 6          how fast it fades, in 1 / seconds: bowed to plucked
vibrato         0 to 0.012        depth of vibrato, relative; its rate is 4 to 7 Hz
note_s          0.12 to 0.5       length of a note
rests           0 to 0.3          share of notes that are left out
==============  ================  ====================================================================

Ranges of hertz and seconds are logarithmic. Public functions: :func:`make_instruments`, :func:`draw_instrument`,
:func:`play`; :data:`INSTRUMENT_RANGES`.
"""

import numpy as np
from numpy.typing import NDArray

from .drawn_values import check_request, draw_values

INSTRUMENT_RANGES = {
    "lowest_hz": (80.0, 640.0),
    "rolloff": (0.5, 2.0),
    "even": (0.0, 1.0),
    "formant_hz": (300.0, 3000.0),
    "formant_gain": (0.0, 4.0),
    "attack_s": (0.004, 0.08),
    "decay": (0.2, 6.0),
    "vibrato": (0.0, 0.012),
    "note_s": (0.12, 0.5),
    "rests": (0.0, 0.3),
}
_LOGARITHMIC = ("lowest_hz", "formant_hz", "attack_s", "note_s")
_SCALE = np.array([0, 3, 5, 7, 10, 12])  # minor pentatonic, in semitones
_MOST_HARMONICS = 40
_FORMANT_OCTAVES = 0.5
_PEAK = 0.8


def make_instruments(
    count: int, *, duration_s: float = 12.0, sample_rate_hz: int = 8000, random_state: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Draw instruments and let each play.

    Parameters
    ----------
    count : int
    duration_s : float
    sample_rate_hz : int
    random_state : int
        Another one gives other instruments.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), float32
        "instrument_001", ...: mono, peak 0.8.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """
    check_request(count, duration_s, sample_rate_hz, shortest_s=0.1)
    made = {}
    for at in range(count):
        rng = np.random.default_rng([random_state, at])
        made[f"instrument_{at + 1:03d}"] = play(draw_instrument(rng), duration_s, sample_rate_hz, rng)
    return made


def draw_instrument(rng: np.random.Generator) -> dict[str, float]:
    """Draw a value for each of :data:`INSTRUMENT_RANGES`."""
    return draw_values(INSTRUMENT_RANGES, _LOGARITHMIC, rng)


def play(
    instrument: dict[str, float], duration_s: float, sample_rate_hz: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Let an instrument play a random melody.

    Parameters
    ----------
    instrument : dict of str to float
        As :func:`draw_instrument` gives it.
    duration_s : float
    sample_rate_hz : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_samples,), float32
        Peak 0.8.
    """
    n = round(duration_s * sample_rate_hz)
    out = np.zeros(n)
    start, first = 0, True
    while start < n:
        length = min(max(16, round(sample_rate_hz * instrument["note_s"] * rng.choice([1, 1, 2]))), n - start)
        hz = instrument["lowest_hz"] * 2.0 ** (rng.choice(_SCALE) / 12.0)
        if first or rng.uniform() >= instrument["rests"]:
            out[start : start + length] = _note(instrument, float(hz), length, sample_rate_hz, rng)
        start, first = start + length, False
    return (out * (_PEAK / max(float(np.abs(out).max()), 1e-9))).astype(np.float32)


def _note(
    instrument: dict[str, float], hz: float, length: int, rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    seconds = np.arange(length) / rate
    swing = instrument["vibrato"] * np.sin(2 * np.pi * (rng.uniform(4, 7) * seconds + rng.uniform()))
    turns = np.cumsum(hz * (1.0 + swing)) / rate
    harmonic = np.arange(1, min(_MOST_HARMONICS, max(1, int(0.48 * rate / (hz * 1.02)))) + 1)
    octaves = np.log2(harmonic * hz / instrument["formant_hz"]) / _FORMANT_OCTAVES
    size = harmonic ** -instrument["rolloff"] * (1.0 + instrument["formant_gain"] * np.exp(-0.5 * octaves**2))
    size = np.where(harmonic % 2 == 0, instrument["even"] * size, size)
    wave = np.sin(2 * np.pi * np.outer(turns, harmonic) + rng.uniform(0, 2 * np.pi, len(harmonic))) @ size
    end = np.minimum(1.0, (length - np.arange(length)) / (0.01 * rate))  # no click where it stops
    return (
        wave
        * np.minimum(1.0, seconds / instrument["attack_s"])
        * np.exp(-instrument["decay"] * seconds)
        * end
    )
