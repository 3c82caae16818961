"""Whether a workspace is whole: every recorded file against its sha256, and what crashes left behind.

Nothing is changed or mended here: the next command that writes clears leftovers away and finishes what was cut off.

Public names: :class:`Finding`, :func:`check_workspace`.
"""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .artifacts import MANIFEST
from .checkpoints import Checkpoint
from .errors import BandscapeError
from .files import sha256_of
from .manifest import JOURNAL, StepRecord, installed_versions, read_journal
from .workspace import LOCK, Workspace

_SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    check : str
        What was looked at.
    ok : bool
        Whether nothing is lost.
    detail : str
        What was found and, unless all is well, the remedy.
    is_note : bool
        True of what is no damage but worth knowing.
    """

    check: str
    ok: bool
    detail: str
    is_note: bool = False


def check_workspace(root: str | Path) -> list[Finding]:
    """Check a workspace without changing it.

    Parameters
    ----------
    root : path

    Returns
    -------
    list of Finding
        The manifest, every step, then leftovers, lock, checkpoints, versions and files that no step made.

    Raises
    ------
    WorkspaceError
        If there is no workspace.
    """
    root = Path(root)
    if not (root / MANIFEST).exists():
        Workspace(root)  # says why it is none
    try:
        workspace = Workspace(root)
        steps = workspace.steps()
    except BandscapeError as error:
        return [Finding("manifest", False, str(error))]
    findings = [Finding("manifest", True, f"{len(steps)} steps, {_n_outputs(steps)} files recorded")]
    findings += [_check_step(workspace, record) for record in steps.values()]
    for part in (_interrupted, _half_written, _lock, _checkpoints, _versions, _strangers):
        findings += part(workspace)
    return findings


def _n_outputs(steps: dict[str, StepRecord]) -> int:
    return sum(len(record.outputs) for record in steps.values())


def _check_step(workspace: Workspace, record: StepRecord) -> Finding:
    name, n_files = f"step {record.name}", len(record.outputs)
    try:
        for path, sha256 in record.outputs.items():
            full = workspace.root / path
            if not full.is_file() or sha256_of(full) != sha256:
                return Finding(name, False, f"{path} is missing or changed; run it again")
        outdated = workspace.outdated_input(record.name)
    except OSError as error:
        where = Path(error.filename or workspace.root)
        return Finding(name, False, f"{_below(workspace.root, where)} cannot be read ({error.strerror})")
    if outdated is not None:
        return Finding(name, True, f"was made from an earlier {outdated}; run it again", is_note=True)
    return Finding(name, True, f"{n_files} file{'s' * (n_files != 1)} intact")


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if root in path.parents else str(path)


def _interrupted(workspace: Workspace) -> Iterator[Finding]:
    for stage in sorted((workspace.root / ".staging").glob("*")):
        name = f"interrupted step {stage.name}"
        if not (stage / JOURNAL).exists():
            detail = "was cut off before its end; run it again (what it wrote so far goes by itself)"
        else:
            try:
                read_journal(stage)
            except BandscapeError as error:
                yield Finding(name, False, str(error))
                continue
            detail = (
                "was cut off while its files were moved into place; the next command that writes finishes it"
            )
        yield Finding(name, True, detail, is_note=True)


def _half_written(workspace: Workspace) -> Iterator[Finding]:
    staged = workspace.root / ".staging"
    found = [path for path in workspace.root.rglob(".*.tmp") if staged not in path.parents]
    if found:
        shown = _listed(sorted(path.relative_to(workspace.root).as_posix() for path in found))
        detail = f"{shown}; the next command that writes removes them"
        yield Finding("half-written files", True, detail, is_note=True)


def _lock(workspace: Workspace) -> Iterator[Finding]:
    from filelock import FileLock, Timeout

    path = workspace.root / LOCK
    if not path.exists():
        return
    try:
        with FileLock(path, timeout=0):
            pass
    except Timeout:
        detail = "another process is writing; what it has not finished shows as interrupted"
        yield Finding("lock", True, detail, is_note=True)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            yield Finding("lock", True, "the folder is read-only: queries work, steps do not", is_note=True)
        else:
            detail = f"{LOCK} is no lock ({error.strerror}), so steps do not work; remove it"
            yield Finding("lock", False, detail)


def _checkpoints(workspace: Workspace) -> Iterator[Finding]:
    for path in sorted((workspace.root / ".checkpoints").glob("*.safetensors")):
        readable = Checkpoint(path).load() is not None
        detail = "the step goes on from it" if readable else "cannot be read; the step starts afresh"
        yield Finding(f"checkpoint {path.stem}", True, detail, is_note=True)


def _versions(workspace: Workspace) -> Iterator[Finding]:
    now = installed_versions()
    changed = {
        f"{package} {then} (now {now.get(package, 'absent')})"
        for record in workspace.steps().values()
        for package, then in record.versions.items()
        if now.get(package) != then
    }
    if changed:
        detail = f"made with {_listed(sorted(changed))}; results of a new run may differ"
        yield Finding("versions", True, detail, is_note=True)


def _strangers(workspace: Workspace) -> Iterator[Finding]:
    recorded = {path for record in workspace.steps().values() for path in record.outputs}
    found = []
    for path in sorted(workspace.root.rglob("*")):
        relative = path.relative_to(workspace.root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if _is_file(path) and not hidden and relative.as_posix() not in {*recorded, MANIFEST}:
            found.append(relative.as_posix())
    if found:
        yield Finding("other files", True, f"made by no step, so not checked: {_listed(found)}", is_note=True)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that cannot be entered, which the steps' findings speak of
        return False


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
