"""Names with separators: which are several artists, which are one, and what is said of them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.joint_names import find_cuts, find_joint_names

BANDS = {
    "Earth, Wind & Fire": 3, "Kettle & Crow": 4, "Tyler, the Creator": 2, "Crosby, Stills, Nash & Young": 2,
    "Simon & Garfunkel": 2, "Mira Voss": 3, "Teo Lund": 1, "Jo": 1, "Chicago": 1,
}  # fmt: skip


def cut(name, *separators, whole=(), **more):
    found = find_cuts({**BANDS, name: 1, **more}, separators=separators, whole=whole)
    assert BANDS.keys().isdisjoint(found.parts)
    return found.parts.get(name, [name])


@pytest.mark.parametrize(
    "separators", [(), (" & ",), (", ", " & "), (",", "&", "/"), (" feat. ", " & ", ", ")]
)
def test_bands_that_come_again_are_never_cut(separators):
    found = find_cuts(BANDS, separators=separators)
    assert not found.parts
    assert set(found.whole_by_parts) == {
        name for name in BANDS if any(separator in name for separator in separators)
    }


def test_bands_stay_whole_within_longer_names():
    assert cut("Earth, Wind & Fire, Chicago") == ["Earth, Wind & Fire", "Chicago"]
    assert cut("Earth, Wind & Fire, Chicago", " & ") == ["Earth, Wind & Fire", "Chicago"]
    assert cut("Tyler, the Creator & Jo", " & ", ", ") == ["Tyler, the Creator", "Jo"]
    assert cut("Mira Voss feat. Kettle & Crow", " & ") == ["Mira Voss feat. Kettle & Crow"]
    assert cut("Mira Voss feat. Kettle & Crow", " & ", " feat. ") == ["Mira Voss", "Kettle & Crow"]


def test_artists_elsewhere_are_cut_and_parts_that_join_with_others_count_as_such():
    assert cut("Mira Voss/Jo") == ["Mira Voss", "Jo"]
    assert cut("Mira Voss & Jo") == ["Mira Voss & Jo"]
    assert cut("Ann & Bea", " & ", **{"Bea & Jo": 1, "Ann & Teo Lund": 1}) == ["Ann", "Bea"]
    found = find_cuts({"Ann & Bea": 2, "Bea & Jo": 1, "Ann & Cy": 1, "Iron & Salt": 1}, separators=[" & "])
    assert found.parts["Ann & Bea"] == ["Ann", "Bea"]
    assert "Iron & Salt" in found.unsure


def test_a_name_that_is_reviewed_more_often_than_its_part_stays():
    found = find_cuts({"AC/DC": 5, "AC": 1, "DC": 1, "Mira/Jo": 1, "Mira": 2, "Jo": 1})
    assert found.whole_by_count == ("AC/DC",)
    assert found.parts == {"Mira/Jo": ["Mira", "Jo"]}


def test_double_bars_and_commas_before_a_word_join_too():
    assert cut("Jo // Chicago") == ["Jo", "Chicago"]
    counts = {"Jo": 2, "Low": 2, "Can": 1, "Jo, Low & Can": 1, "Jo, Low & Neu!": 1}
    found = find_joint_names(counts)
    assert found.names == ("Jo, Low & Can",)
    assert found.separators == (" & ",)
    assert find_cuts(counts, separators=[" & "]).parts["Jo, Low & Can"] == ["Jo", "Low", "Can"]
    assert not find_joint_names(
        {**counts, "Jo, Low & Can": 2}
    ).names  # comes again: stays whole, whatever one asks for


@given(
    st.dictionaries(st.text("ab,&/ |", min_size=1, max_size=12), st.integers(1, 4), max_size=8),
    st.lists(st.sampled_from([",", " & ", "&", "/", ", "]), max_size=3),
)
def test_nothing_of_a_name_is_lost(counts, separators):
    found = find_cuts(counts, separators=separators)
    for name, parts in found.parts.items():
        letters = [char for char in name if char in "ab"]
        assert [char for part in parts for char in part if char in "ab"] == letters
        assert all(part.strip() == part != "" for part in parts)


def test_notes_say_what_was_cut_and_kept_and_how_to_keep(tmp_path):
    names = [name for name, n in BANDS.items() for _ in range(n)] + ["Mira Voss/Jo", "Iron & Salt"]
    table = pd.DataFrame({"artist": names, "title": [f"album {at}" for at in range(len(names))]})
    notes = read_reviews(table, artist_separators=[" & "]).notes
    assert any(note.startswith("1 joint artist name split") and "'Mira Voss/Jo'" in note for note in notes)
    (unsure,) = (note for note in notes if "stands nowhere else; to keep it whole" in note)
    assert "--keep-artist 'Iron & Salt'" in unsure
    (whole,) = (note for note in notes if "left whole in spite of --artist-separator" in note)
    assert whole.startswith("4 artist names such as 'Crosby, Stills, Nash & Young'")
    kept = read_reviews(table, artist_separators=[" & "], keep_artists=["iron & salt", "Mira Voss/Jo"])
    assert {"Iron & Salt", "Mira Voss/Jo"} <= set(kept.artists["name"])
    assert sum("left whole in spite" in note for note in kept.notes) == len(kept.notes)


def test_separators_of_the_user_hold_within_lists_and_articles_come_first():
    table = pd.DataFrame({"artist": [["Mira & Jo", "Cy"], ["Mira"], ["Jo"], ["Cure, The"]]})
    corpus = read_reviews(table, artist_separators=[" & ", ", "])
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [
        ["mira", "jo", "cy"],
        ["mira"],
        ["jo"],
        ["the-cure"],
    ]
