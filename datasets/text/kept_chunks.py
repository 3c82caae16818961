"""Chunks of a long corpus that were read already, kept until all are: a run that was cut off reads only the others.

Public names: :func:`read_chunks`, :func:`forget_chunks`.
"""

import itertools
import logging
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ...core.checkpoints import Checkpoint
from ...core.executors import Executor, map_ordered
from .stream import TextChunk, WordStream, read_words

logger = logging.getLogger(__name__)

_ASKED_AT_ONCE = 32  # chunks handed to other machines before those in front are needed
_Task = tuple[TextChunk, Path | None]


def read_chunks(
    chunks: Iterable[TextChunk],
    *,
    n_jobs: int = 1,
    kept: str | Path | None = None,
    executor: Executor | None = None,
) -> Iterator[WordStream]:
    """Yield the words of each chunk in order, keeping them on the way.

    Parameters
    ----------
    chunks : iterable of TextChunk
        Taken a few at a time.
    n_jobs : int, >= 1
        Processes.
    kept : path, optional
        Folder for what was read; it must be named after everything the words depend on. A single chunk is not kept.
        What cannot be written is not, with a warning in the log.
    executor : Executor, optional

    Yields
    ------
    WordStream
    """
    remaining = iter(chunks)
    first = list(itertools.islice(remaining, 2))
    folder = Path(kept) if kept is not None and len(first) > 1 else None
    tasks = (
        (chunk, None if folder is None else folder / f"{number:06d}.safetensors")
        for number, chunk in enumerate(itertools.chain(first, remaining))
    )
    if executor is not None and executor.n_partitions:
        yield from _read_elsewhere(tasks, executor, n_jobs)
    else:
        yield from map_ordered(_read, tasks, n_jobs=n_jobs)


def _read(task: _Task) -> WordStream:
    """Take up what was kept of a chunk, or else read and keep it."""
    chunk, path = task
    stream = None if path is None else _load(path, chunk)
    if stream is None:
        stream = read_words(chunk)
        if path is not None:
            _save(path, stream)
    return stream


def _read_elsewhere(tasks: Iterator[_Task], executor: Executor, n_jobs: int) -> Iterator[WordStream]:
    """Read where other machines may do it: what is kept stands on the disk of this one, and is kept from here."""
    while batch := list(itertools.islice(tasks, _ASKED_AT_ONCE)):
        stored = [None if path is None else _load(path, chunk) for chunk, path in batch]
        missing = [chunk for (chunk, _), stream in zip(batch, stored, strict=True) if stream is None]
        fresh = executor.map_ordered(read_words, missing, n_jobs=n_jobs)
        for (_, path), stream in zip(batch, stored, strict=True):
            if stream is None:
                stream = next(fresh)
                if path is not None:
                    _save(path, stream)
            yield stream


def forget_chunks(kept: str | Path) -> None:
    """Remove what :func:`read_chunks` kept; nothing happens where there is none."""
    shutil.rmtree(kept, ignore_errors=True)


def _save(path: Path, stream: WordStream) -> None:
    arrays = {"surface_ids": stream.surface_ids, "joints": stream.joints, "lengths": stream.lengths}
    try:
        Checkpoint(path).save(arrays, {"surfaces": stream.surfaces, "keys": stream.keys})
    except OSError as error:
        logger.warning("a chunk of text could not be kept: %s", error)


def _load(path: Path, chunk: TextChunk) -> WordStream | None:
    found = Checkpoint(path).load()
    if found is None or len(found[0]["lengths"]) != len(chunk.texts):
        return None
    arrays, state = found
    return WordStream(
        state["surfaces"], state["keys"], np.asarray(arrays["surface_ids"], np.int32),
        np.asarray(arrays["joints"], np.int16), np.asarray(arrays["lengths"], np.int64),
    )  # fmt: skip
