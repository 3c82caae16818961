"""Spectra of a folder of sounds learnt, and what the learned features are worth beside MFCCs."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ChecksumError, ParameterError, SourceError
from ...core.files import write_json, write_tables
from ...core.progress import ProgressCallback
from ...core.sealed_json import read_sealed_json
from .learnt_notes import is_saved, note_learnt
from .own_folder import CACHE, alone_in, check_own_folder

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ...datasets.audio_files import FoundFile
    from ...embeddings.audio.files.file_rows import AudioFile, FileRows
    from ...embeddings.audio.sounds.sound_description import SoundSettings

logger = logging.getLogger(__name__)

MODEL, SETTINGS, FIGURES = "model", "settings.json", "figures.json"
FEATURE_SETS = {"spectral": "learned codes", "mfcc": "MFCC"}
_NEIGHBORS = 5
_AGAIN = "run `bandscape audio spectral` or `audio map` without --model again"


@dataclass(frozen=True, eq=False)
class SoundTable:
    """Sounds with their features.

    Parameters
    ----------
    tracks : pyarrow.Table
        track_id, folder, class, and what one hears at once.
    features : dict of str to ndarray of shape (n_sounds, n_features), float32
        "spectral" and "mfcc".
    outlines : ndarray of shape (n_sounds, 64), uint8
    quarantine : pyarrow.Table
        path, reason.
    unmatched : list of str
        Labels that match no file.
    """

    tracks: "pa.Table"
    features: "dict[str, np.ndarray]"
    outlines: "np.ndarray"
    quarantine: "pa.Table"
    unmatched: list[str]


@dataclass(frozen=True)
class Labels:
    """Where classes come from: a table, or the folders.

    Parameters
    ----------
    source : str
        Path of a CSV, or "folder".
    column : str
    """

    source: str
    column: str = "label"


def learn_spectra(
    folder: Path,
    out: Path,
    *,
    labels: Labels | None = None,
    n_codes: int = 12,
    depth: int | None = None,
    n_iterations: int | None = None,
    random_state: int = 0,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> tuple[SoundTable, dict[str, Any]]:
    """Learn the spectra of a folder of sounds; write model, features and figures to ``out``.

    What is read and learnt already is kept there; the same folder and options read and learn nothing.

    Raises
    ------
    SourceError
        If there is no sound below the folder, none can be read, or all are silent.
    ParameterError
        If ``out`` is a file or another kind of folder, or an option is out of range.
    """
    from ...embeddings.audio.sounds.label_neighbors import commonest_share
    from ...embeddings.audio.sounds.sound_collection import describe_sounds, training_frames
    from ...embeddings.audio.sounds.sound_description import SoundSettings
    from ...embeddings.audio.sounds.spectral_autoencoder import SpectralAutoencoder

    check_own_folder(out, (out / SETTINGS).exists(), begun=(MODEL,))
    with alone_in(out):
        settings = SoundSettings()
        model = SpectralAutoencoder(n_codes=n_codes, random_state=random_state)
        model.set_params(
            **{k: v for k, v in {"depth": depth, "n_iterations": n_iterations}.items() if v is not None}
        )
        table = _read_labels(labels)
        found, files = sound_files(folder)
        described = describe_sounds(
            files, settings=settings, cache=out / CACHE, n_jobs=n_jobs, on_progress=on_progress
        )
        check_read(folder, files, described)
        frames = training_frames(described.rows, settings)
        if not len(frames):
            raise SourceError(f"{folder}: every sound is silent, so there is nothing to learn")
        learnt = _learn(model, frames, out, on_progress)
        sounds = _with_codes(
            found, files, described, out, table, labels, n_jobs=n_jobs, on_progress=on_progress
        )
        facts = {
            "sounds": sounds.tracks.num_rows,
            "quarantined": sounds.quarantine.num_rows,
            "unmatched_labels": len(sounds.unmatched),
            "classes": len({name for name in sounds.tracks["class"].to_pylist() if name is not None}),
            "codes": learnt.n_codes,
            "depth": learnt.depth,
            "iterations": learnt.n_iterations,
            "frames": len(frames),
            "error_db": round(learnt.error_db_, 3),
            "knn": label_accuracies(sounds),
            "chance": known(commonest_share(sounds.tracks["class"].to_pylist())),
            "model": str(out / MODEL),
        }
        _write(sounds, out, facts)
        return sounds, facts


def sound_files(folder: Path) -> "tuple[list[FoundFile], list[AudioFile]]":
    """Return the sound files below a folder.

    Raises
    ------
    SourceError
        If there is none.
    """
    from ...datasets.audio_files import find_audio_files
    from ...embeddings.audio import SUFFIXES, AudioFile
    from ...embeddings.audio.files.containers import CONTAINER_SUFFIXES

    found = find_audio_files(folder, (*SUFFIXES, *CONTAINER_SUFFIXES))
    if not found:
        raise SourceError(f"{folder}: no sound files there (looked for {', '.join(SUFFIXES[:5])}, ...)")
    return found, [AudioFile(f.track_id, f.path, f.size, f.modified_ns, f.problem) for f in found]


def describe_more(
    folder: Path,
    out: Path,
    *,
    labels: Labels | None = None,
    learning: bool = True,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> SoundTable:
    """Describe and code the sounds of a folder by the model in ``out``, which stays as it is.

    With ``learning`` the rows that :func:`learn_spectra` kept are taken.

    Raises
    ------
    SourceError
        If there is no sound, or none can be read.
    """
    from ...embeddings.audio.sounds.sound_collection import describe_sounds

    table = _read_labels(labels)
    found, files = sound_files(folder)
    described = describe_sounds(
        files, settings=sound_settings(out), learning=learning, cache=out / CACHE, n_jobs=n_jobs,
        on_progress=on_progress,
    )  # fmt: skip
    check_read(folder, files, described)
    return _with_codes(found, files, described, out, table, labels, n_jobs=n_jobs, on_progress=on_progress)


def label_accuracies(sounds: SoundTable) -> dict[str, float | None]:
    """Return the leave-one-out accuracy of five neighbors by feature set; None without two classes."""
    from ...embeddings.audio.sounds.label_neighbors import neighbor_accuracy
    from ...embeddings.audio.sounds.sound_collection import FeatureScale

    classes = sounds.tracks["class"].to_pylist()
    found = {
        name: neighbor_accuracy(FeatureScale.of(rows).apply(rows), classes, n_neighbors=_NEIGHBORS)
        for name, rows in sounds.features.items()
    }
    return {name: known(value) for name, value in found.items()}


def known(value: float) -> float | None:
    """Return a figure to four digits, None for NaN."""
    return None if math.isnan(value) else round(value, 4)


def _read_labels(labels: Labels | None) -> dict[str, str]:
    from ...datasets.audio_files import read_track_labels

    return (
        {} if labels is None or labels.source == "folder" else read_track_labels(labels.source, labels.column)
    )


def check_read(folder: Path, files: "Sequence[AudioFile]", described: "FileRows") -> None:
    """Raise what a stop, or a folder in which nothing can be read, asks for."""
    if described.stopped:
        raise KeyboardInterrupt
    if not described.rows.num_rows:
        first = described.quarantine.to_pylist()[0]
        raise SourceError(
            f"{folder}: none of {len(files)} files can be read; {first['path']}: {first['reason']}"
        )


def sound_settings(out: Path) -> "SoundSettings":
    """Return how the spectra of a model's folder are computed.

    Raises
    ------
    SourceError, ChecksumError
        If that is missing or damaged.
    """
    from ...embeddings.audio.sounds.sound_description import SoundSettings

    stored = read_sealed_json(out / SETTINGS, remedy=_AGAIN)
    try:
        return SoundSettings(**stored["spectra"]).check()
    except (KeyError, TypeError, ParameterError) as error:
        raise ChecksumError(f"{out / SETTINGS}: damaged; {_AGAIN}") from error


def _learn(model: Any, frames: "np.ndarray", out: Path, on_progress: ProgressCallback | None) -> Any:
    """Train and save, unless the model that is there was trained of the same by the same."""
    from dataclasses import asdict

    from ...core.checkpoints import fingerprint
    from ...embeddings.audio.sounds.sound_description import SoundSettings

    digest = fingerprint(frames, {k: v for k, v in model.get_params().items() if k != "random_state"})
    digest = fingerprint(digest, model.random_state)
    kept = {"spectra": asdict(SoundSettings()), "learnt_from": digest}
    try:
        noted = read_sealed_json(out / SETTINGS, remedy=_AGAIN)
        if noted["learnt_from"] == digest and is_saved(noted, out / MODEL):
            learnt = type(model).load(out / MODEL)
            note_learnt(out / SETTINGS, kept, out / MODEL)
            return learnt
    except ChecksumError as error:
        logger.warning("%s; it is learnt again", str(error).partition(";")[0])
    except (BandscapeError, OSError, KeyError, TypeError):
        pass
    model.fit(frames, on_progress=on_progress)
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / MODEL)
    note_learnt(out / SETTINGS, kept, out / MODEL)
    return model


def _with_codes(
    found: "Sequence[FoundFile]",
    files: "Sequence[AudioFile]",
    described: "FileRows",
    out: Path,
    table: Mapping[str, str],
    labels: Labels | None,
    *,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> SoundTable:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from ...datasets.audio_files import folder_key, match_labels
    from ...embeddings.audio.sounds.sound_collection import code_sounds
    from ...embeddings.audio.sounds.sound_description import DESCRIPTORS

    readable = set(described.rows["track_id"].to_pylist())
    coded = code_sounds(
        [file for file in files if file.track_id in readable], out / MODEL, settings=sound_settings(out),
        cache=out / CACHE, n_jobs=n_jobs, on_progress=on_progress,
    )  # fmt: skip
    check_read(out, files, coded)
    rows = described.rows.filter(pc.is_in(described.rows["track_id"], coded.rows["track_id"]))  # type: ignore[attr-defined]
    ids = rows["track_id"].to_pylist()
    named, unmatched = match_labels(table, [file.track_id for file in found])
    folders = [folder_key(one) or None for one in ids]
    classes = folders if labels is not None and labels.source == "folder" else [named.get(one) for one in ids]
    tracks = rows.select(["track_id", *DESCRIPTORS])
    tracks = tracks.append_column("folder", pa.array(folders, pa.string()))
    tracks = tracks.append_column("class", pa.array(classes, pa.string()))
    features = {"spectral": _matrix(coded.rows["spectral"]), "mfcc": _matrix(rows["mfcc"])}
    outlines = np.frombuffer(b"".join(rows["outline"].to_pylist()), np.uint8).reshape(len(ids), -1)
    quarantine = pa.concat_tables([described.quarantine, coded.quarantine])
    return SoundTable(tracks, features, outlines, quarantine, unmatched)


def _matrix(column: Any) -> "np.ndarray":
    import numpy as np

    return np.array(column.to_pylist(), np.float32)


def _write(sounds: SoundTable, out: Path, facts: Mapping[str, Any]) -> None:
    import pyarrow as pa

    columns = {name: pa.array(list(rows), pa.list_(pa.float32())) for name, rows in sounds.features.items()}
    tables = {
        "tracks": sounds.tracks,
        "features": pa.table({"track_id": sounds.tracks["track_id"], **columns}),
        "quarantine": sounds.quarantine,
    }
    write_tables({out / f"{name}.parquet": table for name, table in tables.items()})
    write_json(out / FIGURES, dict(facts))
