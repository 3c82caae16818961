"""One offline HTML file out of data and assets: nothing is fetched, nothing in the data is executed.

Scripts are admitted by their hash, and a page may not open any connection; data stand in a script element of
type application/json, which browsers never run. :data:`PAGES` says which files of ``assets/`` make which page.
Public names: :class:`OfflinePage`, :class:`Page`, :data:`PAGES`, :func:`make_page`, :func:`inert_json`, :func:`framed`,
:func:`shared_assets`.
"""

import base64
import gzip
import hashlib
import html
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from ..core.errors import ParameterError


@dataclass(frozen=True)
class Page:
    """The parts of one kind of page.

    Parameters
    ----------
    template : str
        An HTML file with ``{{title}}``, ``{{policy}}``, ``{{styles}}``, ``{{data}}``, ``{{plotly}}``, ``{{script}}``;
        ``{{head}}`` stands for the file :data:`HEAD`, in which the first three are.
    styles, scripts : tuple of str
        In the order they are joined: each script adds one part to the object ``bandscape``, the last one starts it.
    plotly : {"", "script", "packed"}
        Whether Plotly draws on it, which costs inline styles and ``eval``, and 4.8 MB as a script; "packed" is the
        gzip of the script in base64, 1.9 MB, which the page's own script unpacks and runs.
    """

    template: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    plotly: str = ""


_BASE_STYLES = ("tokens.css", "controls.css", "head.css")

HEAD = "head.html"  # what templates have in common; {{head}} in them

PAGES: dict[str, Page] = {
    "map": Page(
        "map.html",
        (
            *_BASE_STYLES,
            "search.css",
            "suggestions.css",
            "table.css",
            "page.css",
            "panels.css",
            "narrow.css",
            "print.css",
        ),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "data.js",
            "entities.js",
            "query_parser.js",
            "vector_math.js",
            "history.js",
            "suggestions.js",
            "color_classes.js",
            "coloring.js",
            "filters.js",
            "camera.js",
            "field.js",
            "chart.js",
            "collision.js",
            "labels.js",
            "captions.js",
            "query_marks.js",
            "overlay.js",
            "tooltip_place.js",
            "tooltip.js",
            "legend_rows.js",
            "legend.js",
            "histogram.js",
            "sound.js",
            "artist_card.js",
            "answers.js",
            "guide.js",
            "drawer.js",
            "saving.js",
            "download.js",
            "sortable_table.js",
            "table.js",
            "picture.js",
            "combobox.js",
            "search_bar.js",
            "theme.js",
            "address.js",
            "deep_link.js",
            "keyboard.js",
            "main.js",
        ),
        plotly="packed",
    ),
    "topics": Page(
        "topics.html",
        (*_BASE_STYLES, "search.css", "suggestions.css", "table.css", "topics.css"),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "address.js",
            "saving.js",
            "collision.js",
            "combobox.js",
            "sortable_table.js",
            "tooltip_place.js",
            "topic_data.js",
            "lambda.js",
            "plane_camera.js",
            "topic_labels.js",
            "topic_picture.js",
            "topic_cards.js",
            "topic_search.js",
            "topic_table.js",
            "topic_keyboard.js",
            "starting.js",
            "topic_main.js",
        ),
    ),
    "evidence": Page(
        "evidence.html",
        ("tokens.css", "controls.css", "evidence.css"),
        (
            "namespace.js",
            "dom.js",
            "theme.js",
            "evidence_words.js",
            "evidence_documents.js",
            "evidence_legend.js",
            "evidence.js",
        ),
    ),
    "shares": Page(
        "shares.html",
        (*_BASE_STYLES, "search.css", "table.css", "charts.css"),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "address.js",
            "saving.js",
            "sortable_table.js",
            "line_chart.js",
            "dot_chart.js",
            "shares_data.js",
            "shares_cards.js",
            "shares_table.js",
            "starting.js",
            "shares_main.js",
        ),
    ),
    "trace": Page(
        "trace.html",
        (*_BASE_STYLES, "table.css", "charts.css"),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "address.js",
            "saving.js",
            "line_chart.js",
            "starting.js",
            "trace_main.js",
        ),
    ),
    "diff": Page(
        "diff.html",
        (*_BASE_STYLES, "search.css", "charts.css"),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "address.js",
            "starting.js",
            "diff_main.js",
        ),
    ),
    "comparison": Page(
        "comparison.html",
        (*_BASE_STYLES, "search.css", "comparison.css"),
        ("namespace.js", "dom.js", "unpacking.js", "theme.js", "starting.js", "comparison_main.js"),
    ),
    "sounds": Page(
        "sounds.html",
        (
            *_BASE_STYLES,
            "search.css",
            "suggestions.css",
            "table.css",
            "page.css",
            "panels.css",
            "narrow.css",
            "sounds.css",
        ),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "address.js",
            "saving.js",
            "color_classes.js",
            "sortable_table.js",
            "tooltip_place.js",
            "plane_camera.js",
            "sound.js",
            "combobox.js",
            "sounds_data.js",
            "legend_rows.js",
            "sounds_coloring.js",
            "sounds_search.js",
            "sounds_picture.js",
            "sounds_card.js",
            "sounds_table.js",
            "sounds_keyboard.js",
            "starting.js",
            "sounds_main.js",
        ),
    ),
    "judge": Page(
        "judge.html",
        (*_BASE_STYLES, "judge.css"),
        (
            "namespace.js",
            "dom.js",
            "unpacking.js",
            "theme.js",
            "saving.js",
            "sound.js",
            "starting.js",
            "judge_main.js",
        ),
    ),
    "training": Page(
        "training.html",
        (*_BASE_STYLES, "training.css"),
        ("namespace.js", "dom.js", "unpacking.js", "theme.js", "starting.js", "training_main.js"),
        plotly="script",
    ),
    "separation": Page(
        "separation.html",
        (*_BASE_STYLES, "separation.css"),
        ("namespace.js", "dom.js", "unpacking.js", "theme.js", "starting.js", "separation_main.js"),
    ),
    "figure": Page("figure.html", ("tokens.css",), ("figure.js",), plotly="script"),
}


