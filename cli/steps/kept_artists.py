"""What artists were learnt from last, so that `bandscape run` learns them from the same again."""

from pathlib import Path
from typing import Any

from ...core.errors import WorkspaceError
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .artist_tables import ArtistSources
from .artists import fit_artists
from .paths import ARTIST_FILES, SHORT_NAMES, VECTORS

USUALLY = "genres, scores, years, labels and reviewers"
_OWN = ("dim", "seed", "contexts", "histories", "columns", "side_features", "projection")


def keep_artists(
    workspace: Workspace, *, random_state: int = 0, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Learn the artists from what they were learnt from last, unless their vectors still hold.

    Parameters
    ----------
    workspace : Workspace
    random_state : int
        Vectors of another seed are learnt anew; imported ones have no seed.
    on_progress : callable, optional

    Raises
    ------
    WorkspaceError
        If something changed since and a table they were learnt from is gone, or they were imported.
    """
    former = workspace.steps().get("artists")
    if former is None:
        return fit_artists(workspace, random_state=random_state, on_progress=on_progress)
    if _holds(workspace, former, random_state):
        return former
    parameters = former.parameters
    return fit_artists(
        workspace,
        dim=parameters.get("dim", 64),
        random_state=random_state,
        sources=kept_sources(workspace, former),
        training={name: value for name, value in parameters.items() if name not in _OWN},
        on_progress=on_progress,
    )


def learnt_from(workspace: Workspace) -> str:
    """Return in words what the vectors were learnt from."""
    record = workspace.steps().get("artists")
    parameters = record.parameters if record else {}
    if "imported" in parameters:
        return "the imported vectors"
    contexts = parameters.get("contexts")
    named = contexts if isinstance(contexts, str) else "the contexts given" if contexts else USUALLY
    sides = parameters.get("side_features")
    return f"{named.replace(' and ', ', ')} and side features" if sides else named


def _holds(workspace: Workspace, former: StepRecord, random_state: int) -> bool:
    """Return whether the vectors were made from what there is now, with this seed, and are intact."""
    if former.parameters.get("seed", random_state) != random_state or not workspace.has(VECTORS):
        return False
    found = workspace.up_to_date("artists", parameters=former.parameters, inputs=former.inputs)
    return found is not None


def kept_sources(workspace: Workspace, former: StepRecord) -> ArtistSources:
    """Return what vectors were learnt from: contexts from the record, tables where they were read.

    Raises
    ------
    WorkspaceError
        If they were imported, or a table is gone.
    """
    parameters = former.parameters
    if "imported" in parameters:
        raise WorkspaceError(
            f"{workspace.root}: its vectors were imported from {parameters['imported']} and no longer fit its artists; "
            "import them again (`bandscape artists import`), or learn new ones (`bandscape artists fit`)"
        )
    files: dict[str, Any] = workspace.values().get(ARTIST_FILES, {})
    for name in ("histories", "columns", "side_features"):
        if name in parameters:
            for path in _as_list(files.get(name)) or [""]:
                _refuse_lost(workspace, name, path)
    return ArtistSources(
        contexts=parameters.get("contexts"),
        histories=_path(workspace, files.get("histories")) if "histories" in parameters else None,
        columns=_path(workspace, files.get("columns")) if "columns" in parameters else None,
        side_features=tuple(
            name if name in SHORT_NAMES else str(_path(workspace, name))
            for name in (files.get("side_features", ()) if "side_features" in parameters else ())
        ),
        projection=parameters.get("projection", "ridge"),  # those of earlier versions have no such word
    )


def _refuse_lost(workspace: Workspace, name: str, path: str) -> None:
    full = _path(workspace, path)
    if path not in SHORT_NAMES and (full is None or not full.is_file()):
        option = "--" + name.replace("_", "-")
        raise WorkspaceError(
            f"{workspace.root}: its artists were learnt with {option} {path or 'FILE'}, which is gone; put it back, "
            f"or run `bandscape artists fit {as_word(workspace.root)}` with what to learn from now"
        )


def _as_list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _path(workspace: Workspace, name: str | None) -> Path | None:
    """Return a noted path; relative ones lie in the workspace."""
    return workspace.root / name if name else None
