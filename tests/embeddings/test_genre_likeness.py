import numpy as np
import pandas as pd
import pytest

from bandscape.embeddings import check_side_features, cold_start_figures
from bandscape.embeddings.genre_likeness import (
    best_fixed,
    in_common,
    likeness_to_answers,
    mean_likeness,
    shared,
)


def sets_alike(likeness, some, others):
    """As defined, on sets."""
    both, either = len(some & others), len(some | others)
    return float(both > 0) if likeness is shared else both / either if either else 0.0


@pytest.mark.parametrize("likeness", [shared, in_common])
def test_likeness_is_that_of_the_sets(rng, likeness):
    genres = rng.random((40, 5)) < 0.4
    sets = [set(np.flatnonzero(row)) for row in genres]
    wanted = np.array([[sets_alike(likeness, one, other) for other in sets] for one in sets])
    answers = rng.integers(0, 40, (40, 10))
    np.testing.assert_allclose(
        likeness_to_answers(likeness, genres, genres[answers]), np.take_along_axis(wanted, answers, axis=1)
    )
    np.testing.assert_allclose(mean_likeness(likeness, genres[:7], genres), wanted[:7].mean(axis=1))
    best = best_fixed(likeness, genres, 3)
    assert wanted[best].mean(axis=1).min() >= np.delete(wanted.mean(axis=1), best).max() - 1e-12


def test_same_answers_for_all_win_the_sharing_of_a_genre_and_lose_the_share_in_common():
    """A few artists have every genre: they share one with everybody, and have little in common with anybody."""
    genres = [["a", "b", "c", "d"]] * 12 + [["abcd"[row % 4]] for row in range(88)]
    own = np.array([np.isin(list("abcd"), one) for one in genres], float)
    artists = pd.DataFrame({"artist_id": [f"id{row}" for row in range(100)], "genres": genres})
    artists["name"] = artists["artist_id"]
    sound = own + np.random.default_rng(0).normal(0, 0.05, own.shape)
    heard = pd.DataFrame({"artist_id": artists["artist_id"], "vector": list(sound)})[
        12:
    ]  # these are never cold
    features = check_side_features(heard)

    def learn(frame, _seed):
        return own[frame["artist_id"].str[2:].astype(int)]

    found = {one.name: one.value for one in cold_start_figures(artists, [features], {"genres": learn})}
    assert found["cold_fixed_at_10"] == 1
    assert found["cold_in_common_fixed_at_10"] < 0.45
    assert found["cold_in_common_at_10"] > 0.9
