"""The pages about topics, made from a finished workspace."""

import json
import re

import numpy as np
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


def test_least_and_most_are_sure_and_of_groups_that_are_not_tiny(demo_workspace):
    """Neither a wide interval nor a group of few reviews makes a record."""
    rows = bandscape("topics", "shares", demo_workspace, "--by", "label", "--json").json
    shown = bandscape("topics", "shares", demo_workspace, "--by", "label", "--top", 3).out
    large = [row for row in rows if row["n_documents"] >= 5]
    assert 0 < len(large) < len(rows)
    n_topics = len({row["topic"] for row in rows})
    counted = f"of the {len(large) // n_topics} of {len(rows) // n_topics} groups"
    assert counted in shown
    first = [row for row in large if row["topic"] == rows[0]["topic"]]
    surest = max(first, key=lambda row: row["low"])
    assert f"{surest['group']} {100 * surest['share']:.1f} %" in " ".join(shown.split())


def test_shares_of_all_words_weigh_reviews_by_their_length(demo_workspace, tmp_path):
    answers = [
        bandscape("topics", "shares", demo_workspace, "--by", "genre", "--of", of, "--json").json
        for of in ("reviews", "words")
    ]
    assert answers[0] != answers[1]
    for rows in answers:
        totals = {row["group"]: 0.0 for row in rows}
        for row in rows:
            totals[row["group"]] += row["share"]
        assert list(totals.values()) == pytest.approx([1] * len(totals), abs=1e-4)
    answer = bandscape("topics", "shares", demo_workspace, "--of", "letters")
    assert "--of must be one of reviews, words; got 'letters'" in answer.error


def test_differences_are_tested_for_groups_and_for_numbers(demo_workspace):
    rows = bandscape("topics", "differences", demo_workspace, "--by", "genre", "--json").json
    assert {"by", "topic", "between", "p", "p_adjusted"} == rows[0].keys()
    assert rows[0]["p_adjusted"] < 0.05, "genres of the simulated press have words of their own"
    assert [row["p_adjusted"] for row in rows] == sorted(row["p_adjusted"] for row in rows)
    trends = bandscape("topics", "differences", demo_workspace, "--by", "score", "--json").json
    assert all(row["low"] <= row["slope"] <= row["high"] for row in trends)
    for by in ("genre", "release_year"):
        answer = bandscape("topics", "differences", demo_workspace, "--by", by, "--top", 2)
        assert answer.code == 0, answer.err
        assert f"topics {'differ by genre' if by == 'genre' else 'change with release year'}" in answer.out
    assert "--by must be one of" in bandscape("topics", "differences", demo_workspace, "--by", "mood").error


def test_topics_trace_prints_and_draws_the_round(demo_workspace, tmp_path):
    out = tmp_path / "trace.html"
    answer = bandscape("topics", "trace", demo_workspace, "--out", out)
    assert answer.code == 0, answer.err
    assert "log-likelihood a token" in answer.out
    assert [chart["key"] for chart in payload_of(out)["charts"]][:2] == ["log_likelihood", "moved"]
    spoken = bandscape("topics", "trace", demo_workspace, "--json").json
    assert spoken["round"] == 1
    assert len(spoken["trace"]["moved"]) == len(spoken["trace"]["sweep"]) == 200


def test_pyldavis_takes_what_export_writes(demo_workspace, tmp_path):
    out = tmp_path / "new folder" / "vis.json"
    answer = bandscape("topics", "export", demo_workspace, "--out", out)
    assert answer.code == 0, answer.err
    written = read_json(out)
    summary = read_json(demo_workspace / "topics/rounds/0001/summary.json")
    assert f"{len(summary)} topics, {len(written['vocab']):,} words" in answer.out
    n_docs = len(written["doc_lengths"])
    assert np.shape(written["topic_term_dists"]) == (len(summary), len(written["vocab"]))
    assert np.shape(written["doc_topic_dists"]) == (n_docs, len(summary))
    best = np.argmax(written["topic_term_dists"][0])
    assert written["vocab"][best] == summary[0]["words"][0]["word"]
    assert "--to must be one of pyldavis" in bandscape(
        "topics", "export", demo_workspace, "--out", out, "--to", "mallet"
    ).error  # fmt: skip
    pyldavis = pytest.importorskip("pyLDAvis")
    assert len(pyldavis.prepare(**written).topic_coordinates) == len(summary)


def test_wrong_use_is_refused(demo_workspace):
    answer = bandscape("topics", "shares", demo_workspace, "--by", "mood")
    assert answer.code == 2
    assert "--by must be one of year, genre, score" in answer.error
    answer = bandscape("topics", "trace", demo_workspace, "--round", 9)
    assert answer.code == 2
    assert "has no round 9; it has 1" in answer.error


@pytest.mark.parametrize("command", ["map", "shares", "differences", "trace"])
def test_without_topics_the_remedy_is_named(without_topics, command):
    answer = bandscape("topics", command, without_topics)
    assert answer.code == 1
    assert "has no topics yet; run `bandscape topics fit" in answer.error
