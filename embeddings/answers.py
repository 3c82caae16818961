"""Rank artists against a query of added and subtracted vectors, with the figures that keep it honest.

Conventions: vectors are rows of length 1; ``-inf`` marks an artist that cannot be an answer; ranks start
at 1 and ties go by row. The functions know rows only; `vectors.VectorTable` turns them into `Answers`.

Methods: ``3cosadd`` adds and subtracts unit vectors; ``3cosmul`` multiplies and divides shifted cosines;
``3cosavg`` moves the first added term by the mean of the other added ones less the mean of the subtracted ones,
so that several pairs give one average offset (with one pair it is ``3cosadd``).

Public: `Answer`, `Answers`, `Term`, `Ranking`, `rank_rows`, `direction`, `length_left`.

References
----------
.. [1] Levy, Goldberg (2014), Linguistic regularities in sparse and explicit word representations,
       equations 2 (3CosAdd) and 4 (3CosMul).
.. [2] Rogers et al. (2017), The (too many) problems of analogical reasoning with word vectors.
.. [3] Drozd et al. (2016), Word embeddings, analogies, and machine learning: beyond king - man + woman
       (3CosAvg).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import ParameterError
from ..core.scores import rounded_mean
from .terms import Meaning
from .verdicts import JUDGED, Verdict, how_many_are_near_one

METHODS = ("3cosadd", "3cosmul", "3cosavg")
COSMUL_EPSILON = 1e-6  # keeps the ratio finite; gensim's value, so that answers agree


@dataclass(frozen=True)
class Answer:
    """One artist in answer to a query.

    Parameters
    ----------
    rank : int
        1 is best; the artists of the query do not count.
    artist_id, name : str
    cosine : float
        Between the artist and the query's vector.
    genres : tuple of str
    mean_score : float or None
        0-10.
    n_reviews : int
        How much is behind this artist.
    rank_unfiltered : int
        Rank had the artists of the query not been excluded.
    rank_baseline : int
        Rank among the neighbors of the positive terms alone: equal ranks mean that subtracting did nothing.
    score : float
        What the answers are ranked by: the cosine, or the 3CosMul ratio.
    gap : float or None
        Score less that of the next artist in order; None for the last there is. A small gap is a tie: another
        seed may turn it round.
    """

    rank: int
    artist_id: str
    name: str
    cosine: float
    genres: tuple[str, ...]
    mean_score: float | None
    n_reviews: int
    rank_unfiltered: int
    rank_baseline: int
    score: float
    gap: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the fields as JSON-able values."""
        return {**self.__dict__, "genres": list(self.genres), "mean_score": rounded_mean(self.mean_score)}


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """The answers to one query, best first; behaves as a sequence of `Answer`.

    Parameters
    ----------
    plus, minus : tuple of str
        Names of the terms as resolved; ``"(vector)"`` for a term given as numbers.
    results : tuple of Answer
    unfiltered_winner : str or None
        Name of the artist that would have won had the query's own artists not been excluded.
    method : {"3cosadd", "3cosmul", "3cosavg"}
    terms : tuple of (sign, Meaning)
        What each term was taken for; sign is "+" or "-".
    verdict : Verdict or None
        How far the answers can be trusted; None without answers.
    n_members : tuple of (int or None)
        For each of ``terms`` that is a genre, label or year, how many of the answers have it; None for the others.
    """

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    results: tuple[Answer, ...]
    unfiltered_winner: str | None
    method: str
    terms: tuple[tuple[str, Meaning], ...] = ()
    verdict: Verdict | None = None
    n_members: tuple[int | None, ...] = ()

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.results)

    def __getitem__(self, place: Any) -> Any:
        return self.results[place]

    def to_frame(self) -> pd.DataFrame:
        """Give the answers as a DataFrame, one a row."""
        return pd.DataFrame([answer.__dict__ for answer in self], columns=list(Answer.__dataclass_fields__))

    def as_json(self) -> dict[str, Any]:
        """Give ``{"query": {"plus", "minus", ...}, "results": [...], "verdict": {...}}`` as JSON-able values."""
        query = {"plus": list(self.plus), "minus": list(self.minus), "method": self.method}
        counted = self.n_members or (None,) * len(self.terms)
        terms = [
            {"sign": sign, **meaning.as_json(), "n_answers": n_answers}
            for (sign, meaning), n_answers in zip(self.terms, counted, strict=True)
        ]
        return {
            "query": {**query, "unfiltered_winner": self.unfiltered_winner, "terms": terms},
            "results": [answer.as_json() for answer in self],
            "verdict": None if self.verdict is None else self.verdict.as_json(),
        }


