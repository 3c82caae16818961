"""The beginning of a sound as MP3, small enough to travel inside a page. Public functions: :func:`beginning_as_mp3`."""

import io
from pathlib import Path

import numpy as np

from .reading import stream_audio

RATE_HZ = 22_050
_FADE_S = 0.02


def beginning_as_mp3(path: str | Path, *, seconds: float = 5.0) -> bytes:
    """Return the first seconds of a file, mono at 22,050 Hz; what is cut off fades out.

    Parameters
    ----------
    path : path
    seconds : float

    Returns
    -------
    bytes
        MP3; empty for a file without samples.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    import soundfile

    wanted, pieces, count = round(seconds * RATE_HZ), [], 0
    for piece in stream_audio(path, sample_rate_hz=RATE_HZ, n_channels=1):
        pieces.append(piece[:, 0])
        count += len(piece)
        if count > wanted:
            break
    if not count:
        return b""
    samples = np.clip(np.concatenate(pieces), -1.0, 1.0)
    if count > wanted:
        fade = np.minimum(1.0, np.arange(wanted, 0, -1) / (_FADE_S * RATE_HZ)).astype(np.float32)
        samples = samples[:wanted] * fade
    written = io.BytesIO()
    soundfile.write(written, samples, RATE_HZ, format="MP3", subtype="MPEG_LAYER_III")
    return written.getvalue()
