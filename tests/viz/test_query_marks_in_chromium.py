"""Names of answers on the map: the best ones are always there, however thick the dots lie."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, write_html

from .resting import settled

SHOWN = "bandscape.overlay.shown().marks"
TOUCHING = """() => {
  const boxes = bandscape.overlay.shown().marks.filter(one => one.name)
    .flatMap(one => [one.name, bandscape.queryMarks.boxAround(one)].map(box => [one.text, box]));
  return boxes.flatMap(([a, one], at) => boxes.slice(at + 1)
    .filter(([b, other]) => a !== b && bandscape.collision.touches(one, other)).map(([b]) => [a, b]));
}"""


@pytest.fixture(scope="module")
def thick_page(tmp_path_factory):
    """Twelve artists of like vectors on one spot, one far off, three hundred about them."""
    rng = np.random.default_rng(5)
    n = 320
    places = rng.uniform(-10, 10, (n, 2))
    places[:12] = [-9, 0] + rng.normal(size=(12, 2)) * 0.05
    places[12] = [9, 2]
    matrix = rng.normal(size=(n, 16))
    matrix[:13] = np.eye(16)[0] * 6 + rng.normal(size=(13, 16)) * 0.1
    artists = pd.DataFrame(
        {
            "artist_id": [f"id{i}" for i in range(n)],
            "name": [f"a rather long name {i}" for i in range(n)],
            "genres": [["rock"] if i % 2 else ["jazz"] for i in range(n)],
            "n_reviews": rng.integers(1, 30, n),
        }
    )
    path = tmp_path_factory.mktemp("thick") / "map.html"
    return write_html(artist_map(artists, places, matrix.astype(np.float32)), path)


def ask(page, text="a rather long name 12 - a rather long name 200"):
    page.evaluate("text => bandscape.searchBar.run(text)", text)
    page.wait_for_function(f"{SHOWN}.length === 12")
    settled(page)
    return page.evaluate(SHOWN)


@pytest.mark.parametrize(
    ("size", "least"), [((1440, 900), 10), ((1280, 800), 10), ((1024, 768), 10), ((390, 844), 5)]
)
def test_the_best_answers_are_named_where_dots_coincide(visit, thick_page, size, least):
    page = visit(thick_page, viewport={"width": size[0], "height": size[1]})
    marks = ask(page)
    named = [int(one["text"]) for one in marks if one["name"] and not one["filled"]]
    assert named == list(range(1, len(named) + 1)), "no answer is named before a better one"
    assert len(named) >= least
    assert page.evaluate(TOUCHING) == []
    free = page.evaluate("bandscape.camera.size().height - bandscape.drawer.covers()")
    for one in marks:
        if one["name"]:
            assert one["name"]["left"] >= 0
            assert one["name"]["right"] <= page.evaluate("bandscape.camera.size().width")
            assert 0 <= one["name"]["top"] < one["name"]["bottom"] <= free


def test_a_moved_number_is_tied_to_its_dot(visit, thick_page):
    page = visit(thick_page)
    for one in ask(page):
        place = page.evaluate("place => bandscape.camera.project(...place)", one["place"])
        np.testing.assert_allclose([one["dotX"], one["dotY"]], place, atol=1e-6)
    moved = [one for one in page.evaluate(SHOWN) if (one["x"], one["y"]) != (one["dotX"], one["dotY"])]
    assert len(moved) >= 6
    lines = page.evaluate("bandscape.picture.build().querySelectorAll('path[stroke]').length")
    assert lines >= len(moved), "the saved picture has the lines too"


def test_numbers_return_to_their_dots_when_there_is_room(visit, thick_page):
    page = visit(thick_page)
    ask(page)
    page.evaluate("bandscape.camera.look(-9, 0, 0.4)")
    page.wait_for_function(f"{SHOWN}.filter(one => one.x === one.dotX && one.name).length > 4")
    assert page.evaluate(TOUCHING) == []


def test_on_a_phone_answers_leave_most_of_the_map_in_sight_until_somebody_reads_on(
    visit, small_map, tmp_path
):
    page = visit(
        write_html(small_map, tmp_path / "phone.html"),
        "#q=rock band 0 - rock %2B jazz",
        viewport={"width": 390, "height": 844},
    )
    page.wait_for_selector("#answer-rows")
    height = page.evaluate("bandscape.camera.size().height")
    page.wait_for_function(
        "document.getElementById('drawer').getBoundingClientRect().bottom <= innerHeight + 1"
    )
    free = height - page.evaluate("bandscape.drawer.covers()")
    assert free > 0.5 * height
    answers = page.evaluate("bandscape.overlay.marks.query.answers.map(({ index }) => index)")
    for index in answers:
        x, y = page.evaluate(
            "(i) => bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i])", index
        )
        assert 0 <= x <= 390
        assert 0 <= y <= free
    page.evaluate("document.getElementById('drawer-content').scrollTop = 60")
    page.wait_for_function("document.getElementById('drawer').classList.contains('tall')")
