"""Sound in containers that libsndfile does not read (m4a, mp4, webm, mka, wma, ...), through PyAV.

Public names: :data:`CONTAINER_SUFFIXES`, :func:`probe_container`, :func:`stream_container`, :func:`container_tag`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import MissingExtraError, SourceError

CONTAINER_SUFFIXES = (".m4a", ".mp4", ".aac", ".webm", ".mka", ".wma", ".alac")


def probe_container(path: Path) -> tuple[int, int, int, str]:
    """Return rate, channels, samples per channel (estimated from the duration) and encoding.

    Raises
    ------
    SourceError
        If there is no sound in it.
    MissingExtraError
        If PyAV is not installed.
    """
    with _opened(path) as container:
        stream = _sound_of(container, path)
        seconds = float((stream.duration or 0) * stream.time_base) if stream.time_base else 0.0
        rate, channels = stream.rate, stream.codec_context.layout.nb_channels
        return rate, channels, round(seconds * rate), f"{path.suffix[1:].upper()}/{stream.codec_context.name}"


def stream_container(path: Path) -> Iterator[NDArray[np.float32]]:
    """Yield (n, n_channels) pieces, one a packet.

    Raises
    ------
    SourceError
        If a packet cannot be decoded.
    """
    import av
    from av.error import FFmpegError

    with _opened(path) as container:
        stream = _sound_of(container, path)
        planar = av.AudioResampler(format="fltp", layout=stream.codec_context.layout.name, rate=stream.rate)
        try:
            for frame in container.decode(stream):
                for part in planar.resample(frame):
                    yield np.ascontiguousarray(part.to_ndarray().T, dtype=np.float32)
        except FFmpegError as error:
            raise SourceError(f"{path}: breaks off ({error.strerror or error})") from error


def container_tag(path: Path, name: str) -> str | None:
    """Return a tag of the file, or of its sound (Opus and others keep theirs there); None without, or without PyAV."""
    try:
        with _opened(path) as container:
            for tags in (container.metadata, *(stream.metadata for stream in container.streams.audio)):
                found = {key.lower(): value.strip() for key, value in tags.items()}.get(name)
                if found:
                    return found
    except (SourceError, MissingExtraError, OSError):
        pass
    return None


def _opened(path: Path) -> Any:
    try:
        import av
        from av.error import FFmpegError
    except ImportError as error:
        raise MissingExtraError(
            f"{path}: a {path.suffix} file needs PyAV; pip install 'bandscape[av]', or convert it to FLAC"
        ) from error
    try:
        return av.open(str(path))
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error  # without FFmpeg's number, and the path once
        raise SourceError(f"{path}: not a sound file that can be read ({reason})") from error


def _sound_of(container: Any, path: Path) -> Any:
    if not container.streams.audio:
        raise SourceError(f"{path}: holds no sound")
    return container.streams.audio[0]
