"""Cells of an artists table as lists: who belongs to which group, and which numbers an artist has.

A cell holds a list, a single value or a null. Public: `memberships`, `numbers`, `as_floats`, `as_list`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import SchemaError


def memberships(column: pd.Series) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """List who belongs to which group, each pair once.

    Parameters
    ----------
    column : Series
        Lists (or arrays) of values, or single values; nulls and blank strings are skipped.

    Returns
    -------
    rows, codes : ndarray, int64
        Row of the artist and number of the group.
    names : list of str
        Names of the groups, sorted.
    """
    lists = [as_list(value) for value in column]
    rows = np.repeat(np.arange(len(lists)), [len(values) for values in lists])
    flat = pd.Series([value for values in lists for value in values], dtype=object)
    text = flat.map(lambda value: "" if pd.isna(value) else str(value).strip())
    present = (text != "").to_numpy(dtype=bool)
    codes, names = pd.factorize(text[present].to_numpy(dtype=object), sort=True)
    pairs = np.unique(np.stack([rows[present], codes], axis=1).astype(np.int64), axis=0)
    return pairs[:, 0], pairs[:, 1], [str(name) for name in names]


def numbers(column: pd.Series, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and finite values of a column of numbers or of lists of numbers."""
    lists = [as_list(value) for value in column]
    rows = np.repeat(np.arange(len(lists)), [len(values) for values in lists])
    values = as_floats([value for values in lists for value in values], name)
    finite = np.isfinite(values)
    return rows[finite], values[finite]


def as_floats(values: Any, name: str) -> np.ndarray:
    """Values as float64, nulls as NaN; refuse what is no number, naming the column."""
    try:
        return pd.to_numeric(pd.Series(values, dtype=object)).to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"artists: column {name} must hold numbers; {error}") from error


def as_list(value: Any) -> Sequence[Any] | np.ndarray:
    """A cell as a list: itself, its single value, or empty for a null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return value
    return () if value is None or value is pd.NA or value != value else (value,)
