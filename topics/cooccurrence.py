"""Which words occur in the same documents, more often than chance would have it.

Public name: :class:`DocumentCoOccurrence`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

_FEW = 25.0  # common documents at which the association of two words counts half


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
        n = max(self.n_documents, 1)
        by_chance = np.outer(self.document_counts[chosen], self.document_counts) / n
        seen = joint > 0
        information = np.log(np.divide(joint, by_chance, out=np.ones_like(joint), where=seen))
        surprise = -np.log(np.divide(joint, n, out=np.ones_like(joint), where=seen))
        scores = np.divide(information, surprise, out=np.zeros_like(joint), where=seen & (surprise > 0))
        scores = np.where(seen & (surprise <= 0), 0.0, scores)  # in every document: says nothing
        scores = np.clip(scores, 0, 1) * joint / (joint + _FEW)
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
