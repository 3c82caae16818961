import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.embeddings import ArtistPairs, GroupTokens, NumberTokens, default_contexts, index_contexts
from bandscape.embeddings.context_index import NO_SKIP
from bandscape.embeddings.memberships import memberships

ALL_KINDS = (
    GroupTokens("genres", weight=2.0),
    NumberTokens("mean_score", weight=1.0, n_buckets=20, window=1),
    ArtistPairs("genres", weight=0.5, window=3),
)


def enumerate_index(index, artist_ids=None):
    """P(artist, output number) as the four integers of each entry say."""
    joint = np.zeros((index.n_artists, index.n_outputs))
    for context, share in enumerate(index.context_share):
        first, last = index.context_first[context : context + 2]
        for artist, start, count, skip in index.entries[first:last]:
            places = [place for place in range(start, start + count + (skip < NO_SKIP)) if place != skip]
            assert len(places) == count
            for place in places:
                joint[artist, index.members[place]] += share / (last - first) / count
    return joint


def named_outputs(index):
    """Output names as the reference writes them: buckets by number, artists by row."""
    names, bucket = [], 0
    for name in index.token_names:
        if ">=" in name:
            names.append(f"{name.split('>=')[0]}#{bucket}")
            bucket += 1
        else:
            names.append(name)
    return names + [str(row) for row in index.output_artist]


@pytest.mark.parametrize("contexts", [ALL_KINDS[:1], ALL_KINDS[1:2], ALL_KINDS[2:], ALL_KINDS])
def test_index_holds_the_enumerated_pair_distribution(reference, small_artists, contexts):
    index = index_contexts(small_artists, contexts)
    expected = reference.pair_distribution(small_artists, contexts)
    joint, names = enumerate_index(index), named_outputs(index)
    found = {(a, names[c]): joint[a, c] for a, c in zip(*np.nonzero(joint), strict=True)}
    assert found.keys() == expected.keys()
    for pair, share in expected.items():
        assert found[pair] == pytest.approx(share)
    np.testing.assert_allclose(index.output_share(), joint.sum(axis=0), atol=1e-12)
    np.testing.assert_array_equal(index.has_context(), joint.sum(axis=1) > 0)


def test_missing_genre_is_no_genre(artists_of):
    artists = artists_of([["rock"], ["rock"], [], []])
    artists["genres"] = [["rock"], np.array(["rock"]), None, [None, "", "  ", float("nan")]]
    index = index_contexts(artists, [GroupTokens("genres")])
    assert index.token_names == ("genres=rock",)
    np.testing.assert_array_equal(index.has_context(), [True, True, False, False])


def test_group_of_one_artist_brings_nobody_together(artists_of):
    artists = artists_of([["rock"], ["rock"], ["polka"]])
    assert index_contexts(artists, [GroupTokens("genres")]).token_names == ("genres=rock",)
    alone = index_contexts(artists, [GroupTokens("genres", min_artists=1)])
    assert alone.token_names == ("genres=polka", "genres=rock")
    pairs = index_contexts(artists, [ArtistPairs("genres", near=None)])
    np.testing.assert_array_equal(pairs.output_artist, [0, 1])


def test_a_genre_named_twice_counts_once(artists_of):
    once = index_contexts(artists_of([["rock"], ["rock", "jazz"], ["jazz"]]), [GroupTokens("genres")])
    twice = index_contexts(
        artists_of([["rock", "rock"], ["rock", "jazz"], ["jazz"]]), [GroupTokens("genres")]
    )
    np.testing.assert_array_equal(once.entries, twice.entries)


def test_order_of_equal_scores_in_the_table_has_no_effect(artists_of):
    scores = [7.0] * 10 + [8.0] * 10
    index = index_contexts(artists_of([["rock"]] * 20, scores), [ArtistPairs("genres", window=2)])
    counts = index.entries[:, 2]
    assert set(counts) == {19}  # two ranks reach the other score, and then all of its ties


def test_near_scores_only_within_the_window(artists_of):
    index = index_contexts(artists_of([["rock"]] * 9, range(9)), [ArtistPairs("genres", window=2)])
    joint = enumerate_index(index)
    for a, c in zip(*np.nonzero(joint), strict=True):
        assert 1 <= abs(a - index.output_artist[c]) <= 2


def test_context_about_which_the_table_is_silent_is_left_out(artists_of):
    artists = artists_of([["rock"], ["rock"]])
    index = index_contexts(artists, [GroupTokens("genres"), NumberTokens("mean_score", weight=9.0)])
    np.testing.assert_array_equal(index.context_share, [1.0])


