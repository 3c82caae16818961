"""Scores as people write them, and the note on a scale that seems to be another."""

import json

import numpy as np
import pandas as pd
import pytest

from bandscape.datasets.corpus import read_reviews


def read(scores, **options):
    frame = pd.DataFrame({"artist": [f"artist {row}" for row in range(len(scores))], "score": scores})
    return read_reviews(frame, **options)


def scores_of(cells, **options):
    return [None if np.isnan(score) else score for score in read(cells, **options).reviews["score"]]


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        ("7.5/10", 7.5), ("8,1 / 10", 8.1), ("4/5", 8.0), ("3.5/5 stars", 7.0), ("4 stars out of 5", 8.0),
        ("8.1 out of 10", 8.1), ("4.0 out of 5 stars", 8.0), ("8 von 10 Punkten", 8.0), ("16 sur 20", 8.0),
        ("85%", 8.5), ("85 %", 8.5), ("92/100", 9.2), ("0/10", 0.0), ("7,5", 7.5), ("★★★★☆", 8.0),
        ("★ ★ ★ ☆ ☆", 6.0), ("★★★½☆☆", 3.5 / 6 * 10),
    ],
)  # fmt: skip
def test_fractions_are_read_by_their_own_scale(cell, score):
    corpus = read([cell])
    assert corpus.reviews["score"][0] == pytest.approx(score, abs=1e-12)
    assert len(corpus.rejects) == 0
    assert not corpus.notes


@pytest.mark.parametrize(
    "cell",
    [
        "11/10",
        "150%",
        "good",
        "4/",
        "3/1",
        "8/2017",
        "4/5/6",
        "1/0",
        "☆ of 5",
        "7.5.1",
        "B+",
        "nil",
        "9 stars",
        "*" * 7,
        "3 1/3",
        "8 (a) (b) (c)",
    ],
)
def test_what_is_no_score_is_null_and_in_rejects(cell):
    corpus = read([cell, "8"])
    assert np.isnan(corpus.reviews["score"][0])
    assert corpus.rejects[["row", "column", "value"]].values.tolist() == [[1, "score", cell]]


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        ("3½", 3.5), ("3 1/2", 3.5), ("½", 0.5), ("8.5*", 8.5), ("8.5 †", 8.5), ("8/10 (BNM)", 8.0),
        ("8.5 (reissue)", 8.5),
        ("３．５", 3.5), ("3½/5", 7.0), ("3 1/2 / 5", 7.0), ("7 1/4", 7.25),
    ],
)  # fmt: skip
def test_halves_marks_and_brackets_behind_a_score_are_understood(cell, score):
    corpus = read([cell])
    assert corpus.reviews["score"][0] == pytest.approx(score, abs=1e-12)
    assert len(corpus.rejects) == 0


def test_stars_without_their_maximum_are_out_of_five_and_told():
    corpus = read(["★★★", "8", "⭐⭐⭐⭐", "****", "***½", "4 stars", "★★½ (live)"])
    assert corpus.reviews["score"].tolist() == [6.0, 8.0, 8.0, 8.0, 7.0, 8.0, 5.0]
    assert corpus.notes == ("stars without their maximum, such as '★★★', are read as out of 5",)
    assert scores_of(["3 stars", "10 stars"]) == [3.0, 10.0]


def test_letter_grades_are_even_steps_where_nearly_all_cells_are_some():
    cells = ["A+", "b", "B−", "F", *["C"] * 8, "soon"]
    corpus = read(cells)
    np.testing.assert_allclose(corpus.reviews["score"][:5], [10, 20 / 3, 70 / 12, 0, 50 / 12], atol=1e-12)
    assert corpus.rejects["value"].tolist() == ["soon"]
    assert "letter grades" in corpus.notes[0]
    assert scores_of(["A+", "F", "C"], score_range=(1, 5)) == [10.0, 0.0, pytest.approx(50 / 12)]


