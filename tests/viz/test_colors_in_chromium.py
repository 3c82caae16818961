"""Colors of long lists: no two share one, the small ones are gray until somebody asks for them."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, write_html

CLASSES = "bandscape.chart.coloring().classes"
LAYERS = "document.getElementById('plot').data.map(t => [t.marker.color, t.x.length])"


@pytest.fixture(scope="module")
def long_lists(tmp_path_factory):
    """Thirty topics and thirty genres of falling size."""
    rng = np.random.default_rng(2)
    n = 600
    most = np.sort(np.minimum(rng.geometric(0.08, n) - 1, 29))
    values = rng.uniform(0, 0.01, (n, 30))
    values[np.arange(n), most] = 1
    shares = pd.DataFrame(values, [f"id{i}" for i in range(n)], columns=[f"topic {k:02d}" for k in range(30)])
    artists = pd.DataFrame(
        {
            "artist_id": shares.index,
            "name": [f"artist {i}" for i in range(n)],
            "genres": [[f"genre {k:02d}"] for k in most],
        }
    )
    figure = artist_map(artists, rng.normal(size=(n, 2)), topic_shares=shares)
    return write_html(figure, tmp_path_factory.mktemp("colors") / "map.html")


@pytest.mark.parametrize("key", ["genre", "topic"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_two_classes_share_a_color(visit, long_lists, key, scheme):
    page = visit(long_lists, f"#color={key}", color_scheme=scheme)
    classes = page.evaluate(CLASSES)
    colored = [one["color"] for one in classes[1:] if not one.get("other")]
    assert len(colored) == len(set(colored)) == 8
    assert classes[0]["color"] not in colored
    assert {one["color"] for one in classes if one.get("other")} == {classes[0]["color"]}
    assert [one["count"] for one in classes[1:9]] == sorted(
        (one["count"] for one in classes[1:]), reverse=True
    )[:8], "the largest have the colors"
    layers = page.evaluate(LAYERS)
    assert sum(count for _, count in layers) == 600
    assert len(layers) == 9, "the gray rest is one layer"


def test_a_gray_class_gets_a_color_in_exchange_for_the_smallest(visit, long_lists):
    page = visit(long_lists, "#color=topic")
    before = page.evaluate(CLASSES)
    page.click("#legend .legend-fold")
    wanted = page.locator("#legend .legend-other button").nth(3)
    label = wanted.locator(".legend-name").inner_text()
    wanted.click()
    after = page.evaluate(CLASSES)
    assert [one["label"] for one in after] == [one["label"] for one in before], "numbers in the address stay"
    (code,) = [i for i, one in enumerate(after) if one["label"] == label]
    assert after[code]["color"] == before[8]["color"]
    assert after[8].get("other")
    colored = [one["color"] for one in after[1:] if not one.get("other")]
    assert len(set(colored)) == 8
    assert page.evaluate("bandscape.filters.countShown()") == after[code]["count"]
    assert page.evaluate("document.activeElement.textContent").startswith(label), "the keyboard stays on it"
    page.click("#theme")
    repainted = page.evaluate(CLASSES)
    assert not repainted[code].get("other"), "the other theme keeps the choice"


def test_a_link_to_a_gray_class_gives_it_its_color(visit, long_lists):
    page = visit(long_lists, "#color=topic&class=12")
    classes = page.evaluate(CLASSES)
    assert not classes[12].get("other")
    assert classes[12]["color"] != classes[0]["color"]
    layers = page.evaluate(LAYERS)
    assert [count for color, count in layers if color == classes[12]["color"]] == [classes[12]["count"]]
    assert "class=12" in page.url


def test_a_short_list_has_no_gray_rest(visit, small_map, tmp_path):
    page = visit(write_html(small_map, tmp_path / "map.html"))
    assert page.locator("#legend .legend-fold").count() == 0
    assert not any(one.get("other") for one in page.evaluate(CLASSES))
