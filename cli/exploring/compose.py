"""The explorer of one workspace, composed: pages from `viz`, answers from here. Public: `Explorer`."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.borrowing import is_read_only
from ...core.errors import BandscapeError, ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word
from .artist_desk import ArtistDesk
from .corpus_facts import CorpusDesk
from .export_files import ExportDesk
from .map_desk import MapDesk
from .page_desk import PageDesk
from .reading import ReadWorkspace
from .refits import Refits
from .sound_files import SoundDesk
from .topic_desk import TopicDesk

if TYPE_CHECKING:
    from dash import Dash

    from ...viz.explorer import Guard, Sources


class Explorer:
    """Everything that answers, and the processes behind it.

    Parameters
    ----------
    root : path
        The workspace.
    others : sequence of path
        Workspaces whose maps may stand beside this one's.
    audio : path or None
        Folder of sounds, one folder an artist; None takes the workspace's own.
    n_jobs : int
        Threads of a refit.
    most_dots : int
        Artists that the page of the map may have; of more it has some, and asks for the others by view.
    """

    def __init__(
        self,
        root: Path,
        *,
        others: Sequence[Path] = (),
        audio: Path | None = None,
        n_jobs: int = 1,
        most_dots: int = 100_000,
    ) -> None:
        self.workspace = ReadWorkspace(root)
        folder = steps.sound_folder(self.workspace, audio)
        self.refits = Refits(root, n_jobs=n_jobs, on_finished=self._look_again)
        self.topics = TopicDesk(self.workspace, self.refits.is_running)
        self.artists = ArtistDesk(self.workspace)
        self.corpus = CorpusDesk(self.workspace)
        self.pages = PageDesk(self.workspace, _named(others), folder)
        self.maps = MapDesk(self.workspace, self.artists, self.pages, most=most_dots)
        self.sounds = SoundDesk(self.workspace, folder)
        self.exports = ExportDesk(self.workspace, self.pages.map)

    def app(self, guard: "Guard | None" = None) -> "Dash":
        """Return the Dash app; its ``server`` is the WSGI application."""
        from ...viz.explorer import make_app

        return make_app(self.sources(), guard)

    def sources(self) -> "Sources":
        """Return the callables that the pages ask."""
        from ...viz.explorer import (
            ArtistSource,
            CorpusSource,
            ExportSource,
            MapSource,
            PageSource,
            SoundSource,
            Sources,
            TopicSource,
        )

        desk, refits = self.topics, self.refits
        return Sources(
            title=_title(self.workspace),
            place=as_word(self.workspace.root),
            corpus=CorpusSource(self.corpus.overview, self.corpus.rejects),
            topics=TopicSource(
                overview=desk.facts.overview,
                edit=desk.edit,
                withdraw=desk.withdraw,
                forget=desk.forget,
                undo=desk.undo,
                use=desk.use,
                history=desk.history,
                diff=desk.diff,
                evidence=desk.evidence,
                suggest=desk.suggest,
                start=self._start,
                cancel=refits.cancel,
                status=refits.status,
                prepare=refits.prepare,
            ),
            artists=ArtistSource(
                self.artists.ask, self.artists.explain, self.artists.suggest, self.artists.examples
            ),
            maps=MapSource(self.maps.view, self.maps.find, self.maps.near, self.maps.ask, self.maps.spread),
            pages=PageSource(self.maps.page, self.pages.comparisons, self.pages.comparison, self.pages.diff),
            sounds=SoundSource(self.sounds.tracks, self.sounds.file, self.sounds.page),
            exports=ExportSource(self.exports.listing, self.exports.file),
            is_read_only=lambda: is_read_only(self.workspace.root),
        )

    def warm(self) -> None:
        """Load in the background what the first question to each page would wait for."""
        threading.Thread(target=self._warm, daemon=True, name="warm").start()

    def close(self) -> None:
        """End the processes of refits."""
        self.refits.close()

    def _start(self, number: int, sweeps: int) -> str:
        from .topic_desk import refuse_stale

        refuse_stale(self.workspace, number)
        return self.refits.start(number, sweeps)

    def _look_again(self) -> None:
        """Load what a new round changes before somebody asks for it."""
        with suppress(BandscapeError):
            self.topics.warm()
            self.artists.table()

    def _warm(self) -> None:
        parts: list[Any] = [
            self.topics.facts.overview,
            self.corpus.overview,
            self.artists.table,
            lambda: self.artists.suggest("a", 1),
            self.topics.warm,
            self.artists.explainer,
            self.maps.page,
            self.sounds.page,
        ]
        for part in parts:
            with suppress(BandscapeError):  # what is not there yet is told on its page
                part()


def _title(workspace: Workspace) -> str:
    with suppress(BandscapeError, KeyError):
        return steps.map_title(workspace)
    return workspace.root.name


def _named(others: Sequence[Path]) -> dict[str, Workspace]:
    named: dict[str, Workspace] = {}
    for root in others:
        name = root.name if root.name not in named else str(root)
        if name in named:
            raise ParameterError(f"--compare names {root} twice")
        named[name] = Workspace(root)
    return named
