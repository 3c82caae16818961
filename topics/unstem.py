"""Show a stem as people write it: its most frequent surface form within the topic.

Public functions: :func:`count_surfaces`, :func:`expected_surface_counts`, :func:`choose_surfaces`,
:func:`display_words`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from ..core.errors import ParameterError
from .assignments import add_expected
from .blocks import row_pieces, shape_of


def count_surfaces(surface_ids: Sequence[ArrayLike], n_surfaces: int) -> csr_matrix:
    """Count the surface forms of each document.

    Parameters
    ----------
    surface_ids : sequence of int sequence, one per document
        Column ``surface_ids`` of the tokens table.
    n_surfaces : int

    Returns
    -------
    csr_matrix of shape (n_docs, n_surfaces), int32
    """
    rows = [np.asarray(row if row is not None else (), np.int64) for row in surface_ids]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.concatenate([np.empty(0, np.int64), *rows])
    if columns.size and (columns.min() < 0 or columns.max() >= n_surfaces):
        raise ParameterError(
            f"surface_ids must be in 0..{n_surfaces - 1}; got {columns.min()}..{columns.max()}"
        )
    counts = csr_matrix((np.ones(len(columns), np.int32), columns, indptr), shape=(len(rows), n_surfaces))
    counts.sum_duplicates()
    return counts


def expected_surface_counts(
    surface_counts: csr_matrix | Iterable[csr_matrix],
    surface_words: ArrayLike,
    topic_word: NDArray[np.floating],
    doc_topic: NDArray[np.floating],
    *,
    n_jobs: int = 1,
) -> NDArray[np.float32]:
    """Expect how often each surface form stands for each topic.

    A token of word w in document d belongs to topic k with probability proportional to
    ``doc_topic[d, k] * topic_word[k, w]``; the sum over the tokens of a surface form is its expected count.

    Parameters
    ----------
    surface_counts : csr_matrix of shape (n_docs, n_surfaces), or iterable of such for consecutive documents
        The result does not depend on how the documents are cut.
    surface_words : array of shape (n_surfaces,), int
        Word (column of ``topic_word``) each surface form belongs to.
    topic_word : ndarray of shape (n_topics, n_words)
    doc_topic : ndarray of shape (n_docs, n_topics)
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n_surfaces, n_topics), float32

    Notes
    -----
    Time O(entries * n_topics). Memory of one piece of the counts, and of the result in float64.
    """
    pieces: Iterable[Any] = (
        row_pieces(surface_counts) if isinstance(surface_counts, csr_matrix) else surface_counts
    )
    words = np.asarray(surface_words, np.int64)
    word_topic = np.ascontiguousarray(topic_word.T, dtype=np.float32)
    expected = np.zeros((len(words), topic_word.shape[0]), np.float64)
    first = 0
    for piece in pieces:
        last = first + shape_of(piece)[0]
        _check_surfaces((shape_of(piece)[1], last), words, topic_word, doc_topic)
        add_expected(expected, piece, words, word_topic, doc_topic[first:last], n_jobs=n_jobs)
        first = last
    _check_surfaces(
        (len(words), first if first else len(doc_topic)), words, topic_word, doc_topic, is_whole=True
    )
    return expected.astype(np.float32)


def choose_surfaces(
    expected: NDArray[np.floating], surface_words: ArrayLike, n_words: int
) -> NDArray[np.int32]:
    """Choose each word's most frequent surface form within each topic.

    Parameters
    ----------
    expected : ndarray of shape (n_surfaces, n_topics)
    surface_words : array of shape (n_surfaces,), int
    n_words : int

    Returns
    -------
    ndarray of shape (n_topics, n_words), int32
        Surface numbers, the lowest of equals; -1 for a word without surface forms.
    """
    words = np.asarray(surface_words, np.int64)
    chosen = np.full((expected.shape[1], n_words), -1, np.int32)
    if not len(words):
        return chosen
    order = np.argsort(words, kind="stable")
    grouped = expected[order]
    starts = np.flatnonzero(np.diff(words[order], prepend=-1))
    largest = np.maximum.reduceat(grouped, starts, axis=0)
    is_largest = grouped == np.repeat(largest, np.diff(starts, append=len(words)), axis=0)
    places = np.where(is_largest, order[:, None], len(words)).astype(np.int32)
    chosen[:, words[order[starts]]] = np.minimum.reduceat(places, starts, axis=0).T
    return chosen


def display_words(
    surfaces: Sequence[str], chosen: NDArray[np.int32], vocabulary: Sequence[str]
) -> NDArray[np.object_]:
    """Return the text to show for each word in each topic, shape (n_topics, n_words).

    Parameters
    ----------
    surfaces : sequence of str, length n_surfaces
    chosen : ndarray of shape (n_topics, n_words), int32
        From :func:`choose_surfaces`.
    vocabulary : sequence of str, length n_words
        Shown for a word without surface forms.
    """
    texts = np.array([*(str(surface) for surface in surfaces), ""], object)
    own = np.array([str(word) for word in vocabulary], object)
    return np.where(chosen >= 0, texts[chosen], own[None, :])


def _check_surfaces(
    shape: tuple[int, int],
    words: NDArray[np.int64],
    topic_word: Any,
    doc_topic: Any,
    *,
    is_whole: bool = False,
) -> None:
    """Check the number of surfaces, and that there are mixtures for the documents so far, or for all."""
    n_topics, n_words = topic_word.shape
    n_surfaces, n_docs = shape
    fits = n_docs == len(doc_topic) if is_whole else n_docs <= len(doc_topic)
    if n_surfaces != len(words) or not fits or doc_topic.shape[1] != n_topics:
        raise ParameterError(
            f"surface_counts must be (documents, surfaces) = ({doc_topic.shape[0]}, {len(words)}) and doc_topic have "
            f"{n_topics} topics; got {(n_docs, n_surfaces)} and {doc_topic.shape[1]}"
        )
    if words.size and (words.min() < 0 or words.max() >= n_words):
        raise ParameterError(f"surface_words must be in 0..{n_words - 1}; got {words.min()}..{words.max()}")
