"""What a workspace knows of the sounds of its artists, as labels to learn: genres, score, texts, vectors."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import SourceError
from ...core.files import read_table
from ...core.workspace import Workspace
from .artists import load_vectors
from .audio import artist_ids_of
from .content_factors import FACTORS
from .content_labels import LabelTable
from .paths import ARTISTS, REVIEWS, VECTORS

if TYPE_CHECKING:
    pass

_MOST_REVIEWS = 3  # of an artist, whose texts are put together


def workspace_labels(root: Path, folder: Path) -> LabelTable:
    """Return what the workspace says of the artists of the sounds below a folder: values by track, for each label.

    Parameters
    ----------
    root : path
    folder : path
        With a folder for each artist, by id or name, or with tags.

    Returns
    -------
    LabelTable
        artist, genre (tags), score, year, text (reviews); ``factors``, the vectors of artists, where they are fitted.

    Raises
    ------
    SourceError, WorkspaceError
        If there is no workspace, or no sound belongs to one of its artists.
    """
    workspace = Workspace(root)
    artist_of = artist_ids_of(workspace, folder)
    if not artist_of:
        raise SourceError(
            f"{folder}: no sound belongs to an artist of {root}; name the folders after artists"
        )
    frame = read_table(workspace.verified(ARTISTS)).to_pandas().set_index("artist_id")
    columns: dict[str, dict[str, Any]] = {"artist": dict(artist_of)}
    tags = {
        one: "|".join(genre for genre in row if isinstance(genre, str))
        for one, row in frame["genres"].items()
    }
    columns["genre"] = _of_artists(artist_of, {one: joined for one, joined in tags.items() if joined})
    scores = frame["mean_score"].dropna()
    columns["score"] = _of_artists(artist_of, {one: f"{value:.3f}" for one, value in scores.items()})
    if "years" in frame:
        middle = {one: str(sorted(row)[len(row) // 2]) for one, row in frame["years"].items() if len(row)}
        columns["year"] = _of_artists(artist_of, middle)
    columns["text"] = _of_artists(artist_of, _texts(workspace))
    if workspace.has(VECTORS):
        table = load_vectors(workspace)
        known = {one: row for one, row, is_known in zip(table.artist_ids, table.matrix, table.known, strict=True)
                 if is_known}  # fmt: skip
        columns[FACTORS] = _of_artists(artist_of, known)
    return LabelTable(str(root), {name: column for name, column in columns.items() if column})


def _of_artists(artist_of: dict[str, str], values: dict[Any, Any]) -> dict[str, Any]:
    return {track: values[artist] for track, artist in artist_of.items() if artist in values}


def _texts(workspace: Workspace) -> dict[str, str]:
    """Return the first reviews of each artist, put together."""
    rows = read_table(workspace.verified(REVIEWS), ["artist_ids", "text"]).to_pandas()
    found: dict[str, list[str]] = {}
    for artists, text in zip(rows["artist_ids"], rows["text"], strict=True):
        for artist in artists if isinstance(text, str) else ():
            found.setdefault(artist, []).append(text)
    return {artist: "\n".join(texts[:_MOST_REVIEWS]) for artist, texts in found.items()}
