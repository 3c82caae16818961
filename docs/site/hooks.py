"""What mkdocs does beyond the pages in docs/: generated pages, the gallery, and links out of the folder.

- ``gallery/``, ``gallery.md``, ``api/`` and what ``OUTSIDE`` names exist on the site only;
- a link that leads from a page to another file of the repository leads to its page on the site, or becomes its name.
"""

import os
import posixpath
import re
from pathlib import Path

from api import PACKAGES, api_index, api_page
from gallery import gallery_files, gallery_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
GALLERY = Path(os.environ.get("BANDSCAPE_GALLERY", ROOT / "build" / "gallery"))
OUTSIDE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
}
ROLE = re.compile(r":(?:func|meth|class|attr|data|mod|exc):<code>(~?)([\w.]+)</code>")
UNSAID = re.compile(r"–\s*<div class=\"doc-md-description\">\s*</div>")
LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    pages = {page: (ROOT / source).read_text(encoding="utf-8") for source, page in OUTSIDE.items()}
    pages.pop("index.md")
    pages |= {"gallery.md": gallery_page(), "api/index.md": api_index()}
    pages |= {f"api/{package}.md": api_page(package) for package in PACKAGES}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    for path in gallery_files():
        files.append(File.generated(config, f"gallery/{path}", abs_src_path=str(GALLERY / path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links to files of the repository into links to pages of the site.

    Lone pages need no list of pages, and results and changes are found last.
    """
    if page.parent is None:
        page.meta.setdefault(
            "hide", ["navigation", "toc"] if page.file.src_uri == "gallery.md" else ["navigation"]
        )
    here = page.file.src_uri
    if here in ("benchmarks.md", "changelog.md"):  # they hold every word there is
        page.meta.setdefault("search", {"boost": 0.2})
    source = next(
        (source for source, made in OUTSIDE.items() if made == here and made != "index.md"), f"docs/{here}"
    )
    return LINK.sub(lambda found: site_link(found, source, here), markdown)


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Turn the roles of docstrings into links to what they name; a parameter without a description has no dash."""
    source = page.file.src_uri
    if not source.startswith("api/"):
        return html
    package = "bandscape." + source.removeprefix("api/").removesuffix(".md")
    return UNSAID.sub("", ROLE.sub(lambda found: role_link(found, package), html))


def role_link(found: re.Match, package: str) -> str:
    """Return a name as mkdocs-autorefs links it, where the site has it; ``package`` is that of the page.

    Names of modules do not appear on the site: what ``bandscape.viz.layout`` defines is ``bandscape.viz``'s.
    """
    parts = found[2].removeprefix("bandscape.").split(".")
    of_package = found[2] == ".".join(parts)
    size = (
        0 if of_package else max((n for n in range(len(parts)) if ".".join(parts[:n]) in PACKAGES), default=0)
    )
    room, own = (package, parts) if of_package else (".".join(["bandscape", *parts[:size]]), parts[size:])
    while len(own) > 1 and own[0].islower():
        own = own[1:]
    shown = parts[-1] if found[1] else found[2]
    return f'<autoref identifier="{room}.{".".join(own)}" optional><code>{shown}</code></autoref>'


def site_link(found: re.Match, source: str, here: str) -> str:
    """Return a link as it is on the site; ``source`` is the page's file in the repository, ``here`` its page."""
    text, (target, mark, anchor) = found[1], found[2].partition("#")
    if "://" in target or not target or not source.endswith(".md"):
        return found[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if path.startswith("docs/") or path in OUTSIDE:
        there = OUTSIDE.get(path, path.removeprefix("docs/"))
        return f"[{text}]({posixpath.relpath(there, posixpath.dirname(here) or '.')}{mark}{anchor})"
    return text if text.startswith("`") else f"`{path}`"
