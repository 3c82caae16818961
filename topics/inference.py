"""Topics of documents the model has not seen, and the score they give it.

Public functions: :func:`infer_mixtures`, :func:`split_documents`, :func:`completion_log_likelihood`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.executors.local import map_threads
from . import kernels, sparse_folding
from .blocks import shape_of

_CHUNK = 256  # documents handed to a thread at a time
_SPARSE_TOPICS, _SPARSE_SHARE = 256, 1 / 8  # from so many topics on, with at most such a share off the floor
TOLERANCE = 1e-4
MAX_ITERATIONS = 200


def infer_mixtures(
    counts: csr_matrix,
    topic_word: NDArray[np.float64],
    doc_prior: NDArray[np.float64],
    *,
    by_length: bool = False,
    start: NDArray[np.float64] | None = None,
    n_jobs: int = 1,
) -> NDArray[np.float32]:
    """Estimate topic mixtures with the word distributions held fixed, by expectation maximization.

    One step sets ``theta`` proportional to ``alpha`` plus the expected topic counts under ``theta``. The fixed point
    is the only maximum of the posterior in the softmax basis, so that neither chance nor the start matters.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    topic_word : ndarray of shape (n_topics, n_words)
        Rows sum to 1.
    doc_prior : ndarray of shape (n_topics,), > 0
        alpha, times a document's length where ``by_length``.
    by_length : bool
    start : ndarray of shape (n_topics,), optional
        Mixture to start from; the normalized prior when absent.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n_docs, n_topics), float32
        Rows sum to 1; a document without tokens has the normalized prior.

    Notes
    -----
    Time O(entries * n_topics * steps), at most 200 steps, until no share changes by more than 1e-4. With many topics
    that share few words, n_topics is in effect the number of topics a word occurs in.

    References
    ----------
    MacKay (1998), Choice of basis for Laplace approximation, Machine Learning 33.
    """
    phi = np.ascontiguousarray(topic_word.T, dtype=np.float32)
    prior = doc_prior.astype(np.float32)
    begin = (doc_prior if start is None else np.maximum(start, 1e-6)).astype(np.float64)
    begin = (begin / begin.sum()).astype(np.float32)
    indptr = counts.indptr.astype(np.int64)
    words, values = counts.indices.astype(np.int32), counts.data.astype(np.int32)
    n_docs, _ = shape_of(counts)
    mixtures = np.empty((n_docs, len(prior)), np.float32)

    entries = _list_entries(phi)

    def fold(first: int) -> None:
        documents = (first, min(first + _CHUNK, n_docs), indptr, words, values)
        rest = (prior, by_length, begin, np.float32(TOLERANCE), MAX_ITERATIONS, mixtures)
        if entries is None:
            kernels.fold_in(*documents, phi, *rest)
        else:
            sparse_folding.fold_in_sparsely(*documents, *entries, *rest)

    map_threads(fold, range(0, n_docs, _CHUNK), n_jobs=n_jobs)
    return mixtures


def _list_entries(phi: NDArray[np.float32]) -> tuple[NDArray[Any], ...] | None:
    """Return what :func:`.sparse_folding.fold_in_sparsely` needs, or None where the dense kernel is quicker.

    The answer depends on the model only, so that a document's mixture does not depend on the others.
    """
    n_words, n_topics = phi.shape
    if n_topics < _SPARSE_TOPICS:
        return None
    floors, starts = np.empty(n_topics, np.float32), np.zeros(n_words + 1, np.int64)
    sparse_folding.find_floors(phi, floors)
    sparse_folding.count_entries(phi, floors, starts[1:])
    np.cumsum(starts, out=starts)
    if starts[-1] > phi.size * _SPARSE_SHARE:
        return None
    topics, surplus = np.empty(starts[-1], np.uint16), np.empty(starts[-1], np.float32)
    sparse_folding.list_entries(phi, floors, starts, topics, surplus)
    return floors, starts, topics, surplus


def split_documents(counts: csr_matrix, rng: np.random.Generator) -> tuple[csr_matrix, csr_matrix]:
    """Split every document's tokens in two halves, by the parity of their places in a random order.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    rng : numpy.random.Generator

    Returns
    -------
    observed, held_out : csr_matrix, int32
        They add up to ``counts``; of an odd number of tokens ``observed`` has one more.
    """
    n_docs, _ = shape_of(counts)
    n_entries = len(counts.data)
    entry_of_token = np.repeat(np.arange(n_entries), counts.data.astype(np.int64))
    doc_of_token = np.repeat(np.arange(n_docs), np.diff(counts.indptr))[entry_of_token]
    order = np.lexsort((rng.random(len(entry_of_token)), doc_of_token))
    lengths = np.bincount(doc_of_token, minlength=n_docs)
    place = np.arange(len(order)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    odd = np.bincount(entry_of_token[order[place % 2 == 1]], minlength=n_entries).astype(np.int32)

    def with_data(data: NDArray[Any]) -> csr_matrix:
        part = csr_matrix((data, counts.indices.copy(), counts.indptr.copy()), shape=counts.shape)
        part.eliminate_zeros()
        return part

    return with_data(counts.data - odd), with_data(odd)


def completion_log_likelihood(
    held_out: csr_matrix, mixtures: NDArray[np.float32], topic_word: NDArray[np.float64]
) -> float:
    """Return the mean over held-out tokens of log p(word | mixture); NaN without tokens.

    Parameters
    ----------
    held_out : csr_matrix of shape (n_docs, n_words), int32
    mixtures : ndarray of shape (n_docs, n_topics)
    topic_word : ndarray of shape (n_topics, n_words)
    """
    n_tokens = int(held_out.data.sum(dtype=np.int64))
    if n_tokens == 0:
        return float("nan")
    phi = np.ascontiguousarray(topic_word.T)
    docs = np.repeat(np.arange(len(mixtures)), np.diff(held_out.indptr))
    total = 0.0
    for at in range(0, len(docs), 65_536):
        part = slice(at, at + 65_536)
        chances = np.einsum("ek,ek->e", mixtures[docs[part]], phi[held_out.indices[part]])
        total += float(held_out.data[part] @ np.log(np.maximum(chances, 1e-300)))
    return total / n_tokens
