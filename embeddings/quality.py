"""Measure what artist vectors have kept: genres, arithmetic on genres, order of scores.

Conventions: ``vectors`` is (n, dim), any scale (it is normalized here); ``genres`` is a boolean matrix
(n, n_genres) from `genre_matrix`; artists without a genre are neither asked about nor answers. All
sampling is seeded. Every figure has its chance level or a baseline beside it.

Public: `genre_matrix`, `one_hot`, `genre_at_k`, `genre_algebra`, `algebra_queries`,
`score_closeness`, `measure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ..core.errors import ParameterError
from ..core.randomness import RandomState, as_generator
from .answers import best_rows
from .memberships import memberships
from .vectors import unit_vectors

SMALLEST_SET = 30
ASKED_AT_ONCE = 64


@dataclass(frozen=True)
class GenreAtK:
    """Share of the ``k`` nearest artists that share a genre with the artist asked about, and by chance."""

    value: float
    chance: float


@dataclass(frozen=True)
class GenreAlgebra:
    """What the ``k`` answers to X{g1, g2} - Y{g1} are.

    Parameters
    ----------
    has_g2, g1_left, strict : float
        Shares of answers with g2; with g1; with g2 and without g1.
    base_rate : float
        Share of all artists with g2 and without g1, averaged over the queries.
    nearest_to_x : float
        ``strict`` without subtracting: the neighbors of X alone.
    n_queries : int
    """

    has_g2: float
    g1_left: float
    strict: float
    base_rate: float
    nearest_to_x: float
    n_queries: int


@dataclass(frozen=True)
class ScoreCloseness:
    """Spearman correlation of cosine with nearness of mean scores.

    Parameters
    ----------
    shared_genre : float
        Over pairs that share a genre, averaged over genres by their artists.
    same_genres : float
        Over pairs with exactly the same genres, averaged likewise over sets of 30 artists and more.
    """

    shared_genre: float
    same_genres: float


def genre_matrix(genres: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[str]]:
    """Make the boolean matrix (n, n_genres) of who has which genre, and the names of its columns.

    Parameters
    ----------
    genres : sequence of sequence of str, length n
        Genres of each artist; an empty entry has none, nulls and blanks are no genre.

    Returns
    -------
    matrix : ndarray of shape (n, n_genres), bool
    names : list of str
        Sorted.
    """
    column = pd.Series(list(genres), dtype=object)
    rows, codes, names = memberships(column)
    matrix = np.zeros((len(column), len(names)), dtype=bool)
    matrix[rows, codes] = True
    return matrix, names


def one_hot(genres: np.ndarray) -> np.ndarray:
    """Make the baseline vectors that know nothing but the genres, float32.

    Parameters
    ----------
    genres : ndarray of shape (n, n_genres), bool

    Returns
    -------
    ndarray of shape (n, n_genres), float32
        1 where the artist has the genre, else 0.
    """
    return genres.astype(np.float32)


def genre_at_k(
    vectors: np.ndarray,
    genres: np.ndarray,
    *,
    k: int = 10,
    n_queries: int = 2000,
    random_state: RandomState = 0,
) -> GenreAtK:
    """Measure how often near artists share a genre.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim)
    genres : ndarray of shape (n, n_genres), bool
    k : int, >= 1
        Neighbors looked at for each artist asked about.
    n_queries : int, >= 1
        Artists asked about at most, drawn without repeats.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    GenreAtK

    Raises
    ------
    ParameterError
        If fewer than two artists have a genre and a vector other than zero.
    """
    rng = as_generator(random_state)
    tagged = _tagged(vectors, genres)
    units, tags = unit_vectors(vectors[tagged]), genres[tagged].astype(np.float32)
    queries = rng.permutation(len(tagged))[:n_queries]
    hits, chance = [], []
    for query in queries:
        cosine = units @ units[query]
        cosine[query] = -np.inf
        shares = tags @ tags[query] > 0
        hits.append(shares[best_rows(cosine, k)].mean())
        chance.append((shares.sum() - 1) / (len(tagged) - 1))
    return GenreAtK(float(np.mean(hits)), float(np.mean(chance)))


def genre_algebra(
    vectors: np.ndarray,
    genres: np.ndarray,
    *,
    k: int = 10,
    n_queries: int = 1000,
    random_state: RandomState = 0,
) -> GenreAlgebra:
    """Measure genre arithmetic: X has exactly {g1, g2}, Y exactly {g1}; look at what is near X - Y.

    The answers are ranked as `VectorTable.most_similar` does, X and Y excluded.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim)
    genres : ndarray of shape (n, n_genres), bool
    k : int, >= 1
        Answers looked at for each query.
    n_queries : int, >= 1
        Queries at most; each pair of X and g1 is drawn once at most, with one Y.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    GenreAlgebra

    Raises
    ------
    ParameterError
        If no such X and Y exist, or fewer than two artists have a genre and a vector other than zero.
    """
    figures = algebra_queries(vectors, genres, k=k, n_queries=n_queries, random_state=random_state)
    return GenreAlgebra(*(float(value) for value in figures.mean(axis=0)), n_queries=len(figures))


def algebra_queries(
    vectors: np.ndarray,
    genres: np.ndarray,
    *,
    k: int = 10,
    n_queries: int = 1000,
    among: np.ndarray | None = None,
    random_state: RandomState = 0,
) -> np.ndarray:
    """Ask the questions of `genre_algebra` and give what each of them found.

    Parameters
    ----------
    vectors, genres, k, n_queries, random_state
        As `genre_algebra`.
    among : ndarray of shape (n,), bool, optional
        Who may be X; None for all.

    Returns
    -------
    ndarray of shape (n_queries, 5), float64
        has_g2, g1_left, strict, base_rate, nearest_to_x of each question.

    Raises
    ------
    ParameterError
        As `genre_algebra`.
    """
    rng = as_generator(random_state)
    tagged = _tagged(vectors, genres)
    units, tags = unit_vectors(vectors[tagged]), genres[tagged]
    n_genres = tags.sum(axis=1)
    alone = {g: np.flatnonzero((n_genres == 1) & tags[:, g]) for g in range(tags.shape[1])}
    pairs = [
        (int(x), int(g))
        for x in np.flatnonzero((n_genres == 2) & (True if among is None else among[tagged]))
        for g in np.flatnonzero(tags[x])
        if len(alone[int(g)])
    ]
    if not pairs:
        raise ParameterError("genre algebra needs an artist with two genres and one with one of them only")
    asked = []
    for place in rng.permutation(len(pairs))[:n_queries]:
        x, removed = pairs[place]
        y = int(rng.choice(alone[removed]))
        kept = next(int(g) for g in np.flatnonzero(tags[x]) if g != removed)
        asked.append((x, y, kept, removed))
    figures = []
    for first in range(0, len(asked), ASKED_AT_ONCE):
        block = asked[first : first + ASKED_AT_ONCE]
        x, y = (units[[one[side] for one in block]] for side in (0, 1))
        products = zip(block, (x - y) @ units.T, x @ units.T, strict=True)
        figures += [_judge(tags, one, answers, plain, k) for one, answers, plain in products]
    return np.array(figures)


def score_closeness(
    vectors: np.ndarray,
    genres: np.ndarray,
    score: np.ndarray,
    *,
    n_pairs: int = 5000,
    random_state: RandomState = 0,
) -> ScoreCloseness:
    """Measure whether, genre held fixed, artists with near mean scores are near.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim)
    genres : ndarray of shape (n, n_genres), bool
    score : ndarray of shape (n,)
        NaN where unknown.
    n_pairs : int
        Pairs drawn a group.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    ScoreCloseness
        NaN where no group has pairs of different score and cosine.
    """
    rng = as_generator(random_state)
    units = unit_vectors(vectors)
    known = np.isfinite(score) & genres.any(axis=1)
    by_genre = [np.flatnonzero(genres[:, g] & known) for g in range(genres.shape[1])]
    _, set_of = np.unique(genres[known], axis=0, return_inverse=True)
    by_set = [np.flatnonzero(known)[set_of == number] for number in range(int(set_of.max(initial=-1)) + 1)]
    by_set = [members for members in by_set if len(members) >= SMALLEST_SET]
    return ScoreCloseness(
        _mean_correlation(units, score, by_genre, n_pairs, rng),
        _mean_correlation(units, score, by_set, n_pairs, rng),
    )


def measure(vectors: np.ndarray, artists: pd.DataFrame, *, random_state: RandomState = 0) -> dict[str, float]:
    """Compute all figures of this module at once, flat, for a report.

    Parameters
    ----------
    vectors : ndarray of shape (n, dim)
    artists : DataFrame
        genres and mean_score, row by row with the vectors.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    dict of str to float
        ``genre_at_10``, ``genre_at_10_chance``, ``algebra_has_g2``, ...; a figure the table is too small
        or too plain for is NaN.
    """
    genres, _ = genre_matrix(list(artists["genres"]))
    score = pd.to_numeric(artists["mean_score"]).to_numpy(np.float64, na_value=np.nan)
    figures: dict[str, float] = {}
    parts = {
        "genre_at_10": lambda: genre_at_k(vectors, genres, random_state=random_state).__dict__,
        "algebra": lambda: genre_algebra(vectors, genres, random_state=random_state).__dict__,
        "score": lambda: score_closeness(vectors, genres, score, random_state=random_state).__dict__,
    }
    fields = {"genre_at_10": GenreAtK, "algebra": GenreAlgebra, "score": ScoreCloseness}
    for name, compute in parts.items():
        try:
            values = compute()
        except ParameterError:
            values = dict.fromkeys(fields[name].__dataclass_fields__, float("nan"))
        for field, value in values.items():
            figures[name if field == "value" else f"{name}_{field}"] = value
    return figures


def _tagged(vectors: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """Rows that have a genre and a vector."""
    tagged = np.flatnonzero(genres.any(axis=1) & np.asarray(vectors).any(axis=1))
    if len(tagged) < 2:
        raise ParameterError(f"at least two artists with a genre and a vector are needed; got {len(tagged)}")
    return tagged


def _judge(
    tags: np.ndarray, asked: tuple[int, int, int, int], answers: np.ndarray, plain: np.ndarray, k: int
) -> tuple[float, float, float, float, float]:
    """One query X - Y from its products with all artists: has_g2, g1_left, strict, base rate, strict for X alone."""
    x, y, kept, removed = asked
    strict = tags[:, kept] & ~tags[:, removed]
    answers[[x, y]] = plain[x] = -np.inf
    near, near_plain = best_rows(answers, k), best_rows(plain, k)
    return (
        tags[near, kept].mean(),
        tags[near, removed].mean(),
        strict[near].mean(),
        strict.mean(),
        strict[near_plain].mean(),
    )


def _mean_correlation(
    units: np.ndarray, score: np.ndarray, groups: list[np.ndarray], n_pairs: int, rng: np.random.Generator
) -> float:
    total, weight = 0.0, 0
    for members in groups:
        left, right = rng.choice(members, (2, n_pairs)) if len(members) > 2 else np.empty((2, 0), np.int64)
        differ = left != right
        left, right = left[differ], right[differ]
        near, cosine = -np.abs(score[left] - score[right]), np.sum(units[left] * units[right], axis=1)
        if len(left) and np.ptp(near) > 0 and np.ptp(cosine) > 0:
            total += len(members) * float(spearmanr(cosine, near)[0])  # pyright: ignore[reportArgumentType]
            weight += len(members)
    return total / weight if weight else float("nan")
