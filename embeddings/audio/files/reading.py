"""Sound files of any rate, length and number of channels, read in pieces of bounded size.

A signal is an array of shape (n_samples, n_channels), float32, nominally within -1 to 1. Formats are those of
libsndfile (WAV, FLAC, OGG, Opus, MP3, AIFF, ...); m4a and other containers need the extra ``av``. Resampling is
soxr's, streamed: the pieces do not depend on where a file is cut.

Public names: :class:`AudioInfo`, :func:`probe_audio`, :func:`stream_audio`, :func:`read_audio`, :func:`write_audio`,
:data:`SUFFIXES`.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError, SourceError
from ....core.replacement import replace_file
from .containers import CONTAINER_SUFFIXES, probe_container, stream_container
from .promised_length import notes_its_length, promised_frames
from .quiet_codecs import quiet_codecs

SUFFIXES = (
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf",
    ".w64", ".rf64",
)  # fmt: skip
CHUNK_FRAMES = 65_536
_QUALITY = "HQ"
_MP3_SLACK = (
    4 * 1152
)  # samples: encoders count the frames of their own delay, and the one of the note, differently
# full scale is 1, or 2**31 where integers were stored as fractions; squares of more overflow
_MOST_LEVEL = 1e10
_NO_FILE = 7  # libsndfile's error for a file it cannot open, which is there: of an MP3 without a frame


@dataclass(frozen=True)
class AudioInfo:
    """What the head of a sound file says.

    Parameters
    ----------
    sample_rate_hz : int
    n_channels : int
    n_frames : int
        Samples per channel that the head promises; for containers, and MP3 without a note of its length, an estimate.
    encoding : str
        Such as "WAV/PCM_16".
    """

    sample_rate_hz: int
    n_channels: int
    n_frames: int
    encoding: str

    @property
    def bits(self) -> int:
        """Bits that hold a sample of it as :func:`write_audio` writes them: 24 for what has more than 16, else 16."""
        return 24 if self.encoding.endswith(("_24", "_32", "FLOAT", "DOUBLE")) else 16

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_frames / self.sample_rate_hz


def probe_audio(path: str | Path) -> AudioInfo:
    """Read the head of a sound file.

    Parameters
    ----------
    path : path

    Returns
    -------
    AudioInfo

    Raises
    ------
    SourceError
        If it is missing, no regular file, empty, or no sound libsndfile (or, for containers, PyAV) can read.
    MissingExtraError
        If it is a container such as m4a and PyAV is not installed.
    """
    import soundfile

    path = check_regular(path)
    if path.suffix.lower() in CONTAINER_SUFFIXES:
        return AudioInfo(*probe_container(path))
    try:
        with quiet_codecs():
            head = soundfile.info(native_name(path), verbose=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        reason = (
            _short(error) if getattr(error, "code", None) != _NO_FILE else f"no {path.suffix} sound in it"
        )
        raise SourceError(f"{path}: not a sound file that can be read ({reason})") from error
    if head.samplerate < 1 or head.channels < 1:
        raise SourceError(f"{path}: its head names {head.samplerate} Hz and {head.channels} channels")
    n_frames = promised_frames(head.extra_info, head.frames)
    return AudioInfo(head.samplerate, head.channels, n_frames, f"{head.format}/{head.subtype}")


def stream_audio(
    path: str | Path,
    *,
    sample_rate_hz: int | None = None,
    n_channels: int | None = None,
    chunk_frames: int = CHUNK_FRAMES,
    on_piece: Callable[[NDArray[np.float32]], None] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Yield a file's samples piece by piece.

    Parameters
    ----------
    path : path
    sample_rate_hz : int or None
        Rate to resample to; None keeps the file's.
    n_channels : int or None
        1 averages the channels; 2 keeps the first two, or doubles the only one; None keeps the file's.
    chunk_frames : int, >= 1
        Samples per channel read at a time. It does not change the joined result.
    on_piece : callable, optional
        Gets each piece as the file has it, all channels at its own rate, before it is mixed and resampled.

    Yields
    ------
    ndarray of shape (n, n_channels), float32
        C-contiguous; ``n`` varies and is never 0.

    Raises
    ------
    SourceError
        If the file cannot be opened, breaks off, or holds samples that are NaN, infinite or larger than 1e10.
    ParameterError
        If an option is out of range.
    """
    if chunk_frames < 1 or isinstance(chunk_frames, bool):
        raise ParameterError(f"chunk_frames must be an int >= 1; got {chunk_frames!r}")
    if n_channels not in (None, 1, 2):
        raise ParameterError(f"n_channels must be 1, 2 or None; got {n_channels!r}")
    if sample_rate_hz is not None and not 100 <= sample_rate_hz <= 1_000_000:
        raise ParameterError(f"sample_rate_hz must be within 100 to 1000000; got {sample_rate_hz!r}")
    info = probe_audio(path)
    pieces = _shown(_decoded(Path(path), info, chunk_frames), on_piece)
    mixed = (_finite(mix_channels(piece, n_channels), path) for piece in pieces)
    if sample_rate_hz is None or sample_rate_hz == info.sample_rate_hz:
        yield from mixed
    else:
        yield from _resampled(mixed, info, sample_rate_hz, n_channels or info.n_channels)


