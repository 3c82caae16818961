"""Find the neighbors of everybody in parts that are kept, so that a build which is cut off goes on where it was.

The parts do not depend on how often a build was cut off: the neighbors are the same bytes.

Public: `find_all_neighbors`, `forget`.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...core.checkpoints import Checkpoint, fingerprint
from ...core.progress import Progress, ProgressCallback, report
from .nearest import ASKED_AT_ONCE, find_neighbors

PRODUCTS_OF_A_PART = 4 * 10**9  # some ten seconds


def find_all_neighbors(
    matrix: np.ndarray,
    known: np.ndarray,
    k: int,
    *,
    folder: Path | None = None,
    on_progress: ProgressCallback | None = None,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find the nearest other rows of every row; as `find_neighbors`, but parts found earlier are taken from a folder.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
    known : ndarray of shape (n,), bool
    k : int, >= 1
    folder : path, optional
        Where parts are kept, made when needed; those of other vectors or another ``k`` are not used.
    on_progress : callable, optional
        A true answer stops; the parts that are finished stay.

    Returns
    -------
    (rows, cosine) or None
        As `find_neighbors`.
    """
    n = len(matrix)
    size = max(ASKED_AT_ONCE, PRODUCTS_OF_A_PART // max(n, 1) // ASKED_AT_ONCE * ASKED_AT_ONCE)
    if folder is None or n <= size:
        return find_neighbors(matrix, known, k, on_progress=on_progress)
    rows, cosine = np.full((n, k), -1, np.int32), np.full((n, k), np.nan, np.float32)
    same = fingerprint(matrix, k, size)
    for first in range(0, n, size):
        block = np.arange(first, min(first + size, n))
        kept, mark = Checkpoint(folder / f"{first:010d}.safetensors"), f"{same} {first}"
        found = _load(kept, mark, (len(block), k))
        if found is None:
            found = find_neighbors(matrix, known, k, asked=block, on_progress=_later(on_progress, first, n))
            if found is None:
                return None
            kept.save({"rows": found[0], "cosine": found[1]}, {"mark": mark})
        rows[block], cosine[block] = found
        if report(on_progress, "finding neighbors", int(block[-1]) + 1, n, "artists"):
            return None
    return rows, cosine


def forget(folder: Path | None) -> None:
    """Remove the kept parts."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _load(kept: Checkpoint, mark: str, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    loaded = kept.load()
    if loaded is None or loaded[1] != {"mark": mark}:
        return None
    found = loaded[0].get("rows"), loaded[0].get("cosine")
    if found[0] is None or found[1] is None or not found[0].shape == found[1].shape == shape:
        return None
    return found[0], found[1]


def _later(on_progress: ProgressCallback | None, first: int, n: int) -> ProgressCallback | None:
    """Progress of a part as progress of the whole."""
    if on_progress is None:
        return None
    listener = on_progress

    def told(progress: Progress) -> bool | None:
        return listener(replace(progress, done=first + progress.done, total=n))

    return told