@dataclass(frozen=True, eq=False)
class Term:
    """One term of a query: its label, its row if it is an artist of the table, its unit vector, a group's rows."""

    label: str
    row: int | None
    vector: np.ndarray
    members: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best rows for a query.

    Parameters
    ----------
    rows : ndarray, int64
        Best first; no row of the query.
    cosine, score : ndarray, float64
        Of these rows: cosine to the query's vector, and what ranks them.
    rank_unfiltered, rank_baseline : ndarray, int64
        As in `Answer`.
    winner : int or None
        Best row had the query's rows not been excluded.
    gap : ndarray, float64
        Score of each row less that of the next; NaN for the last there is.
    left : float
        Length of the sum over the length of what was added; 1 where nothing was.
    mean, spread : float
        Mean and standard deviation of the cosines of all rows that may be answers.
    n_artists : int
        How many these are.
    near_most : ndarray, bool
        Which of the first ten answers are near more than half of the added terms (both of two), each by itself: within
        its first tenth of all who may answer, or of the group that it names. All where one term is added, or anything
        subtracted.
    """

    rows: np.ndarray
    cosine: np.ndarray
    score: np.ndarray
    rank_unfiltered: np.ndarray
    rank_baseline: np.ndarray
    winner: int | None
    gap: np.ndarray
    left: float
    mean: float
    spread: float
    n_artists: int
    near_most: np.ndarray


def rank_rows(
    matrix: np.ndarray,
    plus: Sequence[Term],
    minus: Sequence[Term],
    *,
    topn: int,
    method: str,
    usable: np.ndarray | None = None,
) -> Ranking:
    """Rank the rows of a matrix against a query.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Unit rows; a zero row is never an answer.
    plus, minus : sequence of Term
        At least one in all; the rows named in them are excluded.
    topn : int
    method : {"3cosadd", "3cosmul", "3cosavg"}
    usable : ndarray of shape (n,), bool, optional
        Which rows may be answers; default: those that are not zero.

    Returns
    -------
    Ranking

    Raises
    ------
    ParameterError
        If the terms cancel out.
    """
    cosine = matrix @ direction(plus, minus, averaged=method == "3cosavg")
    score = _cosmul(matrix, plus, minus) if method == "3cosmul" else cosine
    baseline = matrix @ direction(plus, (), averaged=method == "3cosavg") if plus else cosine
    may_answer: np.ndarray = np.any(matrix, axis=1) if usable is None else usable
    score, baseline = np.where(may_answer, score, -np.inf), np.where(may_answer, baseline, -np.inf)
    excluded = np.array(
        sorted({term.row for term in (*plus, *minus) if term.row is not None}), dtype=np.int64
    )
    filtered = score.copy()
    filtered[excluded] = baseline[excluded] = -np.inf
    ranked, winner = best_rows(filtered, topn + 1), best_rows(score, 1)
    rows = ranked[:topn]
    everybody = cosine[may_answer] if may_answer.any() else np.zeros(1, np.float32)
    following = np.append(score[ranked[1:]].astype(np.float64), np.nan)[: len(rows)]
    everyone = np.arange(len(matrix))
    return Ranking(
        rows=rows,
        cosine=cosine[rows],
        score=score[rows],
        rank_unfiltered=np.array([i + _n_ahead(score, excluded, row) for i, row in enumerate(rows, start=1)]),
        rank_baseline=np.array([1 + _n_ahead(baseline, everyone, row) for row in rows]),
        winner=int(winner[0]) if len(winner) else None,
        gap=score[rows] - following,
        left=length_left(plus, minus, averaged=method == "3cosavg"),
        mean=float(everybody.mean(dtype=np.float64)),
        spread=float(everybody.std(dtype=np.float64)),
        n_artists=int(may_answer.sum()),
        near_most=_near_most(matrix, plus, minus, rows[:JUDGED], may_answer),
    )


def direction(plus: Sequence[Term], minus: Sequence[Term], *, averaged: bool = False) -> np.ndarray:
    """Make the unit vector of a query: the sum of its terms, the negative ones counted negatively.

    Parameters
    ----------
    plus, minus : sequence of Term
    averaged : bool
        Count the added terms after the first as one, their mean, and the subtracted ones as one (3CosAvg).

    Raises
    ------
    ParameterError
        If nothing is left.
    """
    total = _sum(plus, minus, averaged=averaged)
    length = np.linalg.norm(total)
    if length < 1e-6:
        raise ParameterError("the query cancels out: the same vectors are added and subtracted")
    return (total / length).astype(np.float32)


def _near_most(
    matrix: np.ndarray,
    plus: Sequence[Term],
    minus: Sequence[Term],
    rows: np.ndarray,
    may_answer: np.ndarray,
) -> np.ndarray:
    """Which rows are near most added terms, each by itself; a sum that nobody joins is answered by either's likes."""
    if len(plus) < 2 or minus or not len(rows):
        return np.ones(len(rows), dtype=bool)
    times = np.zeros(len(rows), dtype=np.int64)
    for term in plus:
        cosine = matrix @ term.vector
        others = cosine[may_answer]
        within = min(max(how_many_are_near_one(len(others), len(rows)), len(term.members)), len(others))
        limit = np.partition(others, len(others) - within)[len(others) - within]
        times += (cosine[rows] >= limit) | np.isin(rows, term.members)
    return 2 * times > len(plus)


