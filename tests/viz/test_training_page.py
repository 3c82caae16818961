"""The page of a training, and what it does in a browser."""

import io

import numpy as np
import pytest
import soundfile

from bandscape.core.errors import ParameterError
from bandscape.viz import write_html
from bandscape.viz.training_page import training_page


@pytest.fixture
def page_file(tmp_path, rng):
    written = io.BytesIO()
    soundfile.write(written, rng.uniform(-0.1, 0.1, (800, 2)), 8000, format="WAV")
    original = np.sin(np.arange(256)[:, None] / np.array([8.0, 5.0]))
    frames = np.linspace(0, 1, 12)[:, None, None] * original
    sounds = {"before": written.getvalue(), "after": written.getvalue()}
    path = tmp_path / "training.html"
    return write_html(training_page(frames, original, 8000, sounds=sounds, subtitle="12 steps"), path)


def test_the_slider_moves_the_decoded_wave_and_both_sounds_load(visit, page_file):
    page = visit(page_file)
    wave = "Math.max(...document.getElementById('plot').data[{}].y)"
    assert page.evaluate(wave.format(1)) == 0
    page.focus("#slider")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#slider", "aria-valuetext") == "iteration 1"
    page.click("#play")  # goes on from there to the last, and stops
    page.wait_for_function("document.getElementById('iteration').textContent === 'iteration 11'")
    page.wait_for_function("document.getElementById('play').textContent.includes('play')")
    for side in (0, 2):
        assert page.evaluate(wave.format(side + 1)) == pytest.approx(page.evaluate(wave.format(side)))
    page.wait_for_function("[...document.querySelectorAll('audio')].every((one) => one.readyState >= 1)")
    lengths = page.evaluate("[...document.querySelectorAll('audio')].map((one) => one.duration)")
    assert lengths == pytest.approx([0.1, 0.1], abs=0.01)


def test_shapes_and_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match="frames must be"):
        training_page(np.zeros((2, 5, 2)), np.zeros((4, 2)), 8000)
    with pytest.raises(ParameterError, match="one or two channels"):
        training_page(np.zeros((2, 5, 3)), np.zeros((5, 3)), 8000)
    with pytest.raises(ParameterError, match="finite"):
        training_page(np.full((2, 5, 2), np.nan), np.zeros((5, 2)), 8000)


def test_long_trainings_are_thinned_with_first_and_last():
    page = training_page(np.zeros((1001, 5, 2)), np.zeros((5, 2)), 8000)
    shown = page.payload["iterations"]
    assert (len(shown), shown[0], shown[-1]) == (200, 0, 1000)
