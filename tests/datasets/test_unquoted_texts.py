"""Texts with separators and no quotes at the end of a row."""

import pytest

from bandscape.datasets.corpus import read_reviews


def read(tmp_path, text):
    path = tmp_path / "reviews.csv"
    path.write_text(text)
    return read_reviews(path)


def test_a_text_behind_a_number_is_put_together_again(tmp_path):
    rows = [
        "Low,Hey What,9,Quiet, then loud",
        "Can,Ege Bamyasi,8.5,Good, good, good",
        "Neu!,Neu! 2,,Fast",
        "Low,,,x, y",
    ]
    corpus = read(tmp_path, "artist,album,score,review\n" + "\n".join(rows) + "\n")
    assert corpus.reviews["text"].tolist() == ["Quiet, then loud", "Good, good, good", "Fast", "x, y"]
    assert corpus.reviews["title"].tolist()[:3] == ["Hey What", "Ege Bamyasi", "Neu! 2"]
    assert corpus.reviews["score"].tolist()[:2] == [9.0, 8.5]
    assert len(corpus.rejects) == 0
    assert "3 rows have separators in a text without quotes" in corpus.notes[0]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("artist,album,score,review", "Low,Hey, What,9,Quiet"),  # the comma is in the title
        ("artist,album,score,review", "Low,Hey What,8,5,Quiet"),  # in the score
        ("artist,score,album,review", "Low,8,Hey What,Quiet, then loud"),  # or in the title?
        ("artist,score,review,album", "Low,8,Quiet, then loud,Hey What"),
    ],
)
def test_a_row_stays_left_out_where_the_comma_may_stand_elsewhere(tmp_path, header, row):
    good = ",".join(
        {"artist": "Can", "album": "Soon", "score": "8", "review": "Good"}[name] for name in header.split(",")
    )
    corpus = read(tmp_path, f"{header}\n{good}\n{good.replace('Can', 'Neu!')}\n{row}\n")
    assert len(corpus.reviews) == 2
    assert corpus.rejects["reason"].tolist() == ["row has 5 cells instead of 4; left out"]


def test_most_texts_with_one_comma_are_no_row_names(tmp_path):
    """A header that lacks a cell, as R writes it, has one more cell in every row below."""
    corpus = read(
        tmp_path, "album,year,review\nHex,1982,long, good\nBend,1986,new, old\nGrotesque,1980,plain\n"
    )
    assert corpus.reviews["title"].tolist() == ["Hex", "Bend", "Grotesque"]
    assert [list(years) for years in corpus.reviews["years"]] == [[1982], [1986], [1980]]
    of_r = read(tmp_path, '"artist","year"\n"1","Low",2001\n"2","Can",1972\n')
    assert of_r.artists["name"].tolist() == ["Can", "Low"]
