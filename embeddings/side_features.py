"""Side features: vectors of artists from elsewhere (sound, topics, anything numeric), read and checked.

A table of side features is Parquet with one artist a row: ``artist_id``, ``name`` or ``artist``, and either a column
``vector`` (lists of numbers, all of one length) or numeric columns. The schema's metadata may name ``model`` and
``version`` of whatever computed them.

Public: `SideFeatures`, `check_side_features`, `read_side_features`, `with_keys`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..core.errors import SchemaError
from ..core.files import read_table
from .artist_keys import KEY_COLUMNS, key_column

LARGEST = 1e30  # of a number: squares and sums of such stay finite


@dataclass(frozen=True, eq=False)
class SideFeatures:
    """Vectors keyed by artist.

    Parameters
    ----------
    source : str
        Name in messages and in the stored model.
    keys : tuple of str
        Ids or names, without repeats.
    matrix : ndarray of shape (n, n_features), float64
        Finite.
    columns : tuple of str
        Names of the features.
    model, version : str
        What computed them; blank if unknown.
    """

    source: str
    keys: tuple[str, ...]
    matrix: np.ndarray
    columns: tuple[str, ...]
    model: str = ""
    version: str = ""


def read_side_features(path: str | Path) -> SideFeatures:
    """Read side features from Parquet.

    Parameters
    ----------
    path : path

    Raises
    ------
    SourceError
        If there is no such file or it is no Parquet.
    SchemaError
        As `check_side_features`.
    """
    table = read_table(path)
    facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()
             if key in (b"model", b"version")}  # fmt: skip
    return check_side_features(table, source=Path(path).name, **facts)


def check_side_features(
    table: pa.Table | pd.DataFrame, *, source: str = "side features", model: str = "", version: str = ""
) -> SideFeatures:
    """Make `SideFeatures` of a table.

    Parameters
    ----------
    table : pyarrow.Table or DataFrame
    source : str
    model, version : str

    Raises
    ------
    SchemaError
        If the artist, or numbers, are missing; a number is not finite or beyond `LARGEST`; vectors differ in length;
        or an artist is there twice.
    """
    frame = table.to_pandas() if isinstance(table, pa.Table) else table
    key = key_column(list(frame.columns), source)
    keys = frame[key]
    if keys.isna().any():
        raise SchemaError(
            f"{source}: row {int(np.argmax(keys.isna())) + 1} has no {key}; leave such rows out"
        )
    keys = keys.astype(str)
    if keys.duplicated().any():
        twice = keys[keys.duplicated()].iloc[0]
        raise SchemaError(
            f"{source}: {twice[:80]!r} is there twice; give one row an artist, such as the mean"
        )
    if not len(frame):
        raise SchemaError(f"{source}: holds no rows; one an artist is needed")
    matrix, columns = _numbers(frame, source)
    wrong = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(wrong):
        raise SchemaError(
            f"{source}: {len(wrong):,} of {len(keys):,} artists, {keys.iloc[wrong[0]][:80]!r} first, have numbers "
            "that are missing or not finite; "
            "leave artists without features out"
        )
    huge = np.flatnonzero((np.abs(matrix) > LARGEST).any(axis=1))
    if len(huge):
        raise SchemaError(
            f"{source}: a number of {keys.iloc[huge[0]][:80]!r} is {np.abs(matrix[huge[0]]).max():.3g}; numbers up to "
            f"{LARGEST:.0e} can be used: give it another unit, or its logarithm"
        )
    return SideFeatures(source, tuple(keys), matrix, columns, model, version)


def with_keys(features: SideFeatures, keys: Sequence[str]) -> SideFeatures:
    """Give the same features under other keys; of several with one key the first is kept.

    Parameters
    ----------
    features : SideFeatures
    keys : sequence of str, one a row
    """
    first = list({key: row for row, key in reversed(list(enumerate(keys)))}.values())[::-1]
    return replace(features, keys=tuple(keys[row] for row in first), matrix=features.matrix[first])


def _numbers(frame: pd.DataFrame, source: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if "vector" in frame.columns:
        vectors = [np.ravel(value) if value is not None else np.empty(0) for value in frame["vector"]]
        lengths = sorted({len(vector) for vector in vectors})
        if len(lengths) != 1 or lengths[0] == 0:
            raise SchemaError(
                f"{source}: the vectors must have one length of at least 1; "
                f"got lengths {', '.join(map(str, lengths[:5]))}"
            )
        try:
            matrix = np.stack(vectors).astype(np.float64)
        except (TypeError, ValueError) as error:
            raise SchemaError(f"{source}: column vector must hold lists of numbers; {error}") from error
        return matrix, tuple(f"vector[{place}]" for place in range(lengths[0]))
    names = [name for name in frame.columns if name not in KEY_COLUMNS
             and pd.api.types.is_numeric_dtype(frame[name])]  # fmt: skip
    if not names:
        raise SchemaError(
            f"{source}: a column vector or numeric columns are needed; got {', '.join(frame.columns)}"
        )
    return frame[names].to_numpy(np.float64, na_value=np.nan), tuple(map(str, names))
