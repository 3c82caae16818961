"""A workspace that may only be read lends itself for steps whose results are not kept."""

import pytest

from bandscape.core import Workspace, WorkspaceError, borrowing
from bandscape.core.borrowing import writing_or_borrowed


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "ws") as made:
        made.run_step("a", lambda stage: (stage / "a.txt").write_text("made") and None, parameters={})
    return made


def upper(opened):
    def build(stage):
        (stage / "b.txt").write_text(opened.verified("a.txt").read_text().upper())

    return opened.run_step("b", build, parameters={}, inputs=["a.txt"])


def test_a_writable_workspace_is_written_to(workspace):
    with writing_or_borrowed(workspace) as opened:
        assert opened is workspace
        upper(opened)
    assert (workspace.root / "b.txt").read_text() == "MADE"


def test_steps_of_a_read_only_one_are_done_and_not_kept(workspace, monkeypatch):
    monkeypatch.setattr(borrowing, "is_read_only", lambda _: True)
    before = sorted(path.name for path in workspace.root.rglob("*"))
    with writing_or_borrowed(workspace) as opened:
        assert opened.run_step("a", lambda _: pytest.fail("up to date"), parameters={}).skipped
        assert not upper(opened).skipped
        assert opened.verified("b.txt").read_text() == "MADE"
        borrowed = opened.root
    assert not borrowed.exists()
    assert sorted(path.name for path in workspace.root.rglob("*")) == before
    assert list(workspace.steps()) == ["a"]


def test_another_writer_is_still_refused(workspace):
    with (
        workspace.writing(),
        pytest.raises(WorkspaceError, match="another process"),
        writing_or_borrowed(Workspace(workspace.root)),
    ):
        pass


def test_errors_name_the_workspace_of_the_user(workspace, monkeypatch):
    monkeypatch.setattr(borrowing, "is_read_only", lambda _: True)
    with (
        pytest.raises(WorkspaceError) as raised,
        writing_or_borrowed(workspace) as opened,
    ):
        raise WorkspaceError(f"{opened.root}: has no topics yet; run `bandscape topics fit {opened.root}`")
    assert (
        str(raised.value)
        == f"{workspace.root}: has no topics yet; run `bandscape topics fit {workspace.root}`"
    )
