"""New documents for a fitted model: what the documents before them have shown is the prior of theirs.

Public names: :class:`PartialFitMixin`, :func:`posterior_as_prior`, :func:`take_up`.
"""

from collections.abc import Mapping
from contextlib import closing
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.checkpoints import Checkpoint, fingerprint
from ..core.executors import Executor
from ..core.progress import ProgressCallback
from . import checking
from .blocks import check_n_jobs
from .choosing import choose_sampler, make_sampler
from .estimates import estimate_doc_topic, estimate_topic_word
from .keywords import check_keywords
from .priors import TopicPriors, make_classic_priors, make_proportional_priors, with_added_counts
from .releasing import without_released
from .starting import topics_by_row
from .training import run_chain

_LEAST_COUNT = 1e-6  # expected counts below are rounding


class PartialFitMixin:
    """``partial_fit`` for ``KeywordLDA``."""

    def partial_fit(
        self,
        counts: Any,
        y: Any = None,  # noqa: ARG002
        *,
        on_progress: ProgressCallback | None = None,
        checkpoint: Checkpoint | str | Path | None = None,
        executor: Executor | None = None,
    ) -> Self:
        """Take up new documents; the topics of the documents before stay as they are.

        The word counts of the documents before are the prior of the new ones, which are sampled for a quarter of
        ``n_sweeps``. Fitted priors are kept. Estimates and counts are those of all documents, in the order they came;
        ``trace_`` is of the new ones. The first call is a :meth:`fit`.

        Parameters
        ----------
        counts : csr_matrix or array of shape (n_new_docs, n_words)
            Columns are the model's words.
        y : ignored
        on_progress, checkpoint, executor
            As for :meth:`fit`.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If the counts cannot be used.

        References
        ----------
        Canini, Shi and Griffiths (2009), Online inference of topics with LDA, AISTATS 5, section 3.
        """
        model: Any = self  # the estimator this is a part of
        if not hasattr(self, "topic_word_"):
            return model.fit(counts, on_progress=on_progress, checkpoint=checkpoint, executor=executor)
        matrix = model._check_counts(counts, reset=False)
        new_counts = np.asarray(matrix.sum(axis=0, dtype=np.int64)).ravel()
        if new_counts.sum():
            _sample_documents(model, matrix, new_counts, on_progress, checkpoint, executor)
        else:
            lengths, token_topics = np.zeros(matrix.shape[0], np.int64), np.zeros(0, np.uint8)
            _add_documents(model, model.transform(matrix), lengths, token_topics)
        return self


def posterior_as_prior(model: Any, new_counts: NDArray[np.int64]) -> TopicPriors:
    """Return the priors of documents to come: the model's own, and the expected word counts of its documents.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    new_counts : ndarray of shape (n_words,), int64
        Occurrences of each word in the new documents: keywords weigh by those in all.

    Returns
    -------
    TopicPriors
        At the final temperature; every pair of word and topic with a count is an exception.
    """
    former, present = (
        _final_priors(model, counts) for counts in (model.word_counts_, model.word_counts_ + new_counts)
    )
    totals = model.topic_share_ * model.word_counts_.sum() + former.topic_mass()
    before = np.zeros((former.n_topics, former.n_words))
    former.add_to(before)
    expected = np.maximum(np.asarray(model.topic_word_, float) * totals[:, None] - before, 0)
    expected[[topic.frozen for topic in model.topics_]] = 0  # their words are not counted
    prior = expected.copy()
    present.add_to(prior)
    is_listed = expected > _LEAST_COUNT
    is_listed[present.listed_topics, present.listed_words] = True
    words, topics = np.nonzero(is_listed.T)
    return replace(
        present,
        listed_words=words.astype(np.int32),
        listed_topics=topics.astype(np.int32),
        listed_priors=prior[topics, words],
        listed_heat=np.zeros(len(words)),
    )


def take_up(
    model: Any,
    counts: Any,
    *,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    checkpoint: Checkpoint | str | Path | None = None,
) -> tuple[Any, NDArray[np.float32]]:
    """Let new documents change the topics, while the model's documents remain those it was fitted to.

    Parameters
    ----------
    model : KeywordLDA
        Fitted; not changed.
    counts : csr_matrix or array of shape (n_new_docs, n_words)
    n_jobs : int
        Threads; the result does not depend on them.
    on_progress, checkpoint
        As for :meth:`KeywordLDA.fit`.

    Returns
    -------
    model : KeywordLDA
        ``topic_word_``, ``topic_share_`` and ``word_counts_`` are those of all documents, ``doc_topic_``,
        ``doc_lengths_`` and ``token_topics_`` those of the former ones.
    doc_topic : ndarray of shape (n_new_docs, n_topics), float32

    Raises
    ------
    ParameterError
        If the counts cannot be used.
    """
    updated = copy(model).set_params(n_jobs=n_jobs)
    updated.partial_fit(counts, on_progress=on_progress, checkpoint=checkpoint)
    doc_topic = updated.doc_topic_[len(model.doc_topic_) :]
    for name in ("doc_topic_", "doc_lengths_", "token_topics_"):
        setattr(updated, name, getattr(model, name))
    return updated, doc_topic


