import contextlib
import multiprocessing
import os

import pytest
from filelock import FileLock

from bandscape.core import ChecksumError, FormatVersionError, Workspace, WorkspaceError, read_json, write_json
from bandscape.core.workspace import LOCK


def build_text(text):
    def build(stage):
        (stage / "corpus").mkdir()
        (stage / "corpus" / "a.txt").write_text(text)

    return build


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "ws").mkdir()
    write_json(tmp_path / "ws" / "manifest.json", {"format": 1, "steps": {}, "values": {}})
    return Workspace(tmp_path / "ws")


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
        assert "another process" in results.get(timeout=300)
        other.join()
        assert Workspace(workspace.root).steps() == {}


def test_a_workspace_without_its_manifest_is_told_from_a_strange_folder(tmp_path):
    root = tmp_path / "ws"
    with Workspace.create(root) as opened:
        opened.run_step(
            "import",
            lambda stage: (stage / "corpus").mkdir() or (stage / "corpus" / "a").touch(),
            parameters={},
        )
    (root / "manifest.json").unlink()
    with pytest.raises(WorkspaceError, match=r"manifest\.json is gone: restore it"):
        Workspace(root)
    with pytest.raises(WorkspaceError, match=r"manifest\.json is gone: restore it"), Workspace.create(root):
        pass


def test_places_that_are_no_workspace_are_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="not a workspace"):
        Workspace(tmp_path / "nowhere")
    (tmp_path / ".hidden").write_text("x")
    with pytest.raises(WorkspaceError, match="is a file"), Workspace.create(tmp_path / ".hidden"):
        pass
    with pytest.raises(WorkspaceError, match="other files"), Workspace.create(tmp_path):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == [".hidden"]


def test_a_link_to_nothing_is_no_place_for_a_workspace(tmp_path):
    (tmp_path / "ws").symlink_to("gone")
    with pytest.raises(WorkspaceError, match="is a link to nothing"), Workspace.create(tmp_path / "ws"):
        pass


def test_a_workspace_without_any_step_is_removed_again(tmp_path):
    with pytest.raises(RuntimeError), Workspace.create(tmp_path / "new") as workspace:
        workspace.cache("text")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with Workspace.create(tmp_path / "empty"):
        pass
    assert list((tmp_path / "empty").iterdir()) == []
    with Workspace.create(tmp_path / "kept") as workspace:
        workspace.run_step("import", build_text("1"), parameters={})
    assert Workspace(tmp_path / "kept").has("corpus/a.txt")


def test_a_refused_writer_leaves_the_workspace_of_the_first_alone(tmp_path):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    with Workspace.create(tmp_path / "ws") as workspace:
        other = context.Process(target=_try_to_create, args=(workspace.root, results))
        other.start()
        assert "another process" in results.get(timeout=300)
        other.join()
        workspace.run_step("import", build_text("1"), parameters={})
    assert Workspace(tmp_path / "ws").verified("corpus/a.txt").read_text() == "1"


def test_a_refused_writer_leaves_the_lock_of_one_that_has_written_nothing_yet(tmp_path):
    (tmp_path / "ws").mkdir()
    with FileLock(tmp_path / "ws" / LOCK):
        for _ in range(2):  # the second attempt would have found no lock
            with pytest.raises(WorkspaceError, match="another process"), Workspace.create(tmp_path / "ws"):
                pass


def _try_to_create(root, results):
    try:
        with Workspace.create(root):
            results.put("wrote")
    except WorkspaceError as error:
        results.put(str(error))


def test_what_was_made_from_a_replaced_input_is_no_longer_served(workspace):
    def build(stage):
        (stage / "b").write_text("from 1")

    with workspace.writing():
        workspace.run_step("one", build_text("1"), parameters={})
        workspace.run_step("two", build, parameters={}, inputs=["corpus/a.txt"])
        workspace.run_step("three", lambda stage: (stage / "c").write_text("c"), parameters={}, inputs=["b"])
        assert workspace.has("c")
        workspace.run_step("one", build_text("2"), parameters={"v": 2})
        assert not workspace.has("b")
        for path in ("b", "c"):
            with pytest.raises(WorkspaceError, match=r"made from an earlier corpus/a\.txt"):
                workspace.verified(path)
        workspace.run_step("two", build, parameters={"v": 2}, inputs=["corpus/a.txt"])
    assert workspace.has("b")
    assert workspace.has("c"), "its input came out the same, so it still holds"


