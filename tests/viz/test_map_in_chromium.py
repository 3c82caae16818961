"""The map in a real browser. Every visit also checks: no console error, no network request."""

import csv
import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, lay_out, write_html

from .resting import settled

WITHOUT_WEBGL = """
HTMLCanvasElement.prototype.getContext = (real => function (kind, ...rest) {
  return /webgl/.test(kind) ? null : real.call(this, kind, ...rest);
})(HTMLCanvasElement.prototype.getContext);
"""
TRACES = "document.getElementById('plot').data.map(t => [t.marker.color, t.x.length, t.marker.opacity])"
DRAWN_PIXELS = """async () => {
  await bandscape.chart.draw();
  const canvas = document.querySelector('#plot canvas.gl-canvas-context');
  const gl = canvas.getContext('webgl');
  const { width, height } = canvas;
  const bytes = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  let drawn = 0;
  for (let i = 3; i < bytes.length; i += 4) if (bytes[i] > 40) drawn++;
  return drawn;
}"""


@pytest.fixture(scope="session")
def small_page(small_map, tmp_path_factory):
    return write_html(small_map, tmp_path_factory.mktemp("map") / "small.html")


@pytest.fixture(scope="session")
def hostile_page(hostile_map, tmp_path_factory):
    return write_html(hostile_map, tmp_path_factory.mktemp("map") / "hostile map & 100%.html")


def center_of(page):
    x, y = page.evaluate("(() => { const v = bandscape.camera.view(); return [v.x, v.y]; })()")
    return np.array([np.mean(x), np.mean(y)]), x[1] - x[0]


def test_all_dots_are_drawn(visit, small_page):
    page = visit(small_page)
    assert sum(count for _, count, _ in page.evaluate(TRACES)) == 240
    assert page.evaluate(DRAWN_PIXELS) > 1_000
    assert page.evaluate("document.getElementById('plot').layout.spikedistance") == 0
    assert page.title() == "Small map"


def test_search_finds_and_centers(visit, small_page):
    page = visit(small_page)
    page.keyboard.press("/")
    page.keyboard.type("JAZZ band 42")
    options = page.locator("#suggestions [role=option]")
    assert options.first.inner_text().startswith("jazz band 42")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "suggestion-0"
    page.keyboard.press("Enter")
    settled(page)
    assert page.inner_text("#drawer h2") == "jazz band 42"
    place = page.evaluate("[bandscape.data.x[42], bandscape.data.y[42]]")
    center, width = center_of(page)
    whole = page.evaluate("(() => { const w = bandscape.camera.whole(); return w.x[1] - w.x[0]; })()")
    np.testing.assert_allclose(center, place, atol=width * 0.01)
    assert width < whole / 2
    assert page.evaluate("bandscape.overlay.marks.chosen") == 42


def test_a_found_artist_is_seen_with_the_neighbors_that_are_near(visit, small_page):
    page = visit(small_page)
    page.evaluate("bandscape.searchBar.run('jazz band 42')")
    settled(page)
    x, y = (np.array(page.evaluate(f"[...bandscape.data.{axis}]")) for axis in "xy")
    near = page.evaluate("bandscape.overlay.marks.neighbors")
    whole = page.evaluate("(() => { const w = bandscape.camera.whole(); return w.x[1] - w.x[0]; })()")
    near = [i for i in near if np.hypot(x[i] - x[42], y[i] - y[42]) < whole / 6]
    view = page.evaluate("bandscape.camera.view()")
    assert near
    for i in near:
        assert view["x"][0] < x[i] < view["x"][1]
        assert view["y"][0] < y[i] < view["y"][1]


def test_answers_say_that_filters_are_no_part_of_the_question(visit, small_page):
    page = visit(small_page)
    page.evaluate("bandscape.searchBar.run('jazz band 2 - jazz + rock')")
    said = "filters of the map are not part"
    assert said not in page.inner_text("#drawer")
    page.evaluate("bandscape.filters.set('score', [9.99, 10])")
    page.evaluate("bandscape.searchBar.run('jazz band 2 - jazz + rock')")
    assert said in page.inner_text("#drawer")


