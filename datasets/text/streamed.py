"""Text preparation of a corpus larger than the memory: reviews in from Parquet, words out to the disk.

The texts are read once, in chunks over processes. Their words wait on the disk as numbers of surface forms, are gone
through four times or a little more to find phrases and vocabulary, and once to be written. In the memory are a chunk a
process, the distinct surface forms, and at most four million distinct pairs. The files are those that
:func:`.prepare_text` gives, byte for byte.

Public names: :func:`prepare_stored_text`, :func:`text_key`.
"""

import importlib.metadata
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...core.checkpoints import fingerprint
from ...core.executors import Executor
from ...core.files import TableWriter, count_nulls, iterate_table, read_table, write_table
from ...core.files.sparse import write_spooled_sparse
from ...core.progress import ProgressCallback
from ...core.spool import Spool
from .chunks import WORTH_PROCESSES, TextChunk, check_jobs, chunks_of, jobs_of
from .kept_chunks import forget_chunks, read_chunks
from .new_text import count_matrix
from .preparation import (
    GROUP_REVIEWS,
    PACKAGES,
    TEXT_VERSION,
    TOKENS_SCHEMA,
    announce_texts,
    tokens_table,
    vocabulary_table,
    warn_if_empty,
)
from .settings import TextSettings
from .stored_text import StoredText
from .stream import Lexicon, WordStream, forget_units
from .vocabulary import WordIndex, index_streams

_BATCH_REVIEWS = 2048
_SLICE_TOKENS = 1 << 20


def prepare_stored_text(
    directory: str | Path,
    out: str | Path | None = None,
    *,
    settings: TextSettings | None = None,
    n_jobs: int = 1,
    kept: str | Path | None = None,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> StoredText:
    """Prepare the text of a stored corpus without ever holding it in memory.

    Parameters
    ----------
    directory : path
        The folder of ``reviews.parquet`` and ``artists.parquet``.
    out : path, optional
        Where ``vocabulary.parquet``, ``counts.npz`` and ``tokens.parquet`` are written; ``directory`` when absent.
    settings : TextSettings, optional
    n_jobs : int, >= 1
        Processes at most; little text is read by one. The result does not depend on it.
    kept : path, optional
        Folder where chunks are kept until all are read, so that a run that was cut off goes on. It must be named after
        everything the words depend on, such as :func:`text_key`, and is removed in the end.
    on_progress : callable, optional
        Receives :class:`~bandscape.core.progress.Progress` in reviews; a true answer stops.
    executor : Executor, optional
        Where chunks are read; without it, in processes of this machine.

    Returns
    -------
    StoredText

    Raises
    ------
    SourceError, ChecksumError
        If a table is missing or damaged.
    ParameterError
        If ``n_jobs`` is no int of at least 1.
    BandscapeError
        If ``on_progress`` asked to stop.

    Warns
    -----
    BandscapeWarning
        If no review has text, or no word is within the limits of ``settings``.

    Notes
    -----
    Disk, while it works: 6 bytes a content word (and as much again for ``kept``), 8 bytes a different word of a review.
    """
    settings = settings if settings is not None else TextSettings()
    check_jobs(n_jobs)
    source = Path(directory)
    folder = source if out is None else Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    n_reviews, _ = count_nulls(source / "reviews.parquet", "text")
    with ExitStack() as stack:
        scratch = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix=".words-", suffix=".tmp", dir=folder))
        )
        words = stack.enter_context(_SpooledWords.open(scratch))
        try:
            _read_texts(source, settings, words, n_reviews, n_jobs, kept, on_progress, executor)
        finally:
            forget_units()
        surfaces, keys, counts, words.rank = words.lexicon.finish()
        index = index_streams(surfaces, keys, counts, words.streams, settings, folder=scratch)
        _write(source / "reviews.parquet", folder, scratch, words, index, settings)
    warn_if_empty(len(index.vocabulary), n_reviews, index.dropped)
    if kept is not None:
        forget_chunks(kept)
    return StoredText(folder)


def text_key(reviews_sha256: str, artists_sha256: str, settings: TextSettings) -> str:
    """Return a hash over everything that the words of a stored corpus depend on.

    Parameters
    ----------
    reviews_sha256, artists_sha256 : str
        Of ``reviews.parquet`` and ``artists.parquet``.
    settings : TextSettings

    Returns
    -------
    str
    """
    versions = [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES]
    return fingerprint(TEXT_VERSION, versions, reviews_sha256, artists_sha256, settings.to_json())


# -- reading -----------------------------------------------------------------------------------------------------


