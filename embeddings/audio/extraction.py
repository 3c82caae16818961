"""Features of many files: parallel, resumable, and not stopped by files that cannot be read.

Public names: :class:`AudioFile`, :func:`extract_features`, :class:`Extraction`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...core.checkpoints import fingerprint
from ...core.errors import BandscapeError
from ...core.executors.local import map_ordered
from ...core.files import read_table, write_table
from ...core.progress import ProgressCallback, report
from .features import FeatureSettings, describe_audio
from .reading import probe_audio

_ROWS = pa.schema(
    [
        ("track_id", pa.string()),
        ("size", pa.int64()),
        ("modified_ns", pa.int64()),
        ("reason", pa.string()),
        ("sample_rate_hz", pa.int64()),
        ("n_channels", pa.int64()),
        ("encoding", pa.string()),
        ("duration_s", pa.float64()),
        ("peak", pa.float64()),
        ("clipped_share", pa.float64()),
        ("vector", pa.list_(pa.float32())),
    ]
)
_FLUSH_S, _FLUSH_ROWS = 10.0, 2_000


@dataclass(frozen=True)
class AudioFile:
    """A file to be read.

    Parameters
    ----------
    track_id, path : str
    size, modified_ns : int
        With the id they say whether it was read before.
    problem : str
        Why it cannot be read, if that is known already.
    """

    track_id: str
    path: str
    size: int
    modified_ns: int
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Extraction:
    """What came out.

    Parameters
    ----------
    tracks : pyarrow.Table
        track_id, sample_rate_hz, n_channels, encoding, duration_s, peak, clipped_share.
    features : pyarrow.Table
        track_id, vector; row by row with ``tracks``.
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

    Returns
    -------
    Extraction
        Rows in the order of ``files``.
    """
    settings = (settings or FeatureSettings()).check()
    store = _Cache(Path(cache), settings) if cache is not None else None
    known = store.rows() if store else {}
    missing = [file for file in files if _key(file) not in known]
    n_kept, stopped = len(files) - len(missing), False
    compute = partial(_describe, settings)
    jobs = n_jobs if len(missing) > 2 * n_jobs else 1
    for done, row in enumerate(_saved(map_ordered(compute, missing, n_jobs=jobs), store), start=1):
        known[(row["track_id"], row["size"], row["modified_ns"])] = row
        if report(on_progress, "reading sounds", n_kept + done, len(files), "files"):
            stopped = True
            break
    rows = [known[_key(file)] for file in files if _key(file) in known]
    return _tables(rows, n_kept, stopped)


def _key(file: AudioFile) -> tuple[str, int, int]:
    return file.track_id, file.size, file.modified_ns


def _describe(settings: FeatureSettings, file: AudioFile) -> dict[str, Any]:
    """Return the row of a file; what can go wrong with a file becomes its reason."""
    row: dict[str, Any] = dict.fromkeys(_ROWS.names)
    row |= {"track_id": file.track_id, "size": file.size, "modified_ns": file.modified_ns}
    if file.problem:
        return row | {"reason": file.problem}
    try:
        info, described = probe_audio(file.path), describe_audio(file.path, settings)
    except (BandscapeError, OSError, MemoryError, ValueError, RuntimeError) as error:
        return row | {"reason": str(error).removeprefix(f"{file.path}: ")[:300] or type(error).__name__}
    return row | {
        "sample_rate_hz": info.sample_rate_hz,
        "n_channels": info.n_channels,
        "encoding": info.encoding,
        "duration_s": described.duration_s,
        "peak": described.peak,
        "clipped_share": described.clipped_share,
        "vector": described.vector.tolist(),
    }


def _saved(rows: Iterator[dict[str, Any]], store: "_Cache | None") -> Iterator[dict[str, Any]]:
    """Pass rows on and keep them every few seconds, also when the reader stops or is stopped."""
    fresh: list[dict[str, Any]] = []
    last = time.monotonic()
    try:
        for row in rows:
            fresh.append(row)
            if store and (len(fresh) >= _FLUSH_ROWS or time.monotonic() - last > _FLUSH_S):
                store.add(fresh)
                fresh, last = [], time.monotonic()
            yield row
    finally:
        if store and fresh:
            store.add(fresh)


class _Cache:
    """Parts of rows, each a Parquet file; settings that differ have parts of their own."""

    def __init__(self, folder: Path, settings: FeatureSettings) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._stem = folder, fingerprint(asdict(settings))[:12]

    def rows(self) -> dict[tuple[str, int, int], dict[str, Any]]:
        known: dict[tuple[str, int, int], dict[str, Any]] = {}
        parts = sorted(self._folder.glob(f"{self._stem}-*.parquet"))
        for part in parts:
            try:
                rows = read_table(part).to_pylist()
            except BandscapeError:  # damaged: its files are read again
                part.unlink(missing_ok=True)
                continue
            known |= {(row["track_id"], row["size"], row["modified_ns"]): row for row in rows}
        if len(parts) > 1:  # one part from now on
            self._write(list(known.values()))
            for part in parts:
                part.unlink(missing_ok=True)
        return known

    def add(self, rows: list[dict[str, Any]]) -> None:
        readable = [row for row in rows if row["reason"] is None]  # a bad file may be mended without a trace
        if readable:
            self._write(readable)

    def _write(self, rows: list[dict[str, Any]]) -> None:
        write_table(
            self._folder / f"{self._stem}-{time.time_ns():020d}.parquet", pa.Table.from_pylist(rows, _ROWS)
        )


def _tables(rows: list[dict[str, Any]], n_kept: int, stopped: bool) -> Extraction:
    table = pa.Table.from_pylist(rows, _ROWS)
    good = table.filter(pc.is_null(table["reason"]))
    bad = table.filter(pc.is_valid(table["reason"]))
    tracks = good.drop_columns(["size", "modified_ns", "reason", "vector"])
    quarantine = bad.select(["track_id", "reason"]).rename_columns(["path", "reason"])
    return Extraction(tracks, good.select(["track_id", "vector"]), quarantine, n_kept, stopped)
