"""Records that hold several reviews: ``{"artist": "Low", "reviews": [{"album": ..., "score": ..., "text": ...}]}``.

A list of objects is one of reviews where the text or the score of a record comes from it, with one more of what a
review has, and none of the two from elsewhere: a record has one score, and blocks of text
(``body: [{"text": ...}]``) have nothing else. Each of its items is a record then, beside what the whole record says.

Public names: :func:`list_of_reviews`, :func:`spread_records`, :func:`spread_table`, :func:`note_on_list`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .nested import Fields

_OF_ONE = {"text", "score"}
_OF_REVIEWS = _OF_ONE | {"title", "author", "pub_date", "url", "review_id"}


def list_of_reviews(fields: Fields, places: Mapping[str, int]) -> str | None:
    """Return the column whose lists hold the reviews, or None.

    Parameters
    ----------
    fields : Fields
    places : mapping of str to int
        As :func:`.map_fields` has it.
    """
    roots = {field: fields.path(place) for field, place in places.items()}
    keys = {path[0] for path in roots.values() if len(path) > 1 and path[:1] in fields.lists}
    for key in keys:
        inside = {field for field, path in roots.items() if path[0] == key and len(path) > 1}
        if inside & _OF_ONE and len(inside & _OF_REVIEWS) > 1 and not _OF_ONE & (roots.keys() - inside):
            return key
    return None


def spread_records(records: Iterable[Mapping[str, Any]], key: str) -> Iterator[dict[str, Any]]:
    """Yield a record for each item of its list; one without items as it is."""
    for record in records:
        items = record.get(key)
        for item in items if isinstance(items, list) and items else [None if items == [] else items]:
            yield {**record, key: item}


def spread_table(table: pa.Table, key: str) -> pa.Table:
    """Return a table with a row for each item of the lists of a column; a row without items has null there."""
    column = table[key].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    counts = np.maximum(lengths, 1)
    others = table.drop_columns(
        [key]
    )  # a copy of the whole list beside each of its items would be their square
    rows = others.take(pa.array(np.repeat(np.arange(len(counts)), counts)))
    is_empty = np.repeat(lengths == 0, counts)
    items = pc.list_flatten(column).take(pa.array(np.cumsum(~is_empty) - 1, mask=is_empty))
    return rows.add_column(table.column_names.index(key), key, items)


def note_on_list(key: str) -> str:
    """Say that items are read as reviews."""
    return f"the records hold lists of reviews: each item of {key!r} is read as one; rows count the items"
