"""Addresses that answer with something else than the explorer's page: its files, framed pages, sounds, downloads.

No part of an address is ever a path: keys are looked up in lists. Public function: :func:`add_routes`.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, WorkspaceError
from ..pages import shared_assets
from .guard import FRAMED

if TYPE_CHECKING:
    from flask import Flask

    from .sources import Sources

STYLES = ("explorer.css", "wall.css", "tables.css", "small.css")
SCRIPTS = ("tree.js", "following.js", "word_menu.js", "asking.js", "searching.js", "frames.js")
SHARED_SCRIPTS = ("shared/namespace.js", "shared/dom.js", "shared/combobox.js")
_MOST_SUGGESTIONS = 8
_TROUBLE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>cannot be shown</title><link rel="stylesheet" href="/explorer.css"><script src="/theme.js"></script></head>
<body class="framed-trouble"><section class="trouble"><h2>{title}</h2><p>{said}</p></section></body></html>
"""


def add_routes(server: "Flask", sources: "Sources") -> None:
    """Add them to the server."""
    from flask import jsonify, request

    @server.get("/explorer.css")
    def styles() -> Any:
        return _text(_shared_styles() + _own(STYLES), "text/css")

    @server.get("/explorer.js")
    def scripts() -> Any:
        return _text(shared_assets(SHARED_SCRIPTS) + "\n" + _own(SCRIPTS), "text/javascript")

    @server.get("/theme.js")
    def theme() -> Any:
        return _text(_own(("theme.js",)), "text/javascript")

    @server.get("/suggest")
    def suggest() -> Any:
        return jsonify(sources.artists.suggest(request.args.get("q", "")[:200], _MOST_SUGGESTIONS))

    _add_framed(server, sources)
    _add_map_data(server, sources)
    _add_files(server, sources)


def _add_framed(server: "Flask", sources: "Sources") -> None:
    from flask import request

    @server.get(f"{FRAMED}map")
    def map_() -> Any:
        return _page(sources.pages.map)

    @server.get(f"{FRAMED}sounds")
    def sounds() -> Any:
        return _page(sources.sounds.page)

    @server.get(f"{FRAMED}comparison")
    def comparison() -> Any:
        return _page(lambda: sources.pages.comparison(request.args.get("with", "")[:400]))

    @server.get(f"{FRAMED}diff")
    def diff() -> Any:
        first, second = (request.args.get(name, 0, type=int) for name in ("first", "second"))
        return _page(lambda: sources.pages.diff(first, second))


def _add_map_data(server: "Flask", sources: "Sources") -> None:
    """Add what the page of a map asks that has more artists than the page."""
    from flask import request

    def asked(name: str, most: int = 400) -> str:
        return request.args.get(name, "")[:most]

    def borders() -> list[float]:
        return [request.args.get(name, nan, type=float) for name in ("left", "right", "low", "high")]

    @server.get("/map-data/view")
    def view() -> Any:
        return _answered(lambda: sources.maps.view(asked("v"), borders()))

    @server.get("/map-data/spread")
    def spread() -> Any:
        return _answered(lambda: sources.maps.spread(asked("v"), borders()))

    @server.get("/map-data/find")
    def find() -> Any:
        return _answered(lambda: sources.maps.find(asked("v"), asked("q", 200), _MOST_SUGGESTIONS))

    @server.get("/map-data/near")
    def near() -> Any:
        return _answered(lambda: sources.maps.near(asked("v"), request.args.get("rank", -1, type=int)))

    @server.get("/map-data/ask")
    def ask() -> Any:
        return _answered(lambda: sources.maps.ask(asked("v"), asked("q")))


def _answered(make: Callable[[], Any]) -> Any:
    try:
        return _text(json.dumps(make(), separators=(",", ":")), "application/json")
    except BandscapeError as error:
        return _text(f"{error}\n", "text/plain", 409)


def _add_files(server: "Flask", sources: "Sources") -> None:
    from flask import send_file

    @server.get("/sound/<key>")
    def sound(key: str) -> Any:
        path = sources.sounds.file(key)
        return _missing() if path is None else send_file(path.resolve(), conditional=True)

    @server.get("/export/<key>")
    def export(key: str) -> Any:
        folder = Path(tempfile.mkdtemp(prefix="bandscape-export-"))
        try:
            name = next((one["name"] for one in sources.exports.listing() if one["key"] == key), None)
            path = None if name is None else sources.exports.file(key, folder)
            if path is None or name is None:
                return _missing()
            opened = path.open("rb")  # stays readable when the folder is removed
        except BandscapeError as error:
            return _text(f"{error}\n", "text/plain", 409)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        kind = "text/plain" if path.suffix == ".txt" else "application/octet-stream"
        return send_file(opened, mimetype=kind, as_attachment=True, download_name=name)


def _page(make: Callable[[], str]) -> Any:
    """Answer with a whole page, or with one that says what hinders it."""
    try:
        return _text(make(), "text/html")
    except BandscapeError as error:
        shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(str(error)))
        title = "Nothing to show yet" if isinstance(error, WorkspaceError) else "This cannot be shown"
        return _text(_TROUBLE.format(title=title, said=shown), "text/html", 409)


def _missing() -> Any:
    return _text("there is no such file\n", "text/plain", 404)


def _text(text: str, kind: str, status: int = 200) -> Any:
    from flask import Response

    return Response(text, status, content_type=f"{kind}; charset=utf-8")


@cache
def _own(names: tuple[str, ...]) -> str:
    folder = files(__package__ or "bandscape.viz.explorer") / "assets"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@cache
def _shared_styles() -> str:
    """Return the colors, the type and the controls that all pages of the project share."""
    return shared_assets(("shared/tokens.css", "shared/controls.css", "shared/suggestions.css"))
