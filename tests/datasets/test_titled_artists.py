"""Titles that name the artist in front of a dash or colon."""

import html

import pandas as pd
import pytest

from bandscape.datasets.corpus import read_reviews

NAMES = [f"Band {n % 4}" for n in range(12)]


@pytest.mark.parametrize(
    ("sign", "what"), [(" – ", "a dash"), (" - ", "a dash"), (": ", "a colon"), (" &#8211; ", "a dash")]
)
def test_titles_that_name_the_artist_are_split_unless_the_user_says_no(sign, what):
    table = pd.DataFrame(
        {"headline": [f"{name}{sign}Album {n} - live" for n, name in enumerate(NAMES)], "text": "words"}
    )
    corpus = read_reviews(table)
    assert corpus.reviews["title"].tolist() == [f"Album {n} - live" for n in range(12)]
    assert sorted(corpus.artists["name"]) == ["Band 0", "Band 1", "Band 2", "Band 3"]
    assert f"in front of {what}, such as 'Band 0{html.unescape(sign)}Album 0 - live'" in corpus.notes[0]
    assert corpus.mapping["artist"] == "headline"
    whole = read_reviews(table, columns="artist=-")
    assert whole.artists.empty
    assert whole.reviews["title"].tolist() == [html.unescape(title) for title in table["headline"]]


@pytest.mark.parametrize(
    "titles",
    [
        [f"Band {n} – Album" for n in range(12)],  # no name comes again
        [f"Band {n % 3} – Album {n}" for n in range(9)],  # too few
        [f"Band {n % 3} – Album {n}" if n % 3 else f"News of day {n}" for n in range(30)],
        [f"Review – Album {n}" for n in range(30)],  # one word for all
        [f"Band-{n % 3}-Album {n}" for n in range(30)],
    ],
)
def test_other_titles_stay_whole(titles):
    corpus = read_reviews(pd.DataFrame({"title": titles, "text": "words"}))
    assert corpus.reviews["title"].tolist() == titles
    assert corpus.artists.empty


def test_a_source_with_artists_keeps_its_titles():
    table = pd.DataFrame({"artist": NAMES, "title": [f"Suite {n % 3} – Part {n}" for n in range(12)]})
    assert read_reviews(table).reviews["title"].tolist() == table["title"].tolist()


def test_one_column_for_both_is_split():
    table = pd.DataFrame(
        {"post_title": ["Low – Hey What", "Can: Soon &#8211; Live", "About us"], "text": "words"}
    )
    corpus = read_reviews(table, columns="artist=post_title,title=post_title")
    assert corpus.reviews["title"].tolist() == ["Hey What", "Soon – Live", "About us"]
    assert sorted(corpus.artists["name"]) == ["Can", "Low"]


def test_titles_with_a_dash_that_nothing_bears_out_are_proposed():
    table = pd.DataFrame({"headline": [f"Band {n} – Album" for n in range(4)], "text": "words"})
    corpus = read_reviews(table)
    assert corpus.artists.empty
    proposal = "if titles such as 'Band 0 – Album' have the artist in front, add --columns "
    assert corpus.notes[0] == f"{proposal}artist=headline,title=headline"
    split = read_reviews(table, columns=corpus.notes[0].rpartition(" ")[2])
    assert len(split.artists) == 4
