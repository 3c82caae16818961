"""Arrays read item by item are what the json module reads, and refused where it refuses them."""

import io
import json
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.datasets.readers.objects import json_arrays
from bandscape.datasets.readers.objects.json_arrays import iterate_array

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
PIECES = st.integers(1, 40)
BLANKS = st.text(" \t\r\n", max_size=30)


def read(text, piece):
    with mock.patch.object(json_arrays, "_PIECE", piece):
        return list(iterate_array(io.StringIO(text, newline="")))


@given(st.lists(VALUES, max_size=6), PIECES, BLANKS, st.sampled_from([None, 1]), st.booleans())
def test_items_are_those_of_the_whole(items, piece, blanks, indent, is_ascii):
    text = json.dumps(items, indent=indent, ensure_ascii=is_ascii).replace(", ", f",{blanks}")
    try:
        expected = json.loads(text)
    except ValueError:  # blanks got into a text
        return
    assert read(f"\ufeff{blanks}{text}{blanks}", piece) == expected


@given(st.lists(VALUES, max_size=4), PIECES, st.data())
def test_spoiled_arrays_are_refused_where_json_refuses_them(items, piece, data):
    text = json.dumps(items)
    at = data.draw(st.integers(0, len(text) - 1))
    spoiled = (
        text[:at] + data.draw(st.sampled_from(["", "]", ",", '"', "{", "x", "1", "\n"])) + text[at + 1 :]
    )
    results = []
    for load in (json.loads, lambda text: read(text, piece)):
        try:
            results.append(load(spoiled))
        except ValueError:
            results.append(None)
    if isinstance(results[0], list) or results[0] is None:
        assert results[1] == results[0]


def test_a_mistake_is_seen_before_the_rest_is_read():
    rest = io.StringIO('[{"a": 1}, nonsense, ' + "7, " * 50_000)
    with mock.patch.object(json_arrays, "_PIECE", 100), pytest.raises(ValueError, match="at character 11"):
        list(iterate_array(rest))
    assert rest.tell() == 100
