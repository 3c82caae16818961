"""Rows in which a column is shifted or missing: from one row on, several columns cannot be read that could be before.

A table of which someone deleted a cell and moved the others up is read without complaint, its genres as scores and its
reviewers as years. What gives it away is a run of rows whose values fail in two columns or more, where such rows are
rare elsewhere.

Public names: :func:`shifted_notes`.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .schema import REJECTS_SCHEMA

_UNFIT = "^(not |later than|neither )"
_COLUMNS = ("score", "years", "pub_date", "best_new_music")
_FEWEST_AT_END, _FEWEST_WITHIN = 5, 20  # rows of a run
_COST_OF_GAP = 4.0  # so that four of five rows of a run fail
_SHARE_ELSEWHERE = 0.1  # of the other rows, at most
_SHOWN = 30  # characters


def shifted_notes(rejects: pa.Table, rows: NDArray[np.int64], source: str) -> list[str]:
    """Say where a column is shifted or missing, with a row to look at; of several runs in a table the longest.

    Parameters
    ----------
    rejects : pyarrow.Table
    rows : ndarray of int64
        Rows that were read.
    source : str
        What rejects call the source, where it is one file.
    """
    is_unfit = pc.and_(
        pc.is_in(rejects["column"], value_set=pa.array(_COLUMNS, REJECTS_SCHEMA.field("column").type)),
        pc.match_substring_regex(rejects["reason"], _UNFIT),
    )
    unfit = rejects.filter(is_unfit).to_pandas()
    notes = []
    for name, part in unfit.groupby("source", sort=True):
        note = _note_on(part, rows, "" if name == source else f" of {name}")
        notes += [note] if note else []
    return notes


def _note_on(unfit: pd.DataFrame, rows: NDArray[np.int64], of_table: str) -> str | None:
    n_columns = unfit.groupby("row")["column"].nunique()
    failing = n_columns.index[n_columns >= 2].to_numpy()
    if len(failing) < _FEWEST_AT_END:
        return None
    first, last = _longest_run(failing)
    n_inside, n_outside = last - first + 1, len(rows) - (last - first + 1)
    n_failing = int(((failing >= first) & (failing <= last)).sum())
    is_end = not of_table and last >= rows.max()
    if n_failing < (_FEWEST_AT_END if is_end else _FEWEST_WITHIN):
        return None
    if len(failing) - n_failing > _SHARE_ELSEWHERE * n_outside or (not of_table and first <= rows.min()):
        return None
    inside = unfit[(unfit["row"] >= first) & (unfit["row"] <= last)]
    counts = inside["column"].value_counts()
    columns = [name for name in _COLUMNS if counts.get(name, 0) >= n_inside / 2]
    begin = unfit[(unfit["row"] == first) & unfit["column"].isin(columns)]
    such = " and ".join(f"{row.column} {str(row.value)[:_SHOWN]!r}" for row in begin.itertuples())
    where = "the end" if is_end else f"row {last}"
    return (
        f"from row {first} to {where}{of_table} {' and '.join(columns)} cannot be read ({such}): probably a column is "
        f"shifted or missing there, and others are wrong; compare row {first} with those above it, mend these rows "
        "in the source, and import it again"
    )


def _longest_run(failing: NDArray[np.int64]) -> tuple[int, int]:
    """Return the first and last row of the run with most failing rows; a row between that does not fail costs four."""
    worth = np.r_[1.0, 1.0 - _COST_OF_GAP * (np.diff(failing) - 1)]
    until = np.cumsum(worth)
    before = np.minimum.accumulate(np.r_[0.0, until[:-1]])
    end = int(np.argmax(until - before))
    start = int(np.argmin(np.r_[0.0, until[:end]]))
    return int(failing[start]), int(failing[end])
