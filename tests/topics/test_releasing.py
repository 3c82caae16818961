"""Keywords that the corpus contradicts are let go; right ones, pinned ones and those of frozen topics are kept."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, report_keywords
from bandscape.topics.releasing import check_released, start_at_keywords, without_released
from bandscape.topics.rounds import TopicEdits, refit

from .planting import choose_keywords, configure, plant

FIT = {"n_sweeps": 60, "n_samples": 15}


@pytest.fixture(scope="module")
def planted():
    return plant(3)


@pytest.fixture(scope="module")
def given(planted):
    """Keywords, a quarter of them wrong, and the wrong ones as pairs (topic, word)."""
    keywords, mistaken = choose_keywords(planted, 3, wrong=0.25)
    return configure(keywords), {(f"t{topic}", f"w{word}") for topic, word in mistaken}


@pytest.fixture(scope="module")
def model(planted, given):
    return KeywordLDA(topics=given[0], **FIT).fit(planted.counts, vocabulary=planted.words)


def cosines(planted, model):
    rows = [
        topics / np.linalg.norm(topics, axis=1)[:, None] for topics in (planted.topic_word, model.topic_word_)
    ]
    return (rows[0] * rows[1]).sum(axis=1)[1:]


def test_wrong_keywords_are_released_and_right_ones_kept(given, model):
    topics, wrong = given
    released, n_keywords = set(model.released_keywords_), sum(len(t.get("keywords", ())) for t in topics)
    assert len(wrong) >= 8
    assert len(released & wrong) >= 0.9 * len(wrong)
    assert len(released - wrong) <= 0.05 * (n_keywords - len(wrong))


def test_topics_come_nearer_to_the_truth_without_wrong_keywords(planted, given):
    """Where their prior is strong enough to hold them by force."""
    released, held = (
        KeywordLDA(topics=given[0], keyword_strength=1.0, released_keywords=wanted, **FIT).fit(
            planted.counts, vocabulary=planted.words
        )
        for wanted in ("auto", ())
    )
    assert held.released_keywords_ == []
    assert cosines(planted, released).mean() > cosines(planted, held).mean() + 0.01


def test_what_a_pilot_releases_may_as_well_be_named(planted, given):
    releasing = KeywordLDA(topics=given[0], n_jobs=2, random_state=5, **FIT)
    releasing.fit(planted.counts, vocabulary=planted.words)
    assert releasing.released_keywords_
    named = KeywordLDA(
        topics=given[0], released_keywords=releasing.released_keywords_, random_state=5, **FIT
    ).fit(planted.counts, vocabulary=planted.words)
    assert releasing.topic_word_.tobytes() == named.topic_word_.tobytes()


def test_with_the_proportional_prior_keywords_are_released_only_by_name(planted, given):
    """A released keyword is as good as never given: same bytes."""
    options = {"prior": "proportional", "random_state": 5, **FIT}
    topics, wrong = given
    kept = KeywordLDA(topics=topics, **options).fit(planted.counts, vocabulary=planted.words)
    assert kept.released_keywords_ == []
    releasing = KeywordLDA(topics=topics, released_keywords=sorted(wrong), **options)
    releasing.fit(planted.counts, vocabulary=planted.words)
    left = without_released(releasing.topics_, releasing.released_keywords_)
    plain = KeywordLDA(topics=list(left), **options).fit(planted.counts, vocabulary=planted.words)
    assert set(releasing.released_keywords_) == wrong
    assert releasing.topic_word_.tobytes() == plain.topic_word_.tobytes()


def test_the_report_says_which_were_released(planted, model):
    rows = report_keywords(model, planted.counts)
    assert {(row["topic"], row["keyword"]) for row in rows if row["released"]} == set(
        model.released_keywords_
    )


def test_a_weight_above_one_insists(planted, given, model):
    topics, _ = given
    topic, word = model.released_keywords_[0]
    insisting = [dict(entry) for entry in topics]
    for entry in insisting:
        if entry["id"] == topic:
            entry["keywords"] = [{w: 2} if w == word else w for w in entry["keywords"]]
    fitted = KeywordLDA(topics=insisting, **FIT).fit(planted.counts, vocabulary=planted.words)
    assert (topic, word) not in fitted.released_keywords_
    assert fitted.released_keywords_


@pytest.fixture(scope="module")
def stored(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("released") / "model"
    model.save(folder)
    return KeywordLDA.load(folder)


def test_a_refit_goes_on_without_them_until_one_is_pinned(planted, stored, model):
    topic, word = model.released_keywords_[0]
    again = refit(stored, planted.counts, TopicEdits().rename(topic, "new"), n_sweeps=8)
    expected = {("new" if t == topic else t, w) for t, w in model.released_keywords_}
    assert set(again.released_keywords_) == expected
    pinned = refit(stored, planted.counts, TopicEdits().pin(topic, word), n_sweeps=8)
    assert set(pinned.released_keywords_) == set(model.released_keywords_) - {(topic, word)}
    at, column = pinned.topic_ids_.tolist().index(topic), planted.words.index(word)
    assert pinned.topic_word_[at, column] > 5 * model.topic_word_[at, column]


def test_new_reviews_learn_without_them_too(planted, stored):
    stored.partial_fit(planted.counts[:40])
    topic, word = stored.released_keywords_[0]
    at, column = stored.topic_ids_.tolist().index(topic), planted.words.index(word)
    assert stored.topic_word_[at, column] < 0.002


def test_a_chain_begins_with_keywords_in_their_topics(planted, model):
    start = start_at_keywords(planted.counts, model.topics_, planted.words, seed=0)
    words = np.repeat(planted.counts.indices, planted.counts.data)
    naming = {}
    for number, topic in enumerate(model.topics_):
        for word, _ in topic.keywords:
            naming.setdefault(planted.words.index(word), set()).add(number)
    for word, topics in naming.items():
        assert set(start[words == word].tolist()) == topics
    assert (start[~np.isin(words, list(naming))] == -1).all()
    assert start_at_keywords(planted.counts, model.topics_, ["x"] * len(planted.words), seed=0) is None


def test_a_chain_may_begin_at_keywords_of_which_none_was_released(planted, given, model):
    """With ``begin="keywords"`` it does what it else does only where some were."""
    topics, wrong = given
    begun = KeywordLDA(topics=topics, begin="keywords", **FIT).fit(planted.counts, vocabulary=planted.words)
    assert begun.token_topics_.tobytes() == model.token_topics_.tobytes()
    right = [
        {**topic, "keywords": [w for w in topic.get("keywords", ()) if (topic["id"], w) not in wrong]}
        for topic in topics
    ]
    usual, begun = (
        KeywordLDA(topics=right, begin=begin, released_keywords=(), n_sweeps=3, n_samples=1).fit(
            planted.counts, vocabulary=planted.words
        )
        for begin in ("random", "keywords")
    )
    own = [planted.words.index(topic["keywords"][0]) for topic in right if topic["keywords"]]
    named = [at for at, topic in enumerate(right) if topic["keywords"]]
    words = np.repeat(planted.counts.indices, planted.counts.data)
    kept = [
        np.mean([np.mean(fitted.token_topics_[words == w] == at) for w, at in zip(own, named, strict=True)])
        for fitted in (usual, begun)
    ]
    assert kept[1] > kept[0] + 0.1, "from the first sweeps"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"begin": "words"},
            "begin must be one of 'auto', 'random', 'keywords', 'anchors', 'both'; got 'words'",
        ),
        ({"begin": "keywords", "prior": "proportional"}, "begin='keywords' needs prior='classic'"),
    ],
)
def test_beginnings_that_there_are_not_are_refused(planted, given, options, said):
    with pytest.raises(ParameterError, match=said):
        KeywordLDA(topics=given[0], **options).fit(planted.counts, vocabulary=planted.words)


@pytest.mark.parametrize("value", ["none", 3, ["rock"], [("t1", 2)], [("t1", "w1", "w2")]])
def test_what_is_no_list_of_pairs_is_refused(value, model):
    with pytest.raises(ParameterError, match=r"released_keywords must be 'auto' or pairs \(topic, keyword\)"):
        check_released(value, model.topics_)
