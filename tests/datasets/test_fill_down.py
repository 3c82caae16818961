"""Cells that a spreadsheet had merged, and names that R writes for what is missing."""

import sqlite3
from contextlib import closing

import pytest

from bandscape.core.errors import ParameterError
from bandscape.datasets.corpus import load_corpus, read_reviews
from bandscape.datasets.importing import import_corpus

BANDS = ["Abba", "Can", "The Dead C", "Einar", "Low", "Mira Voss"]


def table(bands=BANDS, *, again=""):
    rows = ["Artist,Album,Genre,Score"]
    for n, band in enumerate(bands):
        rows += [
            f"{again if at else band},Album {n}{at},{'' if at else 'rock'},{n}" for at in range(1 + n % 3)
        ]
    return "\n".join(rows)


def read(tmp_path, text, **options):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    return read_reviews(path, **options)


def test_an_artist_in_the_first_row_of_its_group_is_that_of_all_where_the_order_tells(tmp_path):
    corpus = read(tmp_path, table())
    assert dict(corpus.artists[["name", "n_reviews"]].values.tolist()) == dict(
        zip(BANDS, [1, 2, 3] * 2, strict=True)
    )
    assert all(list(genres) == ["rock"] for genres in corpus.reviews["genres"])
    (note,) = (
        note for note in corpus.notes if note.startswith("blank cells are filled from the row above, as in")
    )
    assert note.endswith("artist of 6 rows, genres of 6 rows")
    import_corpus(tmp_path / "mine.csv", tmp_path / "corpus")
    assert load_corpus(tmp_path / "corpus").reviews.equals(corpus.reviews)
    assert read(tmp_path, table(), fill_down="-").artists["n_reviews"].tolist() == [1] * 6


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (table(BANDS[::-1]), True),
        (table([*BANDS[:4], "Can", "Low"]), True),  # comes again: hardly merged
        (table(BANDS[:3]), False),
        (table(again="Low"), False),
        ("Artist,Album\n" + ",Sampler\n" * 3 + "Low,Hey\n" * 5, False),
    ],
)
def test_where_the_order_does_not_tell_the_option_is_offered_at_most(tmp_path, text, offered):
    corpus = read(tmp_path, text)
    notes = [
        note
        for note in corpus.notes
        if note.endswith("if the cells were merged, add --fill-down artist,genres")
    ]
    assert len(notes) == offered
    assert not any("filled from" in note for note in corpus.notes)
    if offered:
        filled = read(tmp_path, text, fill_down=["artist,genres"])
        assert all(map(len, [*filled.reviews["artist_ids"], *filled.reviews["genres"]]))


def test_other_formats_are_filled_too_and_what_cannot_be_is_refused(tmp_path):
    path = tmp_path / "mine.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE reviews (band, title, label)")
        rows = [("Low", "a", "Sub"), (None, "b", None), (" ", "c", None), ("Can", "d", None)]
        database.executemany("INSERT INTO reviews VALUES (?, ?, ?)", rows)
    corpus = read_reviews(path, fill_down=["band", "labels"])
    assert [ids[0] for ids in corpus.reviews["artist_ids"]] == ["low", "low", "low", "can"]
    assert [list(labels) for labels in corpus.reviews["labels"]] == [["Sub"]] * 4
    with pytest.raises(
        ParameterError, match=r"\(--fill-down\): unknown column 'mood'; choose from review_id, artist"
    ):
        read_reviews(path, fill_down=["mood"])
    with pytest.raises(ParameterError, match=r"mine.db has no column for genres, only artist, title, labels"):
        read_reviews(path, fill_down="genres")


OF_R = '"","artist","album","score"\n"1","Low","Hey",8\n"2","NA","Tide",NA\n"3","Can","NA",7\n'


def test_na_is_no_name_where_the_table_has_it_for_what_is_missing(tmp_path):
    corpus = read(tmp_path, OF_R)
    assert sorted(corpus.artists["name"]) == ["Can", "Low"]
    assert corpus.reviews["title"].isna().tolist() == [False, False, True]
    assert (
        "is read so: artist of 1 rows, title of 1 rows; if an artist is called so, add --keep-artist NA"
        in corpus.notes[0]
    )
    kept = read(tmp_path, OF_R, keep_artists=["NA"])
    assert sorted(kept.artists["name"]) == ["Can", "Low", "NA"]


@pytest.mark.parametrize("text", [OF_R.replace(",NA\n", ",\n"), OF_R.replace(",NA\n", ",5\n")])
def test_na_is_a_name_elsewhere(tmp_path, text):
    assert "NA" in set(read(tmp_path, text).artists["name"])
