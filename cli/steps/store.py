"""The step that precomputes neighbors, the stores that answer from them, and changes to these."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeWarning, WorkspaceError
from ...core.files import sha256_of
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .artists import load_vectors
from .paths import ARTISTS, VECTORS
from .queries import artist_facts

if TYPE_CHECKING:
    from ...embeddings import ArrowStore, VectorTable

CODES = "artists/codes.arrow"
STORE = ("artists/neighbours.arrow", "artists/keys.arrow")
CHANGED = ("store/vectors.arrow", "store/neighbours.arrow", "store/keys.arrow", "store/codes.arrow")
CHANGE_STEP = "store changes"


def build_neighbors(
    workspace: Workspace, *, k: int = 50, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Write the neighbors and the keys of the names beside the vectors."""

    def build(stage: Path) -> None:
        from ...embeddings import build_store

        table = load_vectors(workspace)
        years = artist_facts(workspace, table)["years"].tolist()
        (stage / "artists").mkdir()
        parts = workspace.checkpoint("store").path.with_suffix("")
        if not build_store(table, stage / "artists", years=years, k=k, parts=parts, on_progress=on_progress):
            raise KeyboardInterrupt  # the parts that were found stay

    return workspace.run_step("store", build, parameters={"k": k}, inputs=[VECTORS, ARTISTS])


def open_store(
    workspace: Workspace, *, approximate: bool = False, on_progress: ProgressCallback | None = None
) -> "ArrowStore":
    """Return the store, its files verified; with the changes made to it, if they are to this one.

    With ``approximate``, it has its index of faiss, made now if there is none.

    Raises
    ------
    WorkspaceError
        If it was not built, or from earlier vectors.
    """
    from ...embeddings import ArrowStore

    if not workspace.has(STORE[0]):
        raise WorkspaceError(
            f"{workspace.root}: has no store of these vectors; run `bandscape store build {as_word(workspace.root)}`"
        )
    if workspace.has(CHANGED[0]):
        for path in CHANGED:
            workspace.verified(path)
        return ArrowStore(workspace.root / "store", approximate=approximate, on_progress=on_progress)
    if CHANGE_STEP in workspace.steps():
        warnings.warn(
            f"{workspace.root}: what `store put` and `store remove` changed is left out, since the store was built "
            "anew; change it again",
            BandscapeWarning,
            stacklevel=2,
        )
    coded = (CODES,) if workspace.has(CODES) else ()  # not in stores built before there were any
    for path in (VECTORS, *STORE, *coded):
        workspace.verified(path)
    return ArrowStore(workspace.root / "artists", approximate=approximate, on_progress=on_progress)


def put_artists(
    workspace: Workspace, source: Path, *, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Add the artists of a Parquet file to the store of a workspace, or replace those of the same id."""
    from ...embeddings.stores.additions import read_additions

    table, years = read_additions(source)
    facts = {"put": source.name}
    return _change(workspace, facts, {"source": sha256_of(source)}, table, years, (), on_progress)


def remove_artists(
    workspace: Workspace, artist_ids: Sequence[str], *, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Take artists away from the store of a workspace."""
    facts = {"removed": sorted(artist_ids)}
    return _change(workspace, facts, {}, None, None, artist_ids, on_progress)


def _change(
    workspace: Workspace,
    facts: dict[str, Any],
    inputs: dict[str, str],
    table: "VectorTable | None",
    years: Sequence[Sequence[int]] | None,
    removed: Sequence[str],
    on_progress: ProgressCallback | None,
) -> StepRecord:
    def build(stage: Path) -> None:
        from ...embeddings.stores.arrow_changes import write_changed

        (stage / "store").mkdir()
        write_changed(
            open_store(workspace),
            stage / "store",
            table,
            years=years,
            removed=removed,
            on_progress=on_progress,
        )

    before = {path: workspace.sha256(path) for path in (VECTORS, *STORE)}
    return workspace.run_step(CHANGE_STEP, build, parameters=facts, inputs={**before, **inputs})
