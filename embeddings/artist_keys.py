"""Which artist a row of somebody else's table means: by id where it has one, by name otherwise.

Public: `match_artists`, `key_column`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..core.errors import SchemaError
from ..core.names import lookup_keys

KEY_COLUMNS = ("artist_id", "name", "artist")
NOBODY = -1


def key_column(columns: Sequence[str], source: str) -> str:
    """Find the column that names the artist: artist_id, name or artist, the first that is there.

    Raises
    ------
    SchemaError
        If there is none.
    """
    for name in KEY_COLUMNS:
        if name in columns:
            return name
    raise SchemaError(
        f"{source}: one of the columns {', '.join(KEY_COLUMNS)} is needed to tell whose row it is; "
        f"got {', '.join(map(str, columns)) or 'no columns'}"
    )


def match_artists(keys: Sequence[object], artists: pd.DataFrame) -> np.ndarray:
    """Find the row of each key in the artists table: an exact id first, then a forgiving name.

    Parameters
    ----------
    keys : sequence of str or null, length n
        Ids or names; case, accents, punctuation and a leading "the" do not matter for names.
    artists : DataFrame
        artist_id and name.

    Returns
    -------
    ndarray of shape (n,), int64
        Rows; -1 where nobody, or more than one artist equally, is meant.
    """
    by_id = {str(artist_id): row for row, artist_id in enumerate(artists["artist_id"])}
    by_name: dict[str, int] = {}
    for row, name in enumerate(artists["name"]):
        for key in lookup_keys("" if pd.isna(name) else str(name)):
            by_name[key] = row if by_name.get(key, row) == row else NOBODY
    found = {key: _find(key, by_id, by_name) for key in set(keys) if isinstance(key, str)}
    return np.array([found.get(key, NOBODY) if isinstance(key, str) else NOBODY for key in keys], np.int64)


def _find(key: str, by_id: dict[str, int], by_name: dict[str, int]) -> int:
    if key in by_id:
        return by_id[key]
    for level in lookup_keys(key):
        if by_name.get(level, NOBODY) != NOBODY:
            return by_name[level]
    return NOBODY
