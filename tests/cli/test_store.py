import shutil

import pytest

from .conftest import bandscape


@pytest.fixture(scope="module")
def built(demo_workspace, tmp_path_factory):
    root = shutil.copytree(demo_workspace, tmp_path_factory.mktemp("store") / "ws")
    assert "store build" in bandscape("store", "similar", root, "x").error
    answer = bandscape("store", "build", root)
    assert answer.code == 0, answer.err
    return root


def test_the_store_answers_as_the_vectors_do(built):
    name = bandscape("store", "get", built, "no such artist")
    assert name.code == 1
    first = bandscape("artists", "similar", built, "year:1990-2030", "--top", 1, "--json").json["results"][0][
        "name"
    ]
    expected = bandscape("artists", "similar", built, f"artist:{first}", "--json").json["results"]
    found = bandscape("store", "similar", built, first, "--json").json["results"]
    assert [row["artist_id"] for row in found] == [row["artist_id"] for row in expected]
    genre = found[0]["genres"][0]
    only = bandscape("store", "similar", built, first, "--genre", genre, "--score", "0,10", "--json").json[
        "results"
    ]
    assert only
    assert all(genre in row["genres"] for row in only)


def test_a_genre_is_found_by_forgiving_spelling_and_what_nobody_has_is_refused(built):
    name = bandscape("artists", "list", built, "--json").json["artists"][0]["artist_id"]
    genre = bandscape("store", "get", built, name, "--json").json["genres"][0]
    words = ("store", "similar", built, name, "--genre")
    same = bandscape(*words, genre, "--json").json["results"]
    assert same
    assert bandscape(*words, genre.upper(), "--json").json["results"] == same
    near = bandscape(*words, genre + "s")
    assert f"{genre}s: read as the genre {genre}" in near.out
    listed = ("artists", "list", built, "--genre")
    for asked in (words, listed):
        typo = bandscape(*asked, genre[:-1] + "q")
        assert typo.code == 2
        assert f"did you mean {genre}" in typo.error
        unlike = bandscape(*asked, "xyzzy", "--json")
        assert unlike.code == 2
        assert genre in unlike.error
    for option, span, there in (("--score", "11,12", "go from"), ("--years", "1200,1300", "go from")):
        answer = bandscape("store", "similar", built, name, option, span)
        assert answer.code == 2
        assert there in answer.error
    empty = bandscape("store", "similar", built, name, "--score", "7.0001,7.0002", "--json")
    assert empty.code == 0
    assert empty.json["results"] == []


def test_damage_and_bad_filters_are_one_line(built, tmp_path):
    root = shutil.copytree(built, tmp_path / "ws")
    assert "two numbers such as 7,10" in bandscape("store", "similar", root, "x", "--score", "a,b").error
    assert "two numbers such as 1990,1999" in bandscape("store", "similar", root, "x", "--years", "a,b").error
    assert "begins with postgresql://" in bandscape("store", "get", "mysql://localhost/db", "x").error
    path = root / "artists" / "neighbours.arrow"
    path.write_bytes(path.read_bytes()[:-100])
    answer = bandscape("store", "get", root, "x")
    assert answer.code == 1
    assert "neighbours.arrow" in answer.error


def test_approximate_search_keeps_its_index_and_says_how_much_it_finds(built, tmp_path):
    root = shutil.copytree(built, tmp_path / "ws")
    kept = root / "artists" / "approximate.safetensors"
    answer = bandscape("store", "build", root, "--approximate")
    assert answer.code == 0, answer.err
    assert "of the ten nearest found in a trial" in answer.out
    before = kept.read_bytes()
    name = bandscape("artists", "list", root, "--json").json["artists"][0]["artist_id"]
    words = ("store", "similar", root, name, "--score", "0,10", "--json")
    exact, nearly = bandscape(*words).json["results"], bandscape(*words, "--approximate").json["results"]
    assert len({row["artist_id"] for row in exact} & {row["artist_id"] for row in nearly}) >= 9
    assert kept.read_bytes() == before
    kept.write_bytes(before[:-9])
    damaged = bandscape(*words, "--approximate")
    assert "made anew" in damaged.err
    assert damaged.json["results"] == nearly
    assert kept.read_bytes() == before


@pytest.mark.parametrize("words", [("store", "similar", "postgresql://", "x"), ("serve", ".")])
def test_approximate_search_is_refused_where_there_is_none(words):
    answer = bandscape(*words, "--approximate")
    assert answer.code == 2
    assert "--approximate is for" in answer.error
