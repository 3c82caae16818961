"""The page of sounds: what it is given, and what it does in a browser."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.viz import lay_out, sound_map, write_html
from bandscape.viz.neighbors import exact_neighbors

from .conftest import HOSTILE_NAMES

N, N_PLACED = 60, 4


def make_sounds():
    rng = np.random.default_rng(0)
    kind = np.arange(N + N_PLACED) % 3
    matrix = rng.normal(size=(3, 6))[kind] * 4 + rng.normal(size=(N + N_PLACED, 6))
    table = pd.DataFrame(
        {
            "track_id": [f"kit/{i:02d}.wav" for i in range(N + N_PLACED)],
            "class": [None if i % 10 == 9 else ("kick", "snare", "hat")[k] for i, k in enumerate(kind)],
            "cluster": ["dark", "bright", "noisy"] * 21 + ["dark"],
            "folder": None,
            "duration_s": rng.uniform(0.1, 2, N + N_PLACED),
            "brightness_hz": np.linspace(100, 6000, N + N_PLACED),
        }
    )
    return table, matrix


def mp3(hz):
    written = io.BytesIO()
    wave = 0.3 * np.sin(2 * np.pi * hz * np.arange(10 * 22_050) / 22_050)
    soundfile.write(written, wave, 22_050, format="MP3", subtype="MPEG_LAYER_III")
    return written.getvalue()


def make_map(table, matrix, **options):
    layout = lay_out(matrix[:N], method="pca", metric="euclidean")
    placed = layout.coordinates[:N_PLACED] + 0.1
    near = exact_neighbors(matrix, 5)[0]
    return sound_map(table, layout, near, placed=placed, features="learned codes", **options)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    table, matrix = make_sounds()
    figures = [
        {"name": "learned codes", "knn": 0.987, "map_knn": 0.98, "trustworthiness": 0.95, "shown": True},
        {"name": "MFCC", "knn": 0.9, "map_knn": None, "trustworthiness": 0.94, "shown": False},
    ]
    players = {table["track_id"][i]: mp3(200 + 20 * i) for i in range(N)}
    made = make_map(table, matrix, players=players, figures=figures, title="Kit")
    return write_html(made, tmp_path_factory.mktemp("sounds") / "map.html")


@pytest.fixture
def page(visit, page_file):
    return visit(page_file)


def test_the_payload_says_groups_measures_and_what_can_be_heard():
    table, matrix = make_sounds()
    payload = make_map(table, matrix, players={"kit/00.wav": b"x", "other": b"y"}).payload
    assert list(payload["groups"]) == ["class", "cluster"]  # no folder is known
    assert payload["groups"]["class"]["names"] == ["hat", "kick", "snare"]
    assert [one["key"] for one in payload["measures"]] == ["duration_s", "brightness_hz"]
    assert list(payload["sounds"]) == ["0"]
    assert payload["subtitle"] == "64 sounds, 4 of them placed later, 1 can be heard"


def test_tables_that_do_not_fit_are_refused():
    table, matrix = make_sounds()
    layout = lay_out(matrix, method="pca")
    near = exact_neighbors(matrix, 5)[0]
    with pytest.raises(SchemaError, match="track_id"):
        sound_map(table.drop(columns="track_id"), layout, near)
    with pytest.raises(SchemaError, match="there twice"):
        sound_map(table.assign(track_id="x"), layout, near)
    with pytest.raises(ParameterError, match="a row a place"):
        sound_map(table[:-1], layout, near)
    with pytest.raises(ParameterError, match="neighbors must have 64 rows"):
        sound_map(table, layout, near[:-1])
    with pytest.raises(ParameterError, match="outlines must be"):
        sound_map(table, layout, near, outlines=np.zeros((64, 3), np.uint8))


COUNT_BEGINNINGS = """() => {
  const { play } = HTMLMediaElement.prototype;
  window.beginning = 0;
  HTMLMediaElement.prototype.play = function () {
    const begun = play.call(this);
    const settled = () => setTimeout(() => window.beginning--); // after the page has heard of it
    window.beginning++;
    begun.then(settled, settled);
    return begun;
  };
}"""


def until(page, condition):
    """Wait for a condition; the page's policy forbids waiting in the page."""
    for _ in range(2400):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not within two minutes: {condition}")


def next_sound(page, *, but):
    """Return the sound that plays once one other than ``but`` does."""
    until(page, f"![null, {json.dumps(but)}].includes(bandscape.sound.playing())")
    return page.evaluate("bandscape.sound.playing()")


def test_a_sound_that_cuts_another_off_goes_on(page):
    page.mouse.click(5, 5)  # browsers play nothing before a press
    page.evaluate(COUNT_BEGINNINGS)
    page.evaluate("() => { bandscape.sound.play(3); bandscape.sound.play(4); }")
    until(page, "window.beginning === 0")
    assert page.evaluate("bandscape.sound.playing()") == 4
    page.evaluate("() => { bandscape.sound.play(5); bandscape.sound.stop(); }")
    until(page, "window.beginning === 0")
    assert page.evaluate("bandscape.sound.playing()") is None
    assert "could not play" not in page.inner_text("body")


