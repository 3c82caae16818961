"""Random instruments."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.datasets.simulation.instruments import (
    INSTRUMENT_RANGES,
    draw_instrument,
    make_instruments,
    play,
)

PLAIN = {"lowest_hz": 220.0, "rolloff": 1.0, "even": 1.0, "formant_hz": 1000.0, "formant_gain": 0.0,
         "attack_s": 0.004, "decay": 0.2, "vibrato": 0.0, "note_s": 0.5, "rests": 0.0}  # fmt: skip


def spectrum(sound):
    return np.abs(np.fft.rfft(sound * np.hanning(len(sound))))


def test_instruments_differ_and_the_same_seed_gives_the_same():
    one, two, other = (make_instruments(3, duration_s=0.5, random_state=seed) for seed in (1, 1, 2))
    assert list(one) == ["instrument_001", "instrument_002", "instrument_003"]
    for name, sound in one.items():
        np.testing.assert_array_equal(sound, two[name])
        assert not np.allclose(sound, other[name])
        assert sound.shape == (4000,)
        assert np.abs(sound).max() == pytest.approx(0.8)
    assert not np.allclose(one["instrument_001"], one["instrument_002"])


def test_parameters_cover_their_ranges(rng):
    drawn = [draw_instrument(rng) for _ in range(300)]
    for name, (low, high) in INSTRUMENT_RANGES.items():
        values = np.array([one[name] for one in drawn])
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high


def test_a_formant_lifts_what_is_near_it_and_hollow_instruments_lack_even_harmonics():
    plain, hollow, bright = (
        spectrum(play(PLAIN | change, 4.0, 8000, np.random.default_rng(0)))
        for change in ({}, {"even": 0.0}, {"formant_gain": 4.0, "formant_hz": 2500.0})
    )
    high = slice(4 * 2200, 4 * 2800)
    assert bright[high].sum() / bright.sum() > 1.5 * plain[high].sum() / plain.sum()
    first = int(plain[4 * 200 : 4 * 480].argmax()) + 4 * 200  # the longest note's fundamental
    assert hollow[2 * first - 4 : 2 * first + 5].max() < 0.5 * plain[2 * first - 4 : 2 * first + 5].max()


def test_wrong_values_are_refused():
    for wrong in ({"count": 0}, {"duration_s": 0.0}, {"sample_rate_hz": 10}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            make_instruments(**({"count": 1} | wrong))
