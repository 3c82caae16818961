"""Sounds: their map where there is one, and the list of them, to be listened to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..elements import Element, el, name_el
from ..parts import empty, frame, heading, link, number_of, pager, table

if TYPE_CHECKING:
    from ..sources import Sources

_ROWS = 30


def key(_sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: the rows that are shown."""
    return repr(sorted(asked.items()))


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: all of it stands in the main column."""


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the map, or the tracks with players; the tracks where no map can be made."""
    text, first = asked.get("q", "").strip(), number_of(asked, "first", 0)
    found = sources.sounds.tracks(text, first, _ROWS)
    if not (found["total"] or found["mapped"] or text):
        return el("div", heading("Sounds"), _none(sources.place))
    listed = asked.get("see") == "list" or bool(text) or not found["mapped"]
    parts = (
        [_list(text, first, found)]
        if listed
        else [frame("/framed/sounds", "the map of sounds", name="sounds")]
    )
    return el("div", heading("Sounds", *_said(found, listed)), *parts, cls=None if listed else "compare")


def _none(place: str) -> Element:
    return empty(
        "No sounds in this workspace",
        el(
            "span",
            "Sounds make artists without reviews comparable, and the map audible. Put them into audio/ARTIST/ in the "
            "workspace, start the explorer with ",
            el("code", "--audio FOLDER"),
            ", or join a folder of your own.",
        ),
        command=f"bandscape audio join {place} FOLDER",
    )


def _said(found: Mapping[str, Any], listed: bool) -> list[Any]:
    """Return how many there are, and the way to the other view."""
    parts = [f"{found['total']:,} sounds of {found['artists']:,} artists"] if found["total"] else []
    if found["quarantined"]:
        parts.append(f"{found['quarantined']:,} files could not be read")
    if not found["mapped"]:
        return [", ".join(parts)]
    if not listed:
        parts.append("near ones sound alike")
    other = ("as a map", "/sounds") if listed else ("as a list", link("sounds", {"see": "list"}))
    return [", ".join(parts), " ", el("a", other[0], href=other[1], cls="chip beside")]


def _list(text: str, first: int, found: Mapping[str, Any]) -> Element:
    measured = any(row["seconds"] is not None for row in found["rows"])  # the players tell it, too
    lengths = [("length", "right")] if measured else []
    columns = [("artist", "left"), ("sound", "left"), *lengths, ("listen", "left")]
    return el(
        "div",
        el(
            "form",
            el("input", type="hidden", name="see", value="list"),
            el(
                "input",
                type="search",
                name="q",
                value=text,
                key=text,
                placeholder="artist or file",
                aria_label="artist or file",
                maxlength="200",
            ),
            el("button", "Find", type="submit", cls="chip"),
            data_follow="/sounds",
            cls="ask",
            role="search",
        ),
        table(columns, [_row(row, measured) for row in found["rows"]], label="sounds", cls="sounds")
        if found["rows"]
        else el(
            "p", "No sound is called like this." if text else "Their files do not lie in this workspace."
        ),
        pager("sounds", {"see": "list", "q": text}, first, _ROWS, found["total"]),
    )


def _row(row: Mapping[str, Any], measured: bool) -> list[Any]:
    length = "–" if row["seconds"] is None else f"{row['seconds']:.1f} s"
    return [
        el("a", name_el(row["artist"]), href=link("artists", {"q": f"artist:{row['artist']}"}))
        if row["artist"]
        else "–",
        name_el(row["name"], 60),
        *([length] if measured else []),
        el(
            "audio",
            controls=True,
            preload="none",
            src=f"/sound/{row['key']}",
            aria_label=f"{row['artist'] or row['name']}",
        ),
    ]
