"""What became of keywords: wrong ones are found out, right ones are not accused."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics import (
    DocumentCoOccurrence,
    KeywordLDA,
    company_topics,
    expected_word_topics,
    report_keywords,
    token_topics,
)
from bandscape.topics.keyword_report import is_doubtful

from .planting import choose_keywords, configure, plant


def fit(planted, keywords, prior):
    model = KeywordLDA(topics=configure(keywords), prior=prior, n_sweeps=80, n_samples=20)
    return model.fit(planted.counts, vocabulary=planted.words)


@pytest.mark.parametrize("prior", ["proportional", "classic"])
def test_a_quarter_of_wrong_keywords_is_found_out(prior):
    found = missed = accused = n_right = 0
    for seed in range(2):
        planted = plant(seed)
        keywords, mistaken = choose_keywords(planted, seed, wrong=0.25)
        for row in report_keywords(fit(planted, keywords, prior), planted.counts):
            wrong = (int(row["topic"][1:]), int(row["keyword"][1:])) in mistaken
            found += wrong and row["doubtful"]
            missed += wrong and not row["doubtful"]
            accused += row["doubtful"] and not wrong
            n_right += not wrong
    assert found + missed >= 20
    assert found / (found + missed) >= 0.9, "recall"
    assert found / (found + accused) >= 0.9, "precision"


@pytest.fixture(scope="module")
def planted():
    return plant(7)


@pytest.fixture(scope="module")
def report(planted):
    keywords, _ = choose_keywords(planted, 7, wrong=0.0)
    frequent = planted.word_topic.sum(axis=1) > 60
    thief = int(np.argmax(np.where(frequent, planted.own_share[:, 2], 0)))  # a word of topic 2 if any is
    topics = configure(keywords)
    topics[1]["keywords"] = [*topics[1]["keywords"], f"w{thief}", "zzz"]
    topics[1]["excluded"] = ["yyy"]
    topics[3]["keywords"] = [*topics[3]["keywords"], topics[2]["keywords"][0]]
    model = KeywordLDA(topics=topics, n_sweeps=80, n_samples=20).fit(planted.counts, vocabulary=planted.words)
    return thief, topics, model, report_keywords(model, planted.counts)


def row_of(rows, topic, keyword):
    return next(row for row in rows if (row["topic"], row["keyword"]) == (topic, keyword))


def test_a_stolen_keyword_names_the_thief(report):
    thief, _, _, rows = report
    row = row_of(rows, "t1", f"w{thief}")
    assert (row["status"], row["by"], row["company"], row["doubtful"]) == ("stolen", "t2", "t2", True)
    assert row["by_share"] > 0.6
    assert row["share"] < 0.3


def test_absent_and_excluded_words_are_listed(report):
    _, _, _, rows = report
    assert row_of(rows, "t1", "zzz")["status"] == "absent"
    assert row_of(rows, "t1", "yyy")["status"] == "excluded, absent"
    assert "share" not in row_of(rows, "t1", "zzz")


def test_a_keyword_of_two_topics_is_not_stolen_by_the_other(report):
    _, topics, _, rows = report
    shared = topics[2]["keywords"][0]
    assert row_of(rows, "t2", shared)["by"] not in ("t2", "t3")
    assert row_of(rows, "t2", shared)["status"] == "taken"


def test_right_keywords_are_taken(report):
    thief, _, _, rows = report
    rest = [row for row in rows if row.get("share") is not None and row["keyword"] != f"w{thief}"]
    assert np.mean([row["status"] == "taken" for row in rest]) > 0.9
    assert np.mean([row["share"] for row in rest if row["status"] == "taken"]) > 0.6
    assert all(0 <= row[name] <= 1.000001 for row in rest for name in ("share", "by_share", "company_share"))


def test_what_makes_a_keyword_doubtful():
    assert is_doubtful(0.04, 0.0), "hardly any of its company is the topic's"
    assert is_doubtful(0.15, 0.4)
    assert not is_doubtful(0.15, 0.2)
    assert not is_doubtful(0.3, 0.7)
    assert is_doubtful(0.11, 0.1, sibling=0.8), "another topic names it rightly"
    assert not is_doubtful(0.15, 0.1, sibling=0.4), "a word that topics share is divided"


def test_the_share_is_what_the_documents_say(planted, report):
    _, _, model, rows = report
    row = next(row for row in rows if row["status"] == "taken")
    word, topic = int(row["keyword"][1:]), int(row["topic"][1:])
    column = planted.counts[:, [word]].toarray().ravel()
    weights = model.doc_topic_ * model.topic_word_[:, word]
    share = column @ (weights / weights.sum(axis=1, keepdims=True))[:, topic] / column.sum()
    assert row["share"] == pytest.approx(share, rel=1e-4)


def test_companions_are_words_of_the_same_topic(planted, report):
    _, _, _, rows = report
    own = planted.own_share
    shares = [
        own[int(other[1:]), int(row["topic"][1:])]
        for row in rows
        if row.get("status") == "taken" and row["count"] > 60
        for other in row["companions"]
    ]
    assert len(shares) > 20
    assert np.mean(shares) > 0.4


def test_other_counts_are_refused(planted, report):
    _, _, model, _ = report
    with pytest.raises(ParameterError, match="counts must be those the model was fitted to"):
        report_keywords(model, planted.counts[:5])


def test_company_ignores_what_the_prior_holds():
    """Word 0 is always beside words of topic 1, but the model was told that it is topic 0's."""
    from scipy.sparse import csr_matrix

    doc_topic = np.array([[0.95, 0.05], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    column = csr_matrix(np.array([[0], [1], [1], [1]]))
    share = company_topics(
        column, np.array([0.9, 0.001]), doc_topic, np.full(4, 20.0), np.array([30.0, 50.0])
    )
    assert share.sum() == pytest.approx(1)
    assert share[1] > 0.95
    assert company_topics(csr_matrix((4, 1)), np.ones(2), doc_topic, np.ones(4), np.ones(2)).tolist() == [
        0,
        0,
    ]


def test_expected_tokens_add_up(planted, report):
    _, _, model, _ = report
    expected = expected_word_topics(planted.counts, model.topic_word_, model.doc_topic_)
    assert np.allclose(expected.sum(axis=1), np.asarray(planted.counts.sum(axis=0)).ravel(), rtol=1e-4)
    some = expected_word_topics(planted.counts, model.topic_word_, model.doc_topic_, words=[5, 900, 3])
    assert np.array_equal(some, expected[[5, 900, 3]])


def test_token_topics_are_probabilities():
    topic_word = np.array([[0.5, 0.5, 0.0], [0.2, 0.0, 0.8]])
    weights = token_topics([0, 2, -1, 1], topic_word, np.array([0.5, 0.5]))
    assert weights.tolist() == [[0.5 / 0.7, 0.2 / 0.7], [0, 1], [0, 0], [1, 0]]


def test_words_that_go_together_are_associated():
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(0)
    counts = (rng.random((400, 6)) < 0.3).astype(int)
    counts[:, 1] = counts[:, 0]  # 0 and 1 always together; 5 is everywhere
    counts[:, 5] = 2
    company = DocumentCoOccurrence(csr_matrix(counts))
    scores = company.association([0, 5])
    assert scores.shape == (2, 6)
    assert scores[0].argmax() == 1
    assert scores[0, 1] > 0.8
    assert np.allclose(scores[1], 0, atol=1e-9), "a word in every document says nothing"
    assert scores[0, 0] == 0
    assert [word for word, _ in company.companions([0], n_words=1)] == [1]
    assert 1 not in [word for word, _ in company.companions([0], exclude=[1])]
    assert company.companions([]) == []
