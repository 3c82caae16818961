"""Refitting after edits: what is kept, what is reset, what is obeyed, and that it goes on after a crash."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError, UnknownNameError
from bandscape.topics import KeywordLDA, sampler
from bandscape.topics.keywords import check_topics
from bandscape.topics.rounds import (
    TopicEdits,
    apply_edits,
    carry_over,
    diff_rounds,
    frozen_words,
    judge_edits,
    match_topics,
    refit,
    refitting,
    trace_origins,
)
from bandscape.topics.rounds.carrying import MOST_SHARED, find_moved_words, find_touched_words, set_apart
from bandscape.topics.starting import token_words

WORDS = [f"w{at}" for at in range(60)]
BLOCKS = [f"block_{at}" for at in range(6)]


def make_counts(seed=0, n_docs=300):
    """Give documents of two of six topics; topic k has words 10 k to 10 k + 7, the others are everybody's."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((n_docs, 60), np.int32)
    for doc in range(n_docs):
        for topic in rng.choice(6, 2, replace=False):
            np.add.at(counts[doc], rng.integers(10 * topic, 10 * topic + 8, 20), 1)
        np.add.at(counts[doc], 10 * rng.integers(0, 6, 8) + rng.integers(8, 10, 8), 1)
    return csr_matrix(counts)


@pytest.fixture(scope="module", params=["exact", "blocks"])
def parent(request):
    """Give a fitted model of the corpus by either sampler, its topics named after their blocks."""
    before, sampler.EXACT_TOKENS = sampler.EXACT_TOKENS, 10**9 if request.param == "exact" else 0
    try:
        topics = [{"id": name, "keywords": [f"w{10 * at}"]} for at, name in enumerate(BLOCKS)]
        model = KeywordLDA(topics=topics, n_sweeps=150, n_samples=30, random_state=1, keyword_strength=0.3)
        yield model.fit(make_counts(), vocabulary=WORDS)
    finally:
        sampler.EXACT_TOKENS = before


@pytest.fixture(scope="module")
def counts():
    return make_counts()


def test_the_fixture_has_found_the_blocks(parent):
    owners = [parent.topic_word_[:, 10 * block : 10 * block + 8].sum(axis=1).argmax() for block in range(6)]
    assert owners == list(range(6))


def carried(parent, counts, edits):
    topics = apply_edits(parent.topics_, edits)
    return carry_over(parent, counts, topics, trace_origins(parent.topics_, edits)), token_words(counts)


def test_without_edits_everything_is_carried_over(parent, counts):
    start, _ = carried(parent, counts, ())
    np.testing.assert_array_equal(start, parent.token_topics_)


def test_a_rename_and_a_freeze_touch_nothing(parent, counts):
    start, _ = carried(
        parent, counts, TopicEdits().rename("block_2", "two").freeze("block_3").noise("block_1")
    )
    np.testing.assert_array_equal(start, parent.token_topics_)


def test_only_the_words_of_an_edit_lose_their_topics(parent, counts):
    edits = TopicEdits().pin("block_0", "w13").exclude("block_2", "w22").allow("block_3", "w30")
    start, words = carried(parent, counts, edits)
    former = parent.token_topics_
    lost = (words == 13) | ((words == 22) & (former == 2)) | ((words == 30) & (former == 3))
    assert (start[lost] == -1).all()
    np.testing.assert_array_equal(start[~lost], former[~lost])


def test_merged_topics_are_relabelled(parent, counts):
    start, _ = carried(parent, counts, TopicEdits().merge("block_4", "block_1"))
    relabelled = np.array([0, 3, 1, 2, 3, 4])[parent.token_topics_]
    np.testing.assert_array_equal(start, relabelled)


def test_the_tokens_of_a_split_topic_are_divided_and_no_others(parent, counts):
    start, _ = carried(parent, counts, TopicEdits().split("block_1", 3))
    former = parent.token_topics_
    assert set(start[former == 1]) == {1, 2, 3}
    relabelled = np.array([0, 9, 4, 5, 6, 7])[former]
    np.testing.assert_array_equal(start[former != 1], relabelled[former != 1])


def test_words_that_all_parts_of_a_split_topic_refuse_are_given_to_others(parent, counts):
    edits = TopicEdits().exclude("block_1", "w11").split("block_1", 2)
    start, words = carried(parent, counts, edits)
    assert (start[(words == 11) & (parent.token_topics_ == 1)] == -1).all()
    model = refit(parent, counts, edits, n_sweeps=3)
    assert (model.topic_word_[1:3, 11] == 0).all()


