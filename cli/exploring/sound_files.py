"""The sounds of a workspace: which there are, whose they are, where they lie."""

from pathlib import Path
from typing import Any

from ...core.files import read_table
from ...core.workspace import Workspace
from .. import steps
from ..steps.audio import QUARANTINE
from ..steps.sounds import sounds_of_artists
from .keeping import Kept


class SoundDesk:
    """Lists the sounds of artists.

    Parameters
    ----------
    workspace : Workspace
    folder : path
        Where they lie: ``audio/`` in the workspace, or elsewhere.
    """

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder
        self._tracks, self._pages = Kept(), Kept()

    def tracks(self, text: str, first: int, count: int) -> dict[str, Any]:
        """Return some of the sounds whose artist or name has a text in it."""
        wanted = text.casefold()
        rows = [
            row
            for row in self._all()
            if wanted in row["artist"].casefold() or wanted in row["name"].casefold()
        ]
        return {
            "total": len(rows),
            "artists": len({row["artist"] for row in rows}),
            "quarantined": self._quarantined(),
            "mapped": steps.mapped_sounds(self.workspace),
            "rows": [
                {name: row[name] for name in ("key", "artist", "name", "seconds")}
                for row in rows[first : first + count]
            ],
        }

    def file(self, key: str) -> Path | None:
        """Return the path of a sound; None for a key that was never given out."""
        return next((row["path"] for row in self._all() if row["key"] == key), None)

    def page(self) -> str:
        """Return the page of their map; the sounds are asked of the explorer when they are to be heard."""
        done = self.workspace.steps().get("audio")
        return self._pages.get(done and done.finished, self._draw)

    def _draw(self) -> str:
        lying = {self._track_id(row["path"]): f"/sound/{row['key']}" for row in self._all()}
        title = steps.map_title(self.workspace)
        return steps.draw_workspace_sounds(self.workspace, lying, title=title).page()

    def _track_id(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _all(self) -> list[dict[str, Any]]:
        if not self.folder.is_dir():
            return []
        return self._tracks.get(self.folder.stat().st_mtime_ns, self._list)

    def _list(self) -> list[dict[str, Any]]:
        artists = read_table(
            self.workspace.verified(steps.ARTISTS), ["artist_id", "name", "n_reviews"]
        ).to_pylist()
        known = {row["artist_id"]: row for row in artists}
        seconds = self._durations()
        found = sounds_of_artists(self.workspace, self.folder)
        order = sorted(found, key=lambda one: (-known[one]["n_reviews"], known[one]["name"]))
        files = [(known[one]["name"], file) for one in order for file in found[one]]
        return [
            {
                "key": str(number),
                "artist": artist,
                "name": file.name,
                "path": file,
                "seconds": seconds.get(self._track_id(file)),
            }
            for number, (artist, file) in enumerate(files, start=1)
        ]

    def _durations(self) -> dict[str, float]:
        if not self.workspace.has(steps.TRACKS):
            return {}
        table = read_table(self.workspace.verified(steps.TRACKS))
        if not {"track_id", "duration_s"} <= set(table.column_names):
            return {}
        return dict(zip(table["track_id"].to_pylist(), table["duration_s"].to_pylist(), strict=True))

    def _quarantined(self) -> int:
        return (
            read_table(self.workspace.verified(QUARANTINE)).num_rows if self.workspace.has(QUARANTINE) else 0
        )
