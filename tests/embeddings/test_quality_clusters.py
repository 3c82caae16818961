import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bandscape.core.errors import ParameterError
from bandscape.embeddings import (
    TopicProfiles,
    VectorTable,
    cluster_artists,
    cluster_rows,
    genre_algebra,
    genre_at_k,
    genre_matrix,
    group_artists,
    measure,
    name_clusters,
    one_hot,
    score_closeness,
)
from bandscape.embeddings.cluster_names import typical_members
from bandscape.embeddings.clusters import usual_cluster_count


@pytest.fixture(scope="module")
def tagged():
    genres = [["rock"]] * 40 + [["jazz"]] * 40 + [["rap"]] * 20 + [["rock", "jazz"]] * 30 + [[]] * 10
    return genre_matrix(genres)[0]


# -- quality


def test_genre_matrix_knows_no_missing_genre():
    matrix, names = genre_matrix([["b", "a"], [], None, np.array(["b"])])
    assert names == ["a", "b"]
    np.testing.assert_array_equal(matrix, [[1, 1], [0, 0], [0, 0], [0, 1]])


def test_one_hot_vectors_are_perfect_at_genres_and_ignore_scores(tagged, rng):
    assert genre_at_k(one_hot(tagged), tagged).value == 1.0
    algebra = genre_algebra(one_hot(tagged), tagged)
    assert (algebra.has_g2, algebra.g1_left, algebra.strict) == (1.0, 0.0, 1.0)
    assert algebra.nearest_to_x == 0.0
    closeness = score_closeness(one_hot(tagged), tagged, rng.uniform(0, 10, len(tagged)))
    assert np.isnan(closeness.same_genres)


def test_random_vectors_are_at_chance(tagged, rng):
    vectors = rng.normal(size=(len(tagged), 32))
    found = genre_at_k(vectors, tagged)
    shares = (tagged[:130].astype(int) @ tagged[:130].T.astype(int)) > 0
    assert found.chance == pytest.approx((shares.sum() - 130) / (130 * 129))
    assert found.value == pytest.approx(found.chance, abs=0.05)
    algebra = genre_algebra(vectors, tagged)
    assert algebra.strict == pytest.approx(algebra.base_rate, abs=0.06)
    assert algebra.base_rate == pytest.approx(40 / 130)
    assert algebra.n_queries == 60


def test_closeness_finds_the_order_of_scores(tagged, rng):
    score = rng.uniform(0, 10, len(tagged))
    angle = score / 10
    ordered = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = score_closeness(ordered, tagged, score)
    assert found.same_genres == pytest.approx(1.0, abs=0.01)
    assert found.shared_genre == pytest.approx(1.0, abs=0.01)
    score[3] = np.nan
    assert np.isfinite(score_closeness(ordered, tagged, score).shared_genre)


def test_measures_are_seeded(tagged, rng):
    vectors = rng.normal(size=(len(tagged), 8))
    for first, second in ((0, 0), (0, 1)):
        left, right = (
            genre_algebra(vectors, tagged, n_queries=20, random_state=seed) for seed in (first, second)
        )
        assert (left == right) == (first == second)


def test_artists_without_vector_are_not_asked(tagged):
    vectors = one_hot(tagged)
    vectors[:5] = 0
    assert genre_at_k(vectors, tagged).value == 1.0


def test_measure_is_flat_and_says_nan_where_there_is_nothing_to_measure(artists_of):
    rich = artists_of([["a"]] * 20 + [["b"]] * 20 + [["a", "b"]] * 20, np.arange(60) % 10)
    figures = measure(np.random.default_rng(0).normal(size=(60, 4)), rich)
    assert {"genre_at_10", "genre_at_10_chance", "algebra_strict", "score_shared_genre"} <= figures.keys()
    assert all(np.isfinite(value) for value in figures.values() if value is not figures["score_same_genres"])
    poor = measure(np.eye(2), artists_of([["a"], []]))
    assert figures.keys() == poor.keys()
    assert np.isnan(poor["genre_at_10"])


