"""Layouts in Parquet files. Public functions: :func:`write_layout`, :func:`read_layout`."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..core.errors import ParameterError, SchemaError
from ..core.files import read_table, write_table
from .layout import Layout

_METADATA_KEY = b"bandscape.layout"
_ID_COLUMNS = ("artist_id", "track")


def write_layout(
    path: str | Path, layout: Layout, artist_ids: Sequence[str], *, id_column: str = "artist_id"
) -> None:
    """Store a layout as a Parquet table: ids, x, y, neighbor_kept; the rest as metadata of the file.

    Parameters
    ----------
    path : path
        Its folder must exist.
    layout : Layout
    artist_ids : sequence of str, length n_points
        Row by row with the coordinates.
    id_column : {"artist_id", "track"}
        What the column of ids is called: what the points are.

    Raises
    ------
    ParameterError
        If there is not exactly one id a point, or ``id_column`` is another name.
    """
    if id_column not in _ID_COLUMNS:
        raise ParameterError(f"id_column must be one of {', '.join(_ID_COLUMNS)}; got {id_column!r}")
    if len(artist_ids) != len(layout):
        raise ParameterError(
            f"artist_ids must have one entry per point; got {len(artist_ids)} for {len(layout)} points"
        )
    columns = {
        id_column: pa.array([str(one) for one in artist_ids], pa.string()),
        "x": pa.array(layout.coordinates[:, 0]),
        "y": pa.array(layout.coordinates[:, 1]),
        "neighbor_kept": pa.array(layout.neighbor_kept),
    }
    trust = None if math.isnan(layout.trustworthiness) else layout.trustworthiness
    facts = {"method": layout.method, "perplexity": layout.perplexity, "seed": layout.seed}
    facts |= {"metric": layout.metric, "trustworthiness": trust}
    write_table(path, pa.table(columns).replace_schema_metadata({_METADATA_KEY: json.dumps(facts).encode()}))


def read_layout(path: str | Path) -> tuple[Layout, list[str]]:
    """Read what :func:`write_layout` stored.

    Parameters
    ----------
    path : path

    Returns
    -------
    layout : Layout
    artist_ids : list of str
        Of the artists, or of the tracks.

    Raises
    ------
    SourceError, ChecksumError
        If the file is missing or damaged.
    SchemaError
        If it is another kind of table.
    """
    table = read_table(path)
    facts = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    ids = next((name for name in _ID_COLUMNS if name in table.column_names), None)
    missing = [name for name in ("x", "y", "neighbor_kept") if name not in table.column_names]
    if ids is None or missing or "method" not in facts:
        raise SchemaError(f"{path} is not a stored layout; make one with write_layout or `bandscape map`")
    x, y, kept = (table.column(name).to_numpy().astype(np.float32) for name in ("x", "y", "neighbor_kept"))
    trust = float("nan") if facts["trustworthiness"] is None else float(facts["trustworthiness"])
    coordinates = np.column_stack([x, y])
    layout = Layout(
        coordinates, facts["method"], facts["perplexity"], int(facts["seed"]), facts["metric"], trust, kept
    )
    return layout, table.column(ids).to_pylist()