def test_recoloring_changes_classes_colors_and_legend(visit, small_page):
    page = visit(small_page)
    by_genre = page.evaluate(TRACES)
    assert page.locator("#legend li").count() == 5  # four genres and "no genre given"
    page.select_option("#color-by", "score")
    settled(page)
    by_score = page.evaluate(TRACES)
    assert {color for color, _, _ in by_genre} != {color for color, _, _ in by_score}
    assert "no score" in page.inner_text("#legend")
    assert "score" in page.inner_text("#color-says")
    counts = [int(text) for text in page.locator("#legend .number").all_inner_texts()]
    assert sum(counts) == 240
    assert page.evaluate("location.hash") == "#color=score"


def test_a_legend_row_shows_only_its_class(visit, small_page):
    page = visit(small_page)
    row = page.locator("#legend button").first
    shown = int(row.locator(".number").inner_text())
    row.click()
    settled(page)
    assert page.locator("#legend button").first.get_attribute("aria-pressed") == "true"
    traces = page.evaluate(TRACES)
    assert traces[0][1] == 240 - shown, "the others stay as faint dots"
    assert traces[0][2] < 0.2
    assert traces[1][1] == shown
    assert f"{shown} of 240" in page.inner_text("#shown-count")
    page.click("#clear-filters")
    settled(page)
    assert max(count for _, count, _ in page.evaluate(TRACES)) < 240


def test_score_and_year_ranges_filter(visit, small_page, corpus):
    artists, _ = corpus
    page = visit(small_page)
    page.evaluate("bandscape.filters.set('score', [6, 7])")
    expected = artists["mean_score"].round(2).between(6, 7).sum()
    assert page.evaluate("bandscape.filters.countShown()") == expected
    page.evaluate("bandscape.filters.clear()")
    handle = page.locator("#year-filter input").first
    handle.focus()
    for _ in range(10):
        handle.press("ArrowRight")
    settled(page)
    last = artists["years"].map(lambda years: years[1])
    assert page.evaluate("bandscape.filters.countShown()") == (last >= 2000).sum()


def test_names_on_the_map_do_not_touch_and_zooming_brings_more(visit, small_page):
    page = visit(small_page)
    settled(page)
    boxes = page.evaluate("bandscape.overlay.shown()")
    far = {one["index"] for one in boxes["names"]}
    every = [one["box"] for one in boxes["names"] + boxes["regions"]]
    assert len(far) > 5
    for i, a in enumerate(every):
        for b in every[:i]:
            beside = a["left"] >= b["right"] or b["left"] >= a["right"]
            assert beside or a["top"] >= b["bottom"] or b["top"] >= a["bottom"]
    page.evaluate("bandscape.camera.frame([42])")
    settled(page)
    page.wait_for_function("bandscape.camera.zoom() > 3")
    settled(page)
    near = {one["index"] for one in page.evaluate("bandscape.overlay.shown()")["names"]}
    assert near - far


def test_hovering_shows_the_facts(visit, small_page, corpus):
    artists, _ = corpus
    page = visit(small_page)
    page.evaluate("bandscape.camera.frame([42])")
    page.wait_for_function("bandscape.camera.zoom() > 3")
    settled(page)
    x, y = page.evaluate("bandscape.camera.project(bandscape.data.x[42], bandscape.data.y[42])")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + x + 40, box["y"] + y + 40)
    page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.wait_for_selector("#tooltip:not([hidden])")
    said = page.inner_text("#tooltip")
    row = artists.iloc[42]
    assert row["name"] in said
    assert "jazz" in said
    assert f"{row['mean_score']:.1f}" in said
    assert f"{row['n_reviews']} review" in said
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_function("document.querySelector('#drawer h2').textContent === 'jazz band 42'")


@pytest.mark.parametrize(
    "fragment", ["#q=jazz band 2 - jazz %2B rock", "#color=year&artist=metal band 3&theme=dark"]
)
def test_a_deep_link_restores_what_was_shown(visit, small_page, fragment):
    page = visit(small_page, fragment)
    settled(page)
    if "q=" in fragment:
        assert page.input_value("#search") == "jazz band 2 - jazz + rock"
        assert page.locator("#answer-rows li").count() == 10
    else:
        assert page.inner_text("#drawer h2") == "metal band 3"
        assert page.input_value("#color-by") == "year"
        assert page.get_attribute("html", "data-theme") == "dark"
    address = page.evaluate("location.hash")
    again = visit(small_page, address)
    settled(again)
    assert (
        again.inner_text("#drawer-content").split("\n")[:6]
        == page.inner_text("#drawer-content").split("\n")[:6]
    )


