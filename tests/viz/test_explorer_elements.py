"""Elements: what may be written, what may not, and that Python and the browser agree."""

import re
from pathlib import Path

import pytest

import bandscape.viz
from bandscape.viz.explorer.elements import ATTRIBUTES, TAGS, el, find_all, name_el, text_of
from bandscape.viz.explorer.parts import curve, histogram, link, number_of, pager, percent, table

TREE = Path(bandscape.viz.__file__).parent / "explorer" / "assets" / "tree.js"


def test_an_element_is_tag_attributes_and_children():
    made = el(
        "p",
        "one",
        None,
        [el("em", 2), ["three"]],
        cls="lead",
        aria_label="x",
        data_do="edit",
        hidden=False,
        for_="f",
    )
    assert made == [
        "p",
        {"class": "lead", "aria-label": "x", "data-do": "edit", "for": "f"},
        "one",
        ["em", {}, "2"],
        "three",
    ]
    assert text_of(made) == "one 2 three"
    assert find_all(made, "em") == [["em", {}, "2"]]


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("script", {}),
        ("style", {}),
        ("img", {}),
        ("object", {}),
        ("svg", {}),
        ("p", {"onclick": "alert(1)"}),
        ("p", {"srcdoc": "x"}),
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": "  javascript:alert(1)"}),
        ("iframe", {"src": "data:text/html,x"}),
        ("form", {"action": "data:x"}),
        ("p", {"style": {"position": "fixed"}}),
        ("p", {"dangerouslySetInnerHTML": "x"}),
        ("a", {"href": "vbscript:x"}),
    ],
)
def test_scripts_handlers_and_other_schemes_cannot_be_written(tag, attributes):
    with pytest.raises(ValueError, match=r"allowed|begin with|may have"):
        el(tag, **attributes)


def test_the_browser_knows_the_same_tags_and_attributes():
    script = TREE.read_text(encoding="utf-8")
    tags, attributes = (
        set(re.search(rf'const {name} = words\("([^"]+)"\)', script)[1].split())
        for name in ("tags", "attributes")
    )
    assert tags == TAGS
    assert attributes == ATTRIBUTES


def test_names_are_tamed():
    assert text_of(name_el("pay\u202egnp.exe\x00")) == "paygnp.exe"
    assert text_of(name_el("x" * 500, 20)) == "x" * 19 + "…"


def test_a_curve_breaks_where_nothing_is_known_and_needs_two_points():
    drawn = curve([0.1, 0.2, None, 0.4, 0.1])[1]["style"]["mask-image"]
    assert drawn.count("M") == 2
    assert "style" not in curve([None, 0.3])[1]
    assert "blank" in curve([None, 0.3])[1]["class"].split(), (
        "else the mask that is not there shows all of the box"
    )
    assert "nan" not in curve([0.2, 0.2])[1]["style"]["mask-image"]


def test_parts_say_what_they_show():
    assert link("artists", {"q": "a & b", "top": None, "m": ""}) == "/artists?q=a%20%26%20b"
    bars = histogram("Scores", [{"label": "0", "count": 0}, {"label": "1", "count": 2}])
    assert find_all(bars, "div", role="img")[0][1]["aria-label"] == "Scores: 1 2"
    assert pager("corpus", {}, 0, 25, 20) is None
    addresses = [found[1]["href"] for found in find_all(pager("corpus", {"reason": "x"}, 25, 25, 60), "a")]
    assert addresses == ["/corpus?reason=x", "/corpus?reason=x&first=50"]
    assert [percent(share) for share in (0.0, 0.0123, 0.5)] == ["0.0 %", "1.2 %", "50 %"]
    assert [number_of({"n": text}, "n", 7, 1, 9) for text in ("3", "x", "-5", "99", "9" * 40)] == [
        3,
        7,
        1,
        9,
        9,
    ]
    assert [
        cell[0]
        for cell in find_all(table([("a", "left"), ("b", "right")], [("x", "1")], label="t"), "tr")[1][2:]
    ] == ["th", "td"]
