"""Coherence: whether a topic's top words occur together in texts.

``top_words`` has one row a topic: word ids, best first (:func:`~bandscape.topics.diagnostics.top_word_ids`). Texts are
word ids in text order, or a count matrix where only documents matter. Public names: :func:`topic_coherence`,
:data:`MEASURES`, :class:`CoOccurrence`, :func:`count_cooccurrence`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, issparse

from ...core.errors import ParameterError
from . import windows

MEASURES = ("npmi", "u_mass", "c_v")
"""By documents, by documents, by windows of 110 words."""
WINDOW = {"npmi": None, "u_mass": None, "c_v": 110}
_EPSILON = 1e-12  # gensim's, so that values can be compared
_WHOLE_TEXT = 1 << 40


@dataclass(frozen=True)
class CoOccurrence:
    """In how many windows the top words of each topic occur, alone and in pairs.

    Parameters
    ----------
    n_windows : int
        Documents or windows in all; texts without words are not counted.
    single : ndarray of shape (n_topics, n_top), int64
    pairs : ndarray of shape (n_topics, n_top, n_top), int64
        Symmetric; the diagonal is ``single``.
    """

    n_windows: int
    single: NDArray[np.int64]
    pairs: NDArray[np.int64]


def topic_coherence(
    top_words: ArrayLike,
    texts: Any,
    measure: str = "npmi",
    *,
    window: int | None = None,
) -> NDArray[np.float64]:
    """Score each topic by how its top words occur together.

    Parameters
    ----------
    top_words : array of shape (n_topics, n_top), int
        Word ids, best first, without repeats in a row.
    texts : csr_matrix of shape (n_docs, n_words), or sequence of int arrays
        Counts of documents, or each document's word ids in text order, which windows need. They may be others than
        those of the fit.
    measure : {"npmi", "u_mass", "c_v"}
        "npmi": mean normalized pointwise mutual information of pairs, in [-1, 1]. "u_mass": mean log of p(word |
        better word), <= 0. "c_v": how alike the words' NPMI vectors are, in [-1, 1], by sliding windows of 110 words.
    window : int, optional
        Words a sliding window, in place of the measure's own: whole documents for "npmi" and "u_mass".

    Returns
    -------
    ndarray of shape (n_topics,), float64
        Higher is more coherent. Words that no text has are left out; NaN where fewer than two are left.

    Raises
    ------
    ParameterError
        If an argument cannot be used, or windows are asked for and only counts are given.

    Notes
    -----
    Formulas and constants are those of gensim's CoherenceModel. Two differences: gensim's sliding window drops a word
    that occurs twice in it as soon as the first of the two leaves, and so undercounts; and it counts documents without
    words. Time O(n_tokens + sum over pairs of the words' occurrences).

    References
    ----------
    Röder, Both and Hinneburg (2015), Exploring the space of topic coherence measures, WSDM. Bouma (2009), Normalized
    (pointwise) mutual information in collocation extraction, GSCL. Mimno et al. (2011), Optimizing semantic coherence
    in topic models, EMNLP. Hoyle et al. (2021), Is automated topic model evaluation broken?, NeurIPS: these scores
    tell models apart that people do not.
    """
    if measure not in MEASURES:
        raise ParameterError(f"measure must be one of {', '.join(MEASURES)}; got {measure!r}")
    found = count_cooccurrence(top_words, texts, window=WINDOW[measure] if window is None else window)
    if measure == "u_mass":
        return _u_mass(found)
    npmi = _npmi(found)
    return _mean_of_pairs(npmi) if measure == "npmi" else _c_v(npmi)


def count_cooccurrence(top_words: ArrayLike, texts: Any, *, window: int | None = None) -> CoOccurrence:
    """Count the documents or windows in which the top words of each topic occur.

    Parameters
    ----------
    top_words, texts
        As for :func:`topic_coherence`.
    window : int, optional
        Words a sliding window; whole documents without it.

    Returns
    -------
    CoOccurrence

    Raises
    ------
    ParameterError
        As for :func:`topic_coherence`.
    """
    if window is not None and window < 2:
        raise ParameterError(f"window must be an int >= 2; got {window!r}")
    if window is not None and issparse(texts):
        raise ParameterError("sliding windows need texts as word ids in text order; got a count matrix")
    doc_starts, words = _as_stream(texts)
    top = _check_top_words(top_words)
    needed, slot_of = np.unique(top, return_inverse=True)
    slots = np.full(max(int(needed[-1]), int(words.max(initial=-1))) + 1, -1, np.int32)
    slots[needed] = np.arange(len(needed))
    size = _WHOLE_TEXT if window is None else window
    counts = np.empty(len(needed), np.int64)
    n_windows = int(windows.count_intervals(doc_starts, words, slots, size, counts))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    starts, ends = np.empty(offsets[-1], np.int64), np.empty(offsets[-1], np.int64)
    windows.fill_intervals(doc_starts, words, slots, size, offsets, starts, ends)

    slot_of = slot_of.reshape(top.shape).astype(np.int64)
    rows, columns = np.triu_indices(top.shape[1])
    firsts, seconds = slot_of[:, rows].ravel(), slot_of[:, columns].ravel()
    shared = np.empty(len(firsts), np.int64)
    windows.count_shared(offsets, starts, ends, firsts, seconds, shared)
    pairs = np.empty((len(top), top.shape[1], top.shape[1]), np.int64)
    pairs[:, rows, columns] = pairs[:, columns, rows] = shared.reshape(len(top), -1)
    return CoOccurrence(n_windows, np.einsum("kii->ki", pairs).copy(), pairs)


def _npmi(found: CoOccurrence) -> NDArray[np.float64]:
    """Return NPMI of all pairs, shape (n_topics, n_top, n_top); NaN where a word does not occur."""
    n_windows = max(found.n_windows, 1)
    joint, chance = found.pairs / n_windows, found.single / n_windows
    expected = chance[:, :, None] * chance[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        npmi = np.log((joint + _EPSILON) / expected) / -np.log(joint + _EPSILON)
    npmi = np.where(joint >= 1, 0.0, npmi)  # words of every window: their information, 0 / 0, is none
    npmi = np.where(expected > 0, npmi, np.nan)
    diagonal = np.arange(npmi.shape[1])
    npmi[:, diagonal, diagonal] = np.where(found.single > 0, 1.0, np.nan)
    return npmi


def _mean_of_pairs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each topic's mean over pairs of different words, NaNs left out."""
    rows, columns = np.triu_indices(values.shape[1], 1)
    pairs = values[:, rows, columns]
    known = ~np.isnan(pairs)
    n_known = known.sum(axis=1)
    sums = np.where(known, pairs, 0).sum(axis=1)
    return np.where(n_known > 0, sums / np.maximum(n_known, 1), np.nan)


def _u_mass(found: CoOccurrence) -> NDArray[np.float64]:
    """Return the mean of log p(later word | better word)."""
    joint = found.pairs / max(found.n_windows, 1)
    chance = found.single / max(found.n_windows, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log((joint + _EPSILON) / chance[:, :, None])
    values = np.where((chance[:, :, None] > 0) & (chance[:, None, :] > 0), values, np.nan)
    return _mean_of_pairs(values)


def _c_v(npmi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean cosine between each word's NPMI vector and the sum of all of them."""
    present = ~np.isnan(np.einsum("kii->ki", npmi))
    vectors = np.nan_to_num(npmi, nan=0.0)
    together = vectors.sum(axis=1)
    lengths = np.linalg.norm(vectors, axis=2) * np.linalg.norm(together, axis=1)[:, None]
    cosines = np.einsum("kij,kj->ki", vectors, together) / np.where(lengths > 0, lengths, 1)
    n_present = present.sum(axis=1)
    sums = np.where(present, cosines, 0).sum(axis=1)
    return np.where(n_present > 1, sums / np.maximum(n_present, 1), np.nan)


def _check_top_words(top_words: ArrayLike) -> NDArray[np.int64]:
    top = np.asarray(top_words)
    if top.ndim != 2 or 0 in top.shape or not np.issubdtype(top.dtype, np.integer) or (top < 0).any():
        raise ParameterError(
            f"top_words must be rows of word ids >= 0, one a topic; got an array of shape {top.shape}"
        )
    if (np.diff(np.sort(top, axis=1), axis=1) == 0).any():
        raise ParameterError("top_words must not name a word twice in a topic")
    return top.astype(np.int64)


def _as_stream(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return where each document starts and all word ids; of counts, each word of a document once."""
    if issparse(texts):
        matrix = csr_matrix(texts)
        matrix = csr_matrix((matrix.data > 0, matrix.indices, matrix.indptr), shape=matrix.shape)
        matrix.eliminate_zeros()
        return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    documents: Sequence[Any] = [np.asarray(text, np.int32) for text in texts]
    lengths = np.array([len(document) for document in documents], np.int64)
    words = np.concatenate(documents) if documents else np.empty(0, np.int32)
    if (words < 0).any():
        raise ParameterError("texts must hold word ids >= 0")
    return np.concatenate([[0], np.cumsum(lengths)]), words