def test_topics_that_are_dropped_or_new(parent, counts):
    topics = check_topics([{"id": "block_1"}, {"id": "new"}])
    start = carry_over(parent, counts, topics, {"block_1": ("block_1",)})
    former, words = parent.token_topics_, token_words(counts)
    assert (start[former != 1] == -1).all()
    kept = (former == 1) & (words != 10)  # its keyword is gone
    assert (start[kept] == 0).all()


def test_touched_words_are_those_whose_wish_changed():
    former = check_topics([{"id": "a", "keywords": ["k", {"v": 2}], "excluded": ["x"]}, {"id": "b"}])
    later = check_topics([{"id": "a", "keywords": ["k", {"v": 3}, "n"], "excluded": ["y"]}, {"id": "b"}])
    same = {"a": ("a",), "b": ("b",)}
    assert find_touched_words(former, later, same) == ({"v", "n", "x"}, {0: {"y"}})
    assert find_touched_words(former, former, same) == (set(), {})
    swapped = check_topics([{"id": "a"}, {"id": "b", "keywords": ["k", {"v": 2}]}])
    assert find_touched_words(former, swapped, same) == ({"k", "v", "x"}, {0: {"k", "v"}})


def test_a_moved_word_takes_its_tokens_along(parent, counts):
    start, words = carried(parent, counts, TopicEdits().move("w22", "block_2", "block_4"))
    moved = (words == 22) & (parent.token_topics_ == 2)
    assert moved.any()
    assert (start[moved] == 4).all()
    assert (start[(words == 22) & ~moved] == -1).all()
    np.testing.assert_array_equal(start[words != 22], parent.token_topics_[words != 22])


def test_moved_words_are_those_that_one_topic_refuses_and_one_other_attracts():
    former = check_topics([{"id": "a", "keywords": ["k"], "excluded": ["x"]}, {"id": "b"}, {"id": "c"}])
    later = check_topics(
        [
            {"id": "a", "excluded": ["x", "k", "m", "n"]},
            {"id": "b", "keywords": ["k", "x", "n"]},
            {"id": "c", "keywords": ["n"]},
        ]
    )
    same = {"a": ("a",), "b": ("b",), "c": ("c",)}
    assert find_moved_words(former, later, same) == [
        ("k", 0, 1)
    ]  # x was refused before, n has two places to go to
    assert find_moved_words(former, former, same) == []


@given(
    tokens=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=3, max_size=300),
    n_parts=st.integers(2, 3),
)
def test_parts_of_a_split_topic_are_set_apart_by_whole_words(tokens, n_parts):
    parts, words = np.array([part % n_parts for part, _ in tokens]), np.array([word for _, word in tokens])
    apart = set_apart(parts, words, n_parts)
    assert set(apart) <= set(range(n_parts))
    touched = {word for word in set(words) if (apart != parts)[words == word].any()}
    for word in touched:
        assert len(set(apart[words == word])) == 1
    rows = np.zeros((n_parts, 13))
    np.add.at(rows, (apart, words), 1)
    rows /= np.maximum(rows.sum(axis=1, keepdims=True), 1)
    overlaps = [np.minimum(rows[one], rows[two]).sum() for one in range(n_parts) for two in range(one)]
    assert max(overlaps) <= MOST_SHARED


def test_parts_that_share_little_are_left_as_they_are():
    parts, words = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 2, 3, 3, 4, 5, 6])
    np.testing.assert_array_equal(set_apart(parts, words, 2), parts)


EDITS = {
    "pin": TopicEdits().pin("block_0", "w19"),
    "exclude": TopicEdits().exclude("block_0", "w1", "w2"),
    "allow": TopicEdits().allow("block_5", "w50"),
    "move": TopicEdits().move("w31", "block_3", "block_4"),
    "split": TopicEdits().split("pair", 2),
    "merge": TopicEdits().merge("block_5", "block_0"),
    "rename": TopicEdits().rename("block_1", "one"),
    "freeze": TopicEdits().freeze("block_2"),
    "noise": TopicEdits().noise("block_2"),
}


