"""Kernels of the counts that partitions of a corpus exchange: which cells changed, and by how much.

Arrays and scalars in, arrays out. Public functions: :func:`count_changes`, :func:`list_changes`, :func:`add_changes`.
"""

import numpy as np

from .compiling import compiled

NOWHERE = 0xFFFF
"""In place of the topic of a token that had none before."""


@compiled
def _changes_of_word(word, block_starts, word_starts, before, after, row):  # type: ignore
    """Add to ``row`` what the tokens of a word have changed."""
    for block in range(len(word_starts)):
        start = block_starts[block]
        for token in range(start + word_starts[block, word], start + word_starts[block, word + 1]):
            if before[token] != after[token]:
                if before[token] != NOWHERE:
                    row[before[token]] -= 1
                if after[token] != NOWHERE:
                    row[after[token]] += 1


@compiled
def count_changes(first, last, block_starts, word_starts, before, after, n_topics, n_changed):  # type: ignore
    """Count the topics whose number of tokens of a word changed.

    Parameters
    ----------
    first, last : int
        Range of words.
    block_starts : ndarray of shape (n_blocks + 1,), int64
    word_starts : ndarray of shape (n_blocks, n_words + 1), int32
    before, after : ndarray of shape (n_tokens,), uint16
        Topics of the tokens, or ``NOWHERE``.
    n_topics : int
    n_changed : ndarray of shape (n_words,), int64
        Overwritten in ``first:last``.
    """
    row = np.zeros(n_topics, np.int32)
    for word in range(first, last):
        _changes_of_word(word, block_starts, word_starts, before, after, row)
        n_changed[word] = np.count_nonzero(row)
        row[:] = 0


@compiled
def list_changes(first, last, block_starts, word_starts, before, after, n_topics, starts, topics, changes):  # type: ignore
    """List the changes that :func:`count_changes` counted.

    Parameters
    ----------
    first, last, block_starts, word_starts, before, after, n_topics
        As for :func:`count_changes`.
    starts : ndarray of shape (n_words + 1,), int64
        Where each word's changes go.
    topics, changes : ndarray, uint16 and int32
        Overwritten: the topic, ascending within a word, and the difference.
    """
    row = np.zeros(n_topics, np.int32)
    for word in range(first, last):
        _changes_of_word(word, block_starts, word_starts, before, after, row)
        at = starts[word]
        for topic in range(n_topics):
            if row[topic] != 0:
                topics[at], changes[at] = topic, row[topic]
                at += 1
                row[topic] = 0


@compiled
def add_changes(first, last, starts, topics, changes, counts):  # type: ignore
    """Add listed changes of words ``first:last`` to ``counts`` of shape (n_words, n_topics), int32."""
    for word in range(first, last):
        for at in range(starts[word], starts[word + 1]):
            counts[word, topics[at]] += changes[at]
