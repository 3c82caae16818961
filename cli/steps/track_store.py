"""The nearest sounds of every sound, computed once and kept as Arrow files: answers at once and without a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.replacement import replace_directory

if TYPE_CHECKING:
    import numpy as np


TRACK_STORE = "store"
KEPT_NEIGHBORS = 50


def write_track_store(
    folder: Path, ids: Sequence[str], vectors: "np.ndarray", *, k: int = KEPT_NEIGHBORS
) -> None:
    """Write vectors, neighbors and keys of sounds; the folder is replaced as a whole.

    Vectors are taken less their mean, as all of a network's numbers are positive and cosines would all be high; the
    mean stands in ``center.json``.
    """
    from ...core.files import write_json
    from ...embeddings import VectorTable, build_store

    center = vectors.mean(axis=0)
    names = [track.rsplit("/", 1)[-1].rsplit(".", 1)[0] for track in ids]
    table = VectorTable(matrix=vectors - center, artist_ids=tuple(ids), names=names)
    with replace_directory(folder) as stage:
        table.save(stage / "vectors.arrow")
        build_store(table, stage, k=k)
        write_json(stage / "center.json", {"center": center.tolist()})
