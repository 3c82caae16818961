"""Several chains of one model: the same topics matched, and what their differences say about certainty.

One chain finds one mode of a posterior with many; the spread over chains shows which topics are found whatever the
start, and within what bounds their shares lie. That says nothing where all chains begin at the same words: further
chains therefore begin with all tokens drawn, wherever the first one does. Public names: :func:`fit_chains`,
:func:`compare_chains`, :class:`Chains`, :data:`DISPERSED`.

References
----------
Gelman and Rubin (1992), Inference from iterative simulation using multiple sequences, Statistical Science 7: chains
that begin further apart than the distribution they are to find.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import clone

from ...core.checkpoints import Checkpoint
from ...core.errors import BandscapeError, ParameterError
from ...core.executors.local import map_threads
from ...core.progress import Progress, ProgressCallback, report
from ...core.randomness import as_seed
from ..blocks import check_n_jobs
from ..notebook import chains_html
from .convergence import Convergence, diagnose_traces
from .matching import align_chains, exchangeable_groups
from .words import top_word_ids

STABLE = 0.7
"""Mean cosine between the chains' versions of a topic from which it counts as found by all of them."""
DISPERSED = "random"
"""Where chains that judge another one begin (:mod:`bandscape.topics.beginning`)."""
_SEED_RANGE = 1 << 63


