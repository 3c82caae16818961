"""Name clusters of artists in words: by genres, and where these leave several alike, by what tells those apart.

A name is made of genres. Where genres alone would give two clusters one name, or say little, it gets the topic that
sets the cluster's texts apart. Clusters still called alike are told apart from one another, by the first of these that
does: the topic that each has more of than the others, the decade, the mean score; and if nothing does, by an artist,
the most reviewed of the cluster's main genre.

Public: `name_clusters`, `typical_members`, `NO_GENRE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .quality import genre_matrix
from .vectors import VectorTable

COMMON = 0.5  # a genre names a cluster if this share of its artists have it
LONGEST_NAME = 40
FEWEST_TEXTS = 10  # artists with texts; the topics of fewer are luck
DISTINCT = 4.0  # standard errors that a topic's share must lie above that of the other artists
LIFT = 1.25  # and how many times as large it must be: a topic that is everywhere sets nobody apart
LIFT_AMONG_NAMESAKES = 1.1
NO_GENRE = "no genre given"

Members = Sequence[np.ndarray]  # rows of the members of each


def name_clusters(labels: np.ndarray, vectors: VectorTable) -> list[str]:
    """Name each cluster by the genres that set it apart, and further where that is not enough.

    Parameters
    ----------
    labels : ndarray of shape (n,), int
        Cluster of each artist, 0 to n_clusters - 1.
    vectors : VectorTable
        Its topics, the years among its groups and its scores are used, if it has any.

    Returns
    -------
    list of str
        All different, such as ``"electronic + rock"``, ``"rock – shoegaze"``, ``"rap, score 7.4"`` or ``"rock (the
        fall)"``.
    """
    genres, genre_names = genre_matrix(vectors.genres)
    overall = genres.mean(axis=0) if len(genres) else np.empty(0)
    clusters = [np.flatnonzero(labels == cluster) for cluster in range(int(labels.max()) + 1)]
    names = [_genre_words(genres[members], overall, genre_names) for members in clusters]
    unclear = [names.count(name) > 1 or name == NO_GENRE or name.startswith("mixed:") for name in names]
    for cluster, topic in enumerate(_topic_words(clusters, vectors)):
        if unclear[cluster] and topic:
            names[cluster] = f"{names[cluster]} – {topic}"
    for whole in (True, False):  # what tells all of them apart is better than what tells some
        for tell_apart in (_own_topics, _decades, _scores):
            names = _with_details(names, clusters, vectors, tell_apart, whole=whole)
    return _with_artists(names, clusters, vectors)


def _with_details(
    names: list[str],
    clusters: Members,
    vectors: VectorTable,
    tell_apart: Callable[..., list[str]],
    *,
    whole: bool,
) -> list[str]:
    """Add a detail to the names of clusters called alike, where it tells them apart (``whole``: every one of them)."""
    told = list(names)
    for name in sorted({name for name in names if names.count(name) > 1}):
        same = [cluster for cluster, other in enumerate(names) if other == name]
        details = tell_apart([clusters[cluster] for cluster in same], vectors, name)
        longer = [f"{name}, {detail}" if detail else name for detail in details]
        if whole and len(set(details) - {""}) < len(same):
            continue
        if len(set(longer)) > 1 and not set(longer) - {name} & set(names):
            for cluster, text in zip(same, longer, strict=True):
                told[cluster] = text
    return told


def _own_topics(clusters: Members, vectors: VectorTable, name: str) -> list[str]:
    """The topic that each has more of than its namesakes; one that the name has, or that two share, tells nothing."""
    topics = vectors.topics
    if topics is None or not topics.known.any():
        return [""] * len(clusters)
    everyone = np.concatenate(clusters)
    rows, known = topics.smoothed[everyone], topics.known[everyone]
    called = _topic_names(vectors)
    found = []
    for members in clusters:
        place = _distinct_topic(rows, np.isin(everyone, members), known, lift=LIFT_AMONG_NAMESAKES)
        found.append("" if place is None or called[place] in name else called[place])
    return ["" if found.count(one) > 1 else one for one in found]


def _decades(clusters: Members, vectors: VectorTable, name: str) -> list[str]:  # noqa: ARG001 (as its likes)
    """The decade in which the middle artist of each has its middle year."""
    years = _mean_years(vectors)
    found = []
    for members in clusters:
        of = years[members][np.isfinite(years[members])]
        found.append(f"{int(np.median(of)) // 10 * 10}s" if len(of) else "")
    return found


def _mean_years(vectors: VectorTable) -> np.ndarray:
    """The mean year of each artist; NaN where none is known."""
    for group in vectors.groups:
        if group.kind == "year":
            years = np.array([float(name) if name.isdigit() else np.nan for name in group.names])
            members = group.members[np.isfinite(years)].astype(np.float64)
            count = np.asarray(members.sum(axis=0)).ravel()
            total = members.T @ years[np.isfinite(years)]
            return np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.full(len(vectors), np.nan)


def _scores(clusters: Members, vectors: VectorTable, name: str) -> list[str]:  # noqa: ARG001 (as its likes)
    """The mean score of each."""
    found = []
    for members in clusters:
        of = vectors.mean_score[members][np.isfinite(vectors.mean_score[members])]
        found.append(f"score {of.mean():.1f}" if len(of) else "")
    return found


def _with_artists(names: list[str], clusters: Members, vectors: VectorTable) -> list[str]:
    """Add typical artists to the names that still are those of several clusters."""
    told = list(names)
    repeated = {name for name in names if names.count(name) > 1}
    taken = set(names) - repeated
    for cluster, members in enumerate(clusters):
        if names[cluster] in repeated:
            told[cluster] = _told_apart(names[cluster], typical_members(members, vectors), vectors, taken)
            taken.add(told[cluster])
    return told


def typical_members(members: np.ndarray, vectors: VectorTable) -> np.ndarray:
    """Return those members that have the commonest main genre of all, the most reviewed first.

    Parameters
    ----------
    members : ndarray of int
        Rows, at least one.
    vectors : VectorTable

    Returns
    -------
    ndarray of int
    """
    main = np.array([vectors.genres[row][0] if vectors.genres[row] else "" for row in members], dtype=object)
    kinds, counts = np.unique(main.astype(str), return_counts=True)
    of_main = members[main == kinds[np.argmax(counts)]]
    return of_main[np.lexsort((of_main, -vectors.n_reviews[of_main]))]


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
    called, found = _topic_names(vectors), []
    for members in clusters:
        place = _distinct_topic(topics.smoothed, np.isin(np.arange(len(topics.known)), members), topics.known)
        found.append("" if place is None else called[place])
    return found


def _topic_names(vectors: VectorTable) -> list[str]:
    topics = vectors.topics
    if topics is None:
        return []
    pairs = zip(topics.names, topics.labels or topics.names, strict=True)
    return [_short(label or name) for name, label in pairs]


def _distinct_topic(
    shares: np.ndarray, inside: np.ndarray, known: np.ndarray, *, lift: float = LIFT
) -> int | None:
    """The topic whose mean share inside lies farthest above that of the others, by Welch's statistic; None if near."""
    some, others = shares[inside & known], shares[~inside & known]
    if len(some) < FEWEST_TEXTS or len(others) < FEWEST_TEXTS:
        return None
    error = np.sqrt(some.var(axis=0, ddof=1) / len(some) + others.var(axis=0, ddof=1) / len(others))
    excess = (some.mean(axis=0) - others.mean(axis=0)) / np.maximum(error, 1e-12)
    excess[some.mean(axis=0) < lift * others.mean(axis=0)] = -np.inf
    best = int(np.argmax(excess))
    return best if excess[best] >= DISTINCT else None


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
