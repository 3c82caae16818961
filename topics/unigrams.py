"""Mixture of unigrams: document clustering in which each document has exactly one topic.

The model that LDA generalizes, kept for comparison. Public name: :class:`MixtureOfUnigrams`.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..core.errors import ParameterError
from ..core.randomness import RandomState, as_generator
from .blocks import shape_of
from .checking import check_counts, check_int

_STARTING_SHARE = (
    0.3  # of a cluster's first words that come from one document; the rest from the whole corpus
)


class MixtureOfUnigrams(ClusterMixin, BaseEstimator):
    """Cluster documents: each is drawn, as a whole, from the word distribution of one cluster.

    Fitted by expectation maximization; of several starts the likeliest is kept. Means are smoothed, as if every
    word had been seen ``smoothing`` times more in each cluster, and every cluster in one document more.

    Parameters
    ----------
    n_clusters : int
        Number of clusters.
    smoothing : float, > 0
        Pseudo-count of each word in each cluster.
    n_starts : int
        Starts, each from as many random documents as there are clusters.
    max_iterations : int
        Iterations of a start at most.
    tolerance : float, > 0
        A start ends when an iteration gains less than this part of the objective.
    random_state : int, Generator, RandomState or None

    Attributes
    ----------
    labels_ : ndarray of shape (n_docs,), int64
        Cluster of each document; of several equally likely ones the first.
    responsibilities_ : ndarray of shape (n_docs, n_clusters), float64
        p(cluster | document); rows sum to 1.
    cluster_share_ : ndarray of shape (n_clusters,), float64
        p(cluster).
    cluster_word_ : ndarray of shape (n_clusters, n_words), float64
        p(word | cluster); rows sum to 1.
    objective_ : ndarray of shape (n_iterations,), float64
        Log-likelihood plus log-prior of the kept start, by iteration; it never falls.

    References
    ----------
    Nigam, McCallum, Thrun and Mitchell (2000), Text classification from labeled and unlabeled documents using EM,
    Machine Learning 39, equations 5 to 7. Blei, Ng and Jordan (2003), JMLR 3, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from bandscape.topics import MixtureOfUnigrams
    >>> counts = np.kron(np.eye(2, dtype=int), np.full((3, 2), 4))
    >>> labels = MixtureOfUnigrams(n_clusters=2).fit_predict(counts)
    >>> [len(set(labels[:3])), len(set(labels[3:])), len(set(labels))]
    [1, 1, 2]
    """

    def __init__(
        self,
        *,
        n_clusters: int = 8,
        smoothing: float = 0.1,
        n_starts: int = 10,
        max_iterations: int = 200,
        tolerance: float = 1e-7,
        random_state: RandomState = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.smoothing = smoothing
        self.n_starts = n_starts
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.random_state = random_state

    def fit(self, counts: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Cluster documents.

        Parameters
        ----------
        counts : csr_matrix or array of shape (n_docs, n_words)
            Whole numbers >= 0.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If the counts or a parameter cannot be used.
        """
        matrix = self._check_counts(counts, reset=True)
        self._check_parameters(shape_of(matrix)[0])
        rng = as_generator(self.random_state)
        runs = [self._run(matrix, rng) for _ in range(self.n_starts)]
        best = max(runs, key=lambda run: run.objective[-1])
        self.cluster_share_, self.cluster_word_ = best.share, best.word
        self.objective_ = np.array(best.objective)
        self.responsibilities_ = np.exp(_log_posterior(matrix, best.share, best.word)[0])
        self.labels_ = self.responsibilities_.argmax(axis=1)
        return self

    def predict(self, counts: Any) -> NDArray[np.int64]:
        """Return the likeliest cluster of each document, shape (n_docs,); of an empty one the largest cluster."""
        check_is_fitted(self)
        matrix = self._check_counts(counts, reset=False)
        return _log_posterior(matrix, self.cluster_share_, self.cluster_word_)[0].argmax(axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags

    def _check_counts(self, counts: Any, *, reset: bool) -> csr_matrix:
        try:
            checked = validate_data(self, counts, accept_sparse="csr", ensure_all_finite=False, reset=reset)
        except ValueError as error:
            raise ParameterError(f"counts cannot be used: {' '.join(str(error).split())}") from error
        return check_counts(checked)

    def _check_parameters(self, n_docs: int) -> None:
        n_clusters = check_int(self.n_clusters, "n_clusters", low=1)
        if n_clusters > n_docs:
            raise ParameterError(
                f"n_clusters must be at most the number of documents (n_samples={n_docs}); got {n_clusters}"
            )
        check_int(self.n_starts, "n_starts", low=1)
        check_int(self.max_iterations, "max_iterations", low=1)
        for name in ("smoothing", "tolerance"):
            if not 0 < getattr(self, name) < np.inf:
                raise ParameterError(f"{name} must be a number > 0; got {getattr(self, name)!r}")

    def _run(self, counts: csr_matrix, rng: np.random.Generator) -> "_Run":
        """Run EM from random documents until it gains no more."""
        run = _Run(np.full(self.n_clusters, 1 / self.n_clusters), self._first_words(counts, rng), [])
        for _ in range(self.max_iterations):
            log_posterior, log_likelihood = _log_posterior(counts, run.share, run.word)
            prior = self.smoothing * np.log(run.word).sum() + np.log(run.share).sum()
            run.objective.append(log_likelihood + float(prior))
            if len(run.objective) > 1 and run.gain() < self.tolerance * abs(run.objective[-1]):
                break
            posterior = np.exp(log_posterior)
            run.word = _normalized(counts.T.dot(posterior).T + self.smoothing)
            run.share = (posterior.sum(axis=0) + 1) / (len(posterior) + self.n_clusters)
        return run

    def _first_words(self, counts: csr_matrix, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return word distributions that lean toward one random document each."""
        chosen = rng.choice(shape_of(counts)[0], self.n_clusters, replace=False)
        documents = _normalized(counts[chosen].toarray() + self.smoothing)
        corpus = _normalized(np.asarray(counts.sum(axis=0), float) + self.smoothing)
        return _STARTING_SHARE * documents + (1 - _STARTING_SHARE) * corpus


@dataclass
class _Run:
    """One start: p(cluster), p(word | cluster), and the objective by iteration."""

    share: NDArray[np.float64]
    word: NDArray[np.float64]
    objective: list[float]

    def gain(self) -> float:
        return self.objective[-1] - self.objective[-2]


def _log_posterior(
    counts: csr_matrix, share: NDArray[np.float64], word: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return log p(cluster | document) and the log-likelihood of all documents, multinomial coefficients left out."""
    joint = counts.dot(np.log(word).T) + np.log(share)
    evidence: Any = logsumexp(joint, axis=1, keepdims=True)
    return joint - evidence, float(evidence.sum())


def _normalized(rows: NDArray[Any]) -> NDArray[np.float64]:
    return rows / rows.sum(axis=1, keepdims=True)
