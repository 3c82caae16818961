"""The pages of the explorer, one module each: what stands in the main column and beside it.

A page is three functions of the sources and of what the address asks for (a flat mapping of text): ``key``, which
changes whenever the main column has to be drawn anew, ``main`` and ``side``.
Public names: :data:`PAGES`, :class:`PageViews`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..elements import Element
from . import artists, compare, corpus, exports, map, sounds, topics

if TYPE_CHECKING:
    from ..sources import Sources

Asked = Mapping[str, str]


@dataclass(frozen=True)
class PageViews:
    """One page.

    Parameters
    ----------
    title : str
        In the rail.
    sign : str
        A small mark beside it.
    key, main, side : callable
        (sources, asked) to text, elements, elements or None.
    """

    title: str
    sign: str
    key: "Callable[[Sources, Asked], str]"
    main: "Callable[[Sources, Asked], Element]"
    side: "Callable[[Sources, Asked], Element | None]"


PAGES: dict[str, PageViews] = {
    "corpus": PageViews("Corpus", "¶", corpus.key, corpus.main, corpus.side),
    "topics": PageViews("Topics", "◍", topics.key, topics.main, topics.side),
    "artists": PageViews("Artists", "±", artists.key, artists.main, artists.side),
    "map": PageViews("Map", "∴", map.key, map.main, map.side),
    "sounds": PageViews("Sounds", "♪", sounds.key, sounds.main, sounds.side),
    "compare": PageViews("Compare", "⇄", compare.key, compare.main, compare.side),
    "export": PageViews("Export", "↓", exports.key, exports.main, exports.side),
}
