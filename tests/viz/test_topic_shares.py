import json

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.topics.diagnostics import topic_shares_by
from bandscape.viz import topic_shares


def frame_of(values, groups, width=0.01, documents=100):
    """Make a frame of topics x groups shares with intervals of the same width."""
    rows = [
        (topic, group, share, max(share - width, 0), min(share + width, 1), documents)
        for topic, row in values.items()
        for group, share in zip(groups, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["topic", "group", "share", "low", "high", "n_documents"])


def test_the_topics_that_certainly_vary_come_first():
    frame = frame_of(
        {"flat": [0.1, 0.1, 0.1], "noise": [0.1, 0.11, 0.1], "rising": [0.1, 0.2, 0.3]}, [1, 2, 3]
    )
    shares = topic_shares(frame, by="year")
    assert shares.topics == ["rising", "noise", "flat"]
    np.testing.assert_allclose(shares.variation, [0.18, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(shares.overall, [0.2, 0.31 / 3, 0.1])


def test_a_wide_interval_is_no_variation():
    frame = frame_of({"sure": [0.1, 0.15], "unsure": [0.1, 0.9]}, ["a", "b"])
    frame.loc[(frame.topic == "unsure") & (frame.group == "b"), ["low", "high"]] = [0.05, 0.99]
    assert topic_shares(frame, by="genre").topics == ["sure", "unsure"]


def test_it_takes_what_the_diagnostics_give(rng, samples):
    mixtures = rng.dirichlet(np.ones(4), 60)
    years = np.repeat([2001, 2002, 2005], 20)
    frame = topic_shares_by(mixtures, years.tolist(), topic_ids=["a", "b", "c", "topic_4"])
    payload = topic_shares(frame, by="year", words={"topic_4": ["hum", "fuzz"]}).payload
    assert payload["x"] == [2001, 2002, 2005]
    assert payload["labels"] == ["2001", "2002", "2005"]
    assert payload["ordered"]
    assert payload["subtitle"] == "4 topics in 3 years, those that vary most first"
    row = payload["ids"].index("topic_4")
    assert payload["numbered"][row]
    assert payload["firstWords"][row] == ["hum", "fuzz"]
    shown = samples.unpacked(payload["share"]).reshape(4, 3)[row]
    np.testing.assert_allclose(shown, frame[frame.topic == "topic_4"].share, rtol=1e-6)
    assert samples.unpacked(payload["documents"]).tolist() == [20, 20, 20]
    json.dumps(payload, allow_nan=False)


def test_of_many_groups_beside_one_another_the_largest_are_drawn(samples):
    labels = [f"label {at:03}" for at in range(200)]
    frame = frame_of({"a": np.linspace(0.1, 0.3, 200), "b": np.full(200, 0.2)}, labels)
    frame["n_documents"] = frame["group"].map({label: at % 50 for at, label in enumerate(labels)})
    shares = topic_shares(frame, by="label", most=8)
    assert shares.payload["labels"] == [labels[at + part] for at in (0, 50, 100, 150) for part in (48, 49)]
    assert shares.payload["subtitle"] == (
        "2 topics in the 8 of 200 labels with most reviews, those that vary most first"
    )
    drawn = samples.unpacked(shares.payload["share"]).reshape(2, 8)[0]
    np.testing.assert_allclose(drawn, shares.share[0, shares.shown], rtol=1e-6)
    assert list(shares.figure.data[0].x) == shares.payload["labels"]
    assert len(shares.figure.data[0].error_y.array) == 8
    assert shares.share.shape == (2, 200), "the numbers of all stay"
    assert len(topic_shares(frame_of({"a": [0.1] * 60}, range(60)), by="year").payload["labels"]) == 60


def test_unknown_bounds_and_missing_groups_stay_unknown(samples):
    frame = frame_of({"a": [0.1, 0.2], "b": [0.3, 0.4]}, ["x", "y"])
    frame.loc[0, ["low", "high"]] = np.nan
    shares = topic_shares(frame.drop(index=3), by="genre")
    a, b = shares.topics.index("a"), shares.topics.index("b")
    assert np.isnan(shares.low[a, 0])
    assert np.isnan(shares.share[b, 1])
    assert np.isnan(samples.unpacked(shares.payload["share"]).reshape(2, 2)[b, 1])
    assert not shares.ordered


@pytest.mark.parametrize(
    ("by", "groups", "ordered", "labels"),
    [
        ("score", [5.0, 6.0, 9.0], True, ["5–6", "6–7", "9–10"]),
        ("score", [5.0, 5.5], True, ["5–5.5", "5.5–6"]),
        ("year", [2001, 2002], True, ["2001", "2002"]),
        ("genre", ["jazz", "rock"], False, ["jazz", "rock"]),
        ("best_new_music", [False, True], False, ["False", "True"]),
        ("decade", ["70s", "80s"], True, ["70s", "80s"]),
    ],
)
def test_groups_are_named_and_ordered_by_what_they_are(by, groups, ordered, labels):
    shares = topic_shares(frame_of({"a": [0.1] * len(groups)}, groups), by=by)
    assert (shares.ordered, shares.payload["labels"]) == (ordered, labels)


def test_hostile_names_are_made_fit_and_escaped():
    bad = "</script><script>alert(1)</script>"
    shares = topic_shares(frame_of({bad: [0.1, 0.2]}, [bad, "b"]), by="genre", words={bad: [bad]})
    page = shares.page()
    assert page.count("<script") == 2
    assert bad not in page
    assert "&lt;" in shares.figure.layout.annotations[0].text
    assert "<script" not in shares._repr_html_()


@pytest.mark.parametrize("by", ["year", "genre"])
def test_the_figure_has_one_small_chart_a_topic(by):
    groups = [1, 2, 3] if by == "year" else ["a", "b", "c"]
    values = {f"t{k}": [0.01 * k, 0.02, 0.03] for k in range(20)}
    figure = topic_shares(frame_of(values, groups), by=by).figure
    assert len(figure.layout.annotations) == 12
    assert len(figure.data) == (36 if by == "year" else 12)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda frame: frame.drop(columns="low"), SchemaError, "lacks the column low"),
        (lambda frame: frame.iloc[:0], ParameterError, "no rows"),
        (lambda frame: frame.assign(share=1.5), ParameterError, "from 0 to 1"),
        (lambda frame: pd.concat([frame, frame]), SchemaError, "two rows for topic 'a' and group 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        topic_shares(change(frame_of({"a": [0.1, 0.2]}, [1, 2])), by="year")