def test_the_guide_can_be_put_away_and_comes_back_when_asked_for(visit, small_page):
    page = visit(small_page)
    narrow = page.evaluate("bandscape.camera.size().width")
    page.click("#drawer-close")
    page.wait_for_function(f"bandscape.camera.size().width > {narrow} + 300")
    page.evaluate("bandscape.searchBar.run('rock band 4')")
    assert page.inner_text("#drawer h2") == "rock band 4"
    page.click("#drawer-close")
    page.wait_for_selector("#drawer", state="hidden")
    page.click("#how-to-read")
    assert page.inner_text("#drawer h2") == "How to read this map"
    page.keyboard.press("Escape")
    assert page.is_visible("#drawer"), "Esc closes what was opened; the guide has its own button"


def test_the_search_is_a_key_away_from_the_color_menu(visit, small_page):
    page = visit(small_page)
    page.focus("#color-by")
    chosen = page.input_value("#color-by")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.input_value("#color-by") == chosen


def test_the_keyboard_reaches_everything(visit, small_page):
    page = visit(small_page)
    page.focus("#canvas")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#tooltip:not([hidden])")
    first = page.inner_text("#tooltip strong")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#tooltip strong") != first
    assert page.inner_text("#announcer").endswith("Enter opens.")
    walked = page.inner_text("#tooltip strong")
    page.keyboard.press("Enter")
    assert page.inner_text("#drawer h2") == walked
    page.keyboard.press("Escape")
    assert page.inner_text("#drawer h2") == "How to read this map"
    assert page.evaluate("bandscape.overlay.marks.chosen") is None
    page.keyboard.press("r")
    assert page.inner_text("#drawer h2") in page.evaluate("bandscape.data.names")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.inner_text("#table-title") == "240 artists"
    assert page.evaluate("document.activeElement.id") == "table-title"
    page.keyboard.press("Escape")
    assert not page.is_visible("#table-panel")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("rock t / 0")
    assert page.input_value("#search") == "rock t / 0"
    before = page.evaluate("bandscape.camera.zoom()")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.focus("#canvas")
    page.keyboard.press("+")
    page.wait_for_function(f"bandscape.camera.zoom() > {before} * 1.5")
    page.keyboard.press("0")
    page.wait_for_function("Math.abs(bandscape.camera.zoom() - 1) < 1e-6")


def test_the_table_sorts_pages_and_opens_artists(visit, small_page, corpus):
    artists, _ = corpus
    page = visit(small_page)
    page.click("#table-open")
    names = page.locator("#table-body th").all_inner_texts()
    assert len(names) == 50
    assert artists.set_index("name")["n_reviews"][names].is_monotonic_decreasing
    page.click("#table-head [data-key=score]")
    first = page.locator("#table-body th").first.inner_text()
    assert artists.set_index("name")["mean_score"][first] == pytest.approx(
        artists["mean_score"].max(), abs=0.01
    )
    assert page.locator("#table-head th").nth(2).get_attribute("aria-sort") == "descending"
    page.click("text=next")
    assert "page 2 of 5" in page.inner_text("#table-pager")
    page.locator("#table-body th button").first.click()
    assert not page.is_visible("#table-panel")
    assert page.evaluate("bandscape.overlay.marks.chosen") is not None


def test_arrows_walk_on_from_a_card_that_was_opened_by_key(visit, small_page):
    page = visit(small_page)
    page.focus("#canvas")
    page.keyboard.press("t")
    for _ in range(60):  # from the heading to the first row
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#table-body') !== null"):
            break
    page.keyboard.press("Enter")
    opened = page.inner_text("#drawer h2")
    assert page.evaluate("document.activeElement.textContent") == opened
    page.keyboard.press("ArrowRight")
    if page.is_hidden("#tooltip"):  # it was the one farthest to the right
        page.keyboard.press("ArrowLeft")
    walked = page.inner_text("#tooltip strong")
    assert walked not in ("", opened)
    page.keyboard.press("Enter")
    assert page.inner_text("#drawer h2") == walked


