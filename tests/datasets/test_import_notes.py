"""What is said of columns that were lost, and of those that no use was found for."""

import json
import shlex

import pandas as pd
import pytest

from bandscape.core.errors import SchemaError
from bandscape.datasets.corpus import read_reviews

LONG = "a long and patient record that takes its time, and then some more of it, until the very end"


def notes_of(**columns):
    return read_reviews(pd.DataFrame(columns)).notes


def test_a_column_of_which_hardly_a_value_is_read_is_told_with_examples_and_remedy():
    names = [f"artist {n}" for n in range(20)]
    (note,) = notes_of(artist=names, score=["superb", "poor"] * 10)
    assert note.startswith(
        "hardly any value of column score could be read: 20 of 20 are in the rejects, such as 'superb', 'poor'"
    )
    assert note.endswith("--columns score=NAME or score=-")
    (note,) = notes_of(artist=names, date=["Q2 2012"] * 19 + ["2012-04-03"], year=[1999] * 20)
    assert "column pub_date could be read: 19 of 20" in note
    (note,) = notes_of(artist=names, year=["MCMXC"] * 20)
    assert "column years could be read: 20 of 20" in note
    assert not notes_of(artist=names, score=["superb", "8"] * 10, date=[None] * 18 + ["soon"] * 2)


def test_a_column_of_long_texts_and_one_of_kinds_are_offered(tmp_path):
    rows = [
        {"Who": f"Band {n}", "Kind": "rock" if n % 2 else "folk", "No": n, "Words": LONG, "album": f"A{n}"}
        for n in range(20)
    ]
    wanted = (
        "columns not used: 'Who', 'Kind', 'No', 'Words'; none was taken for the artist, the genres and the text "
        "('Words' holds long texts): if one is, add --columns artist=Who,genres=Kind,text=Words "
        "(likewise score=, labels=, years=)"
    )
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read_reviews(path).notes[0] == wanted
    path = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    assert read_reviews(path).notes[0] == wanted
    corpus = read_reviews(path, columns="artist=Who,genres=Kind,text=Words")
    assert corpus.notes == ("columns not used: 'No'",)
    assert corpus.reviews["text"].tolist() == [LONG] * 20


@pytest.mark.parametrize(
    ("columns", "example"),
    [
        ({"いつ": "2019年5月{n}日", "だれ": "夜の{n}番", "ことば": "静かな夜に聞こえる音{n}" * 6},
         "artist=だれ,text=ことば"),
        ({"When": "{n} May 2019", "See": "https://a.example/{n}", "Who's it": "Band {n}"}, "artist=Who's it"),
        ({"Status": "publish", "Who": "Band {n}", "Said": "good {n} times"}, "artist=Who,text=Said"),
        ({"Day": "2019-05-{n}", "Mark": "{n}", "Rec": "yes", "Who": "Band {n}", "Said": "good {n} times"},
         "artist=Who,text=Said"),
    ],
)  # fmt: skip
def test_a_proposal_names_no_column_that_cannot_hold_it(tmp_path, columns, example):
    rows = [{name: cell.replace("{n}", str(n)) for name, cell in columns.items()} for n in range(10, 22)]
    path = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    for name in ("a.csv", "a.jsonl"):
        (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
        with pytest.raises(SchemaError) as error:
            read_reviews(tmp_path / name)
        assert shlex.split(str(error.value).partition("--columns ")[2]) == [example]


BANDS = ["ζωή", "θέα", "ήχος"]
TEXTS = [f"{LONG} {n}" for n in range(12)]


@pytest.mark.parametrize(
    ("columns", "typed"),
    [
        ({"Ποιος": [BANDS[n % 3] for n in range(12)], "Τι": [f"Δίσκος {n}" for n in range(12)], "Λόγια": TEXTS},
         "artist=Ποιος,text=Λόγια"),
        ({"Who wrote": [f"a{n}@b.example" for n in range(12)], "What is the title of the album?": list("abcdefghijkl"),
          "Which artist or band is the album by?": [BANDS[n % 3] for n in range(12)], "Said": TEXTS},
         "artist=Which artist or band is the album by?,text=Said"),
        ({"No": range(12), "My records": [f"{BANDS[n % 3]} – Album {n}" for n in range(12)], "Why": TEXTS},
         "title=My records,text=Why"),
    ],
)  # fmt: skip
def test_the_artist_that_is_proposed_is_one_by_its_name_or_comes_again(tmp_path, columns, typed):
    path = tmp_path / "a.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    with pytest.raises(SchemaError) as error:
        read_reviews(path)
    assert shlex.split(str(error.value).partition("--columns ")[2]) == [typed]
    corpus = read_reviews(path, columns=typed)
    assert sorted(corpus.artists["name"]) == sorted(BANDS)
    assert corpus.n_texts == 12


def test_days_of_release_are_years():
    table = pd.DataFrame({"artist": list("abc"), "Release Date": ["12 May 2019", "31/12/99", "2020-01-02"]})
    corpus = read_reviews(table)
    assert [list(years) for years in corpus.reviews["years"]] == [[2019], [1999], [2020]]


def test_marks_of_discogs_are_counted_and_names_with_signs_stay():
    names = [
        "Sunn O)))",
        "Chk Chk Chk (!!!)",
        "Therapy?",
        "1349 (band)",
        "Low",
        "Low (2)",
        "Can (3)",
        "Neu! (4)",
    ]
    corpus = read_reviews(pd.DataFrame({"artist": [*names, "Beatles, The"], "title": list("abcdefghi")}))
    assert sorted(corpus.artists["name"]) == sorted([*names, "The Beatles"])
    assert any("3 artist names with a mark of Discogs, such as 'Low (2)'" in note for note in corpus.notes)
