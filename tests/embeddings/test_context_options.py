"""Contexts as people write them, topic shares, listening histories."""

import json

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.datasets import load_corpus, simulate
from bandscape.embeddings import (
    Artist2Vec,
    ArtistPairs,
    GroupTokens,
    NumberTokens,
    ShareTokens,
    contexts_as_records,
    contexts_from_records,
    index_contexts,
    join_listeners,
    match_artists,
    parse_contexts,
)


def test_a_line_names_contexts_and_weights(small_artists):
    artists = small_artists.assign(stars=1.0, city="x")
    found = parse_contexts("genre, score=.5,genre-score=2,stars=.1,city", artists)
    assert found == (
        GroupTokens("genres"),
        NumberTokens("mean_score", weight=0.5, n_buckets=20, window=4),
        ArtistPairs("genres", weight=2.0, window=60),
        NumberTokens("stars", weight=0.1),
        GroupTokens("city"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one context"),
        ("genre=0", "the weight of genre must be a number > 0; got '0'"),
        ("genre=much", "the weight of genre must be a number > 0; got 'much'"),
        ("genre=nan", "must be a number > 0"),
        ("genre,genre", "genre is named twice"),
        ("tempo=1", "'tempo' is neither one of genre, score"),
    ],
)
def test_unusable_lines_are_refused(small_artists, text, message):
    with pytest.raises(ParameterError, match=message):
        parse_contexts(text, small_artists)


def test_records_round_trip_through_json():
    contexts = (GroupTokens("genres"), NumberTokens(), ShareTokens(min_share=0.1), ArtistPairs(near=None))
    assert contexts_from_records(json.loads(json.dumps(contexts_as_records(contexts)))) == contexts


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ({}, "must be a list of records"),
        ([{"kind": "Genre"}], "record 1 needs a kind, one of GroupTokens"),
        ([{"kind": "NumberTokens", "size": 3}], "has no field 'size'; its fields are column, weight"),
        ([{"kind": "GroupTokens"}], r"record 1 \(GroupTokens\) is incomplete"),
    ],
)
def test_unusable_records_are_refused(records, message):
    with pytest.raises(ParameterError, match=message):
        contexts_from_records(records)


def test_topic_shares_are_drawn_in_proportion(artists_of):
    artists = artists_of([[]] * 4)
    artists["topic_shares"] = [{"a": 0.75, "b": 0.25}, {"b": 1.0}, None, {"a": 0.5, "c": 0.03, "b": 0.47}]
    index = index_contexts(artists, [ShareTokens(n_slots=4)])
    assert index.token_names == ("topic_shares=a", "topic_shares=b")  # c is below the least share
    np.testing.assert_array_equal(index.has_context(), [True, True, False, True])
    drawn = {int(a): index.members[first : first + count].tolist() for a, first, count, _ in index.entries}
    assert drawn == {0: [0, 0, 0, 1], 1: [1, 1, 1, 1], 3: [0, 0, 1, 1]}
    np.testing.assert_allclose(index.output_share(), [5 / 12, 7 / 12])


def test_topic_shares_of_other_kinds_are_refused(artists_of):
    for values in ([3.0, 4.0], [{"a": -1.0}, {"a": 1.0}], [{"a": "x"}, {"a": 1.0}]):
        with pytest.raises(SchemaError, match="topic_shares must hold"):
            index_contexts(artists_of([[]] * 2).assign(topic_shares=values), [ShareTokens()])


def test_names_match_ids_first_then_forgivingly(artists_of):
    artists = artists_of([[]] * 4).assign(name=["Sigur Rós", "The Girls", "Girls", "id0"])
    assert match_artists(["id0", "sigur ros", "Girls", "the girls", "nobody", None], artists).tolist() == [
        0, 0, 2, 1, -1, -1,
    ]  # fmt: skip


def test_histories_are_lists_or_one_listen_a_row(artists_of):
    artists = artists_of([[]] * 3)
    lists = pd.DataFrame({"user_id": [1, 2], "artists": [["id0", "id1", "id1"], ["id1", "gone"]]})
    rows = pd.DataFrame({"user_id": [2, 1, 1, 1, 2], "artist": ["ARTIST 1", "id0", "id1", "id1", "gone"]})
    for histories in (lists, rows):
        joined, n_unknown = join_listeners(artists, histories)
        assert joined["listeners"].tolist() == [["1"], ["1", "2"], []]
        assert n_unknown == 1
    assert "listeners" not in artists


def test_unusable_histories_are_refused(artists_of):
    artists = artists_of([[]] * 2)
    with pytest.raises(SchemaError, match=r"h.csv: column user_id is missing; got artist"):
        join_listeners(artists, pd.DataFrame({"artist": ["id0"]}), source="h.csv")
    with pytest.raises(
        SchemaError, match=r"a column artists, artist_ids, tracks \(lists\), or artist_id, name"
    ):
        join_listeners(artists, pd.DataFrame({"user_id": [1], "song": ["id0"]}))
    with pytest.raises(SchemaError, match="none of its 1 listens is of an artist"):
        join_listeners(artists, pd.DataFrame({"user_id": [1], "artist": ["x"]}))


def test_tracks_count_as_listens_to_their_artists(artists_of):
    artists = artists_of([[]] * 3).assign(name=["Coil", "Jay - Z", "Low"])
    heard = ["Coil - The Snow - Remastered", "a/1.wav", "Jay - Z – 99", "Nobody - Song", "Coil", "b/2.wav"]
    lists = pd.DataFrame({"user_id": ["u", "v"], "tracks": [heard, ["Coil -- x", "Coil — y"]]})
    rows = lists.explode("tracks").rename(columns={"tracks": "track"})
    for histories in (lists, rows):
        joined, n_unknown = join_listeners(artists, histories, tracks={"a/1.wav": "id2", "b/2.wav": "gone"})
        assert joined["listeners"].tolist() == [["u", "v"], ["u"], ["u"]]
        assert n_unknown == 4  # of nobody, without a dash, of an artist that is gone, with two dashes
    with pytest.raises(SchemaError, match='write tracks as "Artist - Title"'):
        join_listeners(artists, pd.DataFrame({"user_id": ["u"], "track": ["Coil"]}))


def test_artists_are_listened_to_before_tracks(artists_of):
    histories = pd.DataFrame({"user_id": ["u"], "track": ["id1 - song"], "artist": ["id0"]})
    assert join_listeners(artists_of([[]] * 2), histories)[0]["listeners"].tolist() == [["u"], []]


@pytest.mark.parametrize("context", [ArtistPairs("listeners", near=None), GroupTokens("listeners")])
def test_known_tastes_are_recovered_from_listening_alone(tmp_path, context):
    """Likeness of artists, which no table tells, comes out of who listened to whom."""
    made = simulate(tmp_path, n_reviews=400, n_artists=150, random_state=1)
    artists, _ = join_listeners(load_corpus(made.directory).artists, pd.read_parquet(made.histories_path))
    vectors = Artist2Vec(dim=16, contexts=[context], epochs=40.0).fit(artists).vectors_
    row = {artist_id: place for place, artist_id in enumerate(made.truth.artists["artist_id"])}
    unit = made.truth.positions / np.linalg.norm(made.truth.positions, axis=1, keepdims=True)
    true = unit[[row[artist_id] for artist_id in vectors.artist_ids]]
    upper = np.triu_indices(len(true), 1)
    found = np.corrcoef((vectors.matrix @ vectors.matrix.T)[upper], (true @ true.T)[upper])[0, 1]
    assert found > 0.6