def test_default_contexts_find_their_columns(small_artists):
    artists = small_artists.assign(authors=[["ann"] if row % 2 else ["bob", "cy"] for row in range(60)])
    index = index_contexts(artists, default_contexts())
    kinds = {name.split("=")[0].split(">")[0] for name in index.token_names}
    assert kinds == {"genres", "mean_score", "years", "labels", "authors"}
    assert len(index.output_artist) > 0


def test_buckets_are_about_equal_and_keep_equal_numbers_together(artists_of):
    scores = [7.0] * 40 + list(np.linspace(7.1, 9, 60))
    index = index_contexts(
        artists_of([["x"]] * 100, scores), [NumberTokens("mean_score", n_buckets=10, window=0)]
    )
    buckets = index.members[index.entries[:, 1]]
    assert len(set(buckets[:40])) == 1
    sizes = np.bincount(buckets)
    assert sizes[0] in (40, 41)
    assert len(sizes) == 7
    assert sizes[1:].min() >= 9
    assert index.token_names[0] == "mean_score>=7"


def test_window_reaches_neighboring_buckets_and_stops_at_the_ends(artists_of):
    artists = artists_of([["x"]] * 5, [1.0, 2.0, 3.0, 4.0, 5.0])
    index = index_contexts(artists, [NumberTokens("mean_score", n_buckets=5, window=1)])
    assert [list(range(first, first + count)) for first, count in index.entries[:, 1:3]] == [
        [0, 1],
        [0, 1, 2],
        [1, 2, 3],
        [2, 3, 4],
        [3, 4],
    ]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["a", "b", "c"]), max_size=4),
            st.one_of(st.just(float("nan")), st.integers(0, 10).map(float)),
        ),
        min_size=2,
        max_size=25,
    ),
    st.integers(1, 5),
)
def test_any_table_gives_a_distribution_without_self_pairs(rows, window):
    artists = pd.DataFrame(
        {"genres": [genres for genres, _ in rows], "mean_score": [score for _, score in rows]}
    )
    contexts = [GroupTokens("genres"), NumberTokens("mean_score"), ArtistPairs("genres", window=window)]
    shared = [genre for genres, _ in rows for genre in set(genres)]
    scores = {score for _, score in rows if score == score}
    if len(set(shared)) == len(shared) and len(scores) < 2:
        with pytest.raises(ParameterError, match="no two artists share anything"):
            index_contexts(artists, contexts)
        return
    index = index_contexts(artists, contexts)
    joint = enumerate_index(index)
    assert joint.sum() == pytest.approx(1.0)
    assert index.output_share().min() > 0
    for place, artist in enumerate(index.output_artist):
        assert joint[artist, len(index.token_names) + place] == 0


def test_memberships_are_sorted_and_unique():
    rows, codes, names = memberships(pd.Series([["b", "a", "b"], "a", None, [2007]]))
    assert names == ["2007", "a", "b"]
    np.testing.assert_array_equal(np.stack([rows, codes]), [[0, 0, 1, 3], [1, 2, 1, 0]])


@pytest.mark.parametrize(
    ("contexts", "error", "message"),
    [
        ([], ParameterError, "at least one"),
        (["genres"], ParameterError, "got str"),
        (
            [GroupTokens("genres", weight=0)],
            ParameterError,
            r"GroupTokens.weight must be a number > 0; got 0",
        ),
        ([GroupTokens("genres", weight=float("nan"))], ParameterError, "weight"),
        ([GroupTokens("genres", min_artists=0)], ParameterError, "min_artists must be an int >= 1"),
        (
            [GroupTokens("genres", min_artists=True)],
            ParameterError,
            "min_artists must be an int >= 1; got True",
        ),
        ([NumberTokens("mean_score", n_buckets=1)], ParameterError, "n_buckets must be an int >= 2"),
        ([NumberTokens("mean_score", window=-1)], ParameterError, "window must be an int >= 0"),
        ([ArtistPairs("genres", window=0)], ParameterError, "window must be an int >= 1"),
        ([GroupTokens("colour")], SchemaError, "column colour is missing"),
        ([ArtistPairs("genres", near="colour")], SchemaError, "column colour is missing"),
        ([NumberTokens("name")], SchemaError, "column name must hold numbers"),
        ([ArtistPairs("genres", near="name")], SchemaError, "column name must hold numbers"),
    ],
)
def test_unusable_contexts_are_named(small_artists, contexts, error, message):
    with pytest.raises(error, match=message):
        index_contexts(small_artists, contexts)