def _final_priors(model: Any, word_counts: NDArray[np.int64]) -> TopicPriors:
    """Return the priors of a model as its last sweep had them, for a corpus with these word counts."""
    index = {word: at for at, word in enumerate(model.vocabulary_.tolist())}
    topics = without_released(model.topics_, model.released_keywords_)
    added = checking.check_added(model.added_counts, model.topics_, len(index))
    if model.prior == "proportional":
        temperature = float(model.trace_["temperature"][-1])
        priors = make_proportional_priors(topics, index, word_counts).at(temperature)
        return with_added_counts(replace(priors, doc_prior=model.doc_prior_), added)
    priors = make_classic_priors(
        topics, index, word_counts, doc_topic_prior=model.doc_prior_, topic_word_prior=model.word_prior_,
        keyword_strength=model.keyword_strength,
    )  # fmt: skip
    return with_added_counts(priors, added)


def _sample_documents(
    model: Any,
    matrix: csr_matrix,
    new_counts: NDArray[np.int64],
    on_progress: ProgressCallback | None,
    checkpoint: Checkpoint | str | Path | None,
    executor: Executor | None,
) -> None:
    priors = posterior_as_prior(model, new_counts)
    frozen: Mapping[int, NDArray[np.float64]] = checking.check_frozen(
        model.frozen_topic_word, model.topics_, priors.n_words
    )
    n_sweeps = max(1, model.n_sweeps // 4)
    n_samples = max(1, n_sweeps * 3 // 4)
    lengths = np.asarray(matrix.sum(axis=1, dtype=np.int64)).ravel()
    kind = choose_sampler(model.sampler, lengths, priors)
    key = fingerprint(
        "keyword-lda partial 1", matrix.data, matrix.indices, matrix.indptr, priors.doc_prior, priors.word_prior,
        priors.listed_words, priors.listed_topics, priors.listed_priors, n_sweeps, model.seed_, kind,
        *(part for topic in sorted(frozen) for part in (topic, frozen[topic])),
    )  # fmt: skip
    n_jobs = check_n_jobs(model.n_jobs)
    sampler = make_sampler(
        kind, matrix, priors, executor=executor, seed=int(key[:15], 16), n_jobs=n_jobs, frozen=frozen
    )
    checkpoint = Checkpoint(checkpoint) if isinstance(checkpoint, str | Path) else checkpoint
    with closing(sampler):
        chain = run_chain(
            sampler, np.ones(n_sweeps), n_samples, key, on_progress=on_progress, checkpoint=checkpoint
        )
    sums = chain.sums
    tokens = sums.word_topic.sum(axis=0, dtype=np.int64) / sums.n_samples
    totals = model.topic_share_ * model.word_counts_.sum() + tokens
    token_topics = topics_by_row(matrix, sampler.blocks, sampler.topics)
    model.topic_word_ = model.components_ = estimate_topic_word(sums, priors, frozen, model.topic_word_.dtype)
    model.topic_share_ = totals / totals.sum()
    model.word_counts_ = model.word_counts_ + new_counts
    words = model.vocabulary_.tolist()
    model.keyword_report_ = check_keywords(model.topics_, words, model.word_counts_.tolist())
    trace, final = chain.trace_arrays(), model.trace_["temperature"][-1]
    # the chain's own is 1, since the priors are cool already; the next batch has to know how cool
    model.trace_ = trace | {"temperature": np.full(len(chain.trace), final)}
    model.n_sweeps_ = len(chain.trace)
    _add_documents(model, estimate_doc_topic(sums, priors, lengths), lengths, token_topics)


def _add_documents(
    model: Any, doc_topic: NDArray[np.float32], lengths: NDArray[np.int64], token_topics: NDArray[Any]
) -> None:
    former = model.token_topics_
    model.doc_topic_ = np.concatenate([model.doc_topic_, doc_topic])
    model.doc_lengths_ = np.concatenate([model.doc_lengths_, lengths])
    model.token_topics_ = np.concatenate([former, token_topics.astype(former.dtype)])
