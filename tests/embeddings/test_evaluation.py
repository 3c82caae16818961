import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.embeddings import (
    bootstrap,
    cold_start_at_k,
    evaluate,
    genre_matrix,
    group_matrix,
    neighbor_overlap,
    recommend,
    rival_methods,
)
from bandscape.embeddings.evaluation import shares_at_k
from bandscape.embeddings.recommendation import hide_listens


def figure(figures, name, method=None):
    return next(one for one in figures if one.name == name and method in (None, one.method))


def test_shares_equal_counting_by_hand(rng):
    vectors = rng.normal(size=(40, 5))
    tags = rng.random((40, 4)) < 0.3
    hits, chance = shares_at_k(vectors, csr_matrix(tags), k=3, random_state=1)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    tagged = np.flatnonzero(tags.any(axis=1))
    askable = [row for row in tagged if (tags[np.setdiff1d(tagged, row)] & tags[row]).any()]
    expected, base = [], []
    for row in askable:
        others = np.setdiff1d(tagged, row)
        order = others[np.argsort(-(units[others] @ units[row]))]
        alike = (tags[others] & tags[row]).any(axis=1)
        expected.append((tags[order[:3]] & tags[row]).any(axis=1).mean())
        base.append(alike.mean())
    assert sorted(hits) == pytest.approx(sorted(expected))
    assert chance.mean() == pytest.approx(np.mean(base))


def test_the_interval_covers_the_mean_as_often_as_it_says(rng):
    covered = 0
    for trial in range(60):
        low, high = bootstrap(rng.normal(size=80), random_state=trial)
        covered += low <= 0 <= high
    assert covered >= 50
    assert np.isnan(bootstrap(np.empty(0))).all()


def test_every_probe_is_fitted_without_what_it_asks(small_artists, rng):
    asked = []

    def method(without, seed):
        asked.append((without, seed))
        return rng.normal(size=(60, 4))

    artists = small_artists.assign(authors=[["a"] if row % 2 else ["b"] for row in range(60)])
    figures = evaluate(artists, {"mine": method}, random_state=5)
    assert asked == [((), 5), (("labels",), 5), (("years",), 5), (("authors",), 5), ((), 6)]
    probe = figure(figures, "author_at_10")
    assert probe.chance == pytest.approx(29 / 59)
    assert probe.value == pytest.approx(probe.chance, abs=0.1)
    assert probe.low < probe.value < probe.high


def test_rivals_leave_out_what_is_held_out_and_are_seeded(small_artists):
    for name, method in rival_methods(small_artists, dim=6).items():
        told, held = method((), 0), method(("labels",), 0)
        assert len(told) == 60
        assert not np.array_equal(told, held), name
        np.testing.assert_array_equal(told, method((), 0))
    one_hot = rival_methods(small_artists)["one-hot"]
    changed = small_artists.assign(labels=[["other", "label"]] * 60)
    np.testing.assert_array_equal(one_hot(("labels",), 0), rival_methods(changed)["one-hot"](("labels",), 0))


def test_one_hot_genres_are_perfect_at_genres_and_scores_at_scores(small_artists):
    genres, _ = genre_matrix(small_artists["genres"])
    score = small_artists["mean_score"].fillna(7).to_numpy() / 10
    figures = evaluate(small_artists, {
        "genres": lambda _without, _seed: genres.astype(float),
        "scores": lambda _without, _seed: np.stack([np.cos(score), np.sin(score)], axis=1),
    })  # fmt: skip
    assert figure(figures, "genre_at_10", "genres").value > 0.95
    assert figure(figures, "score_rho", "scores").value > 0.95
    assert figure(figures, "seed_overlap_at_10", "genres").value == 1.0


def test_overlap_of_the_same_is_whole_and_of_strangers_is_chance(rng):
    first, second = rng.normal(size=(2, 200, 8))
    assert neighbor_overlap(first, first).min() == 1.0
    assert neighbor_overlap(first, second).mean() == pytest.approx(10 / 199, abs=0.03)


def test_cold_artists_are_found_by_their_genre():
    tags = csr_matrix(np.repeat(np.eye(2), 20, axis=0))
    vectors = np.repeat(np.eye(2), 20, axis=0)
    hits, chance = cold_start_at_k(vectors[::4], tags[::4], vectors, tags)
    assert hits.mean() == 1.0
    assert chance.mean() == 0.5