@pytest.mark.parametrize("kind", [kind for kind in EDITS if kind != "split"])
def test_each_kind_of_edit_is_obeyed(parent, counts, kind):
    model = refit(parent, counts, EDITS[kind])
    (verdict,) = judge_edits(parent, model, counts, EDITS[kind])
    assert verdict.obeyed, verdict.reason
    if kind != "merge":  # there are six blocks, and no five topics are as good
        assert model.trace_["log_likelihood"][-1] > parent.trace_["log_likelihood"][-1] - 0.1


def test_a_split_finds_the_two_blocks_again(parent, counts):
    joined = refit(parent, counts, TopicEdits().merge("block_0", "block_1").rename("block_0", "pair"))
    assert joined.topic_word_[0, :20].sum() > 0.8
    model = refit(joined, counts, EDITS["split"])
    assert model.topic_ids_[:2].tolist() == ["pair_1", "pair_2"]
    (verdict,) = judge_edits(joined, model, counts, EDITS["split"])
    assert verdict.obeyed, verdict.reason
    blocks = np.array([model.topic_word_[:2, at : at + 8].sum(axis=1) for at in (0, 10)])
    assert sorted(blocks.argmax(axis=1)) == [0, 1]
    assert blocks.max(axis=1).min() > 0.7


def test_excluded_and_moved_words_are_exactly_gone(parent, counts):
    edits = TopicEdits().exclude("block_0", "w1").move("w31", "block_3", "block_4").freeze("block_5")
    model = refit(parent, counts, edits)
    words = token_words(counts)
    assert model.topic_word_[0, 1] == 0
    assert model.topic_word_[3, 31] == 0
    assert not ((words == 1) & (model.token_topics_ == 0)).any()
    assert not ((words == 31) & (model.token_topics_ == 3)).any()
    np.testing.assert_array_equal(model.topic_word_[5], parent.topic_word_[5])


def test_a_frozen_topic_is_held_over_rounds_and_renames_until_it_is_thawed(parent, counts):
    first = refit(parent, counts, TopicEdits().freeze("block_2"), n_sweeps=4)
    second = refit(first, counts, TopicEdits().rename("block_2", "two").pin("block_1", "w20"), n_sweeps=4)
    np.testing.assert_array_equal(second.topic_word_[2], parent.topic_word_[2])
    third = refit(second, counts, TopicEdits().thaw("two"), n_sweeps=4)
    assert (third.topic_word_[2] != parent.topic_word_[2]).any()
    assert not third.topics_[2].frozen


def test_edits_that_are_not_obeyed_are_said_to_be(parent, counts):
    edits = (
        TopicEdits()
        .pin("block_0", "unheard")
        .pin("block_1", "w19")
        .exclude("block_1", "w11")
        .split("block_2", 2)
    )
    edits = edits.merge("block_3", "block_4").freeze("block_5")
    topics = apply_edits(parent.topics_, edits)
    lazy = KeywordLDA(
        topics=[{"id": topic.id} for topic in topics], n_sweeps=30, n_samples=10, random_state=5
    )
    lazy.fit(counts, vocabulary=WORDS)
    verdicts = judge_edits(parent, lazy, counts, edits)
    assert not any(verdict.obeyed for verdict in verdicts if not str(verdict.edit).startswith("exclude"))
    assert "unheard" in verdicts[0].reason
    gone = KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(counts, vocabulary=WORDS)
    assert {verdict.reason for verdict in judge_edits(parent, gone, counts, edits)} == {"the topic is gone"}


def test_verdicts_tell_no_tokens_from_few(parent, counts):
    edits = TopicEdits().exclude("block_0", "w1").exclude("block_0", "w51")
    before, fresh = parent.token_topics_, refit(parent, counts, edits, n_sweeps=3)
    had = int(((token_words(counts) == 51) & (before == 0)).sum())
    reasons = [verdict.reason for verdict in judge_edits(parent, fresh, counts, edits)]
    again = [verdict.reason for verdict in judge_edits(fresh, fresh, counts, edits)]
    assert reasons[0].endswith("to 0% of its tokens")
    assert not reasons[0].startswith("w1: 0%")
    assert ("before and after" in reasons[1]) == (had == 0)
    assert again == ["w1: none of its tokens, before and after", "w51: none of its tokens, before and after"]


