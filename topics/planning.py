"""What an estimator's parameters come to for a corpus: its priors, its beginning, its temperatures, its key.

Public functions: :func:`plan_priors`, :func:`plan_beginning`, :func:`plan_sweeps`, :func:`plan_optimization`,
:func:`chain_key`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.checkpoints import fingerprint
from .annealing import SmoothAnnealing, StepAnnealing
from .blocks import shape_of
from .keywords import Topic
from .optimization import Optimization
from .priors import TopicPriors, make_classic_priors, make_proportional_priors, usual_priors

if TYPE_CHECKING:
    from .lda import KeywordLDA


def plan_priors(
    model: "KeywordLDA", topics: tuple[Topic, ...], words: NDArray[np.object_], word_counts: NDArray[np.int64]
) -> TopicPriors:
    """Return the priors of a model's ``prior`` for topics and a corpus.

    Parameters
    ----------
    model : KeywordLDA
        Its parameters are checked.
    topics : tuple of Topic
        Without the keywords that were released.
    words : ndarray of shape (n_words,), str
    word_counts : ndarray of shape (n_words,), int64
    """
    index = {word: at for at, word in enumerate(words.tolist())}
    if model.prior == "proportional":
        return make_proportional_priors(topics, index, word_counts)
    alpha, beta = usual_priors(len(topics), word_counts)
    return make_classic_priors(
        topics, index, word_counts, keyword_strength=model.keyword_strength,
        doc_topic_prior=alpha if _is_auto(model.doc_topic_prior) else model.doc_topic_prior,
        topic_word_prior=beta if _is_auto(model.topic_word_prior) else model.topic_word_prior,
    )  # fmt: skip


def plan_beginning(model: "KeywordLDA") -> str:
    """Return where a chain of the classic prior begins: who chooses the annealing begins at random unasked."""
    return "random" if _is_auto(model.begin) and not _is_auto(model.annealing) else model.begin


def plan_sweeps(
    model: "KeywordLDA", priors: TopicPriors, n_tokens: int, *, is_warm: bool, is_begun: bool, heat: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the temperature of each sweep, and the part of the documents it draws.

    Parameters
    ----------
    model : KeywordLDA
    priors : TopicPriors
        At temperature 1.
    n_tokens : int
    is_warm : bool
        Whether the chain goes on from another: then all sweeps have the final temperature.
    is_begun : bool
        Whether words begin in topics: then all documents take part from the first.
    heat : float
        Part of the usual first heat.
    """
    annealing = model.annealing
    if annealing in ("auto", None):
        is_warm = is_warm or annealing is None
        is_proportional = model.prior == "proportional"
        annealing = StepAnnealing() if is_proportional else SmoothAnnealing(is_growing=not is_begun)
    assert not isinstance(annealing, str | None)  # check_settings has refused other strings
    parts = np.ones(model.n_sweeps)
    if is_warm:
        return np.full(model.n_sweeps, annealing.final), parts
    load = heat * (n_tokens / float(priors.word_prior.sum() * priors.n_words))
    if isinstance(annealing, StepAnnealing):
        return annealing.temperatures(model.n_sweeps, model.n_samples, load), parts
    parts = annealing.parts(model.n_sweeps, model.n_samples, n_tokens)
    return annealing.temperatures(model.n_sweeps, model.n_samples, load, parts), parts


def plan_optimization(model: "KeywordLDA") -> Optimization | None:
    """Return which priors are fitted when, if any."""
    wanted, interval = model.optimized_priors, model.optimize_interval
    if interval == 0 or (wanted == "auto" and model.prior == "proportional"):
        return None
    return Optimization(interval, documents=wanted != "topic_word", words=wanted != "doc_topic")


def chain_key(
    matrix: csr_matrix,
    priors: TopicPriors,
    frozen: Mapping[int, NDArray[np.float64]],
    schedule: Sequence[NDArray[np.float64]],
    optimization: Optimization | None,
    seed: int,
    n_samples: int,
    kind: str,
) -> str:
    """Return the key of everything a chain's course depends on."""
    return fingerprint(
        "keyword-lda chain 4", matrix.data, matrix.indices, matrix.indptr, list(shape_of(matrix)), priors.doc_prior,
        priors.by_length, priors.word_prior, priors.listed_words, priors.listed_topics, priors.listed_priors,
        *(part for topic in sorted(frozen) for part in (topic, frozen[topic])), *schedule,
        list(astuple(optimization)) if optimization else [], seed, n_samples, kind,
    )  # fmt: skip


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"
