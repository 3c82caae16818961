"""Rankings of words against the published formulas, computed by hand; distinctness of topics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bandscape.core.errors import ParameterError
from bandscape.topics.diagnostics import (
    ORDERS,
    exclusivity,
    frex,
    rank_words,
    relevance,
    shared_words,
    telling_word_ids,
    top_word_ids,
    topic_diversity,
    topic_exclusivity,
)

TOPIC_WORD = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.1, 0.2, 0.6]])
COUNTS = np.array([50, 20, 20, 10])


def test_relevance_is_sievert_and_shirleys_equation():
    expected = 0.6 * np.log(0.3) + 0.4 * np.log(0.3 / 0.2)
    assert relevance(TOPIC_WORD, COUNTS)[0, 1] == pytest.approx(expected)
    assert np.array_equal(relevance(TOPIC_WORD, COUNTS, weight=1)[1], np.log(TOPIC_WORD[1]))
    assert relevance(TOPIC_WORD, COUNTS, weight=1)[0, 3] == -np.inf


def test_relevance_of_a_word_the_corpus_lacks_is_a_number():
    assert np.isfinite(relevance(TOPIC_WORD[1:], [50, 20, 20, 0])).all()


def test_exclusivity_is_a_words_share_over_the_topics():
    assert exclusivity(TOPIC_WORD)[:, 0] == pytest.approx([5 / 6, 1 / 6])
    assert exclusivity(np.zeros((2, 3)))[0].tolist() == [0.5] * 3


def test_the_exclusivity_of_rare_words_is_drawn_to_the_middle_as_james_and_stein_say():
    shares = np.array([5 / 6, 1 / 6])
    distance = ((shares - 0.5) ** 2).sum()
    pull = (shares * (1 - shares)).sum() / (50 - 1) / distance
    assert exclusivity(TOPIC_WORD, COUNTS)[:, 0] == pytest.approx(pull * 0.5 + (1 - pull) * shares)
    assert exclusivity(TOPIC_WORD, [1, 1, 1, 1])[:, 3].tolist() == [0.5, 0.5]


def test_frex_is_the_harmonic_mean_of_two_quantiles():
    frequency = stats.rankdata(TOPIC_WORD[1]) / 4
    exclusive = stats.rankdata(exclusivity(TOPIC_WORD)[1]) / 4
    expected = 1 / (0.7 / exclusive + 0.3 / frequency)
    assert frex(TOPIC_WORD, exclusivity_weight=0.7)[1] == pytest.approx(expected)
    assert frex(TOPIC_WORD)[1].argmax() == 3


def test_orders_differ_as_they_should():
    """A word frequent everywhere leads by probability alone."""
    everywhere = np.array([[0.4, 0.3, 0.3, 0.0, 0.0], [0.4, 0.0, 0.0, 0.3, 0.3]])
    counts = [80, 30, 30, 30, 30]
    assert rank_words(everywhere, "probability").argmax(axis=1).tolist() == [0, 0]
    assert rank_words(everywhere, "frex", word_counts=counts).argmax(axis=1).tolist() == [1, 3]
    assert rank_words(everywhere, "relevance", word_counts=counts, relevance_weight=0.3).argmax(
        axis=1
    ).tolist() == [1, 3]


@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from(ORDERS))
@settings(max_examples=40)
def test_scores_are_ordered_numbers_for_any_topics(seed, n_topics, order):
    rng = np.random.default_rng(seed)
    topic_word = rng.dirichlet(np.full(12, 0.1), n_topics)
    counts = rng.integers(0, 50, 12)
    scores = rank_words(topic_word, order, word_counts=counts)
    assert scores.shape == topic_word.shape
    assert not np.isnan(scores).any()
    assert np.allclose(exclusivity(topic_word, counts).sum(axis=0), 1)
    ids = top_word_ids(scores, 5)
    ordered = np.take_along_axis(scores, ids, axis=1)
    assert (ordered[:, 1:] <= ordered[:, :-1]).all()


def test_top_words_are_those_of_a_full_stable_sort(rng):
    scores = rng.integers(0, 5, (40, 30)).astype(float)  # many ties
    scores[3] = -np.inf
    for n_words in (1, 7, 30, 99):
        assert np.array_equal(
            top_word_ids(scores, n_words), np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
        )


def test_diversity_and_sharing_count_words_listed_twice():
    apart = np.kron(np.eye(3), np.full(5, 0.2))
    assert topic_diversity(apart, 5) == 1
    assert shared_words(apart, 5).tolist() == [0, 0, 0]
    assert topic_exclusivity(apart, 5).tolist() == [1, 1, 1]
    same = np.tile(apart[0], (3, 1))
    assert topic_diversity(same, 5) == pytest.approx(1 / 3)
    assert shared_words(same, 5).tolist() == [1, 1, 1]
    assert topic_exclusivity(same, 5) == pytest.approx([1 / 3] * 3)


def test_bad_input_is_named():
    with pytest.raises(ParameterError, match="order must be one of probability, relevance, frex"):
        rank_words(TOPIC_WORD, "lift")
    with pytest.raises(ParameterError, match="needs word_counts"):
        rank_words(TOPIC_WORD, "relevance")
    with pytest.raises(ParameterError, match="weight must be in"):
        relevance(TOPIC_WORD, COUNTS, weight=60)
    with pytest.raises(ParameterError, match="exclusivity_weight must be in"):
        frex(TOPIC_WORD, exclusivity_weight=-1)
    with pytest.raises(ParameterError, match="word_counts must be 4 finite"):
        relevance(TOPIC_WORD, [1, 2])
    with pytest.raises(ParameterError, match="n_words must be"):
        top_word_ids(TOPIC_WORD, 0)


def test_a_topic_is_called_by_leading_words_that_others_lack():
    chances = np.full((3, 100), 1e-4)
    chances[:, 50:80] = 0.02  # the most probable words of every topic
    for topic in range(3):
        chances[topic, 3 * topic : 3 * topic + 3] = (0.1, 0.09, 0.08)
    chances[1, 99] = 0.01  # a name: it hardly occurs, yet nowhere else
    chances[[0, 2], 99] = 1e-9
    chances /= chances.sum(axis=1, keepdims=True)
    found = telling_word_ids(chances, np.round(chances.sum(axis=0) * 10_000), n_words=3)
    assert np.sort(found, axis=1).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_words_to_call_a_topic_by_need_fitting_counts():
    with pytest.raises(ParameterError, match="word_counts"):
        telling_word_ids(np.full((2, 4), 0.25), [1, 2])


@pytest.mark.parametrize("n_words", [6, 25, 400])
def test_words_to_call_a_topic_by_are_those_of_frex_among_its_leading_ones(rng, n_words):
    counts = rng.integers(0, 4, (9, n_words)) ** 3  # many equals
    chances = (counts + 0.01) / (counts + 0.01).sum(axis=1, keepdims=True)
    leading = top_word_ids(chances, 25)
    scores = np.take_along_axis(frex(chances, word_counts=counts.sum(axis=0)), leading, axis=1)
    expected = np.take_along_axis(leading, top_word_ids(scores, 7), axis=1)
    assert np.array_equal(telling_word_ids(chances, counts.sum(axis=0)), expected)
