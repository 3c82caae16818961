"""Texts that begin with lines such as "Artist: Low"."""

import pytest

from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.texts.head_lines import split_head


def test_lines_at_the_head_of_texts_are_columns(tmp_path):
    for n, artist in enumerate(["Low", "Can", "Neu!"]):
        head = f"Artist: {artist}\r\nAlbum: Record {n}\r\nRating: {n + 6}/10\r\nReviewed by: Ida\r\n"
        (tmp_path / f"{n}.txt").write_bytes(f"{head}\r\nFirst line {n}.\r\nNote: this is text.".encode())
    reviews = read_reviews(tmp_path).reviews
    assert [list(ids) for ids in reviews["artist_ids"]] == [["low"], ["can"], ["neu"]]
    assert reviews["title"].tolist() == ["Record 0", "Record 1", "Record 2"]
    assert reviews["score"].tolist() == [6.0, 7.0, 8.0]
    assert reviews["author"].tolist() == ["Ida"] * 3
    assert reviews["text"][0] == "First line 0.\nNote: this is text."


@pytest.mark.parametrize(
    "content",
    [
        "A title\nArtist: Low\nAlbum: Hey What\n\nText",
        "Artist: Low\n\nOne line is no head.",
        "Date: 6 Dec 2017\nSummary: a letter\n\nNothing of music.",
        "From: a@example.org\nSubject: records\n\nText",
        "Verdict: a masterpiece\nof patience: slow\n\nText",
        "",
    ],
)
def test_other_first_lines_belong_to_the_text(content):
    assert split_head(content) == ({}, content)


def test_few_texts_with_a_head_among_others_are_texts(tmp_path):
    for n in range(9):
        (tmp_path / f"{n}.txt").write_text(f"Title {n}\nText {n}.")
    (tmp_path / "9.txt").write_text("Artist: Low\nAlbum: Hey What\n\nText.")
    assert read_reviews(tmp_path).reviews["title"].tolist()[-1] == "Artist: Low"
