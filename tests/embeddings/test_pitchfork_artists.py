import numpy as np
import pytest

from bandscape.datasets import read_reviews
from bandscape.embeddings import Artist2Vec, cluster_artists, measure


@pytest.fixture(scope="module")
def artists(data_dir):
    path = data_dir / "pitchfork" / "pitchfork.sqlite.xz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return read_reviews(path).artists


@pytest.fixture(scope="module")
def fitted(artists):
    return Artist2Vec().fit(artists)


def test_genres_algebra_and_scores_are_all_kept(artists, fitted):
    figures = measure(fitted.vectors_.matrix, artists)
    assert figures["genre_at_10"] >= 0.95
    assert figures["genre_at_10"] > figures["genre_at_10_chance"] + 0.4
    assert figures["algebra_strict"] >= 0.95
    assert figures["algebra_g1_left"] <= 0.05
    assert figures["algebra_nearest_to_x"] < 0.2
    assert figures["score_shared_genre"] >= 0.4


def test_coil_without_elder_ones_is_rock_or_electronic_and_not_experimental(fitted):
    answers = fitted.vectors_.most_similar("coil", "elder ones")
    right = [{"rock", "electronic"} & set(a.genres) and "experimental" not in a.genres for a in answers]
    assert np.mean(np.array(right, dtype=bool)) >= 0.7
    assert answers.minus == ("elder ones",)


def test_clusters_have_different_names_made_of_genres(artists, fitted):
    clusters = cluster_artists(fitted.vectors_)
    names = clusters.table.drop_duplicates("cluster")["cluster_name"]
    assert names.is_unique
    assert len(names) == 18  # twice the nine genres
    assert not names.str.contains("luster").any()
    assert clusters.silhouette > 0
