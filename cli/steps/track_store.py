"""The nearest sounds of every sound, computed once and kept as Arrow files: answers at once and without a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import ChecksumError
from ...core.replacement import replace_directory

if TYPE_CHECKING:
    import numpy as np


TRACK_STORE = "store"
CENTER = "center.json"
KEPT_NEIGHBORS = 50
_AGAIN = "run `bandscape audio content` or `audio join` again as before (nothing is learnt anew)"


def write_track_store(
    folder: Path, ids: Sequence[str], vectors: "np.ndarray", *, k: int = KEPT_NEIGHBORS
) -> None:
    """Write vectors, neighbors and keys of sounds; the folder is replaced as a whole.

    Vectors are taken less their mean, as all of a network's numbers are positive and cosines would all be high; the
    mean stands in ``center.json``.
    """
    from ...core import write_sealed_json
    from ...embeddings import VectorTable, build_store

    center = vectors.mean(axis=0)
    names = [track.rsplit("/", 1)[-1].rsplit(".", 1)[0] for track in ids]
    table = VectorTable(matrix=vectors - center, artist_ids=tuple(ids), names=names)
    with replace_directory(folder) as stage:
        table.save(stage / "vectors.arrow")
        build_store(table, stage, k=k)
        write_sealed_json(stage / CENTER, {"center": center.tolist()})


def read_center(folder: Path) -> "np.ndarray":
    """Return the mean that vectors of a store were taken less of, shape (n_dims,), float32.

    Raises
    ------
    SourceError, ChecksumError
        If it is missing or damaged.
    """
    import numpy as np

    from ...core import read_sealed_json

    stored = read_sealed_json(folder / CENTER, remedy=_AGAIN)
    try:
        return np.array(stored["center"], np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise ChecksumError(f"{folder / CENTER}: damaged; {_AGAIN}") from error
