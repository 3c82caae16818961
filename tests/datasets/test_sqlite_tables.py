"""SQLite databases of other layouts: which table is read, what is joined to it, and how another is chosen."""

import shlex
import sqlite3

import pytest

from bandscape.core.errors import BandscapeWarning, SchemaError
from bandscape.datasets.corpus import read_reviews

NORMALIZED = """
CREATE TABLE reviews (id INTEGER PRIMARY KEY, artist_id INTEGER, title TEXT, rating REAL, label_id INTEGER);
CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE labels (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE genres (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE review_genres (review_id INTEGER, genre_id INTEGER);
CREATE TABLE texts (review_id INTEGER, body TEXT);
CREATE TABLE settings (k, v);
INSERT INTO artists VALUES (11, 'Mira Voss', 'NO'), (12, 'Teo Lund', 'SE');
INSERT INTO labels VALUES (5, 'Rook');
INSERT INTO genres VALUES (1, 'folk'), (2, 'drone'), (3, 'jazz');
INSERT INTO reviews VALUES (101, 12, 'Low Tide', 6.5, 5), (102, 11, 'Glass Hours', 8.1, NULL), (103, 11, 'Two', 7, 5);
INSERT INTO review_genres VALUES (102, 2), (101, 1), (102, 1);
INSERT INTO texts VALUES (103, 'third words'), (101, 'first words'), (101, 'a later draft');
"""
SIDE_LISTS = """
CREATE TABLE reviews (review_id TEXT, album TEXT, score REAL);
CREATE TABLE artists (review_id TEXT, artist TEXT);
CREATE TABLE genres (review_id TEXT, genre TEXT);
INSERT INTO reviews VALUES ('a', 'Low Tide', 6.5), ('b', 'Glass Hours', 8.1);
INSERT INTO artists VALUES ('a', 'Mira, Voss'), ('a', 'Teo Lund'), ('b', 'Teo Lund');
INSERT INTO genres VALUES ('a', 'folk'), ('a', 'drone'), ('b', 'folk');
"""
SEVERAL = """
CREATE TABLE albums (band TEXT, title TEXT, mark REAL);
CREATE TABLE gigs (band TEXT, title TEXT, town TEXT);
INSERT INTO albums VALUES ('Low', 'Hey', 7);
INSERT INTO gigs VALUES ('Can', 'Live', 'Bonn');
"""


def database(tmp_path, script):
    path = tmp_path / "mine.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def test_what_other_tables_say_of_a_review_is_joined_by_their_keys(tmp_path):
    corpus = read_reviews(database(tmp_path, NORMALIZED))
    reviews = corpus.reviews
    assert reviews["review_id"].tolist() == ["101", "102", "103"]
    assert [list(ids) for ids in reviews["artist_ids"]] == [["teo-lund"], ["mira-voss"], ["mira-voss"]]
    assert reviews["text"].fillna("").tolist() == ["first words", "", "third words"]
    assert [list(genres) for genres in reviews["genres"]] == [["folk"], ["drone", "folk"], []]
    assert [list(labels) for labels in reviews["labels"]] == [["Rook"], [], ["Rook"]]
    assert reviews["score"].tolist() == [6.5, 8.1, 7]
    assert corpus.mapping["genres"] == "genres.name"
    (note,) = (note for note in corpus.notes if note.startswith("joined from other tables"))
    assert "genres from genres (review_genres.review_id = reviews.id)" in note
    assert "artist from artists (id = reviews.artist_id)" in note
    assert "tables not read: 'review_genres', 'settings'" in corpus.notes


def test_lists_of_artists_beside_the_reviews_are_never_split(tmp_path):
    corpus = read_reviews(database(tmp_path, SIDE_LISTS))
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["mira-voss", "teo-lund"], ["teo-lund"]]
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["folk", "drone"], ["folk"]]


@pytest.mark.parametrize("kind", ["foreign keys", "text keys", "orphans"])
def test_only_a_key_that_matches_joins(tmp_path, kind):
    script = "CREATE TABLE posts (nr INTEGER, band, body); INSERT INTO posts VALUES (1, 'Low', 'w'), (2, 'Can', 'x');"
    other = {
        "foreign keys": "CREATE TABLE kinds (at REFERENCES posts (nr), genre); INSERT INTO kinds VALUES (2,'a');",
        "text keys": "CREATE TABLE kinds (post_id TEXT, genre); INSERT INTO kinds VALUES ('2','a');",
        "orphans": "CREATE TABLE kinds (nr INTEGER, genre); INSERT INTO kinds VALUES (7,'a'), (8,'b'), (1,'c');",
    }[kind]
    corpus = read_reviews(database(tmp_path, script + other))
    genres = [list(genres) for genres in corpus.reviews["genres"]]
    assert genres == ([[], ["a"]] if kind == "foreign keys" else [[], []])
    assert ("tables not read: 'kinds'" in corpus.notes) == (kind != "foreign keys")


