"""Files and folders that are either whole or absent: written beside, synced, renamed.

Public names: :func:`replace_file`, :func:`replace_directory`, :func:`bring_back`, :func:`remove_unfinished`,
:func:`sync`, :func:`sync_tree`.
"""

import errno
import glob
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_ASIDE = ".previous"
_TRIES = 100
_IN_BETWEEN = (
    errno.ENOENT,
    errno.ENOTEMPTY,
    errno.EEXIST,
)  # what another writer between two renames leads to
_TEMPORARY = re.compile(
    r"\..+\.[0-9a-f]{12}\.tmp|\.tmp[0-9A-Za-z]{6}"
)  # _temporary_name's, and those of safetensors


@contextmanager
def replace_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary sibling to write to; on success it takes the place of ``path``, on failure it is removed.

    The data are synced before the rename and the folder after it, so that a crash leaves the old file or the new
    one, whole.

    Parameters
    ----------
    path : path
        Its folder must exist.

    Yields
    ------
    Path
        A file that does not exist yet, in the same folder.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", str(path))
    temporary = _temporary_name(path)
    try:
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        _tell_by_its_name(error, temporary, path)
        raise
    finally:
        with suppress(OSError):  # what went wrong is the error to tell
            temporary.unlink()


@contextmanager
def replace_directory(path: str | Path) -> Iterator[Path]:
    """Yield a temporary sibling folder to fill; on success it takes the place of ``path``.

    An earlier folder is set aside first and removed last; :func:`load_artifact` finds it again should the process
    die between the two renames. Half a folder that a killed process left goes when the same one is written again.
    Of several writers at once each folder is whole, and the last one stays.

    Parameters
    ----------
    path : path
        Made or replaced as a whole; missing parent folders are made.

    Yields
    ------
    Path
        An empty folder beside ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    temporary, holding = _begin_beside(path)
    try:
        yield temporary
        sync_tree(temporary)
        _exchange(temporary, path)
    except OSError as error:
        _tell_by_its_name(error, temporary, path)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if holding is not None:
            os.close(holding)


def _begin_beside(path: Path) -> tuple[Path, int | None]:
    """Make an empty folder beside ``path`` and hold it.

    Another writer may take it for abandoned before it is held; then a further one is made.
    """
    while True:
        temporary = _temporary_name(path)
        temporary.mkdir()
        with suppress(BlockingIOError, FileNotFoundError):
            holding = _hold(temporary)
            if temporary.exists():
                return temporary, holding
            if holding is not None:
                os.close(holding)


def _exchange(temporary: Path, path: Path) -> None:
    """Let a folder take the place of ``path``, also of what another writer puts there in between."""
    aside = set_aside_name(path)
    for attempt in range(_TRIES):
        try:
            if path.exists():
                shutil.rmtree(aside, ignore_errors=True)
                path.rename(aside)
            temporary.rename(path)
            break
        except OSError as error:
            if error.errno not in _IN_BETWEEN or not temporary.exists() or attempt == _TRIES - 1:
                if not path.exists():
                    with suppress(OSError):
                        aside.rename(path)
                raise
    sync(path.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _hold(folder: Path) -> int | None:
    """Lock a folder until the process ends or the descriptor is closed; None where folders cannot be locked.

    Raises
    ------
    BlockingIOError, FileNotFoundError
        If another holds it, or it is gone.
    """
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_abandoned(path: Path) -> None:
    """Remove the half-written folders that killed writers of this one left beside it; those at work hold theirs."""
    for entry in path.parent.glob(f".{glob.escape(path.name[:80])}.{'?' * 12}.tmp"):
        if _TEMPORARY.fullmatch(entry.name) and entry.is_dir():
            with suppress(OSError):  # at work, or gone by now
                if (holding := _hold(entry)) is not None:
                    shutil.rmtree(entry, ignore_errors=True)
                    os.close(holding)


def _tell_by_its_name(error: OSError, temporary: Path, path: Path) -> None:
    """Let an error speak of the name its reader knows, not of the temporary one."""
    if error.errno is None:
        return
    if error.filename is None:  # as of Arrow's errors, and of full disks
        error.filename = str(path)
    elif str(error.filename).startswith(str(temporary)):
        error.filename = str(path) + str(error.filename)[len(str(temporary)) :]
    if temporary.name in (error.strerror or ""):  # Arrow puts whole sentences there
        error.strerror = os.strerror(error.errno)


def bring_back(root: Path) -> None:
    """Finish, below ``root``, what dying writers left of :func:`replace_file` and :func:`replace_directory`.

    A folder that was set aside takes its place again where no new one has; half-written files and folders go.
    """
    for aside in list(root.rglob(set_aside_name(Path("*")).name)):
        target = aside.with_name(aside.name.removeprefix(".").removesuffix(_ASIDE))
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(target)
    for leftover in [*root.rglob(".*.tmp"), *root.rglob(".tmp??????")]:  # the latter are those of safetensors
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove the half-written files that killed writers left directly in a folder; others' files stay."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if _TEMPORARY.fullmatch(entry.name) and entry.is_file():
            entry.unlink(missing_ok=True)


def sync_tree(directory: Path) -> None:
    """Flush every file and folder below ``directory``, and itself, to the disk."""
    for entry in sorted(directory.rglob("*")):
        sync(entry)
    sync(directory)


def _temporary_name(path: Path) -> Path:
    return path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")


def set_aside_name(path: Path) -> Path:
    """Return where an earlier folder waits while the new one takes its place."""
    return path.with_name(f".{path.name}{_ASIDE}")


def sync(path: Path) -> None:
    """Flush one file or folder to the disk."""
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) if path.is_dir() else os.O_RDONLY
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
