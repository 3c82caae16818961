"""Cleaning: what is missing, what is wrong, what becomes of it."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.datasets import dates
from bandscape.datasets.cells import MISSING_WORDS, split_artists, split_genres, split_labels, split_years
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.dates import parse_dates


def read(**columns):
    """Read a source of one artist per row, with these other columns."""
    n_rows = len(next(iter(columns.values())))
    return read_reviews(pd.DataFrame({"artist": [f"artist {row}" for row in range(n_rows)], **columns}))


def rejects(corpus):
    """Return (row, column, value) of each reject."""
    frame = corpus.rejects.astype(object).where(corpus.rejects.notna(), None)
    return list(frame[["row", "column", "value"]].itertuples(index=False, name=None))


# -- scores ------------------------------------------------------------------------------------------------------


def test_scores_are_read_and_bad_ones_become_null_with_the_row_kept():
    corpus = read(score=["7.5", "8,1", " 9 ", "", "None", "nan", "good", "inf", "-1", "10.1", "1e1"])
    expected = [7.5, 8.1, 9.0, None, None, None, None, None, None, None, 10.0]
    assert [None if np.isnan(score) else score for score in corpus.reviews["score"]] == expected
    assert rejects(corpus) == [
        (7, "score", "good"),
        (8, "score", "inf"),
        (9, "score", "-1"),
        (10, "score", "10.1"),
    ]
    assert all(reason.endswith("set to null") for reason in corpus.rejects["reason"])


def test_numbers_that_are_numbers_already_follow_the_same_rule():
    corpus = read(score=[0.0, 10.0, np.nan, np.inf, -np.inf, 10.000001])
    assert corpus.reviews["score"].tolist()[:2] == [0.0, 10.0]
    assert corpus.reviews["score"].isna().sum() == 4
    assert [row for row, _, _ in rejects(corpus)] == [4, 5, 6]


def test_another_score_range_is_brought_to_ten():
    frame = pd.DataFrame({"artist": ["a", "b", "c"], "score": [80, 100, 79]})
    corpus = read_reviews(frame, score_range=(80, 100))
    assert corpus.reviews["score"].tolist()[:2] == [0.0, 10.0]
    assert corpus.rejects["reason"].tolist() == ["not within 80 to 100; set to null"]


@pytest.mark.parametrize("score_range", [(1, 1), (0, np.inf), "ab", (1,), None])
def test_a_score_range_that_is_none_is_refused(score_range):
    with pytest.raises(
        ParameterError, match="score_range must be two different finite numbers, the worst first"
    ):
        read_reviews(pd.DataFrame({"artist": ["a"]}), score_range=score_range)


# -- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2017-12-06",
        "2017-12-06 06:00:02",
        "2017-12-06T06:00:02.123Z",
        "2017-12-06T06:00:02+01:00",
        "2017/12/06",
        "20171206",
        "December 6 2017",
        "December 6, 2017",
        "Dec. 6th, 2017",
        "Wed, 06 Dec 2017 06:00:00 GMT",
        "6 December 2017",
        "06-DEC-2017 15:01:01.79",
        "06-DEC-2017 00:02:59.13RM",
        "6.12.2017",
        "12/06/2017",
        "12/06/2017 3:15 PM",
        "6. Dezember 2017",
        "Mittwoch, 6. Dez. 2017",
        "mercredi 6 décembre 2017",
        "6 de diciembre de 2017",
        "6 dicembre 2017",
        "6 de dezembro de 2017",
        "6 december 2017",
        "6. desember 2017",
    ],
)
def test_usual_ways_to_write_a_day_are_read(text):
    assert parse_dates(pa.array([text])).to_pylist() == [datetime.date(2017, 12, 6)]


@pytest.mark.parametrize(
    "text",
    [
        "2017",
        "2017-02-30",
        "2017-13-01",
        "0000-00-00",
        "yesterday",
        "Foo 6 2017",
        "1/2/17",
        "2017-12",
        "6 jui 2017",
        "",
    ],
)
def test_what_is_no_day_becomes_null(text):
    assert parse_dates(pa.array([text])).to_pylist() == [None]


@pytest.mark.parametrize(
    ("text", "month"), [("12. März 2004", 3), ("1er août 2004", 8), ("3 maggio 2004", 5), ("3 juin 2004", 6)]
)
def test_months_have_their_names_in_several_languages(text, month):
    assert parse_dates(pa.array([text]))[0].as_py().month == month


def test_patterns_of_named_months_are_not_compiled_for_what_names_none(monkeypatch):
    tried = []
    parts = dates._parts
    monkeypatch.setattr(dates, "_parts", lambda texts, *how: tried.append(how[0]) or parts(texts, *how))
    for text in ("2017-12-06", '"title": "title', "artist 0", '0"', "rock and roll", "", "4 of 5"):
        parse_dates(pa.array([text, None]))
    assert tried
    assert not set(tried) & set(dates._NAMED), "each takes as long as reading a thousand rows"
    assert parse_dates(pa.array(["6 de diciembre de '17", None])).to_pylist() == [
        datetime.date(2017, 12, 6),
        None,
    ]
    assert set(tried) & set(dates._NAMED)


def test_a_number_above_twelve_makes_the_column_day_first():
    assert parse_dates(pa.array(["03/04/2017", "25/12/2017"]))[0].as_py() == datetime.date(2017, 4, 3)
    assert parse_dates(pa.array(["03/04/2017", "12/25/2017"]))[0].as_py() == datetime.date(2017, 3, 4)


def test_years_of_two_digits_are_read_where_the_order_of_the_day_is_told():
    day = datetime.date(2021, 3, 4)
    assert parse_dates(pa.array(["04.03.21", "31.12.99"])).to_pylist() == [day, datetime.date(1999, 12, 31)]
    assert parse_dates(pa.array(["3/4/21", "3/25/21"]))[0].as_py() == day
    assert parse_dates(pa.array(["4/3/21"]), "day")[0].as_py() == day
    (note,) = (
        note for note in read(date=["4/3/21"] * 3).notes if "'4/3/21'" in note and "rejects" not in note
    )
    assert "are not read: say it with --date-order day or month" in note


def test_dates_that_do_not_tell_their_order_are_told_and_the_user_chooses():
    dates = ["03/04/2012", "5-6-2013", "07/07/2014"]
    corpus = read(date=dates)
    assert corpus.reviews["pub_date"].dt.strftime("%m-%d").tolist() == ["03-04", "05-06", "07-07"]
    assert corpus.notes[0].startswith(
        "2 dates such as '03/04/2012' do not tell whether day or month comes first"
    )
    assert "--date-order day" in corpus.notes[0]
    frame = pd.DataFrame({"artist": list("abc"), "date": dates})
    for order, days in (("day", ["04-03", "06-05", "07-07"]), ("month", ["03-04", "05-06", "07-07"])):
        chosen = read_reviews(frame, date_order=order)
        assert chosen.reviews["pub_date"].dt.strftime("%m-%d").tolist() == days
        assert not chosen.notes
    assert not read(date=["07/07/2014", "25/12/2014"]).notes
    with pytest.raises(ParameterError, match="must be day or month; got 'year'"):
        read_reviews(frame, date_order="year")


def test_months_and_years_are_their_first_days_and_told():
    dates = [
        "Dec 2014",
        "2014",
        "12/2014",
        "2014-12",
        "décembre 2014",
        "3 Apr 12",
        "Apr 3, '99",
        "2014-13",
        "1354",
    ]
    corpus = read(date=dates)
    shown = corpus.reviews["pub_date"].dt.strftime("%Y-%m-%d")
    assert shown[:7].tolist() == ["2014-12-01", "2014-01-01", *["2014-12-01"] * 3, "2012-04-03", "1999-04-03"]
    assert [row for row, *_ in rejects(corpus)] == [8, 9]
    assert corpus.notes[0] == (
        "5 dates name no day, such as 'Dec 2014': the first day of the month or year stands for them"
    )


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(9999, 12, 31)))
def test_iso_days_are_read_whatever_the_day(day):
    assert parse_dates(pa.array([day.isoformat()])).to_pylist() == [day]


def test_a_bad_date_is_null_and_in_rejects():
    corpus = read(date=["2017-12-06", "soon", None])
    assert corpus.reviews["pub_date"].isna().tolist() == [False, True, True]
    assert rejects(corpus) == [(2, "pub_date", "soon")]


def test_typed_dates_are_taken_as_they_are():
    corpus = read(date=pd.to_datetime(["2017-12-06 23:59", None]))
    assert str(corpus.reviews["pub_date"][0].date()) == "2017-12-06"
    assert len(corpus.rejects) == 0


# -- lists -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "genres"),
    [
        ("Rock", ["Rock"]),
        ("Rock,Electronic", ["Rock", "Electronic"]),
        ("Pop/R&B", ["Pop/R&B"]),
        ("Folk/Country, Rock", ["Folk/Country", "Rock"]),
        ("Rock / Electronic", ["Rock", "Electronic"]),
        ("Rock;Pop, Indie", ["Rock", "Pop, Indie"]),
        ("Rock | Jazz |", ["Rock", "Jazz"]),
        ("Folk, World, & Country", ["Folk, World, & Country"]),
        ('["Rock", "Folk, World"]', ["Rock", "Folk, World"]),
        ("['Rock', 'Jazz']", ["Rock", "Jazz"]),
        ("['Rock' 'Pop/R&B']", ["Rock", "Pop/R&B"]),
        ("[\"Drum 'n' bass\" \n 'Jazz']", ["Drum 'n' bass", "Jazz"]),
        ('["Rock"]', ["Rock"]),
        ("[not a list]", ["[not a list]"]),
        ("#hiphop #rap, #1980s", ["hiphop", "rap", "1980s"]),
        ('[{"id": 3, "name": "synthpop"}, {"id": 1, "name": "folk, old"}]', ["synthpop", "folk, old"]),
        ('[{"id": 3}]', ['[{"id": 3}]']),
    ],
)
def test_genre_cells_are_split_with_care(cell, genres):
    assert split_genres(cell) == genres


def test_labels_split_at_spaced_slashes_and_never_at_commas():
    assert split_labels("4AD / Todo Mundo") == ["4AD", "Todo Mundo"]
    assert split_labels("Handshake, Inc.") == ["Handshake, Inc."]
    assert split_labels("Father/Daughter") == ["Father/Daughter"]


def test_artist_cells_split_at_semicolons_lists_and_the_users_separators():
    assert split_artists("A; B") == ["A", "B"]
    assert split_artists('Low, "Ja, Panik",Can') == ["Low", "Ja, Panik", "Can"]
    for whole in ('"Demons"', '"Weird Al" Yankovic', '"A, B" C', "Ja, Panik"):
        assert split_artists(whole) == [whole]
    assert split_artists('["Tyler, the Creator", "AC/DC"]') == ["Tyler, the Creator", "AC/DC"]
    for whole in [
        '"Weird Al" Yankovic',
        'Al "B" C, D',
        "Tyler, the Creator",
        "s / s / s",
        "Simon &amp; Garfunkel",
        "Belle and Sebastian",
        "[]x",
    ]:
        assert split_artists(whole) == [whole]
    assert split_artists("Simon & Garfunkel", [" & "]) == ["Simon", "Garfunkel"]


def test_years_are_found_in_their_cells():
    assert split_years("1998/2016") == ["1998", "2016"]
    assert split_years("2009.0") == ["2009"]
    assert split_years("2009-02-18") == ["2009"]
    assert split_years("[1998, 2016]") == ["1998", "2016"]
    corpus = read(year=["1998/2016", "0", "soon", 99999, 2001.0, None])
    assert [list(years) for years in corpus.reviews["years"]] == [[1998, 2016], [], [], [], [2001], []]
    assert rejects(corpus) == [(2, "years", "0"), (3, "years", "soon"), (4, "years", "99999")]


def test_a_year_after_next_year_is_in_rejects():
    this_year = datetime.date.today().year
    corpus = read(year=[str(this_year + 1), str(this_year + 2), 1999])
    assert [list(years) for years in corpus.reviews["years"]] == [[this_year + 1], [], [1999]]
    assert corpus.rejects["reason"].tolist() == [f"later than {this_year + 1}; left out"]


def test_spellings_of_a_genre_are_one_in_its_most_frequent_spelling():
    corpus = read(genre=["Rock", "rock", "Rock", "ROCK,rock", "Jazz"])
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["Rock"]] * 4 + [["Jazz"]]


@pytest.mark.parametrize("word", sorted(MISSING_WORDS))
def test_a_word_for_missing_is_missing_but_not_in_names(word):
    corpus = read_reviews(
        pd.DataFrame(
            {"artist": [word, "b"], "title": [word, "t"], "genre": [word, "rock"], "label": [f" {word.upper()} ", "x"],
             "author": [word, "ann"], "date": [word, "2001-01-01"], "score": [word, "1"], "year": [word, "2001"],
             "bnm": [word, "1"], "text": ["words", None]}
        )
    )  # fmt: skip
    first = corpus.reviews.iloc[0]
    assert [len(first[name]) for name in ("genres", "labels", "years")] == [0, 0, 0]
    assert all(pd.isna(first[name]) for name in ("author", "pub_date", "score", "best_new_music"))
    assert len(corpus.rejects) == 0
    if word not in ("", r"\n"):
        assert corpus.artists.set_index("artist_id").loc[first["artist_ids"][0], "name"] == word
        assert first["title"] == word


def test_the_sql_null_mark_is_missing_everywhere():
    corpus = read_reviews(pd.DataFrame({"artist": [r"\N", "b"], "title": ["t", r"\N"]}))
    assert [len(ids) for ids in corpus.reviews["artist_ids"]] == [0, 1]
    assert corpus.reviews["title"].isna().tolist() == [False, True]


def test_yes_and_no_are_read_in_the_usual_ways():
    corpus = read(bnm=["1", "0", "Best new music", "Not Available", "FALSE", "perhaps"])
    assert corpus.reviews["best_new_music"].tolist() == [True, False, True, pd.NA, False, pd.NA]
    assert rejects(corpus) == [(6, "best_new_music", "perhaps")]


def test_bylines_lose_their_by():
    assert read(author=["by: Ann Lee", "By Bob", "Byron Coley"]).reviews["author"].tolist() == [
        "Ann Lee",
        "Bob",
        "Byron Coley",
    ]


# -- hostile names and texts -------------------------------------------------------------------------------------


def test_hostile_names_and_texts_are_stored_as_they_are():
    names = [
        "<script>alert(1)</script>",
        "=cmd()|' /C calc'!A0",
        "bell\x07 \x1b[31m",
        "\u202eevil",
        "a" * 1000,
    ]
    corpus = read_reviews(pd.DataFrame({"artist": names, "text": [name * 3 for name in names]}))
    assert sorted(corpus.artists["name"]) == sorted(names)
    assert corpus.reviews["text"].tolist() == [name * 3 for name in names]
    assert len(corpus.rejects) == 0


def test_a_name_of_a_million_characters_is_no_name_but_such_a_text_is_a_text():
    corpus = read_reviews(pd.DataFrame({"artist": ["x" * 10**6, "b"], "text": ["y" * 10**6, "short"]}))
    assert corpus.artists["name"].tolist() == ["b"]
    assert corpus.reviews["text"].str.len().tolist() == [10**6, 5]
    assert rejects(corpus) == [(1, "artist", "x" * 200)]
    assert "longer than 1,000 characters" in corpus.rejects["reason"][0]


def test_nul_characters_are_removed_and_noted():
    corpus = read_reviews(
        pd.DataFrame({"artist": ["a\x00b", "c"], "text": ["x", "\x00y\x00z"], "genre": ["ro\x00ck", "jazz"]})
    )
    assert sorted(corpus.artists["name"]) == ["ab", "c"]
    assert corpus.reviews["text"].tolist() == ["x", "yz"]
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["rock"], ["jazz"]]
    assert {(row, column) for row, column, _ in rejects(corpus)} == {
        (1, "artist"),
        (2, "text"),
        (1, "genres"),
    }


def test_lone_surrogates_become_the_replacement_character():
    corpus = read_reviews(pd.DataFrame({"artist": pd.Series(["a\ud800b", "c"], dtype=object)}))
    assert sorted(corpus.artists["name"]) == ["a\ufffdb", "c"]


# -- rows --------------------------------------------------------------------------------------------------------


def test_a_row_that_names_nothing_is_left_out_and_noted():
    corpus = read_reviews(
        pd.DataFrame({"artist": ["a", " ", None], "title": [None, "", None], "url": [None, None, "u"]})
    )
    assert corpus.reviews["review_id"].tolist() == ["row-1", "row-3"]
    assert rejects(corpus) == [(2, None, "row-2")]


def test_of_rows_with_one_id_the_fullest_stays_and_of_equals_the_first():
    frame = pd.DataFrame(
        {"id": ["x", "y", "x", "y", "z"], "artist": list("abcde"), "score": [None, 1, 2, 3, 4]}
    )
    corpus = read_reviews(frame)
    assert corpus.reviews["review_id"].tolist() == ["y", "x", "z"]
    assert corpus.reviews["score"].tolist() == [1, 2, 4]
    assert rejects(corpus) == [(1, "review_id", "x"), (4, "review_id", "y")]
    assert "row 3, which is kept" in corpus.rejects["reason"][0]


def test_rows_without_id_are_named_after_their_row_and_ids_may_be_numbers():
    corpus = read_reviews(pd.DataFrame({"id": [22703.0, np.nan, 7.0], "artist": ["a", "b", "c"]}))
    assert corpus.reviews["review_id"].tolist() == ["22703", "row-2", "7"]


def test_a_source_without_any_usable_row_is_refused():
    with pytest.raises(SchemaError, match="none of 2 rows has an artist, title, text or url"):
        read_reviews(pd.DataFrame({"artist": ["", None], "score": [1, 2]}))


def test_decimals_keep_their_digits():
    table = pa.table({"artist": ["a", "b"], "score": pa.array([Decimal("5.6"), Decimal("9.2")])})
    assert read_reviews(table).reviews["score"].tolist() == [5.6, 9.2]


@pytest.mark.parametrize(
    "cell", ["Low (https://www.notion.so/Low-0a1b?pvs=21)", "[Low](https://example.org/low)", "Low"]
)
def test_links_behind_names_are_no_part_of_them(cell):
    corpus = read_reviews(pd.DataFrame({"artist": [cell, "Can (DE)"], "album": [cell, "[x](y)"]}))
    assert sorted(corpus.artists["name"]) == ["Can (DE)", "Low"]
    assert corpus.reviews["title"].tolist() == ["Low", "[x](y)"]
    assert any("a link in column artist" in note for note in corpus.notes) == (cell != "Low")


def test_long_dashes_are_missing_values_and_tbd_is_a_label():
    corpus = read(label=["—", "–", "TBD"], year=["—", "2001", "–"], author=["–", "Ida", "—"])
    assert [list(labels) for labels in corpus.reviews["labels"]] == [[], [], ["TBD"]]
    assert corpus.reviews["author"].isna().tolist() == [True, False, True]
    assert not len(corpus.rejects)


def test_ticked_boxes_are_yes():
    answers = read(bnm=["checked", "✓", "☐", "✅", "unchecked", ""]).reviews["best_new_music"]
    assert [None if pd.isna(answer) else bool(answer) for answer in answers] == [
        True,
        True,
        False,
        True,
        False,
        None,
    ]


def test_dates_of_amazon_are_read():
    assert parse_dates(pa.array(["03 4, 2011", "10 21, 2014", "13 1, 2011"])).to_pylist() == [
        datetime.date(2011, 3, 4), datetime.date(2014, 10, 21), None,
    ]  # fmt: skip


def test_labels_with_a_comma_between_are_two_where_each_is_a_label_elsewhere():
    labels = ["Kestrel, Tidewater", "Tidewater", "Kestrel", "Handshake, Inc.", "Pit, Pit, Dirt"]
    corpus = read(label=labels)
    assert [list(found) for found in corpus.reviews["labels"]] == [
        ["Kestrel", "Tidewater"], ["Tidewater"], ["Kestrel"], ["Handshake, Inc."], ["Pit", "Dirt"],
    ]  # fmt: skip
    assert any("labels such as 'Kestrel, Tidewater' are split" in note for note in corpus.notes)
