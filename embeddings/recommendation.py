"""Recommend artists to users whom a part of their artists was hidden, and see where the hidden ones come.

Public: `recommend`, `hide_listens`, `recommend_hidden`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from ..core.randomness import RandomState, as_generator
from .figures import Figure, mean_figure
from .vectors import unit_vectors

K = 10


def recommend(
    method: str,
    vectors: np.ndarray,
    histories: Sequence[np.ndarray],
    *,
    k: int = K,
    random_state: RandomState = 0,
) -> list[Figure]:
    """Recommend to users whom part of their artists was hidden, and see where the hidden ones come.

    A fifth of each user's artists (at least one) is hidden; the rest are averaged, and all artists the user is
    not known to have are ranked by cosine. The rival is popularity among what was not hidden. Vectors that were learnt
    from these listens have seen what is hidden here: `evaluation.evaluate` learns them anew without it.

    Parameters
    ----------
    method : str
    vectors : ndarray of shape (n, dim)
    histories : sequence of ndarray of int
        Rows of the artists of each user; users of fewer than two take no part.
    k : int
    random_state : None, int, Generator or RandomState

    Returns
    -------
    list of Figure
        recall_at_10, map_at_10 and auc; the chance level is that of popularity.
    """
    return recommend_hidden(method, vectors, hide_listens(histories, random_state), k=k)


def hide_listens(
    histories: Sequence[np.ndarray], random_state: RandomState = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Hide a fifth of each user's artists, at least one; nothing of users who have one only.

    Parameters
    ----------
    histories : sequence of ndarray of int
        Rows of the artists of each user.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    list of (ndarray, ndarray)
        What is known of each user, and what is hidden.
    """
    rng = as_generator(random_state)
    split = []
    for history in histories:
        rows = rng.permutation(np.unique(np.asarray(history, dtype=np.int64)))
        n_hidden = max(1, len(rows) // 5) if len(rows) > 1 else 0
        split.append((rows[n_hidden:], rows[:n_hidden]))
    return split


def recommend_hidden(
    method: str, vectors: np.ndarray, split: Sequence[tuple[np.ndarray, np.ndarray]], *, k: int = K
) -> list[Figure]:
    """Compute the figures of `recommend` for histories whose hidden part is given, as `hide_listens` does.

    Parameters
    ----------
    method : str
    vectors : ndarray of shape (n, dim)
        Learnt without the hidden part.
    split : sequence of (ndarray, ndarray)
    k : int

    Returns
    -------
    list of Figure
    """
    units = unit_vectors(np.asarray(vectors))
    asked = [(known, hidden) for known, hidden in split if len(hidden)]
    kept = np.concatenate([rows for rows, _ in asked]) if asked else np.empty(0, np.int64)
    popularity = np.bincount(kept, minlength=len(units)).astype(np.float64)
    ours, theirs = (
        np.array([_ranked(score(rows), rows, hidden, k) for rows, hidden in asked]).reshape(-1, 3)
        for score in (lambda rows: units @ units[rows].mean(axis=0), lambda _rows: popularity)
    )
    names = (f"recall_at_{k}", f"map_at_{k}", "auc")
    chance = theirs.mean(axis=0) if len(theirs) else np.full(3, np.nan)
    return [mean_figure(method, name, ours[:, i], float(chance[i]), 0) for i, name in enumerate(names)]


def _ranked(score: np.ndarray, known: np.ndarray, hidden: np.ndarray, k: int) -> tuple[float, float, float]:
    score = score.astype(np.float64).copy()
    score[known] = -np.inf
    top = np.isin(np.argsort(-score, kind="stable")[:k], hidden)
    precision = np.cumsum(top) / np.arange(1, len(top) + 1)
    average = float((precision * top).sum() / min(len(hidden), k))
    others = np.isfinite(score)
    others[hidden] = False
    ranks = rankdata(np.concatenate([score[hidden], score[others]]))[: len(hidden)]
    n, m = len(hidden), int(others.sum())
    auc = (ranks.sum() - n * (n + 1) / 2) / (n * m) if m else float("nan")
    return float(top.sum() / min(len(hidden), k)), average, float(auc)
