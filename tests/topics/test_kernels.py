"""Kernels around the draw, against plain numpy. Also run under NUMBA_DISABLE_JIT=1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics import kernels
from bandscape.topics.blocks import aligned_zeros, check_n_jobs, choose_docs_per_block, lay_blocks
from bandscape.topics.simd import FIRST_OF_WORD


def tokens_of(blocks):
    """Return (doc, word, is_first_of_word) of every token."""
    return *blocks.token_docs_and_words(), (blocks.slots & FIRST_OF_WORD) > 0


@settings(max_examples=30)
@given(
    rows=st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=12),
    docs_per_block=st.integers(1, 5),
)
def test_blocks_hold_every_token_once(rows, docs_per_block):
    dense = np.array(rows, np.int32)
    blocks = lay_blocks(csr_matrix(dense), docs_per_block, np.random.default_rng(0))
    docs, words, first = tokens_of(blocks)
    found = np.zeros(dense.shape, int)
    np.add.at(found, (docs, words), 1)
    np.testing.assert_array_equal(found, dense)
    for block in range(blocks.n_blocks):
        tokens = blocks.tokens(block)
        np.testing.assert_array_equal(np.unique(words[tokens]), blocks.words[block])
        np.testing.assert_array_equal(words[tokens][first[tokens]], blocks.words[block])


def test_repeats_of_a_word_are_dealt_out_in_turns():
    blocks = lay_blocks(csr_matrix(np.array([[3], [1], [2]], np.int32)), 3, np.random.default_rng(0))
    docs, _, _ = tokens_of(blocks)
    assert len(set(docs[:3])) == 3
    assert set(docs[3:5]) == {0, 2}
    assert docs[5] == 0


def test_layout_does_not_depend_on_threads(random_counts):
    one, three = (lay_blocks(random_counts, 75, np.random.default_rng(1), n_jobs) for n_jobs in (1, 3))
    for name in ("order", "block_starts", "word_starts", "slots"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))


def test_stored_zeros_make_no_tokens():
    counts = csr_matrix((np.array([0, 2], np.int32), np.array([0, 1]), np.array([0, 2])), shape=(1, 3))
    blocks = lay_blocks(counts, 1, np.random.default_rng(0))
    assert blocks.n_tokens == 2
    np.testing.assert_array_equal(blocks.words[0], [1])


def test_word_ranges_cover_the_vocabulary(random_counts):
    blocks = lay_blocks(random_counts, 75, np.random.default_rng(1))
    for n_ranges in (1, 2, 7, 100):
        ranges = blocks.word_ranges(n_ranges)
        assert [word for low, high in ranges for word in range(low, high)] == list(range(40))


def test_too_many_documents_per_block_are_refused(random_counts):
    with pytest.raises(ParameterError, match=r"docs_per_block must be in 1\.\.32767; got 40000"):
        lay_blocks(random_counts, 40_000, np.random.default_rng(0))


def test_blocks_fit_the_cache_and_the_slot():
    assert 4000 < choose_docs_per_block(10**7, 16) <= 4096
    assert 1200 < choose_docs_per_block(10**7, 208) <= (1 << 20) // (4 * 208)
    assert choose_docs_per_block(800, 208) == 100
    assert choose_docs_per_block(3, 65_536) == 64
    assert choose_docs_per_block(10_000, 16, n_tokens=10_000 * 2**20) <= 256


def test_blocks_share_out_evenly_over_threads():
    for n_docs in (600, 4000, 11_083, 123_456):
        for n_padded in (16, 64, 208, 1008):
            n_blocks = -(-n_docs // choose_docs_per_block(n_docs, n_padded))
            assert n_blocks % 8 == 0 or n_blocks > 100


def test_a_document_too_long_for_a_block_is_refused():
    counts = csr_matrix(np.array([[2**31 - 1, 1]], np.int32))
    with pytest.raises(ParameterError, match=r"at most 2\*\*31 - 1 tokens; got 2147483648"):
        lay_blocks(counts, 1, np.random.default_rng(0))


def test_rebuilt_words_equal_numpy(random_counts, rng):
    blocks = lay_blocks(random_counts, 75, rng)
    n_topics, n_words = 5, 40
    topics = rng.integers(0, n_topics, blocks.n_tokens).astype(np.uint16)
    _, words, _ = tokens_of(blocks)
    counted = 3
    counts = np.zeros((n_words, 16))
    upto = blocks.block_starts[counted]
    np.add.at(counts, (words[:upto], topics[:upto]), 1)
    prior, inverse = np.zeros(16, np.float32), np.zeros(16, np.float32)
    prior[:n_topics], inverse[:n_topics] = rng.random(n_topics), rng.random(n_topics)
    listed = np.array([[2, 1, 7.5], [2, 3, 0.0], [39, 0, 2.0]])
    listed_at = np.searchsorted(listed[:, 0], np.arange(n_words + 1)).astype(np.int64)
    frozen = rng.random((1, n_words)).astype(np.float32)
    phi = np.full((n_words, 16), 9, np.float32)
    for first, last in ((0, 11), (11, 40)):
        kernels.rebuild_words(
            first, last, blocks.block_starts, blocks.word_starts, counted, topics, np.zeros((0, 0), np.int32), prior,
            listed_at, listed[:, 1].astype(np.int32), listed[:, 2].astype(np.float32), np.array([4], np.int32),
            frozen, inverse, phi,
        )  # fmt: skip
    expected = counts + prior
    for word, topic, value in listed:
        expected[int(word), int(topic)] = counts[int(word), int(topic)] + value
    expected = expected * inverse
    expected[:, 4] = frozen[0]
    np.testing.assert_allclose(phi, expected, rtol=1e-6)


def test_sums_equal_numpy(random_counts, rng):
    blocks = lay_blocks(random_counts, 75, rng)
    topics = rng.integers(0, 6, blocks.n_tokens).astype(np.uint16)
    docs, words, _ = tokens_of(blocks)
    by_doc, by_word, totals = np.zeros((600, 6), np.int32), np.zeros((40, 6), np.int64), np.zeros(6, np.int64)
    for block in range(blocks.n_blocks):
        tokens = blocks.tokens(block)
        kernels.add_document_counts(
            topics[tokens], blocks.slots[tokens], blocks.order[blocks.places(block)], by_doc
        )
    kernels.add_word_counts(0, 40, blocks.block_starts, blocks.word_starts, topics, by_word)
    kernels.count_topics(topics, totals)
    expected_docs, expected_words = np.zeros((600, 6)), np.zeros((40, 6))
    np.add.at(expected_docs, (docs, topics), 1)
    np.add.at(expected_words, (words, topics), 1)
    np.testing.assert_array_equal(by_doc, expected_docs)
    np.testing.assert_array_equal(by_word, expected_words)
    np.testing.assert_array_equal(totals, np.bincount(topics, minlength=6))


def test_aligned_zeros_start_on_a_cache_line():
    for _ in range(20):
        array = aligned_zeros((3, 16), np.float32)
        assert array.ctypes.data % 64 == 0
        assert not array.any()


@pytest.mark.parametrize("n_jobs", [0, -2, 1.5, True, "2"])
def test_bad_n_jobs_is_refused(n_jobs):
    with pytest.raises(ParameterError, match="n_jobs must be an int >= 1, or -1"):
        check_n_jobs(n_jobs)


def test_n_jobs_conventions():
    assert check_n_jobs(None) == 1
    assert check_n_jobs(3) == 3
    assert check_n_jobs(-1) >= 1