def test_too_little_to_measure_is_an_error(tagged):
    with pytest.raises(ParameterError, match="at least two artists with a genre"):
        genre_at_k(np.ones((3, 2)), np.zeros((3, 1), bool))
    with pytest.raises(ParameterError, match="two genres"):
        genre_algebra(one_hot(tagged[:100]), tagged[:100])


# -- clusters


def clouds(rng, genres):
    """One tight cloud per entry of ``genres``: 30 artists with these genres each."""
    centers = np.eye(8)[: len(genres)]
    matrix = np.repeat(centers, 30, axis=0) + rng.normal(scale=0.05, size=(30 * len(genres), 8))
    n = len(matrix)
    return VectorTable(
        matrix,
        [f"id{row}" for row in range(n)],
        [f"artist {row}" for row in range(n)],
        [values for values in genres for _ in range(30)],
        n_reviews=np.tile(np.arange(30)[::-1], len(genres)),
    )


def test_clouds_are_found_and_named_by_genre(rng):
    table = clouds(rng, [["rock"], ["jazz"], ["rap", "pop"]])
    clusters = cluster_artists(table, n_clusters=3)
    names = clusters.table["cluster_name"].to_numpy().reshape(3, 30)
    assert [set(row) for row in names] == [{"rock"}, {"jazz"}, {"pop + rap"}]
    assert list(clusters.table.columns) == ["artist_id", "cluster", "cluster_name"]
    assert clusters.silhouette > 0.9
    assert np.isnan(clusters.layout_silhouette)


def test_clusters_of_one_genre_are_told_apart_by_artists(rng):
    table = clouds(rng, [["rock"], ["rock"], []])
    names = name_clusters(np.repeat([0, 1, 2], 30), table)
    assert len(set(names)) == 3
    assert all(name.startswith("rock (artist ") for name in names[:2])
    assert names[2] == "no genre given"


def test_layout_is_clustered_beside_the_vectors(rng):
    table = clouds(rng, [["rock"], ["jazz"]])
    layout = np.repeat([[0.0, 0.0], [9.0, 9.0]], 30, axis=0) + rng.normal(size=(60, 2))
    clusters = cluster_artists(table, layout, n_clusters=2)
    assert set(clusters.table["layout_cluster_name"]) == {"rock", "jazz"}
    assert clusters.layout_silhouette > 0.7
    assert cluster_artists(table).table["cluster"].nunique() == 4  # default: twice the number of genres


def test_labels_do_not_depend_on_threads_and_are_numbered_by_size(rng):
    rows = rng.normal(size=(3000, 16))
    found = []
    for n_threads in (1, 4):
        with threadpool_limits(limits=n_threads):
            found.append(cluster_rows(rows, 7, random_state=3))
    np.testing.assert_array_equal(*found)
    sizes = np.bincount(found[0])
    assert list(sizes) == sorted(sizes, reverse=True)
    assert found[0].dtype == np.int32
    assert (cluster_rows(rows, 7, random_state=4) != found[0]).any()


def test_fewer_rows_than_clusters_is_fine(artists_of):
    table = VectorTable(np.ones((3, 2)), list("abc"), list("abc"))
    clusters = cluster_artists(table, np.zeros((3, 2)))
    assert clusters.table["cluster"].tolist() == [0, 0, 0]
    assert np.isnan(clusters.silhouette)
    assert set(clusters.table["cluster_name"]) == {"no genre given"}