def test_full_stars_are_out_of_the_most_that_the_column_shows():
    assert scores_of(["★★★", "★★★★★", "⭐⭐⭐⭐", "★★½"]) == [6.0, 10.0, 8.0, 5.0]
    assert scores_of(["★★★", "½", "½★", "★½", "1/2"]) == [6.0, 1.0, 1.0, 3.0, 1.0]


def test_a_fraction_whose_end_is_that_of_the_source_is_a_plain_score():
    assert scores_of(["5", "5/5", "3", "3/5", "9/10"], score_range=(1, 5)) == [10.0, 10.0, 5.0, 5.0, 9.0]
    assert scores_of(["85", "85/100", "85%", "17/20"], score_range=(0, 100)) == [8.5] * 4


def test_many_scores_above_the_range_are_the_first_note():
    cells = [55, 80, 92, 100, 8, 9, 10]
    corpus = read([*cells, 8])
    assert corpus.notes[0] == (
        "4 of 8 scores are above 10 and set to null: if the scale is 0 to 100, do it again with "
        "--score-range 0,100 (score_range=(0, 100) in Python)"
    )
    assert corpus.rejects["value"].tolist() == ["55", "80", "92", "100"]
    assert not read(cells, score_range=(0, 100)).notes


@pytest.mark.parametrize(
    ("highest", "scale"), [(18, "0,20"), (21, "0,100"), (640, "0,1000"), (5000, "0,5000")]
)
def test_the_note_names_the_likely_scale(highest, scale):
    assert f"--score-range {scale} " in read([3, 12, highest]).notes[0]


@pytest.mark.parametrize("given", [(0, 10), (1, 5), (0, 1)])
def test_marks_out_of_a_hundred_are_pointed_out_whatever_range_was_given(given):
    corpus = read([55, 80, 92, 100], score_range=given)
    assert corpus.reviews["score"].isna().all()
    assert len(corpus.notes) == 1
    assert f"4 of 4 scores are above {given[1]} and set to null" in corpus.notes[0]
    assert "--score-range 0,100 " in corpus.notes[0]


def test_scores_that_are_all_below_the_given_range_are_pointed_out():
    assert "all 3 scores are below 20 " in read([3, 12, 7], score_range=(20, 100)).notes[0]
    assert not read([3, 12, 70], score_range=(20, 100)).notes


def test_a_tenth_of_the_scores_above_the_range_are_slips():
    assert not read([8.5] * 9 + [85]).notes
    assert read([8.5] * 8 + [85]).notes


def test_fractions_do_not_speak_of_the_scale_of_plain_scores():
    assert not read(["7", "85%", "92/100", "11/10", "15/10"]).notes


@pytest.mark.parametrize(
    ("scores", "note"),
    [
        ([0, 3.5, 5, 4], "scores run from 0 to 5: if the scale is 0 to 5, .*--score-range 0,5 "),
        ([1, 2.75, 4.5, 3] * 5, "scores run from 1 to 4.5: if the scale is 1 to 5, .*--score-range 1,5 "),
        ([0.2, 0.97, 0.5], "scores run from 0.2 to 0.97: if the scale is 0 to 1, .*--score-range 0,1 "),
    ],
)
def test_scores_that_stay_low_are_pointed_out(scores, note):
    assert read(scores).reviews["score"].tolist() == scores
    assert pd.Series(read(scores).notes[:1]).str.match(note).all()
    assert len(read(scores).notes) == 1


@pytest.mark.parametrize("scores", [[0, 3.3, 5], [1, 2, 4], [5, 5, 5], [0, 1, 1], [-1, 3, 5], [3, 5, 6]])
def test_other_low_scores_are_no_hint(scores):
    assert not read(scores).notes


