"""How a chain starts from the topics that an earlier one gave to the tokens.

Topics of tokens are kept in the order of the count matrix, which depends neither on the layout of the sampler nor on
its seed: document after document, word after word, and the tokens of one entry, which cannot be told apart, in
ascending order. Public functions: :func:`topics_by_row`, :func:`topics_by_block`, :func:`token_words`,
:func:`check_start`, :func:`complete_start`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from ..core.errors import ParameterError
from ..core.executors.local import map_threads
from . import token_kernels
from .blocks import TokenBlocks, document_lengths
from .priors import TopicPriors
from .token_kernels import MISSING

_CHUNK = 512  # documents handed to a thread at a time


def topics_by_row(counts: csr_matrix, blocks: TokenBlocks, topics: NDArray[np.uint16]) -> NDArray[Any]:
    """Bring topics from the order of the blocks into that of the count matrix.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
        Those the blocks were laid from.
    blocks : TokenBlocks
    topics : ndarray of shape (n_tokens,), uint16

    Returns
    -------
    ndarray of shape (n_tokens,), uint16
    """
    result = np.empty(len(topics), np.uint16)
    for tokens, places in _places(counts, blocks):
        result[places] = topics[tokens]
    token_kernels.sort_within_entries(counts.data, result)
    return result


def topics_by_block(counts: csr_matrix, blocks: TokenBlocks, topics: NDArray[np.uint16]) -> NDArray[Any]:
    """Bring topics from the order of the count matrix into that of the blocks; see :func:`topics_by_row`."""
    result = np.empty(len(topics), np.uint16)
    for tokens, places in _places(counts, blocks):
        result[tokens] = topics[places]
    return result


def token_words(counts: csr_matrix) -> NDArray[np.int32]:
    """Return the column of every token in the order of the count matrix."""
    return np.repeat(counts.indices.astype(np.int32), counts.data.astype(np.int64))


def check_start(start: ArrayLike, n_tokens: int, n_topics: int) -> NDArray[np.uint16]:
    """Check the topics that a chain is to start from.

    Parameters
    ----------
    start : array of shape (n_tokens,), int
        -1 where a topic is to be drawn.
    n_tokens, n_topics : int

    Returns
    -------
    ndarray of shape (n_tokens,), uint16
        A copy, with ``MISSING`` in place of -1.

    Raises
    ------
    ParameterError
        If it is of another shape or kind, or names a topic that there is not.
    """
    given = np.asarray(start)
    if given.shape != (n_tokens,) or not np.issubdtype(given.dtype, np.integer):
        raise ParameterError(
            f"start must hold a whole number for each of the {n_tokens} tokens of the counts; got {given.dtype} of "
            f"shape {given.shape}: take the counts it was made with"
        )
    low, high = (int(given.min()), int(given.max())) if n_tokens else (0, 0)
    if low < -1 or high >= n_topics:
        raise ParameterError(f"start must hold topics in -1..{n_topics - 1}; got {low}..{high}")
    result = given.astype(np.uint16)
    result[given == -1] = MISSING
    return result


def complete_start(
    counts: csr_matrix,
    topics: NDArray[np.uint16],
    priors: TopicPriors,
    frozen: Mapping[int, NDArray[np.float64]],
    *,
    seed: int,
    n_jobs: int = 1,
) -> NDArray[np.uint16]:
    """Give a topic to every token that lacks one, or has one its word is excluded from.

    The others are left alone, and are all that the word probabilities used here rest on.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : ndarray of shape (n_tokens,), uint16
        ``MISSING`` where there is none.
    priors : TopicPriors
        At the temperature of the draw.
    frozen : mapping of int to ndarray of shape (n_words,)
        Word distributions of topics that are held fixed.
    seed : int
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n_tokens,), uint16

    Notes
    -----
    Time O(tokens + missing tokens * topics).
    """
    words = token_words(counts)
    result = np.where(_is_banned(words, topics, priors, frozen), np.uint16(MISSING), topics)
    touched, rows = (
        np.unique(words[result == MISSING], return_inverse=False),
        np.zeros(priors.n_words, np.int32),
    )
    if len(touched) == 0:
        return result
    rows[touched] = np.arange(len(touched))
    phi = _word_chances(words, result, touched, priors, frozen)
    lengths = np.asarray(counts.sum(axis=1, dtype=np.int64)).ravel()
    token_starts = np.cumsum(lengths) - lengths
    indptr, entry_rows = counts.indptr.astype(np.int64), rows[counts.indices]
    scales = priors.doc_scales(lengths)

    def draw(first: int) -> None:
        with np.errstate(over="ignore"):  # 64-bit wrap-around of the random stream, when not compiled
            token_kernels.draw_missing(
                first, min(first + _CHUNK, len(lengths)), indptr, entry_rows, counts.data, token_starts, phi,
                priors.doc_prior, scales, np.uint64(seed), result,
            )  # fmt: skip

    map_threads(draw, range(0, len(lengths), _CHUNK), n_jobs=n_jobs)
    return result


def _is_banned(
    words: NDArray[np.int32],
    topics: NDArray[np.uint16],
    priors: TopicPriors,
    frozen: Mapping[int, NDArray[np.float64]],
) -> NDArray[np.bool_]:
    """Return which tokens have a topic that excludes their word."""
    banned = (priors.listed_priors == 0) & ~np.isin(priors.listed_topics, list(frozen))
    result = np.zeros(len(words), bool)
    pairs = priors.listed_words[banned].astype(np.int64) * MISSING + priors.listed_topics[banned]
    concerned = np.zeros(priors.n_words, bool)
    concerned[priors.listed_words[banned]] = True
    at = np.flatnonzero(concerned[words])
    result[at] = np.isin(words[at].astype(np.int64) * MISSING + topics[at], pairs) & (topics[at] != MISSING)
    return result


def _word_chances(
    words: NDArray[np.int32],
    topics: NDArray[np.uint16],
    touched: NDArray[np.int32],
    priors: TopicPriors,
    frozen: Mapping[int, NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return p(word | topic) of some words, shape (n_touched, n_topics), from the tokens that have topics."""
    n_topics = priors.n_topics
    rows = np.full(priors.n_words, -1)
    rows[touched] = np.arange(len(touched))
    known = topics != MISSING
    totals = np.bincount(topics[known], minlength=n_topics) + priors.topic_mass()
    counted = known & (rows[words] >= 0)
    cells = rows[words[counted]] * n_topics + topics[counted]
    counts = np.bincount(cells, minlength=len(touched) * n_topics).reshape(len(touched), n_topics)
    prior = np.tile(priors.word_prior, (len(touched), 1))
    listed = rows[priors.listed_words] >= 0
    prior[rows[priors.listed_words[listed]], priors.listed_topics[listed]] = priors.listed_priors[listed]
    chances = (counts + prior) / totals
    for topic, row in frozen.items():
        chances[:, topic] = row[touched]
    return chances


def _places(counts: csr_matrix, blocks: TokenBlocks) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """Yield the tokens of each block, and where they stand in the order of the count matrix."""
    lengths = document_lengths(counts)
    token_starts = np.cumsum(lengths) - lengths
    for block in range(blocks.n_blocks):
        tokens = blocks.tokens(block)
        places = np.empty(tokens.stop - tokens.start, np.int64)
        docs = blocks.order[blocks.places(block)]
        token_kernels.place_tokens(blocks.slots[tokens], token_starts[docs], places)
        yield tokens, places