def test_the_lasso_becomes_a_table(visit, small_page):
    page = visit(small_page)
    page.click("#lasso")
    assert page.get_attribute("#lasso", "aria-pressed") == "true"
    box = page.locator("#canvas").bounding_box()
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.5), (0.02, 0.5), (0.02, 0.02)]
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=12)
    page.mouse.up()
    page.wait_for_selector("#table-panel:not([hidden])")
    chosen = page.evaluate("[...bandscape.filters.state.lasso]")
    middle = page.evaluate("bandscape.camera.view().y.reduce((a, b) => a + b) / 2")
    y = page.evaluate("Array.from(bandscape.data.y)")
    expected = {i for i, value in enumerate(y) if value > middle}
    assert len(set(chosen) ^ expected) <= 2, "dots on the line itself may fall on either side"
    assert page.inner_text("#table-title").split()[0] == str(len(chosen))


def test_saved_tables_hold_the_rows_and_no_formula(visit, hostile_page, hostile_map):
    page = visit(hostile_page, accept_downloads=True)
    page.keyboard.press("t")
    with page.expect_download() as saved:
        page.click("#save-csv")
    text = saved.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 60
    assert {row["artist_id"] for row in rows} == {f"id{i:04d}" for i in range(60)}
    assert not [value for row in rows for value in row.values() if re.match(r"[=+\-@\t\r]", value)]
    assert any(row["name"].startswith("'=cmd") for row in rows)
    with page.expect_download() as saved:
        page.click("#save-json")
    records = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert {one["name"] for one in records} == set(hostile_map.payload["names"])


def test_hostile_names_execute_nothing_and_distort_nothing(visit, hostile_page, hostile_map):
    page = visit(hostile_page)
    title = "</title><script>document.title='owned'</script>"
    assert page.title() == title
    assert page.evaluate("document.querySelectorAll('script').length") == 3
    names = hostile_map.payload["names"]
    for i in range(18):
        page.evaluate(f"bandscape.events.emit('artist', {{ index: {i}, from: 'map' }})")
        assert page.inner_text("#drawer h2") == re.sub(r"\s+", " ", names[i])
        page.evaluate(f"bandscape.events.emit('hover', {i})")
        assert page.evaluate("document.querySelector('#tooltip strong').textContent") == names[i]
        page.evaluate(f"bandscape.searchBar.run(bandscape.entities.written(bandscape.entities.artist({i})))")
        assert page.evaluate("bandscape.overlay.marks.chosen") == i or names.count(names[i]) > 1, names[i]
    page.keyboard.press("Escape")
    image = "<img src=x onerror=document.title='owned'>"
    for text in ("__proto__ - constructor", image, "toString", "=cmd", "- - + +"):
        page.evaluate("text => bandscape.searchBar.run(text)", text)
    page.fill("#search", "<")
    page.click("#table-open")
    for key in ("name", "genres", "score"):
        page.click(f"#table-head [data-key={key}]")
    settled(page)
    assert page.title() == title
    assert page.evaluate("document.querySelectorAll('body img, #drawer script, #canvas script').length") == 0
    assert page.evaluate("({}).kind") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dark_follows_the_system_and_can_be_turned(visit, small_page):
    page = visit(small_page, color_scheme="dark")
    assert page.get_attribute("html", "data-theme") == "dark"
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(19, 20, 23)"
    dark = page.evaluate(TRACES)
    page.click("#theme")
    settled(page)
    assert page.evaluate(paper) == "rgb(251, 250, 247)"
    light = page.evaluate(TRACES)
    assert [count for _, count, _ in dark] == [count for _, count, _ in light]
    assert all(a[0] != b[0] for a, b in zip(dark, light, strict=True))


