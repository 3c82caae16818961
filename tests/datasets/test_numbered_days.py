"""Days that stand as numbers, and MongoDB's way to write values."""

import datetime
import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.numbered_days import parse_numbered_days

DAYS = st.dates(datetime.date(1973, 3, 4), datetime.date(2064, 4, 8))


@given(DAYS, st.integers(0, 86_399))
def test_days_come_back_from_all_ways_to_count_them(day, second):
    since = (day - datetime.date(1970, 1, 1)).days
    seconds = since * 86_400 + second
    written = [since + 25_569, f"{since + 25_569}.5", seconds, *(seconds * 1000**n for n in (1, 2, 3))]
    days, notes = parse_numbered_days(pa.array([*map(str, written), f"/Date({seconds * 1000}+0200)/"]))
    assert days.to_pylist() == [day] * 7
    assert len(notes) == 5


@pytest.mark.parametrize(
    "text", ["2019", "12345", "99999", "1234567", "20190103", "-43831", "4383l", "", None]
)
def test_other_numbers_are_no_days(text):
    days, notes = parse_numbered_days(pa.array([text], pa.string()))
    assert days.to_pylist() == [None]
    assert not notes


@pytest.mark.parametrize(
    "values", [[43831, 43900], ["43831", "43900"], [1577836800, 1583800000], [1577836800e3] * 2]
)
def test_numbers_in_columns_of_days_and_years_are_told(values):
    for name in ("date", "year"):
        corpus = read_reviews(pd.DataFrame({"artist": ["a", "b"], name: values}))
        assert corpus.rejects.empty
        (note,) = corpus.notes
        assert note.startswith("2 dates are numbers, such as ")
        assert note.endswith("(2020-01-01)")
        if name == "year":
            assert [list(years) for years in corpus.reviews["years"]] == [[2020], [2020]]
        else:
            assert [day.year for day in corpus.reviews["pub_date"]] == [2020, 2020]


def test_extended_json_is_read_as_plain_values(tmp_path):
    plain = [
        {"_id": "5f1b", "artist": "Mira", "score": 8.5, "year": 2019, "date": "2019-05-03T00:00:00Z"},
        {"_id": "5f1c", "artist": "Teo", "score": 7, "year": 2018, "date": "2020-01-01T00:00:00"},
        {"_id": "5f1d", "artist": "Jo", "score": 6.5, "year": 2017, "date": "1969-12-31T00:00:00"},
    ]
    marked = [
        {"_id": {"$oid": "5f1b"}, "artist": "Mira", "score": {"$numberDouble": "8.5"}, "year": {"$numberInt": "2019"},
         "date": {"$date": "2019-05-03T00:00:00Z"}},
        {"_id": {"$oid": "5f1c"}, "artist": "Teo", "score": {"$numberLong": "7"}, "year": {"$numberLong": "2018"},
         "date": {"$date": {"$numberLong": "1577836800000"}}},
        {"_id": {"$oid": "5f1d"}, "artist": "Jo", "score": {"$numberDecimal": "6.5"}, "year": 2017,
         "date": {"$date": -86400000}},
    ]  # fmt: skip
    corpora = []
    for name, records in (("plain", plain), ("marked", marked)):
        (tmp_path / f"{name}.json").write_text(json.dumps(records))
        corpora.append(read_reviews(tmp_path / f"{name}.json"))
    pd.testing.assert_frame_equal(corpora[0].reviews, corpora[1].reviews)
    assert corpora[0].mapping == corpora[1].mapping
    assert corpora[1].notes == ()
