"""Which topic each word of each document is expected to belong to, under a fitted model.

A token of word w in document d belongs to topic k with probability proportional to ``doc_topic[d, k] *
topic_word[k, w]``. Public functions: :func:`token_topics`, :func:`expected_word_topics`,
:func:`add_expected`, :func:`company_topics`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_matrix, csr_matrix

from ..core.executors.local import map_threads
from . import kernels
from .blocks import check_n_jobs, row_pieces

_CHUNK = 1024  # words handed to a thread at a time
_MOST_DOCUMENTS = 2000  # that a word's company is judged by
_COMPANY_STEPS = 50


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


def company_topics(
    column: csr_matrix | csc_matrix,
    word_topic: NDArray[np.floating],
    doc_topic: NDArray[np.floating],
    doc_tokens: NDArray[np.floating],
    topic_tokens: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Judge by its company which topics one word belongs to, whatever the priors hold it to.

    The word's own tokens are taken out of its documents' mixtures; then its distribution over topics is estimated
    anew by expectation maximization without a prior, the mixtures held fixed: each topic's rate of the word is set to
    the expected tokens of the word in it, divided by all tokens of the topic.

    Parameters
    ----------
    column : sparse matrix of shape (n_docs, 1)
        Occurrences of the word.
    word_topic : ndarray of shape (n_topics,)
        The model's p(word | topic) of this word.
    doc_topic : ndarray of shape (n_docs, n_topics)
    doc_tokens : ndarray of shape (n_docs,)
        Tokens of each document, the prior's pseudo-tokens included.
    topic_tokens : ndarray of shape (n_topics,)
        Expected tokens of each topic in the corpus.

    Returns
    -------
    ndarray of shape (n_topics,), float64
        Shares, with sum 1; zeros for a word that does not occur.

    Notes
    -----
    Of a word in more than 2,000 documents, 2,000 at equal distances are used. Time O(documents * n_topics).
    """
    entries = csc_matrix(column)
    docs, values = entries.indices.astype(np.int64), entries.data.astype(np.float64)
    if len(docs) > _MOST_DOCUMENTS:
        chosen = np.linspace(0, len(docs) - 1, _MOST_DOCUMENTS).astype(np.int64)
        docs, values = docs[chosen], values[chosen]
    if not len(docs):
        return np.zeros(len(topic_tokens))
    mixtures = np.asarray(doc_topic[docs], np.float64)
    own = mixtures * word_topic
    own *= (values / np.maximum(own.sum(axis=1), 1e-300))[:, None]
    others = np.maximum(mixtures * doc_tokens[docs][:, None] - own, 1e-9)
    others /= others.sum(axis=1, keepdims=True)
    held = np.maximum(topic_tokens, 1e-9) / np.maximum(topic_tokens, 1e-9).sum()
    size = held.copy()
    for _ in range(_COMPANY_STEPS):
        rates = held / size
        held = rates * (others.T @ (values / np.maximum(others @ rates, 1e-300)))
        held /= held.sum()
    return held
