"""Listening histories: who listened to which artists, as a column of the artists table.

A history table has ``user_id`` and either ``artists``, ``artist_ids`` or ``tracks`` (a list a row), or ``artist_id``,
``name``, ``artist`` or ``track`` (one listen a row). A track counts as a listen to its artist: it is one of a table of
tracks, or is written "Artist - Title". `join_listeners` gives each artist the list of its listeners;
`GroupTokens("listeners")` then pairs an artist with its listeners, `ArtistPairs("listeners", near=None)` with the other
artists of one of them.

Public: `join_listeners`, `find_listens`, `listened_column`, `LISTENERS`, `TRACKS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..core.errors import SchemaError
from .artist_keys import KEY_COLUMNS, NOBODY, match_artists

LISTENERS = "listeners"
LISTS = ("artists", "artist_ids", "tracks")  # columns of lists
TRACKS = ("tracks", "track")  # columns of what was listened to, where that is no artist
_DASH = re.compile(r"\s+[-–—]\s+")


def join_listeners(
    artists: pd.DataFrame,
    histories: pd.DataFrame,
    *,
    source: str = "histories",
    tracks: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, int]:
    """Give each artist the users who listened to it.

    Parameters
    ----------
    artists : DataFrame
        artist_id and name; not changed.
    histories : DataFrame
        user_id, and artists, artist_ids or tracks (lists) or one of artist_id, name, artist, track. A repeated listen
        counts once.
    source : str
        How to call the table in messages.
    tracks : mapping of str to str, optional
        Artist, by id or name, of each track; others are read as "Artist - Title".

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
    pairs, n_unknown = find_listens(artists, histories, source=source, tracks=tracks)
    by_artist = pairs.sort_values(["row", "user"]).groupby("row")["user"].agg(list)
    column = pd.Series([[] for _ in range(len(artists))], index=artists.index, dtype=object)
    column.iloc[by_artist.index.to_numpy(dtype=np.int64)] = pd.Series(by_artist.tolist(), dtype=object).array
    return artists.assign(**{LISTENERS: column}), n_unknown


def find_listens(
    artists: pd.DataFrame,
    histories: pd.DataFrame,
    *,
    source: str = "histories",
    tracks: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, int]:
    """Tell who listened to whom, as rows of the artists table.

    Parameters
    ----------
    artists, histories, source, tracks
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
    key = listened_column(list(map(str, histories.columns)), source)
    listens = histories[["user_id", key]].explode(key, ignore_index=True).dropna()
    heard = [str(one) for one in listens[key]]
    rows = _match_tracks(heard, artists, tracks or {}) if key in TRACKS else match_artists(heard, artists)
    known = rows >= 0
    if not known.any():
        remedy = (
            'write tracks as "Artist - Title", or name their artists in a column artist'
            if key in TRACKS
            else "use the artist_id or the name of the artists table"
        )
        raise SchemaError(
            f"{source}: none of its {len(rows):,} listens is of an artist in the table; {remedy}"
        )
    pairs = pd.DataFrame({"row": rows[known], "user": listens["user_id"].astype(str).to_numpy()[known]})
    return pairs.drop_duplicates(ignore_index=True), int((~known).sum())


def listened_column(columns: Sequence[str], source: str) -> str:
    """Find the column that says what was listened to: lists first, artists before tracks.

    Raises
    ------
    SchemaError
        If there is none.
    """
    for name in (*LISTS[:-1], *KEY_COLUMNS, *TRACKS):
        if name in columns:
            return name
    raise SchemaError(
        f"{source}: a column {', '.join(LISTS)} (lists), or {', '.join(KEY_COLUMNS)} or track (one listen a row) is "
        f"needed to tell what was listened to; got {', '.join(columns) or 'no columns'}"
    )


def _match_tracks(heard: Sequence[str], artists: pd.DataFrame, tracks: Mapping[str, str]) -> np.ndarray:
    """Find the row of each track's artist; -1 where nobody is known to be it."""
    called = {track: _may_be_artists(track, tracks) for track in dict.fromkeys(heard)}
    names = list(dict.fromkeys(name for one in called.values() for name in one))
    row_of = dict(zip(names, match_artists(names, artists).tolist(), strict=True))
    found = {
        track: next((row_of[name] for name in one if row_of[name] != NOBODY), NOBODY)
        for track, one in called.items()
    }
    return np.array([found[track] for track in heard], np.int64)


def _may_be_artists(track: str, tracks: Mapping[str, str]) -> list[str]:
    """Names that may be the artist of a track: the one told, or what stands before a dash, the first dash first."""
    told = tracks.get(track)
    return [told] if told else [track[: dash.start()] for dash in _DASH.finditer(track)]
