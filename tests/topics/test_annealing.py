"""Schedules of temperatures."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics import SmoothAnnealing, StepAnnealing


def test_steps_are_those_of_the_original():
    temperatures = StepAnnealing().temperatures(190, 100, 1.0)
    assert len(temperatures) == 190
    np.testing.assert_allclose(temperatures[:90].reshape(9, 10)[:, 0], 0.75 ** np.arange(9))
    assert (temperatures[:90].reshape(9, 10) == temperatures[:90:10, None]).all()
    np.testing.assert_array_equal(temperatures[90:], 0.1)


def test_steps_are_shortened_where_there_is_no_room():
    temperatures = StepAnnealing().temperatures(28, 10, 1.0)
    np.testing.assert_allclose(temperatures[:18:2], 0.75 ** np.arange(9))
    np.testing.assert_array_equal(temperatures[18:], 0.1)
    np.testing.assert_array_equal(StepAnnealing().temperatures(3, 3, 1.0), 0.1)


def test_smooth_annealing_starts_where_the_prior_weighs_a_third_of_the_corpus():
    temperatures = SmoothAnnealing().temperatures(100, 10, 438.0)
    assert temperatures[0] == pytest.approx(146)
    assert (np.diff(temperatures[:46]) < 0).all()
    np.testing.assert_array_equal(temperatures[45:], 1)
    assert (SmoothAnnealing().temperatures(100, 10, 2.9) == 1).all()
    assert SmoothAnnealing(start=9).temperatures(100, 10, 73.0)[0] == 9


def test_documents_join_in_three_steps():
    parts = SmoothAnnealing().parts(80, 10, 10**6)
    np.testing.assert_array_equal(parts, [0.125] * 20 + [0.25] * 10 + [0.5] * 10 + [1] * 40)
    np.testing.assert_array_equal(SmoothAnnealing().parts(80, 10, 10**5), 1)
    np.testing.assert_array_equal(
        SmoothAnnealing().parts(80, 10, 4 * 10**5), [0.25] * 10 + [0.5] * 10 + [1] * 60
    )
    np.testing.assert_array_equal(SmoothAnnealing(is_growing=False).parts(80, 10, 10**6), 1)
    assert SmoothAnnealing().parts(1, 1, 10**6).tolist() == [1]
    for n_samples in (1, 50, 75, 80):
        parts = SmoothAnnealing().parts(80, n_samples, 10**6)
        assert len(parts) == 80
        assert (np.diff(parts) >= 0).all()
        assert (parts[-n_samples:] == 1).all()
        temperatures = SmoothAnnealing().temperatures(80, n_samples, 600.0, parts)
        assert (temperatures[-n_samples:] == 1).all()


def test_the_word_prior_weighs_a_third_of_the_documents_that_take_part():
    parts = SmoothAnnealing().parts(80, 10, 10**6)
    temperatures = SmoothAnnealing().temperatures(80, 10, 600.0, parts)
    assert temperatures[0] == pytest.approx(200 / 8)
    work = parts.cumsum()
    cool = work - parts >= 0.45 * work[-1]
    assert (temperatures[cool] == 1).all()
    assert (temperatures[~cool] > 1).all()
    assert (SmoothAnnealing(start=4.0).temperatures(80, 10, 600.0, parts)[:20] == 1).all()


def test_samples_are_never_taken_while_cooling():
    temperatures = SmoothAnnealing(share=1.0).temperatures(20, 15, 50.0)
    np.testing.assert_array_equal(temperatures[-15:], 1)
    np.testing.assert_array_equal(SmoothAnnealing().temperatures(5, 5, 50.0), 1)


@pytest.mark.parametrize(
    ("annealing", "message"),
    [
        (StepAnnealing(start=0), r"StepAnnealing\.start must be a number > 0"),
        (StepAnnealing(final=-1), r"StepAnnealing\.final must be a number > 0"),
        (StepAnnealing(factor=1), r"factor in \(0, 1\)"),
        (StepAnnealing(sweeps_per_level=0), "sweeps_per_level >= 1"),
        (SmoothAnnealing(start=float("nan")), r"SmoothAnnealing\.start must be a number > 0"),
        (SmoothAnnealing(share=0), r"SmoothAnnealing\.share must be in \(0, 1\]"),
    ],
)
def test_unusable_schedules_are_refused(annealing, message):
    with pytest.raises(ParameterError, match=message):
        annealing.temperatures(10, 2, 5.0)
