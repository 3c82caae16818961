"""Whether a command may write to a folder: it is new, empty, or the command's own, and nobody else is writing there.

Public: `check_own_folder`, `alone_in`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import ParameterError
from ...core.locking import LOCK, locked
from ...core.replacement import remove_unfinished

CACHE = ".cache"


def check_own_folder(out: Path, is_ours: bool, begun: Collection[str] = ()) -> None:
    """Raise ParameterError unless ``out`` is new, empty, the command's own, or what a stopped run of it left.

    Parameters
    ----------
    out : path
    is_ours : bool
        Whether it holds what the command writes last.
    begun : collection of str
        Names of what the command writes before that; a folder with its cache and nothing else to see was begun by it.
    """
    if is_ours or not out.exists():
        return
    if out.is_file():
        raise ParameterError(f"--out must be a folder; {out} is a file")
    there = {entry.name for entry in out.iterdir()}
    shown = {
        name for name in there if not name.startswith(".")
    }  # unfinished files of a killed run are hidden
    if shown and not (CACHE in there and shown <= set(begun)):
        raise ParameterError(f"--out must be a new folder or one of this command; {out} holds other things")


@contextmanager
def alone_in(out: Path | None) -> Iterator[None]:
    """Hold a folder, made if need be, against other processes; a folder that nothing was put into is taken away again.

    Half-written files of a killed run are removed. Without a folder nothing is held.

    Raises
    ------
    WorkspaceError
        If another process is writing there, or the folder cannot be written to.
    """
    if out is None:
        yield
        return
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        with locked(out):
            for folder in (out, out / CACHE):
                remove_unfinished(folder)
            yield
    finally:
        if is_new and {entry.name for entry in out.iterdir()} <= {LOCK}:
            (out / LOCK).unlink(missing_ok=True)
            out.rmdir()
