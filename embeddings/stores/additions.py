"""Artists to be put into a store, read from Parquet.

Columns: ``artist_id``, ``name`` and ``vector`` (lists of numbers of one length), as `artists export` writes them, and,
where there are any, ``genres``, ``mean_score``, ``n_reviews`` and ``years``.

Public: `read_additions`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...core.errors import SchemaError
from ...core.files import read_table
from ..vectors import VectorTable

NEEDED = ("artist_id", "name", "vector")
LISTS = {"genres": pa.list_(pa.string()), "years": pa.list_(pa.int32())}


def read_additions(path: str | Path) -> tuple[VectorTable, list[list[int]]]:
    """Read artists with vectors from Parquet.

    Parameters
    ----------
    path : path

    Returns
    -------
    table : VectorTable
    years : list of list of int

    Raises
    ------
    SourceError
        If there is no such file.
    ChecksumError
        If it is damaged or not Parquet.
    SchemaError
        If a column is missing or holds values of another kind, vectors differ in length or are not finite, or an id is
        there twice.
    """
    table = read_table(path)
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise SchemaError(
            f"{path}: has no column {missing[0]!r}; {', '.join(NEEDED)} are needed, it has {table.column_names}"
        )
    if not len(table):
        raise SchemaError(f"{path}: holds no artists; one a row is needed")
    ids, names = (_texts(table, name, path) for name in NEEDED[:2])
    vectors = VectorTable(
        _matrix(table["vector"], path),
        ids,
        names,
        [genres or () for genres in _optional(table, "genres", LISTS["genres"], path)],
        _optional(table, "mean_score", pa.float64(), path),
        [number or 0 for number in _optional(table, "n_reviews", pa.int32(), path)],
    )
    return vectors, [years or [] for years in _optional(table, "years", LISTS["years"], path)]


def _texts(table: pa.Table, name: str, path: str | Path) -> list[str]:
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)) or column.null_count:
        raise SchemaError(
            f"{path}: column {name} must be text without gaps; got {column.type}, {column.null_count} missing"
        )
    return column.to_pylist()


def _optional(table: pa.Table, name: str, kind: pa.DataType, path: str | Path) -> list[Any]:
    if name not in table.column_names:
        return [None] * len(table)
    try:
        return table[name].cast(kind).to_pylist()
    except pa.ArrowException as error:
        raise SchemaError(f"{path}: column {name} must be {kind}; got {table[name].type}") from error


def _matrix(column: pa.ChunkedArray, path: str | Path) -> np.ndarray:
    try:
        lists = column.cast(pa.list_(pa.float64())).combine_chunks()
    except (pa.ArrowException, NotImplementedError) as error:
        raise SchemaError(f"{path}: column vector must hold lists of numbers; got {column.type}") from error
    lengths = set(np.diff(lists.offsets.to_numpy()).tolist())
    if lists.null_count or lists.flatten().null_count or len(lengths) != 1 or lengths == {0}:
        raise SchemaError(
            f"{path}: vectors must have one length of at least 1, without gaps; got {sorted(lengths)[:5]}"
        )
    matrix = lists.flatten().to_numpy().reshape(len(lists), -1)
    if not np.isfinite(matrix).all():
        raise SchemaError(f"{path}: every number of a vector must be finite; got NaN or infinity")
    return matrix
