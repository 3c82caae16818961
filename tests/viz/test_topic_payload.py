import json

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.viz import topic_map
from bandscape.viz.relevance import STEPS, relevance, word_marginals


@pytest.fixture(scope="module")
def given(samples):
    return samples.make_topics()


@pytest.fixture(scope="module")
def payload(given):
    return topic_map(**given, n_words=10, keywords={"shoegaze": [3, 5, 10**6]}).payload


def test_the_payload_is_json_and_counts_itself(payload, samples):
    assert json.loads(json.dumps(payload, allow_nan=False)) == json.loads(json.dumps(payload))
    assert payload["subtitle"] == "12 topics over 400 words that occur 200,000 times"
    assert payload["numbered"] == [False, False, *[True] * 10]
    assert samples.unpacked(payload["share"]).sum() == pytest.approx(1, abs=1e-6)


def test_lists_hold_the_most_relevant_words_of_every_step(given, payload, samples):
    share = given["word_counts"] / given["word_counts"].sum()
    words = np.array(payload["words"])
    lists = samples.unpacked_lists(payload["lists"]["lengths"], payload["lists"]["words"])
    chances = samples.unpacked_lists(payload["lists"]["lengths"], payload["lists"]["p"])
    for topic, (places, p) in enumerate(zip(lists, chances, strict=True)):
        row = given["topic_word"][topic]
        columns = [given["words"].index(word) for word in words[places]]
        np.testing.assert_allclose(p, row[columns], rtol=1e-6)
        for weight in STEPS:
            best = np.argsort(-relevance(row, share, weight), kind="stable")[:10]
            assert {given["words"][at] for at in best} <= set(words[places])


def test_holders_are_the_parts_of_a_words_uses(given, payload, samples):
    topics = samples.unpacked_lists(payload["holders"]["lengths"], payload["holders"]["topics"])
    parts = samples.unpacked_lists(payload["holders"]["lengths"], payload["holders"]["parts"])
    mass = given["topic_word"] * given["topic_share"][:, None]
    part = mass / mass.sum(axis=0)
    for word, held, said in zip(payload["words"], topics, parts, strict=True):
        own = part[:, given["words"].index(word)]
        np.testing.assert_allclose(said / 65_535, own[held], atol=1e-5)
        assert (np.diff(said.astype(int)) <= 0).all()
        assert set(np.flatnonzero(own >= 0.02)) == set(held.tolist())


def test_keywords_outside_the_vocabulary_are_left_out(payload):
    assert [payload["words"][at] for at in payload["keywords"][0]] == ["word003", "word005"]
    assert payload["keywords"][1:] == [[]] * 11


def test_a_words_form_within_a_topic_is_kept(given):
    shown = np.array([given["words"]] * 12, object)
    topic = int(np.argmax((given["topic_word"] * given["topic_share"][:, None])[:, 7]))
    other = next(k for k in range(12) if k != topic and given["topic_word"][k, 7] > 1e-4)
    shown[other, 7] = "<b>Word</b> 7"
    payload = topic_map(**{**given, "words": shown}, n_words=100).payload
    place = str(payload["words"].index("word007"))
    assert payload["forms"][other].get(place) == "<b>Word</b> 7"
    assert sum(len(forms) for forms in payload["forms"]) == 1


def test_without_counts_the_corpus_is_the_models_own(given, samples):
    payload = topic_map(given["topic_word"], given["topic_share"], given["words"]).payload
    expected = word_marginals(given["topic_word"], given["topic_share"])
    shown = samples.unpacked(payload["wordShare"])
    columns = [given["words"].index(word) for word in payload["words"]]
    np.testing.assert_allclose(shown, expected[columns], rtol=1e-5)
    assert payload["tokens"] == 0
    assert payload["ids"][0] == "topic_1"


def test_words_beyond_the_limit_stay_when_they_are_shown(given, samples):
    from bandscape.viz.topic_layout import lay_out_topics
    from bandscape.viz.topic_payload import check_topic_table, topic_payload

    table = check_topic_table(
        given["topic_word"], given["topic_share"], given["words"], word_counts=given["word_counts"]
    )
    layout = lay_out_topics(table.topic_word, table.topic_share)
    payload = topic_payload(table, layout, n_words=5, most_words=20)
    frequent = np.argsort(-given["word_counts"], kind="stable")[:20]
    listed = samples.unpacked(payload["lists"]["words"])
    assert {given["words"][at] for at in frequent} <= set(payload["words"])
    assert 20 < len(payload["words"]) < 400
    assert set(listed) <= set(range(len(payload["words"])))


def test_names_and_words_are_made_fit_to_show():
    words = ["<script>x</script>", "pay\u202egnp", "", "x" * 10**5]
    payload = topic_map([[0.4, 0.3, 0.2, 0.1]], [1.0], words, topic_ids=["a\nb\x00"]).payload
    assert payload["ids"] == ["a b"]
    assert payload["words"][:3] == ["<script>x</script>", "paygnp", "(no name)"]
    assert len(payload["words"][3]) == 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"topic_word": [[0.5, np.nan]]}, "topic_word must be finite"),
        ({"topic_word": [[0.5, -0.5]]}, "topic_word must be finite numbers >= 0"),
        ({"topic_word": [[0.0, 0.0]]}, "rows are word distributions"),
        ({"topic_word": np.zeros((0, 2))}, "rows are word distributions"),
        ({"topic_share": [0.5, 0.5]}, "one share per topic, 1 of them"),
        ({"words": ["a"]}, "a text for each of 2 words"),
        ({"topic_ids": ["a", "b"]}, "one name per topic"),
        ({"word_counts": [1]}, "one count per word"),
        ({"word_counts": [0, 0]}, "one count per word"),
        ({"n_words": 3}, "n_words must be from 5 to 100; got 3"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    good = {"topic_word": [[0.5, 0.5]], "topic_share": [1.0], "words": ["a", "b"]}
    with pytest.raises(ParameterError, match=message):
        topic_map(**{**good, **change})


def test_a_notebook_gets_page_or_figure(given):
    picture = topic_map(**{**given, "topic_ids": ["<img src=x onerror=alert(1)>", *given["topic_ids"][1:]]})
    frame = picture._repr_html_()
    assert frame.startswith("<iframe")
    assert "<script" not in frame
    assert "<img" not in frame
    assert len(picture.figure.layout.shapes) == 12
    assert picture.figure.data[0].text[0] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "<img" not in picture.figure.data[0].hovertext[0]
