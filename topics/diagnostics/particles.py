"""Kernel: the probability of a document under fixed topics, word by word, by weighted particles.

A particle is a topic for each word read so far. The draw is that of the sampler, compiled into this kernel: after a
change there, remove numba's cached copies of this file. Public function: :func:`read_document`.
"""

import numpy as np

from ..compiling import compiled
from ..simd import LANES, draw_topic, draw_topic_slowly, next_state

_UNIT = np.float32(2.0**-24)
_ONE = np.float32(1.0)


@compiled
def _uniform(key):  # type: ignore
    """Return 24 random bits as a float32 in [0, 1)."""
    return np.float32(key >> np.uint64(40)) * _UNIT


@compiled
def _draw(counts, particle, phi, word, width, key, scratch):  # type: ignore
    """Draw a topic for a word of a particle; ``scratch[width + LANES]`` is left holding the total weight."""
    counts_at, phi_at = particle * width, np.int64(word) * width
    uniform = _uniform(key)
    topic = draw_topic(
        counts, counts_at, phi, phi_at, width // LANES, np.int64(-1), np.float32(0), uniform, scratch
    )
    if not phi[phi_at + topic] > 0:  # a rounding accident at the border of two lanes
        topic = draw_topic_slowly(counts, counts_at, phi, phi_at, width, np.int64(-1), np.float32(0), uniform)
    return topic


@compiled
def _move(particle, n_read, n_moves, words, phi, width, counts, topics, key, scratch):  # type: ignore
    """Draw new topics for words read before: for all in order, or, where they are more, for ``n_moves`` at random."""
    for move in range(min(n_read, n_moves)):
        place = move
        if n_read > n_moves:
            key = next_state(key)
            place = np.int64(((key >> np.uint64(32)) * np.uint64(n_read)) >> np.uint64(32))
        counts[particle * width + topics[particle, place]] -= _ONE
        key = next_state(key)
        topic = _draw(counts, particle, phi, words[place], width, key, scratch)
        topics[particle, place] = topic
        counts[particle * width + topic] += _ONE
    return key


@compiled
def _start(doc_prior, prior_step, n_particles, counts):  # type: ignore
    """Give every particle the prior's counts; return their sum."""
    width = len(doc_prior)
    prior_sum = 0.0
    for topic in range(width):
        steps = max(np.rint(doc_prior[topic] / prior_step), 1.0) if doc_prior[topic] > 0 else 0.0
        counts[topic] = np.float32(steps * prior_step)
        prior_sum += steps * prior_step
    for particle in range(1, n_particles):
        counts[particle * width : (particle + 1) * width] = counts[:width]
    return prior_sum


@compiled
def _resample(weights, start, counts, topics, n_read, width):  # type: ignore
    """Replace light particles by copies of heavy ones, and make all weights equal (systematic resampling)."""
    n_particles = len(weights)
    children = np.zeros(n_particles, np.int64)
    running, drawn = 0.0, 0
    for particle in range(n_particles):
        running += weights[particle] * n_particles
        while drawn < n_particles and drawn + start < running:
            children[particle] += 1
            drawn += 1
    children[n_particles - 1] += n_particles - drawn  # rounding
    heavy = 0
    for particle in range(n_particles):
        if children[particle] == 0:
            while children[heavy] < 2:
                heavy += 1
            children[heavy] -= 1
            counts[particle * width : (particle + 1) * width] = counts[heavy * width : (heavy + 1) * width]
            topics[particle, :n_read] = topics[heavy, :n_read]
    weights[:] = 1.0 / n_particles


@compiled
def read_document(words, phi, doc_prior, prior_step, n_particles, n_moves, key, counts, topics, scratch):  # type: ignore
    """Return the logarithm of an unbiased estimate of p(words); minus infinity if a word has no chance in any topic.

    Parameters
    ----------
    words : ndarray of shape (n_tokens,), int32
        The document's words, in the order they are read in.
    phi : ndarray of shape (n_words * n_padded,), float32
        p(word | topic), word by word; zero in the padding.
    doc_prior : ndarray of shape (n_padded,), float64
        alpha of this document; zero in the padding.
    prior_step : float
        The prior is rounded to a multiple of it, so that counting in and out leaves no trace in float32.
    n_particles, n_moves : int
    key : uint64
        Random state, not zero.
    counts : ndarray of shape (>= n_particles * n_padded,), float32
    topics : ndarray of shape (n_particles, >= n_tokens), int32
    scratch : ndarray of shape (n_padded + 32,), float32
        Working space.

    Notes
    -----
    Time O(n_tokens * n_particles * n_moves * n_topics / 16).
    """
    width = len(doc_prior)
    prior_sum = _start(doc_prior, prior_step, n_particles, counts)
    weights = np.full(n_particles, 1.0 / n_particles)
    log_likelihood = 0.0
    for place in range(len(words)):
        for particle in range(n_particles):
            key = _move(particle, place, n_moves, words, phi, width, counts, topics, key, scratch)
            key = next_state(key)
            scratch[width + LANES] = 0
            topic = _draw(counts, particle, phi, words[place], width, key, scratch)
            total = scratch[width + LANES]
            if not total > 0:
                return -np.inf
            topics[particle, place] = topic
            counts[particle * width + topic] += _ONE
            weights[particle] *= total / (prior_sum + place)
        chance = weights.sum()
        log_likelihood += np.log(chance)
        weights /= chance
        if (weights**2).sum() * n_particles > 2:  # fewer than half of them count
            key = next_state(key)
            _resample(weights, np.float64(_uniform(key)), counts, topics, place + 1, width)
    return log_likelihood
