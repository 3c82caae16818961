"""Folding documents into a model of many topics: time in the topics of a word, not in all of them.

Most words never occur in most topics: there, p(word | topic) is the topic's *floor*, one and the same value. With
theta the mixture, ``sum_k theta_k phi_wk`` is ``sum_k theta_k floor_k``, one number a step, plus a sum over the word's
*entries*, the topics where it lies off the floor. The same cut serves the expected counts. Arrays and scalars in,
arrays out. Public functions: :func:`find_floors`, :func:`count_entries`, :func:`list_entries`,
:func:`fold_in_sparsely`.
"""

import numpy as np

from .compiling import compiled

_SUMS = 4  # partial sums side by side: one alone would wait for each addition


@compiled
def find_floors(phi, floors):  # type: ignore
    """Set ``floors[k]`` to the smallest positive probability of each topic, or to zero where there is none.

    Parameters
    ----------
    phi : ndarray of shape (n_words, n_topics), float32
    floors : ndarray of shape (n_topics,), float32
        Overwritten.
    """
    infinite = np.float32(np.inf)
    floors[:] = infinite
    for word in range(len(phi)):
        for topic in range(len(floors)):  # without a branch: sixteen topics at a time
            value = phi[word, topic] if phi[word, topic] > 0 else infinite
            floors[topic] = value if value < floors[topic] else floors[topic]
    for topic in range(len(floors)):
        if floors[topic] == infinite:
            floors[topic] = 0


@compiled
def count_entries(phi, floors, n_entries):  # type: ignore
    """Set ``n_entries[word]`` (int64) to the number of topics where a word lies off the floor."""
    for word in range(len(phi)):
        n = 0
        for topic in range(len(floors)):
            n += phi[word, topic] != floors[topic]
        n_entries[word] = n


@compiled
def list_entries(phi, floors, starts, topics, surplus):  # type: ignore
    """List the entries of each word.

    Parameters
    ----------
    phi, floors
        As for :func:`find_floors`.
    starts : ndarray of shape (n_words + 1,), int64
        Where each word's entries go.
    topics, surplus : ndarray, uint16 and float32
        Overwritten: the topic, and what its probability exceeds the floor by; negative for an excluded word.
    """
    for word in range(len(phi)):
        at = starts[word]
        for topic in range(len(floors)):
            if phi[word, topic] != floors[topic]:
                topics[at], surplus[at] = topic, phi[word, topic] - floors[topic]
                at += 1


@compiled
def _dot_entries(first, last, topics, surplus, mixture):  # type: ignore
    """Return the sum over a word's entries of mixture times surplus."""
    a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    whole = last - (last - first) % _SUMS
    for at in range(first, whole, _SUMS):
        a += mixture[topics[at]] * surplus[at]
        b += mixture[topics[at + 1]] * surplus[at + 1]
        c += mixture[topics[at + 2]] * surplus[at + 2]
        d += mixture[topics[at + 3]] * surplus[at + 3]
    for at in range(whole, last):
        a += mixture[topics[at]] * surplus[at]
    return (a + b) + (c + d)


@compiled
def _step(entries, words, counts, floors, starts, topics, surplus, mixture, expected):  # type: ignore
    """Set ``expected[k]`` to the expected number of the document's tokens of topic k under ``mixture``."""
    expected[:] = 0
    on_floor, held = np.float32(0), np.float32(0)
    for topic in range(len(mixture)):
        on_floor += mixture[topic] * floors[topic]
    for entry in entries:
        first, last = starts[words[entry]], starts[words[entry] + 1]
        total = on_floor + _dot_entries(first, last, topics, surplus, mixture)
        if total > 0:
            factor = np.float32(counts[entry]) / total
            held += factor
            for at in range(first, last):
                expected[topics[at]] += factor * surplus[at]
    for topic in range(len(mixture)):
        expected[topic] = max(mixture[topic] * (expected[topic] + held * floors[topic]), np.float32(0))


@compiled
def fold_in_sparsely(
    first,
    last,
    indptr,
    words,
    counts,
    floors,
    starts,
    topics,
    surplus,
    doc_prior,
    by_length,
    start,
    tolerance,
    n_iterations,
    mixtures,
):  # type: ignore
    """Estimate the topic mixtures of documents ``first:last`` with the word probabilities held fixed.

    Parameters
    ----------
    first, last, indptr, words, counts, doc_prior, by_length, start, tolerance, n_iterations, mixtures
        As for :func:`~bandscape.topics.kernels.fold_in`.
    floors, starts, topics, surplus
        As left by :func:`find_floors` and :func:`list_entries`.

    Notes
    -----
    A step takes O(entries of the document's words + n_topics). It differs from the dense one by rounding only.
    """
    n_topics = len(start)
    expected, mixture = np.empty(n_topics, np.float32), np.empty(n_topics, np.float32)
    for doc in range(first, last):
        entries = range(indptr[doc], indptr[doc + 1])
        length = np.float32(0)
        for entry in entries:
            length += np.float32(counts[entry])
        scale = max(length, np.float32(1)) if by_length else np.float32(1)
        mixture[:] = start
        for _ in range(n_iterations):
            _step(entries, words, counts, floors, starts, topics, surplus, mixture, expected)
            total = np.float32(0)
            for topic in range(n_topics):
                expected[topic] += scale * doc_prior[topic]
                total += expected[topic]
            change = np.float32(0)
            for topic in range(n_topics):
                share = expected[topic] / total
                change = max(change, abs(share - mixture[topic]))
                mixture[topic] = share
            if change <= tolerance:
                break
        mixtures[doc] = mixture
