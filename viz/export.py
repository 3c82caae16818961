"""One offline HTML file out of a map or a Plotly figure: nothing is fetched, nothing in the data is executed.

Scripts are admitted by their hash, and the page may not open any connection; data stand in a script element of
type application/json, which browsers never run. Public functions: :func:`write_html`, :func:`map_page`,
:func:`figure_page`.
"""

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plotly.offline import get_plotlyjs

from ..core.errors import ParameterError
from ..core.replacement import replace_file

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from .maps import ArtistMap

# In the order they are joined: each file adds one part to the object `bandscape`, main.js starts the page.
MAP_SCRIPTS = (
    "namespace.js",
    "dom.js",
    "data.js",
    "entities.js",
    "query_parser.js",
    "vector_math.js",
    "suggestions.js",
    "coloring.js",
    "filters.js",
    "camera.js",
    "chart.js",
    "labels.js",
    "captions.js",
    "overlay.js",
    "tooltip.js",
    "legend.js",
    "histogram.js",
    "artist_card.js",
    "answers.js",
    "guide.js",
    "drawer.js",
    "table.js",
    "download.js",
    "search_bar.js",
    "theme.js",
    "deep_link.js",
    "keyboard.js",
    "main.js",
)
MAP_STYLES = ("tokens.css", "page.css", "panels.css", "narrow.css")


def write_html(figure: "ArtistMap | go.Figure", path: str | Path) -> Path:
    """Write a map or a figure as one file that works offline, from a disk, for years.

    Parameters
    ----------
    figure : ArtistMap or plotly Figure
    path : str or Path
        Written beside and renamed: an interrupted write leaves the old file.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ParameterError
        If ``figure`` is something else.
    """
    payload = getattr(figure, "payload", None)
    if payload is not None:
        page = map_page(payload)
    elif hasattr(figure, "to_plotly_json"):
        page = figure_page(figure)  # pyright: ignore[reportArgumentType]
    else:
        raise ParameterError(f"figure must be an ArtistMap or a plotly Figure; got {type(figure).__name__}")
    with replace_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    return Path(path)


def map_page(payload: dict[str, Any]) -> str:
    """Return the map page of a payload."""
    return _page("map.html", str(payload["title"]), payload, MAP_STYLES, _joined(MAP_SCRIPTS))


def figure_page(figure: "go.Figure") -> str:
    """Return a page with nothing but one Plotly figure."""
    title = str(figure.layout.title.text or "figure")  # pyright: ignore[reportAttributeAccessIssue]
    return _page(
        "figure.html", title, json.loads(figure.to_json() or "{}"), ("tokens.css",), _joined(("figure.js",))
    )


def inert_json(value: Any) -> str:
    """Return JSON that cannot end its script element, open a comment, or break a line in JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _page(template: str, title: str, data: Any, styles: tuple[str, ...], script: str) -> str:
    plotly = _plotly_script()
    policy = (
        "default-src 'none'; "
        # Plotly's WebGL layer compiles its drawing commands with Function(); without this it draws nothing
        f"script-src {_hash_source(plotly)} {_hash_source(script)} 'unsafe-eval'; "
        "style-src 'unsafe-inline'; img-src data: blob:; "  # Plotly sets styles and may draw to data images
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "title": html.escape(title),
        "policy": html.escape(policy, quote=False),
        "styles": _joined(styles),
        "data": inert_json(data),
        "plotly": plotly,
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _asset(template))


def _hash_source(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _plotly_script() -> str:
    return _script_safe(get_plotlyjs())


@cache
def _joined(names: tuple[str, ...]) -> str:
    return _script_safe("\n".join(_asset(name) for name in names))


def _script_safe(text: str) -> str:
    """Normalize line ends, which the browser does before it hashes, and refuse what would end the element."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if re.search(r"</script|</style|<!--", text, re.IGNORECASE):
        raise ParameterError("an asset of the map page holds a closing tag; the page would be cut there")
    return text


def _asset(name: str) -> str:
    return (files(__package__ or "bandscape.viz") / "assets" / name).read_text(encoding="utf-8")
