"""Both prior schemes, as numbers."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics.keywords import check_topics
from bandscape.topics.priors import (
    check_every_word_has_a_topic,
    make_classic_priors,
    make_proportional_priors,
    with_added_counts,
)

INDEX = {f"w{at}": at for at in range(10)}
COUNTS = np.arange(10, 110, 10)
TOPICS = check_topics(
    [
        {"id": "noise", "proportion": 6},
        {
            "id": "a",
            "proportion": 2,
            "keywords": ["w1", {"w2": 3}, "gone"],
            "keywords_proportion": 0.4,
            "excluded": ["w9"],
        },
        {"id": "b", "proportion": 2, "keywords": ["w2"]},
    ]
)


def dense(priors):
    values = np.zeros((priors.n_topics, priors.n_words))
    priors.add_to(values)
    return values


def test_proportional_priors_share_out_the_mass_of_the_corpus():
    priors = make_proportional_priors(TOPICS, INDEX, COUNTS)
    np.testing.assert_allclose(priors.doc_prior, [0.6, 0.2, 0.2])
    np.testing.assert_allclose(priors.doc_scales(np.array([0, 7])) * 0.2, [0.2, 1.4])
    mass = COUNTS.sum() * np.array([0.6, 0.2, 0.2])
    np.testing.assert_allclose(priors.topic_mass(), mass)
    words = dense(priors)
    np.testing.assert_allclose(words[0], mass[0] / 10)
    np.testing.assert_allclose(words[1, 1:3], mass[1] * 0.4 * np.array([0.25, 0.75]))
    assert words[1, 9] == 0
    np.testing.assert_allclose(words[1, [0, 3, 8]], mass[1] * 0.6 / 7)  # 10 words, 2 keywords, 1 excluded
    np.testing.assert_allclose(words[2, 2], mass[2] * 0.5)


def test_proportional_priors_are_linear_in_the_temperature():
    priors = make_proportional_priors(TOPICS, INDEX, COUNTS)
    np.testing.assert_allclose(dense(priors.at(0.1)), 0.1 * dense(priors))
    np.testing.assert_allclose(priors.at(0.1).doc_prior, 0.1 * priors.doc_prior)
    np.testing.assert_allclose(priors.at(0.1).topic_mass(), 0.1 * priors.topic_mass())


def test_keywords_that_are_insisted_on_have_a_twentieth_of_their_topic_however_rare():
    counts = np.array([1, 3, 96, 900])
    topics = check_topics([{"id": "a", "keywords": [{"w0": 2}, {"w1": 6}, "w2"]}, {"id": "b"}])
    priors = dense(make_classic_priors(topics, INDEX, counts, topic_word_prior=0.1))
    np.testing.assert_allclose(priors[0] - 0.1, [25 * 2 / 8, 25 * 6 / 8, 9.6, 0])  # of 500 tokens expected
    priors = dense(make_classic_priors(topics, INDEX, counts, topic_word_prior=0.1, keyword_strength=0))
    np.testing.assert_allclose(priors, 0.1)


@pytest.mark.parametrize("make", [make_classic_priors, make_proportional_priors])
def test_added_counts_are_added_at_any_temperature_but_to_excluded_words(make):
    priors, added = make(TOPICS, INDEX, COUNTS), np.array([0, 3, 0, 0.5, 0, 0, 0, 0, 0, 7.0])
    more = with_added_counts(priors, {1: added})
    assert np.array_equal(
        np.lexsort((more.listed_topics, more.listed_words)), np.arange(len(more.listed_words))
    )
    for temperature in (0.1, 1.0, 3.0):
        expected = dense(priors.at(temperature))
        expected[1] += np.where(expected[1] > 0, added, 0)
        np.testing.assert_allclose(dense(more.at(temperature)), expected)
        np.testing.assert_allclose(more.at(temperature).topic_mass(), expected.sum(axis=1))


def test_keywords_that_are_all_absent_leave_the_mass_to_the_other_words():
    topics = check_topics([{"id": "a", "keywords": ["gone"]}])
    np.testing.assert_allclose(dense(make_proportional_priors(topics, INDEX, COUNTS)), COUNTS.sum() / 10)


def test_a_vocabulary_of_keywords_alone_takes_the_whole_mass():
    topics = check_topics([{"id": "a", "keywords": list(INDEX)}])
    np.testing.assert_allclose(dense(make_proportional_priors(topics, INDEX, COUNTS)), COUNTS.sum() / 10)


def test_classic_priors_boost_keywords_by_their_occurrences():
    priors = make_classic_priors(
        TOPICS, INDEX, COUNTS, doc_topic_prior=0.3, topic_word_prior=0.05, keyword_strength=0.5
    )
    np.testing.assert_allclose(priors.doc_prior, 0.3 * 3 * np.array([0.6, 0.2, 0.2]))
    assert (priors.doc_scales(np.array([0, 7])) == 1).all()
    words = dense(priors)
    np.testing.assert_allclose(words[1], [0.05, 0.05 + 10, 0.05 + 45] + [0.05] * 6 + [0])
    np.testing.assert_allclose(words[2, 2], 0.05 + 15)
    np.testing.assert_allclose(priors.topic_mass(), words.sum(axis=1))


def test_heat_goes_to_words_and_keywords_but_not_to_exclusions_or_documents():
    priors = make_classic_priors(TOPICS, INDEX, COUNTS, topic_word_prior=0.05)
    hot = priors.at(11.0)
    np.testing.assert_array_equal(hot.doc_prior, priors.doc_prior)
    assert dense(hot)[0, 0] == pytest.approx(0.55)
    assert dense(hot)[1, 9] == 0
    heat = 10 * 0.05 * 10 * 0.4 / 0.6  # the keywords' share of the topic's heat
    np.testing.assert_allclose((dense(hot) - dense(priors))[1, 1:3], heat * np.array([0.25, 0.75]))
    np.testing.assert_allclose(dense(priors.at(1.0)), dense(priors))


def test_vectors_of_priors_are_taken_as_they_are():
    priors = make_classic_priors(
        TOPICS, INDEX, COUNTS, doc_topic_prior=[1.0, 2.0, 3.0], topic_word_prior=[0.1, 0.2, 0.3]
    )
    np.testing.assert_array_equal(priors.doc_prior, [1, 2, 3])
    np.testing.assert_array_equal(priors.word_prior, [0.1, 0.2, 0.3])


def test_a_word_excluded_everywhere_is_refused():
    topics = check_topics([{"id": "a", "excluded": ["w3"]}, {"id": "b", "excluded": ["w3"]}])
    vocabulary = np.array(list(INDEX), object)
    priors = make_classic_priors(topics, INDEX, COUNTS)
    with pytest.raises(ParameterError, match=r"no topic for 1 word\(s\) of the corpus \('w3'\)"):
        check_every_word_has_a_topic(priors, COUNTS, {}, vocabulary)
    absent = np.where(np.arange(10) == 3, 0, COUNTS)
    check_every_word_has_a_topic(make_classic_priors(topics, INDEX, absent), absent, {}, vocabulary)


def test_a_frozen_topic_counts_as_a_home_only_where_it_is_positive():
    topics = check_topics([{"id": "a", "excluded": ["w3"]}, {"id": "b", "frozen": True}])
    priors = make_classic_priors(topics, INDEX, COUNTS)
    vocabulary = np.array(list(INDEX), object)
    row = np.full(10, 0.1)
    check_every_word_has_a_topic(priors, COUNTS, {1: row}, vocabulary)
    row[3] = 0
    with pytest.raises(ParameterError, match="'w3'"):
        check_every_word_has_a_topic(priors, COUNTS, {1: row}, vocabulary)
