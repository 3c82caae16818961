"""Sound files of a folder: found without following a loop, keyed to artists by a table or by their folder.

Public names: :class:`FoundFile`, :func:`find_audio_files`, :func:`read_track_labels`, :func:`label_columns`,
:func:`match_labels`, :func:`folder_key`.
"""

import errno
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import SchemaError, SourceError

_PATH_COLUMNS = ("path", "file", "filename", "track", "track_id", "name")


@dataclass(frozen=True)
class FoundFile:
    """One file that looks like sound by its name.

    Parameters
    ----------
    track_id : str
        Its path below the folder, with "/" on every system; unique.
    path : str
        Where it lies.
    size, modified_ns : int
        -1 where the file cannot be looked at.
    problem : str
        Why it cannot be read; "" if nothing is known against it.
    """

    track_id: str
    path: str
    size: int
    modified_ns: int
    problem: str = ""


def find_audio_files(folder: str | Path, suffixes: Iterable[str]) -> list[FoundFile]:
    """List the files below a folder that have one of the suffixes, in the order of their ids.

    Links to folders are followed, each folder once; hidden files and folders are left out. Pipes, sockets, broken
    links, links to themselves and folders that cannot be opened are listed with their problem.

    Parameters
    ----------
    folder : path
    suffixes : iterable of str
        Lower case, with the dot.

    Returns
    -------
    list of FoundFile

    Raises
    ------
    SourceError
        If ``folder`` is no folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SourceError(f"{root}: {'is a file, not a folder' if root.exists() else 'no such folder'}")
    wanted, seen, found = tuple(suffixes), set(), []
    waiting = [root]
    while waiting:
        here = waiting.pop()
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            found.append(_with_problem(root, here, f"folder cannot be opened ({error.strerror})"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                waiting.append(Path(entry.path))
            elif entry.name.lower().endswith(wanted):
                found.append(_looked_at(root, Path(entry.path)))
    return _apart(sorted(found, key=lambda file: (file.track_id, not _is_utf8(file.path))))


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _apart(files: list[FoundFile]) -> list[FoundFile]:
    r"""Double the backslashes of an id that an earlier file has: one's name holds ``\xe9``, the other's the byte."""
    taken = {file.track_id for file in files}
    seen: set[str] = set()
    apart = []
    for file in files:
        name = file.track_id
        while name in seen or (name != file.track_id and name in taken):
            name = name.replace("\\", "\\\\")
        seen.add(name)
        apart.append(replace(file, track_id=name))
    return sorted(apart, key=lambda file: file.track_id)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _looked_at(root: Path, path: Path) -> FoundFile:
    try:
        status = path.stat()
    except OSError as error:
        reason = str(error.strerror)
        if path.is_symlink():
            reason = f"is a link that leads {'to itself' if error.errno == errno.ELOOP else 'nowhere'}"
        return _with_problem(root, path, reason)
    problem = "" if path.is_file() else "is not a regular file (a pipe, socket or device)"
    return FoundFile(_track_id(root, path), str(path), status.st_size, status.st_mtime_ns, problem)


def _with_problem(root: Path, path: Path, problem: str) -> FoundFile:
    return FoundFile(_track_id(root, path), str(path), -1, -1, problem)


def _track_id(root: Path, path: Path) -> str:
    r"""Return the path below the root; bytes of a name that are no UTF-8 stand as ``\xe9``."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def folder_key(track_id: str) -> str:
    """Return the name of the folder a file lies in; "" directly below the root.

    >>> folder_key("Coil/Horse Rotorvator/01.flac"), folder_key("01.flac")
    ('Coil', '')
    """
    return track_id.split("/")[0] if "/" in track_id else ""


def read_track_labels(path: str | Path, column: str) -> dict[str, str]:
    """Read a CSV that says something of each file.

    Parameters
    ----------
    path : path
        Has a column ``path``, ``file`` or ``track`` with paths below the folder of sounds, and ``column``.
    column : str
        Such as "artist" or "label".

    Returns
    -------
    dict of str to str
        By path; blank values are left out.

    Raises
    ------
    SourceError
        If it cannot be read.
    SchemaError
        If a column is missing or a file is named twice with different values.
    """
    names, rows = _read_rows(path)
    key = next((name for name in _PATH_COLUMNS if name in names), None)
    if key is None or column not in names:
        has = ", ".join(name[:40] for name in names[:8]) + (", ..." if len(names) > 8 else "")
        has = has or "no columns: it is empty"
        raise SchemaError(
            f"{path}: needs a column of paths ({', '.join(_PATH_COLUMNS[:3])}) and {column!r}; has {has}"
        )
    labels: dict[str, str] = {}
    for row in rows:
        file, value = (row[key] or "").strip(), (row[column] or "").strip()
        if labels.get(file, value) != value:
            raise SchemaError(
                f"{path}: {file[:200]!r} has two values of {column!r}: {labels[file][:100]!r} and {value[:100]!r}"
            )
        if file and value:
            labels[file] = value
    return labels


def label_columns(path: str | Path) -> list[str]:
    """Return the columns of such a CSV besides the one of paths.

    Raises
    ------
    SourceError, SchemaError
        If it cannot be read, or has no column of paths and another one.
    """
    names, _ = _read_rows(path)
    key = next((name for name in _PATH_COLUMNS if name in names), None)
    others = [name for name in names if name and name != key]
    if key is None or not others:
        has = ", ".join(name[:40] for name in names[:8]) or "no columns: it is empty"
        raise SchemaError(
            f"{path}: needs a column of paths ({', '.join(_PATH_COLUMNS[:3])}) and one of labels; has {has}"
        )
    return others


def _read_rows(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the names of the columns, and the rows."""
    import csv

    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    try:
        reader = csv.DictReader(text.splitlines(keepends=True))
        return list(reader.fieldnames or []), list(reader)
    except csv.Error as error:
        raise SourceError(f"{path}: cannot be read as CSV ({error})") from error


def match_labels(labels: Mapping[str, str], track_ids: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the labels by track id, and the names in the table that match no file.

    A path matches as it stands, else with its backslashes as slashes, else by the name of the file alone where only
    one file has that name.
    """
    ids = list(track_ids)
    by_name: dict[str, list[str]] = {}
    for track in ids:
        by_name.setdefault(track.rsplit("/", 1)[-1], []).append(track)
    alone = {name: tracks[0] for name, tracks in by_name.items() if len(tracks) == 1}
    known = {track: track for track in ids}
    found, lost = {}, []
    for file, value in labels.items():
        slashed = file.replace("\\", "/")
        track = known.get(file) or known.get(slashed)
        if track is not None and (track == file or track not in labels):
            found[track] = value
        elif same := alone.get(file) or alone.get(slashed.rsplit("/", 1)[-1]):
            found.setdefault(same, value)
        else:
            lost.append(file)
    return found, lost
