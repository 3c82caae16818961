"""The page of evidence: what it is made of."""

import json
import re

import pytest

from bandscape.core.errors import ParameterError
from bandscape.viz import EvidenceDocument, evidence_page, write_html
from bandscape.viz.pages import PAGES, _asset
from bandscape.viz.palette import PALETTES

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def document(pieces, **options):
    return EvidenceDocument(options.pop("title", "low: hey what"), "2021", pieces, **options)


def test_topics_get_lines_by_their_words_and_noise_gets_none():
    pieces = [
        ("a", [(3, 0.9)]),
        (" ", []),
        ("b", [(3, 0.8), (1, 0.2)]),
        ("c", [(1, 0.7)]),
        ("d", [(0, 0.6)]),
    ] + [("n", [(4, 0.5)])] * 9
    payload = evidence_page([document(pieces)], list("vwxyz"), asked=0, background=[4]).payload
    assert [topic["slot"] for topic in payload["topics"]] == [0, 2, None, 1, None]
    assert [topic["n"] for topic in payload["topics"]] == [1, 1, 0, 2, 9]
    assert payload["topics"][4]["background"]
    assert payload["documents"][0]["pieces"][:3] == [["a", 3, 90], [" "], ["b", 3, 80, 1, 20]]


def test_no_more_than_nine_topics_beside_the_asked_one_get_a_line():
    pieces = [("w", [(topic, 1.0)]) for topic in range(30) for _ in range(30 - topic)]
    payload = evidence_page([document(pieces)], [f"t{n}" for n in range(30)], asked=29).payload
    assert sorted(topic["slot"] for topic in payload["topics"] if topic["slot"] is not None) == list(
        range(10)
    )
    assert payload["topics"][29]["slot"] == 0


def test_hostile_texts_stay_texts(tmp_path):
    page = evidence_page(
        [document([(HOSTILE, [(0, 1.0)]), ("a\u202eb\x00\ud800", [])], title=HOSTILE)],
        [HOSTILE],
        asked=0,
        title=HOSTILE,
    )
    write_html(page, tmp_path / "e.html")
    text = (tmp_path / "e.html").read_text(encoding="utf-8")
    data = re.search(r'id="bandscape-data">(.*?)</script>', text, re.DOTALL)[1]
    assert "<" not in data
    assert json.loads(data)["documents"][0]["pieces"] == [[HOSTILE, 0, 100], ["ab ?"]]
    assert text.count("<script") == 2
    assert "connect-src" not in text
    assert "unsafe" not in re.search(r'Policy" content="([^"]*)"', text)[1]
    assert len(text) < 60_000


def test_a_page_shows_itself_in_a_notebook():
    page = evidence_page([document([("a", [])])], ["x"])
    assert page._repr_html_().startswith("<iframe")
    assert repr(page) == "EvidencePage('Evidence', 1 documents)"


def test_topics_that_do_not_exist_are_refused():
    with pytest.raises(ParameterError, match=r"must name topics in 0\.\.0 with p in 0\.\.1; got \(1, 0\.5\)"):
        evidence_page([document([("a", [(1, 0.5)])])], ["x"])
    with pytest.raises(ParameterError, match=r"asked must be in 0\.\.0; got 3"):
        evidence_page([], ["x"], asked=3)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lines_have_the_colors_of_the_palette(theme):
    styles = "".join(_asset(name) for name in PAGES["evidence"].styles).upper()
    part = styles.split('[DATA-THEME="DARK"]')[-1 if theme == "dark" else 0] if theme == "dark" else styles
    for slot, color in enumerate(PALETTES[theme]["categories"][:9], start=1):
        assert f"--SLOT-{slot}: {color.upper()}" in part


@pytest.mark.parametrize(("share", "percent"), [(0.4347, 43), (0.4351, 44), (0.0046, 0), (1.0, 100)])
def test_shares_under_the_bar_are_rounded_once(share, percent):
    payload = evidence_page([document([("a", [(0, 1.0)])], shares=[(0, share)])], ["v"]).payload
    assert payload["documents"][0]["shares"] == [[0, round(1000 * share), percent]]
    assert f"{100 * share:.0f}" == str(percent)  # as a heading says it