def read_audio(
    path: str | Path, *, sample_rate_hz: int | None = None, n_channels: int | None = None
) -> tuple[NDArray[np.float32], int]:
    """Read a whole file.

    Parameters
    ----------
    path : path
    sample_rate_hz, n_channels : int or None
        As in :func:`stream_audio`.

    Returns
    -------
    samples : ndarray of shape (n_samples, n_channels), float32
    sample_rate_hz : int

    Raises
    ------
    SourceError
        If it cannot be read or holds no samples.
    """
    info = probe_audio(path)
    pieces = list(stream_audio(path, sample_rate_hz=sample_rate_hz, n_channels=n_channels))
    if not pieces:
        raise SourceError(f"{path}: holds no samples")
    return np.concatenate(pieces), sample_rate_hz or info.sample_rate_hz


def write_audio(
    path: str | Path, samples: NDArray[np.floating], sample_rate_hz: int, *, bits: int = 16
) -> None:
    """Write a signal as WAV or FLAC (by the suffix); louder samples than 1 are cut to it.

    Parameters
    ----------
    path : path
        Its folder must exist.
    samples : ndarray of shape (n_samples,) or (n_samples, n_channels)
    sample_rate_hz : int
    bits : {16, 24}
        Of a sample.

    Raises
    ------
    ParameterError
        If the suffix is neither .wav nor .flac, or ``bits`` another number.
    """
    import soundfile

    if bits not in (16, 24):
        raise ParameterError(f"bits must be 16 or 24; got {bits!r}")

    path = Path(path)
    kind = path.suffix.lower().removeprefix(".").upper()
    if kind not in ("WAV", "FLAC"):
        raise ParameterError(f"sound is written as .wav or .flac; got {path.name!r}")
    with replace_file(path) as temporary:
        cut = np.clip(samples, -1.0, 1.0 - 2.0 ** (1 - bits))
        soundfile.write(os.fspath(temporary), cut, sample_rate_hz, subtype=f"PCM_{bits}", format=kind)


def check_regular(path: str | Path) -> Path:
    """Return the path if a regular, readable file that is not empty is there; a FIFO would be waited for forever."""
    path = Path(path)
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path}: is a folder, not a sound file")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path}: is not a regular file (a pipe, socket or device)")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path}: permission denied")
    if status.st_size == 0:
        raise SourceError(f"{path}: is empty (0 bytes)")
    return path


def native_name(path: str | Path) -> Any:
    """Return a path as libsndfile takes it: bytes, since names need not be UTF-8, but on Windows."""
    return os.fspath(path) if os.name == "nt" else os.fsencode(path)


def mix_channels(piece: NDArray[np.float32], n_channels: int | None) -> NDArray[np.float32]:
    """Return (n, n_channels): averaged for 1, the first two or the doubled only one for 2."""
    if n_channels is None or piece.shape[1] == n_channels:
        return np.ascontiguousarray(piece)
    if n_channels == 1:
        return piece.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.ascontiguousarray(piece[:, :2] if piece.shape[1] > 2 else np.repeat(piece, 2, axis=1))


def _decoded(path: Path, info: AudioInfo, chunk_frames: int) -> Iterator[NDArray[np.float32]]:
    import soundfile

    if path.suffix.lower() in CONTAINER_SUFFIXES:
        yield from stream_container(path)
        return
    read = 0
    try:
        with quiet_codecs():
            file = soundfile.SoundFile(native_name(path))
        with file:
            while True:
                with quiet_codecs():
                    piece = np.asarray(file.read(chunk_frames, dtype="float32", always_2d=True), np.float32)
                if not len(piece):
                    break
                read += len(piece)
                yield piece
    except (soundfile.LibsndfileError, RuntimeError) as error:
        last = min(read + chunk_frames, info.n_frames)  # a piece with an error in it is lost as a whole
        at = f"between samples {read:,} and {last:,} of {info.n_frames:,}"
        raise SourceError(f"{path}: breaks off {at} ({_short(error)})") from error
    with contextlib.suppress(OverflowError):
        _check_whole(path, info, read)


def _check_whole(path: Path, info: AudioInfo, read: int) -> None:
    """Refuse a file that decodes to less than its head promises; of an MP3 only where its head counts its frames."""
    promised = info.n_frames
    if info.encoding.startswith(("MP3", "MPEG")):
        promised = info.n_frames - _MP3_SLACK if notes_its_length(path) else 0
    if read < promised:
        raise SourceError(f"{path}: breaks off after {read:,} of {info.n_frames:,} samples (truncated)")


def _shown(
    pieces: Iterator[NDArray[np.float32]], on_piece: Callable[[NDArray[np.float32]], None] | None
) -> Iterator[NDArray[np.float32]]:
    for piece in pieces:
        if on_piece is not None:
            on_piece(piece)
        yield piece


def _finite(piece: NDArray[np.float32], path: str | Path) -> NDArray[np.float32]:
    if not np.isfinite(piece).all():
        raise SourceError(f"{path}: holds samples that are NaN or infinite")
    largest = float(np.abs(piece).max(initial=0.0))
    if largest > _MOST_LEVEL:
        raise SourceError(
            f"{path}: holds samples of {largest:.0e}, where full scale is 1: damaged, or no sound"
        )
    return piece


def _resampled(
    pieces: Iterator[NDArray[np.float32]], info: AudioInfo, rate: int, n_channels: int
) -> Iterator[NDArray[np.float32]]:
    import soxr

    resampler = soxr.ResampleStream(info.sample_rate_hz, rate, n_channels, dtype="float32", quality=_QUALITY)
    for piece in pieces:
        out = resampler.resample_chunk(piece)
        if len(out):
            yield out
    out = resampler.resample_chunk(np.empty((0, n_channels), np.float32), last=True)
    if len(out):
        yield out


def _short(error: BaseException) -> str:
    text = str(error).split(": ")[-1].strip().rstrip(".")
    return text[:120] or type(error).__name__
