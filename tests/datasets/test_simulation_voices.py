"""Random voices: pitch and resonances are those that were drawn, and each seed has its own."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.datasets.simulation.voices import draw_voice, make_voices, speak

RATE = 8000


def middle_pitch(sound):
    """Return the median pitch of the voiced frames, by autocorrelation."""
    found = []
    for start in range(0, len(sound) - 512, 256):
        frame = sound[start : start + 512] * np.hanning(512)
        again = np.fft.irfft(np.abs(np.fft.rfft(frame, 1024)) ** 2)
        lag = int(again[RATE // 350 : RATE // 60].argmax()) + RATE // 350
        if again[lag] > 0.5 * again[0] > 1e-3:
            found.append(RATE / lag)
    return float(np.median(found))


def test_a_voice_has_the_pitch_that_was_drawn():
    off = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        voice = draw_voice(rng)
        off.append(abs(np.log2(middle_pitch(speak(voice, 5.0, RATE, rng)) / voice.pitch_hz)))
    assert np.median(off) < 0.15
    assert sum(one < 0.4 for one in off) >= 10  # an octave off now and then, as all who listen for pitch


def test_voices_are_finite_and_decided_by_their_seed():
    first, again, other = (make_voices(3, duration_s=1.01, random_state=seed) for seed in (1, 1, 2))
    assert list(first) == ["voice_001", "voice_002", "voice_003"]
    for name, sound in first.items():
        assert sound.dtype == np.float32
        assert len(sound) == 8080
        assert np.isfinite(sound).all()
        assert 0.5 < np.abs(sound).max() < 1.5
        np.testing.assert_array_equal(sound, again[name])
        assert not np.array_equal(sound, other[name])
    np.testing.assert_array_equal(
        make_voices(1, duration_s=1.01, random_state=1)["voice_001"], first["voice_001"]
    )


def test_values_out_of_range_are_refused():
    with pytest.raises(ParameterError, match=r"count must be >= 1, duration_s within 0\.2 to 3600"):
        make_voices(0)
