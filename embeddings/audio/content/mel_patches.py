"""What the content network hears: log-mel levels of a sound, cut into patches of one length.

A patch is relative to its own loudest cell and cut 80 dB below it, so that a sound and the same sound played softer
look alike. A sound shorter than a patch stands in silence; a longer one is cut into patches that overlap by half, the
last of which ends where the sound ends. Patches of a file are the same whatever the size of the pieces it is read in.
Arrays have one row a frame. Public names: :class:`PatchSettings`, :class:`HeardSound`, :func:`hear_sound`,
:func:`hear_sounds`, :func:`stream_patches`, :func:`relative_patch`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....core.checkpoints import fingerprint
from ....core.errors import ParameterError, SourceError
from ....core.progress import ProgressCallback
from ..features.description import FeatureSettings, FeatureStream, LevelStream
from ..files.file_rows import AudioFile, FileRows, rows_of_files
from ..files.reading import CHUNK_FRAMES, stream_audio

REACH_DB = 80.0  # below the loudest cell nothing is told apart
_SILENT_DB = -95.0  # a patch without a louder cell is silence
_FRAMES_A_SECOND = 100
_MOST_S, _LEAST_S = 60.0, 5.0  # of each sound to learn from
_ALL_S = 150_000.0  # of all sounds together, which are held in memory: 600 MB of 40 bands

_COLUMNS = [("levels", pa.binary()), ("statistics", pa.list_(pa.float32()))]


@dataclass(frozen=True)
class PatchSettings:
    """How sounds are heard; vectors can be compared when these are equal.

    Parameters
    ----------
    sample_rate_hz : int
        Rate that sounds are resampled to.
    n_mels : int
    patch_frames : int
        Length of a patch, in steps of 10 ms.
    """

    sample_rate_hz: int = 22_050
    n_mels: int = 40
    patch_frames: int = 200

    def check(self) -> "PatchSettings":
        """Return itself, or raise if a value is out of range.

        Raises
        ------
        ParameterError
        """
        if not 4000 <= self.sample_rate_hz <= 48_000:
            raise ParameterError(f"sample_rate_hz must be within 4000 to 48000; got {self.sample_rate_hz!r}")
        if not 16 <= self.patch_frames <= 3000:
            raise ParameterError(f"patch_frames must be within 16 to 3000; got {self.patch_frames!r}")
        most = self.features_n_fft // 4
        if not 8 <= self.n_mels <= most:
            raise ParameterError(
                f"n_mels must be within 8 to {most} at {self.sample_rate_hz} Hz; got {self.n_mels!r}"
            )
        return self

    @property
    def features_n_fft(self) -> int:
        """Samples of a frame: 32 ms, an even number."""
        return 2 * round(0.016 * self.sample_rate_hz)

    @property
    def features(self) -> FeatureSettings:
        """The settings of the log-mel spectrum."""
        hop = round(self.sample_rate_hz / _FRAMES_A_SECOND)
        return FeatureSettings(
            self.sample_rate_hz, self.features_n_fft, hop, self.n_mels, min(20, self.n_mels)
        )


@dataclass(frozen=True, eq=False)
class HeardSound:
    """A sound to learn from.

    Parameters
    ----------
    levels : ndarray of shape (n_frames, n_mels), uint8
        Of its beginning, a minute at most: 255 at the loudest cell, 0 where 80 dB below it.
    statistics : ndarray of shape (n_features,), float32
        Of all of it, by :class:`~bandscape.embeddings.audio.features.description.FeatureStream`: what learned vectors
        are compared with.
    """

    levels: NDArray[np.uint8]
    statistics: NDArray[np.float32]


def hear_sound(
    path: str | Path,
    settings: PatchSettings | None = None,
    *,
    most_s: float = _MOST_S,
    chunk_frames: int = CHUNK_FRAMES,
) -> HeardSound:
    """Read a file to learn from it.

    Parameters
    ----------
    path : path
    settings : PatchSettings, optional
        ``patch_frames`` does not matter here.
    most_s : float
        Seconds of levels that are kept, from the beginning.
    chunk_frames : int
        Samples read at a time.

    Returns
    -------
    HeardSound

    Raises
    ------
    SourceError
        If it cannot be read or holds no samples.
    """
    s = (settings or PatchSettings()).check()
    statistics, levels = FeatureStream(s.features), LevelStream(s.features)
    parts, left = [], round(most_s * _FRAMES_A_SECOND)
    for mono in _mono(path, s, chunk_frames):
        statistics.push(mono)
        if left > 0:
            parts.append(levels.push(mono)[:left])
            left -= len(parts[-1])
    parts.append(levels.finish()[:left] if left > 0 else np.empty((0, s.n_mels), np.float32))
    rows = relative_patch(np.concatenate(parts))
    return HeardSound(np.round(255.0 * rows).astype(np.uint8), statistics.finish())


def hear_sounds(
    files: Sequence[AudioFile],
    settings: PatchSettings | None = None,
    *,
    cache: str | Path | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> tuple[FileRows, list[HeardSound]]:
    """Read files to learn from; those that cannot be read are set aside.

    Of each sound a minute is kept at most, and less of many: of 10,000 sounds 15 seconds each.

    Parameters
    ----------
    files : sequence of AudioFile
    settings : PatchSettings, optional
    cache, n_jobs, on_progress
        As in :func:`~bandscape.embeddings.audio.files.file_rows.rows_of_files`.

    Returns
    -------
    rows : FileRows
    sounds : list of HeardSound
        In the order of ``rows.rows``.
    """
    s = (settings or PatchSettings()).check()
    most_s = float(min(_MOST_S, max(_LEAST_S, _ALL_S // max(len(files), 1))))
    features = asdict(s.features)
    found = rows_of_files(
        files, partial(_heard, s, most_s), _COLUMNS, settings=fingerprint("heard", features, most_s), cache=cache,
        n_jobs=n_jobs, on_progress=on_progress,
    )  # fmt: skip
    sounds = [
        HeardSound(
            np.frombuffer(row["levels"], np.uint8).reshape(-1, s.n_mels),
            np.array(row["statistics"], np.float32),
        )
        for row in found.rows.to_pylist()
    ]
    return found, sounds


def _heard(settings: PatchSettings, most_s: float, path: str) -> dict[str, Any]:
    sound = hear_sound(path, settings, most_s=most_s)
    return {"levels": sound.levels.tobytes(), "statistics": sound.statistics.tolist()}


def stream_patches(
    path: str | Path, settings: PatchSettings, *, chunk_frames: int = CHUNK_FRAMES
) -> Iterator[NDArray[np.float32]]:
    """Yield the patches of a file, each of shape (patch_frames, n_mels), in memory that does not grow.

    Parameters
    ----------
    path : path
    settings : PatchSettings
    chunk_frames : int
        Samples read at a time; the patches do not depend on it.

    Raises
    ------
    SourceError
        If the file cannot be read or holds no samples.
    """
    stream = LevelStream(settings.features)

    def rows() -> Iterator[NDArray[np.float32]]:
        for mono in _mono(path, settings, chunk_frames):
            yield stream.push(mono)
        yield stream.finish()

    yield from cut_patches(rows(), settings.patch_frames)


def cut_patches(rows: Iterable[NDArray[np.float32]], length: int) -> Iterator[NDArray[np.float32]]:
    """Cut levels that come in pieces into relative patches that overlap by half.

    Parameters
    ----------
    rows : iterable of ndarray of shape (n, n_mels)
        Decibels.
    length : int
        Frames of a patch.
    """
    kept: NDArray[np.float32] | None = None
    first, start, n_frames = (
        0,
        0,
        0,
    )  # frame that is the first kept, where the next patch starts, frames so far
    for piece in rows:
        kept = piece if kept is None else np.concatenate([kept, piece])
        n_frames += len(piece)
        while start + length <= n_frames:
            yield relative_patch(kept[start - first : start - first + length])
            start += length // 2
        gone = max(0, min(start, n_frames - length) - first)
        kept, first = kept[gone:], first + gone
    if kept is None:
        return
    if n_frames < length:
        yield relative_patch(in_silence(kept, length))
    elif start - length // 2 + length < n_frames:
        yield relative_patch(kept[-length:])


def in_silence(rows: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Put a short sound in the beginning of a silent patch."""
    silent = np.full((length, rows.shape[1]), -np.inf, np.float32)
    silent[: len(rows)] = rows
    return silent


def relative_patch(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return levels relative to the loudest, 1 there and 0 where 80 dB or more below; all 0 if silent.

    Parameters
    ----------
    rows : ndarray of shape (n_frames, n_mels)
        Decibels.
    """
    loudest = float(rows.max(initial=-np.inf))
    if loudest <= _SILENT_DB:
        return np.zeros(rows.shape, np.float32)
    return np.maximum(1.0 + (rows - loudest) / REACH_DB, 0.0).astype(np.float32)


def _mono(path: str | Path, settings: PatchSettings, chunk_frames: int) -> Iterator[NDArray[np.float32]]:
    """Yield the samples, a few seconds at a time."""
    count = 0
    for piece in stream_audio(
        path, sample_rate_hz=settings.sample_rate_hz, n_channels=1, chunk_frames=chunk_frames
    ):
        for start in range(0, len(piece), CHUNK_FRAMES):
            yield piece[start : start + CHUNK_FRAMES, 0]
        count += len(piece)
    if not count:
        raise SourceError(f"{path}: holds no samples")
