"""Posts saved as web pages, as blogs export them: title, text, day and author of a page.

The text is that of the only ``article`` of a page, else of its ``main``, else of its ``body``, without menus, the
header of the site, scripts, forms and what stands at the foot. The title is the first ``h1``, else ``title``. The day
is that of ``time datetime`` or ``article:published_time``, the author what is marked so (``author``, ``p-author``).

Public names: :func:`is_web_page`, :func:`read_web_page`.
"""

import re
from html.parser import HTMLParser
from pathlib import PurePosixPath

_ENDINGS = (".html", ".htm", ".xhtml")
_LEFT_OUT = frozenset(["script", "style", "nav", "footer", "aside", "form", "noscript", "svg", "template", "iframe",
                       "button", "select", "figcaption"])  # fmt: skip
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_BLOCKS = frozenset(["p", "div", "li", "blockquote", "section", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "pre", "ul",
                     "ol", "article", "main", "header", "td"])  # fmt: skip
_PLACES = ("article", "main", "body")
_DRAFT = re.compile(r"draft[_-]")  # as Medium calls its files


def is_web_page(name: str) -> bool:
    """Return whether a file is called as web pages are."""
    return name.lower().endswith(_ENDINGS)


def read_web_page(content: str, name: str = "") -> dict[str, str | list[str] | None]:
    """Return what a page says: ``title``, ``text``, ``date``, ``author``, each None where it does not.

    Parameters
    ----------
    content : str
        The page.
    name : str
        Its name, which may call it a draft.
    """
    page = _Page()
    page.feed(content)
    page.close()
    place = next((one for one in _PLACES if page.n_of.get(one) == 1 and _plain(page.texts[one])), "")
    record: dict[str, str | list[str] | None] = {
        "title": _plain(page.texts["h1"]) or _plain(page.texts["title"]) or None,
        "text": _plain(page.texts[place]) or None,
        "date": page.day,
        "author": _plain(page.texts["author"]) or None,
    }
    return {**record, "draft": "true"} if _DRAFT.match(PurePosixPath(name).name) else record


class _Page(HTMLParser):
    """Collects the text of each part of a page that may be the review."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, list[str]] = {part: [] for part in (*_PLACES, "", "title", "h1", "author")}
        self.n_of: dict[str, int] = {}
        self.day: str | None = None
        self._open: list[tuple[str, bool]] = []  # tags, and whether each names the author

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an opening tag."""
        told = {key: value or "" for key, value in attrs}
        if tag == "meta" and told.get("property", told.get("name", "")) in ("article:published_time", "date"):
            self.day = self.day or told.get("content")
        if tag == "meta" and told.get("name") == "author":
            self.texts["author"] = [told.get("content", "")]
        if tag == "time" and told.get("datetime"):
            self.day = self.day or told["datetime"]
        if tag in _BLOCKS or tag == "br":
            self._add("\n" if tag in ("br", "li", "tr", "td") else "\n\n")
        if tag in _VOID:
            return
        self.n_of[tag] = self.n_of.get(tag, 0) + 1
        names = {
            *told.get("class", "").lower().split(),
            told.get("rel", "").lower(),
            told.get("itemprop", "").lower(),
        }
        self._open.append((tag, bool(names & {"author", "p-author", "byline"}) and not self.texts["author"]))

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those within it that were left open."""
        places = [at for at, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]
        if tag in _BLOCKS:
            self._add("\n\n")

    def handle_data(self, data: str) -> None:
        """Take up text."""
        if any(is_author for _, is_author in self._open):
            self.texts["author"].append(data)
        if any(tag == "title" for tag, _ in self._open) and self.n_of["title"] == 1:
            self.texts["title"].append(data)
        elif any(tag == "h1" for tag, _ in self._open) and self.n_of["h1"] == 1:
            self.texts["h1"].append(data)
        else:
            self._add(" ".join(data.split("\n")) if not self._is_open("pre") else data)

    def _is_open(self, tag: str) -> bool:
        return any(name == tag for name, _ in self._open)

    def _add(self, text: str) -> None:
        tags = [name for name, _ in self._open]
        if not _LEFT_OUT.isdisjoint(tags) or "head" in tags or ("header" in tags and "article" not in tags):
            return
        for place in (*_PLACES, ""):
            if not place or place in tags:
                self.texts[place].append(text)


def _plain(pieces: list[str]) -> str:
    """Return a text with one blank between words and one empty line between paragraphs at most."""
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
