"""Listening histories: who listened to which artists, as a column of the artists table.

A history table has ``user_id`` and either ``artists`` (a list a row) or ``artist_id``, ``name`` or ``artist``
(one listen a row). `join_listeners` gives each artist the list of its listeners; `GroupTokens("listeners")` then
pairs an artist with its listeners, `ArtistPairs("listeners", near=None)` with the other artists of one of them.

Public: `join_listeners`, `LISTENERS`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.errors import SchemaError
from .artist_keys import key_column, match_artists

LISTENERS = "listeners"


def join_listeners(
    artists: pd.DataFrame, histories: pd.DataFrame, *, source: str = "histories"
) -> tuple[pd.DataFrame, int]:
    """Give each artist the users who listened to it.

    Parameters
    ----------
    artists : DataFrame
        artist_id and name; not changed.
    histories : DataFrame
        user_id, and artists (lists) or one of artist_id, name, artist. A repeated listen counts once.
    source : str
        How to call the table in messages.

    Returns
    -------
    joined : DataFrame
        ``artists`` with the column ``listeners``, lists of str in order.
    n_unknown : int
        Listens to artists that the table does not have, or cannot tell apart.

    Raises
    ------
    SchemaError
        If a column is missing, or no listen is of a known artist.
    """
    if "user_id" not in histories.columns:
        raise SchemaError(
            f"{source}: column user_id is missing; got {', '.join(map(str, histories.columns)) or 'no columns'}"
        )
    key = "artists" if "artists" in histories.columns else key_column(list(histories.columns), source)
    listens = histories[["user_id", key]].explode(key, ignore_index=True).dropna()
    rows = match_artists(listens[key].tolist(), artists)
    known = rows >= 0
    if not known.any():
        raise SchemaError(
            f"{source}: none of its {len(rows):,} listens is of an artist in the table; "
            "use the artist_id or the name of the artists table"
        )
    pairs = pd.DataFrame({"row": rows[known], "user": listens["user_id"].astype(str).to_numpy()[known]})
    by_artist = pairs.drop_duplicates().sort_values(["row", "user"]).groupby("row")["user"].agg(list)
    column = pd.Series([[] for _ in range(len(artists))], index=artists.index, dtype=object)
    column.iloc[by_artist.index.to_numpy(dtype=np.int64)] = pd.Series(by_artist.tolist(), dtype=object).array
    return artists.assign(**{LISTENERS: column}), int((~known).sum())
