"""Suggestions: words of the topic to add, strangers to exclude, topics to split, merge or call noise."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics import (
    KeywordLDA,
    Suggester,
    expected_word_topics,
    inspect_topics,
    suggest_words,
    word_topics_table,
)

from .planting import choose_keywords, configure, plant


@pytest.fixture(scope="module")
def planted():
    return plant(5)


@pytest.fixture(scope="module")
def model(planted):
    keywords, _ = choose_keywords(planted, 5, wrong=0.0)
    topics = configure([[], *[words[:2] for words in keywords[1:]]])
    frequent = planted.word_topic.sum(axis=1) > 60
    stranger = int(np.argmax(np.where(frequent, planted.own_share[:, 2], 0)))
    topics[1]["keywords"] = [*topics[1]["keywords"], f"w{stranger}"]
    fitted = KeywordLDA(topics=topics, prior="proportional", n_sweeps=80, n_samples=20)
    return fitted.fit(planted.counts, vocabulary=planted.words), f"w{stranger}"


def test_one_suggester_answers_for_all_topics_as_each_asked_alone(planted, model):
    fitted, _ = model
    suggester = Suggester(fitted, planted.counts)
    for topic in ("t1", "noise", "t2"):
        assert suggester.suggest(topic, n_words=4) == suggest_words(fitted, planted.counts, topic, n_words=4)


def test_words_to_add_are_mostly_of_the_topic(planted, model):
    fitted, _ = model
    own = planted.own_share
    keywords = {word for topic in fitted.topics_ for word, _ in topic.keywords}
    for topic in range(2, 8):
        found = suggest_words(fitted, planted.counts, f"t{topic}").add
        assert len(found) == 10
        assert not keywords & {word.word for word in found}
        assert np.mean([own[int(word.word[1:]), topic] for word in found]) > 0.6
        assert all(word.share >= 0.4 and word.lift > 1 for word in found)


def test_words_to_exclude_are_of_another_topic_or_of_none(planted, model):
    fitted, stranger = model
    own = planted.own_share
    found = suggest_words(fitted, planted.counts, "t1").exclude
    assert (found[0].word, found[0].reason, found[0].home) == (stranger, "keyword", "t2")
    for topic in range(1, 6):
        for word in suggest_words(fitted, planted.counts, f"t{topic}").exclude:
            if word.reason != "keyword":
                assert own[int(word.word[1:]), topic] < 0.5
                assert word.home != f"t{topic}"


def test_words_that_are_strange_to_many_topics_are_not_named(rng):
    """Eight topics of six words each; one filler is everywhere, one word is at home in topic 0 and leaks into 1."""
    counts = np.zeros((400, 50), np.int32)
    for doc in range(400):
        topic = doc % 8
        counts[doc, 6 * topic : 6 * topic + 6] = rng.multinomial(30, np.full(6, 1 / 6))
        counts[doc, 48] = rng.poisson(8)
        counts[doc, 49] = rng.poisson({0: 9, 1: 3}.get(topic, 0))
    words = [f"w{at}" for at in range(48)] + ["filler", "leak"]
    topics = [{"id": f"t{at}", "keywords": [f"w{6 * at}", f"w{6 * at + 1}"]} for at in range(8)]
    fitted = KeywordLDA(topics=topics, prior="proportional", n_sweeps=60, n_samples=20).fit(
        counts, vocabulary=words
    )
    named = {
        topic: [word.word for word in suggest_words(fitted, csr_matrix(counts), topic).exclude]
        for topic in ("t0", "t1", "t5")
    }
    assert named == {"t0": [], "t1": ["leak"], "t5": []}


def test_a_topic_without_keywords_gets_suggestions_too(planted, model):
    fitted, _ = model
    found = suggest_words(fitted, planted.counts, "noise", n_words=3)
    assert len(found.add) <= 3
    assert all(word.association == 0 for word in found.add)


def test_bad_calls_are_refused(planted, model):
    fitted, _ = model
    with pytest.raises(ParameterError, match="topic must be one of noise, t1"):
        suggest_words(fitted, planted.counts, "nope")
    with pytest.raises(ParameterError, match="n_words must be an int >= 1"):
        suggest_words(fitted, planted.counts, "t1", n_words=0)
    with pytest.raises(ParameterError, match="counts must be those the model was fitted to"):
        inspect_topics(fitted, planted.counts[:3])


def test_two_topics_in_one_are_found_and_told_apart():
    """With too few topics for twelve, some hold two."""
    n_mixed = n_found = 0
    for seed in range(2):
        planted = plant(seed)
        fitted = KeywordLDA(n_topics=8, n_sweeps=80, n_samples=20, random_state=seed)
        fitted.fit(planted.counts, vocabulary=planted.words)
        tokens = expected_word_topics(planted.counts, fitted.topic_word_, fitted.doc_topic_)
        whole = {f"topic_{at + 1}": row / row.sum() for at, row in enumerate(tokens.T @ planted.own_share)}
        parts = {name: row[1:] / row[1:].sum() for name, row in whole.items()}
        truly = {name for name, row in parts.items() if np.sort(row)[-2] > 0.2}
        findings = inspect_topics(fitted, planted.counts, n_each=20)
        found = {one.topics[0]: one for one in findings if one.kind == "mixed"}
        n_mixed += len(truly)
        n_found += len(truly & found.keys())
        for name in truly & found.keys():
            expected = set(np.argsort(-parts[name])[:2].tolist())
            homes = [
                np.bincount([planted.own_share[int(word[1:]), 1:].argmax() for word in group]).argmax()
                for group in found[name].words
            ]
            assert set(homes) == expected, "each group is of one of the two"
        assert all(np.sort(parts[name])[-2] > 0.1 or whole[name][0] > 0.5 for name in found), "or half noise"
    assert n_mixed >= 4
    assert n_found == n_mixed


def test_pure_topics_are_left_alone(planted, model):
    fitted, _ = model
    kinds = [found.kind for found in inspect_topics(fitted, planted.counts) if found.topics != ("t1",)]
    assert kinds == []


def test_one_topic_in_two_is_found(planted):
    """Two topics share the keywords of topic 2."""
    keywords, _ = choose_keywords(planted, 9, wrong=0.0)
    doubled = [*keywords, keywords[2]]
    fitted = KeywordLDA(topics=configure(doubled), prior="proportional", n_sweeps=80, n_samples=20)
    fitted.fit(planted.counts, vocabulary=planted.words)
    alike = [found for found in inspect_topics(fitted, planted.counts) if found.kind == "alike"]
    assert alike[0].topics == ("t2", "t12")
    assert len(alike) == 1
    fitted.topics_ = tuple(replace(topic, frozen=topic.id == "t2") for topic in fitted.topics_)
    assert not any("t2" in found.topics for found in inspect_topics(fitted, planted.counts)), (
        "its words are held"
    )


def test_a_topic_of_everything_is_noise(planted):
    keywords, _ = choose_keywords(planted, 5, wrong=0.0)
    topics = configure(keywords)
    topics[0]["id"] = "rest"  # no name that tells
    fitted = KeywordLDA(topics=topics, prior="proportional", n_sweeps=80, n_samples=20)
    fitted.fit(planted.counts, vocabulary=planted.words)
    noise = [found.topics for found in inspect_topics(fitted, planted.counts) if found.kind == "noise"]
    assert noise == [("rest",)]


def test_the_table_of_words_and_topics_adds_up(planted, model):
    fitted, _ = model
    tokens = expected_word_topics(planted.counts, fitted.topic_word_, fitted.doc_topic_)
    table = word_topics_table(planted.words, fitted.topic_ids_, fitted.topic_word_, tokens, least_tokens=1e-9)
    assert table.columns.tolist() == ["word", "topic", "tokens", "share", "p"]
    sums = table.groupby("word", observed=True)["share"].sum()
    assert np.allclose(sums, 1, atol=1e-4)
    by_topic = table.groupby("topic", observed=True)["tokens"].sum()
    assert np.allclose(by_topic.to_numpy(), tokens.sum(axis=0), rtol=1e-3)
    first = table[table["word"] == "w0"]
    assert first["tokens"].is_monotonic_decreasing
    small = word_topics_table(planted.words, fitted.topic_ids_, fitted.topic_word_, tokens)
    assert len(small) < len(table)
    assert isinstance(small, pd.DataFrame)
