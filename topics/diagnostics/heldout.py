"""How probable documents are that the model has not seen.

Two scores of log p(word): *document completion* shows one half of a document and scores the other
(:meth:`KeywordLDA.perplexity`); *left to right* scores every word given those before it, which is the document's
probability. Public names: :func:`left_to_right`, :func:`score_held_out`, :class:`HeldOut`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.errors import BandscapeError, ParameterError
from ...core.executors.local import map_threads
from ...core.progress import ProgressCallback, report
from ...core.randomness import RandomState, as_seed
from ..blocks import aligned_zeros, check_n_jobs, padded, shape_of
from ..checking import check_counts
from ..simd import block_key
from . import particles

N_PARTICLES, N_MOVES = 50, 16
_CHUNK = 64  # documents handed to the threads between two reports of progress
_STREAM = 0x4C32  # tells these random streams apart from those of the sampler


@dataclass(frozen=True)
class HeldOut:
    """Scores of documents a model has not seen.

    Parameters
    ----------
    n_documents, n_tokens : int
        Documents with words, and their tokens.
    completion : float
        Mean log-probability of a token in the second half of its document, given the first.
    left_to_right : float
        Mean log-probability of a token given those before it.
    error : float
        Standard error of ``left_to_right`` over the documents.
    """

    n_documents: int
    n_tokens: int
    completion: float
    left_to_right: float
    error: float

    @property
    def completion_perplexity(self) -> float:
        """exp(-completion)."""
        return float(np.exp(-self.completion))

    @property
    def left_to_right_perplexity(self) -> float:
        """exp(-left_to_right)."""
        return float(np.exp(-self.left_to_right))


def left_to_right(
    counts: Any,
    topic_word: NDArray[np.floating],
    doc_prior: NDArray[np.floating],
    *,
    by_length: bool = False,
    n_particles: int = N_PARTICLES,
    n_moves: int = N_MOVES,
    random_state: RandomState = 0,
    n_jobs: int | None = 1,
    on_progress: ProgressCallback | None = None,
) -> NDArray[np.float64]:
    """Estimate log p(document | topics), the document's mixture integrated out.

    The words of a document are read in a random order by particles, each a guess at the topics of the words read so
    far. A word's probability is its mean over the particles, weighted by how well they foretold the words before;
    when few of them count, they are drawn anew. Between two words each particle redraws the topics of words read
    before from their exact conditionals.

    Parameters
    ----------
    counts : csr_matrix or array of shape (n_docs, n_words)
        Whole numbers >= 0.
    topic_word : ndarray of shape (n_topics, n_words)
        p(word | topic); rows sum to 1.
    doc_prior : ndarray of shape (n_topics,), > 0
        alpha, times a document's length where ``by_length``.
    by_length : bool
    n_particles : int, >= 1
        More make the estimate surer; a single one has no weights.
    n_moves : int, >= 0
        Topics redrawn per word and particle. As many as the longest document is the algorithm of Wallach et al.
    random_state : int, Generator, RandomState or None
    n_jobs : int or None
        Threads; the result does not depend on it.
    on_progress : callable, optional
        Receives documents done; a true answer stops.

    Returns
    -------
    ndarray of shape (n_docs,), float64
        Of the document's words as a sequence; 0 for a document without words, minus infinity where a word has
        probability 0 in every topic.

    Raises
    ------
    ParameterError
        If an argument cannot be used.
    BandscapeError
        If ``on_progress`` asked to stop.

    Notes
    -----
    The estimate of p(document) is unbiased for any number of particles and moves (with weights; Wallach et al. have
    none); its logarithm is therefore too low on average, by half the estimate's relative variance.
    Time O(tokens * n_particles * n_moves * n_topics / 16).

    References
    ----------
    Wallach, Murray, Salakhutdinov and Mimno (2009), Evaluation methods for topic models, ICML, algorithm 3. Buntine
    (2009), Estimating likelihoods for topic models, ACML. Scott and Baldridge (2013), A recursive estimate for the
    predictive likelihood in a topic model, AISTATS. Weights and moves: Gilks and Berzuini (2001), Following a moving
    target, J. Royal Statistical Society B 63.
    """
    matrix = check_counts(csr_matrix(counts))
    chances, prior = np.asarray(topic_word, float), np.asarray(doc_prior, float)
    n_docs, n_words = shape_of(matrix)
    if chances.ndim != 2 or chances.shape[1] != n_words or prior.shape != (len(chances),):
        raise ParameterError(
            f"counts have {n_words} words; topic_word must be (n_topics, {n_words}) and doc_prior (n_topics,); "
            f"got {chances.shape} and {prior.shape}"
        )
    if not (prior > 0).all():
        raise ParameterError("doc_prior must be > 0 for every topic")
    for name, value, low in (("n_particles", n_particles, 1), ("n_moves", n_moves, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise ParameterError(f"{name} must be an int >= {low}; got {value!r}")
    reader = _Reader(matrix, chances, prior, by_length, int(n_particles), int(n_moves), as_seed(random_state))
    n_threads = check_n_jobs(n_jobs)
    results = np.zeros(n_docs)
    for first in range(0, n_docs, _CHUNK):
        docs = range(first, min(first + _CHUNK, n_docs))
        results[docs.start : docs.stop] = map_threads(reader.read, docs, n_jobs=n_threads)
        if report(on_progress, "scoring documents", docs.stop, n_docs, "documents") and docs.stop < n_docs:
            raise BandscapeError(f"stopped after {docs.stop} of {n_docs} documents")
    return results


class _Reader:
    """What all documents share; :meth:`read` may be called from several threads."""

    def __init__(
        self,
        counts: csr_matrix,
        topic_word: NDArray[np.float64],
        doc_prior: NDArray[np.float64],
        by_length: bool,
        n_particles: int,
        n_moves: int,
        seed: int,
    ) -> None:
        n_topics, n_words = topic_word.shape
        width = padded(n_topics)
        phi = aligned_zeros((n_words, width), np.float32)
        phi[:, :n_topics] = topic_word.T
        self.phi, self.width = phi.reshape(-1), width
        self.doc_prior = np.zeros(width)
        self.doc_prior[:n_topics] = doc_prior
        self.by_length, self.starts = by_length, counts.indptr
        self.indices, self.repeats = counts.indices.astype(np.int32), counts.data.astype(np.int64)
        self.n_particles, self.n_moves, self.seed = n_particles, n_moves, seed

    def read(self, doc: int) -> float:
        """Return the log-probability of one document."""
        row = slice(self.starts[doc], self.starts[doc + 1])
        words = np.repeat(self.indices[row], self.repeats[row])
        np.random.default_rng([self.seed, _STREAM, doc]).shuffle(words)
        prior = self.doc_prior * (max(len(words), 1) if self.by_length else 1.0)
        step = 2.0 ** (np.ceil(np.log2(len(words) + prior.max() + 1)) - 24)
        space = aligned_zeros((self.n_particles, self.width), np.float32).reshape(-1)
        topics = np.zeros((self.n_particles, max(len(words), 1)), np.int32)
        with np.errstate(over="ignore"):  # 64-bit wrap-around of the random stream, when not compiled
            key = np.uint64(block_key(np.uint64(self.seed), np.uint64(_STREAM), np.uint64(doc)))
            return float(
                particles.read_document(
                    words, self.phi, prior, step, self.n_particles, self.n_moves, key, space, topics,
                    aligned_zeros((self.width + 32,), np.float32),
                )
            )  # fmt: skip


def score_held_out(
    model: Any,
    counts: Any,
    *,
    n_particles: int = N_PARTICLES,
    random_state: RandomState = 0,
    n_jobs: int | None = 1,
    on_progress: ProgressCallback | None = None,
) -> HeldOut:
    """Score documents that were not used to fit a model, both ways.

    Parameters
    ----------
    model : KeywordLDA
        Fitted, to other documents.
    counts : csr_matrix or array of shape (n_docs, n_words)
    n_particles, random_state, n_jobs, on_progress
        As for :func:`left_to_right`.

    Returns
    -------
    HeldOut

    Raises
    ------
    ParameterError
        If the counts cannot be used, or hold no tokens.
    """
    matrix = check_counts(csr_matrix(counts))
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    matrix, lengths = matrix[lengths > 0], lengths[lengths > 0]
    if not len(lengths):
        raise ParameterError("counts hold no tokens: there is nothing to score")
    found = left_to_right(
        matrix, model.topic_word_, model.doc_prior_, by_length=model.doc_prior_by_length_, n_particles=n_particles,
        random_state=random_state, n_jobs=n_jobs, on_progress=on_progress,
    )  # fmt: skip
    mean = found.sum() / lengths.sum()
    deviation = found - mean * lengths
    n_docs = len(lengths)
    error = np.sqrt((deviation**2).sum() * n_docs / max(n_docs - 1, 1)) / lengths.sum()
    return HeldOut(
        n_documents=n_docs,
        n_tokens=int(lengths.sum()),
        completion=model.score(matrix),
        left_to_right=float(mean),
        error=float(error) if n_docs > 1 else float("nan"),
    )
