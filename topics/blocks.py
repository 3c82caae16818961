"""Documents dealt into blocks, tokens sorted by word inside each: the layout the sampler walks through.

Blocks depend on the data and the seed only, never on the number of threads. Public names: :class:`TokenBlocks`,
:func:`lay_blocks`, :func:`choose_docs_per_block`, :func:`check_n_jobs`,
:func:`aligned_zeros`, :func:`document_lengths`, :func:`word_totals`, :func:`row_pieces`, :func:`padded`,
:func:`shape_of`.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from ..core.errors import ParameterError
from ..core.executors.local import count_cores, map_threads
from . import kernels
from .simd import LANES, SLOT_MASK

_CACHE_BYTES = 1 << 20  # dense counts of a block that stay in the second-level cache of today's processors
_CACHE_LINE = 64
_PIECE_ENTRIES = 1 << 23
_SUM_ENTRIES = 1 << 17
_TOKENS_PER_BLOCK = 1 << 28  # on average: places within a block are 32-bit numbers


@dataclass(frozen=True)
class TokenBlocks:
    """The tokens of a corpus, block by block and word by word.

    Parameters
    ----------
    order : ndarray of shape (n_docs,), int64
        Rows of the count matrix in the order of the blocks.
    docs_per_block : int
        Documents of each block; the last may have fewer.
    block_starts : ndarray of shape (n_blocks + 1,), int64
        First token of each block.
    word_starts : ndarray of shape (n_blocks, n_words + 1), int32
        First token of each word within its block.
    slots : ndarray of shape (n_tokens,), uint16
        Document of each token within its block, and the flag ``FIRST_OF_WORD``.
    words : tuple of ndarray, int32
        Words present in each block.
    """

    order: NDArray[np.int64]
    docs_per_block: int
    block_starts: NDArray[np.int64]
    word_starts: NDArray[np.int32]
    slots: NDArray[np.uint16]
    words: tuple[NDArray[np.int32], ...]

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.words)

    @property
    def n_words(self) -> int:
        """Number of words in the vocabulary."""
        return self.word_starts.shape[1] - 1

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return int(self.block_starts[-1])

    def tokens(self, block: int) -> slice:
        """Return the tokens of a block."""
        return slice(int(self.block_starts[block]), int(self.block_starts[block + 1]))

    def places(self, block: int) -> slice:
        """Return the places in ``order`` of a block's documents."""
        return slice(block * self.docs_per_block, min((block + 1) * self.docs_per_block, len(self.order)))

    def token_docs_and_words(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the row and the column of every token."""
        docs, words = np.empty(self.n_tokens, np.int32), np.empty(self.n_tokens, np.int32)
        for block in range(self.n_blocks):
            tokens = self.tokens(block)
            docs[tokens] = self.order[self.places(block)][self.slots[tokens] & SLOT_MASK]
            words[tokens] = np.repeat(np.arange(self.n_words), np.diff(self.word_starts[block]))
        return docs, words

    def word_ranges(self, n_ranges: int) -> list[tuple[int, int]]:
        """Cut the vocabulary into ranges of about equally many tokens."""
        tokens_before = self.word_starts.sum(axis=0, dtype=np.int64)
        inner = np.searchsorted(tokens_before, np.arange(1, n_ranges) * self.n_tokens / n_ranges)
        cuts = [0, *(int(cut) for cut in inner), self.n_words]
        return [(low, high) for low, high in itertools.pairwise(cuts) if high > low]


def choose_docs_per_block(n_docs: int, n_padded: int, n_tokens: int = 0) -> int:
    """Choose how many documents share a block: counts that fit the cache, no giants, and equal shares for threads.

    The number of blocks is a multiple of eight, unless they would have fewer than 64 documents.
    """
    fitting = min(
        max(_CACHE_BYTES // (4 * n_padded), 64), 4096, _TOKENS_PER_BLOCK * n_docs // max(n_tokens, 1)
    )
    n_blocks = -(-n_docs // max(fitting, 1))
    even = -(-n_docs // (-(-n_blocks // 8) * 8))
    return max(even, min(64, max(fitting, 1)))


def lay_blocks(
    counts: csr_matrix, docs_per_block: int, rng: np.random.Generator, n_jobs: int = 1
) -> TokenBlocks:
    """Shuffle the documents into blocks and sort their tokens by word.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    docs_per_block : int
        At most 32,767.
    rng : numpy.random.Generator
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    TokenBlocks
    """
    if not 1 <= docs_per_block <= SLOT_MASK:
        raise ParameterError(f"docs_per_block must be in 1..{SLOT_MASK}; got {docs_per_block}")
    n_docs, n_words = shape_of(counts)
    order = rng.permutation(n_docs)
    indptr = counts.indptr.astype(np.int64)
    words, values = counts.indices.astype(np.int32, copy=False), counts.data.astype(np.int32, copy=False)
    groups = [order[at : at + docs_per_block] for at in range(0, len(order), docs_per_block)]
    lengths = document_lengths(counts)
    longest = max(int(lengths[group].sum()) for group in groups)
    if longest > 2**31 - 1:
        raise ParameterError(f"documents are too long: a block holds at most 2**31 - 1 tokens; got {longest}")
    word_starts = np.empty((len(groups), n_words + 1), np.int32)

    def count(block: int) -> tuple[int, int]:
        return kernels.count_block_words(indptr, words, values, groups[block], word_starts[block])

    sizes = map_threads(count, range(len(groups)), n_jobs=n_jobs)
    block_starts = np.concatenate([[0], np.cumsum(word_starts[:, -1], dtype=np.int64)])
    slots = np.empty(int(block_starts[-1]), np.uint16)
    present = tuple(np.empty(n_present, np.int32) for n_present, _ in sizes)

    def lay(block: int) -> None:
        tokens = slots[block_starts[block] : block_starts[block + 1]]
        kernels.lay_block(
            indptr, words, values, groups[block], word_starts[block], sizes[block][1], tokens, present[block]
        )

    map_threads(lay, range(len(groups)), n_jobs=n_jobs)
    return TokenBlocks(order, docs_per_block, block_starts, word_starts, slots, present)


def check_n_jobs(n_jobs: int | None) -> int:
    """Turn ``n_jobs`` into a number of threads: None is 1, -1 is one per processor.

    Raises
    ------
    ParameterError
        If it is neither None, -1 nor an int >= 1.
    """
    if n_jobs is None:
        return 1
    if isinstance(n_jobs, (int, np.integer)) and not isinstance(n_jobs, bool):
        if n_jobs == -1:
            return count_cores()
        if n_jobs >= 1:
            return int(n_jobs)
    raise ParameterError(f"n_jobs must be an int >= 1, or -1 for all processors; got {n_jobs!r}")


def shape_of(matrix: csr_matrix) -> tuple[int, int]:
    """Return (rows, columns); scipy's annotations let a shape be None."""
    n_rows, n_columns = matrix.shape  # pyright: ignore[reportGeneralTypeIssues]
    return int(n_rows), int(n_columns)


def document_lengths(counts: csr_matrix) -> NDArray[np.int64]:
    """Return the number of tokens of each document, without a copy of the entries."""
    starts, is_long = counts.indptr[:-1], np.diff(counts.indptr) > 0
    lengths = np.zeros(len(starts), np.int64)
    rows = np.flatnonzero(is_long)
    cuts = np.flatnonzero(np.diff(starts[rows] // _SUM_ENTRIES, prepend=-1))
    for first, last in itertools.pairwise([*cuts.tolist(), len(rows)]):  # numpy widens all it adds up at once
        begin, end = starts[rows[first]], counts.indptr[rows[last - 1] + 1]
        piece = counts.data[begin:end]
        lengths[rows[first:last]] = np.add.reduceat(piece, starts[rows[first:last]] - begin, dtype=np.int64)
    return lengths


def word_totals(counts: csr_matrix) -> NDArray[np.int64]:
    """Return the number of tokens of each word, without a copy of the entries."""
    totals = np.zeros(shape_of(counts)[1], np.int64)
    step = max(_SUM_ENTRIES, len(totals))
    for start in range(0, counts.nnz, step):
        piece = slice(start, start + step)
        totals += np.bincount(counts.indices[piece], counts.data[piece], len(totals)).astype(np.int64)
    return totals


def row_pieces(counts: csr_matrix | csc_matrix) -> Iterator[Any]:
    """Yield consecutive rows of a matrix, few enough to be turned about; one by columns as it is."""
    if counts.format != "csr" or counts.nnz <= _PIECE_ENTRIES:
        yield counts
        return
    cuts = np.flatnonzero(np.diff(counts.indptr[:-1] // _PIECE_ENTRIES, prepend=-1))
    for first, last in itertools.pairwise([*cuts.tolist(), len(counts.indptr) - 1]):
        yield counts[first:last]


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return a zeroed array that starts on a cache line, so that no vector load straddles two."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + _CACHE_LINE, np.uint8)
    skip = -raw.ctypes.data % _CACHE_LINE
    return raw[skip : skip + n_bytes].view(dtype).reshape(shape)


def padded(n_topics: int) -> int:
    """Round a number of topics up to whole vectors."""
    return -(-n_topics // LANES) * LANES
