"""Export: files to take away."""

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..elements import Element, el
from ..parts import empty, heading

if TYPE_CHECKING:
    from ..sources import Sources


def key(sources: "Sources", _asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: what there is."""
    return repr([(one["key"], one["bytes"]) for one in sources.exports.listing()])


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: all of it stands in the main column."""


def main(sources: "Sources", _asked: Mapping[str, str]) -> Element:
    """Return the files by what they are about."""
    listing = sources.exports.listing()
    if not listing:
        return el(
            "div",
            heading("Export"),
            empty(
                "Nothing to take away yet",
                "Fit topics or artists first.",
                command=f"bandscape run {sources.place} --out {sources.place}",
            ),
        )
    sections = [
        el("section", el("h2", group), el("ul", *map(_row, rows), cls="files"))
        for group, rows in groupby(listing, lambda one: one["group"])
    ]
    return el("div", heading("Export", "Open formats; what they hold stands beside them."), *sections)


def _row(one: Mapping[str, Any]) -> Element:
    return el(
        "li",
        el("a", one["name"], href=f"/export/{one['key']}", download=one["name"], cls="file-name"),
        el("span", one["says"], cls="quiet"),
        el("span", _size(one["bytes"]), cls="number quiet"),
    )


def _size(count: int | None) -> str:
    if count is None:
        return "made on demand"
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count:,} bytes"
