"""The map of topics in a real browser. Every visit also checks: no console error, no network request."""

import csv
import io
import json

import numpy as np
import pytest

from bandscape.viz import topic_map, write_html
from bandscape.viz.relevance import relevance

from .resting import settled

HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</script><script>document.title='owned'</script>",
    "__proto__",
    "constructor",
    "=cmd|'/c calc'!A0",
    "x" * 5000,
    "שלום",
    "pay\u202egnp.exe",
    "line\nbreak\x00nul",
    "😀👩\u200d🎤",
    "{{data}}",
    "a, b",
]


@pytest.fixture(scope="module")
def given(samples):
    return samples.make_topics()


@pytest.fixture(scope="module")
def page_file(given, tmp_path_factory):
    picture = topic_map(
        **given, keywords={"shoegaze": [int(given["topic_word"][0].argmax())]}, title="Topics here"
    )
    return write_html(picture, tmp_path_factory.mktemp("topics") / "topics.html")


@pytest.fixture(scope="module")
def hostile_file(given, tmp_path_factory):
    words = [*HOSTILE, *given["words"][len(HOSTILE) :]]
    rows = given["topic_word"].copy()
    rows[:, : len(HOSTILE)] += 0.05
    ids = [f"{name} {k}"[:60] for k, name in enumerate(HOSTILE[:12])]
    picture = topic_map(
        **{**given, "topic_word": rows, "words": words, "topic_ids": ids, "word_counts": None},
        title="</title><script>document.title='owned'</script>",
    )
    return write_html(picture, tmp_path_factory.mktemp("topics") / "hostile & 100%.html")


def shown_words(page):
    return page.locator("table.words tbody th button").all_inner_texts()


def expected_words(given, topic, weight, n=30):
    """The order by the formula, of the numbers as the file has them; of equals the earlier word first."""
    share = (given["word_counts"] / given["word_counts"].sum()).astype(np.float32)
    scores = relevance(given["topic_word"][topic].astype(np.float32), share, weight)
    order = np.argsort(-scores, kind="stable")[:n]
    return [given["words"][word] for word in order]


def open_topic(page, topic):
    page.evaluate("k => bandscape.events.emit('topic', { topic: k, from: 'panel' })", topic)


@pytest.mark.parametrize("weight", [0.0, 0.05, 0.35, 0.6, 0.95, 1.0])
def test_the_slider_orders_words_as_the_formula_says(visit, page_file, given, weight):
    page = visit(page_file)
    for topic in (0, 4, 11):
        open_topic(page, topic)
        page.evaluate(
            "v => { const s = document.getElementById('lambda'); s.value = v; s.dispatchEvent(new Event('input')); }",
            weight,
        )
        assert shown_words(page) == expected_words(given, topic, weight)
    assert page.inner_text("#lambda-value") == f"{weight:.2f}"


def test_the_slider_moves_by_keyboard_and_says_what_it_means(visit, page_file, given):
    page = visit(page_file, "#topic=topic_5")
    assert shown_words(page) == expected_words(given, 4, 0.6)
    page.focus("#lambda")
    page.keyboard.press("End")
    assert shown_words(page) == expected_words(given, 4, 1.0)
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#lambda-value") == "0.95"
    page.keyboard.press("Home")
    assert shown_words(page) == expected_words(given, 4, 0.0)
    assert page.get_attribute("#lambda", "aria-valuetext") == "0.00, words found nowhere else"
    assert page.evaluate("location.hash") == "#topic=topic_5&lambda=0"


def test_a_click_on_a_disc_opens_its_topic_and_on_empty_ground_closes_it(visit, page_file, given):
    page = visit(page_file)
    circle = page.locator("#picture .discs circle[data-topic='0']").bounding_box()
    page.mouse.click(circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2)
    assert page.inner_text("#panel h2") == "shoegaze"
    assert page.locator("#picture .discs circle.chosen").count() == 1
    assert page.locator("#picture .threads line").count() > 0
    assert "• keyword" in page.inner_text("#panel")
    page.mouse.click(8, 400)
    assert page.inner_text("#panel h2") == "All topics"


