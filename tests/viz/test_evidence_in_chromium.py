"""The page of evidence in a real browser: hostile text runs nothing, marks are legible by day and by night."""

import pytest

from bandscape.viz import EvidenceDocument, evidence_page, write_html

HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</script><script>document.title='owned'</script>",
    "<svg onload=\"document.title='owned'\">",
    "javascript:document.title='owned'",
    "{{script}}",
    "pay\u202egnp.exe",
    "שלום",
)
TOPICS = ["shoegaze", "noise", *[f"other_{number}" for number in range(1, 13)], HOSTILE[0]]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    words = [(f"word{n}", [(n % 15, 0.9 - 0.05 * (n % 9)), ((n + 1) % 15, 0.1)]) for n in range(120)]
    pieces = [piece for word in words for piece in (word, (" and ", []))]
    hostile = [piece for text in HOSTILE for piece in ((text, [(14, 0.8)]), (" " + text + "\n", []))]
    documents = [
        EvidenceDocument("low: hey what", "2021 · score 8.0", pieces, [(0, 0.5), (1, 0.2), (14, 0.1)]),
        EvidenceDocument(HOSTILE[1], HOSTILE[2], hostile, [(14, 1.0)]),
    ]
    page = evidence_page(
        documents,
        TOPICS,
        asked=0,
        background=[1],
        words=[["fuzz", "<b>"]] * len(TOPICS),
        title="Evidence " + HOSTILE[2],
    )
    return write_html(page, tmp_path_factory.mktemp("evidence") / "page.html")


@pytest.fixture
def page(visit, page_file):
    return visit(page_file)


def test_hostile_text_is_shown_and_runs_nothing(page):
    assert "owned" not in page.evaluate("document.title").replace(HOSTILE[2], "")
    assert page.locator("main script, main img, main svg").count() == 0
    shown = page.locator("article").nth(1).inner_text()
    assert HOSTILE[0] in shown
    assert HOSTILE[1] in shown
    assert "\u202e" not in shown


def test_a_word_says_which_topics_it_belongs_to(page):
    page.locator(".word").nth(0).hover()
    card = page.locator("#tooltip")
    assert card.is_visible()
    assert card.inner_text().split("\n")[:3] == ["word0", "shoegaze", "90 %"]
    page.locator("h1").hover()
    assert not card.is_visible()


def test_arrow_keys_walk_from_word_to_word(page):
    page.locator(".text").nth(0).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator(".word.current").inner_text() == "word2"
    assert page.locator("#announcer").inner_text().startswith("word2: other_1 80 %")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".word.current").inner_text() == "word1"
    page.keyboard.press("Escape")
    assert not page.locator("#tooltip").is_visible()


def test_choosing_a_topic_leaves_its_words_alone(page):
    button = page.locator("#legend-topics button").nth(1)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    topics = page.eval_on_selector_all(
        ".word.chosen", "words => [...new Set(words.map(word => word.dataset.topic))]"
    )
    assert len(topics) == 1
    plain = page.locator(".word.slot-0:not(.chosen)").first
    assert plain.evaluate("word => getComputedStyle(word).backgroundColor") == "rgba(0, 0, 0, 0)"
    button.click()
    assert page.locator(".word.chosen").count() == 0


def test_the_legend_has_ten_lines_the_background_and_the_rest_folded(page):
    assert page.locator("#legend-topics button").count() == 11
    assert page.locator("#legend-topics .topic-name").first.inner_text() == "shoegaze"
    assert page.locator("#legend-count").inner_text() == "4 more topics"


CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colors) => {
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll(".word, .quiet, h1, h2, .text")].map((element) => {
    const style = getComputedStyle(element);
    const ground = luminance(over([paper, style.backgroundColor]));
    const ink = luminance(over([paper, style.backgroundColor, style.color]));
    return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_legible_on_its_ground(visit, page_file, scheme):
    page = visit(page_file, color_scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 130
    assert min(contrasts) >= 4.5
    page.locator("#theme").click()
    assert min(page.evaluate(CONTRAST)) >= 4.5


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_hangs_over_the_edge(visit, page_file, width):
    page = visit(page_file, viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".word").nth(20).hover()
    box = page.locator("#tooltip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_no_documents_are_said(visit, tmp_path):
    page = visit(write_html(evidence_page([], ["shoegaze"], asked=0), tmp_path / "empty.html"))
    assert "No text has a word of this topic" in page.locator("main").inner_text()
