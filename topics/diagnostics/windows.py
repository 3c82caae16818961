"""Kernels: in which windows of the texts words occur, as intervals, and in how many windows two of them do.

Windows are numbered through all texts. A window of ``size`` words slides word by word; a text that is not longer is
one window. The windows that hold a token are then neighbors, so that a word's windows are a short list of intervals
[start, end), and the windows two words share are the overlap of two such lists.
Public functions: :func:`count_intervals`, :func:`fill_intervals`, :func:`count_shared`.
"""

import numpy as np

from ..compiling import compiled


@compiled
def _windows_of_token(place, length, size):  # type: ignore
    """Return the first and the last window, within its text, that hold the token at ``place``."""
    n_windows = max(length - size + 1, 1)
    return max(place - size + 1, 0), min(place, n_windows - 1)


@compiled
def count_intervals(doc_starts, words, slots, size, counts):  # type: ignore
    """Count the intervals of each word that is looked for.

    Parameters
    ----------
    doc_starts : ndarray of shape (n_docs + 1,), int64
        Where each text starts in ``words``.
    words : ndarray of shape (n_tokens,), int32
        Words in the order of the texts.
    slots : ndarray of shape (n_vocabulary,), int32
        Number of each word among those looked for, -1 for the others.
    size : int
        Words a window.
    counts : ndarray of shape (n_slots,), int64
        Overwritten.

    Returns
    -------
    n_windows : int
        Windows of all texts; a text without words has none.
    """
    ends = np.full(len(counts), -1, np.int64)
    counts[:] = 0
    n_windows = 0
    for doc in range(len(doc_starts) - 1):
        length = doc_starts[doc + 1] - doc_starts[doc]
        for place in range(length):
            slot = slots[words[doc_starts[doc] + place]]
            if slot >= 0:
                first, last = _windows_of_token(place, length, size)
                if n_windows + first > ends[slot]:
                    counts[slot] += 1
                ends[slot] = n_windows + last + 1
        if length > 0:
            n_windows += max(length - size + 1, 1)
    return n_windows


@compiled
def fill_intervals(doc_starts, words, slots, size, offsets, starts, ends):  # type: ignore
    """Write the intervals counted by :func:`count_intervals`.

    Parameters
    ----------
    doc_starts, words, slots, size
        As for :func:`count_intervals`.
    offsets : ndarray of shape (n_slots + 1,), int64
        Where the intervals of each word start.
    starts, ends : ndarray of shape (n_intervals,), int64
        Overwritten; ascending and apart from one another within a word.
    """
    cursor = offsets[:-1] - 1
    n_windows = 0
    for doc in range(len(doc_starts) - 1):
        length = doc_starts[doc + 1] - doc_starts[doc]
        for place in range(length):
            slot = slots[words[doc_starts[doc] + place]]
            if slot >= 0:
                first, last = _windows_of_token(place, length, size)
                at = cursor[slot]
                if at < offsets[slot] or n_windows + first > ends[at]:
                    at += 1
                    cursor[slot] = at
                    starts[at] = n_windows + first
                ends[at] = n_windows + last + 1
        if length > 0:
            n_windows += max(length - size + 1, 1)


@compiled
def count_shared(offsets, starts, ends, firsts, seconds, shared):  # type: ignore
    """Count the windows that hold both words of each pair.

    Parameters
    ----------
    offsets, starts, ends
        Intervals, as written by :func:`fill_intervals`.
    firsts, seconds : ndarray of shape (n_pairs,), int64
        Slots of the two words.
    shared : ndarray of shape (n_pairs,), int64
        Overwritten.
    """
    for pair in range(len(firsts)):
        left, left_end = offsets[firsts[pair]], offsets[firsts[pair] + 1]
        right, right_end = offsets[seconds[pair]], offsets[seconds[pair] + 1]
        total = 0
        while left < left_end and right < right_end:
            total += max(min(ends[left], ends[right]) - max(starts[left], starts[right]), 0)
            if ends[left] < ends[right]:
                left += 1
            else:
                right += 1
        shared[pair] = total
