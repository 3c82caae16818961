"""The map of a workspace's own sounds, out of what `audio join` and `run --audio` keep of them. Nothing is written."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...core.errors import WorkspaceError
from ...core.files import read_table
from ...core.workspace import Workspace
from ..console import as_word
from .audio import TRACK_FEATURES, TRACKS, artists_of_tracks
from .paths import ARTISTS

if TYPE_CHECKING:
    import pandas as pd

    from ...viz import SoundMap

MOST_SOUNDS = 20_000
_NEAR, _DIMS = 8, 32


def mapped_sounds(workspace: Workspace) -> int:
    """Count the sounds that can stand on the map; 0 where their features were never computed."""
    if not (workspace.has(TRACKS) and workspace.has(TRACK_FEATURES)):
        return 0
    return min(read_table(workspace.verified(TRACKS), ["track_id"]).num_rows, MOST_SOUNDS)


def draw_workspace_sounds(
    workspace: Workspace, addresses: Mapping[str, str], *, title: str = "Sounds", random_state: int = 0
) -> "SoundMap":
    """Make the map of the sounds of a workspace.

    Parameters
    ----------
    workspace : Workspace
    addresses : mapping of track_id to str
        Where each sound is to be had.
    title : str
    random_state : int

    Returns
    -------
    SoundMap
        Of the sounds of the most reviewed artists first, at most :data:`MOST_SOUNDS`.

    Raises
    ------
    WorkspaceError
        If there are no features of sounds.
    """
    import numpy as np

    from ...embeddings.audio import whiten
    from ...viz import lay_out, sound_map
    from ...viz.neighbors import exact_neighbors

    if not mapped_sounds(workspace):
        raise WorkspaceError(
            f"{workspace.root}: has no features of sounds; run `bandscape audio join {as_word(workspace.root)}`"
        )
    table, vectors = _sounds(workspace), read_table(workspace.verified(TRACK_FEATURES))
    row_of = {one: row for row, one in enumerate(vectors["track_id"].to_pylist())}
    flat = vectors["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    features = flat.reshape(len(row_of), -1)[[row_of[one] for one in table["track_id"]]]
    rows = whiten(features, n_dims=_DIMS).astype(np.float64)
    layout = lay_out(rows, metric="euclidean", random_state=random_state)
    count = min(_NEAR, len(rows) - 1)
    near = exact_neighbors(rows, count)[0] if count else np.empty((len(rows), 0), np.int64)
    return sound_map(
        table, layout, near, addresses=addresses, title=title, features="log-mel and MFCC statistics"
    )


def _sounds(workspace: Workspace) -> "pd.DataFrame":
    """Return track_id, name, genre, artist and duration_s, the most reviewed artists first."""
    artists = read_table(workspace.verified(ARTISTS), ["artist_id", "name", "genres", "n_reviews"])
    by_id = {row["artist_id"]: row for row in artists.to_pylist()}
    table = read_table(workspace.verified(TRACKS)).to_pandas()
    found, _ = artists_of_tracks(workspace, dict(zip(table["track_id"], table["artist"], strict=True)))
    owners = [by_id.get(found.get(one, "")) for one in table["track_id"]]
    table["genre"] = [own["genres"][0] if own and own["genres"] else None for own in owners]
    table["n_reviews"] = [own["n_reviews"] if own else -1 for own in owners]
    table["artist"] = [own["name"] if own else None for own in owners]
    names = zip(table["track_id"], table["artist"], strict=True)
    table["name"] = [f"{artist}: {one.rsplit('/', 1)[-1]}" if artist else one for one, artist in names]
    order = table.sort_values(["n_reviews", "track_id"], ascending=[False, True], kind="stable")
    kept = ["track_id", "name", "genre", "artist", "duration_s"]
    return order[kept].head(MOST_SOUNDS).reset_index(drop=True)