def test_a_click_opens_a_card_and_plays_and_a_second_sound_stops_the_first(page):
    x, y = page.evaluate("bandscape.planeCamera.project(bandscape.data.x[7], bandscape.data.y[7])")
    box = page.locator("#picture").bounding_box()
    found = page.evaluate(f"bandscape.soundsPicture.at({x}, {y})")
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert page.inner_text("#drawer h2") == f"kit/{found:02d}.wav"
    assert next_sound(page, but=None) == found
    page.locator("#drawer .row-button").first.click()
    other = next_sound(page, but=found)
    assert page.inner_text("#drawer h2") == f"kit/{other:02d}.wav"
    assert f"sound=kit%2F{other:02d}.wav" in page.evaluate("location.hash")


def test_arrows_walk_and_play_and_enter_opens(page):
    page.focus("#canvas")
    page.keyboard.press("ArrowRight")
    first = page.evaluate("bandscape.sound.playing()")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("bandscape.soundsPicture.marks.hovered")
    assert second != first
    assert page.evaluate(f"bandscape.data.x[{second}] > bandscape.data.x[{first}]")
    page.keyboard.press("Enter")
    assert page.inner_text("#drawer h2") == f"kit/{second:02d}.wav"
    page.focus("#canvas")
    page.keyboard.press("Escape")
    assert page.inner_text("#drawer h2") == "Listen your way through"
    assert page.evaluate("bandscape.sound.playing()") is None


def test_pointing_plays_only_when_asked_to(page):
    x, y = page.evaluate("bandscape.planeCamera.project(bandscape.data.x[3], bandscape.data.y[3])")
    box = page.locator("#picture").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    assert page.locator("#tooltip").is_visible()
    assert page.evaluate("bandscape.sound.playing()") is None
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.keyboard.press("h")
    assert page.get_attribute("#hover-plays", "aria-pressed") == "true"
    page.mouse.move(box["x"] + x, box["y"] + y)
    next_sound(page, but=None)


def test_colors_search_and_legend_show_parts(page):
    assert page.locator("#legend li").count() == 4  # three classes, and no label
    page.select_option("#color-by", "brightness_hz")
    assert page.locator("#legend li").count() == 8
    assert page.locator("#legend li").first.inner_text().startswith("below")
    page.select_option("#color-by", "class")
    page.locator("#legend button").first.click()
    shown = page.evaluate("bandscape.data.countShown()")
    assert shown < N
    assert f"{shown} of 64 sounds" in page.inner_text("#shown-count")
    page.click("#clear-filters")
    page.fill("#search", "kit/0")
    assert page.evaluate("bandscape.data.countShown()") == 10
    page.fill("#search", "07 KIT")  # words in any order
    assert page.evaluate("bandscape.data.countShown()") == 1
    assert page.locator("#suggestions li").all_inner_texts()[0].startswith("kit/07.wav")
    page.fill("#search", "kit nowhere")
    assert page.inner_text("#shown-count") == "nothing found: 0 of 64 sounds"
    page.fill("#search", "snare")
    assert page.evaluate("bandscape.data.countShown()") > 10
    page.keyboard.press("ArrowDown")  # the class itself is offered before its sounds, and colors them
    page.keyboard.press("Enter")
    assert page.input_value("#search") == ""
    assert page.locator("#legend button[aria-pressed=true] bdi").inner_text() == "snare"
    page.click("#clear-filters")
    page.fill("#search", "kit/07")
    page.locator("#suggestions li").first.click()
    assert page.inner_text("#drawer h2") == "kit/07.wav"


def test_the_table_has_all_sounds_and_opens_them(page):
    page.keyboard.press("t")
    assert page.inner_text("#table-title") == "64 sounds"
    page.locator("#table-head button", has_text="brightness").click()
    page.locator("#table-body button").first.click()
    assert page.inner_text("#drawer h2") == "kit/63.wav"
    assert page.locator("#drawer .facts").inner_text().count("set later") == 1
    assert not page.locator("#table-panel").is_visible()


def test_both_feature_sets_stand_side_by_side(page):
    said = page.locator(".figures").inner_text()
    assert all(part in said for part in ("learned codes", "0.987", "MFCC", "0.900", "–"))


def test_figures_that_nobody_knows_have_no_column(visit, tmp_path):
    table, matrix = make_sounds()
    figures = [
        {"name": name, "knn": None, "map_knn": None, "trustworthiness": trust, "shown": trust > 0.94}
        for name, trust in (("learned codes", 0.95), ("MFCC", 0.94))
    ]
    made = make_map(table.drop(columns="class"), matrix, figures=figures, figures_say="Trust: near dots.")
    page = visit(write_html(made, tmp_path / "bare.html"))
    said = page.locator(".figures").inner_text()
    assert said.split() == ["features", "trust", "learned", "codes", "0.950", "MFCC", "0.940"]


def test_names_full_of_markup_stay_names(visit, tmp_path):
    table, matrix = make_sounds()
    table.loc[: len(HOSTILE_NAMES) - 1, "track_id"] = [f"{name}{i}" for i, name in enumerate(HOSTILE_NAMES)]
    table["class"] = "<img src=x onerror=\"document.title='owned'\">"
    page = visit(write_html(make_map(table, matrix, title="</script>x"), tmp_path / "m.html"))
    page.keyboard.press("t")
    assert page.title() != "owned"
    assert page.locator("#table-body img").count() == 0
