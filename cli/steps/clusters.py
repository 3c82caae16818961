"""Clusters of the artists, on the vectors and on the map, with names and members."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.files import read_json, read_table, write_json, write_table
from ...core.workspace import StepRecord, Workspace
from .artists import kept_parameter
from .paths import ARTISTS, CLUSTERS, LAYOUT, REVIEWS, SILHOUETTES, VECTORS
from .queries import load_queries, topics_file
from .round_corpus import outdated_by, usable_round

if TYPE_CHECKING:
    import pandas as pd


def cluster_artists(
    workspace: Workspace, *, n_clusters: int | None = None, random_state: int | None = None
) -> StepRecord:
    """Cluster the artists by vector and by place on the map; what is not given stays as it was.

    Topics, years and scores help to name the clusters, so a new round of topics may name them anew. One of an earlier
    corpus helps as far as its reviews are known again.
    """
    shares, earlier = topics_file(workspace), _earlier_round(workspace)
    topics = [] if shares is None else [shares, str(Path(shares).with_name("summary.json")), REVIEWS]
    if earlier is not None:  # as an input it would make the clusters as outdated as itself
        topics = [REVIEWS]
    k = kept_parameter(workspace, "clusters", "k", None) if n_clusters is None else n_clusters
    seed = kept_parameter(workspace, "clusters", "seed", 0) if random_state is None else random_state

    def build(stage: Path) -> None:
        import math

        import pyarrow as pa

        from ...embeddings import cluster_artists as cluster
        from ...viz import read_layout

        layout, _ = read_layout(workspace.verified(LAYOUT))
        table = load_queries(workspace)
        found = cluster(table, layout.coordinates, n_clusters=k, random_state=seed)
        silhouettes = {"vectors": found.silhouette, "layout": found.layout_silhouette}
        (stage / "artists").mkdir()
        write_table(stage / CLUSTERS, pa.Table.from_pandas(found.table, preserve_index=False))
        write_json(
            stage / SILHOUETTES, {name: None if math.isnan(v) else v for name, v in silhouettes.items()}
        )

    parameters = {"k": k, "seed": seed} | ({} if earlier is None else {"topics_of_round": earlier})
    return workspace.run_step(
        "clusters", build, parameters=parameters, inputs=[VECTORS, LAYOUT, ARTISTS, *topics]
    )


def _earlier_round(workspace: Workspace) -> int | None:
    """Return the current round if it is of an earlier corpus, and its topics can be given to the reviews of now."""
    number = usable_round(workspace)
    return None if number is None or outdated_by(workspace, number) is None else number


def cluster_facts(workspace: Workspace) -> dict[str, Any]:
    """Return names, sizes and best-known members of the clusters, on the vectors and on the layout."""
    table = read_table(workspace.verified(CLUSTERS)).to_pandas()
    artists = read_table(
        workspace.verified(ARTISTS), ["artist_id", "name", "genres", "n_reviews"]
    ).to_pandas()
    artists["genre"] = [genres[0] if len(genres) else "" for genres in artists["genres"]]
    table = table.merge(artists, on="artist_id", how="left").sort_values(
        "n_reviews", ascending=False, kind="stable"
    )
    silhouettes: dict[str, float | None] = read_json(workspace.verified(SILHOUETTES))
    facts = {}
    for kind, column in (("vectors", "cluster"), ("layout", "layout_cluster")):
        groups = [
            {"cluster": int(number), "name": rows[f"{column}_name"].iloc[0], "size": len(rows),
             "artists": _typical(rows)}
            for number, rows in table.groupby(column)
        ]  # fmt: skip
        facts[kind] = {"silhouette": silhouettes[kind], "clusters": groups}
    return facts


def _typical(rows: "pd.DataFrame") -> list[str]:
    """Return the most reviewed artists of a cluster that have its most frequent genre."""
    return rows.loc[rows["genre"] == rows["genre"].mode().iloc[0], "name"].head(4).tolist()