def test_marks_out_of_ten_on_a_given_scale_of_a_hundred_are_noted():
    marks = [7.3, 8, 6.5, 9.1, 4, 8.8, 7, 5.5, 6, 85]
    corpus = read(marks, score_range=(0, 100))
    assert corpus.notes[0].startswith("9 of 10 scores are 10 or less")
    assert "leave --score-range out" in corpus.notes[0]
    assert not read([*marks, 70, 64], score_range=(0, 100)).notes
    assert not read(marks[:9], score_range=(0, 10)).notes
    assert not read([7, 8] * 10, score_range=(0, 100)).notes  # two values say nothing of a scale


def test_one_column_of_all_ways_to_write_a_score_is_read_on_one_scale():
    cells = [
        "8,5 Punkte",
        "8,5/10",
        "4 von 5",
        "85 %",
        "★★★½",
        "3 stars out of 5",
        "Rating: 8/10",
        "8/10 - great",
    ]
    corpus = read([*cells, "B+", "A-", "C+"])
    assert corpus.reviews["score"].round(2).tolist() == [8.5, 8.5, 8, 8.5, 7, 6, 8, 8, 7.5, 8.33, 5]
    assert corpus.rejects.empty


def test_points_without_their_maximum_are_on_the_scale_of_the_source():
    corpus = read(["85 Punkte", "70 pts", "91 points", "64 pts."])
    assert corpus.reviews["score"].isna().all()
    assert corpus.notes[0].startswith("4 of 4 scores are above 10 and set to null: if the scale is 0 to 100")


@pytest.mark.parametrize(("marks", "scale"), [([0, 0, 8, 7, 9, 6], 10), ([0, 4, 0, 5, 3], 5)])
def test_many_zeros_far_from_all_other_scores_are_asked_about(marks, scale):
    corpus = read_reviews(pd.DataFrame({"artist": "Low", "score": marks}))
    (note,) = (note for note in corpus.notes if "if 0 means not rated" in note)
    assert f"--score-range 1,{scale} " in note
    again = read_reviews(pd.DataFrame({"artist": "Low", "score": marks}), score_range=(1, scale))
    assert again.reviews["score"].isna().tolist() == [mark == 0 for mark in marks]


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("Punkte (max. 12)", "0,12"),
        ("Rating (1 = awful, 12 = brilliant)", "0,12"),
        ("Score / 12", "0,12"),
        ("Score /10", None),
    ],
)
def test_the_scale_that_the_name_of_the_column_tells_is_the_remedy(name, scale):
    table = pd.DataFrame({"artist": list("abcd"), name: [0, 12 if scale else 10, 7, 5]})
    notes = " ".join(read_reviews(table, columns={"score": name}).notes)
    assert (
        f"scores are in {name!r}: if the scale is 0 to 12, do it again with --score-range {scale} " in notes
    ) == bool(scale)
    assert "are in" not in " ".join(read_reviews(table, columns={"score": name}, score_range=(0, 12)).notes)


# -- school grades, and letters beside other signs -----------------------------------------------------------------


def test_letter_grades_stand_beside_signs_that_are_none():
    """Christgau's lists have stars of another meaning, duds and turkeys; "*" is no score of theirs."""
    corpus = read(["A", "A-", "B+", "*", "***", "dud"])
    assert corpus.reviews["score"].tolist()[:3] == pytest.approx([110 / 12, 100 / 12, 90 / 12])
    assert corpus.rejects["value"].tolist() == ["*", "***", "dud"]
    assert "stars" not in " ".join(corpus.notes)
    assert scores_of(["A", "B", "5", "6", "7"])[2:] == [5.0, 6.0, 7.0]
    assert scores_of(["A", "B", "5", "6", "7"])[:2] == [None, None]


