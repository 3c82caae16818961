"""Chunks of a long corpus that were read already, kept until all are: a run that was cut off reads only the others.

Public names: :func:`read_chunks`, :func:`forget_chunks`.
"""

import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...core.checkpoints import Checkpoint
from ...core.executors import Executor, LocalExecutor
from .stream import TextChunk, WordStream, read_words

logger = logging.getLogger(__name__)


def read_chunks(
    chunks: Sequence[TextChunk],
    *,
    n_jobs: int = 1,
    kept: str | Path | None = None,
    executor: Executor | None = None,
) -> Iterator[WordStream]:
    """Yield the words of each chunk in order, keeping them on the way.

    Parameters
    ----------
    chunks : sequence of TextChunk
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
    folder = Path(kept) if kept is not None and len(chunks) > 1 else None
    stored = [folder is not None and _file(folder, number).exists() for number in range(len(chunks))]
    missing = [chunk for chunk, is_stored in zip(chunks, stored, strict=True) if not is_stored]
    work = executor or LocalExecutor()
    fresh = work.map_ordered(read_words, missing, n_jobs=n_jobs if missing else 1)
    for number, chunk in enumerate(chunks):
        stream = _load(_file(folder, number), chunk) if folder is not None and stored[number] else next(fresh)
        if stream is None:  # damaged
            stream, stored[number] = read_words(chunk), False
        if folder is not None and not stored[number]:
            _save(_file(folder, number), stream)
        yield stream


def forget_chunks(kept: str | Path) -> None:
    """Remove what :func:`read_chunks` kept; nothing happens where there is none."""
    shutil.rmtree(kept, ignore_errors=True)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.safetensors"


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
