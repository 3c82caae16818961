"""Whether the surface forms that share a stem mean the same, judged by the company they keep.

Of "organ" and "organic" one stands beside synthesizers and the other beside textures; of "rhyme" and "rhymes" both
stand beside the same words. For two forms, the mean word frequencies of the documents that have only the one are
compared with those of the documents that have only the other:

    d = sum_w (a_w - b_w)^2 / p_w        p_w: frequency of w in the corpus

Forms without a difference have a distance, too, by chance: sum_w (var_a_w / n_a + var_b_w / n_b) / p_w. They are unlike
if d is at least 1.3 times that, and larger than it by 0.045. Public function: :func:`unlike_forms`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

LEAST_RATIO = 1.3
LEAST_EXCESS = 0.045
_LEAST_SHARE = 0.12  # of a form among the occurrences of the word
_LEAST_DOCUMENTS = 25  # with a form and not the other
_MOST_DOCUMENTS = 1000
_N_WORDS = 3000  # most frequent words that are compared


def unlike_forms(
    words: Sequence[int],
    counts: csr_matrix,
    surface_counts: csr_matrix,
    form_counts: Sequence[NDArray[np.int64]],
    forms: Sequence[Sequence[str]],
) -> dict[int, list[str]]:
    """Find the forms of words that keep other company than the most frequent form.

    Parameters
    ----------
    words : sequence of int
        Columns of ``counts``.
    counts : csr_matrix of shape (n_docs, n_words)
        Columns by descending frequency.
    surface_counts : csr_matrix of shape (n_docs, n_surfaces)
        Columns are the forms of all words, word after word.
    form_counts : sequence of int arrays, one per word
        How often each form occurs, descending.
    forms : sequence of sequences of str

    Returns
    -------
    dict of int to list of str
        For each word that has such forms, them.

    Notes
    -----
    Some milliseconds a word with several forms.
    """
    starts = np.concatenate([[0], np.cumsum([len(row) for row in form_counts])]).astype(np.int64)
    columns: Any = surface_counts.tocsc()
    company = _Company(counts)
    found: dict[int, list[str]] = {}
    for word in words:
        frequent = form_counts[word] >= _LEAST_SHARE * form_counts[word].sum()
        docs = [_documents(columns, starts[word] + form) for form in np.flatnonzero(frequent).tolist()]
        unlike = [
            forms[word][form]
            for form in range(1, len(docs))
            if company.differs(np.setdiff1d(docs[0], docs[form]), np.setdiff1d(docs[form], docs[0]), word)
        ]
        if unlike:
            found[word] = unlike
    return found


def _documents(columns: Any, column: int) -> NDArray[np.int64]:
    return np.sort(columns.indices[columns.indptr[column] : columns.indptr[column + 1]])


class _Company:
    """Compares the words of two sets of documents."""

    def __init__(self, counts: csr_matrix) -> None:
        part: Any = counts[:, :_N_WORDS].astype(np.float64)
        lengths = np.asarray(counts.sum(axis=1), np.float64).ravel()
        self._rates: Any = (diags(1 / np.maximum(lengths, 1)) @ part).tocsr()
        self._squares: Any = self._rates.multiply(self._rates).tocsr()
        self._frequencies = np.maximum(np.asarray(self._rates.mean(axis=0)).ravel(), 1e-12)

    def differs(self, one: NDArray[np.int64], other: NDArray[np.int64], word: int) -> bool:
        """Return whether two sets of documents differ in their words, ``word`` itself left aside."""
        if min(len(one), len(other)) < _LEAST_DOCUMENTS:
            return False
        mean, chance = self._mean(one)
        other_mean, other_chance = self._mean(other)
        weights = 1 / self._frequencies
        weights[word : word + 1] = 0
        distance = float(((mean - other_mean) ** 2 * weights).sum())
        expected = float(((chance + other_chance) * weights).sum())
        return distance >= LEAST_RATIO * expected and distance - expected >= LEAST_EXCESS

    def _mean(self, docs: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean word frequencies of some documents, and the variance of that mean."""
        if len(docs) > _MOST_DOCUMENTS:
            docs = docs[np.linspace(0, len(docs) - 1, _MOST_DOCUMENTS).astype(np.int64)]
        mean = np.asarray(self._rates[docs].mean(axis=0)).ravel()
        variance = np.asarray(self._squares[docs].mean(axis=0)).ravel() - mean**2
        return mean, variance / (len(docs) - 1)
