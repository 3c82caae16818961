"""Kernels of the counts that partitions of a corpus exchange: which cells changed, and by how much.

Arrays and scalars in, arrays out. Public functions: :func:`count_changes`, :func:`list_changes`, :func:`add_changes`.
"""

import numpy as np

from .compiling import compiled


@compiled
def count_changes(first, last, before, after, n_changed):  # type: ignore
    """Count the topics whose number of tokens of a word changed.

    Parameters
    ----------
    first, last : int
        Range of words.
    before, after : ndarray of shape (n_words, n_topics), int32
    n_changed : ndarray of shape (n_words,), int64
        Overwritten in ``first:last``.
    """
    for word in range(first, last):
        n_changed[word] = 0
        for topic in range(after.shape[1]):
            n_changed[word] += before[word, topic] != after[word, topic]


@compiled
def list_changes(first, last, before, after, starts, topics, changes):  # type: ignore
    """List the changes that :func:`count_changes` counted.

    Parameters
    ----------
    first, last, before, after
        As for :func:`count_changes`.
    starts : ndarray of shape (n_words + 1,), int64
        Where each word's changes go.
    topics, changes : ndarray, uint16 and int32
        Overwritten: the topic, ascending within a word, and the difference.
    """
    for word in range(first, last):
        at = starts[word]
        for topic in range(after.shape[1]):
            change = after[word, topic] - before[word, topic]
            if change != 0:
                topics[at], changes[at] = topic, np.int32(change)
                at += 1


@compiled
def add_changes(first, last, starts, topics, changes, counts):  # type: ignore
    """Add listed changes of words ``first:last`` to ``counts`` of shape (n_words, n_topics), int32."""
    for word in range(first, last):
        for at in range(starts[word], starts[word + 1]):
            counts[word, topics[at]] += changes[at]
