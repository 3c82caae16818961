"""Kernels over the tokens of documents in the order of the count matrix: placing, sorting, drawing what is missing.

In that order documents follow one another, within a document the words in the order of their columns, and of a word
that occurs several times every token. Arrays and scalars in, arrays out. Public functions: :func:`place_tokens`,
:func:`sort_within_entries`, :func:`draw_missing`; :data:`MISSING` marks a token without a topic.
"""

import numpy as np

from .compiling import compiled
from .simd import SLOT_MASK, block_key, next_state

MISSING = 65_535
_STREAM = np.uint64(0xFFFFFFFF)  # beside the sweeps of a chain, which are counted from 0


@compiled
def place_tokens(slots, cursors, places):  # type: ignore
    """Find where the tokens of one block stand in the order of the count matrix.

    Parameters
    ----------
    slots : ndarray of shape (n_tokens,), uint16
        Document within the block of each token, in ascending order of words, with a flag.
    cursors : ndarray of shape (n_docs,), int64
        Place of each document's first token; overwritten.
    places : ndarray of shape (n_tokens,), int64
        Overwritten.
    """
    for token in range(len(slots)):
        doc = slots[token] & SLOT_MASK
        places[token] = cursors[doc]
        cursors[doc] += 1


@compiled
def sort_within_entries(counts, topics):  # type: ignore
    """Sort the topics of each entry's tokens, which cannot be told apart, in place.

    Parameters
    ----------
    counts : ndarray of shape (n_entries,), int32
    topics : ndarray of shape (n_tokens,), uint16
    """
    first = 0
    for count in counts:
        for token in range(first + 1, first + count):
            topic, at = topics[token], token
            while at > first and topics[at - 1] > topic:
                topics[at] = topics[at - 1]
                at -= 1
            topics[at] = topic
        first += count


@compiled
def _draw(weights, total, key):  # type: ignore
    """Return a topic with probability proportional to its weight; never one of weight zero."""
    target = np.float64(key >> np.uint64(11)) * 2.0**-53 * total
    chosen = 0
    for topic in range(len(weights)):
        if weights[topic] > 0:
            chosen = topic
            target -= weights[topic]
            if target < 0:
                break
    return chosen


@compiled
def draw_missing(first, last, indptr, rows, counts, token_starts, phi, doc_prior, doc_scale, seed, topics):  # type: ignore
    """Give every token without a topic one, in documents ``first:last``, with the word probabilities held fixed.

    A document's topics fill up token by token. Each document has a random stream of its own.

    Parameters
    ----------
    first, last : int
    indptr : ndarray of shape (n_docs + 1,), int64
    rows : ndarray of shape (n_entries,), int32
        Row of ``phi`` for the word of each entry; any number where no token of it is missing.
    counts : ndarray of shape (n_entries,), int32
    token_starts : ndarray of shape (n_docs,), int64
        First token of each document.
    phi : ndarray of shape (n_rows, n_topics), float64
        p(word | topic) up to a factor of the topic.
    doc_prior : ndarray of shape (n_topics,), float64
    doc_scale : ndarray of shape (n_docs,), float64
        Factor of ``doc_prior`` for each document.
    seed : uint64
    topics : ndarray of shape (n_tokens,), uint16
        ``MISSING`` is replaced.
    """
    n_topics = len(doc_prior)
    mixture, weights = np.empty(n_topics, np.float64), np.empty(n_topics, np.float64)
    for doc in range(first, last):
        begin, end, n_missing = token_starts[doc], token_starts[doc], 0
        mixture[:] = doc_scale[doc] * doc_prior
        for entry in range(indptr[doc], indptr[doc + 1]):
            end += counts[entry]
        for token in range(begin, end):
            if topics[token] == MISSING:
                n_missing += 1
            else:
                mixture[topics[token]] += 1
        if n_missing == 0:
            continue
        key, token = block_key(seed, _STREAM, np.uint64(doc)), begin
        for entry in range(indptr[doc], indptr[doc + 1]):
            for _ in range(counts[entry]):
                if topics[token] == MISSING:
                    total = 0.0
                    for topic in range(n_topics):
                        weights[topic] = mixture[topic] * phi[rows[entry], topic]
                        total += weights[topic]
                    key = next_state(key)
                    topics[token] = _draw(weights, total, key)
                    mixture[topics[token]] += 1
                token += 1
