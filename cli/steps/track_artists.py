"""The artists of the workspace's own tracks, for tables that name tracks."""

from collections.abc import Sequence

from ...core.files import read_table
from ...core.workspace import Workspace
from .audio import TRACKS, artists_of_tracks


def joined_track_artists(workspace: Workspace) -> dict[str, str]:
    """Return the artist id of each track that `audio join` brought in; none where it did not run."""
    if not workspace.has(TRACKS):
        return {}
    table = read_table(workspace.verified(TRACKS))
    if not {"track_id", "artist"} <= set(table.column_names):
        return {}
    named = dict(zip(table["track_id"].to_pylist(), table["artist"].to_pylist(), strict=True))
    return artists_of_tracks(workspace, named)[0]


def tracks_behind(workspace: Workspace, columns: Sequence[str]) -> list[str]:
    """Return the workspace's table of tracks, if a listening table with these columns is read by it."""
    from ...embeddings.histories import TRACKS as OF_TRACKS
    from ...embeddings.histories import listened_column

    by_track = listened_column(columns, "histories") in OF_TRACKS
    return [TRACKS] if by_track and workspace.has(TRACKS) else []
