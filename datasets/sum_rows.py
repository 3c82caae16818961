"""Rows of JSON, Parquet and databases that are no review but a sum or an average ("Total"), as pivot tables have them.

The rule is that of tables of text (:mod:`readers.delimited.totals`): the artist, or the title where there is none, is a
word for a sum, and the row lacks at least half of what most rows have.

Public names: :func:`are_sums`.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .readers.columns.mapping import name_key
from .readers.delimited.totals import FEWEST_ROWS, SHARE_FILLED, SUM_WORDS


def are_sums(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows are sums.

    Parameters
    ----------
    table : pyarrow.Table
        Clean columns, with ``artists``, a list of names.
    """
    found = np.zeros(table.num_rows, dtype=bool)
    names = _names(table)
    places = [at for at, name in names.items() if name_key(name) in SUM_WORDS]
    if not places or table.num_rows < FEWEST_ROWS:
        return found
    filled = {
        field: _filled(table[field]) for field in ("artists", "title", "text", "genres", "years", "pub_date")
    }
    usual = [field for field, flags in filled.items() if flags.mean() >= SHARE_FILLED]
    for at in places:
        title = table["title"][at].as_py()
        n_missing = sum(
            not filled[field][at] or (field == "title" and title.strip().isdigit()) for field in usual
        )
        found[at] = len(usual) > 1 and 2 * n_missing >= len(usual)
    return found


def _names(table: pa.Table) -> Mapping[int, str]:
    """Return the artist, or the title where there is none, of the rows in which it is short enough for such a word."""
    joined = pc.binary_join(table["artists"], "\n")
    names = pc.if_else(pc.equal(pc.list_value_length(table["artists"]), 0), table["title"], joined)
    short = np.flatnonzero(pc.fill_null(pc.less(pc.utf8_length(names), 20), False).to_numpy())
    return dict(zip(short.tolist(), names.take(pa.array(short)).to_pylist(), strict=True))


def _filled(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    is_list = pa.types.is_list(column.type)
    flags = pc.greater(pc.list_value_length(column), 0) if is_list else column.is_valid()
    return flags.to_numpy()
