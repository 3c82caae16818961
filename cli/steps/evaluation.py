"""What `bandscape evaluate` computes: the workspace's own way to learn vectors, its rivals, listening histories."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import SchemaError, SourceError
from ...core.files import read_table
from ...core.progress import ProgressCallback
from ...core.workspace import Workspace
from .artists import load_vectors
from .queries import artist_facts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ...embeddings import Figure
    from ...embeddings.evaluation import Method

MODEL = "artists/model"


def evaluate_artists(
    workspace: Workspace,
    *,
    rivals: bool = True,
    histories: Path | None = None,
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> "list[Figure]":
    """Return the figures of the workspace's model, fitted anew without what is asked, and of its rivals."""
    from ...embeddings import evaluate, rival_methods

    table = load_vectors(workspace)
    artists = artist_facts(workspace, table)
    methods = {"bandscape": _own_method(workspace, artists)}
    if rivals:
        methods |= rival_methods(artists, dim=table.dim)
    listened = read_histories(histories, list(table.artist_ids)) if histories else None
    return evaluate(artists, methods, histories=listened, random_state=random_state, on_progress=on_progress)


def agreement_with_people(workspace: Workspace, path: Path) -> dict[str, Any]:
    """Return how far the workspace's vectors and people's answers agree, as flat figures."""
    from ...embeddings.judgements import judgement_agreement, read_judgements

    return judgement_agreement(read_judgements(path), load_vectors(workspace))


def _own_method(workspace: Workspace, artists: "pd.DataFrame") -> "Method":
    """Return how this workspace's vectors are learnt, with the contexts that name a held-out column left out."""
    from ...embeddings import Artist2Vec, default_contexts

    folder = workspace.root / MODEL
    plan = Artist2Vec.load(folder) if folder.exists() else Artist2Vec()
    contexts = plan.contexts if plan.contexts is not None else default_contexts()

    def fit(without: tuple[str, ...], seed: int) -> "np.ndarray":
        used = [c for c in contexts if {c.column, getattr(c, "near", None)}.isdisjoint(without)]
        used = [c for c in used if {c.column, getattr(c, "near", None)} - {None} <= set(artists.columns)]
        model = Artist2Vec(**{**plan.get_params(deep=False), "contexts": used, "random_state": seed})
        return model.fit(artists).vectors_.matrix

    return fit


def read_histories(path: Path, artist_ids: list[str]) -> "list[np.ndarray]":
    """Return the rows of the artists of each user, from a Parquet table of user_id and artist_id or artist_ids.

    Raises
    ------
    SourceError, SchemaError
        If the file cannot be read, lacks the columns, or names none of the artists.
    """
    import numpy as np

    table = read_table(path).to_pandas()
    column = next((name for name in ("artist_ids", "artists", "artist_id") if name in table.columns), None)
    if "user_id" not in table.columns or column is None:
        raise SchemaError(f"{path}: must have the columns user_id and artist_id (or artist_ids, a list)")
    row_of = {artist_id: row for row, artist_id in enumerate(artist_ids)}
    pairs = table[["user_id", column]].explode(column).dropna()
    pairs["row"] = [row_of.get(str(one), -1) for one in pairs[column]]
    pairs = pairs[pairs["row"] >= 0]
    if pairs.empty:
        raise SourceError(f"{path}: names none of the {len(artist_ids):,} artists by their artist_id")
    return [np.asarray(rows, dtype=np.int64) for _, rows in pairs.groupby("user_id", sort=True)["row"]]
