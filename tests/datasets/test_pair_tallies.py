"""Pairs counted in pieces are those counted at once."""

import numpy as np
import pytest

from bandscape.datasets import pair_tallies


@pytest.mark.parametrize("merge_after", [1, 500, 1 << 20])
def test_pieces_count_as_the_whole(monkeypatch, merge_after):
    monkeypatch.setattr(pair_tallies, "_MERGE_AFTER", merge_after)
    rng, tally, added = np.random.default_rng(0), pair_tallies.PairTally(), []
    for n_keys in (0, 1, 300, 1000, 7, 0, 2000):
        added.append(rng.integers(0, 900, n_keys))
        tally.add(added[-1])
    keys, counts = np.unique(np.concatenate(added), return_counts=True)
    for _ in range(2):  # asking changes nothing
        found = tally.counted()
        assert np.array_equal(found[0], keys)
        assert np.array_equal(found[1], counts)


def test_nothing_counted_is_empty():
    keys, counts = pair_tallies.PairTally().counted()
    assert len(keys) == len(counts) == 0
