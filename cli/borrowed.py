"""Workspaces that may only be read: questions and pictures are answered all the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.borrowing import is_read_only, writing_or_borrowed
from ..core.errors import WorkspaceError
from ..core.workspace import Workspace
from .console import say


@contextmanager
def open_to_answer(root: Path, page: Path | None = None) -> Iterator[Workspace]:
    """Open a workspace for a question that may need a step; of a read-only one the step is done, but not kept.

    Parameters
    ----------
    root : path
    page : path, optional
        What is to be written.

    Raises
    ------
    WorkspaceError
        If another process writes to the workspace, or the page would be in one that is read-only.
    """
    own = Workspace(root)
    if page is not None and is_read_only(root) and root.resolve() in page.resolve().parents:
        raise WorkspaceError(f"{root}: cannot be written to; name a file elsewhere: --out {page.name}")
    with writing_or_borrowed(own) as opened:
        yield opened
        if opened is not own and opened.steps() != own.steps():
            say(f"note: {root} is read-only, so what had to be made for this is not kept", err=True)


@contextmanager
def open_prepared(root: Path, path: str, prepare: Callable[[Workspace], object]) -> Iterator[Workspace]:
    """Open a workspace for reading, after making what a question needs; in a read-only one that is not kept.

    Parameters
    ----------
    root : path
    path : str
        What is needed, relative to the workspace.
    prepare : callable
        Makes it in a workspace that is open for writing; it is closed again before the question is asked.

    Raises
    ------
    WorkspaceError
        If it has to be made while another process writes to the workspace.
    """
    own = Workspace(root)
    if not own.has(path) and is_read_only(root):
        with open_to_answer(root) as opened:
            prepare(opened)
            yield opened
        return
    if not own.has(path):
        with own.writing():
            prepare(own)
    yield own
