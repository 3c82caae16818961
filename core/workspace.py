"""A workspace: a folder in which every step reads and writes, can be repeated, and is recorded.

``manifest.json`` holds, for each step done, its parameters, inputs (sha256), outputs (sha256), versions and
duration. A step whose inputs and parameters are unchanged and whose outputs are intact is skipped. A step writes
into a staging folder; a journal there makes the publication of several files all-or-nothing: whoever opens the
workspace for writing after a crash finishes it.

Public names: :class:`Workspace`, :class:`StepRecord`.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .artifacts import MANIFEST
from .checkpoints import Checkpoint, fingerprint
from .errors import NO_ROOM, BandscapeError, ChecksumError, WorkspaceError
from .events import log_event, record_facts
from .files import read_json, sha256_of
from .locking import LOCK, locked
from .manifest import (
    JOURNAL,
    WORKSPACE_FORMAT,
    StepRecord,
    installed_versions,
    make_record,
    read_journal,
    read_manifest,
    write_journal,
    write_manifest,
)
from .memory import PeakMemory
from .replacement import bring_back, sync, sync_tree
from .seals import remember_verified

logger = logging.getLogger(__name__)

CHECKPOINT_S = 10.0
"""Seconds of a long step that a crash may cost."""
_OWN_FOLDERS = (".staging", ".checkpoints", ".cache")


class Workspace:
    """A folder of steps.

    Parameters
    ----------
    root : path
        Must hold a workspace already; :meth:`create` makes one.

    Raises
    ------
    WorkspaceError
        If ``root`` is not a workspace.
    FormatVersionError
        If it was written by a newer bandscape.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self._verified: dict[str, tuple[int, int, str]] = {}
        if not (self.root / MANIFEST).exists():
            if _lost_its_manifest(self.root):
                raise WorkspaceError(f"{self.root}: {_LOST_MANIFEST}")
            raise WorkspaceError(
                f"{self.root}: not a workspace; make one with `bandscape run SOURCE --out {self.root}`"
            )
        self.manifest()

    @classmethod
    @contextmanager
    def create(cls, root: str | Path) -> Iterator["Workspace"]:
        """Open the workspace at ``root`` for writing, making it first where there is nothing or an empty folder.

        One that was made by this call and still has no step at the end is removed again.

        Parameters
        ----------
        root : path

        Yields
        ------
        Workspace
            Locked, as by :meth:`writing`.

        Raises
        ------
        WorkspaceError
            If ``root`` is a file or a folder with other things in it, is read-only, or is being written to.
        """
        root = Path(root)
        if (root / MANIFEST).exists():
            with cls(root).writing() as workspace:
                yield workspace
            return
        _refuse_foreign(root)
        existed, is_held = root.exists(), False
        root.mkdir(parents=True, exist_ok=True)
        try:
            with locked(root):
                is_held = True
                if not (root / MANIFEST).exists():
                    bring_back(root)
                    write_manifest(root, {"format": WORKSPACE_FORMAT, "steps": {}, "values": {}})
                workspace = cls(root)
                try:
                    yield workspace
                finally:
                    if not workspace.steps():
                        _remove_own(root)
        finally:
            if is_held and not (root / MANIFEST).exists():  # else the lock is another writer's
                (root / LOCK).unlink(missing_ok=True)
                if not existed:
                    root.rmdir()

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r}, steps={list(self.manifest()['steps'])})"

    # -- reading ---------------------------------------------------------------------------------------------

    def manifest(self) -> dict[str, Any]:
        """Return the manifest: ``format``, ``steps`` (by name) and ``values``.

        Raises
        ------
        ChecksumError
            If it is damaged, or names files outside the workspace.
        FormatVersionError
            If it was written by another version of the format.
        """
        return read_manifest(self.root)

    def steps(self) -> dict[str, StepRecord]:
        """Return the records of the steps done, in the order they were finished."""
        records = self.manifest()["steps"]
        ordered = sorted(records, key=lambda name: records[name]["finished"])
        return {name: make_record(records[name], skipped=True) for name in ordered}

    def values(self) -> dict[str, Any]:
        """Return what steps noted for later ones, such as the current topic round."""
        return self.manifest()["values"]

    def has(self, path: str) -> bool:
        """Return whether ``path`` (relative to the root) was made by a step from what the workspace holds now."""
        step = self._maker(path)
        return step is not None and (self.root / path).exists() and self.outdated_input(step) is None

    def is_sound(self, path: str) -> bool:
        """Return whether :meth:`verified` would give ``path``."""
        try:
            self.verified(path)
        except (WorkspaceError, ChecksumError):
            return False
        return True

    def verified(self, path: str) -> Path:
        """Return the full path of an output after checking its sha256, and that its own inputs are still these.

        Raises
        ------
        WorkspaceError
            If no step has made it, or it was made from something that was replaced since.
        ChecksumError
            If the file is missing or differs from its record.
        """
        full, step = self.intact(path), self._maker(path)
        outdated = self.outdated_input(str(step))
        if outdated is not None:
            error = WorkspaceError(
                f"{self.root}: {path} was made from an earlier {outdated}; make it again", step=str(step)
            )
            error.root = str(self.root)
            raise error
        return full

    def intact(self, path: str) -> Path:
        """Return the full path of an output after checking its sha256; its inputs may have been replaced since.

        Raises
        ------
        WorkspaceError
            If no step has made it.
        ChecksumError
            If the file is missing or differs from its record.
        """
        step = self._maker(path)
        if step is None:
            raise WorkspaceError(f"{self.root}: has no {path}; run the step that makes it first")
        full = self.root / path
        expected = self.manifest()["steps"][step]["outputs"][path]
        if not full.exists() or self._sha256(full) not in (expected, self._arriving(path)):
            done_by = step.partition("/")[0]
            error = ChecksumError(f"{full}: missing or not as recorded; do the step {done_by!r} again")
            error.step, error.root = step, str(self.root)
            raise error
        remember_verified(full)
        return full

    def sha256(self, path: str) -> str:
        """Return the recorded sha256 of an output, to be named as the input of another step."""
        return self._sha256(self.verified(path))

    def outdated_input(self, step: str, seen: tuple[str, ...] = ()) -> str | None:
        """Return an input of ``step`` (or of one it depends on) that has been replaced since it was used."""
        steps = self.manifest()["steps"]
        current = {
            path: (sha256, name)
            for name, record in steps.items()
            for path, sha256 in record["outputs"].items()
        }
        for path, sha256 in steps[step]["inputs"].items():
            if path not in current or current[path][1] in seen:
                continue
            now, maker = current[path]
            if now != sha256:
                return path
            deeper = self.outdated_input(maker, (*seen, step))
            if deeper is not None:
                return deeper
        return None

    # -- writing ---------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator["Workspace"]:
        """Hold the workspace's single writer lock; first finish or clear away what a crash left.

        Raises
        ------
        WorkspaceError
            If another process writes to it, or the folder is read-only.
        """
        with locked(self.root):
            self._recover()
            yield self

    def note(self, values: Mapping[str, Any]) -> None:
        """Keep values for later steps, inside :meth:`writing`.

        Parameters
        ----------
        values : mapping
            JSON-able; those of the same name are replaced.
        """
        manifest = self.manifest()
        manifest["values"].update(values)
        write_manifest(self.root, manifest)

    def run_step(
        self,
        name: str,
        build: Callable[[Path], None],
        *,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, str] | Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
    ) -> StepRecord:
        """Do a step unless it is done already, inside :meth:`writing`.

        Parameters
        ----------
        name : str
        build : callable
            Gets an empty staging folder and writes its outputs there under their workspace paths.
        parameters : mapping
            JSON-able; everything that changes the outputs.
        inputs : mapping of label to sha256, or sequence of workspace paths
        values : mapping, optional
            Noted in the manifest together with the step.

        Returns
        -------
        StepRecord
            With ``skipped`` set when nothing had to be done.
        """
        if not isinstance(inputs, Mapping):
            inputs = {path: self.sha256(path) for path in inputs}
        found = self.up_to_date(name, parameters=parameters, inputs=inputs)
        if found is not None:
            log_event("step_skipped", step=name, workspace=str(self.root))
            return found
        log_event("step_started", step=name, workspace=str(self.root), parameters=dict(parameters))
        stage = self.root / ".staging" / _file_name(name)
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        try:
            record = _build(stage, build, StepRecord(name, dict(parameters), dict(inputs), {}))
            sync_tree(stage)
            write_journal(stage, record, values or {}, self._outputs_of(name))
        except BaseException as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM and error.filename is None:
                error.filename = str(self.root)  # of libraries and nameless files: say which disk
            shutil.rmtree(stage, ignore_errors=True)
            log_event("step_failed", step=name, error=type(error).__name__)
            raise
        self._publish(stage)
        log_event("step_finished", **record_facts(record))
        return record

    def up_to_date(
        self, name: str, *, parameters: Mapping[str, Any], inputs: Mapping[str, str]
    ) -> StepRecord | None:
        """Return the record of ``name`` if its parameters and inputs are these and its outputs are intact."""
        record = self.manifest()["steps"].get(name)
        if record is None:
            return None
        if fingerprint(record["parameters"], record["inputs"]) != fingerprint(dict(parameters), dict(inputs)):
            return None
        for path, sha256 in record["outputs"].items():
            full = self.root / path
            if not full.exists() or self._sha256(full) != sha256:
                logger.warning("%s: not as recorded, so step %s is done again", full, name)
                return None
        return make_record(record, skipped=True)

    def checkpoint(self, name: str) -> Checkpoint:
        """Return the checkpoint of a step, saved every ten seconds; it is deleted when the step is done."""
        return Checkpoint(
            self.root / ".checkpoints" / f"{_file_name(name)}.safetensors", every_s=CHECKPOINT_S
        )

    def cache(self, name: str) -> Path:
        """Return a folder for results that can be made again at any time."""
        folder = self.root / ".cache" / _file_name(name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # -- inner -----------------------------------------------------------------------------------------------

    def _maker(self, path: str) -> str | None:
        """Return the name of the step that made ``path``."""
        for name, record in self.manifest()["steps"].items():
            if path in record["outputs"]:
                return name
        return None

    def _outputs_of(self, step: str) -> list[str]:
        return list(self.manifest()["steps"].get(step, {}).get("outputs", {}))

    def _arriving(self, path: str) -> str | None:
        """Return the sha256 that ``path`` will have once the publication under way is finished."""
        for journal in (self.root / ".staging").glob(f"*/{JOURNAL}"):
            try:
                return read_json(journal)["record"]["outputs"][path]
            except (BandscapeError, KeyError, TypeError):
                continue
        return None

    def _sha256(self, full: Path) -> str:
        status = full.stat()
        known = self._verified.get(str(full))
        if known is None or known[:2] != (status.st_mtime_ns, status.st_size):
            known = (status.st_mtime_ns, status.st_size, sha256_of(full))
            self._verified[str(full)] = known
        return known[2]

    def _publish(self, stage: Path) -> None:
        """Move what a step made to its place, and record it; may be repeated after a crash at any point."""
        record, values, gone = read_journal(stage)
        manifest = self.manifest()
        for path in record["outputs"]:
            staged, final = stage / path, self.root / path
            if staged.exists():
                _make_folders(self.root, final.parent)
                staged.replace(final)
        for folder in {(self.root / path).parent for path in record["outputs"]}:
            sync(folder)
        manifest["steps"][record["name"]] = {k: v for k, v in record.items() if k != "skipped"}
        manifest["values"].update(values)
        write_manifest(self.root, manifest)
        for path in gone:
            (self.root / path).unlink(missing_ok=True)
        self.checkpoint(record["name"]).delete()
        shutil.rmtree(stage, ignore_errors=True)

    def _recover(self) -> None:
        """Finish a publication that a crash cut off; drop what was only staged, and half-written files."""
        for stage in sorted((self.root / ".staging").glob("*")):
            if (stage / JOURNAL).exists():
                logger.info("finishing the interrupted step in %s", stage.name)
                self._publish(stage)
            else:
                shutil.rmtree(stage, ignore_errors=True)
        bring_back(self.root)


def _refuse_foreign(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise WorkspaceError(f"{root}: is a file; give a folder for the workspace")
    if root.is_symlink() and not root.exists():
        raise WorkspaceError(f"{root}: is a link to nothing; remove it, or make the folder it points to")
    entries = [entry.name for entry in root.iterdir()] if root.is_dir() else []
    half_made = (
        f".{MANIFEST}."  # the writer that made the folder was killed before its first manifest was whole
    )
    foreign = [name for name in entries if name != LOCK and not name.startswith(half_made)]
    if _lost_its_manifest(root):
        raise WorkspaceError(f"{root}: {_LOST_MANIFEST}")
    if foreign:
        raise WorkspaceError(f"{root}: holds other files ({foreign[0]}); give a new or empty folder")


_LOST_MANIFEST = (
    f"a workspace whose {MANIFEST} is gone: restore it from a copy, or make the workspace anew elsewhere"
)


def _lost_its_manifest(root: Path) -> bool:
    """Return whether a folder has what only workspaces have, and the folders of finished steps."""
    return any((root / name).exists() for name in (LOCK, *_OWN_FOLDERS)) and any(
        (root / name).is_dir() for name in ("corpus", "topics", "artists", "maps", "audio")
    )


def _remove_own(root: Path) -> None:
    """Remove what a workspace without steps holds; its folder was empty before, and its lock is held."""
    for name in _OWN_FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
    (root / MANIFEST).unlink(missing_ok=True)


def _make_folders(root: Path, folder: Path) -> None:
    """Make ``folder`` below ``root``, each level synced; a link on the way out of the workspace is refused."""
    for level in reversed([folder, *folder.parents]):
        if level == root or root not in level.parents:
            continue
        if level.is_symlink():
            raise WorkspaceError(f"{level}: is a link; replace it by a folder")
        if not level.exists():
            level.mkdir()
            sync(level.parent)


def _build(stage: Path, build: Callable[[Path], None], begun: StepRecord) -> StepRecord:
    """Let a step write into its staging folder; return its record with what it made and what that took."""
    started = time.perf_counter()
    with PeakMemory() as memory:
        build(stage)
    return replace(
        begun,
        outputs=_hashes(stage),
        versions=installed_versions(),
        finished=datetime.now(UTC).isoformat(timespec="microseconds"),
        seconds=round(time.perf_counter() - started, 3),
        peak_bytes=memory.peak_bytes,
    )


def _hashes(stage: Path) -> dict[str, str]:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    return {path.relative_to(stage).as_posix(): sha256_of(path) for path in files}


def _file_name(step: str) -> str:
    return step.replace("/", "-").replace(":", "-")
