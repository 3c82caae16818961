"""The artist that a sound file names in its own tags. Public functions: :func:`artist_tag`."""

from pathlib import Path

from .containers import CONTAINER_SUFFIXES, container_tag
from .quiet_codecs import quiet_codecs
from .reading import native_name


def artist_tag(path: str | Path) -> str | None:
    """Return the artist in the tags that libsndfile (WAV, FLAC, OGG, AIFF, ...) or PyAV (m4a, ...) reads, or None.

    Parameters
    ----------
    path : path

    Returns
    -------
    str or None
        None also where the file cannot be opened.
    """
    import soundfile

    if Path(path).suffix.lower() in CONTAINER_SUFFIXES:
        return container_tag(Path(path), "artist")
    try:
        with quiet_codecs(), soundfile.SoundFile(native_name(path)) as file:
            return file.copy_metadata().get("artist", "").strip() or None
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        return None
