"""Grouping cells by their embeddings."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.separation.embedding_clusters import (
    MOST_SPECTRAL,
    estimate_count,
    find_centers,
    memberships,
    residuals,
    spectral_labels,
)


def clouds(n_clusters, rng, n=900, dim=12, noise=0.1):
    """Points near axes of space, of unit length, as ideal embeddings are."""
    truth = np.arange(n) % n_clusters
    points = np.eye(dim)[truth] + noise * rng.standard_normal((n, dim))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), truth


def agreement(labels, truth):
    pairs = (labels[:, None] == labels) == (truth[:, None] == truth)
    return pairs.mean()


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 4])
def test_clear_groups_are_found_and_counted(rng, n_clusters):
    points, truth = clouds(n_clusters, rng)
    weights = np.ones(len(points))
    shares = memberships(points, find_centers(points, weights, n_clusters, rng))
    assert agreement(shares.argmax(axis=0), truth) == 1
    assert estimate_count(points, weights, 6, rng) == n_clusters


def test_spectral_clustering_finds_the_same_groups(rng):
    points, truth = clouds(3, rng)
    assert agreement(spectral_labels(points, 3, rng), truth) > 0.99
    with pytest.raises(ParameterError, match=r"at most 4,000; got 4,001"):
        spectral_labels(np.zeros((MOST_SPECTRAL + 1, 3)), 2, rng)


def test_points_without_weight_move_no_center(rng):
    points, truth = clouds(2, rng)
    weights = (truth == 0).astype(float)
    weights[1] = 0.0
    np.testing.assert_allclose(
        find_centers(points, weights, 1, rng)[0], points[truth == 0].mean(axis=0), atol=1e-6
    )


def test_shares_add_up_to_one_and_sharpen_into_hard_masks(rng):
    points, _ = clouds(3, rng, noise=0.4)
    centers = find_centers(points, np.ones(len(points)), 3, rng)
    soft, hard = memberships(points, centers, sharpness=4.0), memberships(points, centers)
    np.testing.assert_allclose(soft.sum(axis=0), 1, atol=1e-5)
    assert set(np.unique(hard)) == {0, 1}
    np.testing.assert_array_equal(soft.argmax(axis=0), hard.argmax(axis=0))
    np.testing.assert_allclose(memberships(points, centers, sharpness=1e4), hard, atol=1e-2)


def test_residuals_fall_and_nothing_is_counted_where_nothing_sounds(rng):
    points, _ = clouds(3, rng, n=300)
    left = residuals(points, np.ones(300), 5, rng)
    assert (np.diff(left) < 1e-3).all()
    assert estimate_count(points, np.zeros(300), 5, rng) == 0
    with pytest.raises(ParameterError, match="number of cells that sound, 0; got 2"):
        find_centers(points, np.zeros(300), 2, rng)
    assert len(residuals(points[:2], np.ones(2), 5, rng)) == 2
