"""Statistics over time: by their definitions, for sounds of any length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.embeddings.audio.features.temporal import STATISTICS, statistic_names, temporal_statistics


def test_statistics_are_those_of_their_definitions():
    rows = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 7.0]])
    mean, deviation, change, first, middle, last = temporal_statistics(rows, [1, 1, 2]).reshape(6, 2)
    assert mean == pytest.approx([2.5, 4.0])
    assert deviation == pytest.approx(np.sqrt([(6.25 + 0.25 + 2 * 2.25) / 4, (9 + 9 + 2 * 9) / 4]))
    between = np.array([1.0, np.sqrt(2.0)]) / (1 + np.sqrt(2.0))
    assert change == pytest.approx(np.sqrt([4.0, between[1] * 36]))
    assert np.array([first, middle, last]) == pytest.approx(rows)


@given(st.integers(1, 40), st.integers(0, 100))
def test_any_number_of_frames_gives_finite_statistics_and_silence_weighs_all_alike(n_frames, seed):
    rows = np.random.default_rng(seed).normal(size=(n_frames, 3))
    silent = temporal_statistics(rows, np.zeros(n_frames))
    assert np.isfinite(silent).all()
    assert silent == pytest.approx(temporal_statistics(rows, np.full(n_frames, 0.3)), abs=1e-5)


def test_a_quiet_tail_hardly_moves_the_mean():
    rows = np.concatenate([np.ones((10, 1)), np.full((90, 1), 50.0)])
    loudness = np.r_[np.ones(10), np.full(90, 1e-6)]
    assert temporal_statistics(rows, loudness)[0] == pytest.approx(1.0, abs=0.01)


def test_names_say_column_and_statistic():
    names = statistic_names(["a", "b"])
    assert names[:3] == ["a_mean", "b_mean", "a_deviation"]
    assert len(names) == 2 * len(STATISTICS)
