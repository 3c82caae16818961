"""The vote of neighbors, against one written from the definition."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.sounds import label_neighbors
from bandscape.embeddings.audio.sounds.label_neighbors import neighbor_accuracy


def by_definition(rows, labels, k, groups=None):
    right = []
    for i, row in enumerate(rows):
        others = [j for j in range(len(rows)) if j != i and (groups is None or groups[j] != groups[i])]
        nearest = sorted(others, key=lambda j: (((rows[j] - row) ** 2).sum(), j))[:k]
        votes = [labels[j] for j in nearest]
        most = max((votes.count(one) for one in votes), default=0)
        winner = next((one for one in votes if votes.count(one) == most), None)
        right.append(winner == labels[i])
    return np.mean(right)


def test_accuracy_equals_the_definition(rng):
    rows, labels = rng.normal(size=(60, 3)), rng.integers(0, 4, 60).tolist()
    groups = rng.integers(0, 5, 60).tolist()
    rows[:, 0] += np.array(labels)
    assert neighbor_accuracy(rows, labels) == by_definition(rows, labels, 5)
    assert neighbor_accuracy(rows, labels, n_neighbors=3, groups=groups) == by_definition(
        rows, labels, 3, groups
    )
    level = np.round(rows)  # many at the same distance: the first of them count
    assert neighbor_accuracy(level, labels) == by_definition(level, labels, 5)


def test_blocks_do_not_change_the_result(rng, monkeypatch):
    rows, labels = rng.normal(size=(50, 2)), rng.integers(0, 3, 50).tolist()
    whole = neighbor_accuracy(rows, labels)
    monkeypatch.setattr(label_neighbors, "_BLOCK", 150)
    assert neighbor_accuracy(rows, labels) == whole


def test_rows_without_label_are_no_neighbors_and_one_class_is_no_figure(rng):
    rows = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]])
    assert neighbor_accuracy(rows, ["a", None, "a", "b", "b"], n_neighbors=1) == 1.0
    assert np.isnan(neighbor_accuracy(rows, ["a"] * 5))
    assert np.isnan(neighbor_accuracy(rng.normal(size=(0, 2)), []))
    assert neighbor_accuracy(rows[:2], ["a", "b"]) == 0.0


def test_lengths_and_numbers_are_checked():
    with pytest.raises(ParameterError, match="one entry a row"):
        neighbor_accuracy(np.zeros((3, 2)), ["a"])
    with pytest.raises(ParameterError, match="n_neighbors"):
        neighbor_accuracy(np.zeros((3, 2)), ["a"] * 3, n_neighbors=0)
