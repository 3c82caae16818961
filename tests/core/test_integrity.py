"""What `check_workspace` says of whole, damaged and interrupted workspaces, and that it changes none."""

import errno
import json
from pathlib import Path

import pytest

from bandscape.core import Workspace, WorkspaceError, check_workspace, read_json, write_json
from bandscape.core.checkpoints import Checkpoint
from bandscape.core.manifest import JOURNAL, installed_versions
from bandscape.core.workspace import LOCK


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "ws") as workspace:
        workspace.run_step("one", lambda stage: (stage / "a").write_text("1"), parameters={"seed": 1})
        workspace.run_step("two", lambda stage: (stage / "b").write_text("2"), parameters={}, inputs=["a"])
    return workspace


def found(workspace):
    return {finding.check: finding for finding in check_workspace(workspace.root)}


def tree(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_whole_workspace_has_nothing_but_good_findings(workspace):
    assert [(one.check, one.ok, one.is_note) for one in check_workspace(workspace.root)] == [
        ("manifest", True, False), ("step one", True, False), ("step two", True, False),
    ]  # fmt: skip


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("other")])
def test_a_missing_or_changed_file_is_bad_and_named(workspace, spoil):
    spoil(workspace.root / "a")
    findings = found(workspace)
    assert not findings["step one"].ok
    assert findings["step one"].detail.startswith("a is missing or changed")
    assert findings["step two"].ok


def test_a_changed_manifest_is_bad(workspace):
    manifest = read_json(workspace.root / "manifest.json")
    manifest["steps"]["one"]["parameters"]["seed"] = 2
    (workspace.root / "manifest.json").write_text(json.dumps(manifest))
    (finding,) = check_workspace(workspace.root)
    assert (finding.check, finding.ok) == ("manifest", False)
    assert "damaged" in finding.detail


def test_a_manifest_of_an_earlier_version_has_no_sha256_and_is_read(workspace):
    manifest = read_json(workspace.root / "manifest.json")
    del manifest["sha256"]
    for record in manifest["steps"].values():
        del record["peak_bytes"]
    write_json(workspace.root / "manifest.json", manifest)
    assert all(one.ok for one in check_workspace(workspace.root))
    assert workspace.steps()["one"].peak_bytes == 0


def test_what_a_crash_left_is_noted_and_left_alone(workspace):
    root = workspace.root
    (root / ".staging" / "three").mkdir(parents=True)
    (root / ".a.123.tmp").write_text("half")
    Checkpoint(root / ".checkpoints" / "four.safetensors").save({}, {"sweep": 3})
    (root / ".checkpoints" / "five.safetensors").write_bytes(b"torn")
    (root / "mine.html").write_text("x")
    before = tree(root)
    findings = found(workspace)
    assert all(one.ok for one in findings.values())
    notes = {name: one.detail for name, one in findings.items() if one.is_note}
    assert set(notes) == {
        "interrupted step three", "half-written files", "checkpoint five", "checkpoint four", "other files",
    }  # fmt: skip
    assert "goes on from it" in notes["checkpoint four"]
    assert "starts afresh" in notes["checkpoint five"]
    assert "mine.html" in notes["other files"]
    assert tree(root) == before


def test_a_journal_or_a_lock_that_cannot_be_used_is_bad_with_the_remedy(workspace):
    root = workspace.root
    (root / ".staging" / "three").mkdir(parents=True)
    (root / ".staging" / "three" / JOURNAL).write_text("{]")
    (root / LOCK).unlink(missing_ok=True)
    (root / LOCK).mkdir()
    findings = found(workspace)
    assert not findings["interrupted step three"].ok
    assert "delete the folder" in findings["interrupted step three"].detail
    assert not findings["lock"].ok
    assert findings["lock"].detail.endswith("so steps do not work; remove it")


def test_an_outdated_step_other_versions_and_a_writer_are_noted(workspace, monkeypatch):
    monkeypatch.setattr(
        "bandscape.core.integrity.installed_versions", lambda: {**installed_versions(), "numpy": "9.9"}
    )
    with workspace.writing():
        workspace.run_step("one", lambda stage: (stage / "a").write_text("new"), parameters={"seed": 2})
        findings = found(workspace)
    assert "earlier a" in findings["step two"].detail
    assert "now 9.9" in findings["versions"].detail
    assert "another process" in findings["lock"].detail


def test_a_folder_that_is_no_workspace_is_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="not a workspace"):
        check_workspace(tmp_path)


def test_a_workspace_whose_manifest_is_gone_is_told_as_by_the_commands(workspace):
    (workspace.root / "manifest.json").unlink()
    (workspace.root / "corpus").mkdir()
    with pytest.raises(WorkspaceError, match=r"whose manifest\.json is gone: restore it from a copy"):
        check_workspace(workspace.root)


def test_a_file_that_may_not_be_read_is_bad_and_the_others_are_checked(workspace, monkeypatch):
    real = Path.is_file  # rights do not hold the superuser, so they are played

    def is_file(path):
        if path.name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "is_file", is_file)
    findings = found(workspace)
    assert not findings["step one"].ok
    assert findings["step one"].detail == "a cannot be read (Permission denied)"
    assert "step two" in findings
