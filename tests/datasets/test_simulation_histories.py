"""Listening histories of the simulation: known tastes, real artists, the same bytes again."""

import numpy as np
import pytest

from bandscape.core.files import read_table
from bandscape.datasets import simulate


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("histories"), n_reviews=400, n_artists=120, random_state=3)


def test_users_listen_to_known_artists_none_twice(made):
    histories = read_table(made.histories_path).to_pandas()
    known = set(made.truth.artists["artist_id"])
    assert len(histories) == 240
    assert histories["user_id"].is_unique
    for heard in histories["artists"]:
        assert len(set(heard)) == len(heard) >= 5
        assert set(heard) <= known


def test_what_a_user_hears_is_near_its_taste(made):
    histories = read_table(made.histories_path).to_pandas()
    users = made.truth.table("users").to_pandas()
    assert histories["user_id"].tolist() == users["user_id"].tolist()
    row = {artist_id: place for place, artist_id in enumerate(made.truth.artists["artist_id"])}
    unit = made.truth.positions / np.linalg.norm(made.truth.positions, axis=1, keepdims=True)
    closeness = np.stack(users["taste"].to_list()) @ unit.T
    heard = [closeness[u, [row[a] for a in artists]].mean() for u, artists in enumerate(histories["artists"])]
    assert np.mean(np.array(heard) > closeness.mean(axis=1)) > 0.95


def test_same_seed_same_bytes(made, tmp_path):
    again = simulate(tmp_path, n_reviews=400, n_artists=120, random_state=3, n_jobs=2)
    assert again.histories_path.read_bytes() == made.histories_path.read_bytes()
