"""Posts saved as web pages, as blogs export them: title, text, day and author of a page.

The text is that of the only ``article`` of a page, else of its ``main``, else of its ``body``, without menus, the
header of the site, scripts, forms and what stands at the foot. The title is the first ``h1``, else ``title``. The day
is that of ``time datetime`` or ``article:published_time``, the author what is marked so (``author``, ``p-author``).

Public names: :func:`is_web_page`, :func:`read_web_page`.
"""

import re
from collections import Counter
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
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<[!?](?:[^<>]*>)?")
_LOOSE, _MOST_LOOSE = re.compile(r"<(?=[^<>]*(?:<|\Z))"), 1000
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
    page.feed(_closed(content))
    page.close()
    place = next((one for one in _PLACES if page.n_of.get(one) == 1 and _plain(page.texts[one])), "")
    record: dict[str, str | list[str] | None] = {
        "title": _plain(page.texts["h1"]) or _plain(page.texts["title"]) or None,
        "text": _plain(page.texts[place]) or None,
        "date": page.day,
        "author": _plain(page.texts["author"]) or None,
    }
    return {**record, "draft": "true"} if _DRAFT.match(PurePosixPath(name).name) else record


def _closed(content: str) -> str:
    """Take away comments and declarations, over whose faults the parser falls, and "<" without ">" where they abound.

    Each of these costs a look at all the rest of the page.
    """
    content = _DECLARATION.sub("", _COMMENT.sub("", content))
    is_odd = sum(1 for _ in _LOOSE.finditer(content)) > _MOST_LOOSE
    return _LOOSE.sub("&lt;", content) if is_odd else content


class _Page(HTMLParser):
    """Collects the text of each part of a page that may be the review."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, list[str]] = {part: [] for part in (*_PLACES, "", "title", "h1", "author")}
        self.n_of: dict[str, int] = {}
        self.day: str | None = None
        self._open: list[tuple[str, bool]] = []  # tags, and whether each names the author
        self._n_open = Counter[str]()  # of each tag: a page may open tens of thousands and close none
        self._n_authors = 0

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
        is_author = bool(names & {"author", "p-author", "byline"}) and not self.texts["author"]
        self._open.append((tag, is_author))
        self._n_open[tag] += 1
        self._n_authors += is_author

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those within it that were left open."""
        closed = ""
        while self._n_open[tag] and closed != tag:
            closed, is_author = self._open.pop()
            self._n_open[closed] -= 1
            self._n_authors -= is_author
        if tag in _BLOCKS:
            self._add("\n\n")

    def handle_data(self, data: str) -> None:
        """Take up text."""
        if self._n_authors:
            self.texts["author"].append(data)
        if self._n_open["title"] and self.n_of["title"] == 1:
            self.texts["title"].append(data)
        elif self._n_open["h1"] and self.n_of["h1"] == 1:
            self.texts["h1"].append(data)
        else:
            self._add(" ".join(data.split("\n")) if not self._n_open["pre"] else data)

    def _add(self, text: str) -> None:
        n_open = self._n_open
        if n_open["head"] or (n_open["header"] and not n_open["article"]) or any(map(n_open.get, _LEFT_OUT)):
            return
        for place in (*_PLACES, ""):
            if not place or n_open[place]:
                self.texts[place].append(text)


def _plain(pieces: list[str]) -> str:
    """Return a text with one blank between words and one empty line between paragraphs at most."""
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
