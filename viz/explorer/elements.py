"""Elements of a page as plain values, which one component of our own draws in the browser.

An element is a list: tag, attributes, children; a child is another element or text. Views are functions that return
such lists, so they need neither Dash nor a browser to be tested, and a wall of a thousand buttons is one component
instead of a thousand. Only the tags and attributes named here exist, in Python and again in ``tree.js``: there is no
way to write a script, a style sheet or a handler. Text becomes text.

Public names: :func:`el`, :func:`text_of`, :func:`find_all`, :func:`tree_component`, :data:`Element`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from ..display import display_name

Element = list[Any]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = _words(
    "a article audio bdi button caption code dd details div dl dt em form h1 h2 h3 h4 header iframe input kbd label"
    " li mark nav ol option p section select small span strong summary table tbody td th thead time tr ul"
)
ATTRIBUTES = _words(
    "id class title href target rel src for name type value checked selected placeholder role tabindex hidden disabled"
    " scope colspan open min max step maxlength required autocomplete spellcheck controls preload style key lang dir"
    " download method action list start"
)
_STYLES = frozenset({"width", "height", "left", "font-size", "mask-image", "background", "--part", "--at"})
_SCHEMES = ("/", "#", "?", "http://", "https://")


def el(tag: str, *children: Any, **attributes: Any) -> Element:
    """Return an element.

    Parameters
    ----------
    tag : str
        One of :data:`TAGS`.
    *children : Element, str, int, iterable of these, or None
        None is left out; iterables are spread.
    **attributes
        ``cls`` for class, ``for_`` for for, ``aria_label`` for aria-label, ``data_x`` for data-x. None and False are
        left out. ``style`` is a dict.

    Raises
    ------
    ValueError
        If the tag, an attribute, a style or the scheme of an address is not among those allowed.
    """
    if tag not in TAGS:
        raise ValueError(f"no tag {tag!r} among those allowed")
    given = {
        _spelled(name): value
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    for name, value in given.items():
        _check(name, value)
    return [tag, given, *_flat(children)]


def name_el(name: object, longest: int = 80, **attributes: Any) -> Element:
    """Return a name in a script of its own direction, tamed."""
    return el("bdi", display_name(name, longest), **attributes)


def _spelled(name: str) -> str:
    if name == "cls":
        return "class"
    return name.rstrip("_").replace("_", "-")


def _check(name: str, value: Any) -> None:
    if name not in ATTRIBUTES and not name.startswith(("data-", "aria-")):
        raise ValueError(f"no attribute {name!r} among those allowed")
    if name in ("href", "src", "action") and not str(value).lower().startswith(_SCHEMES):
        raise ValueError(f"{name} must begin with one of {', '.join(_SCHEMES)}; got {str(value)[:60]!r}")
    if name == "style" and not set(value) <= _STYLES:
        raise ValueError(f"style may have {', '.join(sorted(_STYLES))}; got {', '.join(value)}")


def _flat(children: Iterable[Any]) -> Iterator[Any]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, str | int | float):
            yield str(child)
        elif (
            isinstance(child, list)
            and child
            and isinstance(child[0], str)
            and child[0] in TAGS
            and len(child) > 1
            and isinstance(child[1], dict)
        ):
            yield child
        else:
            yield from _flat(child)


def text_of(element: Any) -> str:
    """Return all text of an element, as a reader would see it in one line."""
    text = element if isinstance(element, str) else " ".join(map(text_of, element[2:]))
    return " ".join(text.split())


def find_all(element: Any, tag: str | None = None, **wanted: str) -> list[Element]:
    """Return the elements inside (and the element itself) with a tag and attributes, in the order of the page."""
    if isinstance(element, str) or not element:
        return []
    names = {_spelled(name): value for name, value in wanted.items()}
    own = (tag is None or element[0] == tag) and all(
        value in str(element[1].get(name, "")).split() or element[1].get(name) == value
        for name, value in names.items()
    )
    inner = [found for child in element[2:] for found in find_all(child, tag, **wanted)]
    return [element, *inner] if own else inner


@cache
def tree_component() -> Any:
    """Return the class of the component that draws elements: ``Tree(id=..., tree=...)``."""
    from dash.development.base_component import Component

    class Tree(Component):
        """Draws elements."""

        _children_props: list[str] = []  # noqa: RUF012 - Dash reads these from the class
        _base_nodes: list[str] = []  # noqa: RUF012
        _namespace = "bandscape_explorer"
        _type = "Tree"

        def __init__(self, id: str, tree: Element | None = None) -> None:
            self._prop_names = ["id", "tree"]
            self._valid_wildcard_attributes: list[str] = []
            self.available_properties = ["id", "tree"]
            self.available_wildcard_properties: list[str] = []
            super().__init__(id=id, tree=tree)

    return Tree
