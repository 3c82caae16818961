"""Sums and pieces of counts without a copy of them."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import blocks, expected_word_topics


@pytest.fixture
def counts(rng):
    dense = rng.poisson(0.4, (40, 12))
    dense[[3, 4, 39]] = 0
    return csr_matrix(dense.astype(np.int32))


@pytest.mark.parametrize("size", [1, 7, 1 << 23])
def test_words_and_documents_are_totaled_in_pieces(counts, monkeypatch, size):
    monkeypatch.setattr(blocks, "_SUM_ENTRIES", size)
    assert blocks.word_totals(counts).tolist() == counts.toarray().sum(axis=0).tolist()
    assert blocks.document_lengths(counts).tolist() == counts.toarray().sum(axis=1).tolist()
    nothing = csr_matrix((3, 2), dtype=np.int32)
    assert (blocks.word_totals(nothing).tolist(), blocks.document_lengths(nothing).tolist()) == (
        [0, 0],
        [0, 0, 0],
    )


@pytest.mark.parametrize("total", [blocks.word_totals, blocks.document_lengths])
def test_totals_need_little_memory_beside_the_counts(total):
    counts = csr_matrix(np.ones((4000, 500), np.int32))
    tracemalloc.start()
    try:
        total(counts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < counts.data.nbytes / 2


@pytest.mark.parametrize("size", [1, 7, 1 << 23])
def test_pieces_are_all_rows_in_order(counts, monkeypatch, size):
    monkeypatch.setattr(blocks, "_PIECE_ENTRIES", size)
    pieces = list(blocks.row_pieces(counts))
    assert np.concatenate([piece.toarray() for piece in pieces]).tolist() == counts.toarray().tolist()
    assert all(piece.nnz <= max(size, 1) + 12 for piece in pieces)
    assert len(pieces) == 1 or size < counts.nnz


def test_word_topics_do_not_depend_on_the_pieces(counts, rng, monkeypatch):
    topic_word, doc_topic = rng.dirichlet(np.ones(12), 3), rng.dirichlet(np.ones(3), 40)
    whole = expected_word_topics(counts, topic_word, doc_topic)
    some = expected_word_topics(counts, topic_word, doc_topic, words=[5, 0])
    monkeypatch.setattr(blocks, "_PIECE_ENTRIES", 9)
    assert (expected_word_topics(counts, topic_word, doc_topic) == whole).all()
    assert (expected_word_topics(counts, topic_word, doc_topic, words=[5, 0]) == some).all()
    assert (expected_word_topics(counts.tocsc(), topic_word, doc_topic) == whole).all()
