"""From counts added up over samples to probabilities, in the memory of the counts where they are large.

Public functions: :func:`estimate_topic_word`, :func:`estimate_doc_topic`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .priors import TopicPriors
from .sampler import SampleSums

_CHUNK_BYTES = 1 << 21  # of float64 at a time


def estimate_topic_word(
    sums: SampleSums, priors: TopicPriors, frozen: Mapping[int, NDArray[np.float64]], dtype: Any = np.float64
) -> NDArray[Any]:
    """Return p(word | topic), the prior included.

    Parameters
    ----------
    sums : SampleSums
        ``word_topic`` is used up when ``dtype`` is float32: the result takes its place in memory.
    priors : TopicPriors
        At the temperature of the samples.
    frozen : mapping of int to ndarray of shape (n_words,)
        Rows that are held fixed.
    dtype : float64 or float32

    Returns
    -------
    ndarray of shape (n_topics, n_words), ``dtype``
        Rows sum to 1. A float32 one is the transposed of an array by word.
    """
    counts, n_samples = sums.word_topic, sums.n_samples
    listed = priors.listed_words, priors.listed_topics
    listed_counts = counts[listed].astype(np.float64)
    totals = counts.sum(axis=0, dtype=np.int64) / n_samples + priors.topic_mass()
    if dtype == np.float64:
        topic_word = np.empty(counts.shape[::-1], dtype)
        word_topic = topic_word.T
    else:
        word_topic = _room_of(counts)
        topic_word = word_topic.T
    for rows in _chunks(*counts.shape):
        word_topic[rows] = (counts[rows] / n_samples + priors.word_prior) / totals
    word_topic[listed] = (listed_counts / n_samples + priors.listed_priors) / totals[priors.listed_topics]
    for topic, row in frozen.items():
        word_topic[:, topic] = row
    return topic_word


def estimate_doc_topic(
    sums: SampleSums, priors: TopicPriors, lengths: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return p(topic | document), the prior included.

    Parameters
    ----------
    sums : SampleSums
        ``doc_topic`` is used up: the result takes its place in memory.
    priors : TopicPriors
    lengths : ndarray of shape (n_docs,), int64

    Returns
    -------
    ndarray of shape (n_docs, n_topics), float32
        Rows sum to 1.
    """
    counts, scales = sums.doc_topic, priors.doc_scales(lengths)[:, None]
    doc_topic = _room_of(counts)
    for rows in _chunks(*counts.shape):
        mixed = counts[rows] / sums.n_samples + scales[rows] * priors.doc_prior
        doc_topic[rows] = mixed / mixed.sum(axis=1, keepdims=True)
    return doc_topic


def _room_of(counts: NDArray[Any]) -> NDArray[np.float32]:
    """Return a float32 array of the same shape, in the same place where an entry has as many bytes."""
    if counts.itemsize == 4 and counts.flags.writeable:
        return counts.view(np.float32)
    return np.empty(counts.shape, np.float32)


def _chunks(n_rows: int, n_columns: int) -> list[slice]:
    step = max(_CHUNK_BYTES // (8 * max(n_columns, 1)), 1)
    return [slice(at, at + step) for at in range(0, n_rows, step)]
