"""The animation of a training."""

import numpy as np
import pytest
from PIL import Image

from bandscape.core.errors import ParameterError
from bandscape.viz.training_animation import write_training_gif


def test_it_runs_there_and_back_again(tmp_path, rng):
    frames = rng.uniform(-1, 1, (6, 100, 2))
    path = write_training_gif(frames, frames[-1], tmp_path / "a.gif")
    with Image.open(path) as gif:
        assert gif.n_frames == 10
        shown = []
        for at in range(10):
            gif.seek(at)
            shown.append(np.asarray(gif.convert("RGB")))
    assert all(np.array_equal(shown[at], shown[10 - at]) for at in range(1, 5))
    assert not np.array_equal(shown[0], shown[1])


def test_shapes_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="frames must be"):
        write_training_gif(np.zeros((2, 5, 2)), np.zeros((4, 2)), tmp_path / "a.gif")
