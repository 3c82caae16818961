"""Modules whose code runs when something of them is asked for, not when they are imported.

For the command line: a library that another imports at its top may take longer than the command, and never be used.
Like `importlib.util.LazyLoader`, which below Python 3.12 lets two threads that ask at once run the code twice.
Public name: :func:`defer_module`.
"""

import sys
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


def defer_module(name: str) -> None:
    """Let a module that is not loaded yet be loaded on the first use of its attributes or parts.

    Parameters
    ----------
    name : str
        Nothing happens where it is loaded already, or there is no such module.
    """
    if not any(isinstance(finder, _Deferring) and finder.name == name for finder in sys.meta_path):
        sys.meta_path.insert(0, _Deferring(name))


class _Deferring(MetaPathFinder):
    """Finds one module where it is, with a loader that waits."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == self.name else None
        if spec is not None and spec.loader is not None:
            spec.loader = _WaitingLoader(spec.loader)
            sys.meta_path.remove(self)  # found once: what is loaded again by reload runs at once
        return spec


class _WaitingLoader(Loader):
    """Makes a module and keeps its code for :class:`_Waiting` to run."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.lock = threading.RLock()
        self.is_running = False
        self.package_path: Any = None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # parts of a package are found by __path__; without one the search asks for it, and so runs the package
        self.package_path = module.__dict__.pop("__path__", None)
        module.__class__ = _Waiting


class _Waiting(ModuleType):
    """A module that runs its code when an attribute is missing; it stays the same object."""

    def __getattr__(self, name: str) -> Any:
        waiting: Any = self.__spec__.loader  # pyright: ignore[reportOptionalMemberAccess]
        if isinstance(waiting, _WaitingLoader):
            with waiting.lock:
                if self.__class__ is _Waiting:
                    self._run(waiting, name)
        else:  # loaded again before it was ever asked for
            self.__class__ = ModuleType  # pyright: ignore[reportAttributeAccessIssue]
        return getattr(self, name)

    def _run(self, waiting: _WaitingLoader, name: str) -> None:
        if waiting.is_running:  # its own code, or what that imports, looks for what is not there yet
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if waiting.package_path is not None:
            self.__path__ = waiting.package_path
        waiting.is_running = True
        try:
            waiting.loader.exec_module(self)
        finally:
            waiting.is_running = False
        self.__class__ = ModuleType  # pyright: ignore[reportAttributeAccessIssue]
        self.__loader__ = self.__spec__.loader = waiting.loader  # pyright: ignore[reportOptionalMemberAccess]
