"""Tables of side features as matrices in the order of the artists: aligned, normalized, absent where there is nothing.

A *block* is the matrix of one table, one row an artist, NaN where the table lacks it. Side by side and standardized,
with a flag for each absent table behind them, blocks are the *inputs* of a projection.

Public: `align`, `check_enough`, `constant_features`, `normalization`, `standardize`, `describe`, `rows_of_keys`,
`FEWEST`, `LARGEST_Z`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import SchemaError
from .artist_keys import match_artists
from .side_features import SideFeatures

LARGEST_Z = 4.0
FEWEST = 20  # artists with features; fewer say nothing


def align(table: SideFeatures, artists: pd.DataFrame) -> np.ndarray:
    """Bring features into the order of the artists table: (n_artists, n_features), NaN where there are none.

    Keys that mean the same artist are averaged.

    Raises
    ------
    SchemaError
        If no key means an artist of the table.
    """
    rows = match_artists(table.keys, artists)
    known = rows >= 0
    if not known.any():
        raise SchemaError(
            f"{table.source}: none of its {len(rows):,} artists is in the artists table; "
            f"use their artist_id or name (the first is {table.keys[0][:80]!r})"
        )
    total, count = np.zeros((len(artists), table.matrix.shape[1])), np.zeros(len(artists))
    np.add.at(total, rows[known], table.matrix[known])
    np.add.at(count, rows[known], 1)
    total[count == 0] = np.nan
    return total / np.maximum(count, 1)[:, None]


def check_enough(usable: np.ndarray) -> None:
    """Raise SchemaError unless as many artists can be learnt from as are needed.

    Parameters
    ----------
    usable : ndarray of shape (n_artists,), bool
    """
    if usable.sum() < FEWEST:
        raise SchemaError(
            f"side features: at least {FEWEST} artists with both a vector and features are needed; got {usable.sum()}"
        )


def constant_features(block: np.ndarray) -> np.ndarray:
    """Tell which features are the same for all artists that have any; such tell nobody from another.

    Parameters
    ----------
    block : ndarray of shape (n_artists, n_features)

    Returns
    -------
    ndarray of shape (n_features,), bool
    """
    rows = block[np.isfinite(block).all(axis=1)]
    return (rows == rows[:1]).all(axis=0)


def normalization(blocks: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Compute mean and deviation of each feature, of all blocks side by side; deviation 1 where there is none."""
    mean = np.concatenate([np.nanmean(_or_zero(block), axis=0) for block in blocks])
    deviation = np.concatenate([np.nanstd(_or_zero(block), axis=0) for block in blocks])
    return mean, np.where(deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300), deviation, 1.0)


def _or_zero(block: np.ndarray) -> np.ndarray:
    """The block, or zeros where no row of it is there at all."""
    return block if np.isfinite(block).all(axis=1).any() else np.zeros_like(block)


def standardize(
    blocks: Sequence[np.ndarray], mean: np.ndarray, deviation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standardize blocks, and set the flags of absence behind them.

    Parameters
    ----------
    blocks : sequence of ndarray of shape (n, n_features of the table)
    mean, deviation : ndarray of shape (n_features,)

    Returns
    -------
    inputs : ndarray of shape (n, n_features + n_tables)
        Absent features are 0, the mean.
    present : ndarray of shape (n, n_tables), bool
    """
    present = np.stack([np.isfinite(block).all(axis=1) for block in blocks], axis=1)
    z = (np.concatenate([np.asarray(block, np.float64) for block in blocks], axis=1) - mean) / deviation
    wide = np.repeat(present, [block.shape[1] for block in blocks], axis=1)
    z = np.where(wide, np.clip(np.where(wide, z, 0.0), -LARGEST_Z, LARGEST_Z), 0.0)
    return np.concatenate([z, ~present], axis=1), present


def describe(features: Sequence[SideFeatures]) -> tuple[dict[str, Any], ...]:
    """Return what a stored projection tells of the tables it was fitted with."""
    return tuple(
        {"source": t.source, "columns": list(t.columns), "model": t.model, "version": t.version}
        for t in features
    )


def rows_of_keys(table: SideFeatures, keys: list[str]) -> np.ndarray:
    """Return the block of a table for the artists that ``keys`` name: NaN for those it lacks."""
    row = {key: place for place, key in enumerate(table.keys)}
    block = np.full((len(keys), table.matrix.shape[1]), np.nan)
    known = [place for place, key in enumerate(keys) if key in row]
    block[known] = table.matrix[[row[keys[place]] for place in known]]
    return block
