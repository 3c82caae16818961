"""Where the view goes: an answer moves it, closing the answer brings it back."""

import pytest

from bandscape.viz import write_html

from .resting import settled

VIEW = "(() => { const { x, y } = bandscape.camera.view(); return [...x, ...y]; })()"
SIZES = "Math.max(...document.getElementById('plot').data.flatMap(t => [...t.marker.size]))"


@pytest.fixture(scope="module")
def small_page(small_map, tmp_path_factory):
    return write_html(small_map, tmp_path_factory.mktemp("camera") / "small.html")


BEFORE_PLOTLY = """
let loaded;
Object.defineProperty(window, "Plotly", { configurable: true, get: () => loaded, set(value) {
  loaded = value;
  const canvas = document.getElementById("preview");
  const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  window.early = {
    drawn: bytes.filter((value, at) => at % 4 === 3 && value > 40).length,
    legend: document.querySelectorAll("#legend li").length,
    guide: document.querySelector("#drawer h2")?.textContent,
    loading: !document.getElementById("loading").hidden,
  };
} });
"""


def test_dots_legend_and_guide_are_there_before_plotly_is(visit, small_page):
    page = visit(small_page, before=BEFORE_PLOTLY)
    early = page.evaluate("window.early")
    assert early["drawn"] > 1_000
    assert early["legend"] == 5
    assert early["guide"] == "How to read this map"
    assert not early["loading"]
    assert page.locator("#preview").count() == 0, "Plotly's own dots have taken its place"


@pytest.mark.parametrize("width", [1280, 390])
def test_closing_an_answer_returns_to_the_view_from_before(visit, small_page, width):
    page = visit(small_page, viewport={"width": width, "height": 800})
    for look in (
        "bandscape.camera.fit()",
        "bandscape.camera.look(bandscape.data.x[7], bandscape.data.y[7], 9)",
    ):
        page.evaluate(look)
        settled(page)
        before = page.evaluate(VIEW)
        page.evaluate("bandscape.searchBar.run('jazz band 42 - jazz + rock')")
        settled(page)
        assert page.evaluate(VIEW) != pytest.approx(before, abs=1e-3)
        page.evaluate(
            "bandscape.searchBar.run('metal band 43')"
        )  # a second question does not count as "before"
        settled(page)
        page.keyboard.press("Escape")
        settled(page)
        assert page.evaluate(VIEW) == pytest.approx(before, abs=1e-3)
        assert page.evaluate("bandscape.overlay.marks.query") is None


def test_a_closed_card_of_a_clicked_dot_leaves_the_view(visit, small_page):
    page = visit(small_page)
    page.evaluate("bandscape.camera.look(bandscape.data.x[7], bandscape.data.y[7], 9)")
    settled(page)
    before = page.evaluate(VIEW)
    page.evaluate("bandscape.events.emit('artist', { index: 7, from: 'map' })")
    page.keyboard.press("Escape")
    settled(page)
    assert page.evaluate(VIEW) == pytest.approx(before, abs=1e-3)


def test_dots_of_a_small_map_grow_with_the_zoom_and_shrink_again(visit, small_page):
    page = visit(small_page)
    settled(page)
    far = page.evaluate(SIZES)
    page.evaluate("bandscape.camera.frame([42])")
    page.wait_for_function(f"{SIZES} > 2 * {far}")
    assert page.evaluate("bandscape.chart.diameter(42)") > 2 * page.evaluate("bandscape.data.diameter[42]")
    page.evaluate("bandscape.camera.fit()")
    page.wait_for_function(f"Math.abs({SIZES} - {far}) < 1e-6")
