"""The frame of the explorer: its page, the rail on the left, and which part of it an address shows.

Public names: :data:`INDEX`, :func:`rail`, :func:`show`, :func:`notice`, :class:`Shown`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ...core.errors import BandscapeError
from .elements import Element, el, name_el
from .pages import PAGES
from .parts import heading, or_trouble

if TYPE_CHECKING:
    from .actions import Said
    from .sources import Sources

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
<link rel="stylesheet" href="/explorer.css">
<script src="/theme.js"></script>
{%css%}
</head>
<body>
{%app_entry%}
<footer hidden>{%config%}{%scripts%}<script src="/explorer.js"></script>{%renderer%}</footer>
</body>
</html>"""


@dataclass(frozen=True)
class Shown:
    """What an address shows.

    Parameters
    ----------
    page : str
        Its first word.
    key : str
        Another one whenever the main column has to be drawn anew.
    main, side : callable
        () to the elements of the two columns.
    """

    page: str
    key: str
    main: Callable[[], Element | None]
    side: Callable[[], Element | None]


def show(sources: "Sources", pathname: str, search: str) -> Shown:
    """Return what an address shows; an unknown one shows where to go instead."""
    name = pathname.strip("/") or "corpus"
    page = PAGES.get(name)
    if page is None:
        return Shown("", f"lost {name}", lambda: _lost(name), lambda: None)
    asked = {key: values[-1] for key, values in parse_qs(search.lstrip("?"), max_num_fields=40).items()}
    try:
        key = f"{name} {page.key(sources, asked)}"
    except BandscapeError as error:  # the columns say it, too
        key = f"{name} {error}"
    return Shown(
        name,
        key,
        lambda: _with_heading(page.title, lambda: page.main(sources, asked)),
        lambda: or_trouble(lambda: page.side(sources, asked)),
    )


def _with_heading(title: str, view: Callable[[], Element | None]) -> Element | None:
    """Return a page, or its heading and what hinders it."""
    found: list[Element | None] = []

    def once() -> Element | None:
        found.append(view())
        return None

    trouble = or_trouble(once)
    return found[0] if found else el("div", heading(title), trouble)


def rail(sources: "Sources", current: str) -> Element:
    """Return the list of pages."""
    links = [
        el(
            "li",
            el(
                "a",
                el("span", page.sign, cls="sign", aria_hidden="true"),
                el("span", page.title),
                href=f"/{name}",
                cls="current" if name == current else None,
                aria_current="page" if name == current else None,
            ),
        )
        for name, page in PAGES.items()
    ]
    return el(
        "div",
        el("p", name_el(sources.title, 60), cls="rail-title"),
        el("ul", *links),
        el(
            "p",
            el(
                "button",
                "◐",
                id="theme",
                cls="tool",
                data_do="theme",
                title="day or night",
                aria_label="day or night",
            ),
            el("a", "skip to the page", href="#main", cls="skip"),
            cls="rail-foot",
        ),
    )


def notice(said: "Said") -> Element:
    """Return a line about what was just done."""
    kind = "problem" if said.is_problem else "done"
    return el(
        "p",
        el("span", said.text),
        el("button", "×", cls="tool", data_do="dismiss", aria_label="dismiss"),
        cls=f"notice-line {kind}",
        key=str(said.number),
        data_go=said.search,
    )


def _lost(name: str) -> Element:
    return el(
        "section",
        heading("No such page", "There is no page ", name_el(name, 40), "."),
        el("p", el("a", "What was read", href="/corpus", cls="chip")),
    )
