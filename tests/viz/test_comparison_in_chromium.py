"""Two maps side by side: alignment, honest figures, linked hover and selection."""

import csv
from pathlib import Path

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.viz import map_comparison, write_html

NAME = "<img src=x onerror=document.title='owned'>"


def turned(places, angle=1.0):
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return 3 * places @ (matrix * [1, -1]) + 7


@pytest.fixture(scope="module")
def places():
    return np.random.default_rng(0).normal(size=(240, 2))


def test_a_turned_mirrored_and_scaled_map_is_the_same_map(corpus, places):
    made = map_comparison(corpus[0], places, turned(places), n_only=(0, 5), labels=("a", "b"))
    assert made.disparity < 1e-12
    assert made.neighbors_shared == 1
    assert "240 artists on both maps; 5 only in b, not shown" in made.payload["said"]
    assert f"(Procrustes disparity): {made.disparity:.3f} of the first map's spread" in made.payload["said"]
    assert "100 % of an artist's 10 nearest dots" in made.payload["said"]


def test_unrelated_maps_share_few_neighbors(corpus, places):
    made = map_comparison(corpus[0], places, np.random.default_rng(1).normal(size=(240, 2)))
    assert made.disparity > 0.5
    assert made.neighbors_shared < 0.15


def test_layouts_that_do_not_fit_are_refused(corpus, places):
    with pytest.raises(ParameterError, match="at least 3 artists"):
        map_comparison(corpus[0].head(2), places[:2], places[:2])
    with pytest.raises(ParameterError, match=r"\(240, 2\)"):
        map_comparison(corpus[0], places, places[:9])


def test_hover_box_and_search_choose_on_both_maps(visit, corpus, places, tmp_path):
    artists = corpus[0].copy()
    artists.loc[7, "name"] = NAME
    made = map_comparison(
        artists, places, turned(places), labels=("before", NAME), title="</title><b>two</b>"
    )
    page = visit(write_html(made, tmp_path / "comparison.html"))
    assert page.locator("#maps canvas").count() == 2
    boxes = [page.locator("#maps canvas").nth(at).bounding_box() for at in (0, 1)]
    spots = [page.evaluate("at => bandscape.comparison.placeOf(at, 7)", at) for at in (0, 1)]
    np.testing.assert_allclose(spots[0], spots[1], atol=1, err_msg="aligned: the same place on both")
    for box, (x, y) in zip(boxes, spots, strict=True):
        page.mouse.move(box["x"] + x, box["y"] + y)
        assert page.inner_text("#hovered").startswith(NAME)
        assert page.evaluate("bandscape.comparison.state().hovered") == 7
    box, (x, y) = boxes[1], spots[1]
    page.mouse.move(box["x"] + x - 30, box["y"] + y - 30)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 30, box["y"] + y + 30)
    page.mouse.up()
    chosen = page.evaluate("bandscape.comparison.state().chosen")
    assert 7 in chosen
    assert len(chosen) < 240
    assert page.locator("#chosen li").count() == min(len(chosen), 60)
    page.fill("#search", "jazz band 42")
    assert page.evaluate("bandscape.comparison.state().chosen") == [42]
    page.keyboard.press("Escape")
    assert page.evaluate("bandscape.comparison.state().chosen") == []
    said = {
        row: int(count)
        for row, count in (one.rsplit(maxsplit=1) for one in page.locator("#genres li").all_inner_texts())
    }
    assert sum(said.values()) == 240
    assert list(said)[-1] == "no genre given"
    jazz = page.locator("#genres button", has_text="jazz")
    jazz.press("Enter")
    assert len(page.evaluate("bandscape.comparison.state().chosen")) == said["jazz"]
    assert jazz.get_attribute("aria-pressed") == "true"
    jazz.press("Enter")
    assert page.evaluate("bandscape.comparison.state().chosen") == []
    page.fill("#search", "nobody of that name")
    assert "No artist" in page.inner_text("#chosen-title")
    assert page.title() == "</title><b>two</b>"


def test_those_in_other_company_are_listed_and_saved(visit, corpus, places, tmp_path):
    artists = corpus[0]
    second = places.copy()
    second[[2, 3]] = second[[3, 2]]  # two artists change their places
    page = visit(write_html(map_comparison(artists, places, second), tmp_path / "two.html"))
    assert "In other company" in page.inner_text("#chosen-title")
    shown = page.locator("#chosen button").all_inner_texts()
    assert set(shown[:2]) == {artists["name"][2], artists["name"][3]}
    assert page.locator("#chosen .number").first.inner_text() == "0 of 10"
    rows = list(csv.DictReader(page.evaluate("bandscape.comparison.csvText()").splitlines()))
    assert len(rows) == 240
    assert {rows[0]["artist_id"], rows[1]["artist_id"]} == {"id0002", "id0003"}
    assert float(rows[0]["moved_share_of_width"]) > 0.05
    page.fill("#search", "JÁZZ band 42")  # neither case nor accents matter
    with page.expect_download() as saved:
        page.click("#save-csv")
    text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    assert [row["name"] for row in csv.DictReader(text.splitlines())] == ["jazz band 42"]
