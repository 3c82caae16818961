"""One row a file, for many files: parallel, resumable, and not stopped by files that cannot be read.

Public names: :class:`AudioFile`, :class:`FileRows`, :func:`rows_of_files`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import pyarrow as pa
from threadpoolctl import threadpool_limits

from ....core.errors import BandscapeError
from ....core.executors import Executor, LocalExecutor
from ....core.files import read_table, write_table
from ....core.progress import ProgressCallback, report

_KEY = [("track_id", pa.string()), ("size", pa.int64()), ("modified_ns", pa.int64()), ("reason", pa.string())]
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
class FileRows:
    """What came out.

    Parameters
    ----------
    rows : pyarrow.Table
        track_id and the columns asked for, in the order of the files; those that could be read.
    quarantine : pyarrow.Table
        path, reason.
    n_kept : int
        Files that had been read before and were not read again.
    stopped : bool
        Whether ``on_progress`` asked to stop; the tables then hold what was read so far.
    """

    rows: pa.Table
    quarantine: pa.Table
    n_kept: int
    stopped: bool


def rows_of_files(
    files: Sequence[AudioFile],
    describe: Callable[..., dict[str, Any]],
    columns: Sequence[tuple[str, pa.DataType]],
    *,
    settings: str,
    cache: str | Path | None = None,
    n_jobs: int = 1,
    stage: str = "reading sounds",
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    shared: tuple[Any, ...] = (),
) -> FileRows:
    """Describe files.

    Parameters
    ----------
    files : sequence of AudioFile
        With different ids.
    describe : callable
        Gets a path and returns a value for each column; picklable by name. What it raises for a file becomes that
        file's reason.
    columns : sequence of (name, pyarrow type)
    settings : str
        Digest of all that decides the values besides the files; rows kept under another are not taken.
    cache : path, optional
        A folder; what is computed is kept there every ten seconds, and taken from there the next time if the file
        has the same size and time of change.
    n_jobs : int
        Processes; the result does not depend on it.
    stage : str
        What progress is called.
    on_progress : callable, optional
    executor : Executor, optional
        Whose workers read the files, which must lie at the same paths there; processes of this machine when absent.
    shared : tuple
        Further arguments of ``describe``, sent to a machine once.

    Returns
    -------
    FileRows
    """
    schema = pa.schema([*_KEY, *columns])
    store = _Cache(Path(cache), settings, schema) if cache is not None else None
    known = store.rows() if store else {}
    missing = [file for file in files if _key(file) not in known]
    n_kept, stopped = len(files) - len(missing), False
    work = executor or LocalExecutor()
    n_jobs = max(n_jobs, 2) if work.n_partitions else n_jobs
    jobs = n_jobs if len(missing) > 2 * n_jobs else 1
    results = work.map_ordered(partial(_row, describe), missing, n_jobs=jobs, shared=shared)
    with threadpool_limits(1, user_api="blas"):
        for done, row in enumerate(_saved(results, store), start=1):
            known[(row["track_id"], row["size"], row["modified_ns"])] = row
            if report(on_progress, stage, n_kept + done, len(files), "files"):
                stopped = True
                break
    found = [known[_key(file)] for file in files if _key(file) in known]
    return _tables(found, schema, n_kept, stopped)


def _key(file: AudioFile) -> tuple[str, int, int]:
    return file.track_id, file.size, file.modified_ns


def _row(describe: Callable[..., dict[str, Any]], file: AudioFile, *shared: Any) -> dict[str, Any]:
    """Return the row of a file; what can go wrong with a file becomes its reason."""
    if parent_process() is not None:
        _one_thread()
    row = {"track_id": file.track_id, "size": file.size, "modified_ns": file.modified_ns, "reason": None}
    if file.problem:
        return row | {"reason": file.problem}
    try:
        return row | describe(file.path, *shared)
    except (BandscapeError, OSError, MemoryError, ValueError, RuntimeError) as error:
        return row | {"reason": str(error).removeprefix(f"{file.path}: ")[:300] or type(error).__name__}


@lru_cache(maxsize=1)
def _one_thread() -> threadpool_limits:
    """Take one thread for the matrices of this process, once: there is a process for each core already."""
    return threadpool_limits(1, user_api="blas")


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

    def __init__(self, folder: Path, settings: str, schema: pa.Schema) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._stem, self._schema = folder, settings[:12], schema

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
        path = self._folder / f"{self._stem}-{time.time_ns():020d}.parquet"
        write_table(path, pa.Table.from_pylist(rows, self._schema))


def _tables(rows: list[dict[str, Any]], schema: pa.Schema, n_kept: int, stopped: bool) -> FileRows:
    good = pa.Table.from_pylist([row for row in rows if row["reason"] is None], schema)
    bad = [{"path": row["track_id"], "reason": row["reason"]} for row in rows if row["reason"] is not None]
    quarantine = pa.Table.from_pylist(bad, pa.schema([("path", pa.string()), ("reason", pa.string())]))
    return FileRows(good.drop_columns(["size", "modified_ns", "reason"]), quarantine, n_kept, stopped)
