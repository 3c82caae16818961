"""Rows of one review that differ in their lists only."""

import pandas as pd

from bandscape.datasets.corpus import read_reviews


def test_a_row_for_each_genre_is_one_review_with_all_of_them():
    frame = pd.DataFrame({
        "review_id": [1, 1, 2, 1, 3, 3], "artist": ["Low", "Low", "Can", "Low", "Neu!", "Neu!"],
        "album": ["Ones", "Ones", "Tago", "Ones", "Neu", "Other"],
        "text": ["Slow."] * 2 + ["Long."] + ["Slow."] + ["x", "y"],
        "genre": ["slow", "rock", "kraut", "folk", "motorik", "other"],
    })  # fmt: skip
    corpus = read_reviews(frame)
    assert [list(genres) for genres in corpus.reviews["genres"]] == [
        ["slow", "rock", "folk"],
        ["kraut"],
        ["motorik"],
    ]
    assert corpus.rejects["row"].tolist() == [2, 4, 6]
    assert corpus.rejects["reason"].str.contains("has its genres").tolist() == [True, True, False]
    assert any(note.startswith("2 rows are the same review as another") for note in corpus.notes)


def test_rows_that_repeat_an_id_and_nothing_else_stay_apart():
    frame = pd.DataFrame(
        {"review_id": [1, 1], "artist": ["Low", "Low"], "score": [7, 8], "genre": ["slow", "rock"]}
    )
    assert list(read_reviews(frame).reviews["genres"][0]) == ["slow"]
