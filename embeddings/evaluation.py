"""Say what artist vectors are worth, with chance level, interval and simple rivals beside each figure.

A probe asks something that the vectors were not told: for the label probe all methods are fitted without labels, for
the half-decade probe without years, for the reviewer probe without reviewers. Genres and scores are told to all
methods, so these figures say what was kept, not what was found out.

Conventions: a *method* is a callable ``method(without, seed)`` that returns vectors, one row an artist, learnt
from all columns but those in ``without``. Intervals are 95 % percentile bootstraps over artists (over users for
recommendation). All sampling is seeded.

The rivals are in `rivals`.

Public: `evaluate`, `shares_at_k`, `neighbor_overlap`, `cold_start_at_k`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import rankdata

from ..core.errors import ParameterError
from ..core.progress import ProgressCallback, report
from ..core.randomness import RandomState, as_generator
from .figures import Figure, mean_figure
from .histories import LISTENERS
from .memberships import memberships
from .quality import algebra_queries, genre_matrix
from .recommendation import hide_listens, recommend_hidden
from .rivals import Learner, Method
from .stores.nearest import top_places
from .vectors import unit_vectors

N_QUERIES = 2000
K = 10
PROBES = {"label_at_10": ("labels",), "half_decade_at_10": ("years",), "author_at_10": ("authors",)}


def evaluate(
    artists: pd.DataFrame,
    methods: Mapping[str, Method],
    *,
    asked: np.ndarray | None = None,
    histories: Sequence[np.ndarray] | None = None,
    learners: Mapping[str, Learner] | None = None,
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> list[Figure]:
    """Compute all figures for all methods, on the same artists asked about.

    Parameters
    ----------
    artists : DataFrame
        genres, mean_score; labels, years and authors where there are any.
    methods : mapping of str to callable
        ``method(without, seed)``; the first is the one that is judged.
    asked : ndarray of shape (n_artists,), bool, optional
        Who may be asked about; everybody may be an answer. None asks about everybody: where contexts were chosen
        by these figures, ask about artists that were not looked at then.
    histories : sequence of ndarray, optional
        Rows of the artists that each user listened to.
    learners : mapping of str to callable, optional
        ``learner(artists, seed)`` for each method, to learn anew without the listens that are hidden where the artists
        have a column ``listeners``; without these, the methods are told nothing of that column when users are asked.
    random_state : int
        Seed of the methods and of the sampling; the overlap is with the next seed.
    on_progress : callable, optional

    Returns
    -------
    list of Figure
    """
    figures: list[Figure] = []
    hidden = None if histories is None else hide_listens(histories, random_state)
    held_out = [columns for columns in PROBES.values() if columns[0] in artists.columns]
    total, done = len(methods) * (2 + len(held_out)), 0
    for name, method in methods.items():
        fitted: dict[tuple[str, ...], np.ndarray] = {}
        for without in ((), *held_out):
            fitted[without] = np.asarray(method(without, random_state))
            done += 1
            if report(on_progress, "fitting and asking", done, total, "fits"):
                return figures
        figures += _told(name, fitted[()], artists, random_state, asked)
        for probe, without in PROBES.items():
            if without in fitted:
                figures += _probe(name, probe, fitted[without], artists, without[0], random_state, asked)
        figures.append(_overlap(name, fitted[()], np.asarray(method((), random_state + 1)), random_state))
        done += 1
        if hidden is not None:
            seen = _that_heard_less(name, method, learners, artists, hidden, random_state)
            figures += recommend_hidden(name, fitted[()] if seen is None else seen, hidden)
    return figures


def _that_heard_less(
    name: str,
    method: Method,
    learners: Mapping[str, Learner] | None,
    artists: pd.DataFrame,
    hidden: Sequence[tuple[np.ndarray, np.ndarray]],
    seed: int,
) -> np.ndarray | None:
    """Vectors learnt without the hidden listens; None where listens are not learnt from."""
    if LISTENERS not in artists.columns:
        return None
    if learners is None:
        return np.asarray(method((LISTENERS,), seed))
    known: list[list[str]] = [[] for _ in range(len(artists))]
    for user, (rows, _) in enumerate(hidden):
        for row in rows.tolist():
            known[row].append(f"user {user}")
    return np.asarray(learners[name](artists.assign(**{LISTENERS: known}), seed))


def _told(
    name: str, vectors: np.ndarray, artists: pd.DataFrame, seed: int, among: np.ndarray | None
) -> list[Figure]:
    """Figures about what the vectors were told: genres, arithmetic on genres, scores."""
    genres, _ = genre_matrix(list(artists["genres"]))
    found = [_share(name, "genre_at_10", vectors, csr_matrix(genres), seed, among)]
    try:
        asked = algebra_queries(vectors, genres, among=among, random_state=seed)
    except ParameterError:
        asked = np.empty((0, 5))
    chance = float(asked[:, 3].mean()) if len(asked) else float("nan")
    found.append(mean_figure(name, "algebra_strict", asked[:, 2], chance, seed))
    found.append(mean_figure(name, "algebra_g1_left", asked[:, 1], float("nan"), seed))
    score = pd.to_numeric(artists["mean_score"]).to_numpy(np.float64, na_value=np.nan)
    return [*found, _closeness(name, vectors, genres, score, seed, among)]


def _probe(
    name: str,
    probe: str,
    vectors: np.ndarray,
    artists: pd.DataFrame,
    column: str,
    seed: int,
    among: np.ndarray | None,
) -> list[Figure]:
    values = artists[column]
    if column == "years":
        values = pd.Series([[int(year) // 5 for year in _listed(one)] for one in values], dtype=object)
    rows, codes, names = memberships(values)
    tags = csr_matrix((np.ones(len(rows)), (rows, codes)), shape=(len(artists), max(len(names), 1)))
    return [_share(name, probe, vectors, tags, seed, among)]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else []


def _share(
    name: str, figure: str, vectors: np.ndarray, tags: csr_matrix, seed: int, among: np.ndarray | None
) -> Figure:
    """Share of the ten nearest that have a tag in common, over artists whose tag somebody else has, too."""
    hits, chance = shares_at_k(vectors, tags, among=among, random_state=seed)
    return mean_figure(name, figure, hits, float(chance.mean()) if len(chance) else float("nan"), seed)


def shares_at_k(
    vectors: np.ndarray,
    tags: csr_matrix,
    *,
    k: int = K,
    n_queries: int = N_QUERIES,
    among: np.ndarray | None = None,
    random_state: RandomState = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure, for each artist asked about, which share of its ``k`` nearest has a tag in common with it.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim)
    tags : csr_matrix of shape (n, n_tags)
        Artists without tag or vector neither ask nor answer; artists none of whose tags anybody else has do
        not ask.
    k, n_queries : int
    among : ndarray of shape (n,), bool, optional
        Who may be asked about; None for all.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    hits, chance : ndarray of shape (n_asked,), float64
        Share among the nearest, and among all others.
    """
    rng = as_generator(random_state)
    tags = csr_matrix(tags, dtype=np.float32)
    tagged = np.flatnonzero((np.diff(tags.indptr) > 0) & np.asarray(vectors).any(axis=1))
    units, kept = unit_vectors(np.asarray(vectors)[tagged]), csr_matrix(tags[tagged])
    frequent = np.asarray(kept.sum(axis=0)).ravel() > 1
    askable = np.flatnonzero(kept @ frequent.astype(np.float32) > 0)
    if among is not None:
        askable = askable[among[tagged[askable]]]
    asked = rng.permutation(askable)[:n_queries]
    hits, chance = np.empty(len(asked)), np.empty(len(asked))
    for first in range(0, len(asked), 256):
        block = asked[first : first + 256]
        near = _nearest_others(units, block, k)
        alike = (kept[block] @ kept.T).toarray() > 0
        alike[np.arange(len(block)), block] = False
        hits[first : first + len(block)] = np.take_along_axis(alike, near, axis=1).mean(axis=1)
        chance[first : first + len(block)] = alike.sum(axis=1) / (len(tagged) - 1)
    return hits, chance


