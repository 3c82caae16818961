"""Edits of a configuration: what each does, what is refused, what stays in place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError, UnknownNameError
from bandscape.topics import Topic, check_topics
from bandscape.topics.rounds import Exclude, Pin, TopicEdits, apply_edits, trace_origins

TOPICS = [
    {"id": "noise", "proportion": 0.5},
    {"id": "rock", "proportion": 0.2, "keywords": ["guitar", {"riff": 3}], "excluded": ["rap"]},
    {"id": "rap", "proportion": 0.2, "keywords": ["verse"], "excluded": ["guitar", "rap"]},
    {"id": "held", "proportion": 0.1, "frozen": True, "frozen_from": 2},
]


def edited(edits, topics=TOPICS, **options):
    return {topic.id: topic for topic in apply_edits(topics, edits, **options)}


def lower(word):
    """Stand in for a stemmer: "Guitars" is "guitar"."""
    return word.lower().rstrip("s")


def test_pin_adds_keywords_and_lifts_an_exclusion():
    rap = edited(TopicEdits().pin("rap", "guitar", "beat", "verse"))["rap"]
    assert rap.keywords == (("verse", 1), ("guitar", 1), ("beat", 1))
    assert rap.excluded == ("rap",)
    assert edited(TopicEdits().pin("rap", "beat"), pin_weight=10)["rap"].keywords[-1] == ("beat", 10)


def test_exclude_takes_a_keyword_away():
    rock = edited(TopicEdits().exclude("rock", "riff", "rap", "pop"))["rock"]
    assert rock.keywords == (("guitar", 1),)
    assert rock.excluded == ("rap", "riff", "pop")


def test_allow_takes_both_back():
    after = edited(TopicEdits().allow("rock", "riff", "rap"))["rock"]
    assert (after.keywords, after.excluded) == ((("guitar", 1),), ())


def test_move_excludes_here_and_pins_there():
    after = edited(TopicEdits().move("riff", "rock", "noise"))
    assert after["rock"].excluded == ("rap", "riff")
    assert after["rock"].keywords == (("guitar", 1),)
    assert after["noise"].keywords == (("riff", 1),)


def test_words_are_compared_as_the_vocabulary_has_them_and_kept_as_they_are_spelled():
    after = edited(
        TopicEdits().pin("rock", "Guitars", "Amps").exclude("noise", "RAP", "raps"), normalize=lower
    )
    assert after["rock"].keywords == (("guitar", 1), ("riff", 3), ("Amps", 1))
    assert after["noise"].excluded == ("RAP",)
    with pytest.raises(ParameterError, match="'amp' has another edit in topic 'rock'"):
        edited(TopicEdits().pin("rock", "Amps").exclude("rock", "amp"), normalize=lower)


def test_freeze_and_thaw():
    after = edited(TopicEdits().freeze("rock").thaw("held").freeze("rap"), frozen_from=7)
    assert (after["rock"].frozen, after["rock"].frozen_from) == (True, 7)
    assert (after["held"].frozen, after["held"].frozen_from) == (False, None)
    assert edited(TopicEdits().freeze("held"), frozen_from=7)["held"].frozen_from == 2


def test_noise_marks():
    assert edited(TopicEdits().noise("rap"))["rap"].noise
    assert not edited(TopicEdits())["rap"].noise


def test_what_is_merged_into_noise_becomes_noise_and_what_noise_is_merged_into_does_not():
    marked = TopicEdits().noise("noise")
    assert edited(marked.merge("noise", "rap"))["noise"].noise
    assert not edited(marked.merge("rap", "noise"))["rap"].noise


def test_merge_keeps_the_first_place_all_keywords_and_all_exclusions_but_of_keywords():
    after = apply_edits(TOPICS, TopicEdits().merge("rap", "rock"))
    assert [topic.id for topic in after] == ["noise", "rap", "held"]
    merged = after[1]
    assert merged.proportion == pytest.approx(0.4)
    assert dict(merged.keywords) == {"verse": 1, "guitar": 1, "riff": 3}
    assert merged.excluded == ("rap",)
    # one that is the other's keyword is not excluded
    topics = [{"id": "a", "excluded": ["w"]}, {"id": "b", "keywords": ["w"]}]
    assert apply_edits(topics, TopicEdits().merge("a", "b"))[0].excluded == ()
    # an exclusion does not end because the topic grows, and is kept in the first spelling
    topics = [{"id": "a", "excluded": ["Raps", "w"]}, {"id": "b", "excluded": ["v", "rap"]}, {"id": "c"}]
    merge = TopicEdits().merge("c", "b", "a")
    assert edited(merge, [*topics, {"id": "d"}], normalize=lower)["c"].excluded == ("v", "rap", "w")


def test_split_takes_the_place_and_the_words():
    after = apply_edits(TOPICS, TopicEdits().split("rock", 3))
    assert [topic.id for topic in after] == ["noise", "rock_1", "rock_2", "rock_3", "rap", "held"]
    assert sum(topic.proportion for topic in after) == pytest.approx(1)
    assert all(dict(topic.keywords) == {"guitar": 1, "riff": 3} for topic in after[1:4])
    taken = [{"id": "a"}, {"id": "a_1"}]
    assert [topic.id for topic in apply_edits(taken, TopicEdits().split("a", 2))] == ["a_2", "a_3", "a_1"]


def test_rename_keeps_the_place():
    after = apply_edits(TOPICS, TopicEdits().rename("rock", " metal "))
    assert [topic.id for topic in after] == ["noise", "metal", "rap", "held"]


def test_origins_follow_topics_through_several_edits():
    edits = (
        TopicEdits().rename("noise", "n").split("rock", 2).merge("rap", "rock_2").rename("rock_1", "metal")
    )
    assert trace_origins(TOPICS, edits) == {
        "n": ("noise",), "metal": ("rock",), "rap": ("rap", "rock"), "held": ("held",)
    }  # fmt: skip


def test_nothing_else_changes_and_the_input_is_untouched():
    before = json.dumps(TOPICS)
    after = edited(TopicEdits().pin("rap", "beat"))
    unchanged = {topic.id: topic for topic in check_topics(TOPICS)}
    assert {name: topic for name, topic in after.items() if name != "rap"} == {
        name: topic for name, topic in unchanged.items() if name != "rap"
    }
    assert json.dumps(TOPICS) == before
    assert apply_edits(TOPICS, ()) == check_topics(TOPICS)


REFUSED = [
    (TopicEdits().pin("rock", "drum").exclude("rock", "drum"), "exclude: 'drum' has another edit in topic 'rock'"),
    (TopicEdits().move("riff", "rock", "rap").pin("rock", "riff"), "pin: 'riff' has another edit in topic 'rock'"),
    (TopicEdits().move("riff", "rock", "rock"), "move: 'riff' goes from 'rock' to itself; name two topics"),
    (TopicEdits().pin("rock"), "pin: topic 'rock' needs one or more words"),
    (TopicEdits().exclude("rock", " "), "exclude: topic 'rock' needs one or more words that are not blank"),
    (TopicEdits().allow("rock", "verse"), "allow: 'verse' is neither pinned to nor excluded from topic 'rock'"),
    (TopicEdits().merge("rock", "rock"), "merge: name two or more different topics; got 'rock,rock'"),
    (TopicEdits().merge("rock"), "merge: name two or more different topics"),
    (TopicEdits().thaw("held").merge("noise", "rock", "held"), "merge: 'rap' would be excluded from every topic"),
    (TopicEdits().merge("rock", "rap").pin("rap", "x"), "pin: topic 'rap' was merged into 'rock' by another edit"),
    (TopicEdits().split("rock", 1), r"split: topic 'rock' can be split into 2 to \d+ parts; got 1"),
    (TopicEdits().split("rock", True), "got True"),
    (TopicEdits().split("rock", 70_000), "got 70000"),
    (TopicEdits().split("rock", 2).noise("rock"), "noise: topic 'rock' was split into rock_1, rock_2 by another edit"),
    (TopicEdits().rename("rock", "rap"), "rename: there is a topic 'rap' already; choose another id, or merge"),
    (TopicEdits().rename("rock", " "), "rename: the new topic .rock..id must be a text that is not blank"),
    (TopicEdits().rename("rock", "metal").noise("rock"), "noise: topic 'rock' was renamed 'metal' by another edit"),
    (TopicEdits().freeze("rock").thaw("rock"), "topic 'rock' is to be frozen and thawed at once"),
    (TopicEdits().pin("rock", "riff").freeze("rock"), "freeze: words of topic 'rock' have another edit .pin."),
    (TopicEdits().thaw("rock"), "thaw: topic 'rock' is not frozen"),
    (TopicEdits().pin("held", "x"), "pin: topic 'held' is frozen, its words are held; thaw it first"),
    (TopicEdits().merge("rock", "held"), "merge: topic 'held' is frozen"),
    (TopicEdits().split("held", 2), "split: topic 'held' is frozen"),
    (["pin"], "edits must be edits such as Pin"),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_edits_that_contradict_or_ask_for_nothing_are_refused(edits, message):
    with pytest.raises(ParameterError, match=message):
        apply_edits(TOPICS, edits)


def test_unknown_topics_are_named_with_candidates():
    with pytest.raises(UnknownNameError, match="pin: no topic 'rok'; there is rock") as caught:
        apply_edits(TOPICS, TopicEdits().pin("rok", "x"))
    assert "rock" in caught.value.candidates
    with pytest.raises(UnknownNameError, match="there is 'noise', 'rock', 'rap', 'held'"):
        apply_edits(TOPICS, TopicEdits().noise("qqqqqq"))


def test_a_word_may_not_be_excluded_from_every_topic():
    topics = [{"id": "a", "excluded": ["w"]}, {"id": "b"}]
    with pytest.raises(ParameterError, match="'w' would be excluded from every topic; leave it at least one"):
        apply_edits(topics, TopicEdits().exclude("b", "w"))
    held = [{"id": "a", "excluded": ["w"], "frozen": True}, {"id": "b"}]
    assert apply_edits(held, TopicEdits().exclude("b", "w"))[1].excluded == ("w",)


def test_edits_of_later_sittings_take_earlier_ones_back():
    edits = TopicEdits().pin("rock", "amp", "drum").move("riff", "rock", "rap").freeze("noise")
    later = edits.then(TopicEdits().exclude("rock", "amp").allow("rap", "riff").thaw("noise"))
    assert str(later) == ("pin rock=drum; exclude rock=riff; exclude rock=amp; allow rap=riff; thaw noise")
    renamed = edits.then(TopicEdits().rename("rock", "metal").exclude("metal", "amp", "drum"))
    assert str(renamed).startswith("move riff")
    same_word = TopicEdits().pin("rock", "Amps").then(TopicEdits().exclude("rock", "amp"), normalize=lower)
    assert str(same_word) == "exclude rock=amp"


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1).filter(str.strip)


@settings(max_examples=60)
@given(words, words, st.integers(2, 5))
def test_edits_survive_json(first, second, number):
    edits = (
        TopicEdits().pin(first, second).exclude(first, second, first).allow(first, second).move(first, second, first)
        .freeze(first).thaw(second).noise(first).merge(first, second).split(first, number).rename(first, second)
    )  # fmt: skip
    assert TopicEdits.from_json(json.loads(json.dumps(edits.to_json()))) == edits
    assert len(str(edits).split("; ")) >= len(edits) == 10


@pytest.mark.parametrize(
    "value", [{}, {"edit": "sing"}, {"edit": "pin", "word": "x"}, {"edit": "pin", "topic": "x", "to": 1}]
)
def test_values_that_are_no_edits_are_refused(value):
    with pytest.raises(
        ParameterError, match="is no edit; an edit is like pin rock=guitar and one of pin, exclude"
    ):
        TopicEdits.from_json([value])


def test_long_keyword_lists_are_edited_in_time():
    many = [f"w{at}" for at in range(100_000)]
    after = apply_edits(TOPICS, [Pin("rock", tuple(many)), Exclude("rap", tuple(many[::2]))])
    assert len(after[1].keywords) == 100_002
    assert len(after[2].excluded) == 50_002


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"id": "a", "frozen_from": 2}, r'topics\[0\]\.frozen_from needs "frozen": true'),
        ({"id": "a", "frozen": True, "frozen_from": 0}, r"frozen_from must be an int in 1\.\.999999; got 0"),
        ({"id": "a", "noise": "yes"}, r"topics\[0\]\.noise must be true or false; got 'yes'"),
    ],
)
def test_new_fields_are_checked(entry, message):
    with pytest.raises(ParameterError, match=message):
        check_topics([entry])


def test_new_fields_survive_the_file_form():
    topic = Topic("a", frozen=True, frozen_from=3, noise=True)
    assert check_topics([topic.to_dict()]) == (topic,)
