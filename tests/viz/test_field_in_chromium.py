"""A map of more artists than dots, in a real browser: the gray field, and what the page says of those it lacks."""

import numpy as np
import pytest

from bandscape.viz import artist_map, lay_out, write_html

from .resting import settled

MOST = 60
# A copy that may be read often, so that the browser does not advise against it
COPY = """(() => {
  const field = document.getElementById('field');
  const copy = Object.assign(document.createElement('canvas'), { width: field.width, height: field.height });
  const pen = copy.getContext('2d', { willReadFrequently: true });
  pen.drawImage(field, 0, 0);
  return pen;
})()"""
# How many pixels of the field are drawn inside of a rectangle of the map
DRAWN = f"""([left, right, low, high]) => {{
  const pen = {COPY};
  const density = window.devicePixelRatio || 1;
  const [x0, y0] = bandscape.camera.project(left, high).map((one) => Math.round(one * density));
  const [x1, y1] = bandscape.camera.project(right, low).map((one) => Math.round(one * density));
  const {{ data }} = pen.getImageData(x0, y0, Math.max(x1 - x0, 1), Math.max(y1 - y0, 1));
  let drawn = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 8) drawn++;
  return drawn;
}}"""


@pytest.fixture(scope="module")
def places(corpus):
    """Four clouds; the last ten artists, rarely reviewed, stand far from all others."""
    places = np.array(lay_out(corpus[1], method="pca"), np.float32)
    places[-10:] = places.max(axis=0) + np.ptp(places, axis=0) * 0.5
    return places


@pytest.fixture(scope="module")
def page_of_some(corpus, places, tmp_path_factory):
    artists, matrix = corpus
    artists = artists.assign(n_reviews=np.arange(len(artists), 0, -1))
    made = artist_map(artists, places, matrix, title="Some", most=MOST)
    return write_html(made, tmp_path_factory.mktemp("field") / "some.html")


def around(places, row, reach):
    x, y = places[row].tolist()
    return [x - reach, x + reach, y - reach, y + reach]


def test_the_field_shows_where_artists_without_dots_stand(visit, page_of_some, places):
    page = visit(page_of_some)
    settled(page)
    reach = float(np.ptp(places, axis=0).max()) * 0.02
    assert page.evaluate("bandscape.data.count") == MOST
    assert page.evaluate(DRAWN, around(places, -1, reach)) > 0, (
        "ten artists without dots, far out but in view"
    )
    empty = [float(places[-1, 0] - 6 * reach), float(places[-1, 0] - 4 * reach)]
    assert page.evaluate(DRAWN, [*empty, float(places[-1, 1] - reach), float(places[-1, 1] + reach)]) == 0
    assert page.inner_text("#field-says") == "60 of 240 artists are dots; the gray field is all"


def test_the_field_moves_with_the_map_and_changes_with_the_theme(visit, page_of_some, places):
    page = visit(page_of_some)
    x, y = places[-1].tolist()
    page.evaluate(
        "([x, y, w]) => bandscape.camera.look(x, y, w)", [x, y, float(np.ptp(places, axis=0).max()) / 4]
    )
    settled(page)
    box = page.evaluate("bandscape.camera.size()")
    middle = page.evaluate("([x, y]) => bandscape.camera.project(x, y)", [x, y])
    np.testing.assert_allclose(middle, [box["width"] / 2, box["height"] / 2], atol=2)
    reach = float(np.ptp(places, axis=0).max()) * 0.01
    assert page.evaluate(DRAWN, around(places, -1, reach)) > 0
    color = f"""() => {{ const pen = {COPY}; const {{ width, height }} = pen.canvas;
      return [...pen.getImageData(width / 2, height / 2, 1, 1).data.slice(0, 3)]; }}"""
    day = page.evaluate(color)
    page.click("#theme")
    settled(page)
    settled(page)
    assert page.evaluate(color) != day


def test_search_answers_and_table_say_that_they_know_only_the_dots(visit, page_of_some):
    page = visit(page_of_some)
    page.evaluate("bandscape.searchBar.run('metal band 239')")
    assert "is not among the 60 artists in this file" in page.inner_text("#drawer")
    page.evaluate("bandscape.searchBar.run('rock band 0 - rock + jazz')")
    assert "Only the 60 artists in this file could answer, of 240." in page.inner_text("#drawer")
    page.click("#how-to-read")
    assert "This file holds 60 artists of 240 as dots: those with most reviews." in page.inner_text("#drawer")
    page.keyboard.press("Escape")
    page.click("#table-open")
    assert page.inner_text("#table-title") == "60 artists of 240"


def test_a_saved_picture_has_the_field_and_no_name_lies_under_the_line_about_it(visit, page_of_some):
    page = visit(page_of_some)
    settled(page)
    assert page.evaluate("bandscape.picture.build().querySelectorAll('image').length") == 1
    assert page.evaluate("bandscape.picture.png().then((blob) => blob.size)") > 5_000
    says = page.evaluate(
        "(({ offsetLeft: x, offsetTop: y, offsetWidth: w, offsetHeight: h }) => [x, y, x + w, y + h])"
        "(document.getElementById('field-says'))"
    )
    for box in page.evaluate("bandscape.overlay.shown().names.map(({ box }) => box)"):
        apart = (
            box["right"] <= says[0]
            or box["left"] >= says[2]
            or box["bottom"] <= says[1]
            or box["top"] >= says[3]
        )
        assert apart


def test_a_map_of_all_its_artists_has_no_field(visit, small_map, tmp_path):
    page = visit(write_html(small_map, tmp_path / "all.html"))
    assert page.is_hidden("#field")
    assert page.is_hidden("#field-says")


def test_a_browser_that_cannot_unpack_says_so_and_shows_the_table(visit, page_of_some):
    page = visit(page_of_some, before="delete window.DecompressionStream;")
    assert "The picture needs a newer browser" in page.inner_text("#no-webgl")
    page.click("#no-webgl-table")
    assert page.locator("#table-body tr").count() > 10
