"""Kernels around the draw: ordering tokens into blocks, rebuilding word probabilities, counting, folding in.

Arrays and scalars in, arrays out. Counts are integers, so that sums do not depend on the order of threads.
Public functions: :func:`count_block_words`, :func:`lay_block`, :func:`rebuild_words`, :func:`count_topics`,
:func:`add_document_counts`, :func:`add_word_counts`, :func:`fold_in`, :func:`count_surfaces_by_topic`.
"""

import numpy as np

from .compiling import compiled
from .simd import FIRST_OF_WORD, SLOT_MASK

_FLAG = np.uint16(FIRST_OF_WORD)


@compiled
def count_block_words(indptr, words, counts, docs, word_starts):  # type: ignore
    """Count the tokens of each word in one block of documents.

    Parameters
    ----------
    indptr : ndarray of shape (n_docs + 1,), int64
    words, counts : ndarray of shape (n_entries,), int32
        The rows of the count matrix.
    docs : ndarray, int64
        Rows that make up the block.
    word_starts : ndarray of shape (n_words + 1,), int32
        Overwritten: where each word's tokens start within the block.

    Returns
    -------
    n_words_present, n_entries : int
    """
    word_starts[:] = 0
    n_entries = 0
    for doc in docs:
        for entry in range(indptr[doc], indptr[doc + 1]):
            word_starts[words[entry] + 1] += counts[entry]
            n_entries += counts[entry] > 0
    n_present = 0
    for word in range(len(word_starts) - 1):
        n_present += word_starts[word + 1] > 0
        word_starts[word + 1] += word_starts[word]
    return n_present, n_entries


@compiled
def _sort_entries(indptr, words, counts, docs, n_words, entry_docs, entry_counts):  # type: ignore
    """Gather the entries of a block by word; return where each word's entries start."""
    starts = np.zeros(n_words + 1, np.int64)
    for doc in docs:
        for entry in range(indptr[doc], indptr[doc + 1]):
            starts[words[entry] + 1] += counts[entry] > 0
    for word in range(n_words):
        starts[word + 1] += starts[word]
    cursor = starts[:-1].copy()
    for local in range(len(docs)):
        for entry in range(indptr[docs[local]], indptr[docs[local] + 1]):
            if counts[entry] > 0:
                at = cursor[words[entry]]
                entry_docs[at], entry_counts[at] = local, counts[entry]
                cursor[words[entry]] += 1
    return starts


@compiled
def lay_block(indptr, words, counts, docs, word_starts, n_entries, slots, present):  # type: ignore
    """Order the tokens of one block by word.

    Repeats of a word in one document are dealt out in turns (every document's first, every document's second, ...):
    a draw right after one in the same document would have to wait for its counts to reach memory.

    Parameters
    ----------
    indptr, words, counts, docs, word_starts
        As for :func:`count_block_words`, whose results ``word_starts`` and ``n_entries`` are.
    slots : ndarray of shape (n_tokens,), uint16
        Overwritten: document within the block, with ``FIRST_OF_WORD`` at the first token of each word.
    present : ndarray of shape (n_words_present,), int32
        Overwritten: the words of the block.
    """
    n_words = len(word_starts) - 1
    entry_docs, left = np.empty(n_entries, np.uint16), np.empty(n_entries, np.int32)
    starts = _sort_entries(indptr, words, counts, docs, n_words, entry_docs, left)
    n_present = 0
    for word in range(n_words):
        token, n_left = word_starts[word], starts[word + 1] - starts[word]
        while n_left > 0:
            first, kept = starts[word], 0
            for entry in range(first, first + n_left):
                slots[token] = entry_docs[entry]
                token += 1
                if left[entry] > 1:
                    entry_docs[first + kept], left[first + kept] = entry_docs[entry], left[entry] - 1
                    kept += 1
            n_left = kept
        if word_starts[word + 1] > word_starts[word]:
            slots[word_starts[word]] |= _FLAG
            present[n_present] = word
            n_present += 1


@compiled
def _count_word(word, block_starts, word_starts, n_blocks, topics, row):  # type: ignore
    """Add the topics of one word's tokens in the first ``n_blocks`` blocks to ``row``."""
    for block in range(n_blocks):
        start = block_starts[block]
        for token in range(start + word_starts[block, word], start + word_starts[block, word + 1]):
            row[topics[token]] += 1


@compiled
def rebuild_words(
    first,
    last,
    block_starts,
    word_starts,
    n_blocks,
    topics,
    known,
    word_prior,
    listed_at,
    listed_topics,
    listed_priors,
    frozen_topics,
    frozen_words,
    inverse_totals,
    phi,
):  # type: ignore
    """Recompute the word probabilities ``phi[first:last]`` from the topics of the tokens.

    Parameters
    ----------
    first, last : int
        Range of words.
    block_starts : ndarray of shape (all_blocks + 1,), int64
    word_starts : ndarray of shape (all_blocks, n_words + 1), int32
    n_blocks : int
        Only tokens of the first ``n_blocks`` blocks are counted; the others have no topic yet.
    topics : ndarray of shape (n_tokens,), uint16
    known : ndarray of shape (n_words, n_topics) or (0, 0), int32
        Counts of tokens that are elsewhere, if any.
    word_prior : ndarray of shape (n_padded,), float32
        Prior of an ordinary word in each topic (beta), zero in the padding.
    listed_at : ndarray of shape (n_words + 1,), int64
        Where each word's exceptions start: keywords and excluded words.
    listed_topics : ndarray, int32
    listed_priors : ndarray, float32
        Prior used in place of ``word_prior``; zero for an excluded word.
    frozen_topics : ndarray of shape (n_frozen,), int32
    frozen_words : ndarray of shape (n_frozen, n_words), float32
        Distributions put in place of the counted ones.
    inverse_totals : ndarray of shape (n_padded,), float32
        1 / (N_k + B_k), zero in the padding.
    phi : ndarray of shape (n_words, n_padded), float32
        Overwritten in rows ``first:last``.
    """
    width = phi.shape[1]
    row = np.zeros(width, np.int32)
    for word in range(first, last):
        _count_word(word, block_starts, word_starts, n_blocks, topics, row)
        if len(known):
            for topic in range(known.shape[1]):
                row[topic] += known[word, topic]
        for topic in range(width):
            phi[word, topic] = (np.float32(row[topic]) + word_prior[topic]) * inverse_totals[topic]
        for at in range(listed_at[word], listed_at[word + 1]):
            topic = listed_topics[at]
            phi[word, topic] = (np.float32(row[topic]) + listed_priors[at]) * inverse_totals[topic]
        for at in range(len(frozen_topics)):
            phi[word, frozen_topics[at]] = frozen_words[at, word]
        row[:] = 0