def _closeness(
    method: str,
    vectors: np.ndarray,
    genres: np.ndarray,
    score: np.ndarray,
    seed: int,
    among: np.ndarray | None,
) -> Figure:
    """Spearman correlation of cosine with nearness of scores within genres; artists are resampled, not pairs."""
    rng = as_generator(seed)
    units = unit_vectors(np.asarray(vectors))
    known = np.isfinite(score) & genres.any(axis=1) & units.any(axis=1)
    parts = []
    for genre in range(genres.shape[1]):
        members = np.flatnonzero(genres[:, genre] & known)
        asked = members if among is None else members[among[members]]
        if len(members) < 3 or not len(asked):
            continue
        left, right = rng.choice(asked, 5000), rng.choice(members, 5000)
        left, right = left[left != right], right[left != right]
        near = rankdata(-np.abs(score[left] - score[right]))
        cosine = rankdata(np.einsum("ij,ij->i", units[left], units[right]))
        if np.ptp(near) > 0 and np.ptp(cosine) > 0:
            parts.append((len(members), left, right, near, cosine))
    if not parts:
        nothing = float("nan")
        return Figure(method, "score_rho", nothing, nothing, nothing, 0.0, 0)
    plain = _weighted_rho(parts, np.ones(len(units)))
    resampled = [
        _weighted_rho(parts, np.bincount(rng.integers(0, len(units), len(units)), minlength=len(units)))
        for _ in range(200)
    ]
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Figure(method, "score_rho", plain, float(low), float(high), 0.0, int(known.sum()))


