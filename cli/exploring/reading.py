"""A workspace that is read again and again: its manifest is parsed once each time it was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...core.artifacts import MANIFEST
from ...core.workspace import Workspace


class ReadWorkspace(Workspace):
    """Like `Workspace`, for one that asks dozens of times for an answer; :meth:`writing` gives an ordinary one.

    Parameters
    ----------
    root : path
    """

    _seen: tuple[Any, dict[str, Any]] = (None, {})

    def manifest(self) -> dict[str, Any]:
        """Return the manifest, not to be changed; read anew when the file is another (it is replaced as a whole)."""
        try:
            status = (self.root / MANIFEST).stat()
        except OSError:
            return super().manifest()  # which says what is wrong
        key = (status.st_ino, status.st_mtime_ns, status.st_size)
        seen = self._seen
        if seen[0] != key:
            seen = self._seen = (key, super().manifest())
        return seen[1]

    @contextmanager
    def writing(self) -> Iterator[Workspace]:
        """Hold the writer lock and give a workspace that reads its manifest every time."""
        with Workspace(self.root).writing() as opened:
            yield opened
