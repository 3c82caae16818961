"""Kernels of the fitted priors: tallies of counts by topic and the sums of Minka's fixed point.

Arrays and scalars in, arrays out; every sum runs in one order. Public functions: :func:`tally_block`,
:func:`tally_words`, :func:`accumulate_from_above`, :func:`weigh_topics`, :func:`fit_shares`, :func:`weigh_documents`.
"""

import numpy as np

from .compiling import compiled
from .simd import SLOT_MASK

LEAST_SHARE = 0.01
"""A topic's alpha stays above this part of the mean: from zero, where an empty topic tends, none could return."""


@compiled
def _tally_row(row, largest, starts, histogram):  # type: ignore
    """Take up the counts of one observation."""
    is_counting = len(histogram) > 0
    for topic in range(len(row)):
        count = np.int64(row[topic])
        if count > 0:
            if is_counting:
                histogram[starts[topic] + count - 1] += 1
            else:
                largest[topic] = max(largest[topic], count)


@compiled
def tally_block(topics, slots, counts, largest, starts, histogram):  # type: ignore
    """Tally the documents of one block; ``counts`` (int32, zero on entry) is overwritten with theirs."""
    for token in range(len(topics)):
        counts[slots[token] & SLOT_MASK, topics[token]] += 1
    for doc in range(len(counts)):
        _tally_row(counts[doc], largest, starts, histogram)


@compiled
def tally_words(
    block_starts,
    word_starts,
    topics,
    listed_at,
    listed_topics,
    frozen_topics,
    totals,
    largest,
    starts,
    histogram,
):  # type: ignore
    """Tally the words, each without the topics that list it and those that are frozen; count all tokens."""
    row = np.zeros(len(totals), np.int32)
    for word in range(word_starts.shape[1] - 1):
        for block in range(len(word_starts)):
            start = block_starts[block]
            for token in range(start + word_starts[block, word], start + word_starts[block, word + 1]):
                row[topics[token]] += 1
        totals += row
        for at in range(listed_at[word], listed_at[word + 1]):
            row[listed_topics[at]] = 0
        for at in range(len(frozen_topics)):
            row[frozen_topics[at]] = 0
        _tally_row(row, largest, starts, histogram)
        row[:] = 0


@compiled
def accumulate_from_above(starts, histogram):  # type: ignore
    """Turn the numbers of observations with exactly n + 1 tokens into those with more than n, in place."""
    for topic in range(len(starts) - 1):
        for at in range(starts[topic + 1] - 2, starts[topic] - 1, -1):
            histogram[at] += histogram[at + 1]


@compiled
def weigh_topics(starts, above, prior):  # type: ignore
    """Return for each topic the sum over observations of digamma(n + prior) - digamma(prior)."""
    weights = np.zeros(len(prior), np.float64)
    for topic in range(len(prior)):
        if prior[topic] > 0:
            for at in range(starts[topic], starts[topic + 1]):
                weights[topic] += above[at] / (prior[topic] + (at - starts[topic]))
    return weights


@compiled
def fit_shares(starts, above, n_longer, start, n_steps, tolerance):  # type: ignore
    """Iterate Minka's fixed point; see :func:`fit_shares`."""
    shares = start.copy()
    for _ in range(n_steps):
        total, spread, change = shares.sum(), 0.0, 0.0
        for at in range(len(n_longer)):
            spread += n_longer[at] / (total + at)
        fitted = shares * (weigh_topics(starts, above, shares) / spread)
        least = LEAST_SHARE * fitted.mean()
        for topic in range(len(shares)):
            share = max(fitted[topic], least)
            change = max(change, abs(share - shares[topic]) / share)
            shares[topic] = share
        if change <= tolerance:
            break
    return shares


@compiled
def weigh_documents(topics, slots, lengths, shares, weights):  # type: ignore
    """Add L (digamma(n + L share) - digamma(L share)) of every document of a block to ``weights``."""
    counts = np.zeros((len(lengths), len(shares)), np.int32)
    for token in range(len(topics)):
        doc, topic = slots[token] & SLOT_MASK, topics[token]
        weights[topic] += lengths[doc] / (lengths[doc] * shares[topic] + counts[doc, topic])
        counts[doc, topic] += 1
