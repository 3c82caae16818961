"""The low-rank affinity loss against its definition."""

import numpy as np
import pytest

from bandscape.embeddings.audio.separation.affinity_loss import affinity_loss


def by_definition(embeddings, labels, weights):
    """Compare all pairs of cells: sum of w_i w_j (v_i.v_j - y_i.y_j)^2 over (sum w)^2."""
    squared = np.square(embeddings @ embeddings.T - labels @ labels.T)
    return float((np.outer(weights, weights) * squared).sum() / weights.sum() ** 2)


def unit_rows(rng, *shape):
    rows = rng.standard_normal(shape)
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("n_sources", [2, 3])
def test_the_loss_is_that_of_all_pairs_of_cells(rng, n_sources):
    embeddings = unit_rows(rng, 2, 60, 7)
    labels = np.eye(n_sources, dtype=np.float32)[rng.integers(0, n_sources, (2, 60))]
    weights = (rng.uniform(size=(2, 60)) * (rng.uniform(size=(2, 60)) > 0.4)).astype(np.float32)
    found = affinity_loss(embeddings, labels, weights).numpy()
    for at in range(2):
        assert found[at] == pytest.approx(by_definition(embeddings[at], labels[at], weights[at]), rel=1e-4)


def test_perfect_embeddings_lose_nothing_and_equal_ones_all_foreign_pairs(rng):
    labels = np.eye(2, dtype=np.float32)[np.arange(50) % 2][None]
    weights = np.ones((1, 50), np.float32)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0][:2].astype(np.float32)
    assert affinity_loss(labels @ turn, labels, weights).numpy()[0] == pytest.approx(0, abs=1e-5)
    same = np.repeat(unit_rows(rng, 1, 1, 5), 50, axis=1)
    assert affinity_loss(same, labels, weights).numpy()[0] == pytest.approx(0.5, abs=1e-5)


def test_cells_without_weight_do_not_count_and_silence_has_no_loss(rng):
    embeddings = unit_rows(rng, 1, 40, 4)
    labels = np.eye(2, dtype=np.float32)[rng.integers(0, 2, (1, 40))]
    weights = np.ones((1, 40), np.float32)
    weights[0, 20:] = 0
    with_silence = affinity_loss(embeddings, labels, weights).numpy()
    without = affinity_loss(embeddings[:, :20], labels[:, :20], weights[:, :20]).numpy()
    np.testing.assert_allclose(with_silence, without, rtol=1e-5)
    assert affinity_loss(embeddings, labels, 0 * weights).numpy()[0] == 0


def test_memory_does_not_hold_all_pairs(rng):
    import resource

    cells = 60_000  # all pairs would be 14 GB
    embeddings = unit_rows(rng, 1, cells, 20)
    labels = np.eye(2, dtype=np.float32)[rng.integers(0, 2, (1, cells))]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 0 < affinity_loss(embeddings, labels, np.ones((1, cells), np.float32)).numpy()[0] < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
