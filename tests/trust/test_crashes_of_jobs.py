"""Every long job as `kill -9` at each boundary would leave it: readers are served, and running again gives the same."""

import os
import shutil

import pytest

from bandscape.core import Checkpoint, Workspace

from .disk import Disk
from .jobs import JOBS, kept, leftovers, outcome


class Snapshots:
    """Copies of a folder at each boundary where it differs from the one before."""

    def __init__(self, root, folder):
        self._root, self._folder = root, folder
        self._last = None
        self.taken = []

    def __call__(self, _name, _args):
        if not self._root.exists():
            return
        state = sorted((str(one), *_facts(one)) for one in self._root.rglob("*"))
        if state != self._last:
            self._last = state
            self.taken.append(self._folder / f"{len(self.taken):04d}")
            shutil.copytree(self._root, self.taken[-1], copy_function=_copy)


def _facts(path):
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _copy(source, target):
    """Link what is finished, since it is only ever replaced; copy what may still grow."""
    if "/." in source:
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def check_readers(root):
    workspace = Workspace(root)
    for record in workspace.steps().values():
        for path in record.outputs:
            workspace.intact(path)


def final(name, root, files):
    """What a job has made. After an edit also the refit: topics.json may be the earlier one until the next command."""
    if name == "edit":
        JOBS["refit"](root, files)
    found = outcome(root)
    if name == "edit":  # which contents of topics.json were our own depends on that
        found["values"].pop("topics_draft")
    return found


@pytest.mark.parametrize("name", JOBS)
def test_a_job_killed_at_any_boundary_ends_the_same(name, starts, job_files, tmp_path, monkeypatch):
    monkeypatch.setattr(Checkpoint, "due", lambda _self: True)
    root = tmp_path / "ws"
    if starts[name].exists():
        shutil.copytree(starts[name], root)
    snapshots = Snapshots(root, tmp_path / "snapshots")
    (tmp_path / "snapshots").mkdir()
    with Disk(snapshots)() as disk:
        JOBS[name](root, job_files)
    expected = final(name, root, job_files)
    assert disk.n_boundaries > 5
    assert leftovers(root) == []
    seen = set()
    for snapshot in snapshots.taken:
        if not (snapshot / "manifest.json").exists():  # a workspace that is just being made
            JOBS[name](snapshot, job_files)
            assert final(name, snapshot, job_files) == expected, snapshot.name
        else:
            check_readers(snapshot)
            with Workspace(snapshot).writing():
                pass
            if kept(snapshot) not in seen:
                seen.add(kept(snapshot))
                JOBS[name](snapshot, job_files)
                assert final(name, snapshot, job_files) == expected, snapshot.name
                assert leftovers(snapshot) == []
        shutil.rmtree(snapshot)
    assert len(snapshots.taken) >= 3
