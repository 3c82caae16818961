"""What the page says about itself is true, and its parts do not contradict one another."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, lay_out, write_html

BOX_TOUCHES = "(a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom"


def clusters_of(artists: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    codes = np.arange(len(artists)) % len(names)
    return pd.DataFrame(
        {
            "artist_id": artists["artist_id"],
            "cluster": codes,
            "cluster_name": [f"like {names[code]}" for code in codes],
            "layout_cluster": codes,
            "layout_cluster_name": [names[code] for code in codes],
        }
    )


@pytest.fixture(scope="module")
def rough_map(corpus):
    """Give the small corpus a layout that keeps few neighbors but brings no strangers near."""
    artists, matrix = corpus
    layout = lay_out(matrix, method="sklearn")
    kept = np.tile(np.array([0.2, 0.4, 0.4, 0.8], np.float32), len(artists) // 4)
    return artists, matrix, replace(layout, trustworthiness=0.994, neighbor_kept=kept)


def test_two_trust_figures_tell_one_story(visit, rough_map, tmp_path):
    artists, matrix, layout = rough_map
    page = visit(write_html(artist_map(artists, layout, matrix), tmp_path / "map.html"))
    assert page.inner_text("#trust") == "4.5 of 10 nearest dots are true neighbors"
    guide = page.inner_text("#drawer")
    assert "Of the 10 dots nearest to an artist, 4.5 are, on average, among its 10 nearest by vector" in guide
    others = round(10 + (1 - 0.994) * (2 * 240 - 3 * 10 - 1) / 2 / (1 - 0.45))  # follows from the two figures
    assert f"the others are about its {others}th nearest of 240, so still near it" in guide
    assert "Trustworthiness, for the literature: 0.994" in guide
    for index, kept, verdict in [(0, 2, "below"), (1, 4, "around"), (3, 8, "above")]:
        page.evaluate("index => bandscape.events.emit('artist', { index, from: 'list' })", index)
        card = page.inner_text("#drawer")
        assert f"{kept} of its 10 nearest dots" in card
        assert f"{verdict} this map’s average (4.5)" in card


@pytest.mark.parametrize(
    ("trust", "kept", "advice"),
    [
        (0.999, 0.97, "believe the map even for who comes next to whom"),
        (0.98, 0.5, "Believe the map for the neighborhood an artist belongs to"),
        (0.6, 0.1, "which may be another kind altogether"),
    ],
)
def test_the_advice_follows_the_figures(visit, rough_map, tmp_path, trust, kept, advice):
    artists, matrix, layout = rough_map
    kept = np.full(len(artists), kept, np.float32)
    layout = replace(layout, trustworthiness=trust, neighbor_kept=kept)
    page = visit(write_html(artist_map(artists, layout, matrix), tmp_path / "map.html"))
    assert advice in page.inner_text("#drawer")
    assert advice in page.get_attribute("#trust", "title")


def test_a_layout_that_was_not_measured_claims_nothing(visit, corpus, tmp_path):
    artists, matrix = corpus
    page = visit(write_html(artist_map(artists, matrix[:, :2], matrix), tmp_path / "map.html"))
    assert page.inner_text("#trust") == "trust not measured"
    assert "not measured" in page.inner_text("#drawer")
    assert "artists that the given places put side by side" in page.inner_text("#drawer")
    page.evaluate("bandscape.events.emit('artist', { index: 0, from: 'list' })")
    assert "nearest dots" not in page.inner_text("#drawer")


def test_the_guide_says_what_nearness_rests_on(visit, rough_map, tmp_path):
    artists, matrix, layout = rough_map
    assert (
        artist_map(artists, layout, matrix).payload["basis"]
        == "mostly artists whose vectors point the same way"
    )
    said = "artists with <b>like</b> genres, scores, labels and years"
    page = visit(write_html(artist_map(artists, layout, matrix, basis=said), tmp_path / "map.html"))
    assert f"Dots that lie together are {said}." in page.inner_text("#drawer")


def test_the_card_names_one_group_and_says_how_it_was_found(visit, rough_map, tmp_path):
    artists, matrix, layout = rough_map
    groups = clusters_of(artists, ["rock", "electronic", "jazz", "metal"])
    page = visit(write_html(artist_map(artists, layout, matrix, clusters=groups), tmp_path / "both.html"))
    assert "captions name parts of the picture" in page.inner_text("#drawer")
    page.evaluate("bandscape.events.emit('artist', { index: 1, from: 'list' })")
    facts = page.inner_text("#drawer .facts")
    assert re.search(r"cluster\s+like electronic\s+found on the vectors", facts)
    assert "region" not in facts
    page = visit(write_html(artist_map(artists, layout, matrix), tmp_path / "regions.html"))
    page.evaluate("bandscape.events.emit('artist', { index: 1, from: 'list' })")
    assert "a part of this picture" in page.inner_text("#drawer .facts")


def test_like_regions_share_one_caption_and_none_crosses_a_name(visit, corpus, tmp_path):
    artists, matrix = corpus
    layout = lay_out(matrix, method="sklearn")
    groups = clusters_of(artists, ["rock, near a", "jazz (b)", "rock, near c", "no genre given, near d"] * 2)
    groups["layout_cluster"] = layout.coordinates[:, 0].argsort().argsort() * 8 // len(artists)
    names = ["rock, near a", "jazz (b)", "rock (c)", "no genre given, near d", "rock", "no genre given (e)"]
    groups["layout_cluster_name"] = [[*names, "metal", "jazz"][code] for code in groups["layout_cluster"]]
    artists = artists.assign(genres=[[] for _ in range(len(artists))])
    for size in ((1280, 800), (390, 844)):
        page = visit(
            write_html(artist_map(artists, layout, matrix, clusters=groups), tmp_path / "map.html"),
            viewport={"width": size[0], "height": size[1]},
        )
        page.wait_for_function("bandscape.overlay.shown().regions.length > 0")
        shown = page.evaluate("bandscape.overlay.shown()")
        said = [" ".join(line["text"] for line in one["lines"]) for one in shown["regions"]]
        assert len(said) == len(set(said))
        assert set(said) <= {"rock", "jazz", "metal", "no genre given"}
        assert "near" not in " ".join(said), "the artist's own name stands on the map"
        for region in shown["regions"]:
            for one in shown["names"]:
                assert not page.evaluate(f"([a, b]) => ({BOX_TOUCHES})(a, b)", [region["box"], one["box"]])


def test_captions_of_what_the_filters_leave_out_step_back(visit, corpus, tmp_path):
    artists, matrix = corpus
    layout = lay_out(matrix, method="sklearn")
    page = visit(write_html(artist_map(artists, layout, matrix), tmp_path / "map.html"))
    page.wait_for_function("bandscape.overlay.shown().regions.length > 1")
    faint = "bandscape.overlay.shown().regions.map(({ name, faint }) => [name, faint])"
    assert not any(is_faint for _, is_faint in page.evaluate(faint))
    rows = [row for row, own in enumerate(artists["genres"]) if own == ["jazz"]]
    page.evaluate("rows => bandscape.filters.set('lasso', new Set(rows))", rows)
    page.wait_for_function("bandscape.overlay.shown().regions.some(({ faint }) => faint)")
    assert all(is_faint == ("jazz" not in name) for name, is_faint in page.evaluate(faint))
    page.evaluate("bandscape.filters.clear()")
    page.wait_for_function("bandscape.overlay.shown().regions.every(({ faint }) => !faint)")


def test_a_mixed_caption_stands_clear_of_another_island(visit, tmp_path):
    rng = np.random.default_rng(0)
    islands = {"metal": (0, 0), "folk/country": (28, 0), "rock": (0, 90), "jazz": (90, 90)}
    label = np.repeat(list(islands), 150)
    places = np.array([islands[one] for one in label]) + rng.normal(size=(600, 2)) * 4
    artists = pd.DataFrame(
        {
            "artist_id": np.arange(600).astype(str),
            "name": [f"n{i}" for i in range(600)],
            "genres": [[one] for one in label],
        }
    )
    named = {
        "metal": (0, "mixed: global, folk/country"),
        "folk/country": (0, ""),
        "rock": (1, "rock"),
        "jazz": (2, "jazz"),
    }
    groups = pd.DataFrame(
        {"artist_id": artists["artist_id"], "layout_cluster": [named[one][0] for one in label]}
    )
    groups["layout_cluster_name"] = groups["layout_cluster"].map({0: named["metal"][1], 1: "rock", 2: "jazz"})
    page = visit(write_html(artist_map(artists, places, clusters=groups), tmp_path / "map.html"))
    page.wait_for_function("bandscape.overlay.shown().regions.length > 0")
    shown = {one["name"]: one["box"] for one in page.evaluate("bandscape.overlay.shown().regions")}
    assert set(shown) == {"mixed: global, folk/country", "rock", "jazz"}
    count = """([box, genre]) => [...bandscape.data.names.keys()].filter(i => {
      const [x, y] = bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i]);
      return bandscape.data.genresOf(i)[0] === genre && x > box.left && x < box.right && y > box.top && y < box.bottom;
    }).length"""
    box = shown["mixed: global, folk/country"]
    own, foreign = (page.evaluate(count, [box, genre]) for genre in ("folk/country", "metal"))
    assert own > 0
    assert foreign <= 0.2 * (own + foreign)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_a_small_map_names_every_artist_and_captions_cover_nothing(visit, corpus, tmp_path, size):
    artists, matrix = (part[:17] for part in corpus)
    groups = clusters_of(artists, ["rock", "electronic", "jazz", "metal"])
    figure = artist_map(artists, lay_out(matrix), matrix, clusters=groups)
    page = visit(write_html(figure, tmp_path / "map.html"), viewport={"width": size[0], "height": size[1]})
    page.wait_for_function("bandscape.overlay.shown().names.length > 0")
    shown = page.evaluate("bandscape.overlay.shown()")
    assert {one["index"] for one in shown["names"]} == set(range(17))
    dots = page.evaluate(
        "[...bandscape.data.names.keys()].map(i => bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i]))"
    )
    for region in shown["regions"]:
        box = region["box"]
        assert not any(box["left"] < x < box["right"] and box["top"] < y < box["bottom"] for x, y in dots)
        for one in shown["names"]:
            assert not page.evaluate(f"([a, b]) => ({BOX_TOUCHES})(a, b)", [box, one["box"]])


def test_on_a_phone_nothing_covers_the_pages_of_the_table(visit, rough_map, tmp_path):
    artists, matrix, layout = rough_map
    page = visit(
        write_html(artist_map(artists, layout, matrix), tmp_path / "map.html"),
        viewport={"width": 390, "height": 844},
        has_touch=True,
    )
    page.tap("#table-open")
    for part in page.locator("#table-pager > *").all():
        box = part.bounding_box()
        for x in (box["x"] + 2, box["x"] + box["width"] - 2):
            on_top = page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y).closest('#table-pager') !== null",
                [x, box["y"] + box["height"] / 2],
            )
            assert on_top, part.inner_text()
    page.tap("#table-pager button:last-child")
    assert "page 2 of" in page.inner_text("#table-pager")
