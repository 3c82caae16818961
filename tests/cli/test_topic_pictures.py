"""The pages about topics, made from a finished workspace."""

import json
import re

import pytest

from bandscape.core.files import read_json

from .conftest import bandscape

DATA = re.compile(r'id="bandscape-data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def without_topics(tmp_path_factory):
    root = tmp_path_factory.mktemp("none") / "ws"
    assert bandscape("simulate", "--out", root, "--reviews", 20, "--artists", 5).code == 0
    return root


def payload_of(path):
    return json.loads(DATA.search(path.read_text(encoding="utf-8"))[1])


def test_topics_map_writes_the_page_of_the_current_round(workspace, tmp_path):
    answer = bandscape("topics", "map", workspace)
    assert answer.code == 0, answer.err
    page = workspace / "maps" / "topics.html"
    summary = read_json(workspace / "topics/rounds/0001/summary.json")
    assert f"map of {len(summary)} topics: {page}" in answer.out
    payload = payload_of(page)
    assert payload["ids"] == [topic["id"] for topic in summary]
    assert payload["title"] == "A simulated music press: topics"
    elsewhere = tmp_path / "new folder" / "t.html"
    assert bandscape("topics", "map", workspace, "--out", elsewhere, "--title", "<b>mine</b>").code == 0
    assert payload_of(elsewhere)["title"] == "<b>mine</b>"
    assert payload_of(elsewhere)["x"] == payload["x"], "the same seed, the same places"


@pytest.mark.parametrize("by", ["year", "genre", "score"])
def test_topics_shares_prints_saves_and_speaks_json(demo_workspace, tmp_path, by):
    out = tmp_path / "shares.html"
    answer = bandscape("topics", "shares", demo_workspace, "--by", by, "--out", out, "--top", 3)
    assert answer.code == 0, answer.err
    payload = payload_of(out)
    assert payload["by"] == by
    assert len(payload["ids"]) == len(read_json(demo_workspace / "topics/rounds/0001/summary.json"))
    assert answer.out.count("(") >= 6, "an interval for the least and the most of three topics"
    assert max(len(line) for line in answer.out.splitlines()[:-1]) <= 100


def test_shares_as_json_sum_to_one_in_every_group(demo_workspace):
    rows = bandscape("topics", "shares", demo_workspace, "--by", "genre", "--json").json
    assert {"topic", "group", "share", "low", "high", "n_documents"} == rows[0].keys()
    totals = {}
    for row in rows:
        totals[row["group"]] = totals.get(row["group"], 0) + row["share"]
    assert all(total == pytest.approx(1, abs=1e-4) for total in totals.values())
    assert len(totals) > 3


def test_topics_trace_prints_and_draws_the_round(demo_workspace, tmp_path):
    out = tmp_path / "trace.html"
    answer = bandscape("topics", "trace", demo_workspace, "--out", out)
    assert answer.code == 0, answer.err
    assert "log-likelihood a token" in answer.out
    assert [chart["key"] for chart in payload_of(out)["charts"]][:2] == ["log_likelihood", "moved"]
    spoken = bandscape("topics", "trace", demo_workspace, "--json").json
    assert spoken["round"] == 1
    assert len(spoken["trace"]["moved"]) == len(spoken["trace"]["sweep"]) == 200


def test_wrong_use_is_refused(demo_workspace):
    answer = bandscape("topics", "shares", demo_workspace, "--by", "mood")
    assert answer.code == 2
    assert "--by must be one of year, genre, score" in answer.error
    answer = bandscape("topics", "trace", demo_workspace, "--round", 9)
    assert answer.code == 2
    assert "has no round 9; it has 1" in answer.error


@pytest.mark.parametrize("command", ["map", "shares", "trace"])
def test_without_topics_the_remedy_is_named(without_topics, command):
    answer = bandscape("topics", command, without_topics)
    assert answer.code == 1
    assert "has no topics yet; run `bandscape topics fit" in answer.error
