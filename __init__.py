"""bandscape: topics you steer, artists you can calculate with, maps to share.

The rooms are imported on first use, so that ``import bandscape`` stays quick:

- ``bandscape.datasets``: reviews from files, simulated corpora, text preparation
- ``bandscape.topics``: keyword-seeded topic models
- ``bandscape.embeddings``: artist vectors, neighbors and analogies
- ``bandscape.viz``: layouts and the interactive map
- ``bandscape.core``: errors, artifacts, progress
"""

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

__version__ = "0.1.0"

_ROOMS = ("core", "datasets", "embeddings", "topics", "viz")

__all__ = ["__version__", "core", "datasets", "embeddings", "topics", "viz"]


def __getattr__(name: str) -> _ModuleType:
    if name in _ROOMS:
        return _import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
