"""Which topic each word of each document is expected to belong to, under a fitted model.

A token of word w in document d belongs to topic k with probability proportional to ``doc_topic[d, k] *
topic_word[k, w]``. Public functions: :func:`token_topics`, :func:`expected_word_topics`,
:func:`add_expected`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_matrix, csr_matrix

from ..core.executors.local import map_threads
from . import kernels
from .blocks import check_n_jobs, row_pieces

_CHUNK = 1024  # words handed to a thread at a time


def token_topics(
    word_ids: ArrayLike, topic_word: NDArray[np.floating], mixture: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return p(topic | word, document) of the words of one document.

    Parameters
    ----------
    word_ids : array of shape (n_tokens,), int
        Columns of ``topic_word``; -1 for a word it does not have.
    topic_word : ndarray of shape (n_topics, n_words)
    mixture : ndarray of shape (n_topics,)
        p(topic | document).

    Returns
    -------
    ndarray of shape (n_tokens, n_topics), float64
        Rows sum to 1; zeros for unknown words, and for a word that no topic of the document can hold.
    """
    words = np.asarray(word_ids, np.int64)
    weights = topic_word[:, np.maximum(words, 0)].T * np.asarray(mixture, np.float64)
    weights[words < 0] = 0
    totals = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)


def expected_word_topics(
    counts: csr_matrix | csc_matrix,
    topic_word: NDArray[np.floating],
    doc_topic: NDArray[np.floating],
    *,
    words: ArrayLike | None = None,
    n_jobs: int = 1,
) -> NDArray[np.float32]:
    """Expect how many tokens of each word belong to each topic.

    Parameters
    ----------
    counts : sparse matrix of shape (n_docs, n_words)
    topic_word : ndarray of shape (n_topics, n_words)
    doc_topic : ndarray of shape (n_docs, n_topics)
    words : array of int, optional
        The words asked for; all when absent.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n_words_asked, n_topics), float32
        Rows sum to the occurrences of the word.

    Notes
    -----
    Time O(entries of the words * n_topics).
    """
    n_words = topic_word.shape[1]
    asked = np.arange(n_words) if words is None else np.asarray(words, np.int64)
    word_topic = np.ascontiguousarray(topic_word.T, dtype=np.float32)
    expected = np.zeros((len(asked), topic_word.shape[0]), np.float64)
    first = 0
    for piece in row_pieces(counts):
        last = first + piece.shape[0]
        columns = piece if words is None else csc_matrix(piece)[:, asked]
        add_expected(expected, columns, asked, word_topic, doc_topic[first:last], n_jobs=n_jobs)
        first = last
    return expected.astype(np.float32)


def add_expected(
    expected: NDArray[np.float64],
    counts: csr_matrix | csc_matrix,
    words: NDArray[np.int64],
    word_topic: NDArray[np.float32],
    doc_topic: NDArray[np.floating],
    *,
    n_jobs: int = 1,
) -> None:
    """Add how many tokens of consecutive documents are expected in each topic, column by column of their counts.

    Parameters
    ----------
    expected : ndarray of shape (n_columns, n_topics), float64
        Added to.
    counts : sparse matrix of shape (n_docs, n_columns)
    words : ndarray of shape (n_columns,), int64
        Row of ``word_topic`` of each column.
    word_topic : ndarray of shape (n_words, n_topics), float32
    doc_topic : ndarray of shape (n_docs, n_topics)
    n_jobs : int
        Threads; the result does not depend on it.
    """
    columns = csc_matrix(counts)
    indptr, docs = columns.indptr.astype(np.int64), columns.indices.astype(np.int64)
    values = columns.data.astype(np.float64)
    mixtures = np.ascontiguousarray(doc_topic, dtype=np.float32)

    def fill(first: int) -> None:
        last = min(first + _CHUNK, len(words))
        kernels.count_surfaces_by_topic(
            first, last, indptr, docs, values, words, mixtures, word_topic, expected
        )

    map_threads(fill, range(0, len(words), _CHUNK), n_jobs=check_n_jobs(n_jobs))