def test_ids_keep_their_meaning_and_order_over_rounds(parent, counts):
    model = parent
    for edits in (TopicEdits().pin("block_3", "w33"), TopicEdits().split("block_1", 2), TopicEdits()):
        model = refit(model, counts, edits, n_sweeps=10)
    assert model.topic_ids_.tolist() == ["block_0", "block_1_1", "block_1_2", *BLOCKS[2:]]
    for block in (0, 2, 3, 4, 5):
        at = model.topic_ids_.tolist().index(f"block_{block}")
        assert model.topic_word_[at, 10 * block : 10 * block + 8].sum() > 0.75


def test_the_priors_follow_the_topics(parent, counts):
    edits = TopicEdits().merge("block_0", "block_1").split("block_2", 2).rename("block_3", "three")
    model = refit(parent, counts, edits, n_sweeps=1)
    alpha = parent.doc_prior_
    expected = [alpha[0] + alpha[1], alpha[2] / 2, alpha[2] / 2, *alpha[3:]]
    np.testing.assert_allclose(model.doc_topic_prior, expected)
    topics = [{"id": name, "proportion": 3 if name == "block_5" else 1} for name in BLOCKS]
    model = refit(parent, counts, topics=topics, n_sweeps=1)
    assert model.doc_topic_prior[5] / model.doc_topic_prior[0] == pytest.approx(3 * alpha[5] / alpha[0])


@pytest.fixture(scope="module")
def small_and_large():
    """Give a corpus of a large topic, a small one, and a rival that has some of the small one's words; and a model."""
    rng = np.random.default_rng(4)
    rows = np.zeros((3, 60))
    rows[0, :30], rows[1, 30:40], rows[2, 30:40], rows[2, 40:50] = 1 / 30, 0.1, 0.03, 0.07
    counts, start = [], []
    for kind in np.repeat([0, 1, 2], [300, 100, 60]):
        mixture = np.full(3, 0.1) + 0.7 * (np.arange(3) == kind)
        counts.append(rng.multinomial(40, mixture @ rows))
        start += [kind] * 40
    topics = [
        {"id": name, "keywords": [word]}
        for name, word in (("large", "w0"), ("small", "w30"), ("rival", "w40"))
    ]
    model = KeywordLDA(topics=topics, n_sweeps=10, n_samples=2, released_keywords=())
    matrix = csr_matrix(np.array(counts, np.int32))
    return matrix, model.fit(matrix, vocabulary=WORDS, start=np.array(start))


def test_a_small_topic_keeps_more_of_its_words_in_a_large_one(small_and_large, monkeypatch):
    counts, model = small_and_large
    edits, own = TopicEdits().merge("large", "small"), np.isin(token_words(counts), range(30, 40))
    with_them = refit(model, counts, edits)
    monkeypatch.setattr(refitting, "_words_to_hold", lambda *_: {})
    without = refit(model, counts, edits)
    kept, lost = (np.mean(fitted.token_topics_[own] == 0) for fitted in (with_them, without))
    assert kept > lost + 0.1


def test_the_words_of_the_smaller_part_count_up_to_twice_in_one_refit(small_and_large, tmp_path):
    counts, model = small_and_large
    merged = refit(model, counts, TopicEdits().merge("small", "large").exclude("small", "w31"), n_sweeps=1)
    n_tokens = np.bincount(model.token_topics_)
    own = [np.bincount(token_words(counts)[model.token_topics_ == at], minlength=60) for at in range(3)]
    expected = own[1] + own[0] / 2
    assert n_tokens[0] > 2 * n_tokens[1]
    np.testing.assert_array_equal(merged.added_counts["small"], expected)
    assert merged.topic_word_[0, 31] == 0
    merged.save(tmp_path / "model")
    loaded = KeywordLDA.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.added_counts["small"], expected)
    assert refit(loaded, counts, n_sweeps=1).added_counts is None
    even = refit(model, counts, TopicEdits().merge("small", "rival"), n_sweeps=1).added_counts["small"]
    weight = n_tokens[2] + (even - own[1] / 2).sum()
    assert weight == pytest.approx(min(2 * n_tokens[2], n_tokens[1])), "no more than the largest"


