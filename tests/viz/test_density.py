import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bandscape.viz.density import density_field


def levels_of(field):
    flat = np.frombuffer(base64.b64decode(field["levels"]["base64"]), np.uint8)
    return flat.reshape(field["rows"], field["columns"])


def cell_of(field, x, y):
    return int((y - field["y"]) // field["step"]), int((x - field["x"]) // field["step"])


def test_where_most_points_stand_the_field_is_darkest(rng):
    thick, thin = rng.normal(size=(5_000, 2)), rng.normal(size=(50, 2)) + np.array([40, -20])
    field = density_field(np.vstack([thick, thin]).astype(np.float32))
    levels = levels_of(field)
    assert levels.max() == 255
    row, column = np.unravel_index(levels.argmax(), levels.shape)
    at = np.array([field["x"], field["y"]]) + field["step"] * (np.array([column, row]) + 0.5)
    assert np.linalg.norm(at) < 1, "the middle of the crowd"
    assert 0 < levels[cell_of(field, 40, -20)] < 200
    assert levels[cell_of(field, 20, -10)] == 0, "nobody stands between"


@settings(max_examples=60)
@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(-1e4, 1e4, width=32)))
def test_every_point_stands_on_the_field(points):
    field = density_field(points, cells=64)
    levels = levels_of(field)
    for x, y in points.astype(np.float64):
        assert levels[cell_of(field, x, y)] > 0
    assert max(levels.shape) <= 64 + 8


def test_one_point_and_equal_points_make_one_spot():
    for points in (np.zeros((1, 2)), np.full((9, 2), 3.5)):
        levels = levels_of(density_field(points))
        assert levels.max() == 255
        assert (levels > 0).sum() <= 81


@pytest.mark.parametrize("seed", [0, 1])
def test_same_points_same_bytes_in_any_order(seed):
    points = np.random.default_rng(seed).normal(size=(500, 2))
    order = np.random.default_rng(seed + 1).permutation(500)
    assert density_field(points) == density_field(points[order])
