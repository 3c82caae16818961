import numpy as np
import pytest
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.neighbors import NearestNeighbors

from bandscape.core.linear import unit_rows
from bandscape.viz import neighbors as neighbors_module
from bandscape.viz.cell_neighbors import cell_neighbors
from bandscape.viz.neighbors import exact_neighbors
from bandscape.viz.trust import neighbor_kept, trustworthiness


def test_neighbors_are_those_of_brute_force_and_blocks_do_not_matter(rng, monkeypatch):
    points = rng.normal(size=(150, 6))
    indices, distances = exact_neighbors(points, 7)
    expected = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(points).kneighbors()
    assert np.array_equal(indices, expected[1])
    np.testing.assert_allclose(distances, expected[0], atol=1e-7)
    monkeypatch.setattr(neighbors_module, "_BLOCK_VALUES", 1_000)
    blocked, _ = exact_neighbors(points, 7)
    assert np.array_equal(indices, blocked)


def test_a_point_is_never_its_own_neighbor_among_equal_points():
    indices, distances = exact_neighbors(np.ones((9, 3)), 4)
    assert not (indices == np.arange(9)[:, None]).any()
    assert (distances == 0).all()


def test_unit_rows_survive_extremes():
    rows = unit_rows([[0, 0], [3e-200, 4e-200], [3e200, 4e200]])
    np.testing.assert_allclose(rows, [[0, 0], [0.6, 0.8], [0.6, 0.8]])


@pytest.mark.parametrize("quality", [0.0, 0.3, 5.0])
def test_trustworthiness_is_scikit_learns(rng, quality):
    points = rng.normal(size=(120, 5))
    places = points[:, :2] + quality * rng.normal(size=(120, 2))
    ours = trustworthiness(points, places, n_neighbors=10)
    assert ours == pytest.approx(sklearn_trustworthiness(points, places, n_neighbors=10), abs=1e-12)


def test_a_sample_estimates_the_whole(rng):
    points = rng.normal(size=(400, 4))
    places = points[:, :2]
    sample = rng.choice(400, 200, replace=False)
    assert trustworthiness(points, places, sample=sample) == pytest.approx(
        trustworthiness(points, places), abs=0.02
    )


def test_kept_neighbors_are_the_share_of_true_ones(rng):
    plane = rng.normal(size=(80, 2))
    assert (neighbor_kept(np.column_stack([plane, np.zeros(80)]), plane) == 1).all()
    shuffled = neighbor_kept(plane, rng.permutation(plane))
    assert 0.02 < shuffled.mean() < 0.3  # chance: 10 of 79


def test_any_choice_among_equals_counts_as_kept():
    matrix = np.repeat(np.eye(3), 20, axis=0)
    places = np.repeat(np.array([[0.0, 0], [10, 0], [0, 10]]), 20, axis=0)
    places += np.random.default_rng(0).normal(size=places.shape)
    assert (neighbor_kept(matrix, places) == 1).all()


def test_points_on_one_another_are_told_apart():
    assert neighbor_kept(np.zeros((30, 2)), np.zeros((30, 2))).tolist() == [1.0] * 30
    assert np.isnan(trustworthiness(np.zeros((3, 2)), np.zeros((3, 2))))


def test_neighbors_by_cells_are_nearly_all_true_with_true_distances_and_repeat_themselves(rng):
    points = unit_rows(rng.normal(size=(30, 16))[np.arange(3_000) % 30] + rng.normal(size=(3_000, 16)) * 0.5)
    points[1] = points[0]
    exact, exact_distances = exact_neighbors(points, 30)
    indices, distances = cell_neighbors(points, 30, np.random.default_rng(0))
    assert np.mean([len(set(a) & set(b)) / 30 for a, b in zip(exact, indices, strict=True)]) > 0.97
    rows = np.arange(3_000)[:, None]
    np.testing.assert_allclose(distances, np.linalg.norm(points[indices] - points[rows], axis=2), atol=1e-7)
    assert (np.diff(distances, axis=1) >= 0).all()
    assert (distances >= exact_distances - 1e-9).all()
    assert not (indices == rows).any()
    assert np.array_equal(indices, cell_neighbors(points, 30, np.random.default_rng(0))[0])
    all_cells, _ = cell_neighbors(points, 30, np.random.default_rng(0), n_probes=10_000)
    assert np.array_equal(all_cells, exact)


def test_cells_that_hold_too_few_are_joined_by_more(rng):
    points = rng.normal(size=(40, 3))
    assert np.array_equal(cell_neighbors(points, 39, rng, n_probes=1)[0], exact_neighbors(points, 39)[0])
