"""Which topics a word belongs to by its company alone, the other words of its documents.

Public functions: :func:`company_topics` of one word, :func:`company_by_word` of many.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

_MOST_DOCUMENTS = 2000  # that a word's company is judged by
_FEW_DOCUMENTS = 50  # up to which words are judged together: one by one they cost calls, not sums
_AT_ONCE = 2_000_000  # numbers of a batch of them
_STEPS = 50


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
    for _ in range(_STEPS):
        rates = held / size
        held = rates * (others.T @ (values / np.maximum(others @ rates, 1e-300)))
        held /= held.sum()
    return held


def company_by_word(
    columns: csr_matrix | csc_matrix,
    word_topic: NDArray[np.floating],
    doc_topic: NDArray[np.floating],
    doc_tokens: NDArray[np.floating],
    topic_tokens: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Judge many words as :func:`company_topics` judges one.

    Parameters
    ----------
    columns : sparse matrix of shape (n_docs, n_asked)
        Occurrences of the words.
    word_topic : ndarray of shape (n_topics, n_asked)
        The model's p(word | topic) of these words.
    doc_topic, doc_tokens, topic_tokens
        As for :func:`company_topics`.

    Returns
    -------
    ndarray of shape (n_asked, n_topics), float64
        Rows sum to 1; zeros for a word that does not occur.
    """
    entries: Any = csc_matrix(columns)
    sizes = np.diff(entries.indptr)
    found = np.zeros((entries.shape[1], len(topic_tokens)))
    for word in np.flatnonzero(sizes > _FEW_DOCUMENTS).tolist():
        found[word] = company_topics(
            entries[:, [word]], word_topic[:, word], doc_topic, doc_tokens, topic_tokens
        )
    few = np.flatnonzero((sizes > 0) & (sizes <= _FEW_DOCUMENTS))
    filled = np.cumsum(sizes[few]) * len(topic_tokens) // _AT_ONCE
    for batch in np.split(few, np.flatnonzero(np.diff(filled)) + 1):
        if len(batch):
            found[batch] = _company_of_few(
                entries[:, batch], word_topic[:, batch], doc_topic, doc_tokens, topic_tokens
            )
    return found


def _company_of_few(
    entries: Any,
    word_topic: NDArray[np.floating],
    doc_topic: NDArray[np.floating],
    doc_tokens: NDArray[np.floating],
    topic_tokens: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Judge words that all occur, side by side: a row of each array is an entry of the counts."""
    docs, values, firsts = entries.indices, entries.data.astype(np.float64), entries.indptr[:-1]
    word = np.repeat(np.arange(entries.shape[1]), np.diff(entries.indptr))
    mixtures = np.asarray(doc_topic[docs], np.float64)
    own = mixtures * word_topic.T[word]
    own *= (values / np.maximum(own.sum(axis=1), 1e-300))[:, None]
    others = np.maximum(mixtures * doc_tokens[docs][:, None] - own, 1e-9)
    others /= others.sum(axis=1, keepdims=True)
    size = np.maximum(topic_tokens, 1e-9) / np.maximum(topic_tokens, 1e-9).sum()
    held = np.tile(size, (entries.shape[1], 1))
    for _ in range(_STEPS):
        rates = held / size
        said = values / np.maximum(np.einsum("et,et->e", others, rates[word]), 1e-300)
        held = rates * np.add.reduceat(others * said[:, None], firsts, axis=0)
        held /= held.sum(axis=1, keepdims=True)
    return held
