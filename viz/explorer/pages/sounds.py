"""Sounds: the tracks of the workspace, to be listened to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..elements import Element, el, name_el
from ..parts import empty, heading, link, number_of, pager, table

if TYPE_CHECKING:
    from ..sources import Sources

_ROWS = 30


def key(_sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: the rows that are shown."""
    return repr(sorted(asked.items()))


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: all of it stands in the main column."""


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the tracks with players."""
    text, first = asked.get("q", "").strip(), number_of(asked, "first", 0)
    found = sources.sounds.tracks(text, first, _ROWS)
    if not found["total"] and not text:
        return el(
            "div",
            heading("Sounds"),
            empty(
                "No sounds in this workspace",
                "Sounds make artists without reviews comparable, and the map audible. Put them into "
                "audio/ARTIST/ in the workspace, or join a folder of your own.",
                command=f"bandscape audio join {sources.place} FOLDER",
            ),
        )
    said = f"{found['total']:,} sounds of {found['artists']:,} artists"
    said += f"; {found['quarantined']:,} files could not be read" if found["quarantined"] else ""
    rows = [
        (
            el("a", name_el(row["artist"]), href=link("artists", {"q": f"artist:{row['artist']}"}))
            if row["artist"]
            else "–",
            name_el(row["name"], 60),
            "–" if row["seconds"] is None else f"{row['seconds']:.1f} s",
            el(
                "audio",
                controls=True,
                preload="none",
                src=f"/sound/{row['key']}",
                aria_label=f"{row['artist'] or row['name']}",
            ),
        )
        for row in found["rows"]
    ]
    columns = [("artist", "left"), ("sound", "left"), ("length", "right"), ("listen", "left")]
    return el(
        "div",
        heading("Sounds", said),
        el(
            "form",
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
        table(columns, rows, label="sounds", cls="sounds")
        if rows
        else el("p", "No sound is called like this."),
        pager("sounds", {"q": text}, first, _ROWS, found["total"]),
    )