def test_the_parts_of_a_split_topic_hold_the_words_they_begin_with(parent, counts):
    edits = TopicEdits().split("block_2", 2)
    start, words = carried(parent, counts, edits)
    added = refit(parent, counts, edits, n_sweeps=1, random_state=0).added_counts
    assert list(added) == ["block_2_1", "block_2_2"]
    for number, row in enumerate(added.values(), start=2):
        np.testing.assert_array_equal(row, np.bincount(words[start == number], minlength=60))


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ({"nobody": np.ones(60)}, "added_counts names 'nobody', which is no topic"),
        ({"small": -np.ones(60)}, r"added_counts\['small'\] must be 60 numbers >= 0"),
        ({"small": [1.0]}, r"added_counts\['small'\] must be 60 numbers >= 0; got shape \(1,\)"),
    ],
)
def test_unusable_added_counts_are_refused(small_and_large, added, said):
    counts, model = small_and_large
    with pytest.raises(ParameterError, match=said):
        KeywordLDA(topics=model.topics_, added_counts=added).fit(counts, vocabulary=WORDS)


def test_a_refit_has_the_same_bytes_at_any_number_of_threads_and_after_a_stop(parent, counts, tmp_path):
    edits = TopicEdits().pin("block_0", "w19").split("block_2", 2).merge("block_3", "block_4")
    options = {"n_sweeps": 6, "n_samples": 3}
    models = [refit(parent, counts, edits, n_jobs=jobs, **options) for jobs in (1, 2)]
    path = tmp_path / "chain.safetensors"
    for _ in range(6):
        last = refit(parent, counts, edits, checkpoint=path, on_progress=lambda _event: True, **options)
    states = {(model.token_topics_.tobytes(), model.topic_word_.tobytes()) for model in [*models, last]}
    assert len(states) == 1
    other = refit(parent, counts, edits, random_state=9, **options)
    assert other.token_topics_.tobytes() != last.token_topics_.tobytes()


def test_going_on_does_not_repeat_the_random_numbers(parent, counts):
    first = refit(parent, counts, n_sweeps=1)
    second = refit(first, counts, n_sweeps=1)
    assert (first.token_topics_ != second.token_topics_).any()
    assert refit(parent, counts, n_sweeps=1).token_topics_.tobytes() == first.token_topics_.tobytes()


def test_the_parent_is_left_as_it_is_and_may_come_from_a_file(parent, counts, tmp_path):
    parent.save(tmp_path / "model")
    before = parent.topic_word_.tobytes(), parent.token_topics_.tobytes(), repr(parent.get_params())
    edits = TopicEdits().split("block_2", 2)
    one = refit(parent, counts, edits, n_sweeps=3)
    assert before == (parent.topic_word_.tobytes(), parent.token_topics_.tobytes(), repr(parent.get_params()))
    loaded = KeywordLDA.load(tmp_path / "model")
    assert refit(loaded, counts, edits, n_sweeps=3).topic_word_.tobytes() == one.topic_word_.tobytes()


def test_surface_forms_of_words_are_understood(parent, counts):
    edits = TopicEdits().exclude("block_0", "W1")
    model = refit(parent, counts, edits, normalize=str.lower, topics=apply_edits(
        parent.topics_, TopicEdits().exclude("block_0", "w1")), n_sweeps=3)  # fmt: skip
    (verdict,) = judge_edits(parent, model, counts, edits, normalize=str.lower)
    assert verdict.obeyed


def test_unusable_refits_are_refused(parent, counts):
    with pytest.raises(UnknownNameError, match="no topic 'block'"):
        refit(parent, counts, TopicEdits().noise("block"))
    with pytest.raises(ParameterError, match="counts must be those the model was fitted to; got"):
        refit(parent, counts[:-1])
    with pytest.raises(ParameterError, match="counts must be those the model was fitted to; got"):
        refit(parent, make_counts(seed=1))
    tiny = KeywordLDA(n_topics=2, n_sweeps=3, n_samples=1).fit(csr_matrix([[1, 0, 0], [0, 2, 0]]))
    small = int(np.bincount(tiny.token_topics_, minlength=2).argmin())
    with pytest.raises(ParameterError, match=r"token\(s\), too few for 3 parts"):
        refit(tiny, [[1, 0, 0], [0, 2, 0]], TopicEdits().split(f"topic_{small + 1}", 3))
    with pytest.raises(
        ParameterError, match="topic 'new' is frozen, but the round to take its words from has no topic 'new'"
    ):
        refit(parent, counts, topics=[{"id": "block_0"}, {"id": "new", "frozen": True}])
    for edits in (
        TopicEdits().split("block_0").freeze("block_0_1"),
        TopicEdits().merge(*BLOCKS[:2]).freeze("block_0"),
    ):
        with pytest.raises(
            ParameterError, match=r"was only just made of 'block_0'.*thaw it, refit, then freeze"
        ):
            refit(parent, counts, edits)
    stateless = refit(parent, counts, n_sweeps=1)
    del stateless.token_topics_
    with pytest.raises(ParameterError, match="without the topics of its tokens; fit anew"):
        refit(stateless, counts)


