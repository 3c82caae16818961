"""Which documents speak for a topic, and where in them.

Public functions: :func:`choose_evidence`, :func:`densest_passage`.
"""

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError


def choose_evidence(
    doc_topic: NDArray[np.floating], lengths: NDArray[np.integer], topic: int, *, n_docs: int = 5
) -> NDArray[np.int64]:
    """Choose the documents that say most about a topic: those with the most words of it.

    By share alone, documents of three words would win.

    Parameters
    ----------
    doc_topic : ndarray of shape (n_all_docs, n_topics)
        p(topic | document).
    lengths : ndarray of shape (n_all_docs,), int
        Words of each document.
    topic : int
    n_docs : int
        So many at most.

    Returns
    -------
    ndarray of int64
        Documents by share times length, most first; of equals the lower number first. None without words.

    Raises
    ------
    ParameterError
        If ``n_docs`` is below 1 or there is no such topic.
    """
    if n_docs < 1:
        raise ParameterError(f"n_docs must be an int >= 1; got {n_docs!r}")
    if not 0 <= topic < doc_topic.shape[1]:
        raise ParameterError(f"topic must be in 0..{doc_topic.shape[1] - 1}; got {topic!r}")
    said = doc_topic[:, topic].astype(np.float64) * lengths
    order = np.argsort(-said, kind="stable")[:n_docs]
    return order[said[order] > 0]


def densest_passage(weights: NDArray[np.floating], n_words: int) -> slice:
    """Return the run of ``n_words`` words with the largest sum of weights; the first of equals.

    Parameters
    ----------
    weights : ndarray of shape (n_tokens,)
        Such as p(topic | word) of each word of a document.
    n_words : int, >= 1

    Returns
    -------
    slice
        All words of a shorter document.
    """
    if len(weights) <= n_words:
        return slice(0, len(weights))
    sums = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    start = int(np.argmax(sums[n_words:] - sums[:-n_words]))
    return slice(start, start + n_words)
