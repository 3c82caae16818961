"""Topics without keywords begin at groups of words that belong together, each group another topic's."""

from dataclasses import replace

import numpy as np
import pytest

from bandscape.core import Checkpoint, ParameterError
from bandscape.topics import KeywordLDA, check_topics
from bandscape.topics.anchoring import find_anchors, start_at_anchors
from bandscape.topics.beginning import HEATS, begin_chain
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


def test_a_corpus_without_a_word_to_judge_by_has_no_anchors(counts):
    assert find_anchors(counts[:5], [[0]], 3) == []


def fitted(topics, counts, **options):
    options = {"n_sweeps": 12, "n_samples": 4, "sampler": "dense", **options}
    return KeywordLDA(topics=topics, **options).fit(counts, vocabulary=WORDS)


def test_where_some_topics_are_free_a_chain_begins_at_keywords_and_anchors(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    start, heat = begin_chain(counts, topics(3), WORDS, "auto", seed=0)
    assert heat == HEATS["both"] < 1
    assert start is not None
    assert set(np.unique(start)) == {-1, 0, 1, 2, 3, 4}
    words = token_words(counts)
    assert set(start[words == 0]) == {0}
    assert set(start[words == WORDS_EACH]) == {1}
    usual, both, drawn = (fitted(topics(3), counts, begin=begin) for begin in ("auto", "both", "random"))
    assert usual.topic_word_.tobytes() == both.topic_word_.tobytes() != drawn.topic_word_.tobytes()
    again = fitted(topics(3), counts, n_jobs=4)
    assert again.topic_word_.tobytes() == usual.topic_word_.tobytes()


@pytest.mark.parametrize("n_free", [0, BLOCKS])
def test_where_all_topics_are_named_or_none_is_a_chain_is_drawn(counts, monkeypatch, n_free):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    assert begin_chain(counts, topics(n_free), WORDS, "auto", seed=0) == (None, 1.0)


def test_a_frozen_topic_is_neither_named_nor_free(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    frozen, *others = topics(1)
    start, heat = begin_chain(counts, [replace(frozen, frozen=True), *others], WORDS, "auto", seed=0)
    assert heat == HEATS["both"]
    assert start is not None
    assert set(np.unique(start)) >= {-1, 1, 2, 3, 4}
    alone = [replace(topic, frozen=True) for topic in (frozen, *others[:-1])]
    assert begin_chain(counts, [*alone, others[-1]], WORDS, "auto", seed=0) == (None, 1.0)


def test_a_corpus_without_anchors_begins_as_if_nobody_had_asked(counts):
    few = counts[:8]
    assert begin_chain(few, topics(3), WORDS, "auto", seed=0) == (None, 1.0)
    start, heat = begin_chain(few, topics(3), WORDS, "auto", seed=0, has_released=True)
    assert heat == HEATS["keywords"]
    assert set(np.unique(start)) == {-1, 0, 1}


def test_noise_gets_no_anchor_unless_it_is_asked_for_by_name(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    wanted = [*topics(3)[:3], *check_topics([{"id": "noise"}, {"id": "rest", "noise": True}])]
    start, _ = begin_chain(counts, wanted, WORDS, "auto", seed=0)
    assert set(np.unique(start)) == {-1, 0, 1, 2}
    start, heat = begin_chain(counts, wanted, WORDS, "anchors", seed=0)
    assert heat == HEATS["anchors"]
    assert set(np.unique(start)) == {-1, 2, 3, 4}


def test_a_schedule_of_ones_own_begins_as_it_says(counts, monkeypatch):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    drawn, usual, begun = (
        fitted(topics(3), counts, annealing=None, begin=begin) for begin in ("random", "auto", "both")
    )
    assert drawn.topic_word_.tobytes() == usual.topic_word_.tobytes() != begun.topic_word_.tobytes()


def test_a_fit_that_begins_at_anchors_goes_on_from_its_checkpoint_to_the_same_bytes(
    counts, monkeypatch, tmp_path
):
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.5)
    whole = fitted(topics(3), counts)
    model = KeywordLDA(topics=topics(3), n_sweeps=12, n_samples=4, sampler="dense")
    kept = Checkpoint(tmp_path / "kept", every_s=0)

    class StopError(Exception):
        pass

    def stop(event):
        if event.done == 6:
            raise StopError

    with pytest.raises(StopError):
        model.fit(counts, vocabulary=WORDS, on_progress=stop, checkpoint=kept)
    assert kept.path.exists()
    seen = []
    model.fit(counts, vocabulary=WORDS, on_progress=lambda event: seen.append(event.done), checkpoint=kept)
    assert min(seen) > 5
    assert model.topic_word_.tobytes() == whole.topic_word_.tobytes()


@pytest.mark.parametrize("begin", ["anchors", "both", "keywords"])
def test_beginnings_are_of_the_classic_prior(counts, begin):
    with pytest.raises(ParameterError, match=f"begin='{begin}' needs prior='classic'"):
        fitted(topics(3), counts, prior="proportional", begin=begin)
