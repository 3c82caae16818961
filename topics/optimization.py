"""Priors fitted to the state of a chain: Minka's fixed point for alpha and for the level of beta.

The evidence of a Dirichlet-multinomial needs only how many observations have a count above 0, above 1, ...: with
these histograms a step costs the largest count of each topic, not the number of documents. Where a document's prior
grows with its length there is no such histogram, and a step costs the number of tokens. All sums run in one order, so
that the result does not depend on the number of threads. Public names: :class:`Optimization`,
:func:`optimize_priors`, :func:`fit_shares`, :func:`fit_shares_by_length`, :func:`fit_level`, :class:`Tally`,
:func:`tally`, :func:`tally_documents`, :func:`tally_words`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from . import counting
from .blocks import TokenBlocks
from .counting import LEAST_SHARE
from .priors import TopicPriors

MAX_STEPS = 100
MAX_STEPS_BY_LENGTH = 10
TOLERANCE = 1e-4


class Sampler(Protocol):
    """What a chain must offer for its priors to be optimized."""

    blocks: TokenBlocks
    topics: NDArray[np.uint16]
    priors: TopicPriors
    lengths: NDArray[np.int64]
    frozen_topics: NDArray[np.int32]


@dataclass(frozen=True)
class Optimization:
    """Which priors are fitted, and when.

    Parameters
    ----------
    interval : int, >= 1
        After every so many sweeps at the final temperature.
    documents, words : bool
        See :func:`optimize_priors`.
    """

    interval: int
    documents: bool
    words: bool

    def is_due(self, sweep: int, temperatures: NDArray[np.float64]) -> bool:
        """Return whether the priors are fitted after this sweep, counted from 1; not when hot, nor after the last."""
        is_cool = temperatures[sweep - 1] == temperatures[-1]
        return bool(is_cool and sweep % self.interval == 0 and sweep < len(temperatures))

    def of(self, sampler: Sampler, temperature: float) -> TopicPriors:
        """Return the fitted priors of a chain."""
        return optimize_priors(sampler, temperature, documents=self.documents, words=self.words)


@dataclass(frozen=True)
class Tally:
    """How many observations of each topic have a count above 0, 1, 2, ...

    Parameters
    ----------
    starts : ndarray of shape (n_topics + 1,), int64
        Where each topic's numbers start in ``above``; a topic has as many as its largest count.
    above : ndarray, int64
        ``above[starts[k] + i]`` observations have more than ``i`` tokens of topic k.
    """

    starts: NDArray[np.int64]
    above: NDArray[np.int64]


def optimize_priors(sampler: Sampler, temperature: float, *, documents: bool, words: bool) -> TopicPriors:
    """Return the priors that make the present topics of all tokens most probable.

    Parameters
    ----------
    sampler : BlockSampler
        Not changed.
    temperature : float
        The present one; the priors returned are those of temperature 1, as ``sampler.priors`` are.
    documents : bool
        Whether alpha is fitted, a value for every topic.
    words : bool
        Whether beta is fitted: one factor for the ordinary words of all topics that are not frozen. Keywords and
        excluded words keep their prior.

    Returns
    -------
    TopicPriors

    Notes
    -----
    Two passes over the tokens, then up to 100 steps of O(sum of the topics' largest counts). For a prior by
    length, up to 10 steps of O(tokens).

    References
    ----------
    Minka (2000, revised 2012), Estimating a Dirichlet distribution, equation 55. Wallach (2008), Structured topic
    models for language, section 2.3.2: the histograms.
    """
    priors, present = sampler.priors, sampler.priors.at(temperature)
    if documents:
        if priors.by_length:
            fitted = fit_shares_by_length(sampler, present.doc_prior)
        else:
            fitted = fit_shares(tally_documents(sampler), sampler.lengths, present.doc_prior)
        priors = replace(priors, doc_prior=fitted / (temperature if priors.by_length else 1.0))
    if words:
        counts, totals = tally_words(sampler)
        base = present.word_prior.copy()
        base[sampler.frozen_topics] = 0
        factor = fit_level(counts, totals, base, *_ordinary_words(present))
        kept = priors.word_prior[sampler.frozen_topics]
        priors = replace(priors, word_prior=priors.word_prior * factor)
        priors.word_prior[sampler.frozen_topics] = kept
    return priors


def fit_shares(
    counts: Tally, lengths: NDArray[np.int64], start: NDArray[np.float64], *, n_steps: int = MAX_STEPS
) -> NDArray[np.float64]:
    """Fit the parameter of a Dirichlet distribution to counts drawn from it.

    Parameters
    ----------
    counts : Tally
        Of the documents.
    lengths : ndarray of shape (n_docs,), int64
    start : ndarray of shape (n_topics,), > 0
    n_steps : int
        At most so many, until no value changes by more than 1e-4 of itself.

    Returns
    -------
    ndarray of shape (n_topics,), float64
        None below a hundredth of the mean; ``start`` where there are no tokens.
    """
    n_of_length = np.bincount(lengths)
    n_longer = n_of_length[::-1].cumsum()[::-1][1:]
    if not n_longer.size:
        return start.copy()
    return counting.fit_shares(
        counts.starts, counts.above, n_longer, start.astype(np.float64), n_steps, TOLERANCE
    )


def fit_level(
    counts: Tally,
    totals: NDArray[np.int64],
    base: NDArray[np.float64],
    n_ordinary: NDArray[np.int64],
    listed_mass: NDArray[np.float64],
    *,
    n_steps: int = MAX_STEPS,
) -> float:
    """Fit one factor of all topics' beta.

    Parameters
    ----------
    counts : Tally
        Of the ordinary words.
    totals : ndarray of shape (n_topics,), int64
        Tokens of each topic, keywords included.
    base : ndarray of shape (n_topics,), >= 0
        beta of an ordinary word at factor 1; zero leaves the topic out.
    n_ordinary : ndarray of shape (n_topics,), int64
    listed_mass : ndarray of shape (n_topics,), float64
        Prior of all other words together, which the factor does not multiply.
    n_steps : int

    Returns
    -------
    float
        1 where there is nothing to fit.
    """
    factor, used = 1.0, base > 0
    ordinary, listed_mass, totals = (base * n_ordinary)[used], listed_mass[used], totals[used]
    for _ in range(n_steps):
        mass = factor * ordinary + listed_mass
        spread = float((ordinary * (digamma(totals + mass) - digamma(mass))).sum())
        held = float(counting.weigh_topics(counts.starts, counts.above, factor * base) @ base)
        if not (spread > 0 and held > 0):
            return factor
        before, factor = factor, factor * held / spread
        if abs(factor - before) <= TOLERANCE * factor:
            break
    return factor


def fit_shares_by_length(
    sampler: Sampler, start: NDArray[np.float64], *, n_steps: int = MAX_STEPS_BY_LENGTH
) -> NDArray[np.float64]:
    """Fit alpha where a document's prior is alpha times its length.

    Parameters
    ----------
    sampler : BlockSampler
    start : ndarray of shape (n_topics,), > 0
    n_steps : int

    Returns
    -------
    ndarray of shape (n_topics,), float64
        None below a hundredth of the mean; ``start`` where there are no tokens.
    """
    blocks, shares = sampler.blocks, start.astype(np.float64)
    lengths, n_docs = np.unique(sampler.lengths[sampler.lengths > 0], return_counts=True)
    for _ in range(n_steps if lengths.size else 0):
        held = np.zeros(len(shares))
        for block in range(blocks.n_blocks):
            tokens, docs = blocks.tokens(block), blocks.order[blocks.places(block)]
            counting.weigh_documents(
                sampler.topics[tokens], blocks.slots[tokens], sampler.lengths[docs], shares, held
            )
        mass = lengths * shares.sum()
        spread = float((n_docs * lengths * (digamma(lengths + mass) - digamma(mass))).sum())
        before, shares = shares, shares * held / spread
        shares = np.maximum(shares, LEAST_SHARE * shares.mean())
        if np.abs(shares - before).max() <= TOLERANCE * shares.max():
            break
    return shares


def tally_documents(sampler: Sampler) -> Tally:
    """Tally the topics of the documents."""
    blocks, n_topics = sampler.blocks, sampler.priors.n_topics

    def visit(largest: Any, starts: Any, histogram: Any) -> None:
        for block in range(blocks.n_blocks):
            tokens, places = blocks.tokens(block), blocks.places(block)
            counts = np.zeros((places.stop - places.start, n_topics), np.int32)
            counting.tally_block(
                sampler.topics[tokens], blocks.slots[tokens], counts, largest, starts, histogram
            )

    return tally(visit, n_topics)


def tally_words(sampler: Sampler) -> tuple[Tally, NDArray[np.int64]]:
    """Tally the topics of the ordinary words; return also the number of tokens of each topic, all words included."""
    blocks, priors, totals = sampler.blocks, sampler.priors, np.zeros(sampler.priors.n_topics, np.int64)
    listed_at = np.searchsorted(priors.listed_words, np.arange(blocks.n_words + 1)).astype(np.int64)

    def visit(largest: Any, starts: Any, histogram: Any) -> None:
        totals[:] = 0
        counting.tally_words(
            blocks.block_starts, blocks.word_starts, sampler.topics, listed_at, priors.listed_topics,
            sampler.frozen_topics, totals, largest, starts, histogram,
        )  # fmt: skip

    return tally(visit, priors.n_topics), totals


def tally(visit: Callable[[Any, Any, Any], None], n_topics: int) -> Tally:
    """Tally counts by topic.

    Parameters
    ----------
    visit : callable
        Called with (largest, starts, histogram), int64 arrays, first with an empty histogram to raise ``largest[k]``
        to each topic's largest count, then to add one to ``histogram[starts[k] + n - 1]`` for each count n > 0.
    n_topics : int
    """
    largest, starts = np.zeros(n_topics, np.int64), np.zeros(n_topics + 1, np.int64)
    visit(largest, starts, np.zeros(0, np.int64))
    starts[1:] = np.cumsum(largest)
    above = np.zeros(int(starts[-1]), np.int64)
    visit(largest, starts, above)
    counting.accumulate_from_above(starts, above)
    return Tally(starts, above)


def _ordinary_words(priors: TopicPriors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each topic's number of words without a prior of their own, and the mass of the others."""
    n_listed = np.bincount(priors.listed_topics, minlength=priors.n_topics)
    listed_mass = np.zeros(priors.n_topics)
    np.add.at(listed_mass, priors.listed_topics, priors.listed_priors)
    return priors.n_words - n_listed, listed_mass