@dataclass
class _SpooledWords:
    """The words of all texts, on the disk, in the numbers that a lexicon gave as they came."""

    ids: Spool
    joints: Spool
    lengths: Spool
    lexicon: Lexicon = field(default_factory=Lexicon)
    rank: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @classmethod
    def open(cls, folder: Path) -> "_SpooledWords":
        return cls(Spool(folder, np.int32), Spool(folder, np.int16), Spool(folder, np.int32))

    def __enter__(self) -> "_SpooledWords":
        return self

    def __exit__(self, *_error: object) -> None:
        for spool in (self.ids, self.joints, self.lengths):
            spool.close()

    def add(self, stream: WordStream) -> None:
        self.ids.append(self.lexicon.add(stream))
        self.joints.append(stream.joints)
        self.lengths.append(stream.lengths)

    def streams(self) -> Iterator[WordStream]:
        """Yield consecutive documents, in the numbers of the finished lexicon.

        No stream reaches over a multiple of ``GROUP_REVIEWS`` documents.
        """
        token = 0
        for group in range(0, len(self.lengths), GROUP_REVIEWS):
            lengths = self.lengths.read(group, group + GROUP_REVIEWS).astype(np.int64)
            before = np.cumsum(lengths) - lengths
            cuts = np.flatnonzero(np.diff(before // _SLICE_TOKENS, prepend=-1))
            for first, last in itertools.pairwise([*cuts.tolist(), len(lengths)]):
                piece = lengths[first:last]
                stop = token + int(piece.sum())
                ids, joints = self.rank[self.ids.read(token, stop)], self.joints.read(token, stop)
                yield WordStream([], [], ids, joints, piece)
                token = stop


def _read_texts(
    source: Path,
    settings: TextSettings,
    words: _SpooledWords,
    n_reviews: int,
    n_jobs: int,
    kept: str | Path | None,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> None:
    """Read all texts, in chunks over processes, and report how many are done."""
    chunks = chunks_of(_documents(source, settings), settings)
    first, n_characters = [], 0
    while n_characters < WORTH_PROCESSES and (chunk := next(chunks, None)) is not None:
        first.append(chunk)
        n_characters += sum(map(len, chunk.texts))
    done = 0
    announce_texts(on_progress, done, n_reviews)
    jobs = jobs_of(n_jobs, executor) if n_characters >= WORTH_PROCESSES else 1
    for stream in read_chunks(_emptying(first, chunks), n_jobs=jobs, kept=kept, executor=executor):
        words.add(stream)
        done += len(stream.lengths)
        announce_texts(on_progress, done, n_reviews)


def _emptying(first: list[TextChunk], others: Iterator[TextChunk]) -> Iterator[TextChunk]:
    """Yield chunks, holding none that was given away."""
    while first:
        yield first.pop(0)
    yield from others


def _documents(source: Path, settings: TextSettings) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Yield the text of each review and, where they are to be masked, the names of its artists."""
    artists = read_table(source / "artists.parquet", ["artist_id", "name"])
    names = dict(zip(artists["artist_id"].to_pylist(), artists["name"].to_pylist(), strict=True))
    wanted = ["text", "artist_ids"] if settings.mask_artists else ["text"]
    for batch in iterate_table(source / "reviews.parquet", wanted, _BATCH_REVIEWS):
        texts = batch.column("text").to_pylist()
        if not settings.mask_artists:
            yield from ((text or "", None) for text in texts)
            continue
        for text, ids in zip(texts, batch.column("artist_ids").to_pylist(), strict=True):
            yield text or "", tuple(names[one] for one in ids if one in names)


# -- writing -----------------------------------------------------------------------------------------------------


def _write(
    reviews: Path, folder: Path, scratch: Path, words: _SpooledWords, index: WordIndex, settings: TextSettings
) -> None:
    n_words, number = len(index.vocabulary), np.int32 if index.n_tokens < 2**31 else np.int64
    with (
        TableWriter(folder / "tokens.parquet", TOKENS_SCHEMA) as writer,
        Spool(scratch, np.int32) as data,
        Spool(scratch, number) as indices,
        Spool(scratch, number) as indptr,
    ):
        indptr.append(np.zeros(1, number))
        for ids, pieces in _by_group(reviews, words, index):
            word_ids, surface_ids, lengths = (np.concatenate(part) for part in zip(*pieces, strict=True))
            writer.write(tokens_table(ids, word_ids, surface_ids, lengths))
            for piece_ids, _, piece_lengths in pieces:
                counts = count_matrix(piece_ids, piece_lengths, n_words)
                indptr.append(counts.indptr[1:].astype(number) + len(data))
                data.append(counts.data)
                indices.append(counts.indices)
        if not writer.n_rows:
            writer.write(TOKENS_SCHEMA.empty_table())
        shape = (len(words.lengths), n_words)
        write_spooled_sparse(folder / "counts.npz", data, indices, indptr, shape)
    table = vocabulary_table(index.vocabulary, settings, index.common)
    write_table(folder / "vocabulary.parquet", table)


_Placed = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]


def _by_group(
    reviews: Path, words: _SpooledWords, index: WordIndex
) -> Iterator[tuple[pa.Array, list[_Placed]]]:
    """Yield the ids of the reviews of a row group, and their words and surface forms."""
    streams = words.streams()
    for ids in _groups_of_ids(reviews):
        pieces: list[_Placed] = []
        while sum(len(lengths) for _, _, lengths in pieces) < len(ids):
            pieces.append(index.place(next(streams)))
        yield ids, pieces


def _groups_of_ids(reviews: Path) -> Iterator[pa.Array]:
    held: list[pa.Array] = []
    for batch in iterate_table(reviews, ["review_id"], GROUP_REVIEWS):
        column = batch.column(0)
        room = GROUP_REVIEWS - sum(map(len, held))
        held.append(column.slice(0, room))
        if len(column) >= room:
            yield pa.concat_arrays(held)
            held = [column.slice(room)]
    if sum(map(len, held)):
        yield pa.concat_arrays(held)