def test_hovering_tells_a_topic(visit, page_file, given):
    page = visit(page_file)
    circle = page.locator("#picture .discs circle[data-topic='1']").bounding_box()
    page.mouse.move(circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2)
    page.wait_for_selector("#tooltip:not([hidden])")
    said = page.inner_text("#tooltip")
    assert "noise" in said
    assert expected_words(given, 1, 0.6, 8)[7] in said
    page.mouse.move(8, 400)
    assert page.locator("#tooltip").is_hidden()


def test_a_word_shows_the_topics_that_have_it(visit, page_file, given):
    page = visit(page_file, "#topic=shoegaze")
    first = shown_words(page)[0]
    page.locator("table.words tbody th button").first.click()
    settled(page)
    assert page.inner_text("#panel h2") == first
    mass = given["topic_word"][:, given["words"].index(first)] * given["topic_share"]
    parts = mass / mass.sum()
    holders = np.flatnonzero(parts >= 0.02)
    assert page.locator("#picture .parts circle").count() == len(holders)
    rows = page.locator("table.words tbody tr").all_inner_texts()
    largest = given["topic_ids"][int(parts.argmax())]
    if not largest.startswith("topic_"):
        assert rows[0].startswith(largest)
    value = 100 * parts.max()
    assert rows[0].strip().endswith(f"{value:.0f} %" if value >= 10 else f"{value:.1f} %")
    radii = [float(c.get_attribute("r")) for c in page.locator("#picture .parts circle").all()]
    shares = np.sort(parts[holders])[::-1]
    np.testing.assert_allclose(np.square(radii) / np.square(radii[0]), shares / shares[0], atol=0.02)
    assert page.evaluate("location.hash") == f"#word={first}"


def test_resting_on_a_word_shows_it_on_the_map_for_the_while(visit, page_file):
    page = visit(page_file, "#topic=shoegaze")
    page.locator("table.words tbody tr").nth(3).hover()
    settled(page)
    assert page.locator("#picture .parts circle").count() > 0
    page.hover("#panel h2")
    settled(page)
    assert page.locator("#picture .parts circle").count() == 0
    assert page.inner_text("#panel h2") == "shoegaze"


def test_search_finds_topics_and_words(visit, page_file):
    page = visit(page_file)
    page.keyboard.press("/")
    page.keyboard.type("SHOE")
    options = page.locator("#suggestions [role=option]")
    assert options.first.inner_text().startswith("shoegaze")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "shoegaze"
    page.keyboard.press("/")
    page.keyboard.type("word123")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "word123"
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    page.keyboard.press("Enter")
    assert "is written like this" in page.inner_text("#panel")
    assert page.inner_text("#panel h2") == "nothing like it"


def test_the_keyboard_walks_the_map(visit, page_file):
    page = visit(page_file)
    page.focus("#canvas")
    page.keyboard.press("ArrowRight")
    first = page.inner_text("#tooltip strong")
    reached = {first}
    for key in ["ArrowLeft"] * 5 + ["ArrowDown"] * 4 + ["ArrowRight"] * 5 + ["ArrowUp"] * 4:
        page.keyboard.press(key)
        reached.add(page.inner_text("#tooltip strong"))
    assert len(reached) > 4
    assert page.inner_text("#announcer").endswith("Enter opens.")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    assert page.inner_text("#panel h2") == "All topics"
    assert page.evaluate("document.activeElement.id") == "canvas"


def test_the_table_has_every_topic_and_saves_them(visit, page_file, given, tmp_path):
    page = visit(page_file)
    page.keyboard.press("t")
    assert page.inner_text("#table-title") == "12 topics"
    shares = page.locator("#table-body td:nth-child(2)").all_inner_texts()
    values = [float(text.rstrip(" %")) for text in shares]
    assert values == sorted(values, reverse=True)
    with page.expect_download() as download:
        page.click("#save-csv")
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["topic", "share", "distinctiveness", "breadth", "most_alike", "words"]
    assert {row[0] for row in rows[1:]} == set(given["topic_ids"])
    with page.expect_download() as download:
        page.click("#save-json")
    saved = json.loads(download.value.path().read_text())
    by_id = {one["id"]: one for one in saved}
    assert [entry["word"] for entry in by_id["noise"]["words"]] == expected_words(given, 1, 0.6)
    page.locator("#table-body th button", has_text="noise").click()
    assert page.inner_text("#panel h2") == "noise"
    assert page.locator("#table-panel").is_hidden()