@compiled
def count_topics(topics, totals):  # type: ignore
    """Set ``totals[k]`` (int64) to the number of tokens of topic k."""
    totals[:] = 0
    for token in range(len(topics)):
        totals[topics[token]] += 1


@compiled
def add_document_counts(topics, slots, docs, sums):  # type: ignore
    """Add the tokens of one block to ``sums[doc, topic]`` (int32), ``docs`` naming the rows."""
    for token in range(len(topics)):
        sums[docs[slots[token] & SLOT_MASK], topics[token]] += 1


@compiled
def add_word_counts(first, last, block_starts, word_starts, topics, sums):  # type: ignore
    """Add the tokens of words ``first:last`` to ``sums[word, topic]`` (int64)."""
    for word in range(first, last):
        _count_word(word, block_starts, word_starts, len(word_starts), topics, sums[word])


@compiled
def _fold_in_once(entries, words, counts, phi, mixture, expected):  # type: ignore
    """Set ``expected[k]`` to the expected number of the document's tokens of topic k under ``mixture``."""
    expected[:] = 0
    for entry in entries:
        row = phi[words[entry]]
        total = np.float32(0)
        for topic in range(len(mixture)):
            total += mixture[topic] * row[topic]
        if total > 0:
            factor = np.float32(counts[entry]) / total
            for topic in range(len(mixture)):
                expected[topic] += factor * mixture[topic] * row[topic]


@compiled
def fold_in(
    first, last, indptr, words, counts, phi, doc_prior, by_length, start, tolerance, n_iterations, mixtures
):  # type: ignore
    """Estimate the topic mixtures of documents ``first:last`` with the word probabilities held fixed.

    Parameters
    ----------
    first, last : int
    indptr, words, counts
        Rows of the count matrix: int64, int32, int32.
    phi : ndarray of shape (n_words, n_topics), float32
    doc_prior : ndarray of shape (n_topics,), float32
        alpha, times the document's length where ``by_length``.
    by_length : bool
    start : ndarray of shape (n_topics,), float32
        Mixture to start from; all > 0.
    tolerance : float32
        Stop when no share changes by more.
    n_iterations : int
        Stop after so many steps.
    mixtures : ndarray of shape (n_docs, n_topics), float32
        Overwritten in rows ``first:last``; rows sum to 1.
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
            _fold_in_once(entries, words, counts, phi, mixture, expected)
            expected += scale * doc_prior
            total = expected.sum()
            change = np.float32(0)
            for topic in range(n_topics):
                share = expected[topic] / total
                change = max(change, abs(share - mixture[topic]))
                mixture[topic] = share
            if change <= tolerance:
                break
        mixtures[doc] = mixture


@compiled
def count_surfaces_by_topic(first, last, indptr, docs, counts, words, doc_topic, word_topic, expected):  # type: ignore
    """Expect how often each surface form stands for each topic, one surface form after the other.

    Parameters
    ----------
    first, last : int
        Range of surface forms.
    indptr : ndarray of shape (n_surfaces + 1,), int64
    docs : ndarray of shape (n_entries,), int64
    counts : ndarray of shape (n_entries,), float64
        The columns of the matrix (documents, surface forms).
    words : ndarray of shape (n_surfaces,), int64
        Word each surface form belongs to.
    doc_topic : ndarray of shape (n_docs, n_topics), float32
    word_topic : ndarray of shape (n_words, n_topics), float32
    expected : ndarray of shape (n_surfaces, n_topics), float64
        Added to in rows ``first:last``.
    """
    n_topics = doc_topic.shape[1]
    for surface in range(first, last):
        sums, row = expected[surface], word_topic[words[surface]]
        entry, stop = indptr[surface], indptr[surface + 1]
        while entry < stop:
            # four documents side by side: each adds up its topics in order, and waits for none of the others
            n = min(stop - entry, 4)
            doc0, doc1 = docs[entry], docs[entry + min(1, n - 1)]
            doc2, doc3 = docs[entry + min(2, n - 1)], docs[entry + n - 1]
            total0, total1, total2, total3 = 0.0, 0.0, 0.0, 0.0
            for topic in range(n_topics):
                chance = row[topic]
                total0 += np.float64(doc_topic[doc0, topic] * chance)
                total1 += np.float64(doc_topic[doc1, topic] * chance)
                total2 += np.float64(doc_topic[doc2, topic] * chance)
                total3 += np.float64(doc_topic[doc3, topic] * chance)
            for at in range(n):
                total = total0 if at == 0 else total1 if at == 1 else total2 if at == 2 else total3
                if total > 0:
                    share = counts[entry + at] / total
                    mixture = doc_topic[docs[entry + at]]
                    for topic in range(n_topics):
                        sums[topic] += np.float64(mixture[topic] * row[topic]) * share
            entry += n
