"""Short sounds of artists, small enough to be put into a page."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SOUND_ENDINGS = {".flac", ".wav", ".ogg", ".mp3", ".aif", ".aiff"}


def artist_sounds(folder: Path, artists: "pd.DataFrame", *, most_mb: float) -> dict[str, bytes] | None:
    """Return the beginning of one sound of each artist as MP3, the most reviewed artists first, up to a size.

    Parameters
    ----------
    folder : path
        With a folder for each artist, named by its id.
    artists : DataFrame
        artist_id and n_reviews.
    most_mb : float
        What all sounds together may weigh; 0 takes none.

    Returns
    -------
    dict of artist_id to bytes, or None
        None where there is no such folder or nothing is wanted. Files that cannot be read are left out.
    """
    if most_mb <= 0 or not folder.is_dir():
        return None
    found: dict[str, bytes] = {}
    weight = 0
    for artist_id in artists.sort_values("n_reviews", ascending=False, kind="stable")["artist_id"].astype(
        str
    ):
        source = _first_sound(folder, artist_id)
        sound = None if source is None else _as_mp3(source)
        if sound is None:
            continue
        weight += len(sound)
        if weight > most_mb * 1e6:
            break
        found[artist_id] = sound
    return found or None


def _first_sound(folder: Path, artist_id: str) -> Path | None:
    own = folder / artist_id
    if own.parent != folder or artist_id in {"", ".", ".."} or not own.is_dir():  # an id may be any text
        return None
    return min((file for file in own.iterdir() if file.suffix.lower() in SOUND_ENDINGS), default=None)


def _as_mp3(source: Path) -> bytes | None:
    from ...core.errors import BandscapeError
    from ...embeddings.audio.players import beginning_as_mp3

    try:
        return beginning_as_mp3(source) or None
    except (BandscapeError, RuntimeError, OSError, ValueError, TypeError):
        return None
