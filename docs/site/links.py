"""Check a built site: links and anchors lead somewhere, nothing is loaded from elsewhere."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "audio": "src", "source": "src", "link": "href"}
NOT_LOADED = {"canonical", "next", "prev", "license", "alternate"}  # kinds of <link> that only point


@dataclass
class Read(HTMLParser):
    """What a page has: ids, links, and what it loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self):
        """Start the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag has."""
        has = {name: value or "" for name, value in attrs}
        self.ids |= {has[name] for name in ("id", "name") if has.get(name)}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        if LOADED.get(tag) in has and has.get("rel") not in NOT_LOADED:
            self.loaded.append(has[LOADED[tag]])


def read(page: Path) -> Read:
    """Parse a page."""
    parser = Read()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def site_faults(site: Path) -> list[str]:
    """Return links that lead nowhere and things that would be loaded from another server.

    Parameters
    ----------
    site : path
        Folder of a built site.

    Returns
    -------
    list of str
        A line for each fault; empty if there is none.
    """
    pages = {page.resolve(): read(page) for page in sorted(site.rglob("*.html")) if page.name != "404.html"}
    faults = []
    for page, found in pages.items():
        name = page.relative_to(site.resolve())
        faults += [f"{name} loads {url}" for url in found.loaded if urlsplit(url).netloc]
        for url in {*found.links, *found.loaded}:
            if fault := _fault(page, url, pages):
                faults.append(f"{name}: {url} {fault}")
    return faults


def _fault(page: Path, url: str, pages: dict[Path, Read]) -> str:
    """Return what is wrong with a link, or nothing; those to other servers are not followed."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "does not exist"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].ids and "=" not in anchor:
        return "has no such anchor"
    return ""
