"""The step that precomputes neighbors, and the store that answers from them."""

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from .artists import load_vectors
from .paths import ARTISTS, VECTORS
from .queries import artist_facts

if TYPE_CHECKING:
    from ...embeddings import ArrowStore

CODES = "artists/codes.arrow"
STORE = ("artists/neighbours.arrow", "artists/keys.arrow")


def build_neighbors(
    workspace: Workspace, *, k: int = 50, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Write the neighbors and the keys of the names beside the vectors."""

    def build(stage: Path) -> None:
        from ...embeddings import build_store

        table = load_vectors(workspace)
        years = artist_facts(workspace, table)["years"].tolist()
        (stage / "artists").mkdir()
        build_store(table, stage / "artists", years=years, k=k, on_progress=on_progress)

    return workspace.run_step("store", build, parameters={"k": k}, inputs=[VECTORS, ARTISTS])


def open_store(workspace: Workspace) -> "ArrowStore":
    """Return the store, its files verified.

    Raises
    ------
    WorkspaceError
        If it was not built, or from earlier vectors.
    """
    from ...core.errors import WorkspaceError
    from ...embeddings import ArrowStore

    if not workspace.has(STORE[0]):
        raise WorkspaceError(
            f"{workspace.root}: has no store of these vectors; run `bandscape store build {workspace.root}`"
        )
    coded = (CODES,) if workspace.has(CODES) else ()  # not in stores built before there were any
    for path in (VECTORS, *STORE, *coded):
        workspace.verified(path)
    return ArrowStore(workspace.root / "artists")
