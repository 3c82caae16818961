"""Rank artists against a query of added and subtracted vectors, with the figures that keep it honest.

Conventions: vectors are rows of length 1; ``-inf`` marks an artist that cannot be an answer; ranks start
at 1 and ties go by row. The functions know rows only; `vectors.VectorTable` turns them into `Answers`.

Public: `Answer`, `Answers`, `Term`, `Ranking`, `rank_rows`.

References
----------
.. [1] Levy, Goldberg (2014), Linguistic regularities in sparse and explicit word representations,
       equations 2 (3CosAdd) and 4 (3CosMul).
.. [2] Rogers et al. (2017), The (too many) problems of analogical reasoning with word vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import ParameterError

METHODS = ("3cosadd", "3cosmul")
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

    def as_json(self) -> dict[str, Any]:
        """Give the fields as JSON-able values."""
        return {**self.__dict__, "genres": list(self.genres)}


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
    method : {"3cosadd", "3cosmul"}
    """

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    results: tuple[Answer, ...]
    unfiltered_winner: str | None
    method: str

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
        """Give ``{"query": {"plus", "minus", ...}, "results": [...]}`` as JSON-able values."""
        query = {"plus": list(self.plus), "minus": list(self.minus), "method": self.method}
        return {
            "query": {**query, "unfiltered_winner": self.unfiltered_winner},
            "results": [answer.as_json() for answer in self],
        }


@dataclass(frozen=True, eq=False)
class Term:
    """One term of a query: its label, its row if it is an artist of the table, its unit vector."""

    label: str
    row: int | None
    vector: np.ndarray


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
    """

    rows: np.ndarray
    cosine: np.ndarray
    score: np.ndarray
    rank_unfiltered: np.ndarray
    rank_baseline: np.ndarray
    winner: int | None


def rank_rows(
    matrix: np.ndarray, plus: Sequence[Term], minus: Sequence[Term], *, topn: int, method: str
) -> Ranking:
    """Rank the rows of a matrix against a query.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Unit rows; a zero row is never an answer.
    plus, minus : sequence of Term
        At least one in all; the rows named in them are excluded.
    topn : int
    method : {"3cosadd", "3cosmul"}

    Returns
    -------
    Ranking

    Raises
    ------
    ParameterError
        If the terms cancel out.
    """
    cosine = matrix @ direction(plus, minus)
    score = cosine if method == "3cosadd" else _cosmul(matrix, plus, minus)
    baseline = matrix @ direction(plus, ()) if plus else cosine
    usable = matrix.any(axis=1)
    score, baseline = np.where(usable, score, -np.inf), np.where(usable, baseline, -np.inf)
    excluded = np.array(
        sorted({term.row for term in (*plus, *minus) if term.row is not None}), dtype=np.int64
    )
    filtered = score.copy()
    filtered[excluded] = baseline[excluded] = -np.inf
    rows, winner = best_rows(filtered, topn), best_rows(score, 1)
    everyone = np.arange(len(matrix))
    return Ranking(
        rows=rows,
        cosine=cosine[rows],
        score=score[rows],
        rank_unfiltered=np.array([i + _n_ahead(score, excluded, row) for i, row in enumerate(rows, start=1)]),
        rank_baseline=np.array([1 + _n_ahead(baseline, everyone, row) for row in rows]),
        winner=int(winner[0]) if len(winner) else None,
    )


def direction(plus: Sequence[Term], minus: Sequence[Term]) -> np.ndarray:
    """Make the unit vector of the mean of the terms, the negative ones counted negatively (3CosAdd).

    Raises
    ------
    ParameterError
        If nothing is left.
    """
    signed = [term.vector.astype(np.float64) for term in plus]
    signed += [-term.vector.astype(np.float64) for term in minus]
    total = np.sum(signed, axis=0)
    length = np.linalg.norm(total)
    if length < 1e-6:
        raise ParameterError("the query cancels out: the same vectors are added and subtracted")
    return (total / length).astype(np.float32)


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