def test_frozen_words_go_over_to_another_vocabulary(parent):
    topics = check_topics([{"id": "block_1", "frozen": True}, {"id": "free"}])
    words = ["w11", "unheard", "w10", *WORDS[40:]]
    (row,) = frozen_words(parent, topics, vocabulary=words).values()
    assert row.sum() == pytest.approx(1)
    assert row[0] / row[2] == pytest.approx(parent.topic_word_[1, 11] / parent.topic_word_[1, 10])
    assert 0 < row[1] <= row[3:].min()
    same = frozen_words(parent, topics, vocabulary=WORDS)["block_1"]
    np.testing.assert_array_equal(same, parent.topic_word_[1])


def test_a_diff_shows_what_came_and_went(parent, counts):
    edits = TopicEdits().move("w31", "block_3", "block_4").rename("block_0", "zero").split("block_1", 2)
    model = refit(parent, counts, edits)
    diffs = {
        diff.topic: diff
        for diff in diff_rounds(parent, model, origins=trace_origins(parent.topics_, edits), n_words=9)
    }
    assert list(diffs) == ["zero", "block_1_1", "block_1_2", *BLOCKS[2:]]
    assert "w31" in diffs["block_4"].gained
    assert "w31" in diffs["block_3"].lost
    assert "w31" in diffs["block_4"].clear
    assert "w31" in diffs["block_3"].clear
    was, now = (
        dict(zip(one.vocabulary_, one.topic_word_[one.topic_ids_.tolist().index("block_2")], strict=True))
        for one in (parent, model)
    )
    for word in (*diffs["block_2"].gained, *diffs["block_2"].lost):
        low, high = sorted((was[word], now[word]))
        assert (word in diffs["block_2"].clear) == (high >= 1.5 * low)
    assert diffs["zero"].was == ("block_0",)
    assert diffs["zero"].alike > 0.9
    assert diffs["block_1_1"].was == ("block_1",)
    assert not any(diff.is_gone for diff in diffs.values())
    same = diff_rounds(parent, parent)
    assert all(diff.alike == pytest.approx(1) and diff.moved_documents == 0 for diff in same)
    assert not any(diff.gained or diff.lost for diff in same)


def test_documents_that_move_are_counted_once_for_each_of_the_two_topics(parent, counts):
    model = refit(parent, counts, n_sweeps=2)
    diffs = diff_rounds(parent, model)
    changed = (parent.doc_topic_.argmax(axis=1) != model.doc_topic_.argmax(axis=1)).sum()
    assert sum(diff.moved_documents for diff in diffs) == 2 * changed
    merged = TopicEdits().merge("block_0", "block_1")
    origins = trace_origins(parent.topics_, merged)
    gone = diff_rounds(
        parent, refit(parent, counts, topics=[{"id": name} for name in BLOCKS[:4]], n_sweeps=1)
    )
    assert [diff.topic for diff in gone if diff.is_gone] == ["block_4", "block_5"]
    assert all(diff.lost and not diff.gained for diff in gone if diff.is_gone)
    both = diff_rounds(parent, refit(parent, counts, merged, n_sweeps=2), origins=origins)[0]
    assert both.was == ("block_0", "block_1")


def test_rounds_that_do_not_descend_from_one_another_are_matched_by_their_words(parent, counts):
    chains = [KeywordLDA(n_topics=6, n_sweeps=150, n_samples=30, random_state=seed) for seed in range(4)]
    shuffled = max(
        (chain.fit(counts, vocabulary=WORDS) for chain in chains),
        key=lambda chain: chain.trace_["log_likelihood"][-1],
    )
    pairs = match_topics(shuffled, parent)
    owners = {
        name: f"topic_{shuffled.topic_word_[:, 10 * at : 10 * at + 8].sum(axis=1).argmax() + 1}"
        for at, name in enumerate(BLOCKS)
    }
    assert {name: found[0] for name, found in pairs.items() if found} == owners
    other_words = KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(counts)
    assert match_topics(other_words, parent) == dict.fromkeys(BLOCKS, ())
    diffs = diff_rounds(other_words, parent)
    assert [diff.is_gone for diff in diffs] == [False] * 6 + [True] * 2
