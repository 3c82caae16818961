import base64
import gzip
import hashlib
import json
import re
from contextlib import contextmanager
from pathlib import Path

import plotly.graph_objects as go
import pytest

from bandscape.core.errors import ParameterError
from bandscape.core.replacement import replace_file
from bandscape.viz import artist_map, export, lay_out, write_html
from bandscape.viz.pages import PAGES, PARTS, inert_json
from bandscape.viz.palette import PALETTES

ASSETS = Path(export.__file__).parent / "assets"
# what runs at once, and Plotly, which the page runs itself when the first dots are painted
SCRIPT = re.compile(r'<script(?: type="text/plain" id="plotly-source")?>(.*?)</script>', re.DOTALL)
PACKED = re.compile(r"[A-Za-z0-9+/=]+")


def test_every_script_is_admitted_by_its_hash_and_nothing_else_is(small_map):
    page = small_map.page()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'")
    scripts = SCRIPT.findall(page)
    assert len(scripts) == 2
    packed = scripts[-1]
    assert PACKED.fullmatch(packed)
    plotly = gzip.decompress(base64.b64decode(packed)).decode()
    assert "plotly.js" in plotly
    for script in [*scripts[:-1], plotly]:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.search(r"script-src[^;]*(unsafe-inline|https?:|data:|\*)", policy)
    assert "connect-src" not in policy, "default-src 'none' forbids every connection"


def test_nothing_in_the_page_is_loaded_from_elsewhere(small_map):
    page = SCRIPT.sub("", small_map.page())
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert "url(http" not in page
    assert "@import" not in page


def test_hostile_text_stays_inside_its_element(hostile_map):
    page = hostile_map.page()
    in_scripts = sum(script.count("<script") for script in SCRIPT.findall(page))
    assert page.count("<script") == 3 + in_scripts
    data = re.search(r'id="bandscape-data">(.*?)</script>', page, re.DOTALL)[1]
    assert "<" not in data
    assert json.loads(data)["names"][0] == "<script>document.title='owned'</script>"
    assert "<title>&lt;/title&gt;&lt;script&gt;" in page
    assert len(page) < 6_000_000


def test_inert_json_says_the_same():
    value = {"a": "</script><!-- \u2028 & 'x' \"y\" 😀", "b": [1.5, None, True]}
    assert json.loads(inert_json(value)) == value
    assert not set("<>&\u2028") & set(inert_json(value))
    with pytest.raises(ValueError, match="not JSON compliant"):
        inert_json(float("nan"))


def test_marks_of_the_template_in_data_are_left_alone(corpus):
    artists, matrix = corpus
    page = artist_map(artists, lay_out(matrix[: len(artists)]), title="{{plotly}} {{script}}").page()
    assert "<title>{{plotly}} {{script}}</title>" in page


def test_the_file_is_replaced_whole(small_map, tmp_path, monkeypatch):
    target = tmp_path / "map.html"
    assert write_html(small_map, target) == target
    assert target.read_text(encoding="utf-8") == small_map.page()
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]

    @contextmanager
    def broken(path):
        with replace_file(path) as temporary:
            temporary.write_text("half of it")
            raise RuntimeError("stop")
            yield

    monkeypatch.setattr(export, "replace_file", broken)
    with pytest.raises(RuntimeError):
        write_html(small_map, target)
    assert target.stat().st_size > 1_000_000


def test_other_things_are_not_written(tmp_path):
    with pytest.raises(ParameterError, match="plotly Figure; got str"):
        write_html("map", tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_gets_the_page_in_a_frame(small_map):
    frame = small_map._repr_html_()
    assert frame.startswith("<iframe")
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert "<script" not in frame


def test_every_asset_is_used_and_exists():
    used = {name for page in PAGES.values() for name in (page.template, *page.styles, *page.scripts)}
    used |= {f"shared/{part}.html" for part in PARTS}
    assert used == {path.relative_to(ASSETS).as_posix() for path in ASSETS.glob("*/*")}


@pytest.mark.parametrize("name", sorted({name for page in PAGES.values() for name in page.scripts}))
def test_scripts_only_insert_text(name):
    source = (ASSETS / name).read_text(encoding="utf-8")
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, source)


def test_no_page_that_is_a_file_asks_anybody_for_anything():
    asking = {
        path.relative_to(ASSETS).as_posix()
        for path in ASSETS.glob("*/*.js")
        if re.search(
            r"fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon", path.read_text(encoding="utf-8")
        )
    }
    assert asking == {"map/served.js"}, "the explorer's large map asks its own server"
    assert {kind for kind, page in PAGES.items() if asking & set(page.scripts)} == {"served map"}


def test_the_figure_page_holds_the_figure(tmp_path):
    write_html(go.Figure(go.Scatter(x=[1], y=[2], text=["</script>"])), tmp_path / "f.html")
    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="bandscape-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["data"][0]["text"] == ["</script>"]
    assert "<title>figure</title>" in page
    write_html(go.Figure(layout={"title": {"text": "Cans & Sons"}}), tmp_path / "f.html")
    assert "<title>Cans &amp; Sons</title>" in (tmp_path / "f.html").read_text(encoding="utf-8")


def luminance(color):
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colors_are_seen_on_their_ground(theme):
    palette = PALETTES[theme]
    assert contrast(palette["ink"], palette["paper"]) > 12
    assert contrast(palette["accent"], palette["paper"]) > 4.5
    assert min(contrast(color, palette["paper"]) for color in palette["categories"]) > 1.7
    assert len(set(palette["categories"])) == 10
    steps = [luminance(color) for color in palette["ramp"]]
    assert steps == sorted(steps, reverse=theme == "light"), "the ramp goes one way"


def test_the_style_sheet_and_the_palette_agree():
    tokens = (ASSETS / "shared" / "tokens.css").read_text(encoding="utf-8").upper()
    for theme in ("light", "dark"):
        for key in ("paper", "ink"):
            assert PALETTES[theme][key] in tokens
