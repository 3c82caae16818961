import multiprocessing
import os

import pytest

from bandscape.core import ChecksumError, FormatVersionError, Workspace, WorkspaceError, read_json, write_json


def build_text(text):
    def build(stage):
        (stage / "corpus").mkdir()
        (stage / "corpus" / "a.txt").write_text(text)

    return build


@pytest.fixture
def workspace(tmp_path):
    return Workspace.create(tmp_path / "ws")


def test_an_unchanged_step_is_skipped_and_a_changed_one_is_not(workspace):
    with workspace.writing():
        first = workspace.run_step("import", build_text("1"), parameters={"p": 1}, inputs={"file": "aa"})
        again = workspace.run_step("import", pytest.fail, parameters={"p": 1}, inputs={"file": "aa"})
        other = workspace.run_step("import", build_text("2"), parameters={"p": 2}, inputs={"file": "aa"})
        third = workspace.run_step("import", build_text("3"), parameters={"p": 2}, inputs={"file": "bb"})
    assert (first.skipped, again.skipped, other.skipped, third.skipped) == (False, True, False, False)
    assert workspace.verified("corpus/a.txt").read_text() == "3"
    assert first.outputs.keys() == {"corpus/a.txt"}


def test_a_step_depends_on_the_outputs_of_another(workspace):
    with workspace.writing():
        workspace.run_step("one", build_text("1"), parameters={})
        workspace.run_step(
            "two", lambda stage: (stage / "b").write_text("b"), parameters={}, inputs=["corpus/a.txt"]
        )
        workspace.run_step("one", build_text("changed"), parameters={"p": 2})
        record = workspace.run_step(
            "two", lambda stage: (stage / "b").write_text("b"), parameters={}, inputs=["corpus/a.txt"]
        )
    assert not record.skipped
    assert list(workspace.steps()) == ["one", "two"]


def test_a_damaged_output_is_refused_and_made_again(workspace):
    with workspace.writing():
        workspace.run_step("import", build_text("1"), parameters={})
        (workspace.root / "corpus" / "a.txt").write_text("tampered")
        with pytest.raises(ChecksumError, match=r"a\.txt"):
            workspace.verified("corpus/a.txt")
        record = workspace.run_step("import", build_text("1"), parameters={})
    assert not record.skipped
    assert workspace.verified("corpus/a.txt").read_text() == "1"


def test_a_failing_step_leaves_the_workspace_as_it_was(workspace):
    def build(stage):
        (stage / "half").write_text("x")
        raise RuntimeError

    with workspace.writing(), pytest.raises(RuntimeError):
        workspace.run_step("import", build, parameters={})
    assert workspace.steps() == {}
    assert not (workspace.root / "half").exists()


def test_outputs_a_step_no_longer_makes_are_removed(workspace):
    with workspace.writing():
        workspace.run_step("s", lambda stage: (stage / "old").write_text("x"), parameters={"v": 1})
        workspace.run_step("s", lambda stage: (stage / "new").write_text("x"), parameters={"v": 2})
    assert not (workspace.root / "old").exists()
    assert workspace.has("new")
    assert not workspace.has("old")


def test_a_publication_cut_off_by_a_crash_is_finished(workspace, monkeypatch):
    def crash(stage):
        raise KeyboardInterrupt

    with workspace.writing():
        workspace.run_step("s", build_text("1"), parameters={"v": 1}, values={"round": 1})
        monkeypatch.setattr(workspace, "_publish", crash)
        with pytest.raises(KeyboardInterrupt):
            workspace.run_step("s", build_text("2"), parameters={"v": 2}, values={"round": 2})
    assert workspace.verified("corpus/a.txt").read_text() == "1"
    reopened = Workspace(workspace.root)
    with reopened.writing():
        assert reopened.verified("corpus/a.txt").read_text() == "2"
        assert reopened.values() == {"round": 2}
        assert reopened.run_step("s", pytest.fail, parameters={"v": 2}).skipped


def _try_to_write(root, results):
    try:
        with Workspace(root).writing():
            results.put("wrote")
    except WorkspaceError as error:
        results.put(str(error))


def test_a_second_writer_is_refused_and_readers_are_not(workspace):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    with workspace.writing():
        other = context.Process(target=_try_to_write, args=(workspace.root, results))
        other.start()
        assert "another process" in results.get(timeout=60)
        other.join()
        assert Workspace(workspace.root).steps() == {}


def test_places_that_are_no_workspace_are_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="not a workspace"):
        Workspace(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="is a file"):
        Workspace.create(tmp_path / "file")
    with pytest.raises(WorkspaceError, match="other files"):
        Workspace.create(tmp_path)


def test_newer_and_damaged_manifests_are_refused(workspace):
    manifest = read_json(workspace.root / "manifest.json")
    write_json(workspace.root / "manifest.json", {**manifest, "format": 99})
    with pytest.raises(FormatVersionError, match="99"):
        Workspace(workspace.root)
    (workspace.root / "manifest.json").write_text("{")
    with pytest.raises(ChecksumError, match="damaged"):
        Workspace(workspace.root)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_workspace_says_so(workspace):
    workspace.root.chmod(0o500)
    try:
        with pytest.raises(WorkspaceError, match="cannot be written"), workspace.writing():
            pass
    finally:
        workspace.root.chmod(0o700)
