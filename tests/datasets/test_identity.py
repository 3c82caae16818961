"""Which names are one artist, and what the artist is called."""

import itertools

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.core.names import identity_key
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.identity import artist_ids_of, assign_artists
from bandscape.datasets.readers.raw import in_memory


def artists_of(*names, **columns):
    return read_reviews(pd.DataFrame({"artist": list(names), **columns}))


def test_case_accents_and_spacing_make_no_other_artist():
    corpus = artists_of("Björk", "bjork", "Björk", "BJÖRK", "Sigur  Rós", "sigur rós ")
    assert corpus.artists["artist_id"].tolist() == ["bjork", "sigur-ros"]
    assert corpus.artists["name"].tolist() == ["Björk", "Sigur  Rós"]
    assert corpus.artists["n_reviews"].tolist() == [4, 2]


def test_artists_that_only_resemble_each_other_stay_several():
    names = ["girls", "the girls", "d+", "the d", "!!!", "+/-", "bjrk", "bjork", "M.I.A.", "MIA"]
    corpus = artists_of(*names)
    assert len(corpus.artists) == len(names)
    ids = corpus.artists.set_index("name")["artist_id"]
    assert ids["girls"] == "girls"
    assert ids["the girls"] == "the-girls"
    assert ids["MIA"] == "mia"
    assert ids["!!!"].startswith("artist-")


def test_ids_do_not_depend_on_the_order_of_rows():
    names = ["d+", "d", "d!", "!!!", "???", "Ä", "a"]
    expected = None
    for order in itertools.islice(itertools.permutations(names), 0, 5040, 997):
        corpus = artists_of(*order)
        ids = dict(zip(corpus.artists["name"], corpus.artists["artist_id"], strict=True))
        expected = expected or ids
        assert ids == expected


@given(
    st.lists(st.text(min_size=1, max_size=12), unique_by=lambda name: identity_key(name) or name, max_size=30)
)
def test_every_identity_gets_an_id_of_its_own(names):
    keys = [identity_key(name) or name for name in names]
    ids = artist_ids_of(dict.fromkeys(keys))
    assert len(set(ids.values())) == len(set(keys))
    assert all(ids.values())


def test_who_is_written_like_an_id_has_it():
    assert artist_ids_of(["ac dc", "ac/dc", "ac dc!"])["ac dc"] == "ac-dc"


def test_an_id_made_by_hash_cannot_meet_a_slug():
    blank = artist_ids_of(["!!!"])["!!!"]
    ids = artist_ids_of(["!!!", blank, blank.replace("-", " ")])
    assert len(set(ids.values())) == 3


def test_various_artists_are_no_artist():
    corpus = artists_of("Various Artists", "V/A", "various production", "Low")
    assert corpus.artists["name"].tolist() == ["Low", "various production"]
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [[], [], ["various-production"], ["low"]]
    assert "2 reviews of various artists, kept without artist" in corpus.notes


def test_unknown_artists_are_no_artist_unless_the_user_names_them():
    names = [
        "Unknown",
        "unknown artist",
        "Unknown",
        "unknown",
        "Unknown Pleasures",
        "Various Artists / Soundtrack",
    ]
    corpus = artists_of(*names)
    assert corpus.artists["name"].tolist() == ["Unknown Pleasures"]
    assert "1 review of various artists, kept without artist" in corpus.notes
    (note,) = (note for note in corpus.notes if "unknown artist" in note)
    assert note.startswith("4 reviews of an unknown artist ('Unknown'), kept without artist; ")
    assert note.endswith("--keep-artist Unknown")
    kept = read_reviews(pd.DataFrame({"artist": names}), keep_artists=["Unknown"])
    assert kept.artists["name"].tolist() == ["Unknown", "Unknown Pleasures"]
    assert artists_of("Unknown", "Unknown", "Low").artists["name"].tolist() == [
        "Unknown",
        "Low",
    ]  # few: a band


def test_errors_of_a_spreadsheet_are_no_names_and_no_texts():
    table = pd.DataFrame({"artist": ["#NAME?", "Low"], "title": ["A", "#N/A"], "text": ["words", "#VALUE!"]})
    corpus = read_reviews(table)
    assert corpus.artists["name"].tolist() == ["Low"]
    assert corpus.reviews["title"].isna().tolist() == corpus.reviews["text"].isna().tolist() == [False, True]
    assert sorted(corpus.rejects["column"]) == ["artist", "text", "title"]
    assert set(corpus.rejects["reason"]) == {"an error of a spreadsheet; set to null"}


