"""The Kaggle database: a small one made here, and the real one."""

import sqlite3
from collections import Counter
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import BandscapeWarning, SchemaError, SourceError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.identity import assign_artists
from bandscape.datasets.readers import read_source
from bandscape.datasets.readers.raw import in_memory
from bandscape.datasets.validation import clean_reviews

TABLES = {
    "reviews": (
        "reviewid INTEGER, title TEXT, artist TEXT, url TEXT, score REAL, best_new_music INTEGER, author TEXT, "
        "pub_date TEXT",
        [
            (1, "one", "low, can", "u1", 8.0, 1, "ann ", "2001-02-03"),
            (2, "two", "tyler, the creator", "u2", 99.0, 0, "bob", "2001-02-30"),
            (3, "three", "various artists", "u3", None, 0, None, None),
            (1, "one", "low, can", None, 8.0, 1, "ann", "2001-02-03"),
            (4, "", "", "u4", 5.0, 0, "ann", "2002-01-01"),
        ],
    ),
    "artists": (
        "reviewid INTEGER, artist TEXT",
        [
            (1, "low"),
            (1, "can"),
            (2, "tyler, the creator"),
            (3, "various artists"),
            (1, "low"),
            (1, "can"),
            (4, ""),
        ],
    ),
    "genres": (
        "reviewid INTEGER, genre TEXT",
        [(1, "rock"), (2, None), (3, "jazz"), (3, "rock"), (9, "lost")],
    ),
    "labels": ("reviewid INTEGER, label TEXT", [(1, " kranky"), (2, ""), (2, "odd, future")]),
    "years": ("reviewid INTEGER, year INTEGER", [(1, 2001), (1, 1999), (2, None)]),
    "content": ("reviewid INTEGER, content TEXT", [(2, "words"), (1, None), (1, "first"), (1, "second")]),
}


@pytest.fixture
def database(tmp_path):
    """Make a function that writes the database without the tables it is told to leave out."""

    def write(without=(), **changed):
        path = tmp_path / "database.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection, connection:
            for name, (columns, rows) in {**TABLES, **changed}.items():
                if name not in without:
                    connection.execute(f"CREATE TABLE {name} ({columns})")
                    connection.executemany(
                        f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows
                    )
        return path

    return write


def test_tables_are_joined_without_multiplying_rows(database):
    corpus = read_reviews(database())
    reviews = corpus.reviews.set_index("review_id")
    assert reviews.index.tolist() == ["1", "2", "3", "4"]
    assert [list(ids) for ids in reviews["artist_ids"]] == [["low", "can"], ["tyler-the-creator"], [], []]
    assert [list(genres) for genres in reviews["genres"]] == [["rock"], [], ["jazz", "rock"], []]
    assert [list(labels) for labels in reviews["labels"]] == [["kranky"], ["odd, future"], [], []]
    assert [list(years) for years in reviews["years"]] == [[2001, 1999], [], [], []]
    assert reviews["text"].fillna("").tolist() == ["first", "words", "", ""]
    assert reviews["author"].fillna("").tolist() == ["ann", "bob", "", "ann"]
    assert reviews["best_new_music"].tolist() == [True, False, False, False]


def test_what_cannot_be_used_is_in_rejects_with_table_and_row(database):
    rejects = read_reviews(database()).rejects
    assert rejects[["source", "row", "column", "value"]].values.tolist() == [
        ["database.sqlite", 2, "score", "99"],
        ["database.sqlite", 2, "pub_date", "2001-02-30"],
        ["database.sqlite", 4, "review_id", "1"],
        ["database.sqlite:genres", 5, "genres", "lost"],
    ]


def test_all_tables_but_reviews_may_be_missing(database):
    corpus = read_reviews(database(without=["artists", "genres", "labels", "years", "content"]))
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low-can"], ["tyler-the-creator"], [], []]
    assert corpus.n_texts == 0


def test_bytes_and_words_in_number_columns_do_no_harm(database):
    columns, rows = TABLES["reviews"]
    rows = [(1, "one", b"bj\xf6rk", "u", "good", "maybe", 7, 20010203)]
    path = database(
        reviews=(columns, rows), artists=("reviewid INTEGER, artist TEXT", [(1, b"bj\xc3\xb6rk")])
    )
    corpus = read_reviews(path)
    assert corpus.artists["name"].tolist() == ["björk"]
    assert set(corpus.rejects["column"]) >= {"score", "best_new_music"}
    assert corpus.reviews["author"].tolist() == ["7"]