def test_readers_go_on_while_a_step_is_being_published(workspace, monkeypatch):
    with workspace.writing():
        workspace.run_step("one", build_text("1"), parameters={})
        seen = []

        def look(path, value):
            if path.name == "manifest.json":
                seen.append(Workspace(workspace.root).verified("corpus/a.txt").read_text())
            write_json(path, value)

        monkeypatch.setattr("bandscape.core.manifest.write_json", look)
        workspace.run_step("one", build_text("2"), parameters={"v": 2})
    assert seen == ["2"]


@pytest.mark.parametrize(
    "path", ["../victim.txt", "/tmp/victim.txt", "a/../../victim.txt", "..\\victim.txt", ""]
)
def test_a_workspace_from_a_stranger_cannot_reach_outside(workspace, path):
    victim = workspace.root.parent / "victim.txt"
    victim.write_text("mine")
    with workspace.writing():
        workspace.run_step("one", build_text("1"), parameters={})
    manifest = read_json(workspace.root / "manifest.json")
    stolen = {**manifest["steps"]["one"], "outputs": {path: "0" * 64}}
    write_json(workspace.root / "manifest.json", {**manifest, "steps": {"one": stolen}})
    with pytest.raises(ChecksumError):
        workspace.manifest()
    write_json(workspace.root / "manifest.json", manifest)
    stage = workspace.root / ".staging" / "one"
    stage.mkdir(parents=True)
    write_json(stage / "commit.json", {"record": stolen, "values": {}})
    with pytest.raises(ChecksumError, match="inside the workspace"), workspace.writing():
        pass
    assert victim.read_text() == "mine"


def test_half_written_files_of_a_killed_writer_go(workspace):
    for folder in (".checkpoints", "maps"):
        (workspace.root / folder).mkdir()
        (workspace.root / folder / ".x.abc.tmp").write_text("half")
    (workspace.root / ".y.abc.tmp").mkdir()
    with workspace.writing():
        assert not list(workspace.root.rglob(".*.tmp"))


@pytest.mark.parametrize("k_th", range(1, 8))
def test_a_crash_at_any_rename_of_a_publication_is_mended(workspace, monkeypatch, k_th):
    from pathlib import Path

    def two_files(text):
        def build(stage):
            for name in ("a", "b", "c"):
                (stage / name).write_text(text)

        return build

    with workspace.writing():
        workspace.run_step("s", two_files("1"), parameters={"v": 1})
    real, calls = Path.replace, []

    def dying(self, target):
        calls.append(target)
        if len(calls) == k_th:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    with contextlib.suppress(KeyboardInterrupt), workspace.writing():
        workspace.run_step("s", two_files("2"), parameters={"v": 2})
    monkeypatch.setattr(Path, "replace", real)
    died = len(calls) == k_th
    assert died or k_th > 5, "a journal, three files and the manifest are renamed"
    again = Workspace(workspace.root)
    before = {again.verified(name).read_text() for name in ("a", "b", "c")}  # a reader in between is served
    with again.writing():
        recovered = {again.verified(name).read_text() for name in ("a", "b", "c")}
        again.run_step("s", two_files("2"), parameters={"v": 2})
        after = {again.verified(name).read_text() for name in ("a", "b", "c")}
    assert before <= {"1", "2"}
    assert len(recovered) == 1, "all or nothing"
    assert after == {"2"}


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


def test_a_manifest_read_again_is_checked_again_when_it_changed(tmp_path):
    with Workspace.create(tmp_path / "ws") as workspace:
        workspace.run_step("one", lambda stage: (stage / "a.txt").write_text("a"), parameters={})
    path = tmp_path / "ws" / "manifest.json"
    sound = path.read_bytes()
    assert workspace.manifest() == workspace.manifest()
    workspace.manifest()["steps"].clear()  # what a caller does to its own
    assert list(workspace.manifest()["steps"]) == ["one"]
    path.write_bytes(sound.replace(b'"one"', b'"two"'))
    for _ in range(2):
        with pytest.raises(ChecksumError, match="damaged"):
            workspace.manifest()
    path.write_bytes(sound)
    assert list(workspace.manifest()["steps"]) == ["one"]
