"""Cluster artists by k-means, on their vectors and on the picture, and name the clusters in words.

Conventions: a row is an artist; clusters are numbered from 0, largest first; `cluster_names` names them.

Public: `cluster_rows`, `cluster_artists`, `Clusters`.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from ..core.errors import ParameterError
from ..core.randomness import RandomState, as_seed
from .cluster_names import name_clusters
from .quality import genre_matrix
from .vectors import VectorTable

SILHOUETTE_SAMPLE = 2000


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of artists.

    Parameters
    ----------
    table : DataFrame
        artist_id, cluster (on the vectors), cluster_name, and, if a layout was given, layout_cluster and
        layout_cluster_name.
    silhouette : float
        On the vectors, cosine; a seeded sample of 2,000 artists. NaN if there is one cluster only.
    layout_silhouette : float
        On the layout, Euclidean; NaN without a layout.
    """

    table: pd.DataFrame
    silhouette: float
    layout_silhouette: float


def cluster_artists(
    vectors: VectorTable,
    layout: np.ndarray | None = None,
    *,
    n_clusters: int | None = None,
    random_state: RandomState = 0,
) -> Clusters:
    """Cluster the artists of a table twice: by vector and by place on the map.

    Parameters
    ----------
    vectors : VectorTable
        Its topics, years and scores, if it has any, help to name the clusters.
    layout : ndarray of shape (n, 2), optional
        Coordinates of the same artists.
    n_clusters : int or None
        None takes :func:`usual_cluster_count`, never more than there are distinct rows.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    Clusters

    Raises
    ------
    ParameterError
        If ``n_clusters`` or the shape of ``layout`` is unusable.
    """
    seed = as_seed(random_state)
    genres, _ = genre_matrix(vectors.genres)
    k = usual_cluster_count(len(vectors), genres.shape[1]) if n_clusters is None else n_clusters
    labels = cluster_rows(vectors.matrix, k, random_state=seed)
    table = pd.DataFrame({"artist_id": list(vectors.artist_ids), "cluster": labels})
    table["cluster_name"] = np.array(name_clusters(labels, vectors), dtype=object)[labels]
    layout_silhouette = float("nan")
    if layout is not None:
        places = check_layout(layout, len(vectors))
        labels_2d = cluster_rows(places, k, random_state=seed)
        table["layout_cluster"] = labels_2d
        table["layout_cluster_name"] = np.array(name_clusters(labels_2d, vectors), dtype=object)[labels_2d]
        layout_silhouette = silhouette(places, labels_2d, metric="euclidean", random_state=seed)
    return Clusters(
        table, silhouette(vectors.matrix, labels, metric="cosine", random_state=seed), layout_silhouette
    )


def usual_cluster_count(n_artists: int, n_genres: int) -> int:
    """Return twice the number of genres, but no more than one for five artists, and at least 2.

    With as many as genres, small genres share a cluster with large ones; clusters of one or two artists are no groups.
    """
    return max(2, min(2 * n_genres, n_artists // 5))


def cluster_rows(rows: np.ndarray, n_clusters: int, *, random_state: RandomState = 0) -> np.ndarray:
    """Cluster rows by k-means; the same labels for any number of threads.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
    n_clusters : int, >= 1
        Fewer come back if there are fewer distinct rows.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    labels : ndarray of shape (n,), int32
        Numbered by size, largest first.

    Raises
    ------
    ParameterError
        If ``n_clusters`` is no int >= 1 or there are no rows.
    """
    if isinstance(n_clusters, bool) or not isinstance(n_clusters, numbers.Integral) or n_clusters < 1:
        raise ParameterError(f"n_clusters must be an int >= 1; got {n_clusters!r}")
    if len(rows) == 0:
        raise ParameterError("clusters need at least one artist; got none")
    distinct = len(np.unique(rows, axis=0))
    seed = as_seed(random_state) % 2**32
    with threadpool_limits(limits=1):  # sums in another order would move borders
        means = KMeans(min(int(n_clusters), distinct), n_init=4, random_state=seed)  # pyright: ignore[reportArgumentType]
        labels = means.fit_predict(np.ascontiguousarray(rows, dtype=np.float64))
    _, labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    return np.argsort(order)[labels].astype(np.int32)


def silhouette(rows: np.ndarray, labels: np.ndarray, *, metric: str, random_state: RandomState = 0) -> float:
    """Compute the mean silhouette of a seeded sample of 2,000 rows; NaN if it has one cluster only."""
    rng = np.random.default_rng(as_seed(random_state))
    sample = np.sort(rng.permutation(len(rows))[:SILHOUETTE_SAMPLE])
    n_labels = len(np.unique(labels[sample]))
    if not 2 <= n_labels < len(sample):
        return float("nan")
    with threadpool_limits(limits=1):
        return float(silhouette_score(rows[sample], labels[sample], metric=metric))


def check_layout(layout: np.ndarray, n_artists: int) -> np.ndarray:
    """Give the layout as float64, or raise ParameterError if its shape or numbers are unusable."""
    places = np.asarray(layout, dtype=np.float64)
    if places.shape != (n_artists, 2) or not np.isfinite(places).all():
        raise ParameterError(f"layout must be ({n_artists}, 2) finite numbers; got shape {places.shape}")
    return places
