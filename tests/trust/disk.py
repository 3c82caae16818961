"""A disk that can be watched, that fails, and that dies, for tests of what is written.

Everything the packages write ends in calls of ``os``: this stands in for the ones that change what a crash would leave.
Before each such call (a *boundary*) a watcher may look at the folder as ``kill -9`` there would leave it; the call may
raise an error; or the process may "die": then this and every later change raises, so that no cleaning up hides what a
dead process leaves.

Writes of the C++ and Rust libraries do not pass here. They are failed by a limit on the size of files (`small_files`).
"""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

CALLS = ("fsync", "replace", "rename", "mkdir", "unlink", "remove", "rmdir", "truncate")


class Died(BaseException):
    """The process is dead: not an Exception, so that nothing handles it."""


class Disk:
    """Stand between the code and the disk.

    Parameters
    ----------
    watch : callable, optional
        Called with (name of the call, its arguments) before each.
    fail_at : int, optional
        Number of the boundary, from 1, at which ``error`` is raised.
    error : exception, optional
        Without it the process dies there.
    """

    def __init__(self, watch: Callable | None = None, *, fail_at: int | None = None, error=None) -> None:
        self._watch, self._fail_at, self._error = watch, fail_at, error
        self._busy = self.dead = False
        self.n_boundaries = 0

    @contextmanager
    def __call__(self) -> Iterator["Disk"]:
        real = {name: getattr(os, name) for name in CALLS}
        with mock.patch.multiple(os, **{name: self._standing_in(name, real[name]) for name in CALLS}):
            yield self

    def _standing_in(self, name, real):
        def call(*args, **options):
            if self._busy:
                return real(*args, **options)
            if self.dead:
                raise Died
            self.n_boundaries += 1
            self._look(name, args)
            if self.n_boundaries == self._fail_at:
                if self._error is not None:
                    raise self._error
                self.dead = True
                raise Died
            return real(*args, **options)

        return call

    def _look(self, name, args):
        self._busy = True
        try:
            if self._watch is not None:
                self._watch(name, args)
        finally:
            self._busy = False


@contextmanager
def small_files(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond ``n_bytes``: whoever writes more, in any language, gets an error of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class SyncedFirst:
    """Watch that what is renamed was synced before, and that folders are synced before the manifest says so."""

    def __init__(self, root: Path) -> None:
        self._manifest = root / "manifest.json"
        self._synced: dict[tuple[int, int], int] = {}
        self.unsynced_folders: set[Path] = set()
        self.faults: list[str] = []
        self.n_renamed = 0

    def __call__(self, name: str, args: tuple) -> None:
        if name == "fsync":
            status = os.fstat(args[0])
            self._synced[status.st_dev, status.st_ino] = status.st_mtime_ns
            target = Path(f"/proc/self/fd/{args[0]}").readlink()
            self.unsynced_folders.discard(target)
        elif name in ("replace", "rename"):
            source, target = Path(args[0]), Path(args[1])
            self.n_renamed += 1
            for path in [source, *source.rglob("*")] if source.is_dir() else [source]:
                status = path.stat()
                if path.is_file() and self._synced.get((status.st_dev, status.st_ino)) != status.st_mtime_ns:
                    self.faults.append(f"{path.name} was renamed to {target.name} before it was synced")
            if target == self._manifest and self.unsynced_folders:
                self.faults.append(f"the manifest before {sorted(map(str, self.unsynced_folders))}")
            self.unsynced_folders.add(target.parent.resolve())