def test_one_of_several_tables_is_chosen_by_its_name_before_a_column(tmp_path):
    path = database(tmp_path, SEVERAL)
    with pytest.raises(SchemaError) as error:
        read_reviews(path)
    proposed = shlex.split(str(error.value).partition("--columns ")[2].rpartition("e.g. --columns ")[2])[0]
    assert proposed == "title=albums.title"
    assert read_reviews(path, columns=proposed).reviews["title"].tolist() == ["Hey"]
    gigs = read_reviews(path, columns="title=gigs.title")
    assert gigs.artists["name"].tolist() == ["Can"]
    assert "tables not read: 'albums'" in gigs.notes


def test_the_table_that_is_proposed_is_one_with_texts(tmp_path):
    script = """
        CREATE TABLE bands (id INTEGER, band); INSERT INTO bands VALUES (1, 'Low');
        CREATE TABLE old (id INTEGER, rec, body); INSERT INTO old VALUES (1, 7, 'w'), (2, 7, 'x');
        CREATE TABLE new (id, rec, body); INSERT INTO new VALUES (1, 7, 'w');
    """
    path = database(tmp_path, script)
    with pytest.raises(SchemaError, match=r"e\.g\. --columns review_id=old\.id$"):
        read_reviews(path)
    assert read_reviews(path, columns="review_id=old.id").n_texts == 2


def test_a_column_of_a_table_that_no_key_joins_is_refused_by_name(tmp_path):
    script = NORMALIZED + "CREATE TABLE moods (mood TEXT); INSERT INTO moods VALUES ('sad');"
    path = database(tmp_path, script)
    with pytest.raises(
        SchemaError, match=r"genres=moods\.mood: no key that clearly matches joins table moods"
    ):
        read_reviews(path, columns="genres=moods.mood,title=reviews.title")
    corpus = read_reviews(path, columns="labels=genres.name")
    assert [list(labels) for labels in corpus.reviews["labels"]] == [["folk"], ["drone", "folk"], []]


CRITICS = """
CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE albums (id INTEGER PRIMARY KEY, artist_id INTEGER REFERENCES artists(id), title TEXT, year INTEGER);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, album_id INTEGER REFERENCES albums(id), critic TEXT, body TEXT);
CREATE TABLE album_genres (album_id INTEGER, genre TEXT);
INSERT INTO artists VALUES (1, 'Mira Voss'), (2, 'Teo Lund');
INSERT INTO albums VALUES (10, 1, 'Low Tide', 1999), (11, 2, 'Glass Hours', 2004);
INSERT INTO reviews VALUES (100, 10, 'Ana', 'one'), (101, 10, 'Tom', 'two'), (102, 11, 'Ana', 'three');
INSERT INTO album_genres VALUES (10, 'folk'), (10, 'drone'), (11, 'jazz');
"""


@pytest.mark.parametrize("columns", [None, "review_id=reviews.id", "text=reviews.body,title=albums.title"])
def test_every_review_of_an_album_that_several_critics_wrote_of_is_one(tmp_path, columns):
    reviews = read_reviews(database(tmp_path, CRITICS), columns=columns).reviews
    assert reviews["text"].tolist() == ["one", "two", "three"]
    assert reviews["author"].tolist() == ["Ana", "Tom", "Ana"]
    assert reviews["title"].tolist() == ["Low Tide", "Low Tide", "Glass Hours"]
    assert [list(ids) for ids in reviews["artist_ids"]] == [["mira-voss"], ["mira-voss"], ["teo-lund"]]
    assert [list(years) for years in reviews["years"]] == [[1999], [1999], [2004]]


def test_values_that_a_join_leaves_aside_are_counted(tmp_path):
    corpus = read_reviews(database(tmp_path, NORMALIZED))
    assert any(note.startswith("1 values of texts.body are left aside") for note in corpus.notes)


def test_text_of_utf16_and_bytes_that_are_no_utf8_are_read(tmp_path):
    rows = "INSERT INTO reviews VALUES ('Björk', 'Début'), ('坂本', 'b');"
    script = f"PRAGMA encoding = 'UTF-16'; CREATE TABLE reviews (artist TEXT, title TEXT); {rows}"
    assert sorted(read_reviews(database(tmp_path, script)).artists["name"]) == ["Björk", "坂本"]
    stray = "INSERT INTO reviews VALUES (CAST(x'426af6726b' AS TEXT), 'a'), ('Low', 'b');"
    with pytest.warns(BandscapeWarning, match="not UTF-8"):
        corpus = read_reviews(database(tmp_path, f"CREATE TABLE reviews (artist TEXT, title TEXT); {stray}"))
    assert sorted(corpus.artists["name"]) == ["Björk", "Low"]
