"""Which artists a store holds once a table was put in: old ones keep their place, new ones come after them.

Public: `merged`, `check_put`, `check_removed`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.errors import ParameterError, UnknownNameError
from ..terms import short
from ..vectors import VectorTable


def merged(
    old: VectorTable,
    old_years: Sequence[Sequence[int]],
    new: VectorTable | None,
    new_years: Sequence[Sequence[int]] | None,
) -> tuple[VectorTable, list[Sequence[int]], np.ndarray]:
    """Join two tables; an id of both is the new one's, in the old one's place.

    Parameters
    ----------
    old, new : VectorTable
    old_years, new_years : sequence of sequence of int

    Returns
    -------
    table : VectorTable
    years : list of sequence of int
    origin : ndarray of int64
        For each row the row of ``old`` with the same id and vector; -1 if there is none.

    Raises
    ------
    ParameterError
        If the dimensions differ, or there are not as many years as artists.
    """
    if new is None:
        return old, list(old_years), np.arange(len(old))
    years = check_put(new, new_years, old.dim)
    place = {artist_id: row for row, artist_id in enumerate(old.artist_ids)}
    rows = [place.setdefault(artist_id, len(place)) for artist_id in new.artist_ids]
    matrix = np.concatenate([old.matrix, np.zeros((len(place) - len(old), old.dim), np.float32)])
    matrix[rows] = new.matrix
    table = VectorTable(
        matrix,
        list(place),
        _put(old.names, rows, new.names, len(place)),
        _put(old.genres, rows, new.genres, len(place)),
        _put(old.mean_score.tolist(), rows, new.mean_score.tolist(), len(place)),
        _put(old.n_reviews.tolist(), rows, new.n_reviews.tolist(), len(place)),
    )
    origin = np.full(len(place), -1, np.int64)
    same = (matrix[: len(old)] == old.matrix).all(axis=1)
    origin[: len(old)][same] = np.flatnonzero(same)
    return table, _put(old_years, rows, years, len(place)), origin


def check_put(table: VectorTable, years: Sequence[Sequence[int]] | None, dim: int) -> Sequence[Sequence[int]]:
    """Return the years of the artists of a table; raise :class:`ParameterError` if it does not go with a store."""
    if table.dim != dim:
        raise ParameterError(f"vectors must have {dim} numbers, as those of the store; got {table.dim}")
    if years is not None and len(years) != len(table):
        raise ParameterError(f"years must be given for each of the {len(table)} artists; got {len(years)}")
    return [()] * len(table) if years is None else years


def check_removed(artist_ids: Sequence[str], removed: Sequence[str]) -> np.ndarray:
    """Return the rows that stay when artists are taken away.

    Raises
    ------
    UnknownNameError
        If an id to take away is not there.
    """
    gone = set(removed)
    rows = np.array([row for row, one in enumerate(artist_ids) if one not in gone], np.int64)
    if len(artist_ids) - len(rows) != len(gone):
        missing = min(gone - set(artist_ids))
        raise UnknownNameError(f"no artist has the id {short(missing)!r}; ids are wanted here", name=missing)
    return rows


def _put(old: Sequence, rows: Sequence[int], new: Sequence, n: int) -> list:
    values = [*old, *[None] * (n - len(old))]
    for row, value in zip(rows, new, strict=True):
        values[row] = value
    return values
