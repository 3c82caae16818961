"""How alike the genres of two artists are, in two ways, and what answers reach that know nothing of whom they answer.

*Shared*: whether they have any genre in common. It is what genre@10 counts, and it can be won without knowing
anything: whoever answers with artists of many genres is right more often. *In common*: the genres both have over those
that either has (Jaccard [1]_), so that a genre too many costs as much as one too few.

Conventions: genres are boolean matrices (n, n_genres), as of `quality.genre_matrix`.

Public: `shared`, `in_common`, `Likeness`, `likeness_to_answers`, `mean_likeness`, `best_fixed`.

References
----------
.. [1] Jaccard (1912), The distribution of the flora in the alpine zone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .answers import best_rows

Likeness = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Likeness, 0 to 1, from the number of genres that both have and the number that either has."""


def shared(both: np.ndarray, either: np.ndarray) -> np.ndarray:  # noqa: ARG001 - one signature for all
    """Say whether there is a genre in common."""
    return (both > 0).astype(np.float64)


def in_common(both: np.ndarray, either: np.ndarray) -> np.ndarray:
    """Give the share of the genres of either that both have; 0 where neither has any."""
    return both / np.maximum(either, 1)


def likeness_to_answers(likeness: Likeness, asked: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Compare artists with their answers.

    Parameters
    ----------
    likeness : `shared` or `in_common`
    asked : ndarray of shape (n, n_genres), bool
    answers : ndarray of shape (n, k, n_genres), bool

    Returns
    -------
    ndarray of shape (n, k), float64
    """
    both = (answers & asked[:, None, :]).sum(axis=2)
    return likeness(both, (answers | asked[:, None, :]).sum(axis=2))


def mean_likeness(likeness: Likeness, asked: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Compute the mean likeness of each artist to all others, which is what answers drawn at random reach.

    Parameters
    ----------
    likeness : `shared` or `in_common`
    asked : ndarray of shape (n, n_genres), bool
    others : ndarray of shape (n_others, n_genres), bool

    Returns
    -------
    ndarray of shape (n,), float64

    Notes
    -----
    Time and memory grow with n times the number of different sets of genres among the others.
    """
    kinds, counts = np.unique(others, axis=0, return_counts=True)
    both = asked.astype(np.float32) @ kinds.T.astype(np.float32)
    either = asked.sum(axis=1)[:, None] + kinds.sum(axis=1) - both
    return likeness(both, either) @ counts / counts.sum()


def best_fixed(likeness: Likeness, artists: np.ndarray, k: int) -> np.ndarray:
    """Give the answer that is best if all get the same one: the ``k`` artists most like all the others.

    Parameters
    ----------
    likeness : `shared` or `in_common`
    artists : ndarray of shape (n, n_genres), bool

    Returns
    -------
    ndarray of shape (k,), int
        Rows; ties go by row.
    """
    kinds, kind = np.unique(artists, axis=0, return_inverse=True)
    return best_rows(mean_likeness(likeness, kinds, artists)[kind.reshape(-1)], k)
