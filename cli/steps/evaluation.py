"""What `bandscape evaluate` computes: the workspace's own way to learn vectors, its rivals, histories, cold start."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, WorkspaceError
from ...core.progress import ProgressCallback
from ...core.workspace import Workspace
from .artist_tables import (
    ArtistSources,
    check_used,
    choose_contexts,
    gather_artists,
    gather_side_features,
    read_any_table,
)
from .artists import load_vectors
from .kept_artists import kept_sources
from .track_artists import joined_track_artists

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ...embeddings import Artist2Vec, Figure, VectorTable
    from ...embeddings.cold_start import Learner
    from ...embeddings.contexts import Context
    from ...embeddings.rivals import Method

MODEL = "artists/model"


def evaluate_artists(
    workspace: Workspace,
    *,
    rivals: bool = True,
    histories: Path | None = None,
    side_features: tuple[str, ...] = (),
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> "list[Figure]":
    """Return the figures of the workspace's model, fitted anew without what is asked, and of its rivals.

    Artists that were never trained are placed by ``side_features``, or by those the vectors were learnt with if they
    are still there; without any, these figures are left out. Vectors that are learnt from listens are learnt anew
    without those that are hidden. Imported vectors are asked as they are, whatever they were told.

    Raises
    ------
    ParameterError
        If imported vectors would have to be learnt anew.
    """
    from ...embeddings import cold_start_figures, evaluate, rival_methods
    from ...embeddings.cold_start import learn_jointly

    table = load_vectors(workspace)
    sources = _sources(workspace)
    artists = _in_order(gather_artists(workspace, sources)[0], table)
    plan, contexts = _plan(workspace, artists)
    columns = list(dict.fromkeys(name for context in contexts for name in _columns(context)))
    listened = read_histories(histories, artists, joined_track_artists(workspace)) if histories else None
    features = gather_side_features(workspace, side_features or sources.side_features)
    imported = are_imported(workspace)
    if imported and (side_features or listened):
        raise ParameterError(
            "--side-features and --histories hide what vectors are then learnt without; imported ones cannot be learnt "
            "anew (`artists fit` learns others)"
        )

    def methods_for(frame: "pd.DataFrame") -> "dict[str, Method]":
        own = {"imported": as_given} if imported else {"bandscape": _own_method(plan, contexts, frame)}
        return own | (rival_methods(frame, columns=columns, dim=table.dim) if rivals else {})

    def as_given(_without: tuple[str, ...], _seed: int) -> "np.ndarray":
        return table.matrix

    methods = methods_for(artists)
    learners = {name: _learner(methods_for, name) for name in methods}
    figures = evaluate(
        artists,
        methods,
        histories=listened,
        learners=learners,
        random_state=random_state,
        on_progress=on_progress,
    )
    if imported:  # the same vectors twice are no two seeds
        figures = [one for one in figures if (one.method, one.name) != ("imported", "seed_overlap_at_10")]
    if features:
        joint = not imported and (sources.projection == "joint" or not sources.side_features)
        figures += cold_start_figures(
            artists,
            features,
            learners,
            jointly=learn_jointly(_with(plan, contexts)) if joint else None,
            random_state=random_state,
            on_progress=on_progress,
        )
    return figures


def measure_side_features(
    workspace: Workspace,
    sources: ArtistSources,
    *,
    n_splits: int = 3,
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> list[dict[str, Any]]:
    """Return how well side features place artists never trained, one record a split.

    Vectors are learnt as the workspace's were, or from the contexts of ``sources`` where it names any.
    """
    from dataclasses import asdict, replace

    from ...embeddings import Artist2Vec, measure_cold_start

    if sources.contexts is None:
        sources = replace(_sources(workspace), side_features=sources.side_features)
        artists, _ = gather_artists(workspace, sources)
        plan, contexts = _plan(workspace, artists)
        model = _with(plan, contexts)
    else:
        artists, _ = gather_artists(workspace, sources)
        contexts = choose_contexts(sources.contexts, artists)
        check_used(sources, contexts, artists)
        model = Artist2Vec(contexts=contexts)
    features = gather_side_features(workspace, sources.side_features)
    found = measure_cold_start(
        artists, features, model, n_splits=n_splits, random_state=random_state, on_progress=on_progress
    )
    return [asdict(split) for split in found]


def agreement_with_people(workspace: Workspace, path: Path) -> dict[str, Any]:
    """Return how far the workspace's vectors and people's answers agree, as flat figures."""
    from ...embeddings.judgements import judgement_agreement, read_judgements

    return judgement_agreement(read_judgements(path), load_vectors(workspace))


def are_imported(workspace: Workspace) -> bool:
    """Return whether the vectors were made elsewhere."""
    record = workspace.steps().get("artists")
    return record is not None and "imported" in record.parameters


def _sources(workspace: Workspace) -> ArtistSources:
    """Return what the vectors were learnt from; the artists table alone if they were imported or a file is gone."""
    record = workspace.steps().get("artists")
    try:
        return ArtistSources() if record is None else kept_sources(workspace, record)
    except WorkspaceError:
        return ArtistSources()


def _in_order(artists: "pd.DataFrame", table: "VectorTable") -> "pd.DataFrame":
    return artists.set_index("artist_id").reindex(list(table.artist_ids)).reset_index()


def _plan(workspace: Workspace, artists: "pd.DataFrame") -> "tuple[Artist2Vec, list[Context]]":
    """Return how this workspace's vectors are learnt, and from which contexts of those the table has."""
    from ...embeddings import Artist2Vec, default_contexts

    has_model = workspace.has(f"{MODEL}/manifest.json") and not are_imported(workspace)
    plan = Artist2Vec.load(workspace.root / MODEL) if has_model else Artist2Vec()
    contexts = plan.contexts if plan.contexts is not None else default_contexts()
    return plan, [context for context in contexts if _columns(context) <= set(artists.columns)]