def test_hostile_names_are_cut_not_interpreted(rng):
    table = clouds(rng, [["<b>" * 10**5], ["<b>" * 10**5]])
    assert max(len(name) for name in name_clusters(np.repeat([0, 1], 30), table)) < 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be an int >= 1; got 0"),
        ({"n_clusters": 2.0}, "n_clusters must be an int"),
        ({"layout": np.zeros((2, 2))}, r"layout must be \(60, 2\) finite numbers; got shape \(2, 2\)"),
        ({"layout": np.full((60, 2), np.nan)}, "finite"),
    ],
)
def test_unusable_arguments_are_named(rng, arguments, message):
    with pytest.raises(ParameterError, match=message):
        cluster_artists(clouds(rng, [["rock"], ["jazz"]]), **arguments)


def test_no_artists_no_clusters():
    with pytest.raises(ParameterError, match="at least one artist"):
        cluster_rows(np.empty((0, 3)), 2)


@pytest.mark.parametrize(("n_artists", "n_genres", "n"), [(8000, 9, 18), (18, 9, 3), (4, 3, 2), (100, 1, 2)])
def test_the_usual_number_of_clusters_leaves_five_artists_to_each(n_artists, n_genres, n):
    assert usual_cluster_count(n_artists, n_genres) == n


def topical_clouds(rng, shares_of):
    """Two clouds of rock and one without genres, 40 artists each, and the topics of their texts."""
    table = VectorTable(
        np.repeat(np.eye(3), 40, axis=0) + rng.normal(scale=0.05, size=(120, 3)),
        [f"id{row}" for row in range(120)],
        [f"artist {row}" for row in range(120)],
        [["rock"]] * 80 + [[]] * 40,
    )
    shares = np.concatenate([rng.dirichlet(alpha, 40) for alpha in shares_of])
    topics = TopicProfiles(
        ["shoegaze", "other_1", "noise"], shares, np.ones(120, int), ["shoegaze", "banjo · fiddle", "noise"]
    )
    return table, topics


def test_clusters_of_the_same_genres_are_told_apart_by_their_topics(rng):
    table, topics = topical_clouds(rng, ([8, 1, 20], [1, 8, 20], [4, 4, 20]))
    labels = np.repeat([0, 1, 2], 40)
    names = name_clusters(labels, table.with_terms((), topics))
    assert names[:2] == ["rock – shoegaze", "rock – banjo · fiddle"]
    assert (
        names[2] == "no genre given"
    )  # all topics are as frequent there as elsewhere: nothing sets it apart
    assert all("(artist" in name for name in name_clusters(labels, table)[:2])
    unknown = TopicProfiles(topics.names, topics.shares, np.where(np.arange(120) % 10, 0, 1), topics.labels)
    assert name_clusters(labels, table.with_terms((), unknown)) == name_clusters(
        labels, table
    )  # too few texts


@pytest.mark.parametrize(
    ("scores", "years", "told"),
    [
        ((7.0, 7.0), (1995, 2004), ["rock, 1990s", "rock, 2000s"]),
        ((7.9, 6.1), (1995, 1996), ["rock, score 7.9", "rock, score 6.1"]),
        ((7.0, 7.0), (1995, 1996), ["rock (artist 39)", "rock (artist 79)"]),  # the most reviewed of each
    ],
)
def test_namesakes_are_told_apart_by_decade_score_or_the_artist_listed_first(scores, years, told):
    table = VectorTable(
        np.repeat(np.eye(2), 40, axis=0),
        [f"id{row}" for row in range(80)],
        [f"artist {row}" for row in range(80)],
        [["rock"]] * 80,
        mean_score=np.repeat(scores, 40),
        n_reviews=np.arange(80),
    ).with_terms([group_artists("year", [[year] for year in np.repeat(years, 40)])])
    labels = np.repeat([0, 1], 40)
    assert name_clusters(labels, table) == told
    assert typical_members(np.arange(40), table)[0] == 39


def test_topics_that_are_alike_everywhere_name_nothing(rng):
    for _ in range(10):
        table, topics = topical_clouds(rng, ([4, 4, 20],) * 3)
        names = name_clusters(np.repeat([0, 1, 2], 40), table.with_terms((), topics))
        assert not any("–" in name for name in names)
