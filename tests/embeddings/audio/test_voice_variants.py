"""Sources heard as others: resonances and pitch are moved as said."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.separation.source_mixing import SourcePool
from bandscape.embeddings.audio.separation.voice_variants import add_variants, move_resonances

RATE = 8000


def buzz(pitch_hz, resonance_hz, seconds=1.0):
    """Harmonics of a pitch under a bump of half an octave."""
    t = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, int(0.45 * RATE / pitch_hz))
    gains = 0.02 + np.exp(-0.5 * (np.log2(harmonics * pitch_hz / resonance_hz) / 0.4) ** 2)
    waves = np.sin(2 * np.pi * np.outer(t, harmonics * pitch_hz) + harmonics)
    return (0.1 * waves @ gains).astype(np.float32)


def harmonics_of(sound):
    """Return the pitch, by the first clear peak of the autocorrelation, and the frequency of the loudest bin."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 15)) ** 2
    again = np.fft.irfft(power)[: RATE // 60]
    again[: RATE // 400] = 0
    return RATE / again.argmax(), power.argmax() * RATE / (1 << 15)


@pytest.mark.parametrize("factor", [0.75, 1.35])
def test_resonances_move_and_the_pitch_stays(factor):
    sound = buzz(100, 1000)
    pitch, loudest = harmonics_of(move_resonances(sound, factor, RATE))
    assert abs(pitch - 100) < 2
    assert abs(loudest - 1000 * factor) <= 150  # a harmonic and a half
    near = move_resonances(sound, 1.0, RATE)
    np.testing.assert_allclose(near[300:-300], sound[300:-300], atol=1e-4)


def test_variants_are_sources_of_their_own_and_the_same_every_time():
    pool = SourcePool.of({"a": [buzz(110, 800), buzz(120, 1500)], "b": [buzz(200, 1200)]}, RATE)
    more = add_variants(pool, 3, random_state=4)
    assert more.names == ["a", "a~1", "a~2", "a~3", "b", "b~1", "b~2", "b~3"]
    assert more.digest() == add_variants(pool, 3, random_state=4).digest()
    assert more.digest() != add_variants(pool, 3, random_state=5).digest()
    assert [len(one) for one in more.sounds.values()] == [2, 2, 2, 2, 1, 1, 1, 1]
    for name in (
        "a~1",
        "a~2",
        "a~3",
    ):  # both sounds of a variant are moved alike, each keeps its pitch to the other's
        first, second = (harmonics_of(sound.astype(float))[0] for sound in more.sounds[name])
        assert abs(second / first - 120 / 110) < 0.04
        speed = len(pool.sounds["a"][0]) / len(more.sounds[name][0])
        assert abs(first / (110 * speed) - 1) < 0.04
    assert all(np.array_equal(more.sounds[name][0], pool.sounds[name][0]) for name in ("a", "b"))
    with pytest.raises(ParameterError, match="n_variants must be >= 0; got -1"):
        add_variants(pool, -1)
