"""Whether a command may write to a folder: it is new, empty, or the command's own."""

from collections.abc import Collection
from pathlib import Path

from ...core.errors import ParameterError
from ...core.replacement import remove_unfinished

CACHE = ".cache"


def check_own_folder(out: Path, is_ours: bool, begun: Collection[str] = ()) -> None:
    """Raise ParameterError unless ``out`` is new, empty, the command's own, or what a stopped run of it left.

    Half-written files of a killed run are removed.

    Parameters
    ----------
    out : path
    is_ours : bool
        Whether it holds what the command writes last.
    begun : collection of str
        Names of what the command writes before that; a folder with its cache and nothing else to see was begun by it.
    """
    if is_ours or not out.exists():
        _tidy(out)
        return
    if out.is_file():
        raise ParameterError(f"--out must be a folder; {out} is a file")
    there = {entry.name for entry in out.iterdir()}
    shown = {
        name for name in there if not name.startswith(".")
    }  # unfinished files of a killed run are hidden
    if shown and not (CACHE in there and shown <= set(begun)):
        raise ParameterError(f"--out must be a new folder or one of this command; {out} holds other things")
    _tidy(out)


def _tidy(out: Path) -> None:
    for folder in (out, out / CACHE):
        remove_unfinished(folder)
