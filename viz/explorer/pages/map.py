"""Map: the page that `bandscape map` writes, in a frame; its own address stands behind the # of this one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..elements import Element, el
from ..guard import FRAMED

if TYPE_CHECKING:
    from ..sources import Sources


def key(_sources: "Sources", _asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: nothing, the frame follows its own address."""
    return ""


def main(_sources: "Sources", _asked: Mapping[str, str]) -> Element:
    """Return the frame."""
    return el(
        "div",
        el("p", "drawing the map …", cls="quiet frame-wait"),
        el("iframe", title="map of artists", data_frame=f"{FRAMED}map", cls="whole", name="map"),
        cls="framed",
    )


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: the map has a drawer of its own."""
