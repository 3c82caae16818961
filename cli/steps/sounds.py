"""The sounds of artists: where they lie, and the beginning of some, small enough to be put into a page."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...core.errors import SourceError
from ...core.files import read_table
from ...core.workspace import Workspace
from .paths import ARTISTS
from .track_artists import joined_track_artists

SOUND_ENDINGS = {".flac", ".wav", ".ogg", ".mp3", ".aif", ".aiff"}


def sound_folder(workspace: Workspace, folder: Path | None = None) -> Path:
    """Return the folder of sounds: the given one, else the workspace's own, which may not be there.

    Raises
    ------
    SourceError
        If the given one is no folder.
    """
    if folder is not None and not folder.is_dir():
        raise SourceError(f"--audio must be a folder of sound files; {folder} is none")
    return folder or workspace.root / "audio"


def sounds_of_artists(workspace: Workspace, folder: Path) -> dict[str, list[Path]]:
    """Return the sound files of each artist below a folder, in the order of their names.

    An artist has those in the folder that is called by its id; one without such a folder those that `audio join` found
    to be its own, by tag or name.
    """
    if not folder.is_dir():
        return {}
    ids = set(map(str, read_table(workspace.verified(ARTISTS), ["artist_id"])["artist_id"].to_pylist()))
    own = {one.name: one for one in folder.iterdir() if one.name in ids and one.is_dir()}
    found = {name: sorted(file for file in home.iterdir() if _is_sound(file)) for name, home in own.items()}
    for artist_id, tracks in _joined_tracks(workspace).items():
        if artist_id not in own:
            inside = (folder / track for track in tracks)
            found[artist_id] = sorted(file for file in inside if _is_sound(file) and _is_below(file, folder))
    return {artist_id: files for artist_id, files in found.items() if files}


def artist_sounds(
    sounds: Mapping[str, Sequence[Path]], wanted: Iterable[str], *, most_mb: float
) -> dict[str, bytes] | None:
    """Return the beginning of one sound of each artist as MP3, in the order they are wanted, up to a size.

    Parameters
    ----------
    sounds : mapping of artist_id to sequence of path
    wanted : iterable of artist_id
    most_mb : float
        What all sounds together may weigh; 0 takes none.

    Returns
    -------
    dict of artist_id to bytes, or None
        None where there are none or nothing is wanted. Files that cannot be read are left out.
    """
    if most_mb <= 0:
        return None
    found: dict[str, bytes] = {}
    weight = 0
    for artist_id in dict.fromkeys(wanted):
        sound = _as_mp3(sounds[artist_id][0]) if artist_id in sounds else None
        if sound is None:
            continue
        weight += len(sound)
        if weight > most_mb * 1e6:
            break
        found[artist_id] = sound
    return found or None


def _joined_tracks(workspace: Workspace) -> dict[str, list[str]]:
    """Return the tracks of each artist, as `audio join` told them apart."""
    found: dict[str, list[str]] = {}
    for track, artist_id in joined_track_artists(workspace).items():
        found.setdefault(artist_id, []).append(track)
    return found


def _is_sound(file: Path) -> bool:
    return file.suffix.lower() in SOUND_ENDINGS and file.is_file()


def _is_below(file: Path, folder: Path) -> bool:
    """Tell whether a file lies below a folder: a table may say anything."""
    return file.resolve().is_relative_to(folder.resolve())


def _as_mp3(source: Path) -> bytes | None:
    from ...core.errors import BandscapeError
    from ...embeddings.audio.files.players import beginning_as_mp3

    try:
        return beginning_as_mp3(source) or None
    except (BandscapeError, RuntimeError, OSError, ValueError, TypeError):
        return None
