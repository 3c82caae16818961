"""Which words occur in the same documents, more often than chance would have it.

Public name: :class:`DocumentCoOccurrence`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

_FEW = 25.0  # common documents at which the association of two words counts half
_AT_ONCE = 256  # words whose pairs are counted together


class DocumentCoOccurrence:
    """The documents of each word.

    Two words are associated by their normalized pointwise mutual information over documents, from 0 (chance, or less)
    to 1 (always together), times n / (n + 25) where n documents have both: of rare words, chance makes pairs.

    Parameters
    ----------
    counts : sparse matrix of shape (n_docs, n_words)

    References
    ----------
    G. Bouma, "Normalized (pointwise) mutual information in collocation extraction", GSCL 2009.
    """

    def __init__(self, counts: csr_matrix | csc_matrix) -> None:
        presence = csc_matrix(counts, copy=True)
        presence.eliminate_zeros()
        presence.data = np.ones(len(presence.data), np.float32)
        self._presence = presence
        self._by_document: Any = presence.tocsr()
        self.document_counts: NDArray[np.int64] = np.diff(presence.indptr).astype(np.int64)
        self.n_documents = int((np.diff(self._by_document.indptr) > 0).sum())

    def association(self, words: Sequence[int]) -> NDArray[np.float64]:
        """Return the association of some words with all words, shape (len(words), n_words), within 0 to 1.

        Notes
        -----
        Time and memory O(documents of the words * words a document + len(words) * n_words).
        """
        chosen = np.asarray(words, np.int64)
        joint = np.zeros((len(chosen), len(self.document_counts)))
        for row, word in enumerate(chosen.tolist()):
            docs = self._presence.indices[self._presence.indptr[word] : self._presence.indptr[word + 1]]
            joint[row] = np.asarray(self._by_document[docs].sum(axis=0)).ravel()
        rows, others = np.nonzero(joint)
        scores = np.zeros_like(joint)
        scores[rows, others] = self._score(joint[rows, others], chosen[rows], others)
        scores[np.arange(len(chosen)), chosen] = 0
        return scores

    def companions(
        self, words: Sequence[int], *, n_words: int = 10, exclude: Iterable[int] = ()
    ) -> list[tuple[int, float]]:
        """Return the words most associated with some words, on average.

        Parameters
        ----------
        words : sequence of int
        n_words : int
            Words returned at most.
        exclude : iterable of int
            Words not to return; ``words`` themselves never are.

        Returns
        -------
        list of (int, float)
            Word and mean association, best first; of equals the lower number first. Only words with an association.
        """
        if not len(words):
            return []
        scores = self.association(words).mean(axis=0)
        scores[[*words, *exclude]] = 0
        best = np.argsort(-scores, kind="stable")[:n_words]
        return [(int(word), float(scores[word])) for word in best if scores[word] > 0]

    def companions_of_each(
        self, words: Sequence[int], *, n_words: int = 10, exclude: Iterable[int] = ()
    ) -> list[list[int]]:
        """Return the words most associated with each of some words; :meth:`companions` of one at a time, but quicker.

        Parameters
        ----------
        words, n_words, exclude
            As for :meth:`companions`.

        Returns
        -------
        list of list of int, one a word
            Best first; of equals the lower number first.

        Notes
        -----
        Time O(occurrences of the words * words a document), whatever the size of the vocabulary.
        """
        is_out = np.zeros(len(self.document_counts), bool)
        is_out[list(exclude)] = True
        chosen = np.asarray(words, np.int64)
        found: list[list[int]] = []
        for first in range(0, len(chosen), _AT_ONCE):
            found += self._companions_of(chosen[first : first + _AT_ONCE], is_out, n_words)
        return found

    def _companions_of(
        self, words: NDArray[np.int64], is_out: NDArray[np.bool_], n_words: int
    ) -> list[list[int]]:
        """Return the best companions of each word, from the pairs that do occur."""
        pairs = csr_matrix(self._presence[:, words].T @ self._by_document).tocoo()
        row, other, joint = pairs.row, pairs.col.astype(np.int64), pairs.data.astype(np.float64)
        scores = self._score(joint, words[row], other)
        kept = np.flatnonzero(~is_out[other] & (other != words[row]) & (scores > 0))
        kept = kept[np.lexsort((other[kept], -scores[kept], row[kept]))]
        bounds = np.searchsorted(row[kept], np.arange(len(words) + 1))
        return [other[kept[first : min(last, first + n_words)]].tolist() for first, last in pairwise(bounds)]

    def _score(
        self, joint: NDArray[np.float64], words: NDArray[np.int64], others: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the association of pairs that occur in ``joint`` > 0 documents together."""
        n = max(self.n_documents, 1)
        by_chance = self.document_counts[words] * self.document_counts[others] / n
        surprise = -np.log(joint / n)
        says = surprise > 0  # in every document: says nothing
        scores = np.divide(np.log(joint / by_chance), surprise, out=np.zeros_like(joint), where=says)
        return np.clip(scores, 0, 1) * joint / (joint + _FEW)
