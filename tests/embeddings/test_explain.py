import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError, SchemaError, UnknownNameError
from bandscape.embeddings import Explainer, TopicProfiles, VectorTable, explain, genre_matrix


@pytest.fixture(scope="module")
def explained(small_artists):
    rng = np.random.default_rng(0)
    vectors = VectorTable.from_artists(small_artists, rng.normal(size=(60, 8)))
    topics = TopicProfiles(["x", "y", "z"], rng.dirichlet(np.ones(3), 60), rng.integers(0, 3, 60))
    side = rng.normal(size=(60, 4))
    side[::5] = np.nan
    return Explainer(vectors.with_terms((), topics), small_artists, side_features={"sound": side})


@settings(max_examples=40)
@given(st.integers(0, 59), st.integers(0, 59))
def test_contributions_sum_to_the_cosine_and_do_not_depend_on_the_order(explained, a, b):
    if a == b:
        return
    found, turned = explained.explain(f"id{a}", f"id{b}"), explained.explain(f"id{b}", f"id{a}")
    matrix = explained.vectors.matrix.astype(float)
    assert found.cosine == pytest.approx(matrix[a] @ matrix[b], abs=1e-9)
    assert sum(part.contribution for part in found.parts) == pytest.approx(found.cosine, abs=1e-9)
    left, right = ({part.context: part.contribution for part in one.parts} for one in (found, turned))
    assert left == pytest.approx(right, abs=1e-9)
    assert set(left) == {"genres", "score", "years", "labels", "topics", "sound", "common", "rest"}


def test_vectors_made_of_genres_are_explained_by_genres(artists_of, rng):
    genres = [["rock"]] * 40 + [["jazz"]] * 40 + [["rap"]] * 40
    artists = artists_of(genres, rng.uniform(5, 9, 120))
    vectors = VectorTable.from_artists(artists, genre_matrix(genres)[0].astype(float))
    found = explain(vectors, artists, "id0", "id1")
    parts = {part.context: part.contribution for part in found.parts}
    assert found.explained > 0.99
    assert parts["genres"] == pytest.approx(2 / 3, abs=0.03)  # the average artist already has a third of it
    assert abs(parts["score"]) < 0.03
    apart = {part.context: part.contribution for part in explain(vectors, artists, "id0", "id50").parts}
    assert apart["genres"] < -0.25


def test_facts_are_named_in_words(artists_of):
    artists = artists_of(
        [["a", "b"], ["b"], ["c"]], [7, 8, np.nan], years=[[1999], [1999], []], labels=[None, ["x"], []]
    )
    vectors = VectorTable.from_artists(artists, np.eye(3) + 0.1)
    parts = {part.context: part.shared for part in explain(vectors, artists, "id0", "id1").parts}
    assert parts["genres"] == "b"
    assert parts["score"].startswith("1.0 apart")
    assert "labels" not in parts, "no label brings two artists together"
    assert {p.context: p.shared for p in explain(vectors, artists, "id0", "id2").parts}[
        "score"
    ] == "no score of one of them"


def test_unusable_questions_are_refused(explained, small_artists):
    with pytest.raises(ParameterError, match="with itself"):
        explained.explain("id1", "artist 1")
    with pytest.raises(UnknownNameError):
        explained.explain("id1", "nobody at all")
    with pytest.raises(SchemaError, match="must have 60 rows"):
        Explainer(explained.vectors, small_artists[:5])
    silent = VectorTable.from_artists(small_artists, np.vstack([np.zeros((1, 2)), np.ones((59, 2))]))
    with pytest.raises(ParameterError, match="has no vector"):
        explain(silent, small_artists, "id0", "id1")


def test_vectors_that_know_the_reviewer_are_explained_by_the_reviewer(artists_of, rng):
    reviewers = [["ann"]] * 40 + [["bob"]] * 40
    artists = artists_of([["rock"]] * 80, rng.uniform(5, 9, 80), authors=reviewers)
    vectors = VectorTable.from_artists(artists, genre_matrix(reviewers)[0].astype(float))
    parts = {part.context: part for part in explain(vectors, artists, "id0", "id1").parts}
    assert parts["reviewers"].shared == "ann"
    assert parts["reviewers"].contribution == pytest.approx(0.5, abs=0.05)


def test_further_columns_are_facts_in_words(artists_of, rng):
    cities = ["north", "south", None] * 20
    listeners = [[f"u{user}" for user in rng.permutation(40)[:30]] for _ in range(60)]
    artists = artists_of([["rock"]] * 60, city=cities, bpm=np.arange(60.0), listeners=listeners)
    made = np.eye(3)[np.arange(60) % 3]
    more = ("city", "bpm", "listeners")
    found = explain(VectorTable.from_artists(artists, made), artists, "id0", "id3", more=more)
    parts = {part.context: part for part in found.parts}
    assert max(parts.values(), key=lambda part: part.contribution) is parts["city"]
    assert (parts["city"].a, parts["city"].shared) == ("north", "north")
    assert (parts["bpm"].b, parts["bpm"].shared) == ("3", "3 apart")
    both = set(listeners[0]) & set(listeners[3])
    assert (parts["listeners"].a, parts["listeners"].shared) == ("30", f"{len(both)} in common")
    with pytest.raises(SchemaError, match="no column 'town'"):
        explain(VectorTable.from_artists(artists, made), artists, "id0", "id3", more=["town"])
