"""What is proposed for the columns of a table without header, and that it can be pasted."""

import re

import pytest

from bandscape.core.errors import SchemaError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.columns.positions import proposed_positions

LONG = "a long and patient record that takes its time, and then some more of it, until the very end"
NAMES = [f"Band {n % 4}" for n in range(20)]


def plays(order):
    """Return plays as Last.fm has them: artist, album, track and time, in some order."""
    songs = [(n % 12, n % 4) for n in range(48)]
    rows = [
        (
            f"Band {band}",
            f"Album {song % 8} of {band}",
            f"Song {song}{band}",
            f"{song + 1} May 2021 14:0{band}",
        )
        for song, band in songs
    ]
    return [[row[at] for at in order] for row in rows]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (plays([0, 1, 2, 3]), "artist=0,title=1,pub_date=3"),
        (plays([3, 2, 0, 1]), "artist=2,title=3,pub_date=0"),
        ([[f"Album {n}", name] for n, name in enumerate(NAMES)],
         "artist=1,title=0"),
        ([[name, f"Album {n}", ["indie rock", "folk"][n % 2], f"{n % 9},5", "1999"] for n, name in enumerate(NAMES)],
         "artist=0,title=1,genres=2,score=3,years=4"),
        ([[str(n), name, f"Album {n}", "02/03/2020 20:11", LONG, f"http://a.co/{n}"] for n, name in enumerate(NAMES)],
         "artist=1,title=2,text=4,pub_date=3,url=5"),
        ([[str(n), f"Album {n}"] for n in range(20)], "title=1"),
    ],
)  # fmt: skip
def test_only_what_the_contents_can_be_is_proposed_and_the_name_that_comes_again_most_is_the_artist(
    rows, columns
):
    assert proposed_positions(rows)[0] == columns


def test_the_proposal_can_be_pasted_and_says_how_the_artist_was_told(tmp_path):
    path = tmp_path / "plays.csv"
    path.write_text("\n".join(",".join(row) for row in plays([1, 0, 2, 3])) + "\n")
    with pytest.raises(SchemaError) as error:
        read_reviews(path)
    assert "(of the names in columns 0, 1 and 2 those in column 1 come again most)" in str(error.value)
    columns = re.search(r"--columns '(.*?)'", str(error.value))[1]
    corpus = read_reviews(path, columns=columns)
    assert corpus.artists["name"].tolist() == [f"Band {n}" for n in range(4)]
    assert corpus.reviews["pub_date"].notna().all()


def test_where_nothing_tells_both_readings_of_the_first_row_are_offered(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"Band {n},Album {n}\n" for n in range(20)))
    with pytest.raises(SchemaError) as error:
        read_reviews(path)
    assert str(error.value).endswith(
        "or, if this row is a review, by position, e.g. --columns 'artist=0,title=1' "
        "(nothing tells which of columns 0 and 1 is the artist)"
    )
    assert len(read_reviews(path, columns="artist=0,title=1").reviews) == 20
