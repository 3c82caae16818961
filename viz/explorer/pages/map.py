"""Map: the page that `bandscape map` writes, in a frame; its own address stands behind the # of this one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..elements import Element, el
from ..parts import empty, frame, heading
from .artists import none_yet

if TYPE_CHECKING:
    from ..sources import Sources


def key(sources: "Sources", _asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: that there is a map; the frame follows its own address."""
    return f"{sources.corpus.has_done('artists')} {sources.corpus.has_done('layout')}"


def main(sources: "Sources", _asked: Mapping[str, str]) -> Element:
    """Return the frame; before there is a map, what makes it."""
    if not sources.corpus.has_done("artists"):
        return el("div", heading("Map"), none_yet(sources, "No map yet"))
    if not sources.corpus.has_done("layout"):
        lines = ("The artists are known, but not yet laid out.", "Then load this page again.")
        return el(
            "div", heading("Map"), empty("No map yet", *lines, command=f"bandscape map {sources.place}")
        )
    return frame("/framed/map", "the map of artists", name="map")


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: the map has a drawer of its own."""
