"""The files of an Arrow store, and how they are made of a table of vectors.

Four files, row by row the same artists (without the last, search is slower):

- ``vectors.arrow``: what `VectorTable.save` writes;
- ``neighbours.arrow``: ``neighbors`` (fixed list of int32 rows, nearest first, -1 where there are fewer), ``cosine``
  (fixed list of float32), ``years`` (list of int32);
- ``keys.arrow``: ``hash`` (uint64, sorted) and ``row`` (int32), an entry for each way to spell each name and id;
- ``codes.arrow``: the vectors in bytes, with ``scale`` and ``error`` (`coarse_search`).

Public: `build_store`, `write_lists`, `write_keys`, `write_codes`, `FILES`, `CODES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from ...core.errors import ParameterError
from ...core.files import write_arrow
from ...core.progress import ProgressCallback
from ..coarse_search import Codes, encode_rows
from ..vectors import VectorTable
from .kept_neighbors import find_all_neighbors, forget
from .name_keys import keys_of

FILES = ("vectors.arrow", "neighbours.arrow", "keys.arrow")
CODES = "codes.arrow"


def build_store(
    table: VectorTable,
    directory: str | Path,
    *,
    years: Sequence[Sequence[int]] | None = None,
    k: int = 50,
    parts: str | Path | None = None,
    on_progress: ProgressCallback | None = None,
) -> bool:
    """Write ``neighbours.arrow``, ``keys.arrow`` and ``codes.arrow`` beside a table's ``vectors.arrow``.

    Parameters
    ----------
    table : VectorTable
    directory : path
        Must exist.
    years : sequence of sequence of int, optional
        Years of each artist.
    k : int, >= 1
        Neighbors kept of each artist.
    parts : path, optional
        Folder in which a build that is cut off keeps what it has found, to go on with next time; removed at the end.
    on_progress : callable, optional
        A true answer stops; nothing is written then.

    Returns
    -------
    bool
        Whether it was finished.

    Notes
    -----
    Time O(n^2 dim); memory O(n k) and one block of cosines.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ParameterError(f"k must be an int >= 1; got {k!r}")
    kept = None if parts is None else Path(parts)
    found = find_all_neighbors(table.matrix, table.known, k, folder=kept, on_progress=on_progress)
    if found is None:
        return False
    folder = Path(directory)
    write_lists(folder / FILES[1], *found, years if years is not None else [[]] * len(table))
    write_keys(folder / FILES[2], table.artist_ids, table.names)
    write_codes(folder / CODES, encode_rows(table.matrix))
    forget(kept)
    return True


def write_lists(path: Path, rows: np.ndarray, cosine: np.ndarray, years: Sequence[Sequence[int]]) -> None:
    """Write ``neighbours.arrow``: neighbors and cosines of shape (n, k), and the years of each artist."""
    k = rows.shape[1]
    listed = [[int(year) for year in one] for one in years]
    write_arrow(
        path,
        pa.table(
            {
                "neighbors": pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), k),
                "cosine": pa.FixedSizeListArray.from_arrays(pa.array(cosine.reshape(-1)), k),
                "years": pa.array(listed, pa.list_(pa.int32())),
            }
        ),
    )


def write_keys(path: Path, ids: Sequence[str], names: Sequence[str]) -> None:
    """Write ``keys.arrow``: every way to spell an artist, sorted by its hash."""
    hashes, rows = [], []
    for row, (artist_id, name) in enumerate(zip(ids, names, strict=True)):
        keys = keys_of(artist_id, name)
        hashes.extend(keys)
        rows.extend([row] * len(keys))
    values, owners = np.array(hashes, dtype=np.uint64), np.array(rows, dtype=np.int32)
    order = np.lexsort((owners, values))
    write_arrow(path, pa.table({"hash": values[order], "row": owners[order]}))


def write_codes(path: Path, codes: Codes) -> None:
    """Write coded vectors as an Arrow file."""
    flat = pa.array(codes.values.reshape(-1))
    values = pa.FixedSizeListArray.from_arrays(flat, codes.values.shape[1])
    write_arrow(path, pa.table({"code": values, "scale": codes.scale, "error": codes.error}))