def test_a_deep_link_restores_topic_lambda_and_theme(visit, page_file, given):
    page = visit(page_file, "#topic=noise&lambda=0.3&theme=dark")
    assert page.inner_text("#panel h2") == "noise"
    assert shown_words(page) == expected_words(given, 1, 0.3)
    assert page.get_attribute("html", "data-theme") == "dark"
    again = visit(page_file, page.evaluate("location.hash") + "&word=")
    assert again.inner_text("#panel") == page.inner_text("#panel")
    odd = visit(page_file, "#topic=no such&lambda=nonsense")
    assert odd.inner_text("#panel h2") == "All topics"
    assert odd.inner_text("#lambda-value") == "0.60"


def boxes(page):
    settled(page)
    return [one["box"] for one in page.evaluate("bandscape.topicPicture.shown()")]


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_labels_do_not_overlap_and_stay_on_the_canvas(visit, page_file, size):
    page = visit(page_file, viewport={"width": size[0], "height": size[1]})
    canvas = page.locator("#canvas").bounding_box()
    found = boxes(page)
    assert len(found) > 5
    for i, a in enumerate(found):
        assert a["left"] >= 0
        assert a["right"] <= canvas["width"]
        for b in found[:i]:
            beside = a["left"] >= b["right"] or b["left"] >= a["right"]
            assert beside or a["top"] >= b["bottom"] or b["top"] >= a["bottom"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing sticks out sideways"


def test_zooming_moves_the_discs_and_back(visit, page_file):
    page = visit(page_file)
    settled(page)  # the discs grow in when the page opens
    radius = lambda: float(page.locator("#picture .discs circle[data-topic='0']").get_attribute("r"))  # noqa: E731
    before = radius()
    page.click("#zoom-in")
    settled(page)
    assert radius() == pytest.approx(1.6 * before, rel=0.02)
    page.keyboard.press("0")
    settled(page)
    assert radius() == pytest.approx(before)
    canvas = page.locator("#canvas").bounding_box()
    x, y = canvas["x"] + 20, canvas["y"] + 20
    center = page.locator("#picture .discs circle[data-topic='0']").get_attribute("cx")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 10, steps=4)
    page.mouse.up()
    settled(page)
    moved = page.locator("#picture .discs circle[data-topic='0']").get_attribute("cx")
    assert float(moved) - float(center) == pytest.approx(60, abs=5)
    assert page.inner_text("#panel h2") == "All topics", "a drag is no click"


def test_hostile_words_and_names_stay_words(visit, hostile_file):
    page = visit(hostile_file)
    assert "owned" not in page.evaluate("document.title").replace("document.title='owned'", "")
    for k in range(12):
        open_topic(page, k)
        assert page.locator("table.words tbody tr").count() == 30
    for text in ("<img", "__proto__", "constructor", "שלום", "=cmd"):
        page.keyboard.press("/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        assert page.locator("#panel h2").inner_text().startswith(text)
        page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.locator("#table-body tr").count() == 12
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


@pytest.mark.parametrize("n_topics", [1, 2, 3])
def test_few_topics_make_a_page_too(visit, tmp_path, samples, n_topics):
    given = samples.make_topics(3, n_words=4)
    picture = topic_map(given["topic_word"][:n_topics], given["topic_share"][:n_topics], ["a", "b", "c", "d"])
    page = visit(write_html(picture, tmp_path / "few.html"))
    open_topic(page, 0)
    assert page.locator("table.words tbody tr").count() == 4
    circle = page.locator("#picture .discs circle").first.bounding_box()
    assert 20 < circle["width"] < 900


@pytest.mark.parametrize("n_topics", [260, pytest.param(1000, marks=pytest.mark.slow)])
def test_many_topics_answer_at_once(visit, tmp_path, rng, n_topics):
    rows = rng.dirichlet(np.full(600, 0.02), n_topics)
    words = [f"w{at}" for at in range(600)]
    page = visit(write_html(topic_map(rows, rng.dirichlet(np.ones(n_topics)), words), tmp_path / "many.html"))
    assert page.locator("#picture .discs circle").count() == n_topics
    assert len(boxes(page)) > 20
    rows = page.evaluate(  # all within one turn of the page's loop: no later work is waited for
        """() => {
          bandscape.events.emit('topic', { topic: 250, from: 'panel' });
          bandscape.lambda.set(0.25);
          return document.querySelectorAll('table.words tbody tr').length;
        }"""
    )
    assert rows == 30
