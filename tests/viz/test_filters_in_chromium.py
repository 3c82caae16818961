"""What the panel on the left leaves out, in a real browser: classes, few reviews; and what that changes in a card."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, lay_out, write_html

from .resting import settled

CLASS_OF = "bandscape.chart.coloring().classes.findIndex(one => one.label === '{}')"


@pytest.fixture(scope="module")
def page_file(small_map, tmp_path_factory):
    return write_html(small_map, tmp_path_factory.mktemp("filters") / "small.html")


def test_a_genre_can_be_hidden(visit, page_file):
    page = visit(page_file)
    assert page.locator("#invert-classes").is_hidden()
    row = page.locator("#legend button", has_text="jazz")
    jazz = int(row.locator(".number").inner_text())
    row.click()
    assert page.inner_text("#invert-classes") == "all but jazz"
    page.click("#invert-classes")
    settled(page)
    assert page.evaluate("bandscape.filters.countShown()") == 240 - jazz
    assert row.get_attribute("aria-pressed") == "false"
    assert page.inner_text("#invert-classes") == "all but these"
    again = visit(page_file, page.evaluate("location.hash"))
    assert again.evaluate("bandscape.filters.countShown()") == 240 - jazz
    page.click("#clear-filters")
    assert page.locator("#invert-classes").is_hidden()


def test_artists_with_few_reviews_can_be_left_out(visit, page_file, corpus):
    artists, _ = corpus
    page = visit(page_file)
    page.get_by_label("reviews, at least").select_option("10")
    enough = (artists["n_reviews"] >= 10).sum()
    assert 0 < enough < 240
    page.wait_for_function(f"bandscape.filters.countShown() === {enough}")
    assert "reviews=10" in page.evaluate("location.hash")
    again = visit(page_file, "#reviews=10")
    assert again.evaluate("bandscape.filters.countShown()") == enough
    assert again.input_value("#least-reviews") == "10"
    again.click("#clear-filters")
    assert again.input_value("#least-reviews") == ""
    assert again.evaluate("bandscape.filters.countShown()") == 240


def test_an_address_asks_for_no_number_of_reviews_that_is_not_offered(visit, page_file):
    page = visit(page_file, "#reviews=7")
    assert page.evaluate("bandscape.filters.countShown()") == 240


def test_the_nearest_on_a_card_are_those_that_the_filters_show_when_the_reader_says_so(
    visit, page_file, corpus
):
    artists, matrix = corpus
    page = visit(page_file)
    page.evaluate("bandscape.searchBar.run('jazz band 2')")
    assert page.locator("#only-shown").count() == 0
    page.evaluate("bandscape.filters.set('year', [2012, 2030])")
    page.wait_for_selector("#only-shown")
    page.click("#only-shown")
    page.wait_for_function("document.querySelector('#only-shown').getAttribute('aria-pressed') === 'true'")
    names = page.locator("#drawer .row-name").all_inner_texts()
    last = artists["years"].map(max)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[2]), kind="stable")
    expected = [artists["name"][i] for i in order if i != 2 and last[i] >= 2012][:10]
    assert sorted(names) == sorted(expected)
    assert "only=shown" in page.evaluate("location.hash")
    page.evaluate("bandscape.filters.set('year', [2016, 2030])")  # asked anew
    newest = artists["name"][next(i for i in order if i != 2 and last[i] >= 2016)]
    page.wait_for_function("n => document.querySelector('#drawer .row-name').textContent === n", arg=newest)
    assert page.inner_text("#drawer h2") == "jazz band 2"


def test_a_map_without_genres_opens_by_cluster_and_says_what_to_type(visit, corpus, tmp_path):
    artists, matrix = corpus
    artists = artists.assign(genres=[[] for _ in range(len(artists))])
    clusters = pd.DataFrame({"artist_id": artists["artist_id"], "cluster": np.arange(len(artists)) % 3})
    drawn = artist_map(artists, lay_out(matrix, method="sklearn"), matrix, clusters=clusters)
    page = visit(write_html(drawn, tmp_path / "plain.html"))
    assert page.input_value("#color-by") == "cluster"
    assert "color=" not in page.evaluate("location.hash")
    assert page.get_attribute("#search", "placeholder") == "artist, or artist + artist"


@pytest.mark.parametrize("width", [390, 720, 1024, 1440])
def test_the_status_line_is_never_cut(visit, page_file, width):
    page = visit(page_file, viewport={"width": width, "height": 800})
    for key in page.evaluate("bandscape.coloring.available()"):
        page.evaluate("key => bandscape.events.emit('color', key)", key)
        cut = page.locator("#color-says").evaluate(
            "said => [said.scrollWidth - said.clientWidth, said.scrollHeight - said.clientHeight]"
        )
        assert max(cut) <= 1, (key, page.inner_text("#color-says"))


@pytest.mark.parametrize("window", [(844, 390), (720, 450)])
def test_a_phone_on_its_side_has_the_drawer_beside_the_map(visit, page_file, window):
    width, height = window
    page = visit(page_file, viewport={"width": width, "height": height})
    page.evaluate("bandscape.searchBar.run('jazz band 2 - jazz')")
    page.wait_for_selector("#answer-rows")
    settled(page)
    canvas, drawer = page.locator("#canvas").bounding_box(), page.locator("#drawer").bounding_box()
    assert canvas["x"] + canvas["width"] <= drawer["x"] + 1
    assert canvas["height"] > 0.6 * height
    for name in ("#filters-open", "#color-by", "#search", "#table-open", "#theme"):
        box = page.locator(name).bounding_box()
        assert box["y"] + box["height"] <= canvas["y"], f"{name} lies on the map"
        assert box["x"] + box["width"] <= width, name
    page.click("#filters-open")
    page.wait_for_selector("#legend", state="visible")
    page.click("#filters-close")
    page.wait_for_selector("#legend", state="hidden")


def test_a_page_that_is_still_read_offers_nothing_that_does_nothing(visit, page_file):
    page = visit(page_file)
    assert page.is_visible("#tools")
    page.evaluate("delete document.documentElement.dataset.ready")  # as before the script has run
    for name in ("#tools", "#filters", "#drawer-bar", "#color-label"):
        assert page.locator(name).is_hidden(), name
    assert page.is_visible("#theme")
