"""One writer at a time in a folder.

Public: `locked`, `LOCK`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import WorkspaceError

LOCK = ".lock"
"""Name of the file whose lock the one writer holds."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which must be there, against other writers; the lock of a process that was killed is free.

    Raises
    ------
    WorkspaceError
        If another process holds it, or it cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WorkspaceError(f"{folder}: another process is writing to it; wait for it to end") from error
    except OSError as error:
        raise WorkspaceError(f"{folder}: cannot be written to ({error.strerror})") from error
    try:
        yield
    finally:
        lock.release()
