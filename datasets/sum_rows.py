"""Rows of JSON, Parquet and databases that are no review but a sum or an average ("Total"), as pivot tables have them.

The rule is that of tables of text (:mod:`readers.delimited.totals`): the artist, or the title where there is none, is a
word for a sum, and the row lacks at least half of what most rows have.

Public names: :func:`are_sums`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .readers.delimited.totals import FEWEST_ROWS, SHARE_FILLED, SUM_WORDS
from .readers.lists import pairs_from_lists

_TOLD_BY = ("artists", "title", "text", "genres", "years", "pub_date")
_WORDS = pa.array(sorted(SUM_WORDS))


def are_sums(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows are sums.

    Parameters
    ----------
    table : pyarrow.Table
        Clean columns, with ``artists``, a list of names.
    """
    found = np.zeros(table.num_rows, dtype=bool)
    places = _called_so(table)
    if not len(places) or table.num_rows < FEWEST_ROWS:
        return found
    filled = {field: _filled(table[field]) for field in _TOLD_BY}
    usual = [field for field, flags in filled.items() if flags.mean() >= SHARE_FILLED]
    for at in places:
        title = table["title"][at].as_py()
        n_missing = sum(
            not filled[field][at] or (field == "title" and title.strip().isdigit()) for field in usual
        )
        found[at] = len(usual) > 1 and 2 * n_missing >= len(usual)
    return found


def _called_so(table: pa.Table) -> NDArray[np.int64]:
    """Return the rows whose only artist, or title where there is none, is a word for a sum."""
    found, start = [np.zeros(0, np.int64)], 0
    for batch in table.select(["artists", "title"]).to_batches():
        artists, title = batch.columns
        lengths = pc.list_value_length(artists).to_numpy(zero_copy_only=False)
        rows, names = pairs_from_lists(artists)
        alone = rows[_are_words(names)]
        untitled = np.flatnonzero((lengths == 0) & _are_words(title))
        found += [alone[lengths[alone] == 1] + start, untitled + start]
        start += batch.num_rows
    return np.sort(np.concatenate(found))


def _are_words(names: pa.Array) -> NDArray[np.bool_]:
    letters = pc.replace_substring_regex(pc.utf8_lower(names), r"[\s:._-]+", "")
    return pc.fill_null(pc.is_in(letters, value_set=_WORDS), False).to_numpy(zero_copy_only=False)


def _filled(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    is_list = pa.types.is_list(column.type)
    flags = pc.greater(pc.list_value_length(column), 0) if is_list else column.is_valid()
    return flags.to_numpy()
