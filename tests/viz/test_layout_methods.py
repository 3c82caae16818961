"""One suite for every way of placing points, and what a start and new points do."""

import importlib.util

import numpy as np
import pytest

from bandscape.core.errors import MissingExtraError, ParameterError
from bandscape.viz import METHODS, lay_out, place_new
from bandscape.viz import other_layouts as extras
from bandscape.viz.alignment import aligned, mean_shift

EXTRAS = {"umap": "umap", "pacmap": "pacmap"}


def clouds(rng, n=160, dims=10):
    label = np.arange(n) % 4
    return (rng.normal(size=(4, dims))[label] * 4 + rng.normal(size=(n, dims))).astype(np.float32), label


@pytest.fixture(params=METHODS)
def method(request):
    if request.param in EXTRAS:
        pytest.importorskip(EXTRAS[request.param])
    return request.param


def nearest_label_share(places, label):
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return np.mean(label[distance.argmin(axis=1)] == label)


def test_every_method_keeps_clouds_apart_and_says_what_it_did(rng, method):
    matrix, label = clouds(rng)
    matrix.flags.writeable = False
    placed = lay_out(matrix, method=method, random_state=3)
    assert placed.method == method
    assert placed.coordinates.shape == (160, 2)
    assert np.isfinite(placed.coordinates).all()
    assert (placed.perplexity is None) == (method == "pca")
    assert nearest_label_share(placed.coordinates, label) > (0.7 if method == "pca" else 0.95)
    assert placed.trustworthiness > 0.8
    assert placed.neighbor_kept.shape == (160,)


def test_every_method_repeats_itself_at_any_thread_count(rng, method):
    matrix, _ = clouds(rng, 60)
    first = lay_out(matrix, method=method, n_jobs=1)
    assert lay_out(matrix, method=method, n_jobs=3).coordinates.tobytes() == first.coordinates.tobytes()


def test_every_method_places_few_points(rng, method):
    for n in (0, 1, 7, 9):
        placed = lay_out(rng.normal(size=(n, 4)), method=method)
        assert placed.coordinates.shape == (n, 2)
        assert np.isfinite(placed.coordinates).all()


@pytest.mark.parametrize("tsne", ["opentsne", "sklearn"])
def test_old_points_stay_and_new_ones_join_their_like(rng, tsne):
    matrix, label = clouds(rng, 200)
    before = lay_out(matrix[:180], method=tsne)
    start = np.vstack([before.coordinates, np.full((20, 2), np.nan)])
    after = lay_out(matrix, method=tsne, start=start)
    moved = mean_shift(after.coordinates[:180], before.coordinates)
    anew = mean_shift(lay_out(matrix, method=tsne, random_state=9).coordinates[:180], before.coordinates)
    assert moved < 0.02
    assert moved < anew
    assert nearest_label_share(after.coordinates, label) > 0.95
    assert after.trustworthiness > before.trustworthiness - 0.02


def test_new_points_are_placed_without_moving_any(rng):
    matrix, label = clouds(rng, 200)
    before = lay_out(matrix[:180])
    kept = before.coordinates.copy()
    placed = place_new(before, matrix[:180], matrix[180:])
    assert placed.shape == (20, 2)
    assert np.array_equal(before.coordinates, kept)
    distance = np.linalg.norm(placed[:, None] - kept[None], axis=2)
    assert np.mean(label[:180][distance.argmin(axis=1)] == label[180:]) > 0.9
    assert np.array_equal(place_new(before, matrix[:180], matrix[180:]), placed)
    assert place_new(before, matrix[:180], matrix[:0]).shape == (0, 2)


def test_alignment_undoes_turning_mirroring_and_shifting(rng):
    fixed = rng.normal(size=(30, 2))
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]]) @ np.diag([1, -1])
    np.testing.assert_allclose(aligned(3 * fixed @ turn + [5, -2], fixed), fixed, atol=1e-12)
    assert mean_shift(3 * fixed @ turn + [5, -2], fixed) < 1e-20
    some = fixed.copy()
    some[10:] = np.nan
    np.testing.assert_allclose(aligned(fixed @ turn, some), fixed, atol=1e-12)


def test_what_does_not_fit_is_named(rng):
    matrix, _ = clouds(rng, 40)
    with pytest.raises(ParameterError, match=r"start must have the shape \(40, 2\)"):
        lay_out(matrix, start=np.zeros((39, 2)))
    placed = lay_out(matrix)
    with pytest.raises(ParameterError, match="width of new"):
        place_new(placed, matrix, matrix[:, :3])
    with pytest.raises(ParameterError, match="method must be one of opentsne, sklearn, umap"):
        lay_out(matrix, method="magic")


def test_a_missing_extra_is_named(rng, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        extras.importlib.util, "find_spec", lambda name: None if name == "umap" else real(name)
    )
    with pytest.raises(MissingExtraError, match=r"pip install 'bandscape\[layouts\]'"):
        lay_out(clouds(rng, 40)[0], method="umap")
