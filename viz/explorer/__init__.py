"""The explorer: a workspace in the browser, as a Dash app that is given its answers as callables."""

from .app import make_app
from .guard import Guard
from .sources import (
    ArtistSource,
    CorpusSource,
    ExportSource,
    MapSource,
    PageSource,
    SoundSource,
    Sources,
    TopicSource,
)

__all__ = [
    "ArtistSource",
    "CorpusSource",
    "ExportSource",
    "Guard",
    "MapSource",
    "PageSource",
    "SoundSource",
    "Sources",
    "TopicSource",
    "make_app",
]
