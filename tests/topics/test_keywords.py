"""Topic configuration: what is read, expanded, mapped and refused."""

import json

import pytest

from bandscape.core.errors import ParameterError, SourceError
from bandscape.topics import (
    Topic,
    check_keywords,
    check_topics,
    list_terms,
    make_free_topics,
    map_keywords,
    read_topics,
    write_topics,
)

CONFIG = [
    {"id": "noise", "proportion": 0.5},
    {
        "id": "shoegaze",
        "proportion": 0.025,
        "keywords": ["shoegaze", {"reverb": 3}],
        "keywords_proportion": 0.4,
        "excluded": ["rap"],
        "frozen": False,
    },
    {"id": "other", "count": 3, "proportion": 0.025},
]


def test_configuration_is_expanded():
    topics = check_topics(CONFIG)
    assert [topic.id for topic in topics] == ["noise", "shoegaze", "other_1", "other_2", "other_3"]
    assert topics[1] == Topic(
        "shoegaze", 0.025, (("shoegaze", 1.0), ("reverb", 3.0)), keywords_proportion=0.4, excluded=("rap",)
    )


def test_names_of_the_original_are_accepted():
    original = [
        {
            "id": "us_gov",
            "proportion": 0.025,
            "priorityWords": ["government"],
            "priorityWordsProportion": 0.3,
            "excludedWords": ["uk"],
        }
    ]
    assert check_topics(original) == (
        Topic("us_gov", 0.025, (("government", 1.0),), keywords_proportion=0.3, excluded=("uk",)),
    )


def test_proportions_may_be_left_out_altogether_and_null_means_absent():
    topics = check_topics([{"id": "a", "proportion": None, "keywords": None}, {"id": "b", "count": None}])
    assert [topic.proportion for topic in topics] == [1.0, 1.0]


def test_keywords_take_weights_in_three_spellings():
    expected = (("a", 1.0), ("b", 3.0))
    for keywords in (["a", {"b": 3}], {"a": 1, "b": 3}, ["a", ["b", 3]]):
        assert check_topics([{"id": "x", "keywords": keywords}])[0].keywords == expected


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"proportion": 1}, r"topics\[0\]\.id must be a text that is not blank; got None"),
        ({"id": "  "}, r"topics\[0\]\.id must be a text"),
        ({"id": "a", "proporton": 1}, r"topics\[0\]: unknown field 'proporton'; known are id, proportion"),
        ({"id": "a", "proportion": 0}, r"topics\[0\]\.proportion must be a number > 0; got 0"),
        ({"id": "a", "proportion": float("nan")}, r"topics\[0\]\.proportion must be a number > 0; got nan"),
        ({"id": "a", "proportion": "0.5"}, r"topics\[0\]\.proportion must be a number > 0; got '0\.5'"),
        ({"id": "a", "proportion": True}, r"topics\[0\]\.proportion must be a number"),
        ({"id": "a", "keywords": "rap"}, r"topics\[0\]\.keywords must be a list of words; got 'rap'"),
        ({"id": "a", "keywords": [7]}, r"topics\[0\]\.keywords must hold words that are not blank; got 7"),
        ({"id": "a", "keywords": [" "]}, r"topics\[0\]\.keywords must hold words"),
        ({"id": "a", "keywords": ["x", "x"]}, r"topics\[0\]\.keywords names 'x' twice"),
        ({"id": "a", "keywords": [{"x": -1}]}, r"topics\[0\]\.keywords\['x'\] must be a number > 0; got -1"),
        ({"id": "a", "keywords_proportion": 1}, r"keywords_proportion must be a number >= 0 and < 1; got 1"),
        ({"id": "a", "frozen": 1}, r"topics\[0\]\.frozen must be true or false; got 1"),
        ({"id": "a", "count": 0}, r"topics\[0\]\.count must be an int in 1\.\.65534; got 0"),
        ({"id": "a", "count": 2.0}, r"topics\[0\]\.count must be an int"),
        ({"id": "a", "keywords": ["x"], "excluded": ["x"]}, r"'x' is both a keyword and excluded"),
        ({"id": "a", "keywords": ["x"], "priorityWords": ["y"]}, r"topics\[0\]\.keywords is given twice"),
        ("noise", r"topics\[0\] must be an object"),
    ],
)
def test_unusable_fields_are_named(entry, message):
    with pytest.raises(ParameterError, match=message):
        check_topics([entry])


def test_configurations_that_are_no_list_are_refused():
    for topics in ([], {}, "noise", 3, None):
        with pytest.raises(ParameterError, match="topics must be a list with at least one topic"):
            check_topics(topics)


def test_ids_must_be_unique_after_expansion():
    with pytest.raises(ParameterError, match="id 'other_2' occurs twice"):
        check_topics([{"id": "other", "count": 3}, {"id": "other_2"}])


