"""Values of one kind in several columns."""

import pytest

from bandscape.core.errors import SchemaError
from bandscape.datasets.corpus import read_reviews


def read(tmp_path, *lines, **options):
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_reviews(tmp_path / "r.csv", **options)


@pytest.mark.parametrize(
    "header", ["Artist 1,artist_2,Album,Genre1,Genre2", "artist,artist2,album,genre.0,genre.1"]
)
def test_numbered_columns_are_one_together(tmp_path, header):
    corpus = read(tmp_path, header, "Low,Dirty Three,Fishtank,slow,rock", "Can,,Future Days,kraut,")
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low", "dirty-three"], ["can"]]
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["slow", "rock"], ["kraut"]]
    assert sum("is read from 2 columns" in note for note in corpus.notes) == 2


def test_columns_of_yes_and_no_are_genres(tmp_path):
    lines = (
        "artist,album,genre_rock,genre_hip_hop,genre_jazz",
        "Low,Ones,1,0,1",
        "Can,Tago,0,0,0",
        "Neu!,Neu,0,1.0,0",
    )
    corpus = read(tmp_path, *lines)
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["rock", "jazz"], [], ["hip hop"]]
    assert "genres" not in read(tmp_path, *lines, columns="genres=-").mapping


@pytest.mark.parametrize(
    "header",
    [
        "artist,album,genre,genre_id,genre_rank",
        "artist,album,genre_1999,genre_2004,genre",
        "artist,album,x,genre3,genre5",
    ],
)
def test_other_columns_stay_apart(tmp_path, header):
    corpus = read(tmp_path, header, "Low,Ones,slow,3,4", "Can,Tago,kraut,7,8")
    assert not any("is read from" in note for note in corpus.notes)


def test_a_table_on_its_side_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(SchemaError, match="turn the table round"):
        read(tmp_path, "artist,Low,Can", "album,Ones,Tago", "score,8,9", "review,Slow.,Fast.")


def test_quotes_behind_a_backslash_are_quotes(tmp_path):
    lines = ['"Low","Ones",8,"He said \\"yes\\", then \\"no\\"."', '"Can","Tago",9,"Plain, with a comma."']
    corpus = read(tmp_path, "artist,album,score,review", *lines)
    assert corpus.reviews["text"].tolist() == ['He said "yes", then "no".', "Plain, with a comma."]
    assert not len(corpus.rejects)


def test_a_backslash_at_the_end_of_a_cell_is_one(tmp_path):
    lines = ['"Low","C:\\",8,"One ""quoted"" word."', '"Can","Tago",9,"Two."']
    corpus = read(tmp_path, "artist,album,score,review", *lines)
    assert corpus.reviews["title"].tolist() == ["C:\\", "Tago"]
    assert corpus.reviews["text"].tolist()[0] == 'One "quoted" word.'


def test_a_song_called_track_makes_no_header(tmp_path):
    with pytest.raises(SchemaError, match="row 1 is not a header"):
        read(tmp_path, "Low,Ones,Track", "Can,Tago,Track", "Neu!,Neu,Hallogallo")
