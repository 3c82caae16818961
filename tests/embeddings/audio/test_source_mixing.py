"""Mixtures made of a pool of sounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.separation.source_mixing import SourcePool, draw_mixture, draw_tones


def tone(hz, n=8000, level=0.3):
    return (level * np.sin(2 * np.pi * hz * np.arange(n) / 8000)).astype(np.float32)


@pytest.fixture
def pool():
    return SourcePool.of({"low": [tone(200), tone(210, 900)], "high": [tone(2000)], "mid": [tone(900)]}, 8000)


@settings(max_examples=25)
@given(
    n_sources=st.integers(1, 3), n=st.integers(400, 20_000), speed=st.floats(0, 0.5), seed=st.integers(0, 99)
)
def test_sources_differ_in_class_and_by_at_most_five_decibels(n_sources, n, speed, seed):
    pool = SourcePool.of({"low": [tone(200, 500)], "high": [tone(2000)], "mid": [tone(900)]}, 8000)
    sources = draw_mixture(pool, n_sources, n, np.random.default_rng(seed), speed_range=speed)
    assert sources.shape == (n_sources, n)
    assert np.isfinite(sources).all()
    loud = 20 * np.log10(np.sqrt(np.square(sources).mean(axis=1)))
    assert np.ptp(loud) < 5.5  # the ends of a stretch that is played faster are cut
    peaks = np.abs(np.fft.rfft(sources * np.hanning(n), axis=1)).argmax(axis=1) * 8000 / n
    kinds = {int(np.argmin(np.abs(np.log(np.array([200, 900, 2000]) / max(p, 1))))) for p in peaks}
    assert len(kinds) == n_sources


def test_speed_moves_the_pitch_within_its_range(pool):
    found = []
    for seed in range(40):
        sound = pool.excerpt("high", 8000, np.random.default_rng(seed), speed_range=0.2)
        found.append(int(np.abs(np.fft.rfft(sound)).argmax()))
    assert 1590 <= min(found) < 1750
    assert 2250 < max(found) <= 2410


def test_the_same_generator_draws_the_same_and_sounds_stay_as_they_are(pool):
    before = pool.digest()
    one, two = (draw_mixture(pool, 2, 3000, np.random.default_rng(4), speed_range=0.1) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert pool.digest() == before


def test_silent_stretches_of_a_long_sound_are_passed_over():
    mostly = np.zeros(200_000, np.float32)
    mostly[90_000:130_000] = tone(300, 40_000)
    pool = SourcePool.of({"a": [mostly], "b": [tone(900)]}, 8000)
    for seed in range(20):
        assert np.abs(pool.excerpt("a", 4000, np.random.default_rng(seed))).max() > 0.5


def test_silent_sounds_are_left_out_and_one_class_is_too_few():
    pool = SourcePool.of({"a": [tone(200), np.zeros(100)], "b": [tone(300)], "c": [np.zeros(9)]}, 8000)
    assert pool.names == ["a", "b"]
    assert pool.duration_s == 2
    with pytest.raises(ParameterError, match="at least two classes"):
        SourcePool.of({"a": [tone(200)], "b": [np.zeros(10)]}, 8000)
    with pytest.raises(ParameterError, match="must be mono and finite"):
        SourcePool.of({"a": [np.zeros((4, 2))], "b": [tone(3)]}, 8000)
    with pytest.raises(ParameterError, match="must be mono and finite"):
        SourcePool.of({"a": [np.full(4, np.nan)], "b": [tone(3)]}, 8000)


def test_tones_are_smooth_and_as_wide_as_asked(rng):
    tones = 20 * np.log10(draw_tones((400, 2), 129, 6.0, rng))
    assert tones.shape == (400, 2, 129)
    assert tones[..., [0, -1]].std() == pytest.approx(6.0, rel=0.1)
    assert np.abs(np.diff(tones, axis=2)).max() < 6.0 * 8 / 25
    np.testing.assert_array_equal(draw_tones((3,), 9, 0.0, rng), 1)