def test_the_user_may_choose_another_column_of_reviews(database):
    corpus = read_reviews(database(), columns={"title": "url", "artist": "author"})
    assert corpus.reviews["title"].tolist()[:2] == ["u1", "u2"]
    assert sorted(corpus.artists["name"]) == ["ann", "bob"]


def test_a_database_without_the_tables_is_refused_by_name(database):
    with pytest.raises(SchemaError, match=r"no table 'reviews' .*the tables are: artists, content"):
        read_reviews(database(without=["reviews"]))
    with pytest.raises(
        SchemaError, match="table reviews has no column 'reviewid'; its columns are id, artist"
    ):
        read_reviews(database(reviews=("id INTEGER, artist TEXT", [(1, "low")])))
    with pytest.raises(SchemaError, match="table genres must have columns reviewid, genre; found x"):
        read_reviews(database(genres=("x INTEGER", [(1,)])))


@pytest.mark.filterwarnings("ignore:mine.db. not UTF-8 in one place")
def test_one_table_of_any_name_is_read_as_a_table_and_its_pictures_are_not(tmp_path):
    path = tmp_path / "mine.db"
    rows = [("Low", "Hey What", b"Caf\xe9 noise", 8.5, b"\xff\xd8\0\0"), ("Can", None, b"Good", 7, None)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "my export" (band, album, words BLOB, rating, title BLOB)')
        connection.executemany('INSERT INTO "my export" VALUES (?, ?, ?, ?, ?)', rows)
    raw = read_source(path, columns="text=words")
    assert (raw.format, raw.rows.tolist()) == ("sqlite", [1, 2])
    assert raw.mapping["title"] == "my export.album"
    assert raw.notes == ["columns of bytes left aside: 'title'"]
    with pytest.warns(BandscapeWarning, match="not UTF-8 in one place"):
        corpus = read_reviews(path, columns="text=words")
    assert corpus.reviews["text"].tolist() == ["Café noise", "Good"]
    assert corpus.reviews["score"].tolist() == [8.5, 7]
    assert sorted(corpus.artists["name"]) == ["Can", "Low"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE settings (k, v)")
    assert read_source(path).notes[-1] == "tables not read: 'settings'"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE other (artist, x)")
    with pytest.raises(SchemaError, match=r"the tables are: my export, other, settings; export the one"):
        read_source(path)
    assert len(read_source(path, columns="text=words").rows) == 2
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE reviews (reviewid, artist)")
        connection.execute("INSERT INTO reviews VALUES (1, 'Low')")
    assert read_source(path).notes == ["tables not read: 'my export', 'other', 'settings'"]


def test_a_database_without_reviews_is_refused(database):
    path = database()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM reviews")
    with pytest.raises(SourceError, match="table reviews holds no rows"):
        read_reviews(path)


# -- the real data -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(pitchfork_xz):
    return read_reviews(pitchfork_xz)


def test_every_review_is_kept_once(real):
    assert len(real.reviews) == 18_389  # of 18,393 rows
    assert real.reviews["review_id"].is_unique
    assert real.n_texts == 11_083
    assert real.rejects["value"].tolist() == ["9417", "9505", "9499", "9460"]
    assert real.rejects["row"].tolist() == [12121, 12122, 12123, 12124]
    assert set(real.rejects["column"]) == {"review_id"}


def test_the_artists_are_those_of_the_data(real):
    # 8,633 names in the table of artists, less '' (2 reviews) and 'various artists' (687, one of them exported twice)
    assert len(real.artists) == 8_631
    n_artists = real.reviews["artist_ids"].str.len()
    assert Counter(np.minimum(n_artists, 2)) == {0: 2 + 687, 1: 18_389 - 689 - 387, 2: 387}
    assert n_artists.max() == 7
    assert real.artists["n_reviews"].sum() == n_artists.sum()
    ids = real.artists.set_index("name")["artist_id"]
    assert ids["girls"] != ids["the girls"]
    assert {"!!!", "+/-", "s", "z", "m", "bjrk"} <= set(ids.index)
    assert ids["bjrk"] == "bjrk"
    assert "various artists" not in ids.index


def test_missing_genres_labels_and_years_are_empty(real):
    reviews = real.reviews
    assert (reviews["genres"].str.len() == 0).sum() == 2_365  # 2,367 rows, two of them exported twice
    assert (reviews["genres"].str.len() > 1).sum() == 3_877
    genres = Counter(genre for genres in real.artists["genres"] for genre in genres)
    assert sorted(genres) == [
        "electronic", "experimental", "folk/country", "global", "jazz", "metal", "pop/r&b", "rap", "rock"
    ]  # fmt: skip
    assert reviews["years"].str.len().max() == 2
    assert reviews["best_new_music"].sum() == 943
    assert (reviews["score"] == 0).sum() == 6
    assert reviews["title"].isna().sum() == 2
    assert not reviews["author"].str.endswith(" ").any()
    assert str(reviews["pub_date"].min().date()) == "1999-01-05"
    assert str(reviews["pub_date"].max().date()) == "2017-01-08"


def test_joint_names_split_on_evidence_are_right(pitchfork_xz):
    """The table of artists is the truth for ``reviews.artist``, which joins them with ", "."""
    truth = clean_reviews(read_source(pitchfork_xz)).table
    joint = clean_reviews(read_source(pitchfork_xz, columns={"artist": "artist"})).table
    found = assign_artists(joint["artists"], joined=True, park=in_memory).artist_ids.to_pylist()
    expected = assign_artists(truth["artists"], joined=False, park=in_memory).artist_ids.to_pylist()
    right = sum(len(ids) > 1 and set(ids) == set(true) for ids, true in zip(found, expected, strict=True))
    wrong = sum(len(ids) > 1 and set(ids) != set(true) for ids, true in zip(found, expected, strict=True))
    assert (right, wrong) == (155, 1)  # the one is "jk flesh / prurient", which the table keeps whole


@pytest.mark.parametrize(
    ("name", "options", "n_reviews", "n_texts", "n_artists", "n_rejects"),
    [
        ("pitchfork/scrape2020.parquet", {}, 12_941, 12_900, 7_272, 5),  # five reviews stand there twice
        ("pitchfork/scrape2020_part.csv", {}, 180, 180, 173, 0),
        ("pitchfork/ps4k.csv", {}, 19_538, 0, 9_061, 0),  # "DJ /rupture/Matt Shadetek" are two
        ("pitchfork/p4k_slim_imputed_genre.csv.gz", {}, 20_867, 0, 9_789, 0),
        ("audio_features/p4kxspotify_cleaned.csv.gz", {}, 18_403, 0, 9_044, 0),
        ("audio_features/bnm_spotify_tracks.parquet", {}, 17_532, 0, 413, 0),
        ("bbc/bbc.parquet", {}, 2_225, 2_225, 0, 0),
        ("agnews/test.csv", {"columns": "genres=0,title=1,text=2"}, 7_600, 7_600, 0, 0),
        ("reuters21578/reuters21578.parquet", {}, 20_841, 19_043, 0, 738),
        ("akuz_news_1k.zip", {}, 1_000, 1_000, 0, 0),
    ],
)
def test_other_real_files_read_whole(data_dir, name, options, n_reviews, n_texts, n_artists, n_rejects):
    corpus = read_reviews(data_dir / name, **options)
    assert (len(corpus.reviews), corpus.n_texts, len(corpus.artists)) == (n_reviews, n_texts, n_artists)
    assert len(corpus.rejects) == n_rejects


def test_quirks_of_other_real_files_are_understood(data_dir):
    scrape = read_reviews(data_dir / "pitchfork/scrape2020.parquet").reviews
    assert not scrape["author"].str.startswith("by").any()
    assert scrape["score"].isna().sum() == 40
    assert (scrape["genres"].str.len() == 0).sum() == 1_176
    slim = read_reviews(data_dir / "pitchfork/p4k_slim_imputed_genre.csv.gz")
    assert slim.mapping["title"] == "Album"
    assert slim.reviews["best_new_music"].sum() == 719 + 398
    assert "NA" in set(slim.artists["name"])
    spotify = read_reviews(data_dir / "audio_features/p4kxspotify_cleaned.csv.gz").reviews
    assert (spotify["genres"].str.len() == 0).sum() == 1_289 + 11
    assert spotify["years"].str.len().min() == 1
    reuters = read_reviews(data_dir / "reuters21578/reuters21578.parquet").reviews
    assert reuters["pub_date"].isna().sum() == 1  # "31-MAR-1987 605:12:19.12"
    assert (pd.Series(np.concatenate(reuters["genres"])) == "earn").sum() > 3_900
