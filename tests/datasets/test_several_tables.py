"""A folder of tables with the same columns is one source; where they differ, it is refused with what differs."""

import json

import pytest

from bandscape.core.errors import SourceError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.importing import import_corpus
from bandscape.datasets.readers.sources import source_files

PARTS = {
    "2019.csv": "My year\nArtist,Album,Score\nMira,A,7\nTeo,B,99\n",
    "2020.csv": "Score,artist,Album,Extra\n8,Mira,C,x\n6,Jo,D\n5,Teo,E,y\nbad,Jo,F,z\n",
    "2021.csv": "artist;album;score\nMira;A;7,5\n",
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "years"
    folder.mkdir()
    for name, text in PARTS.items():
        (folder / name).write_text(text)
    (folder / "LICENSE.txt").write_text("Mine")
    return folder


def test_tables_of_the_same_columns_are_one_and_rejects_name_table_and_row(folder):
    corpus = read_reviews(folder)
    assert corpus.reviews["title"].tolist() == ["A", "B", "C", "E", "F", "A"]
    assert corpus.reviews["score"].fillna(-1).tolist() == [7, -1, 8, 5, -1, 7.5]
    assert corpus.rejects[["source", "row", "column"]].fillna("").values.tolist() == [
        ["2019.csv", 4, "score"],
        ["2020.csv", 3, ""],
        ["2020.csv", 5, "score"],
    ]
    assert "3 tables of the same columns read as one: '2019.csv', '2020.csv', '2021.csv'" in corpus.notes
    assert "2020.csv: columns not used: 'Extra'" in corpus.notes
    assert "one file left aside, not read: 'LICENSE.txt'" in corpus.notes
    assert [path.name for path in source_files(folder)] == list(PARTS)


def test_the_disk_holds_the_same(folder, tmp_path):
    import_corpus(folder, tmp_path / "ws")
    corpus, stored = read_reviews(folder), read_reviews(tmp_path / "ws")
    assert stored.reviews.equals(corpus.reviews)
    assert stored.rejects.equals(corpus.rejects)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "2022.csv",
            "artist,record title,score\nJo,G,7\n",
            "title is 'Album' in 2019.csv and 'record title' in 2022.csv",
        ),
        ("2022.csv", "artist,album\nJo,G\n", "2019.csv has score .'Score'., 2022.csv has not"),
        ("2022.csv", "one,two\nJo,G\n", "2022.csv: no column of the header is known"),
        ("2022.jsonl", json.dumps({"artist": "Jo"}), "holds 4 tables, .* give one of them"),
    ],
)
def test_tables_that_differ_are_refused_with_what_differs(folder, name, text, says):
    (folder / name).write_text(text)
    with pytest.raises(SourceError, match=says) as error:
        read_reviews(folder)
    assert str(folder / "2019.csv") in str(error.value)


def test_a_table_without_rows_is_passed_over_with_a_note(tmp_path):
    (tmp_path / "a.csv").write_text("artist,album\nLow,Hey\n")
    (tmp_path / "b.csv").write_text("artist,album\n")
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["title"].tolist() == ["Hey"]
    assert "without a row below the header, left aside: 'b.csv'" in corpus.notes
    (tmp_path / "a.csv").write_text("artist,album\n")
    with pytest.raises(SourceError, match="none of its 2 tables has a row below its header"):
        read_reviews(tmp_path)