def test_tastes_that_follow_the_vectors_are_recommended_and_shuffled_ones_are_not(rng):
    vectors = np.repeat(np.eye(10), 30, axis=0) + rng.normal(scale=0.1, size=(300, 10))
    tastes = [rng.choice(np.arange(30) + 30 * (user % 10), 12, replace=False) for user in range(100)]
    ours = {one.name: one for one in recommend("x", vectors, tastes)}
    assert ours["auc"].value > 0.9 > 0.7 > ours["auc"].chance
    assert ours["recall_at_10"].value > 0.35
    lost = {one.name: one for one in recommend("x", rng.permutation(vectors), tastes)}
    assert lost["auc"].value == pytest.approx(0.5, abs=0.06)
    assert np.isnan(recommend("x", vectors, [np.array([1])])[0].value)


def test_the_best_ranking_has_auc_and_precision_one(rng):
    vectors = np.vstack([np.eye(4)[[0, 0]], np.eye(4)[[1, 2, 3]]])
    found = {one.name: one.value for one in recommend("x", vectors, [np.array([0, 1])])}
    assert found == {"recall_at_10": 1.0, "map_at_10": 1.0, "auc": 1.0}


def test_only_those_asked_about_are_asked_and_everybody_may_answer(small_artists, rng):
    vectors = rng.normal(size=(60, 4))
    tags = csr_matrix(rng.random((60, 3)) < 0.5)
    everybody, _ = shares_at_k(vectors, tags, random_state=3)
    first = np.arange(60) < 30
    parts = [shares_at_k(vectors, tags, among=part, random_state=3)[0] for part in (first, ~first)]
    assert sorted(np.concatenate(parts)) == pytest.approx(sorted(everybody))
    method = {"mine": lambda _without, _seed: vectors}
    halves = [evaluate(small_artists, method, asked=part) for part in (first, ~first)]
    whole = evaluate(small_artists, method)
    for name in ("genre_at_10", "label_at_10", "algebra_strict"):
        assert figure(whole, name).n == sum(figure(half, name).n for half in halves)
    assert figure(halves[0], "score_rho").value != figure(halves[1], "score_rho").value


def test_rivals_learn_from_the_columns_they_are_given(small_artists):
    artists = small_artists.assign(
        authors=[["a", "b"] if row % 2 else ["b"] for row in range(60)],
        topic_shares=[{"noise": 0.25, "folk": 0.75} if row < 40 else None for row in range(60)],
        lonely=[f"value {row}" for row in range(60)],
    )
    groups = group_matrix(artists, ["authors", "topic_shares", "lonely", "not there"]).toarray()
    np.testing.assert_array_equal(groups[0], [0, 1, 0.75, 0.25])
    np.testing.assert_array_equal(groups[41], [1, 1, 0, 0])
    assert group_matrix(artists, ["lonely"]).toarray().tolist() == [[0.0]] * 60
    scores = group_matrix(artists, ["mean_score"]).toarray()
    assert set(scores.sum(axis=1)) == {0.0, 1.0}
    one_hot = rival_methods(artists, columns=("authors", "genres"))["one-hot"]
    assert one_hot(("genres",), 0).shape == (60, 2)


def test_hidden_listens_are_not_learnt_from(small_artists, rng):
    heard = [rng.permutation(60)[:8] for _ in range(5)]
    artists = small_artists.assign(listeners=[["somebody"]] * 60)
    told = []

    def method(without, _seed):
        told.append(without)
        return rng.normal(size=(60, 4))

    def learner(frame, _seed):
        told.append(frame["listeners"].tolist())
        return rng.normal(size=(60, 4))

    evaluate(artists, {"ours": method}, histories=heard)
    assert told[-1] == ("listeners",)
    evaluate(artists, {"ours": method}, histories=heard, learners={"ours": learner}, random_state=7)
    expected = [set() for _ in range(60)]
    for user, (known, hidden) in enumerate(hide_listens(heard, 7)):
        assert len(known) == 7
        assert len(hidden) == 1
        for row in known:
            expected[row].add(f"user {user}")
    assert [set(names) for names in told[-1]] == expected
    evaluate(small_artists, {"ours": method}, histories=heard)
    assert told[-1] == ()
