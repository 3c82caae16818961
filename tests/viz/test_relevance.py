import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.viz.relevance import STEPS, relevance, relevant_words, word_marginals


def test_relevance_is_the_formula_of_the_paper():
    topic_word, word_share = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.6, 0.2])
    for weight in (0.0, 0.25, 1.0):
        expected = weight * np.log(topic_word) + (1 - weight) * np.log(topic_word / word_share)
        np.testing.assert_allclose(relevance(topic_word, word_share, weight), expected)


def test_at_one_the_frequent_words_lead_and_at_zero_the_exclusive_ones():
    topic_word, word_share = np.array([0.6, 0.4, 0.0]), np.array([0.6, 0.1, 0.3])
    assert relevance(topic_word, word_share, 1.0).argmax() == 0
    assert relevance(topic_word, word_share, 0.0).argmax() == 1


def test_words_that_the_topic_or_the_corpus_lacks_are_never_relevant():
    scores = relevance(np.array([[0.5, 0.0, 0.5]]), np.array([0.5, 0.5, 0.0]), 0.0)
    assert np.isneginf(scores[0, 1:]).all()
    assert not np.isnan(scores).any()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n_topics=st.integers(1, 4),
    n_vocabulary=st.integers(1, 60),
    ties=st.booleans(),
)
def test_the_listed_words_are_those_of_every_step_of_the_slider(seed, n_topics, n_vocabulary, ties):
    rng = np.random.default_rng(seed)
    topic_word = rng.dirichlet(np.full(n_vocabulary, 0.3), n_topics)
    word_share = rng.dirichlet(np.full(n_vocabulary, 0.5))
    if ties:
        topic_word, word_share = topic_word.round(2), word_share.round(1)
    for row, found in zip(topic_word, relevant_words(topic_word, word_share, 7), strict=True):
        wanted = set()
        for weight in STEPS:
            scores = relevance(row, word_share, weight)
            order = np.argsort(-scores, kind="stable")[:7]
            wanted |= set(order[np.isfinite(scores[order])].tolist())
        assert set(found.tolist()) == wanted


def test_marginals_weigh_the_topics_by_their_shares():
    marginal = word_marginals(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0.2, 0.8]))
    assert marginal == pytest.approx([0.6, 0.4])
