import json

import numpy as np
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.viz import topic_diff, trace_plot


def make_trace(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "sweep": np.arange(1.0, n + 1),
        "log_likelihood": -8 - np.exp(-np.arange(n) / 10) + rng.normal(scale=0.01, size=n),
        "moved": np.linspace(0.9, 0.5, n),
        "temperature": np.linspace(5, 1, n),
        "doc_prior": np.full(n, 0.1),
    }


def test_a_trace_becomes_charts_of_what_changes(samples):
    plot = trace_plot(make_trace(), n_samples=10)
    assert [chart["key"] for chart in plot.payload["charts"]] == ["log_likelihood", "moved", "temperature"]
    assert plot.payload["subtitle"] == "one chain of 60 sweeps"
    shown = samples.unpacked(plot.payload["charts"][1]["values"][0])
    np.testing.assert_allclose(shown, make_trace()["moved"], rtol=1e-6)
    assert plot.payload["samples"] == 10
    json.dumps(plot.payload, allow_nan=False)


def test_chains_of_different_length_and_columns(samples):
    short = {"log_likelihood": [-9.0, -8.0]}
    plot = trace_plot([make_trace(), short], names=["long", "<b>short</b>"])
    assert plot.payload["subtitle"] == "2 chains of 60 sweeps"
    assert [len(samples.unpacked(one)) for one in plot.payload["sweeps"]] == [60, 2]
    assert samples.unpacked(plot.payload["sweeps"][1]).tolist() == [1, 2]
    moved = samples.unpacked(plot.payload["charts"][1]["values"][1])
    assert np.isnan(moved).all()
    assert len(plot.figure.data) == 6
    assert plot.figure.data[1].name == "&lt;b&gt;short&lt;/b&gt;"
    assert "<b>short" not in plot._repr_html_()


def test_a_long_trace_is_thinned_and_keeps_its_last_sweep(samples):
    plot = trace_plot(make_trace(9_001))
    sweeps = samples.unpacked(plot.payload["sweeps"][0])
    assert len(sweeps) <= 4_000
    assert sweeps[-1] == 9_001
    assert plot.payload["every"] == 3


@pytest.mark.parametrize(
    ("traces", "names", "message"),
    [
        ([], None, "1 to 10 chains; got 0"),
        ([{"log_likelihood": [1.0]}] * 11, None, "1 to 10 chains; got 11"),
        ({"moved": [1.0]}, None, "needs log_likelihood; got moved"),
        ({"log_likelihood": []}, None, "at least one sweep"),
        ({"log_likelihood": [1.0], "moved": [1.0, 2.0]}, None, "one value per sweep in every column"),
        ({"log_likelihood": [1.0]}, ["a", "b"], "one name per chain"),
    ],
)
def test_traces_that_do_not_fit_are_refused(traces, names, message):
    with pytest.raises(ParameterError, match=message):
        trace_plot(traces, names=names)


DIFFS = [
    {"topic": "drone", "gained": ["hum"], "lost": ["hook"], "moved_documents": 12, "obeyed": True},
    {"topic": "new", "was": [], "gained": ["a"], "lost": [], "moved_documents": None, "obeyed": None},
    {"topic": "old", "was": ["old"], "is_gone": True, "gained": [], "lost": ["b"], "moved_documents": 3},
    {"topic": "same", "was": ["same"], "gained": [], "lost": [], "moved_documents": 0,
     "share_before": 0.1, "share_after": 0.2, "alike": float("nan"),
     "obeyed": [{"edit": "pin same=x", "obeyed": False, "reason": "2 of 9 tokens"}]},
]  # fmt: skip


def test_differences_become_a_payload():
    payload = topic_diff(DIFFS, edits=["freeze drone"], before="round 1", after="round 2").payload
    assert payload["title"] == "round 1 → round 2"
    assert payload["subtitle"] == "4 topics, 3 with other words among their most probable"
    assert [one["obeyed"] for one in payload["topics"]] == [True, None, None, None]
    assert payload["topics"][3]["edits"] == [
        {"edit": "pin same=x", "obeyed": False, "reason": "2 of 9 tokens"}
    ]
    assert payload["topics"][3]["alike"] is None
    assert payload["topics"][0]["was"] == ["drone"], "without more knowledge a topic was what it is"
    assert payload["edits"] == [{"edit": "freeze drone", "obeyed": None, "reason": None}]
    json.dumps(payload, allow_nan=False)


def test_differences_and_verdicts_are_taken_as_objects():
    class Said:
        def __init__(self, **fields):
            self.fields = fields

        def to_json(self):
            return self.fields

    picture = topic_diff(
        [Said(topic="a", gained=["b"], lost=[], moved_documents=None, was=["a"], is_gone=False)],
        edits=[Said(edit="pin a=b", obeyed=True, reason="", topics=["a"])],
    )
    assert picture.payload["topics"][0]["gained"] == ["b"]
    assert picture.payload["edits"] == [{"edit": "pin a=b", "obeyed": True, "reason": None}]


def test_edits_beside_a_verdict_are_kept():
    edits = [{"edit": "pin a=b", "obeyed": False, "reason": "why"}]
    topic = topic_diff([{"topic": "a", "obeyed": False, "edits": edits}]).payload["topics"][0]
    assert (topic["obeyed"], topic["edits"]) == (False, edits)


def test_words_may_carry_more_than_their_text():
    diffs = [{"topic": "a", "gained": [{"word": "hum", "p": 0.1}], "lost": ("x",), "moved_documents": 1}]
    topic = topic_diff(diffs).payload["topics"][0]
    assert (topic["gained"], topic["lost"]) == (["hum"], ["x"])


@pytest.mark.parametrize(
    ("diffs", "error", "message"),
    [
        ([], ParameterError, "diffs is empty"),
        ([{"gained": []}], SchemaError, "lacks its topic"),
        ([{"topic": "a", "gained": "hum"}], SchemaError, "gained must be a list of words; got str"),
    ],
)
def test_differences_that_do_not_fit_are_refused(diffs, error, message):
    with pytest.raises(error, match=message):
        topic_diff(diffs)


def test_a_frame_for_notebooks_holds_no_script_of_the_words():
    bad = "</script><script>alert(1)</script>"
    picture = topic_diff([{"topic": bad, "gained": [bad], "lost": [bad], "moved_documents": 1}])
    assert picture.page().count("<script") == 2
    assert "<script" not in picture._repr_html_()
