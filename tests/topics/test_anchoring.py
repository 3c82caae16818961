"""Topics without keywords begin at groups of words that belong together, each group another topic's."""

import numpy as np
import pytest

from bandscape.topics import KeywordLDA, check_topics
from bandscape.topics.anchoring import find_anchors, start_at_anchors
from bandscape.topics.starting import token_words

BLOCKS, WORDS_EACH = 5, 12


@pytest.fixture(scope="module")
def counts():
    """Two blocks of words a document, and words that are everywhere."""
    rng = np.random.default_rng(0)
    rows = np.zeros((300, BLOCKS * WORDS_EACH + 4), np.int32)
    for row in rows:
        blocks = rng.choice(BLOCKS, 2, replace=False)
        words = rng.integers(0, WORDS_EACH, 20) + WORDS_EACH * rng.choice(blocks, 20)
        np.add.at(row, np.append(words, BLOCKS * WORDS_EACH + rng.integers(0, 4, 8)), 1)
    from bandscape.topics.checking import check_counts

    return check_counts(rows)


def topics(n_free, **more):
    named = [{"id": f"n{at}", "keywords": [f"w{WORDS_EACH * at}"]} for at in range(BLOCKS - n_free)]
    return check_topics([*named, *({"id": f"f{at}", **more} for at in range(n_free))])


WORDS = [f"w{at}" for at in range(BLOCKS * WORDS_EACH + 4)]


def test_each_anchor_is_of_a_block_that_nobody_named(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    groups = find_anchors(counts, [[0], [WORDS_EACH]], BLOCKS - 2)
    blocks = [{word // WORDS_EACH for word in group} for group in groups]
    assert sorted(map(tuple, blocks)) == [(2,), (3,), (4,)]
    words = [word for group in groups for word in group]
    assert len(words) == len(set(words))


def test_anchors_that_are_mixtures_are_left_out(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    assert len(find_anchors(counts, [[0]], 40)) < 10


def test_only_tokens_of_anchors_begin_in_topics_without_keywords(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    banned = WORDS[2 * WORDS_EACH : 2 * WORDS_EACH + 6]
    start = start_at_anchors(counts, topics(3, excluded=banned), WORDS, seed=0)
    assert start is not None
    assert set(np.unique(start)) == {-1, 2, 3, 4}
    in_topic = np.unique(token_words(counts)[start >= 0])
    assert not set(in_topic) & {WORDS.index(word) for word in banned}
    assert start_at_anchors(counts, topics(0), WORDS, seed=0) is None


def test_a_fit_finds_the_blocks_at_any_thread_count(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    options = {"begin": "anchors", "n_sweeps": 40, "n_samples": 10, "sampler": "dense"}
    one = KeywordLDA(topics=topics(3), **options).fit(counts, vocabulary=WORDS)
    two = KeywordLDA(topics=topics(3), n_jobs=2, **options).fit(counts, vocabulary=WORDS)
    assert one.topic_word_.tobytes() == two.topic_word_.tobytes()
    shares = one.topic_word_[:, : BLOCKS * WORDS_EACH].reshape(BLOCKS, BLOCKS, WORDS_EACH).sum(axis=2)
    assert sorted(shares.argmax(axis=1).tolist()) == list(range(BLOCKS))
    assert shares.argmax(axis=1)[:2].tolist() == [0, 1]
