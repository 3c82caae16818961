"""Steps for a workspace that may only be read: done in a copy made of links, which goes away afterwards.

Public function: :func:`writing_or_borrowed`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .artifacts import MANIFEST
from .errors import BandscapeError
from .workspace import LOCK, Workspace


@contextmanager
def writing_or_borrowed(workspace: Workspace) -> Iterator[Workspace]:
    """Hold the writer lock; of a workspace that this user may only read give a passing copy instead.

    What a step makes there is gone at the end; what is up to date is taken as it is. Files are links to those of the
    workspace, so the copy costs no room; folders and the manifest are its own.

    Parameters
    ----------
    workspace : Workspace

    Yields
    ------
    Workspace
        Open for writing; its ``root`` is another one where it is borrowed.

    Raises
    ------
    WorkspaceError
        If another process writes to the workspace.
    BandscapeError
        Of a step, with the workspace's own path where it names the copy's.
    """
    if not is_read_only(workspace.root):
        with workspace.writing():
            yield workspace
        return
    with tempfile.TemporaryDirectory(prefix="bandscape-") as folder:
        root = Path(folder) / (workspace.root.resolve().name or "workspace")
        _link(workspace, root)
        with Workspace(root).writing() as borrowed, _called(workspace.root, root):
            yield borrowed


@contextmanager
def _called(own: Path, borrowed: Path) -> Iterator[None]:
    """Let errors name the workspace that the user knows, not the copy that stands in for it."""
    try:
        yield
    except BandscapeError as error:
        said = [one.replace(str(borrowed), str(own)) if isinstance(one, str) else one for one in error.args]
        error.args = tuple(said)
        raise


def is_read_only(root: Path) -> bool:
    """Return whether this user may not write to a folder, or not take the lock in it."""
    places = [place for place in (root, root / LOCK) if place.exists()]
    as_this_user = os.access in os.supports_effective_ids
    return not all(os.access(place, os.W_OK, effective_ids=as_this_user) for place in places)


def _link(workspace: Workspace, root: Path) -> None:
    """Make a workspace at ``root`` with the outputs of the steps of another, as links."""
    source = workspace.root.resolve()
    root.mkdir()
    shutil.copyfile(source / MANIFEST, root / MANIFEST)
    for record in workspace.steps().values():
        for path in record.outputs:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            if (source / path).exists():
                _link_file(source / path, root / path)


def _link_file(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except OSError:  # a system on which not everybody may make links
        shutil.copyfile(source, target)