def length_left(plus: Sequence[Term], minus: Sequence[Term], *, averaged: bool) -> float:
    """Give the length of a query's sum over that of its added terms alone; 1 where there are none."""
    added = float(np.linalg.norm(_sum(plus, (), averaged=averaged))) if plus else 0.0
    return float(np.linalg.norm(_sum(plus, minus, averaged=averaged))) / added if added > 1e-6 else 1.0


def _sum(plus: Sequence[Term], minus: Sequence[Term], *, averaged: bool) -> np.ndarray:
    n_moved, n_minus = max(len(plus) - 1, 1), max(len(minus), 1)
    weights = [1.0] * len(plus) + [-1.0] * len(minus)
    if averaged and plus:
        weights = [1.0] + [1.0 / n_moved] * (len(plus) - 1) + [-1.0 / n_minus] * len(minus)
    vectors = np.array([term.vector for term in (*plus, *minus)], dtype=np.float64)
    return np.array(weights) @ vectors


def best_rows(score: np.ndarray, topn: int) -> np.ndarray:
    """Find the rows of the ``topn`` highest scores above -inf, best first; ties go by row."""
    usable = np.flatnonzero(score > -np.inf)
    if len(usable) > topn:
        threshold = np.partition(score[usable], len(usable) - topn)[len(usable) - topn]
        usable = usable[score[usable] >= threshold]
    return usable[np.lexsort((usable, -score[usable]))][:topn]


def _cosmul(matrix: np.ndarray, plus: Sequence[Term], minus: Sequence[Term]) -> np.ndarray:
    """3CosMul with cosines shifted to [0, 1]."""
    gain, loss = np.ones(len(matrix)), np.ones(len(matrix))
    for term in plus:
        gain *= (1 + matrix @ term.vector) / 2
    for term in minus:
        loss *= (1 + matrix @ term.vector) / 2
    return gain / (loss + COSMUL_EPSILON)


def _n_ahead(score: np.ndarray, rows: np.ndarray, row: int) -> int:
    """Count which of ``rows`` rank before ``row``."""
    other = score[rows]
    return int(np.sum((other > score[row]) | ((other == score[row]) & (rows < row))))
