"""The table that judges every topic: each column from its own definition."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import (
    judge_topics,
    shared_words,
    top_word_ids,
    topic_coherence,
    topic_exclusivity,
)


@pytest.fixture
def fitted(block_counts):
    return KeywordLDA(n_topics=4, n_sweeps=30, n_samples=5).fit(block_counts)


def test_columns_are_the_measures(fitted, block_counts, rng):
    texts = [rng.permutation(np.repeat(np.arange(20), row)) for row in block_counts.toarray()]
    table = judge_topics(fitted, block_counts, texts, n_words=5)
    top = top_word_ids(fitted.topic_word_, 5)
    for measure, reference in (("npmi", block_counts), ("u_mass", block_counts), ("c_v", texts)):
        assert np.array_equal(table[measure], topic_coherence(top, reference, measure))
    assert np.array_equal(table["exclusivity"], topic_exclusivity(fitted.topic_word_, 5))
    assert np.array_equal(table["shared_words"], shared_words(fitted.topic_word_, 5))
    assert np.array_equal(table["share"], fitted.topic_share_)
    assert table["topic"].tolist() == fitted.topic_ids_.tolist()


def test_effective_documents_count_the_documents_a_topic_is_spread_over(fitted, block_counts):
    fitted.doc_topic_ = np.zeros((200, 4), np.float32)
    fitted.doc_topic_[7, 0] = 1
    fitted.doc_topic_[:50, 1] = 0.5
    fitted.doc_topic_[:, 2] = 0.1
    found = judge_topics(fitted, block_counts)["effective_documents"]
    assert found[:3].tolist() == pytest.approx([1, 50, 200])


def test_without_texts_and_with_other_documents_something_is_missing(fitted, block_counts):
    table = judge_topics(fitted, csr_matrix(block_counts[:50]), n_words=5)
    assert table["c_v"].isna().all()
    assert table["effective_documents"].isna().all()
    assert table["npmi"].notna().all()
