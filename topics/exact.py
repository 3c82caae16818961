"""Exact collapsed Gibbs sampling, one token after another: what small corpora get.

Holding the word probabilities fixed during a sweep costs nothing on a large corpus, where one token hardly moves
them, but is visible on a handful of documents. Public function: :func:`sample_exactly`.
"""

import numpy as np

from .compiling import compiled
from .simd import next_state


@compiled
def _weigh_topics(
    doc_counts, scaled_prior_of_doc, word_counts, totals, word_prior, mass, listed_topics, listed_priors,
    frozen_topics, frozen_chances, weights,
):  # type: ignore  # fmt: skip
    """Set ``weights[k]`` to (n_dk + alpha_dk) (n_wk + beta_kw) / (N_k + B_k) and return their sum."""
    for topic in range(len(weights)):
        weights[topic] = (word_counts[topic] + word_prior[topic]) / (totals[topic] + mass[topic])
    for at in range(len(listed_topics)):
        topic = listed_topics[at]
        weights[topic] = (word_counts[topic] + listed_priors[at]) / (totals[topic] + mass[topic])
    for at in range(len(frozen_topics)):
        weights[frozen_topics[at]] = frozen_chances[at]
    total = 0.0
    for topic in range(len(weights)):
        weights[topic] *= doc_counts[topic] + scaled_prior_of_doc[topic]
        total += weights[topic]
    return total


@compiled
def _pick(weights, target):  # type: ignore
    """Return the first topic whose running sum exceeds ``target``; never one of weight zero."""
    chosen = 0
    for topic in range(len(weights)):
        if weights[topic] > 0:
            chosen = topic
            target -= weights[topic]
            if target < 0:
                break
    return chosen


@compiled
def sample_exactly(
    topics, docs, words, first_pass, doc_prior, doc_scale, word_prior, mass, listed_at, listed_topics, listed_priors,
    frozen_topics, frozen_words, key, doc_counts, word_counts, totals,
):  # type: ignore  # fmt: skip
    """Draw a new topic for every token from its exact conditional, all counts live.

    Parameters
    ----------
    topics : ndarray of shape (n_tokens,), uint16
        Overwritten; not read on the first pass.
    docs, words : ndarray of shape (n_tokens,), int32
    first_pass : bool
        True when no token has a topic yet.
    doc_prior : ndarray of shape (n_topics,), float64
        alpha of a document of scale 1.
    doc_scale : ndarray of shape (n_docs,), float64
    word_prior, mass : ndarray of shape (n_topics,), float64
        beta of an ordinary word, and B_k, its sum over the vocabulary with the exceptions.
    listed_at : ndarray of shape (n_words + 1,), int64
    listed_topics, listed_priors : ndarray of int32, float64
        Exceptions by word.
    frozen_topics : ndarray of shape (n_frozen,), int32
    frozen_words : ndarray of shape (n_frozen, n_words), float32
    key : uint64
        Random state.
    doc_counts, word_counts, totals : ndarray of int32 (n_docs, n_topics), int32 (n_words, n_topics), int64 (n_topics,)
        Overwritten with the counts of the new state.

    Returns
    -------
    log_likelihood : float
        Sum over tokens of the logarithm of the total weight.
    n_moved : int

    Notes
    -----
    Time O(n_tokens * n_topics).

    References
    ----------
    Griffiths and Steyvers (2004), Finding scientific topics, PNAS 101, equation 5.
    """
    doc_counts[:], word_counts[:], totals[:] = 0, 0, 0
    if not first_pass:
        for token in range(len(topics)):
            doc_counts[docs[token], topics[token]] += 1
            word_counts[words[token], topics[token]] += 1
            totals[topics[token]] += 1
    weights = np.empty(len(doc_prior), np.float64)
    log_likelihood, n_moved = 0.0, 0
    for token in range(len(topics)):
        doc, word, own = docs[token], words[token], -1
        if not first_pass:
            own = np.int64(topics[token])
            doc_counts[doc, own] -= 1
            word_counts[word, own] -= 1
            totals[own] -= 1
        listed = slice(listed_at[word], listed_at[word + 1])
        total = _weigh_topics(
            doc_counts[doc], doc_scale[doc] * doc_prior, word_counts[word], totals, word_prior, mass,
            listed_topics[listed], listed_priors[listed], frozen_topics, frozen_words[:, word], weights,
        )  # fmt: skip
        key = next_state(key)
        topic = _pick(weights, np.float64(key >> np.uint64(11)) * 2.0**-53 * total)
        doc_counts[doc, topic] += 1
        word_counts[word, topic] += 1
        totals[topic] += 1
        topics[token] = topic
        n_moved += topic != own
        log_likelihood += np.log(total)
    return log_likelihood, n_moved
