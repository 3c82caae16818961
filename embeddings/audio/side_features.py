"""One vector an artist out of vectors of tracks: our own features, or those of any other model.

Public names: :class:`SideTable`, :func:`whiten`, :func:`average_by_artist`, :func:`read_foreign_vectors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...core.errors import ParameterError, SchemaError
from ...core.files import read_table

_KEPT_VARIANCE = 1e-3  # directions with less of the strongest one's variance are noise, and left out


@dataclass(frozen=True, eq=False)
class SideTable:
    """Vectors by artist.

    Parameters
    ----------
    artist_ids : list of str
        Sorted.
    vectors : ndarray of shape (n_artists, n_dims), float32
    n_tracks : ndarray of shape (n_artists,), int
        Tracks behind each vector.
    about : dict
        ``model``, ``version``, ``sample_rate_hz`` of what made the vectors.
    """

    artist_ids: list[str]
    vectors: NDArray[np.float32]
    n_tracks: NDArray[np.int64]
    about: dict[str, Any]

    def as_table(self) -> pa.Table:
        """Return artist_id, vector, n_tracks, model, version, sample_rate_hz; ``about`` also as metadata."""
        count = len(self.artist_ids)
        facts = {key: str(value) for key, value in self.about.items()}
        columns = {
            "artist_id": pa.array(self.artist_ids, pa.string()),
            "vector": pa.array(list(self.vectors), pa.list_(pa.float32())),
            "n_tracks": pa.array(self.n_tracks, pa.int64()),
            "model": pa.array([self.about["model"]] * count, pa.string()),
            "version": pa.array([self.about["version"]] * count, pa.string()),
            "sample_rate_hz": pa.array([self.about["sample_rate_hz"]] * count, pa.int64()),
        }
        return pa.table(columns).replace_schema_metadata(facts)


def whiten(rows: NDArray[np.floating], *, n_dims: int = 32) -> NDArray[np.float32]:
    """Standardize the columns and rotate to principal directions of unit variance, strongest first.

    Parameters
    ----------
    rows : ndarray of shape (n, n_features)
    n_dims : int
        Directions kept at most; those with less than a thousandth of the strongest variance are left out.

    Returns
    -------
    ndarray of shape (n, at most n_dims), float32
        One column of zeros where all rows are equal. Signs are fixed; the bytes depend on the rows alone.
    """
    values = np.asarray(rows, np.float64)
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf)
    if not standard.any():
        return np.zeros((len(values), 1), np.float32)
    with threadpool_limits(1, user_api="blas"):
        u, strength, axes = np.linalg.svd(standard, full_matrices=False)
    kept = np.flatnonzero(strength**2 > _KEPT_VARIANCE * strength[0] ** 2)[:n_dims]
    signs = np.sign(axes[kept, np.abs(axes[kept]).argmax(axis=1)])
    return (u[:, kept] * signs * np.sqrt(len(values))).astype(np.float32)


def average_by_artist(
    track_ids: Sequence[str],
    vectors: NDArray[np.floating],
    artist_of: Mapping[str, str],
    *,
    about: Mapping[str, Any],
) -> SideTable:
    """Average the vectors of each artist's tracks.

    Parameters
    ----------
    track_ids : sequence of str
    vectors : ndarray of shape (n_tracks, n_dims)
    artist_of : mapping of track id to artist id
        Tracks that are not in it are left out.
    about : mapping
        ``model``, ``version``, ``sample_rate_hz``.

    Returns
    -------
    SideTable

    Raises
    ------
    ParameterError
        If no track has an artist.
    """
    rows: dict[str, list[int]] = {}
    for row, track in enumerate(track_ids):
        if track in artist_of:
            rows.setdefault(artist_of[track], []).append(row)
    if not rows:
        raise ParameterError(f"none of the {len(track_ids):,} tracks belongs to an artist of the workspace")
    artists = sorted(rows)
    means = np.stack([np.asarray(vectors, np.float64)[rows[one]].mean(axis=0) for one in artists])
    counts = np.array([len(rows[one]) for one in artists], np.int64)
    return SideTable(artists, means.astype(np.float32), counts, dict(about))


def read_foreign_vectors(path: str | Path) -> tuple[list[str], NDArray[np.float32], dict[str, Any]]:
    """Read vectors that another model made of sounds.

    Parameters
    ----------
    path : path
        Parquet with ``id`` (a track's path below the folder of sounds, or an artist id), ``vector`` (lists of
        numbers, all of one length), ``model``, ``version`` and ``sample_rate_hz`` (or ``rate``), each the same in
        all rows: vectors of two models cannot be compared.

    Returns
    -------
    ids : list of str
    vectors : ndarray of shape (n, n_dims), float32
    about : dict
        ``model``, ``version``, ``sample_rate_hz``.

    Raises
    ------
    SourceError, ChecksumError
        If the file is missing or damaged.
    SchemaError
        If a column is missing, an id is missing or repeated, lengths differ, a number is not finite, or two
        models, versions or rates are mixed.
    """
    table = read_table(path)
    if "rate" in table.column_names and "sample_rate_hz" not in table.column_names:
        table = table.rename_columns(["sample_rate_hz" if n == "rate" else n for n in table.column_names])
    missing = [
        n for n in ("id", "vector", "model", "version", "sample_rate_hz") if n not in table.column_names
    ]
    if missing:
        raise SchemaError(f"{path}: lacks the column {missing[0]!r}; has {', '.join(table.column_names)}")
    if not table.num_rows:
        raise SchemaError(f"{path}: has no rows")
    about = {name: _only_value(table, name, path) for name in ("model", "version", "sample_rate_hz")}
    ids = table["id"].to_pylist()
    if None in ids:
        raise SchemaError(f"{path}: row {ids.index(None)} has no id")
    if len(set(ids)) < len(ids):
        raise SchemaError(f"{path}: id {next(i for i in ids if ids.count(i) > 1)!r} is there twice")
    return [str(one) for one in ids], _matrix(table, path), about


def _only_value(table: pa.Table, column: str, path: str | Path) -> Any:
    values = table[column].unique().to_pylist()
    if len(values) != 1 or values[0] is None:
        shown = ", ".join(repr(value) for value in values[:3])
        raise SchemaError(f"{path}: column {column!r} must hold one value in all rows; holds {shown}")
    return values[0]


def _matrix(table: pa.Table, path: str | Path) -> NDArray[np.float32]:
    rows = table["vector"].to_pylist()
    lengths = {len(row) if row is not None else 0 for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise SchemaError(f"{path}: vectors must have one length >= 1; they have {sorted(lengths)[:4]}")
    try:
        matrix = np.array(rows, np.float32)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"{path}: column 'vector' must hold lists of numbers") from error
    bad = ~np.isfinite(matrix).all(axis=1)
    if bad.any():
        raise SchemaError(f"{path}: the vector of {table['id'][int(bad.argmax())].as_py()!r} is not finite")
    return matrix
