"""Map: the page that `bandscape map` writes, in a frame; its own address stands behind the # of this one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..elements import Element
from ..parts import frame

if TYPE_CHECKING:
    from ..sources import Sources


def key(_sources: "Sources", _asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: nothing, the frame follows its own address."""
    return ""


def main(_sources: "Sources", _asked: Mapping[str, str]) -> Element:
    """Return the frame."""
    return frame("/framed/map", "map of artists", name="map")


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: the map has a drawer of its own."""