def test_one_may_be_the_best():
    corpus = read(["1", "1-", "2+", "2-3", "5", "6", "7", "1+"], score_range=(6, 1))
    scores = [10.0, 9.4, 8.6, 7.0, 2.0, 0.0, 10.0]
    assert corpus.reviews["score"].dropna().tolist() == pytest.approx(scores)
    assert corpus.rejects["value"].tolist() == ["7"]
    assert corpus.rejects["reason"].tolist() == ["not within 1 to 6; set to null"]
    assert corpus.notes[0] == "scores are read from 6, the worst, to 1, the best"
    assert not np.signbit(corpus.reviews["score"]).any()


def test_school_grades_are_told_by_name_and_range():
    bands = [f"band {number}" for number in range(5)]
    grades = read_reviews(pd.DataFrame({"Interpret": bands, "Note": [1, 2, 3, 5, 6]}))
    assert "if they are school grades, 1 the best, do it again with --score-range 6,1" in grades.notes[0]
    points = read_reviews(pd.DataFrame({"Interpret": bands, "Note": [1, 2, 3, 5, 9]}))
    assert "school grades" not in " ".join(points.notes)


def test_the_highest_of_a_name_may_be_said_by_of():
    frame = pd.DataFrame({"artist": ["a", "b", "c"], "Stars (of 5)": [4.5, 3.0, 1.5]})
    assert "--score-range 1,5" in read_reviews(frame).notes[0]


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_column_beside_the_scores_tells_the_best_one(tmp_path, kind):
    rows = [
        {"artist": f"a{n}", "rating": {"value": n, "best": best}}
        for n, best in ((4, 5), (3.5, "5"), (74, 100), (8, 10))
    ]
    if kind == "json":
        (tmp_path / "r.json").write_text(json.dumps(rows))
    else:
        lines = [f"{row['artist']},{row['rating']['value']},{row['rating']['best']}" for row in rows]
        (tmp_path / "r.csv").write_text("\n".join(["artist,rating,max_rating", *lines]))
    corpus = read_reviews(tmp_path / f"r.{kind}")
    assert corpus.reviews["score"].tolist() == [8.0, 7.0, 7.4, 8.0]
    assert any("scores are out of what column" in note for note in corpus.notes)
    assert corpus.reviews["best_new_music"].isna().all()


def test_few_scores_in_halves_up_to_five_are_told():
    few = pd.DataFrame({"artist": [f"a{n}" for n in range(8)], "stars": [4, 3.5, 2, 3, 4, 4.5, 3, 2]})
    assert "--score-range 1,5" in read_reviews(few).notes[0]
    tenths = few.assign(stars=[4, 3.4, 2, 3, 4, 4.5, 3, 2])
    assert not any("--score-range" in note for note in read_reviews(tenths).notes)


@pytest.mark.parametrize(
    ("name", "most"), [("Note sur 20", 20), ("Rating (1-5)", 5), ("Score 0 to 100", 100)]
)
def test_the_name_of_a_column_tells_its_scale(name, most):
    frame = pd.DataFrame({"artist": ["a", "b", "c"], name: [most * 0.4, most * 0.6, most * 0.8]})
    assert f",{most}" in read_reviews(frame, columns={"score": name}).notes[0]


def test_scores_of_single_precision_keep_their_digits():
    frame = pd.DataFrame({"artist": ["a", "b"], "score": np.array([7.4, 8.1], dtype=np.float32)})
    assert read_reviews(frame).reviews["score"].tolist() == [7.4, 8.1]


def test_stars_may_be_counted_in_words():
    cells = [
        "four stars",
        "Three and a half stars",
        "half a star",
        "No stars",
        "two-and-a-half stars",
        "1 star",
    ]
    assert scores_of(cells) == [8.0, 7.0, 1.0, 0.0, 5.0, 2.0]


def test_one_sign_repeated_counts_as_stars_do():
    assert scores_of(["🔥🔥🔥🔥", "🔥 🔥", "🔥"]) == [8.0, 4.0, 2.0]
    assert scores_of(["👍", "👎", "👍"]) == [None] * 3
    assert scores_of(["🔥", "🔥"]) == [None] * 2