def test_a_phone_has_room_for_everything(visit, small_page):
    page = visit(small_page, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    boxes = {
        name: page.locator(name).bounding_box()
        for name in (
            "#titles",
            "#search",
            "#table-open",
            "#theme",
            "#filters-open",
            "#color-by",
            "#tools",
            "#status",
        )
    }
    for name, box in boxes.items():
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 360, name
        for other, there in boxes.items():
            apart = (
                box["x"] + box["width"] <= there["x"] + 0.5
                or there["x"] + there["width"] <= box["x"] + 0.5
                or box["y"] + box["height"] <= there["y"] + 0.5
                or there["y"] + there["height"] <= box["y"] + 0.5
            )
            assert name == other or apart, f"{name} covers {other}"
    assert page.locator("#canvas").bounding_box()["height"] > 500
    page.tap("#filters-open")
    assert page.is_visible("#legend")
    page.tap("#filters-close")
    page.wait_for_selector("#legend", state="hidden")
    page.evaluate("bandscape.searchBar.run('jazz band 2 - jazz')")
    page.wait_for_selector("#answer-rows")
    drawer = page.locator("#drawer").bounding_box()
    inputs = page.evaluate("bandscape.camera.project(bandscape.data.x[2], bandscape.data.y[2])")
    assert inputs[1] + page.locator("#canvas").bounding_box()["y"] < drawer["y"], "the drawer hides no input"


def test_without_webgl_the_rest_still_works(visit, small_page):
    page = visit(small_page, "#q=jazz band 2 - jazz", before=WITHOUT_WEBGL)
    assert "needs WebGL" in page.inner_text("#no-webgl")
    assert page.locator("#answer-rows li").count() == 10
    page.locator("#legend button").first.click()
    page.click("#no-webgl-table")
    shown = page.evaluate("bandscape.filters.countShown()")
    assert 0 < shown < 240
    assert page.inner_text("#table-title").split()[0] == str(shown)
    page.locator("#table-body th button").first.click()
    assert page.locator("#drawer .facts").count() == 1


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny_maps_open(visit, tmp_path, corpus, n):
    artists, matrix = corpus
    page = visit(write_html(artist_map(artists[:n], lay_out(matrix[:n]), matrix[:n]), tmp_path / "tiny.html"))
    if n == 0:
        assert "No artists" in page.inner_text("#no-artists")
        page.keyboard.press("t")
        return
    assert sum(count for _, count, _ in page.evaluate(TRACES)) == n
    page.evaluate(f"bandscape.searchBar.run('{artists['name'][0]}')")
    assert page.inner_text("#drawer h2") == artists["name"][0]
    page.evaluate(f"bandscape.searchBar.run('{artists['name'][0]} + rock')")


def test_a_map_without_vectors_says_so(visit, tmp_path, corpus):
    artists, matrix = corpus
    facts = pd.DataFrame({"artist_id": artists["artist_id"], "name": artists["name"]})
    page = visit(write_html(artist_map(facts, lay_out(matrix)), tmp_path / "plain.html"))
    page.evaluate("bandscape.searchBar.run('jazz band 2 - rock band 4')")
    assert "cannot calculate" in page.inner_text("#drawer h2")
    page.evaluate("bandscape.searchBar.run('jazz band 2')")
    assert "without vectors" in page.inner_text("#drawer")


def test_the_page_works_inside_a_notebook_frame(visit, small_map, tmp_path):
    host = tmp_path / "host.html"
    host.write_text(f"<!doctype html><meta charset=utf-8>{small_map._repr_html_()}", encoding="utf-8")
    page = visit(host, wait="iframe", viewport={"width": 1000, "height": 800})
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached")
    assert not frame.locator("#drawer").is_visible(), "a narrow frame is the map's"
    frame.locator("#search").fill("jazz band 2")
    frame.locator("#search").press("Enter")
    assert frame.locator("#drawer h2").inner_text() == "jazz band 2"


def test_a_plain_figure_opens_offline(visit, small_map, tmp_path):
    page = visit(write_html(small_map.figure, tmp_path / "figure.html"))
    assert sum(page.evaluate("document.getElementById('plot')._fullData.map(t => t.x.length)")) == 240


def test_an_address_written_by_hand_may_add(visit, small_page):
    page = visit(small_page, "#q=jazz%20band%2042%20-%20jazz%20+%20rock&color=score")
    assert page.input_value("#search") == "jazz band 42 - jazz + rock"
    assert page.input_value("#color-by") == "score"
    kept = page.evaluate("location.hash")
    page.evaluate("bandscape.searchBar.run('rock')")
    page.evaluate(f"location.hash = {kept!r}")
    page.wait_for_function("document.getElementById('search').value === 'jazz band 42 - jazz + rock'")
