"""Whole pages: the map, two maps side by side, what changed between two rounds."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import UnknownNameError, WorkspaceError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word
from .keeping import Kept


class PageDesk:
    """Makes pages, and keeps the last ones.

    Parameters
    ----------
    workspace : Workspace
    others : mapping of str to Workspace
        Workspaces whose map may stand beside this one's.
    audio : path
        Folder of the sounds that the map plays.
    """

    def __init__(self, workspace: Workspace, others: Mapping[str, Workspace], audio: Path) -> None:
        self.workspace = workspace
        self.audio = audio if audio.is_dir() else None
        self.others = dict(others)
        self._maps, self._pairs = Kept(), Kept(4)

    def map(self) -> str:
        """Return the page of the map as a file, with the topics of the current round as colors."""
        return self._maps.get(self.map_key(), lambda: steps.draw_map(self.workspace, audio=self.audio).page())

    def map_key(self) -> tuple[Any, ...]:
        """Return what tells the map from later ones.

        Raises
        ------
        WorkspaceError
            If there is none.
        """
        done = self.workspace.steps()
        for step in ("layout", "clusters"):
            if step not in done:
                raise WorkspaceError(
                    f"{self.workspace.root}: has no map yet; run `bandscape map {as_word(self.workspace.root)}` and "
                    "reload"
                )
        return (
            done["layout"].finished,
            done["clusters"].finished,
            self.workspace.values().get(steps.CURRENT_ROUND),
        )

    def comparisons(self) -> list[str]:
        """Return the names of the other workspaces."""
        return list(self.others)

    def comparison(self, name: str) -> str:
        """Return two maps side by side."""
        if name not in self.others:
            raise UnknownNameError(
                f"no workspace {name[:60]!r} was named with --compare",
                name=name,
                candidates=list(self.others),
            )
        other = self.others[name]
        layouts = [one.steps().get("layout") for one in (self.workspace, other)]
        key = (name, *(layout and layout.finished for layout in layouts))
        return self._pairs.get(
            key, lambda: _written(lambda out: steps.write_map_comparison(self.workspace, other, out))
        )

    def diff(self, first: int, second: int) -> str:
        """Return the page of what changed between two rounds."""

        def write(out: Path) -> None:
            rows = steps.diff_topics(self.workspace, first, second)
            steps.write_topic_diff(self.workspace, rows, first, second, out)

        return self._pairs.get((first, second), lambda: _written(write))


def _written(write: Callable[[Path], object]) -> str:
    """Return what a function writes to a file."""
    with tempfile.TemporaryDirectory(prefix="bandscape-page-") as folder:
        out = Path(folder) / "page.html"
        write(out)
        return out.read_text(encoding="utf-8")
