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
        the names of :data:`PARTS` stand for files in ``shared/``, in which most of these are.
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


_BASE_STYLES = ("shared/tokens.css", "shared/controls.css", "shared/head.css")

PARTS = ("head", "titles", "theme", "table", "foot")  # what templates have in common

PAGES: dict[str, Page] = {
    "map": Page(
        "map/map.html",
        (
            *_BASE_STYLES,
            "shared/search.css",
            "shared/suggestions.css",
            "shared/table.css",
            "shared/page.css",
            "shared/panels.css",
            "shared/narrow.css",
            "map/print.css",
        ),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "map/data.js",
            "map/usual_names.js",
            "map/entities.js",
            "map/query_parser.js",
            "map/vector_math.js",
            "map/history.js",
            "map/suggestions.js",
            "shared/color_classes.js",
            "map/coloring.js",
            "map/filters.js",
            "map/camera.js",
            "map/field.js",
            "map/chart.js",
            "shared/collision.js",
            "map/labels.js",
            "map/captions.js",
            "map/districts.js",
            "map/query_marks.js",
            "map/overlay.js",
            "shared/tooltip_place.js",
            "map/tooltip.js",
            "shared/legend_rows.js",
            "map/legend.js",
            "map/histogram.js",
            "map/reviews_filter.js",
            "shared/sound.js",
            "map/listening.js",
            "map/artist_card.js",
            "map/verdict.js",
            "map/answers.js",
            "map/guide.js",
            "map/drawer.js",
            "shared/saving.js",
            "map/download.js",
            "shared/sortable_table.js",
            "map/traits.js",
            "map/table.js",
            "map/picture.js",
            "shared/combobox.js",
            "map/search_bar.js",
            "shared/theme.js",
            "shared/address.js",
            "map/deep_link.js",
            "map/keyboard.js",
            "map/main.js",
        ),
        plotly="packed",
    ),
    "topics": Page(
        "topics/topics.html",
        (
            *_BASE_STYLES,
            "shared/search.css",
            "shared/suggestions.css",
            "shared/table.css",
            "topics/topics.css",
        ),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/address.js",
            "shared/saving.js",
            "shared/collision.js",
            "shared/combobox.js",
            "shared/sortable_table.js",
            "shared/tooltip_place.js",
            "topics/topic_data.js",
            "topics/lambda.js",
            "shared/plane_camera.js",
            "topics/topic_labels.js",
            "topics/topic_picture.js",
            "topics/topic_cards.js",
            "topics/topic_search.js",
            "topics/topic_table.js",
            "topics/topic_keyboard.js",
            "shared/starting.js",
            "topics/topic_main.js",
        ),
    ),
    "evidence": Page(
        "evidence/evidence.html",
        ("shared/tokens.css", "shared/controls.css", "evidence/evidence.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/theme.js",
            "evidence/evidence_words.js",
            "evidence/evidence_documents.js",
            "evidence/evidence_legend.js",
            "evidence/evidence.js",
        ),
    ),
    "shares": Page(
        "charts/shares.html",
        (*_BASE_STYLES, "shared/search.css", "shared/table.css", "charts/charts.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/address.js",
            "shared/saving.js",
            "shared/sortable_table.js",
            "charts/line_chart.js",
            "charts/dot_chart.js",
            "charts/shares_data.js",
            "charts/shares_cards.js",
            "charts/shares_table.js",
            "shared/starting.js",
            "charts/shares_main.js",
        ),
    ),
    "trace": Page(
        "charts/trace.html",
        (*_BASE_STYLES, "shared/table.css", "charts/charts.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/address.js",
            "shared/saving.js",
            "charts/line_chart.js",
            "shared/starting.js",
            "charts/trace_main.js",
        ),
    ),
    "diff": Page(
        "charts/diff.html",
        (*_BASE_STYLES, "shared/search.css", "charts/charts.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/address.js",
            "shared/starting.js",
            "charts/diff_main.js",
        ),
    ),
    "comparison": Page(
        "comparison/comparison.html",
        (*_BASE_STYLES, "shared/search.css", "comparison/comparison.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/starting.js",
            "shared/saving.js",
            "comparison/comparison_main.js",
        ),
    ),
    "sounds": Page(
        "sounds/sounds.html",
        (
            *_BASE_STYLES,
            "shared/search.css",
            "shared/suggestions.css",
            "shared/table.css",
            "shared/page.css",
            "shared/panels.css",
            "shared/narrow.css",
            "sounds/sounds.css",
        ),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/address.js",
            "shared/saving.js",
            "shared/color_classes.js",
            "shared/sortable_table.js",
            "shared/tooltip_place.js",
            "shared/plane_camera.js",
            "shared/sound.js",
            "shared/combobox.js",
            "sounds/sounds_data.js",
            "shared/legend_rows.js",
            "sounds/sounds_coloring.js",
            "sounds/sounds_search.js",
            "sounds/sounds_picture.js",
            "sounds/sounds_card.js",
            "sounds/sounds_table.js",
            "sounds/sounds_keyboard.js",
            "shared/starting.js",
            "sounds/sounds_main.js",
        ),
    ),
    "judge": Page(
        "judge/judge.html",
        (*_BASE_STYLES, "judge/judge.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/saving.js",
            "shared/sound.js",
            "shared/starting.js",
            "judge/judge_main.js",
        ),
    ),
    "training": Page(
        "training/training.html",
        (*_BASE_STYLES, "training/training.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/starting.js",
            "training/training_main.js",
        ),
        plotly="script",
    ),
    "separation": Page(
        "separation/separation.html",
        (*_BASE_STYLES, "separation/separation.css"),
        (
            "shared/namespace.js",
            "shared/dom.js",
            "shared/unpacking.js",
            "shared/theme.js",
            "shared/starting.js",
            "separation/separation_main.js",
        ),
    ),
    "figure": Page("figure/figure.html", ("shared/tokens.css",), ("figure/figure.js",), plotly="script"),
}


_MAP = PAGES["map"]
PAGES["served map"] = replace(
    _MAP, scripts=(*_MAP.scripts[:-1], "map/loaded_rows.js", "map/served.js", _MAP.scripts[-1])
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
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _whole(page.template))


def _whole(template: str) -> str:
    """Return a template with the parts that it shares with others."""
    shared = {part: _asset(f"shared/{part}.html").rstrip() for part in PARTS}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: shared.get(match[1], match[0]), _asset(template))


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