def _with(plan: "Artist2Vec", contexts: "list[Context]") -> "Artist2Vec":
    """Return an unfitted model like the plan, with these contexts."""
    from ...embeddings import Artist2Vec

    return Artist2Vec(**{**plan.get_params(deep=False), "contexts": contexts})


def _columns(context: "Context") -> set[str]:
    return {context.column, getattr(context, "near", None)} - {None}


def _own_method(plan: "Artist2Vec", contexts: "list[Context]", artists: "pd.DataFrame") -> "Method":
    """Return the workspace's way to learn vectors; contexts that name a held-out column are left out."""
    from ...embeddings import Artist2Vec

    def fit(without: tuple[str, ...], seed: int) -> "np.ndarray":
        used = [context for context in contexts if _columns(context).isdisjoint(without)]
        model = Artist2Vec(**{**plan.get_params(deep=False), "contexts": used, "random_state": seed})
        return model.fit(artists).vectors_.matrix

    return fit


def _learner(methods_for: "Callable[[pd.DataFrame], dict[str, Method]]", name: str) -> "Learner":
    def learn(artists: "pd.DataFrame", seed: int) -> "np.ndarray":
        return methods_for(artists)[name]((), seed)

    return learn


def read_histories(
    path: Path, artists: "pd.DataFrame", tracks: Mapping[str, str] | None = None
) -> "list[np.ndarray]":
    """Return the rows of the artists of each user, from a table as `artists fit --histories` takes it.

    Raises
    ------
    SourceError, SchemaError
        If the file cannot be read, lacks the columns, or names none of the artists.
    """
    import numpy as np

    from ...embeddings.histories import find_listens

    pairs, _ = find_listens(artists, read_any_table(path), source=path.name, tracks=tracks)
    return [np.asarray(rows, dtype=np.int64) for _, rows in pairs.groupby("user", sort=True)["row"]]
