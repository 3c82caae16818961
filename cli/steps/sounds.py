"""Short sounds of artists, small enough to be put into a page."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_SECONDS, _RATE_HZ = 5.0, 22_050
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
    import soundfile

    try:
        with soundfile.SoundFile(source) as file:
            samples = file.read(int(_SECONDS * file.samplerate), dtype="float32", always_2d=True).mean(axis=1)
            rate = file.samplerate
        written = io.BytesIO()
        samples, rate = _resampled(samples, rate)
        soundfile.write(written, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    except (RuntimeError, OSError, ValueError, TypeError):
        return None
    return written.getvalue()


def _resampled(samples: "np.ndarray", rate: int) -> "tuple[np.ndarray, int]":
    """Bring the rate down to one that MP3 knows."""
    from math import gcd

    from scipy.signal import resample_poly

    if rate == _RATE_HZ:
        return samples, rate
    shared = gcd(rate, _RATE_HZ)
    return resample_poly(samples, _RATE_HZ // shared, rate // shared).astype("float32"), _RATE_HZ
