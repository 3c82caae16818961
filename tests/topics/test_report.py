"""Topics for reading."""

import json

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics import format_report, list_topics, top_words, topics_table

WORDS = ["police", "Protesters", "killed", "demonstrations", "ukraine", "<b>\x1b[31m\n"]
TOPIC_WORD = np.array([[0.0374, 0.0353, 0.018, 0.0155, 0.9, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
SHARE = np.array([0.0449, 0.9551])

GOLDEN = (
    "*******************************************************************\n"
    "                       TOTAL TOPICS COUNT: 2\n"
    "*******************************************************************\n"
    "\n"
    "\n"
    "-------------------------------------------------------------------\n"
    "#: 0001  P: .0449  protests\n"
    "-------------------------------------------------------------------\n"
    "\n"
    ".9000 ukraine    .0374 police     .0353 protesters .0180 killed    \n"
    ".0155 demonstrat\n"
    "\n"
    "\n"
    "\n"
    "-------------------------------------------------------------------\n"
    "#: 0002  P: .9551  noise\n"
    "-------------------------------------------------------------------\n"
    "\n"
    "1.000 protesters\n"
    "\n"
    "\n"
    "\n"
)


def make_list(**options):
    return list_topics(["protests", "noise"], SHARE, TOPIC_WORD, WORDS, **options)


def test_report_is_laid_out_as_in_the_case_study():
    assert format_report(make_list()) == GOLDEN


def test_report_lines_are_67_characters_wide():
    many = list_topics(["a"], np.ones(1), np.full((1, 200), 0.005), [f"word{at}" for at in range(200)])
    lines = format_report(many).splitlines()
    cells = [line for line in lines if line.startswith(".")]
    assert len(cells) == 25
    assert {len(line) for line in cells} == {67}
    assert cells[0] == ".0050 word0      .0050 word1      .0050 word2      .0050 word3     "


def test_hostile_words_stay_on_their_line():
    topics = list_topics(["a\nb"], np.ones(1), np.array([[0.6, 0.4]]), ["<b>\x1b[31m\nx", "y"])
    text = format_report(topics)
    assert "\x1b" not in text
    assert "#: 0001  P: 1.000  a b\n" in text
    assert ".6000 <b> [31m x .4000 y         \n" in text


def test_lists_are_json_with_the_agreed_fields():
    topics = make_list(n_words=2)
    assert json.loads(json.dumps(topics)) == topics
    assert topics[0] == {
        "id": "protests",
        "share": 0.0449,
        "words": [{"word": "ukraine", "p": 0.9}, {"word": "police", "p": 0.0374}],
    }


def test_words_may_differ_by_topic():
    shown = np.array([WORDS, [word.upper() for word in WORDS]], object)
    topics = list_topics(["a", "b"], SHARE, TOPIC_WORD, shown, n_words=1)
    assert [topic["words"][0]["word"] for topic in topics] == ["ukraine", "PROTESTERS"]


def test_table_has_a_row_per_topic_and_word():
    table = topics_table(make_list(n_words=2))
    assert list(table.columns) == ["topic", "share", "rank", "word", "p"]
    assert table["topic"].tolist() == ["protests", "protests", "noise"]
    assert table["rank"].tolist() == [1, 2, 1]
    assert table["p"].tolist() == [0.9, 0.0374, 1.0]


def test_equal_words_are_listed_in_order():
    np.testing.assert_array_equal(top_words(np.array([0.2, 0.4, 0.2, 0.2, 0.0]), 10), [1, 0, 2, 3])


def test_disagreeing_shapes_are_refused():
    with pytest.raises(ParameterError, match=r"words must be \(2, 6\) like topic_word"):
        list_topics(["a", "b"], SHARE, TOPIC_WORD, WORDS[:-1])
    with pytest.raises(ParameterError, match=r"words must be \(1, 6\)"):
        list_topics(["a"], SHARE, TOPIC_WORD, WORDS)
    with pytest.raises(ParameterError, match="n_words must be an int >= 1; got 0"):
        make_list(n_words=0)
