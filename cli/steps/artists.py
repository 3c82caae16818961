"""The steps of the artists: vectors, layout, clusters."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, WorkspaceError
from ...core.executors import Executor
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .artist_tables import (
    ArtistSources,
    check_used,
    choose_contexts,
    gather_artists,
    gather_side_features,
    notes_on_features,
)
from .paths import ARTIST_FILES, LAYOUT, SIDE_PROJECTION, VECTORS
from .training_logs import logging_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from ...embeddings import Artist2Vec, VectorTable


def fit_artists(
    workspace: Workspace,
    *,
    dim: int = 64,
    random_state: int = 0,
    sources: ArtistSources | None = None,
    training: Mapping[str, Any] | None = None,
    logs: Path | None = None,
    on_progress: ProgressCallback | None = None,
    on_note: Callable[[str], None] | None = None,
    executor: Executor | None = None,
) -> StepRecord:
    """Learn a vector for each artist.

    Parameters
    ----------
    workspace : Workspace
    dim, random_state : int
    sources : ArtistSources, optional
        What to learn from besides the default contexts.
    training : mapping, optional
        Further parameters of `Artist2Vec` that differ from its defaults; ``preset`` by name, and ``optimizer`` and
        ``schedule`` of its recipe.
    logs : Path, optional
        Folder for TensorBoard.
    on_progress, on_note : callable, optional
        Get progress; what users should know of the files they named.
    executor : Executor, optional
        Whose workers share every batch.
    """
    sources, training = sources or ArtistSources(), dict(training or {})

    def build(stage: Path) -> None:
        import numpy as np

        from ...embeddings import fit_side_projection
        from ...embeddings.side_blocks import align, check_enough

        artists, notes = gather_artists(workspace, sources)
        features = gather_side_features(workspace, sources.side_features)
        blocks = [align(table, artists) for table in features]  # raises where none fits, before the training
        if blocks:
            check_enough(np.any([np.isfinite(block).all(axis=1) for block in blocks], axis=0))
            notes += notes_on_features(features, blocks)
        contexts = choose_contexts(sources.contexts, artists)
        check_used(sources, contexts, artists)
        model = _make_model(training, contexts)
        model.set_params(dim=dim, random_state=random_state)
        with logging_to(logs, on_progress) as listener:
            kept = workspace.checkpoint("artists")
            model.fit(
                artists,
                on_progress=listener,
                checkpoint=kept,
                executor=executor,
                side_features=features if sources.projection == "joint" else (),
            )
        (stage / "artists").mkdir()
        model.save(stage / "artists" / "model")
        vectors, projection = model.vectors_, model.projection_
        if features and projection is None:
            projection, vectors = fit_side_projection(vectors, features, random_state=random_state)
        if projection is not None:
            projection.save(stage / SIDE_PROJECTION)
        vectors.save(stage / VECTORS)
        if on_note is not None:
            for note in notes:
                on_note(note)

    inputs = sources.inputs(workspace)
    parameters = {"dim": dim, "seed": random_state, **sources.parameters(), **training}
    files = {ARTIST_FILES: sources.files(workspace)}
    record = workspace.run_step("artists", build, parameters=parameters, inputs=inputs, values=files)
    if record.skipped and workspace.values().get(ARTIST_FILES) != files[ARTIST_FILES]:
        workspace.note(files)  # the same tables lie elsewhere now
    return record


def _make_model(training: Mapping[str, Any], contexts: Any) -> "Artist2Vec":
    """Make a model from a preset, if one is named, and what differs from it."""
    from dataclasses import replace

    from ...embeddings import Artist2Vec, Recipe, preset_parameters

    in_recipe = {name: training[name] for name in ("optimizer", "schedule") if name in training}
    changes = {name: value for name, value in training.items() if name not in {"preset", *in_recipe}}
    parameters = preset_parameters(training["preset"]) if "preset" in training else {}
    recipe: Recipe | None = parameters.get("recipe")
    if in_recipe:
        recipe = replace(recipe or Recipe(), **in_recipe)
    if recipe is not None and "epochs" in training:
        recipe = replace(recipe, n_steps=None)
    parameters |= {"recipe": recipe, **changes} | ({} if contexts is None else {"contexts": contexts})
    return Artist2Vec(**parameters)


def place_artists(workspace: Workspace, names: tuple[str, ...], *, top: int = 10) -> list[dict[str, Any]]:
    """Return, for each artist of the side features, the trained artists nearest to where they place it."""
    import pandas as pd

    from ...embeddings import load_projection, match_artists
    from ...embeddings.side_features import with_keys

    table = load_vectors(workspace)
    if not workspace.has(f"{SIDE_PROJECTION}/manifest.json"):
        raise WorkspaceError(
            f"{workspace.root}: its vectors were learnt without side features; "
            f"run `bandscape artists fit {as_word(workspace.root)} --side-features FILE` first"
        )
    projection = load_projection(workspace.root / SIDE_PROJECTION)
    features = gather_side_features(workspace, names)
    artists = pd.DataFrame({"artist_id": table.artist_ids, "name": table.names})
    rows = {
        key: row
        for one in features
        for key, row in zip(one.keys, match_artists(one.keys, artists), strict=True)
    }
    called = {row: key for key, row in reversed(rows.items()) if row >= 0}  # one key for an artist of several
    features = [with_keys(one, [called.get(rows[key], key) for key in one.keys]) for one in features]
    keys, vectors = projection.place(features)
    return [
        {
            "artist": key,
            "name": table.names[rows[key]] if rows[key] >= 0 else key,
            "trained": bool(rows[key] >= 0 and table.known[rows[key]]),
            "results": table.most_similar(vector, topn=top).as_json()["results"],
        }
        for key, vector in zip(keys, vectors, strict=True)
    ]


def load_vectors(workspace: Workspace) -> "VectorTable":
    """Return the artist vectors.

    Raises
    ------
    WorkspaceError
        If they have not been learnt.
    """
    from ...embeddings import VectorTable

    if not (workspace.root / VECTORS).exists():
        raise WorkspaceError(
            f"{workspace.root}: has no artist vectors; run `bandscape artists fit {as_word(workspace.root)}`"
        )
    return VectorTable.load(workspace.verified(VECTORS))


def lay_out_artists(
    workspace: Workspace,
    *,
    random_state: int | None = None,
    method: str | None = None,
    fresh: bool = False,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> StepRecord:
    """Place the artists on a plane; what is not given stays as it was used last.

    Artists that had a place stay near it when the vectors have changed since (a warm start), unless ``fresh`` is set
    or the seed or the method is another one.
    """
    table = load_vectors(workspace)
    seed = kept_parameter(workspace, "layout", "seed", 0) if random_state is None else random_state
    chosen: str = method or kept_parameter(workspace, "layout", "method", "opentsne")
    parameters: dict[str, Any] = {"seed": seed} | ({} if chosen == "opentsne" else {"method": chosen})
    former = None if fresh else _former_places(workspace, parameters, table.artist_ids)
    if fresh and workspace.has(LAYOUT):
        parameters["fresh"] = True

    def build(stage: Path) -> None:
        from ...viz import lay_out, write_layout

        layout = lay_out(
            table.matrix,
            method=chosen,
            start=former,
            random_state=seed,
            n_jobs=n_jobs,
            on_progress=on_progress,
            executor=executor,
        )
        (stage / "maps").mkdir()
        write_layout(stage / LAYOUT, layout, table.artist_ids)

    return workspace.run_step("layout", build, parameters=parameters, inputs=[VECTORS])


def _former_places(
    workspace: Workspace, parameters: dict[str, Any], artist_ids: "Sequence[str]"
) -> "np.ndarray | None":
    """Return where the artists stood (NaN for new ones) in a layout with these parameters; None without one."""
    import numpy as np

    from ...viz import read_layout

    record = workspace.steps().get("layout")
    if record is None or {k: v for k, v in record.parameters.items() if k != "fresh"} != parameters:
        return None
    try:
        layout, ids = read_layout(workspace.intact(LAYOUT))
    except BandscapeError:
        return None  # lost or damaged: there is nothing to keep
    row_of = {one: row for row, one in enumerate(ids)}
    rows = np.array([row_of.get(one, -1) for one in artist_ids])
    return np.where(rows[:, None] >= 0, layout.coordinates.astype(np.float64)[rows], np.nan)


def kept_parameter(workspace: Workspace, step: str, parameter: str, default: Any) -> Any:
    """Return a parameter of a step as it was used last."""
    record = workspace.steps().get(step)
    return record.parameters.get(parameter, default) if record else default
