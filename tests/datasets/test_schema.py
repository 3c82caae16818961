"""The canonical tables and their checks."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bandscape.core.errors import SchemaError
from bandscape.datasets.schema import (
    ARTISTS_SCHEMA,
    REJECTS_SCHEMA,
    REVIEWS_SCHEMA,
    as_frame,
    as_table,
    check_artists,
    check_rejects,
    check_reviews,
    describe,
)


def reviews_frame(**changes):
    columns = {
        "review_id": ["a", "b"],
        "title": ["first", None],
        "artist_ids": [["low"], []],
        "score": [7.5, None],
        "genres": [np.array(["rock"]), ("jazz", "pop/r&b")],
        "labels": [[], []],
        "years": [[1999], np.array([2001, 2002])],
        "author": [None, "ann"],
        "pub_date": [datetime.date(1999, 12, 31), None],
        "best_new_music": [True, None],
        "url": [None, None],
        "text": ["words", None],
    }
    return pd.DataFrame({**columns, **changes})


@pytest.mark.parametrize("schema", [REVIEWS_SCHEMA, ARTISTS_SCHEMA, REJECTS_SCHEMA])
def test_every_column_says_what_it_means(schema):
    lines = describe(schema).splitlines()
    assert len(lines) == len(schema.names)
    for field, line in zip(schema, lines, strict=True):
        assert field.metadata[b"description"].decode() in line


def test_a_frame_survives_the_way_to_a_table_and_back():
    table = check_reviews(reviews_frame())
    assert table.schema == REVIEWS_SCHEMA
    again = check_reviews(as_frame(table))
    assert again.equals(table)
    assert again["years"].to_pylist() == [[1999], [2001, 2002]]
    assert again["pub_date"].to_pylist() == [datetime.date(1999, 12, 31), None]


def test_a_missing_list_is_empty_and_other_columns_are_left_out():
    table = check_reviews(reviews_frame(genres=[None, ["rock"]], more=[1, 2]))
    assert table["genres"].to_pylist() == [[], ["rock"]]
    assert table.column_names == REVIEWS_SCHEMA.names


def test_a_table_of_other_string_types_fits():
    table = as_table(reviews_frame(), REVIEWS_SCHEMA)
    at = table.column_names.index("text")
    large = table.set_column(at, "text", table["text"].cast(pa.large_string()))
    assert check_reviews(large).schema == REVIEWS_SCHEMA


def test_a_missing_column_is_named():
    with pytest.raises(SchemaError, match="missing columns score, url"):
        check_reviews(reviews_frame().drop(columns=["score", "url"]))


@pytest.mark.parametrize(
    ("column", "values"), [("score", ["good", "bad"]), ("years", [["x"], []]), ("title", [1, "a"])]
)
def test_a_column_of_another_kind_is_named(column, values):
    with pytest.raises(SchemaError, match=f"column {column} must be"):
        check_reviews(reviews_frame(**{column: values}))


def test_a_null_where_none_may_be_is_named_with_its_row():
    with pytest.raises(SchemaError, match=r"column review_id must have a value in every row; row 1 has none"):
        check_reviews(reviews_frame(review_id=["a", None]))


@pytest.mark.parametrize("score", [-0.1, 10.1, np.inf])
def test_a_score_outside_its_range_is_refused(score):
    with pytest.raises(SchemaError, match=r"column score must be within 0 to 10 or null; row 1"):
        check_reviews(reviews_frame(score=[1.0, score]))


def test_a_repeated_id_is_refused():
    with pytest.raises(SchemaError, match="column review_id must be unique; 'a' is repeated"):
        check_reviews(reviews_frame(review_id=["a", "a"]))


def test_artists_and_rejects_are_checked_too():
    with pytest.raises(SchemaError, match="artist_id, name"):
        check_artists(pd.DataFrame({"genres": []}))
    with pytest.raises(SchemaError, match="source, row"):
        check_rejects(pd.DataFrame({"reason": []}))
    assert check_rejects(as_frame(REJECTS_SCHEMA.empty_table())).num_rows == 0