def test_proportions_are_for_all_or_for_none():
    with pytest.raises(ParameterError, match=r"topics\[1\]\.proportion is missing"):
        check_topics([{"id": "a", "proportion": 1}, {"id": "b"}])


def test_topics_survive_a_file(tmp_path):
    path = tmp_path / "topics.json"
    topics = (*check_topics(CONFIG), Topic("held", frozen=True))
    write_topics(path, topics)
    assert read_topics(path) == topics


def test_errors_of_a_file_name_it(tmp_path):
    path = tmp_path / "topics.json"
    path.write_text(json.dumps([{"id": "a", "proportion": -1}]))
    with pytest.raises(ParameterError, match=r"topics\.json: topics\[0\]\.proportion must be"):
        read_topics(path)
    path.write_text("[{")
    with pytest.raises(SourceError, match=r"topics\.json"):
        read_topics(path)
    with pytest.raises(SourceError, match=r"missing\.json"):
        read_topics(tmp_path / "missing.json")
    path.write_bytes(b'[{"id": "caf\xe9"}]')
    with pytest.raises(SourceError, match=r"topics\.json.*not valid JSON"):
        read_topics(path)


def test_keywords_are_mapped_to_words_of_the_vocabulary():
    topics = check_topics(
        [{"id": "a", "keywords": ["Guitars", {"guitar": 2}, "New York"], "excluded": ["Raps"]}]
    )
    stems = {"Guitars": "guitar", "New York": "new_york", "Raps": "rap", "guitar": None}
    mapped, surfaces = map_keywords(topics, stems.get)
    assert mapped[0].keywords == (("guitar", 2.0), ("new_york", 1.0))
    assert mapped[0].excluded == ("rap",)
    assert surfaces == {"guitar": "Guitars", "new_york": "New York", "rap": "Raps"}


def test_mapping_may_reveal_a_contradiction():
    topics = check_topics([{"id": "a", "keywords": ["raps"], "excluded": ["rap"]}])
    with pytest.raises(ParameterError, match="topic 'a': 'rap' is both a keyword and excluded"):
        map_keywords(topics, lambda word: word.rstrip("s"))


def test_keywords_are_looked_up_in_the_corpus():
    topics = check_topics([{"id": "a", "keywords": ["x", "gone", "unused"], "excluded": ["y", "away"]}])
    rows = check_keywords(topics, ["x", "y", "unused"], [3, 4, 0])
    assert rows == [
        {"topic": "a", "keyword": "x", "count": 3, "status": "present"},
        {"topic": "a", "keyword": "gone", "count": 0, "status": "absent"},
        {"topic": "a", "keyword": "unused", "count": 0, "status": "absent"},
        {"topic": "a", "keyword": "y", "count": 4, "status": "excluded"},
        {"topic": "a", "keyword": "away", "count": 0, "status": "excluded, absent"},
    ]


def test_free_topics_are_numbered():
    assert [topic.id for topic in make_free_topics(3)] == ["topic_1", "topic_2", "topic_3"]


@pytest.mark.parametrize(
    ("topics", "says"),
    [
        ([{"id": "a", "proportion": 1e-320}, {"id": "b", "proportion": 1}], "proportion of 'a'"),
        ([{"id": "a", "proportion": 1e308}, {"id": "b", "proportion": 1e308}], "topics\\[0\\].proportion"),
        ([{"id": "a", "keywords": ["x", {"y": 1e30}]}], "topics\\[0\\].keywords: weight of 'x'"),
        ([{"id": "a", "keywords": [{"y": 1e308}]}], "must be a number > 0 and < 1e\\+100"),
    ],
)
def test_numbers_that_would_swallow_the_others_are_refused(topics, says):
    with pytest.raises(ParameterError, match=says):
        check_topics(topics)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "\ud800"])
def test_ids_that_cannot_be_printed_on_a_line_are_refused(name):
    with pytest.raises(ParameterError, match="printable text on one line"):
        check_topics([{"id": name}])


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (b'[{"id": "a", "keywords": ["x"], "keywords": ["y"]}]', ParameterError, "'keywords' is given twice"),
        (b'[{"id": "a", "keywords": {"x": 1, "x": 2}}]', ParameterError, "'x' is given twice"),
        (b"[" * 100_000, SourceError, "nested too deep"),
        ('[{"id": "bj\u00f6rk"}]'.encode("latin-1"), SourceError, "save it as UTF-8"),
    ],
)
def test_files_that_say_two_things_or_none_are_refused(tmp_path, text, kind, says):
    path = tmp_path / "topics.json"
    path.write_bytes(text)
    with pytest.raises(kind, match=says):
        read_topics(path)


def test_terms_are_listed_once_in_order():
    topics = check_topics(
        [{"id": "a", "keywords": ["x", "y"], "excluded": ["z"]}, {"id": "b", "keywords": ["y", "w"]}]
    )
    assert list_terms(topics) == ["x", "y", "z", "w"]