@dataclass(frozen=True)
class Chains:
    """Chains of one model, their topics in the order of the first chain's.

    Parameters
    ----------
    topic_ids : tuple of str
        Of the first chain.
    vocabulary : ndarray of shape (n_words,), str
    order : ndarray of shape (n_chains, n_topics), int64
        Which topic of each chain stands for topic k.
    topic_word : ndarray of shape (n_topics, n_words), float64
        Mean over the chains: the consensus. Of an unstable topic it is a blend of different things.
    doc_topic : ndarray of shape (n_docs, n_topics), float32
        Mean over the chains.
    shares : ndarray of shape (n_chains, n_topics), float64
        Share of tokens in each chain.
    top_words : ndarray of shape (n_topics, n_top), int64
        Most probable words of the consensus.
    top_chances : ndarray of shape (n_chains, n_topics, n_top), float64
        Their probabilities in each chain.
    similarity : ndarray of shape (n_chains, n_topics), float64
        Mean cosine of each chain's topic with the other chains' versions; NaN of a single chain.
    overlap : ndarray of shape (n_chains, n_topics), float64
        Share of ``top_words`` among the chain's own as many most probable words.
    convergence : Convergence or None
        By the log-likelihoods; None when a chain is too short to tell.
    """

    topic_ids: tuple[str, ...]
    vocabulary: NDArray[np.object_]
    order: NDArray[np.int64]
    topic_word: NDArray[np.float64]
    doc_topic: NDArray[np.float32]
    shares: NDArray[np.float64]
    top_words: NDArray[np.int64]
    top_chances: NDArray[np.float64]
    similarity: NDArray[np.float64]
    overlap: NDArray[np.float64]
    convergence: Convergence | None

    @property
    def n_chains(self) -> int:
        """Number of chains."""
        return len(self.order)

    def _repr_html_(self) -> str:
        return chains_html(self)

    @property
    def stability(self) -> NDArray[np.float64]:
        """Mean of ``similarity`` over the chains, shape (n_topics,): 1 for a topic that every chain finds alike."""
        return self.similarity.mean(axis=0)

    def topics_table(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return stability and share of each topic.

        Parameters
        ----------
        confidence : float in (0, 1)

        Returns
        -------
        DataFrame
            One row per topic: ``topic``, ``share`` (mean over chains), ``low``, ``high`` (where the share in one more
            chain would lie, with that confidence; NaN of a single chain), ``stability``, ``least_similarity`` (of the
            chain that differs most), ``overlap`` (mean share of common top words), ``is_stable``.
        """
        share, low, high = interval_of_another(self.shares, confidence)
        least = self.similarity.min(axis=0)
        columns = {"topic": self.topic_ids, "share": share, "low": low, "high": high, "stability": self.stability,
                   "least_similarity": least, "overlap": self.overlap.mean(axis=0),
                   "is_stable": self.stability >= STABLE}  # fmt: skip
        return pd.DataFrame(columns).astype({"topic": "str"})

    def words_table(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return the most probable words of each topic with intervals.

        Parameters
        ----------
        confidence : float in (0, 1)

        Returns
        -------
        DataFrame
            One row per topic and word: ``topic``, ``rank`` (from 1), ``word``, ``p`` (mean over chains), ``low``,
            ``high`` (where p in one more chain would lie).
        """
        chance, low, high = interval_of_another(self.top_chances, confidence)
        n_topics, n_top = chance.shape
        columns = {"topic": np.repeat(np.array(self.topic_ids, object), n_top),
                   "rank": np.tile(np.arange(1, n_top + 1, dtype=np.int32), n_topics),
                   "word": self.vocabulary[self.top_words.ravel()],
                   "p": chance.ravel(), "low": low.ravel(), "high": high.ravel()}  # fmt: skip
        return pd.DataFrame(columns).astype({"topic": "str", "word": "str"})


def fit_chains(
    estimator: Any,
    counts: Any,
    *,
    vocabulary: Any = None,
    n_chains: int = 4,
    n_jobs: int | None = 1,
    n_top: int = 20,
    on_progress: ProgressCallback | None = None,
) -> Chains:
    """Fit a model several times, from different seeds, and compare the results.

    Parameters
    ----------
    estimator : KeywordLDA
        Not changed. Chain number c has the estimator's seed plus c. The first is what ``estimator.fit`` would give;
        the others begin at random, also where keywords or anchors tell the first where to begin.
    counts, vocabulary
        As for ``KeywordLDA.fit``.
    n_chains : int, >= 2
        Four is customary.
    n_jobs : int or None
        Threads, over the chains; the result does not depend on it. Each chain has its own state in memory.
    n_top : int
        Words a topic that are compared.
    on_progress : callable, optional
        Receives sweeps done over all chains; a true answer stops.

    Returns
    -------
    Chains

    Raises
    ------
    ParameterError
        If an argument cannot be used.
    BandscapeError
        If ``on_progress`` asked to stop.
    """
    if isinstance(n_chains, bool) or not isinstance(n_chains, (int, np.integer)) or n_chains < 2:
        raise ParameterError(f"n_chains must be an int >= 2; got {n_chains!r}")
    seed = as_seed(estimator.random_state)
    seeds = [(seed + chain) % _SEED_RANGE for chain in range(int(n_chains))]
    models = fit_seeds(
        estimator, counts, seeds, begins=[estimator.begin] + [DISPERSED] * (len(seeds) - 1), vocabulary=vocabulary,
        n_jobs=n_jobs, on_progress=on_progress,
    )  # fmt: skip
    return compare_chains(models, n_top=n_top)


def fit_seeds(
    estimator: Any,
    counts: Any,
    seeds: Sequence[int],
    *,
    begins: Sequence[str] | None = None,
    vocabulary: Any = None,
    n_jobs: int | None = 1,
    on_progress: ProgressCallback | None = None,
    checkpoints: Mapping[int, Checkpoint] | None = None,
) -> list[Any]:
    """Fit a copy of the estimator for each seed, several at a time.

    Parameters
    ----------
    estimator : KeywordLDA
        Not changed.
    counts : csr_matrix or array of shape (n_docs, n_words)
    seeds : sequence of int
        In [0, 2**63).
    begins : sequence of str, optional
        Where each chain begins; where the estimator says when absent.
    vocabulary : sequence of str, optional
    n_jobs : int or None
        Threads, over the chains; the result does not depend on it.
    on_progress : callable, optional
        Receives sweeps done over all chains; a true answer stops.
    checkpoints : mapping of int to Checkpoint, optional
        By seed: where each chain is saved now and then, to go on from there after a crash.

    Returns
    -------
    list of KeywordLDA
        Fitted, in the order of the seeds.

    Raises
    ------
    ParameterError
        If an argument cannot be used.
    BandscapeError
        If ``on_progress`` asked to stop.
    """
    n_threads = check_n_jobs(n_jobs)
    at_once = min(n_threads, len(seeds))
    watch = _Watch(len(seeds) * estimator.n_sweeps, on_progress)

    def fit(chain: int) -> Any:
        seed, begin = seeds[chain], estimator.begin if begins is None else begins[chain]
        model: Any = clone(estimator)
        model.set_params(random_state=seed, begin=begin, n_jobs=n_threads // at_once)
        try:
            return model.fit(
                counts, vocabulary=vocabulary, on_progress=watch.of_one_chain(),
                checkpoint=(checkpoints or {}).get(seed),
            )  # fmt: skip
        except BaseException:
            watch.stopped = True  # the other threads end with their sweep
            raise

    try:
        models = map_threads(fit, range(len(seeds)), n_jobs=at_once)
    except BaseException:  # Ctrl-C may find this thread waiting for the others
        watch.stopped = True
        raise
    if watch.stopped:
        raise BandscapeError("stopped before all chains were done")
    return models


class _Watch:
    """Adds the progress of chains on several threads up to one bar, and passes a wish to stop on to all."""

    def __init__(self, n_sweeps: int, on_progress: ProgressCallback | None) -> None:
        self.n_sweeps, self.on_progress = n_sweeps, on_progress
        self.done, self.stopped = 0, False
        self._lock = threading.Lock()

    def of_one_chain(self) -> ProgressCallback:
        done_before = [0]

        def forward(event: Progress) -> bool:
            with self._lock:
                self.done += int(event.done) - done_before.pop()
                done_before.append(int(event.done))  # a chain that goes on from a checkpoint begins late
                if report(
                    self.on_progress, "sampling chains", self.done, self.n_sweeps, "sweeps", **event.values
                ):
                    self.stopped = self.stopped or self.done < self.n_sweeps
                return self.stopped

        return forward


def compare_chains(models: Sequence[Any], *, n_top: int = 20) -> Chains:
    """Match the topics of models that were fitted to the same counts with the same topics wanted.

    Topics that differ in configuration (keywords, proportion, exclusions) keep their identity; those that do not are
    matched one to one by the cosine of their words.

    Parameters
    ----------
    models : sequence of KeywordLDA
        Fitted; the first one's topics keep their order and ids.
    n_top : int
        Words a topic that are compared.

    Returns
    -------
    Chains

    Raises
    ------
    ParameterError
        If there is none, or the models differ in topics, words or documents.
    """
    if not models:
        raise ParameterError("models must hold at least one fitted model")
    first = models[0]
    for model in models:
        if not (
            model.topic_ids_.tolist() == first.topic_ids_.tolist()
            and np.array_equal(model.vocabulary_, first.vocabulary_)
            and model.doc_topic_.shape == first.doc_topic_.shape
        ):
            raise ParameterError("chains must have the same topics, words and documents; these models do not")
    groups = exchangeable_groups(first.topics_, first.doc_topic_prior, first.topic_word_prior)
    order = align_chains([model.topic_word_ for model in models], groups)
    matched = list(zip(models, order, strict=True))
    topic_word = np.mean([model.topic_word_[row] for model, row in matched], axis=0)
    top = top_word_ids(topic_word, n_top)
    return Chains(
        topic_ids=tuple(map(str, first.topic_ids_)),
        vocabulary=first.vocabulary_,
        order=order,
        topic_word=topic_word,
        doc_topic=np.asarray(
            np.mean([model.doc_topic_[:, row] for model, row in matched], axis=0), np.float32
        ),
        shares=np.array([model.topic_share_[row] for model, row in matched]),
        top_words=top,
        top_chances=np.array(
            [np.take_along_axis(model.topic_word_[row], top, axis=1) for model, row in matched]
        ),
        similarity=_mean_similarity([model.topic_word_[row] for model, row in matched]),
        overlap=np.array(
            [_overlap(top, top_word_ids(model.topic_word_[row], n_top)) for model, row in matched]
        ),
        convergence=_convergence(models),
    )


def interval_of_another(
    values: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, and the interval in which one more draw would lie, of draws along the first axis.

    Parameters
    ----------
    values : ndarray of shape (n_draws, ...)
        In [0, 1].
    confidence : float in (0, 1)

    Returns
    -------
    mean, low, high : ndarray
        The interval is Student's prediction interval on the logit scale; NaN for a single draw.

    Raises
    ------
    ParameterError
        If ``confidence`` is outside (0, 1).
    """
    from scipy import stats

    if not 0 < confidence < 1:
        raise ParameterError(f"confidence must be in (0, 1); got {confidence!r}")
    mean, n_draws = values.mean(axis=0), len(values)
    if n_draws < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    scaled = logit(np.clip(values, 1e-12, 1 - 1e-12))
    reach = stats.t.ppf(0.5 + confidence / 2, n_draws - 1) * scaled.std(axis=0, ddof=1)
    reach = reach * np.sqrt(1 + 1 / n_draws)
    return mean, expit(scaled.mean(axis=0) - reach), expit(scaled.mean(axis=0) + reach)


def _mean_similarity(versions: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean cosine of each chain's topics with the other chains' versions, (n_chains, n_topics)."""
    if len(versions) < 2:
        return np.full((1, len(versions[0])), np.nan)
    units = [
        version / np.maximum(np.linalg.norm(version, axis=1, keepdims=True), 1e-300) for version in versions
    ]
    total = np.sum(units, axis=0)
    own = [np.einsum("kw,kw->k", unit, unit) for unit in units]
    return np.array(
        [
            (np.einsum("kw,kw->k", unit, total) - one) / (len(units) - 1)
            for unit, one in zip(units, own, strict=True)
        ]
    )


def _overlap(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of words that two lists have in common, row by row."""
    return (first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1)


def _convergence(models: Sequence[Any]) -> Convergence | None:
    try:
        return diagnose_traces([model.trace_ for model in models])
    except ParameterError:  # too few sweeps
        return None
