"""The pages about topics, made from a finished workspace."""

import json
import re

import pytest

from bandscape.core.files import read_json

from .conftest import bandscape

DATA = re.compile(r'id="bandscape-data">(.*?)</script>', re.DOTALL)


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


@pytest.mark.parametrize("command", ["map"])
def test_without_topics_the_remedy_is_named(tmp_path, command):
    assert bandscape("simulate", "--out", tmp_path / "ws", "--reviews", 20, "--artists", 5).code == 0
    answer = bandscape("topics", command, tmp_path / "ws")
    assert answer.code == 1
    assert "has no topics yet; run `bandscape topics fit" in answer.error
