"""Listening histories: who listened to which artists, as a column of the artists table.

A history table has ``user_id`` and either ``artists`` or ``artist_ids`` (a list a row), or ``artist_id``, ``name`` or
``artist`` (one listen a row). `join_listeners` gives each artist the list of its listeners;
`GroupTokens("listeners")` then pairs an artist with its listeners, `ArtistPairs("listeners", near=None)` with the other
artists of one of them.

Public: `join_listeners`, `find_listens`, `LISTENERS`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.errors import SchemaError
from .artist_keys import key_column, match_artists

LISTENERS = "listeners"
LISTS = ("artists", "artist_ids")  # columns of lists


def join_listeners(
    artists: pd.DataFrame, histories: pd.DataFrame, *, source: str = "histories"
) -> tuple[pd.DataFrame, int]:
    """Give each artist the users who listened to it.

    Parameters
    ----------
    artists : DataFrame
        artist_id and name; not changed.
    histories : DataFrame
        user_id, and artists or artist_ids (lists) or one of artist_id, name, artist. A repeated listen counts once.
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
    pairs, n_unknown = find_listens(artists, histories, source=source)
    by_artist = pairs.sort_values(["row", "user"]).groupby("row")["user"].agg(list)
    column = pd.Series([[] for _ in range(len(artists))], index=artists.index, dtype=object)
    column.iloc[by_artist.index.to_numpy(dtype=np.int64)] = pd.Series(by_artist.tolist(), dtype=object).array
    return artists.assign(**{LISTENERS: column}), n_unknown


def find_listens(
    artists: pd.DataFrame, histories: pd.DataFrame, *, source: str = "histories"
) -> tuple[pd.DataFrame, int]:
    """Tell who listened to whom, as rows of the artists table.

    Parameters
    ----------
    artists, histories, source
        As `join_listeners`.

    Returns
    -------
    pairs : DataFrame
        ``row`` (int) and ``user`` (str), each pair once.
    n_unknown : int
        Listens to artists that the table does not have, or cannot tell apart.

    Raises
    ------
    SchemaError
        As `join_listeners`.
    """
    if "user_id" not in histories.columns:
        raise SchemaError(
            f"{source}: column user_id is missing; got {', '.join(map(str, histories.columns)) or 'no columns'}"
        )
    lists = next((name for name in LISTS if name in histories.columns), None)
    key = lists or key_column(list(histories.columns), source)
    listens = histories[["user_id", key]].explode(key, ignore_index=True).dropna()
    rows = match_artists([str(one) for one in listens[key]], artists)
    known = rows >= 0
    if not known.any():
        raise SchemaError(
            f"{source}: none of its {len(rows):,} listens is of an artist in the table; "
            "use the artist_id or the name of the artists table"
        )
    pairs = pd.DataFrame({"row": rows[known], "user": listens["user_id"].astype(str).to_numpy()[known]})
    return pairs.drop_duplicates(ignore_index=True), int((~known).sum())