_MAP = PAGES["map"]
PAGES["served map"] = replace(
    _MAP, scripts=(*_MAP.scripts[:-1], "loaded_rows.js", "served.js", _MAP.scripts[-1])
)


class OfflinePage:
    """Data and the kind of page that draws them; :func:`bandscape.viz.write_html` writes it, a notebook shows it.

    Subclasses are dataclasses with a field ``payload``, all that the page is given, of which "title" is one.
    """

    kind: ClassVar[str]  # a key of PAGES
    caption: ClassVar[str]  # what screen readers call it in a notebook
    height_px: ClassVar[int] = 720
    payload: dict[str, Any]

    @property
    def title(self) -> str:
        """What the window is called."""
        return str(self.payload["title"])

    def page(self) -> str:
        """Return the page, one HTML file of its own."""
        return make_page(self.kind, self.title, self.payload)

    def _repr_html_(self) -> str:
        """Show the whole page in a notebook, in a frame that may run its own script and nothing else."""
        return framed(self.page(), self.caption, self.height_px)


def make_page(kind: str, title: str, data: Any, *, asks_its_server: bool = False) -> str:
    """Return a page of the given kind.

    Parameters
    ----------
    kind : str
        A key of :data:`PAGES`.
    title : str
        Escaped here.
    data : JSON-able value
        What the page's scripts find in the element ``bandscape-data``.
    asks_its_server : bool
        Whether it may open connections and play sounds, from where it came and nowhere else.

    Raises
    ------
    ValueError
        If the data hold NaN or an infinity.
    """
    page = PAGES[kind]
    script, styles = _joined(page.scripts), _joined(page.styles)
    plotly = _plotly_script() if page.plotly else ""
    carried = _packed_plotly() if page.plotly == "packed" else plotly
    policy = _policy_with_plotly(plotly, script) if page.plotly else _policy(script, styles)
    if asks_its_server:
        policy = policy.replace("media-src ", "media-src 'self' ") + "; connect-src 'self'"
    parts = {
        "title": html.escape(title),
        "policy": html.escape(policy, quote=False),
        "styles": styles,
        "data": inert_json(data),
        "plotly": carried,
        "script": script,
    }
    template = _asset(page.template).replace("{{head}}", _asset(HEAD).rstrip())
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def inert_json(value: Any) -> str:
    """Return JSON that cannot end its script element, open a comment, or break a line in JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def shared_assets(names: tuple[str, ...]) -> str:
    """Return files of ``assets/`` as one text, for pages that are put together elsewhere."""
    return _joined(names)


def framed(page: str, title: str, height: int = 720) -> str:
    """Return a whole page as a frame for a notebook; it may run its own script and nothing else.

    Parameters
    ----------
    page : str
    title : str
        Read by screen readers.
    height : int
        In pixels.
    """
    return (
        f'<iframe title="{html.escape(title)}" sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{height}px;border:0" srcdoc="{html.escape(page)}"></iframe>'
    )


def _policy(script: str, styles: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash_source(script)}; style-src {_hash_source(styles)}; "
        "img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _policy_with_plotly(plotly: str, script: str) -> str:
    return (
        "default-src 'none'; "
        # Plotly's WebGL layer compiles its drawing commands with Function(); without this it draws nothing
        f"script-src {_hash_source(plotly)} {_hash_source(script)} 'unsafe-eval'; "
        # Plotly sets styles and may draw to data images
        "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _plotly_script() -> str:
    from plotly.offline import get_plotlyjs

    return _element_safe(get_plotlyjs())


@cache
def _packed_plotly() -> str:
    return base64.b64encode(gzip.compress(_plotly_script().encode(), 9, mtime=0)).decode("ascii")


@cache
def _joined(names: tuple[str, ...]) -> str:
    return _element_safe(
        "\n".join(_lean(_asset(name)) if name.endswith(".js") else _asset(name) for name in names)
    )


def _lean(script: str) -> str:
    """Leave out the comment lines and the indentation: every page carries its scripts, and nobody reads them there."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _element_safe(text: str) -> str:
    """Normalize line ends, which the browser does before it hashes, and refuse what would end the element."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if re.search(r"</script|</style|<!--", text, re.IGNORECASE):
        raise ParameterError("an asset of the page holds a closing tag; the page would be cut there")
    return text


def _asset(name: str) -> str:
    return (files(__package__ or "bandscape.viz") / "assets" / name).read_text(encoding="utf-8")
