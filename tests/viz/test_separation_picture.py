"""The spectrogram colored by source: as a picture, and as a page in a browser."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from bandscape.core.errors import ParameterError
from bandscape.viz import write_html
from bandscape.viz.palette import PALETTES
from bandscape.viz.separation_page import separation_page
from bandscape.viz.separation_picture import nice_steps, paint_spectrogram, write_separation_png


def rgb(color):
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.fixture
def cells():
    """Two sources: low cells of the first half, high cells of the second."""
    levels = np.full((40, 20), -80.0)
    owners = np.zeros((40, 20), int)
    levels[:20, :10], levels[20:, 10:], owners[20:, 10:] = 0.0, -30.0, 1
    return levels, owners


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_cell_has_the_color_of_its_source_as_strong_as_it_is_loud(cells, theme):
    painted = paint_spectrogram(*cells, theme=theme)
    palette = PALETTES[theme]
    assert painted.shape == (20, 40, 3)
    assert painted[-1, 0].tolist() == rgb(palette["categories"][0])  # low is below
    assert painted[0, 0].tolist() == rgb(palette["paper"])
    middle = (np.array(rgb(palette["categories"][1])) + rgb(palette["paper"])) / 2
    np.testing.assert_allclose(painted[0, -1], middle, atol=1)


def test_the_picture_has_its_cells_axes_and_names(cells, tmp_path):
    shape = {"duration_s": 4.0, "highest_hz": 4000.0}
    path = write_separation_png(*cells, tmp_path / "s.png", names=["drums", "voice"], **shape)
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    paper = np.array(rgb(PALETTES["light"]["paper"]))
    first = np.array(rgb(PALETTES["light"]["categories"][0]))
    assert picture.shape == (520, 1440, 3)
    of_first = (picture == first).all(axis=2)
    assert of_first[300:440, 100:600].mean() > 0.9
    assert of_first[20:38, 72:90].all()  # the legend
    assert (picture[470:500] != paper).any()  # seconds below


def test_what_does_not_fit_is_refused(cells, tmp_path):
    levels, owners = cells
    with pytest.raises(ParameterError, match="one shape"):
        paint_spectrogram(levels[:-1], owners)
    with pytest.raises(ParameterError, match="within 0 to 9"):
        paint_spectrogram(levels, owners + 10)
    with pytest.raises(ParameterError, match="finite"):
        paint_spectrogram(np.full((40, 20), np.nan), owners)
    with pytest.raises(ParameterError, match="one for each source, 2; got 1"):
        separation_page(levels, owners, duration_s=1, highest_hz=4000, mixture=b"", sounds={"a": b""})


@pytest.mark.parametrize(
    ("reach", "most", "steps"),
    [
        (4.0, 10, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]),
        (4000, 4, [0, 1000, 2000, 3000, 4000]),
        (0.9, 3, [0, 0.5]),
    ],
)
def test_steps_of_axes_are_round(reach, most, steps):
    assert nice_steps(reach, most) == pytest.approx(steps)


def test_a_source_that_plays_is_alone_in_the_picture_and_a_click_moves_the_sound(cells, tmp_path, rng, visit):
    written = io.BytesIO()
    soundfile.write(written, rng.uniform(-0.1, 0.1, 16_000), 8000, format="WAV")
    sound = written.getvalue()
    picture = separation_page(
        *cells, duration_s=2.0, highest_hz=4000, mixture=sound, sounds={"drums": sound, "<b>voice": sound}
    )
    page = visit(write_html(picture, tmp_path / "s.html"))
    assert page.locator("audio").count() == 3
    assert page.locator("figcaption").all_inner_texts() == ["the mixture", "drums", "<b>voice"]
    pixel = """([x, y]) => Array.from(document.getElementById('picture').getContext('2d')
        .getImageData(x, y, 1, 1).data.slice(0, 3))"""
    first, paper = (rgb(PALETTES["light"][part] if at is None else PALETTES["light"][part][at])
                    for part, at in (("categories", 0), ("paper", None)))  # fmt: skip
    assert page.evaluate(pixel, [0, 19]) == first
    page.evaluate("bandscape.separation.show(1)")
    assert page.evaluate(pixel, [0, 19]) == paper
    page.evaluate("bandscape.separation.show(null)")
    assert page.evaluate(pixel, [0, 19]) == first
    for _ in range(2400):  # the page's policy forbids waiting in the page
        if page.evaluate("[...document.querySelectorAll('audio')].every((one) => one.readyState >= 1)"):
            break
        page.wait_for_timeout(50)
    box = page.locator("#sheet").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    assert page.evaluate("document.querySelector('audio').currentTime") == pytest.approx(1.0, abs=0.02)


def test_long_mixtures_are_thinned_to_the_loudest_of_neighbors():
    levels = np.full((5000, 8), -60.0)
    levels[4321, 3], owners = 0.0, np.zeros((5000, 8), int)
    owners[4321, 3] = 1
    page = separation_page(
        levels, owners, duration_s=40, highest_hz=4000, mixture=b"", sounds={"a": b"", "b": b""}
    )
    assert page.payload["frames"] == 1250
    assert page.page().count("data:audio/wav;base64,") == 3
