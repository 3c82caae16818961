"""A collection of sounds: described, learnt from, coded, and how well its features hold its labels.

Public names: :func:`describe_sounds`, :func:`training_frames`, :func:`code_sounds`, :class:`FeatureScale`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....core.checkpoints import fingerprint
from ....core.progress import ProgressCallback
from ..features.temporal import STATISTICS
from ..files.file_rows import AudioFile, FileRows, rows_of_files
from .sound_description import DESCRIPTORS, SoundSettings, code_sound, describe_sound
from .spectral_autoencoder import SpectralAutoencoder

_MOST_FRAMES, _LEAST_A_SOUND, _MOST_A_SOUND = 60_000, 4, 200
_MEASURED = 3  # raised when a description changes: rows kept of an earlier one are made again
_DESCRIBED = [
    *((name, pa.float64()) for name in DESCRIPTORS),
    ("mfcc", pa.list_(pa.float32())),
    ("outline", pa.binary()),
    ("frames", pa.binary()),
]


def describe_sounds(
    files: Sequence[AudioFile],
    *,
    settings: SoundSettings | None = None,
    learning: bool = True,
    cache: str | Path | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> FileRows:
    """Describe sound files: descriptors, MFCC statistics, outline, and spectra to learn from.

    Parameters
    ----------
    files : sequence of AudioFile
    settings : SoundSettings, optional
    learning : bool
        Whether to keep spectra; some 60,000 of all files together.
    cache, n_jobs, on_progress
        As in :func:`~bandscape.embeddings.audio.files.file_rows.rows_of_files`.

    Returns
    -------
    FileRows
        Columns track_id, those of :data:`DESCRIPTORS`, mfcc, outline (64 bytes), frames (bytes, n_bins a frame).
    """
    settings = (settings or SoundSettings()).check()
    each = min(max(_MOST_FRAMES // max(len(files), 1), _LEAST_A_SOUND), _MOST_A_SOUND) if learning else 0
    return rows_of_files(
        files, partial(_described, settings, each), _DESCRIBED,
        settings=fingerprint("described", _MEASURED, DESCRIPTORS, asdict(settings), each), cache=cache, n_jobs=n_jobs,
        on_progress=on_progress,
    )  # fmt: skip


def _described(settings: SoundSettings, n_frames: int, path: str) -> dict[str, Any]:
    sound = describe_sound(path, settings, n_frames=n_frames)
    return {
        **sound.descriptors,
        "mfcc": sound.mfcc.tolist(),
        "outline": sound.outline.tobytes(),
        "frames": sound.frames.tobytes(),
    }


def training_frames(described: pa.Table, settings: SoundSettings | None = None) -> NDArray[np.uint8]:
    """Return the spectra of all sounds, shape (n_frames, n_bins), uint8; none where all are silent.

    Parameters
    ----------
    described : pyarrow.Table
        Rows of :func:`describe_sounds`.
    settings : SoundSettings, optional
    """
    n_bins = (settings or SoundSettings()).n_fft // 2 + 1
    return np.frombuffer(b"".join(described["frames"].to_pylist()), np.uint8).reshape(-1, n_bins)


def code_sounds(
    files: Sequence[AudioFile],
    model: str | Path,
    *,
    settings: SoundSettings | None = None,
    cache: str | Path | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> FileRows:
    """Compute the learned features of sound files.

    Parameters
    ----------
    files : sequence of AudioFile
    model : path
        Folder of a saved :class:`~bandscape.embeddings.audio.sounds.spectral_autoencoder.SpectralAutoencoder`.
    settings, cache, n_jobs, on_progress
        As in :func:`describe_sounds`.

    Returns
    -------
    FileRows
        Columns track_id, spectral.
    """
    settings = (settings or SoundSettings()).check()
    known = SpectralAutoencoder.load(model).fingerprint()
    return rows_of_files(
        files, partial(_coded, str(model), known, settings), [("spectral", pa.list_(pa.float32()))],
        settings=fingerprint("coded", _MEASURED, known, asdict(settings)), cache=cache, n_jobs=n_jobs,
        stage="coding sounds", on_progress=on_progress,
    )  # fmt: skip


def _coded(model: str, known: str, settings: SoundSettings, path: str) -> dict[str, Any]:
    return {"spectral": code_sound(path, _loaded(model, known), settings).tolist()}


@lru_cache(maxsize=2)
def _loaded(model: str, known: str) -> SpectralAutoencoder:  # noqa: ARG001 (a model saved anew has another digest)
    return SpectralAutoencoder.load(model)


@dataclass(frozen=True, eq=False)
class FeatureScale:
    """How features become places whose distances count: as the base collection has it, also for sounds that come later.

    Parameters
    ----------
    center, factor : ndarray of shape (n_features,), float64
    """

    center: NDArray[np.float64]
    factor: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.floating]) -> "FeatureScale":
        """Find center and factors of a collection.

        Each column is divided by the root of its deviation, which leaves it halfway between its own size and the
        same size for all; then each statistic over time gets the same weight.

        Parameters
        ----------
        rows : ndarray of shape (n_sounds, n_statistics * n_columns)
            As :func:`~bandscape.embeddings.audio.features.temporal.temporal_statistics` gives them.
        """
        values = np.asarray(rows, np.float64)
        spread = values.std(axis=0)
        factor = np.where(spread > 1e-9, 1.0 / np.sqrt(np.maximum(spread, 1e-9)), 0.0)
        by_statistic = (spread * factor).reshape(len(STATISTICS), -1)
        size = np.sqrt(np.square(by_statistic).mean(axis=1))
        weight = np.where(size > 1e-9, 1.0 / np.maximum(size, 1e-9), 0.0)
        return cls(values.mean(axis=0), factor * np.repeat(weight, by_statistic.shape[1]))

    def apply(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return scaled features, float64."""
        return (np.asarray(rows, np.float64) - self.center) * self.factor
