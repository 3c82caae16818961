"""Features of many files: parallel, resumable, and not stopped by files that cannot be read.

Public names: :class:`AudioFile`, :func:`extract_features`, :class:`Extraction`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ....core.checkpoints import fingerprint
from ....core.executors import Executor
from ....core.progress import ProgressCallback
from ..files.file_rows import AudioFile, rows_of_files
from ..files.reading import probe_audio
from .description import FeatureSettings, describe_audio, feature_names

FEATURE_NAMES = b"bandscape.feature_names"
_COLUMNS = [
    ("sample_rate_hz", pa.int64()),
    ("n_channels", pa.int64()),
    ("encoding", pa.string()),
    ("duration_s", pa.float64()),
    ("peak", pa.float64()),
    ("clipped_share", pa.float64()),
    ("warning", pa.string()),
    ("vector", pa.list_(pa.float32())),
]

__all__ = ["AudioFile", "Extraction", "extract_features"]


@dataclass(frozen=True, eq=False)
class Extraction:
    """What came out.

    Parameters
    ----------
    tracks : pyarrow.Table
        track_id, sample_rate_hz, n_channels, encoding, duration_s, peak, clipped_share, warning (what is odd about
        the signal; null where nothing is).
    features : pyarrow.Table
        track_id, vector; row by row with ``tracks``. Its metadata name the numbers (``bandscape.feature_names``, JSON).
    quarantine : pyarrow.Table
        path, reason.
    n_kept : int
        Files that had been read before and were not read again.
    stopped : bool
        Whether ``on_progress`` asked to stop; the tables then hold what was read so far.
    """

    tracks: pa.Table
    features: pa.Table
    quarantine: pa.Table
    n_kept: int
    stopped: bool


def extract_features(
    files: Sequence[AudioFile],
    *,
    settings: FeatureSettings | None = None,
    cache: str | Path | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> Extraction:
    """Compute the feature vectors of files.

    Parameters
    ----------
    files : sequence of AudioFile
        With different ids.
    settings : FeatureSettings, optional
    cache : path, optional
        A folder; what is computed is kept there every ten seconds, and taken from there the next time if the file
        has the same size and time of change.
    n_jobs : int
        Processes; the result does not depend on it.
    on_progress : callable, optional
    executor : Executor, optional
        Whose workers read the files, which must lie at the same paths there; processes of this machine when absent.

    Returns
    -------
    Extraction
        Rows in the order of ``files``.
    """
    settings = (settings or FeatureSettings()).check()
    digest = fingerprint([name for name, _ in _COLUMNS], asdict(settings))
    found = rows_of_files(
        files, partial(_describe, settings), _COLUMNS, settings=digest, cache=cache, n_jobs=n_jobs,
        on_progress=on_progress, executor=executor,
    )  # fmt: skip
    named = {FEATURE_NAMES: json.dumps(feature_names(settings)).encode()}
    features = found.rows.select(["track_id", "vector"]).replace_schema_metadata(named)
    return Extraction(
        found.rows.drop_columns(["vector"]), features, found.quarantine, found.n_kept, found.stopped
    )


def _describe(settings: FeatureSettings, path: str) -> dict[str, Any]:
    info, described = probe_audio(path), describe_audio(path, settings)
    return {
        "sample_rate_hz": info.sample_rate_hz,
        "n_channels": info.n_channels,
        "encoding": info.encoding,
        "duration_s": described.duration_s,
        "peak": described.peak,
        "clipped_share": described.clipped_share,
        "warning": described.warning,
        "vector": described.vector.tolist(),
    }