def test_various_artists_are_nobody_in_other_languages_too():
    names = ["VA", "V.A.", "Diverse", "Verschiedene Interpreten", "Artistes divers", "VARIOS", "Artisti vari", "AA.VV.",
             "Разные исполнители", "Artistes variés", "Verschiedene  Künstler", *["diverse", "Varios"] * 2]  # fmt: skip
    corpus = artists_of(*names, "Vari", "Diva")
    assert corpus.artists["name"].tolist() == ["Diva", "Vari"]
    assert f"{len(names)} reviews of various artists, kept without artist" in corpus.notes


def test_diverse_is_a_name_where_others_are_various_artists_or_few_reviews_have_it():
    assert artists_of(*["Diverse"] * 3, "Various Artists", "VA").artists["name"].tolist() == ["Diverse"]
    assert artists_of(*["Diverse"] * 2, "VA").artists["name"].tolist() == ["Diverse"]
    assert artists_of(*["Diverse"] * 3, "Low").artists["name"].tolist() == ["Low"]


def test_names_with_marks_of_discogs_are_told_and_left_alone():
    names = ["Holy Dogs (2)", "Holy Dogs", "Red Mirrors*", "Can (3)", "Sunn O)))", "Blink (182)"]
    corpus = artists_of(*names)
    assert len(corpus.artists) == len(names)
    (note,) = corpus.notes
    assert note.startswith(
        "4 artist names with a mark of Discogs, such as 'Holy Dogs (2)', are left as they are"
    )
    assert "1 of them would join an artist that is here ('Holy Dogs')" in note
    assert not artists_of("Can (3)", "Red*", "Low").notes


def test_joint_names_are_split_only_if_every_part_is_an_artist_elsewhere():
    corpus = artists_of(
        "Fabolous/Jadakiss",
        "Fabolous",
        "jadakiss",
        "AC/DC",
        "Tyler, the Creator",
        "Tyler",
        "A, B / C",
        "A",
        "B",
        "C",
    )
    lists = [list(ids) for ids in corpus.reviews["artist_ids"]]
    assert lists[0] == ["fabolous", "jadakiss"]
    assert lists[3:5] == [["ac-dc"], ["tyler-the-creator"]]
    assert lists[6] == ["a", "b", "c"]


def test_names_in_lists_are_never_split():
    assigned = assign_artists(pa.chunked_array([[["a, b"], ["a"], ["b"]]]), joined=False, park=in_memory)
    assert assigned.artist_ids.to_pylist() == [["a-b"], ["a"], ["b"]]
    assert assigned.n_split == 0


def test_a_list_of_several_names_is_taken_as_it_is():
    corpus = read_reviews(pd.DataFrame({"artist": [["A/B", "C"], ["A/B"], ["A"], ["B"]]}))
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["a-b", "c"], ["a", "b"], ["a"], ["b"]]


def test_a_compilation_that_names_an_artist_too_has_that_artist():
    corpus = read_reviews(pd.DataFrame({"artist": [["Various Artists", "Low"], ["various artists"]]}))
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low"], []]
    assert "1 review of various artists, kept without artist" in corpus.notes


def test_an_artist_named_twice_in_one_review_counts_once():
    corpus = read_reviews(pd.DataFrame({"artist": [["Low", "low", "Can"], ["Low"]]}))
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low", "can"], ["low"]]
    assert corpus.artists.set_index("artist_id")["n_reviews"].to_dict() == {"low": 2, "can": 1}


def test_the_table_of_artists_sums_up_their_reviews():
    corpus = artists_of(
        "Low", "Low", "Can", "Low",
        genre=["rock", "rock,folk", "", "folk"], score=[8, 7, None, None], label=["x", "y", "z", "y"],
        year=[2001, 1999, None, 2001], author=["ann", "bob", None, "bob"],
    )  # fmt: skip
    low, can = corpus.artists.to_dict("records")
    assert low["genres"].tolist() == ["folk", "rock"]
    assert low["genre_counts"].tolist() == [2, 2]
    assert low["mean_score"] == 7.5
    assert low["labels"].tolist() == ["y", "x"]
    assert low["years"].tolist() == [1999, 2001]
    assert low["authors"].tolist() == ["bob", "ann"]
    assert can["n_reviews"] == 1
    assert can["genres"].tolist() == []
    assert pd.isna(can["mean_score"])


def test_a_single_artist_is_enough_and_none_is_possible():
    assert len(artists_of("Low").artists) == 1
    nobody = read_reviews(pd.DataFrame({"headline": ["news"], "text": ["words"]}))
    assert len(nobody.artists) == 0
    assert nobody.artists.columns.tolist() == artists_of("Low").artists.columns.tolist()


@pytest.mark.parametrize("name", ["None", "NA", "nan", "null", "Missing", "0", "1975"])
def test_an_artist_may_be_called_like_a_missing_value(name):
    assert artists_of(name, "b").artists["name"].tolist() == sorted([name, "b"], key=str.lower)
