"""Cluster artists by k-means, on their vectors and on the picture, and name the clusters in words.

Conventions: a row is an artist; clusters are numbered from 0, largest first; a name is made of genres. Where genres
alone would give two clusters one name, or say little, it gets the topic that sets the cluster's texts apart, if there
is one, and else or besides an artist.

Public: `cluster_rows`, `cluster_artists`, `name_clusters`, `Clusters`.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from ..core.errors import ParameterError
from ..core.randomness import RandomState, as_seed
from .quality import genre_matrix
from .vectors import VectorTable

SILHOUETTE_SAMPLE = 2000
COMMON = 0.5  # a genre names a cluster if this share of its artists have it
LONGEST_NAME = 40
N_REPRESENTATIVES = 20
FEWEST_TEXTS = 10  # artists with texts; the topics of fewer are luck
DISTINCT = 4.0  # standard errors that a topic's share must lie above that of the other artists
LIFT = 1.25  # and how many times as large it must be: a topic that is everywhere sets nobody apart
NO_GENRE = "no genre given"


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
        Its topics, if it has any, help to name the clusters.
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


def name_clusters(labels: np.ndarray, vectors: VectorTable) -> list[str]:
    """Name each cluster by the genres that set it apart, where that is not enough by a topic, and then by an artist.

    Parameters
    ----------
    labels : ndarray of shape (n,), int
        Cluster of each artist, 0 to n_clusters - 1.
    vectors : VectorTable

    Returns
    -------
    list of str
        All different, such as ``"electronic + rock"``, ``"rock – shoegaze"`` or ``"rock (the fall)"``.
    """
    genres, genre_names = genre_matrix(vectors.genres)
    overall = genres.mean(axis=0) if len(genres) else np.empty(0)
    clusters = [np.flatnonzero(labels == cluster) for cluster in range(int(labels.max()) + 1)]
    names = [_genre_words(genres[members], overall, genre_names) for members in clusters]
    unclear = [names.count(name) > 1 or name == NO_GENRE or name.startswith("mixed:") for name in names]
    for cluster, topic in enumerate(_topic_words(clusters, vectors)):
        if unclear[cluster] and topic:
            names[cluster] = f"{names[cluster]} – {topic}"
    repeated = {name for name in names if names.count(name) > 1}
    taken = set(names) - repeated
    for cluster, members in enumerate(clusters):
        if names[cluster] in repeated:
            names[cluster] = _told_apart(names[cluster], _representatives(members, vectors), vectors, taken)
            taken.add(names[cluster])
    return names


def _genre_words(genres: np.ndarray, overall: np.ndarray, names: Sequence[str]) -> str:
    """Genres most of the members have, the most unusual first, else the one that stands out most."""
    share = genres.mean(axis=0) if len(genres) else np.zeros(len(names))
    untagged = float(np.mean(~genres.any(axis=1))) if len(genres) else 1.0
    if not share.any() or untagged > COMMON:
        return NO_GENRE
    lift = share / np.maximum(overall, 1e-12)
    common = np.flatnonzero(share >= COMMON)
    if len(common):
        chosen = common[np.argsort(-lift[common], kind="stable")][:3]
        return " + ".join(_short(names[int(g)]) for g in chosen)
    frequent = np.flatnonzero(share >= 0.1) if (share >= 0.1).any() else np.arange(len(names))
    ranked = frequent[np.argsort(-lift[frequent], kind="stable")][:2]
    return "mixed: " + ", ".join(_short(names[int(g)]) for g in ranked)


def _topic_words(clusters: Sequence[np.ndarray], vectors: VectorTable) -> list[str]:
    """The topic that sets each cluster's texts apart most; "" where none does."""
    topics = vectors.topics
    if topics is None or not topics.known.any():
        return [""] * len(clusters)
    called = [label or name for name, label in zip(topics.names, topics.labels or topics.names, strict=True)]
    found = []
    for members in clusters:
        place = _distinct_topic(topics.smoothed, np.isin(np.arange(len(topics.known)), members), topics.known)
        found.append("" if place is None else _short(called[place]))
    return found


def _distinct_topic(shares: np.ndarray, inside: np.ndarray, known: np.ndarray) -> int | None:
    """The topic whose mean share inside lies farthest above that of the others, by Welch's statistic; None if near."""
    some, others = shares[inside & known], shares[~inside & known]
    if len(some) < FEWEST_TEXTS or len(others) < FEWEST_TEXTS:
        return None
    error = np.sqrt(some.var(axis=0, ddof=1) / len(some) + others.var(axis=0, ddof=1) / len(others))
    excess = (some.mean(axis=0) - others.mean(axis=0)) / np.maximum(error, 1e-12)
    excess[some.mean(axis=0) < LIFT * others.mean(axis=0)] = -np.inf
    best = int(np.argmax(excess))
    return best if excess[best] >= DISTINCT else None


def _representatives(members: np.ndarray, vectors: VectorTable) -> np.ndarray:
    """The cluster's most reviewed artists, the nearest to its center first."""
    known = members[np.lexsort((members, -vectors.n_reviews[members]))][:N_REPRESENTATIVES]
    center = vectors.matrix[members].mean(axis=0)
    return known[np.argsort(-(vectors.matrix[known] @ center), kind="stable")]


def _told_apart(name: str, members: np.ndarray, vectors: VectorTable, taken: set[str]) -> str:
    """Add the first artist, then more of them, until no other cluster has that name."""
    artists: list[str] = []
    for row in members:
        artists.append(_short(vectors.names[int(row)]))
        longer = f"{name} ({', '.join(artists)})"
        if longer not in taken:
            return longer
    return f"{name} ({vectors.artist_ids[members[0]]})"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def check_layout(layout: np.ndarray, n_artists: int) -> np.ndarray:
    """Give the layout as float64, or raise ParameterError if its shape or numbers are unusable."""
    places = np.asarray(layout, dtype=np.float64)
    if places.shape != (n_artists, 2) or not np.isfinite(places).all():
        raise ParameterError(f"layout must be ({n_artists}, 2) finite numbers; got shape {places.shape}")
    return places
