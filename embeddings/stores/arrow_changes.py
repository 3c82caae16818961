"""Change a store of Arrow files: artists put in or taken away, everything else kept, all files written anew.

Only the neighbors that can have changed are looked for again, so that a change costs far less than a build.

Public: `write_changed`, `replace_store`, `StoppedError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import ParameterError
from ...core.progress import ProgressCallback
from ...core.replacement import replace_directory
from ..coarse_search import encode_rows
from ..vectors import VectorTable
from .approximate import APPROXIMATE
from .arrow_files import CODES, FILES, write_codes, write_keys, write_lists
from .merging import check_removed, merged
from .nearest import find_neighbors, rows_to_renew

if TYPE_CHECKING:
    from .arrow import ArrowStore


def replace_store(
    store: ArrowStore,
    table: VectorTable | None = None,
    *,
    years: Sequence[Sequence[int]] | None = None,
    removed: Sequence[str] = (),
    on_progress: ProgressCallback | None = None,
) -> bool:
    """Put a changed store in the place of a store, which goes on with it.

    Parameters, returns and raises: as `write_changed`, and `ParameterError` if its folder holds other files.
    """
    folder = store.directory
    other = sorted(path.name for path in folder.iterdir() if path.name not in (*FILES, CODES, APPROXIMATE))
    if other:
        raise ParameterError(
            f"{folder}: holds other files ({other[0]}); a store that changes needs its own folder"
        )
    try:
        with replace_directory(folder) as stage:
            write_changed(store, stage, table, years=years, removed=removed, on_progress=on_progress)
    except StoppedError:
        return False
    store.__init__(folder, approximate=store.approximate, on_progress=on_progress)
    return True


class StoppedError(Exception):
    """The listener asked to stop."""


def write_changed(
    store: ArrowStore,
    directory: str | Path,
    table: VectorTable | None = None,
    *,
    years: Sequence[Sequence[int]] | None = None,
    removed: Sequence[str] = (),
    on_progress: ProgressCallback | None = None,
) -> None:
    """Write what a store will be once artists are put in and taken away.

    Parameters
    ----------
    store : ArrowStore
    directory : path
        Must exist, empty.
    table : VectorTable, optional
        Artists to add, or to put in the place of those with their id.
    years : sequence of sequence of int, optional
        Years of each of these.
    removed : sequence of str
        Ids of artists to take away.
    on_progress : callable, optional
        A true answer stops with an exception.

    Raises
    ------
    UnknownNameError
        If an id to take away is not stored.
    ParameterError
        If the dimensions differ.
    """
    whole, listed, origin = merged(store.table(), store.years(), table, years)
    if removed:
        kept = check_removed(whole.artist_ids, removed)
        whole, listed, origin = _taken(whole, kept), [listed[row] for row in kept], origin[kept]
    found = _lists(store, whole, origin, on_progress)
    folder = Path(directory)
    whole.save(folder / FILES[0])
    write_lists(folder / FILES[1], *found, listed)
    write_keys(folder / FILES[2], whole.artist_ids, whole.names)
    write_codes(folder / CODES, encode_rows(whole.matrix))


def _taken(table: VectorTable, rows: np.ndarray) -> VectorTable:
    kept: list[int] = rows.tolist()
    return VectorTable(
        table.matrix[rows],
        [table.artist_ids[row] for row in kept],
        [table.names[row] for row in kept],
        [table.genres[row] for row in kept],
        table.mean_score[rows],
        table.n_reviews[rows],
    )


def _lists(
    store: ArrowStore, table: VectorTable, origin: np.ndarray, on_progress: ProgressCallback | None
) -> tuple[np.ndarray, np.ndarray]:
    """Neighbors and cosines of the changed table; those that stay are taken from the store.

    ``origin`` has for each row the row of the store that has the same vector, -1 if there is none.
    """
    kept = origin >= 0
    now = np.full(len(store), -1, np.int32)
    now[origin[kept]] = np.flatnonzero(kept)
    before, cosine = store.lists()
    rows = np.full((len(table), before.shape[1]), -1, np.int32)
    values = np.full(rows.shape, np.nan, np.float32)
    values[kept] = cosine[origin[kept]]
    old = before[origin[kept]]
    rows[kept] = np.where(old >= 0, now[old], -1)
    lost = np.zeros(len(table), bool)
    lost[kept] = ((old >= 0) & (rows[kept] < 0)).any(axis=1)
    renew = rows_to_renew(table.matrix, table.known, values[:, -1], np.flatnonzero(~kept), lost)
    found = find_neighbors(table.matrix, table.known, rows.shape[1], asked=renew, on_progress=on_progress)
    if found is None:
        raise StoppedError
    rows[renew], values[renew] = found
    return rows, values
