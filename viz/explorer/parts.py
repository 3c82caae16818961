"""Parts that several pages have: headings, tables, bars, forms, links that keep the rest of the address.

Public names: :func:`heading`, :func:`table`, :func:`histogram`, :func:`bar`, :func:`link`, :func:`pager`,
:func:`empty`, :func:`frame`, :func:`or_trouble`, :func:`names`, :func:`curve`, :func:`number_of`, :func:`percent`,
:func:`signed`, :func:`message`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from ...core.errors import BandscapeError, UnknownNameError, WorkspaceError
from .elements import Element, el, name_el

_WIDE = 8  # so few bars are wide enough for their labels to begin where they do


def heading(title: str, *below: Any) -> Element:
    """Return the top of a page: its title and a line in a quiet voice."""
    return el(
        "header",
        el("h1", title, tabindex="-1"),
        el("p", *below, cls="quiet lead") if below else None,
        cls="page-head",
    )


def link(page: str, asked: Mapping[str, Any] | None = None) -> str:
    """Return the address of a page; values that are None or empty are left out."""
    given = {key: str(value) for key, value in (asked or {}).items() if value not in (None, "")}
    return f"/{page}{'?' + urlencode(given, quote_via=quote) if given else ''}"


def table(
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Any]],
    *,
    label: str,
    cls: str = "",
    named_by: int = 0,
) -> Element:
    """Return a table in a box that scrolls sideways; columns are (heading, "left" or "right").

    ``named_by`` is the column that heads each row.
    """
    sides = ["number" if side == "right" else None for _, side in columns]
    head = [el("th", title, scope="col", cls=side) for (title, _), side in zip(columns, sides, strict=True)]
    body = [
        el(
            "tr",
            *[
                el(
                    "th" if at == named_by else "td",
                    cell,
                    cls=side,
                    scope="row" if at == named_by else None,
                )
                for at, (cell, side) in enumerate(zip(row, sides, strict=True))
            ],
        )
        for row in rows
    ]
    return el(
        "div",
        el("table", el("thead", el("tr", *head)), el("tbody", *body)),
        cls=f"table-box {cls}".strip(),
        role="region",
        tabindex="0",
        aria_label=label,
    )


def histogram(title: str, bars: Sequence[Mapping[str, Any]], note: str = "") -> Element:
    """Return upright bars with the few labels that the bars themselves ask for (``edge``)."""
    most = max((bar["count"] for bar in bars), default=0) or 1
    drawn = [
        el(
            "div",
            el("span", style={"height": f"{100 * bar['count'] / most:.1f}%"}, cls="column"),
            el("span", bar["edge"], cls="edge") if bar.get("edge") else None,
            title=f"{bar['label']}: {bar['count']:,}",
        )
        for bar in bars
    ]
    said = f"{title}: " + ", ".join(f"{bar['label']} {bar['count']:,}" for bar in bars if bar["count"])
    return el(
        "section",
        el("h2", title),
        el(
            "div",
            *drawn,
            cls="columns wide" if len(bars) <= _WIDE else "columns",
            role="img",
            aria_label=said[:2000],
        )
        if drawn
        else None,
        el("p", note, cls="quiet") if note else None,
        cls="histogram",
    )


def bar(part: float, cls: str = "") -> Element:
    """Return a lying bar, ``part`` of its box filled."""
    width = f"{100 * min(max(part, 0.0), 1.0):.1f}%"
    return el("span", el("span", style={"width": width}), cls=f"bar {cls}".strip(), aria_hidden="true")


def curve(
    values: Sequence[float | None], *, width: int = 120, height: int = 28, label: str = "", cls: str = ""
) -> Element:
    """Return a small line, drawn as a mask so that it has the color of the page; None breaks it."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return el("span", cls=f"curve blank {cls}".strip(), aria_hidden="true")  # holds the room
    low, high = min(known), max(known)
    step, span = width / max(len(values) - 1, 1), (high - low) or 1.0
    path, pen = "", "M"
    for at, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path += f"{pen}{at * step:.1f} {height - 2 - (height - 4) * (value - low) / span:.1f}"
        pen = "L"
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' preserveAspectRatio='none'>"
        f"<path d='{path}' fill='none' stroke='black' stroke-width='1.5' vector-effect='non-scaling-stroke'/></svg>"
    )
    return el(
        "span",
        style={"mask-image": f'url("data:image/svg+xml,{quote(picture)}")'},
        cls=f"curve {cls}".strip(),
        role="img" if label else None,
        aria_label=label or None,
        aria_hidden=None if label else "true",
    )


def pager(page: str, asked: Mapping[str, Any], first: int, count: int, total: int) -> Element | None:
    """Return links to the rows before and after; None where all are shown."""
    if total <= count:
        return None
    last = min(first + count, total)
    earlier = (
        el("a", "earlier", href=link(page, {**asked, "first": max(first - count, 0) or None}), cls="chip")
        if first
        else None
    )
    later = (
        el("a", "later", href=link(page, {**asked, "first": first + count}), cls="chip")
        if last < total
        else None
    )
    return el(
        "p",
        earlier,
        el("span", f"{first + 1:,} to {last:,} of {total:,}", cls="quiet"),
        later,
        cls="chips pager",
    )


def empty(title: str, *lines: Any, command: str | None = None) -> Element:
    """Return what is shown where there is nothing: what is missing, why, and the command that makes it."""
    return el(
        "section",
        el("h2", title),
        *[el("p", line) for line in lines],
        el("p", el("code", command)) if command else None,
        cls="trouble",
    )


def frame(address: str, title: str, name: str | None = None) -> Element:
    """Return a whole page in a frame, which follows the hash of this page's address where it has a name."""
    return el(
        "div",
        el("p", f"drawing {title} …", cls="quiet frame-wait"),
        el("iframe", title=title, data_frame=address, key=address, cls="whole", name=name),
        cls="framed",
    )


def or_trouble(
    view: Callable[[], Element | None], instead: Callable[[str, str], str] | None = None
) -> Element | None:
    """Return a view, or what hinders it in words.

    ``instead`` makes an address out of the unknown name and one that was perhaps meant.
    """
    try:
        return view()
    except UnknownNameError as error:
        meant = [
            el("li", el("a", name_el(name), href=instead(error.name, name)) if instead else name_el(name))
            for name in error.candidates[:8]
        ]
        return el(
            "section",
            el("h2", "Not found"),
            message(str(error)),
            el("ul", *meant, cls="tries" if instead else None) if meant else None,
            cls="trouble",
        )
    except BandscapeError as error:
        title = "Nothing to show yet" if isinstance(error, WorkspaceError) else "This cannot be shown"
        return el("section", el("h2", title), message(str(error)), cls="trouble")


def message(text: str) -> Element:
    """Return a message as a paragraph; what stands between backticks is a command."""
    parts = text.split("`")
    whole = parts if len(parts) % 2 else [text]
    return el("p", *[el("code", part) if at % 2 else part for at, part in enumerate(whole)])


def names(values: Iterable[str], most: int = 3) -> Element:
    """Return names with commas between them."""
    kept = list(values)[:most]
    return el(
        "span",
        *[part for at, value in enumerate(kept) for part in (", " if at else None, name_el(value, 40))],
    )


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def signed(value: float) -> str:
    """Return a number with three decimals and a minus of its own width."""
    return f"{value:.3f}".replace("-", "−")


def number_of(asked: Mapping[str, str], name: str, default: int, least: int = 0, most: int = 10**9) -> int:
    """Return a number from the address; the default where it is none."""
    try:
        number = int(asked.get(name, "")[:12])
    except ValueError:
        return default
    return min(max(number, least), most)
