"""Slow, dense LDA written from the papers: what the kernels are compared with.

A corpus is two int arrays, ``docs`` and ``words``, one entry per token in the order the sampler draws them.
"""

import itertools
import math

import numpy as np


def log_joint(docs, words, topics, alpha, beta):
    """Return log p(words, topics), parameters integrated out (Griffiths and Steyvers 2004, equations 2 and 3).

    ``alpha`` has shape (n_docs, n_topics), ``beta`` (n_topics, n_words).
    """
    doc_topic, topic_word = np.zeros(alpha.shape), np.zeros(beta.shape)
    np.add.at(doc_topic, (docs, topics), 1)
    np.add.at(topic_word, (topics, words), 1)
    return _log_polya(doc_topic, alpha) + _log_polya(topic_word, beta)


def _log_polya(counts, prior):
    gamma = np.vectorize(math.lgamma)
    seen = prior > 0
    terms = np.where(seen, gamma(np.where(seen, counts + prior, 1)) - gamma(np.where(seen, prior, 1)), 0)
    if (counts[~seen] > 0).any():
        return -math.inf
    return float(terms.sum() + (gamma(prior.sum(1)) - gamma((counts + prior).sum(1))).sum())


def all_states(n_tokens, n_topics):
    """Return every assignment, shape (n_topics**n_tokens, n_tokens)."""
    return np.array(list(itertools.product(range(n_topics), repeat=n_tokens)))


def posterior(docs, words, alpha, beta):
    """Return p(topics | words) of every state, by enumeration."""
    logs = np.array(
        [log_joint(docs, words, state, alpha, beta) for state in all_states(len(docs), len(beta))]
    )
    chances = np.exp(logs - logs.max())
    return chances / chances.sum()


def collapsed_conditional(docs, words, topics, token, alpha, beta):
    """Return p(topic of one token | all others) as the ratio of joint probabilities."""
    logs = []
    for topic in range(len(beta)):
        changed = np.array(topics)
        changed[token] = topic
        logs.append(log_joint(docs, words, changed, alpha, beta))
    chances = np.exp(np.array(logs) - max(logs))
    return chances / chances.sum()


def frozen_conditional(docs, words, before, now, token, alpha, beta):
    """Return the conditional of the documented chain for one token of a sweep.

    Word counts are those ``before`` the sweep, document counts those of ``now``; the token itself is in neither.
    """
    others = np.arange(len(docs)) != token
    n_topics = len(beta)
    weights = np.empty(n_topics)
    for topic in range(n_topics):
        in_doc = np.sum(others & (docs == docs[token]) & (now == topic))
        of_word = np.sum(others & (words == words[token]) & (before == topic))
        of_topic = np.sum(others & (before == topic))
        likelihood = (of_word + beta[topic, words[token]]) / (of_topic + beta[topic].sum())
        weights[topic] = (in_doc + alpha[docs[token], topic]) * likelihood
    return weights / weights.sum()


def sweep_chances(docs, words, before, alpha, beta):
    """Return the distribution over all states after one sweep from ``before``, in the order of `all_states`."""

    def extend(now, token, chance):
        if token == len(docs):
            return [chance]
        conditional = frozen_conditional(docs, words, before, now, token, alpha, beta)
        chances = []
        for topic in range(len(beta)):
            changed = np.array(now)
            changed[token] = topic
            chances += extend(changed, token + 1, chance * conditional[topic])
        return chances

    return np.array(extend(np.array(before), 0, 1.0))


def stationary(transitions):
    """Return the distribution a chain settles in: the left eigenvector of eigenvalue 1."""
    values, vectors = np.linalg.eig(transitions.T)
    vector = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return vector / vector.sum()


def fold_in(counts, topic_word, alpha, n_steps=5000):
    """Return the mixture of one document by plain expectation maximization, run for long."""
    mixture = alpha / alpha.sum()
    for _ in range(n_steps):
        shares = mixture[:, None] * topic_word
        shares = shares / shares.sum(axis=0)
        mixture = alpha + (shares * counts).sum(axis=1)
        mixture = mixture / mixture.sum()
    return mixture


def surface_counts(counts, surface_words, topic_word, doc_topic):
    """Return expected counts (n_surfaces, n_topics) by loops over everything."""
    expected = np.zeros((counts.shape[1], len(topic_word)))
    for doc in range(counts.shape[0]):
        for surface in range(counts.shape[1]):
            weights = doc_topic[doc] * topic_word[:, surface_words[surface]]
            expected[surface] += counts[doc, surface] * weights / weights.sum()
    return expected