def _weighted_rho(parts: list[tuple[Any, ...]], times: np.ndarray) -> float:
    total, weight = 0.0, 0
    for size, left, right, near, cosine in parts:
        pair = times[left] * times[right]
        if not pair.any():
            continue
        x, y = (values - np.average(values, weights=pair) for values in (near, cosine))
        spread = np.sqrt((pair * x * x).sum() * (pair * y * y).sum())
        if spread > 0:
            total, weight = total + size * float((pair * x * y).sum() / spread), weight + size
    return total / weight if weight else float("nan")


def neighbor_overlap(
    first: np.ndarray, second: np.ndarray, *, k: int = K, n_queries: int = 500, random_state: RandomState = 0
) -> np.ndarray:
    """Measure which share of the ``k`` nearest two sets of vectors agree on.

    Parameters
    ----------
    first, second : ndarray of shape (n, any)
    k, n_queries : int
    random_state : None, int, Generator or RandomState

    Returns
    -------
    ndarray of shape (n_asked,), float64
    """
    rng = as_generator(random_state)
    known = np.flatnonzero(first.any(axis=1) & second.any(axis=1))
    sides = [unit_vectors(side[known]) for side in (first, second)]
    asked, shares = rng.permutation(len(known))[:n_queries], []
    for at in range(0, len(asked), 256):
        block = asked[at : at + 256]
        near = [_nearest_others(units, block, k).tolist() for units in sides]
        shares += [len(set(one) & set(other)) / k for one, other in zip(*near, strict=True)]
    return np.array(shares)


def _nearest_others(units: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """The ``k`` nearest rows of each of some rows, itself left out; ties go by row."""
    cosine = units[rows] @ units.T
    cosine[np.arange(len(rows)), rows] = -np.inf
    return _first(cosine, k)


def _first(nearness: np.ndarray, k: int) -> np.ndarray:
    """Places of the ``k`` largest of each row, the largest first; ties go by place."""
    places = np.arange(nearness.shape[1])
    return np.array([top_places(row, places, min(k, len(places))) for row in nearness]).reshape(
        len(nearness), -1
    )


def _overlap(method: str, first: np.ndarray, second: np.ndarray, seed: int) -> Figure:
    shares = neighbor_overlap(first, second, random_state=seed)
    return mean_figure(method, "seed_overlap_at_10", shares, min(1.0, K / max(len(first) - 1, 1)), seed)


def cold_start_at_k(
    cold: np.ndarray, cold_tags: csr_matrix, warm: np.ndarray, warm_tags: csr_matrix, *, k: int = K
) -> tuple[np.ndarray, np.ndarray]:
    """Measure, for artists that were never trained, which share of the ``k`` nearest trained ones shares a tag.

    Parameters
    ----------
    cold : ndarray of shape (n_cold, dim)
    cold_tags : csr_matrix of shape (n_cold, n_tags)
    warm : ndarray of shape (n_warm, dim)
    warm_tags : csr_matrix of shape (n_warm, n_tags)
    k : int

    Returns
    -------
    hits, chance : ndarray of shape (n_asked,), float64
    """
    asked = np.flatnonzero((np.diff(cold_tags.indptr) > 0) & cold.any(axis=1))
    usable = np.flatnonzero((np.diff(warm_tags.indptr) > 0) & warm.any(axis=1))
    alike = (csr_matrix(cold_tags[asked]) @ csr_matrix(warm_tags[usable]).T).toarray() > 0
    cosine = unit_vectors(cold[asked]) @ unit_vectors(warm[usable]).T
    near = _first(cosine, k)
    return np.take_along_axis(alike, near, axis=1).mean(axis=1), alike.mean(axis=1)
