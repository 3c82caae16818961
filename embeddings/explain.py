"""Why two artists are near: their cosine taken apart by what they have in common.

The vectors are fitted, by ridge regression, as sums of parts: one for genres, one for the score, one for years, one
for labels, one for reviewers, one for topics, one for side features and one for each further column where there are
any, and one that all artists share. What the facts do not account for is the rest. Since a vector *is* the sum of its
parts and the rest, the cosine is the sum of the parts' shares in it, exactly:

    v_a . v_b = sum over parts p of (v_a . p_b + p_a . v_b) / 2

Positive: this is why they are near; negative: in spite of this. A part is measured from the average artist, so
that two artists drawn at random have a contribution of 0 on average in each but the common one. Facts that go together
(a label and its genre) share the credit as the regression splits it. Nothing of the training is used, so that
imported vectors can be explained as well.

Public: `Explanation`, `Part`, `explain`, `Explainer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.sparse import csr_matrix, hstack

from ..core.errors import ParameterError, SchemaError
from .memberships import memberships
from .vectors import VectorTable

N_KNOTS = 16
RIDGE = 1.0
MOST_LABELS = 1500  # more cost more than they tell: the rarer ones bring few artists together
SHOWN_TOPICS = 3
MOST_NAMED = (
    20  # longer lists, such as listeners, are counted; a regression on more users than artists explains all
)


@dataclass(frozen=True)
class Part:
    """What one kind of fact adds to a cosine.

    Parameters
    ----------
    context : str
        "genres", "score", "years", "labels", "reviewers", "topics", the name of a side feature or of a further column,
        "common" or "rest".
    a, b : str
        What is known of either artist.
    shared : str
        What they have in common, in words.
    contribution : float
        Its share in the cosine; the contributions of all parts sum to it.
    """

    context: str
    a: str
    b: str
    shared: str
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """Why two artists are near, or not.

    Parameters
    ----------
    a, b : str
        Names.
    cosine : float
        The sum of the contributions.
    rank_of_b, rank_of_a : int
        Place of b among the neighbors of a, and of a among those of b.
    parts : tuple of Part
        Largest contribution first; "common" and "rest" last.
    explained : float
        Share of the variance of all vectors that the facts account for; where it is low, so is the worth of this.
    """

    a: str
    b: str
    cosine: float
    rank_of_b: int
    rank_of_a: int
    parts: tuple[Part, ...]
    explained: float

    def as_json(self) -> dict[str, Any]:
        """Give the fields as JSON-able values."""
        return {**self.__dict__, "parts": [dict(part.__dict__) for part in self.parts]}


class Explainer:
    """Take cosines apart; the regression is done once, with the first question.

    Parameters
    ----------
    vectors : VectorTable
        Its topics, if any, count as facts.
    facts : DataFrame
        One row an artist, as in ``vectors``; any of genres, mean_score, years, labels, authors.
    more : sequence of str, optional
        Further columns of ``facts``: numbers, or names and lists of names, such as listeners.
    side_features : mapping of str to ndarray of shape (n, width), optional
        More that is known of each artist; a row of NaN where nothing is.

    Raises
    ------
    SchemaError
        If the number of rows differs.
    """

    def __init__(
        self,
        vectors: VectorTable,
        facts: pd.DataFrame,
        *,
        more: Sequence[str] = (),
        side_features: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        for name, rows in (("facts", facts), *(side_features or {}).items()):
            if len(rows) != len(vectors):
                raise SchemaError(
                    f"explain: {name} must have {len(vectors)} rows, one an artist; got {len(rows)}"
                )
        self.vectors = vectors
        self.facts = facts
        self.side_features = dict(side_features or {})
        lacking = [name for name in more if name not in facts]
        if lacking:
            raise SchemaError(f"explain: facts have no column {lacking[0]!r}")
        self._columns = {**_COLUMNS, **{name: name for name in more}}

    def explain(self, a: str, b: str) -> Explanation:
        """Take the cosine of two artists apart.

        Parameters
        ----------
        a, b : str
            Names or ids.

        Returns
        -------
        Explanation

        Raises
        ------
        UnknownNameError
            If a name is unknown or ambiguous.
        ParameterError
            If both are one artist, or one has no vector.
        """
        rows = self.vectors.row(a), self.vectors.row(b)
        for row in rows:
            if not self.vectors.known[row]:
                raise ParameterError(
                    f"{self.vectors.names[row][:60]!r} has no vector, so there is nothing to explain"
                )
        if rows[0] == rows[1]:
            raise ParameterError(f"{self.vectors.names[rows[0]][:60]!r} cannot be compared with itself")
        parts = [self._part(name, *rows) for name in self._features]
        parts.sort(key=lambda part: (-part.contribution, part.context))
        left = self.vectors.matrix[list(rows)].astype(np.float64)
        mean = float((left[0] + left[1]) @ self._fit.mean / 2)
        cosine = float(left[0] @ left[1])
        rest = cosine - mean - sum(part.contribution for part in parts)
        parts.append(Part("common", "", "", "what all artists have in common", mean))
        parts.append(Part("rest", "", "", "what these facts do not account for", rest))
        return Explanation(
            a=self.vectors.names[rows[0]],
            b=self.vectors.names[rows[1]],
            cosine=cosine,
            rank_of_b=self._rank(*rows),
            rank_of_a=self._rank(*rows[::-1]),
            parts=tuple(parts),
            explained=self._fit.explained,
        )

    def _rank(self, row: int, other: int) -> int:
        cosine = self.vectors.matrix @ self.vectors.matrix[row]
        cosine[row] = -np.inf
        cosine[~self.vectors.known] = -np.inf
        return int(1 + np.sum(cosine > cosine[other]))

    @cached_property
    def _features(self) -> dict[str, csr_matrix]:
        """Facts as numbers, one block of columns each; blocks without any fact are left out."""
        found = {
            name: _block(name, self.facts[column])
            for name, column in self._columns.items()
            if column in self.facts
        }
        if self.vectors.topics is not None:
            known = self.vectors.topics.known[:, None]
            found["topics"] = csr_matrix(np.where(known, self.vectors.topics.directions, 0.0))
        for name, values in self.side_features.items():
            found[name] = csr_matrix(_standardized(values))
        return {name: block for name, block in found.items() if block.nnz}

    @cached_property
    def _fit(self) -> _Fit:
        blocks = list(self._features.values())
        target = self.vectors.matrix.astype(np.float64)
        known = np.flatnonzero(self.vectors.known)
        everything = csr_matrix(hstack(blocks)) if blocks else csr_matrix((len(target), 1))
        return _ridge(everything, target, known)

    def _part(self, name: str, row_a: int, row_b: int) -> Part:
        first = 0
        for other, block in self._features.items():
            if other == name:
                break
            first += block.get_shape()[1]
        block = self._features[name]
        columns = slice(first, first + block.get_shape()[1])
        facts = block[[row_a, row_b]].toarray() - self._fit.center[columns]
        moved = facts @ self._fit.coefficients[columns]
        left = self.vectors.matrix[[row_a, row_b]].astype(np.float64)
        contribution = float((left[0] @ moved[1] + left[1] @ moved[0]) / 2)
        return Part(name, *self._words(name, row_a, row_b), contribution)

    def _words(self, name: str, row_a: int, row_b: int) -> tuple[str, str, str]:
        if name == "topics":
            return self._topic_words(row_a, row_b)
        if name in self.side_features:
            return self._side_words(name, row_a, row_b)
        column = self.facts[self._columns[name]]
        if name == "score":
            return _score_words(column, row_a, row_b)
        if name not in _COLUMNS and is_numeric_dtype(column):
            return _number_words(column, row_a, row_b)
        return _list_words(column.iloc[row_a], column.iloc[row_b])

    def _topic_words(self, row_a: int, row_b: int) -> tuple[str, str, str]:
        topics = self.vectors.topics
        if topics is None or not (topics.known[row_a] and topics.known[row_b]):
            return "", "", "no text about one of them"
        names = [
            label or name for name, label in zip(topics.names, topics.labels or topics.names, strict=True)
        ]
        tops = [
            [names[i] for i in np.argsort(-topics.smoothed[row])[:SHOWN_TOPICS]] for row in (row_a, row_b)
        ]
        both = np.minimum(topics.smoothed[row_a], topics.smoothed[row_b])
        lift = both / np.maximum(topics.smoothed.mean(axis=0), 1e-12)
        most = [names[i] for i in np.argsort(-both)[:SHOWN_TOPICS] if lift[i] > 1]
        alike = float(topics.directions[row_a] @ topics.directions[row_b])
        return (
            ", ".join(tops[0]),
            ", ".join(tops[1]),
            f"{', '.join(most) or 'none above average'} (likeness {alike:.2f})",
        )

    def _side_words(self, name: str, row_a: int, row_b: int) -> tuple[str, str, str]:
        values = _standardized(self.side_features[name])
        given = np.asarray(self.side_features[name], dtype=np.float64)[[row_a, row_b]]
        if not np.isfinite(given).all():
            return "", "", "not known of one of them"
        length = np.linalg.norm(values[row_a]) * np.linalg.norm(values[row_b])
        return "", "", f"cosine {float(values[row_a] @ values[row_b]) / max(length, 1e-12):.2f}"


def explain(
    vectors: VectorTable,
    facts: pd.DataFrame,
    a: str,
    b: str,
    *,
    more: Sequence[str] = (),
    side_features: Mapping[str, np.ndarray] | None = None,
) -> Explanation:
    """Take the cosine of two artists apart by what they have in common.

    Parameters
    ----------
    vectors : VectorTable
    facts : DataFrame
        One row an artist, as in ``vectors``; any of genres, mean_score, years, labels, authors.
    a, b : str
        Names or ids.
    more : sequence of str, optional
        Further columns of ``facts``.
    side_features : mapping of str to ndarray of shape (n, width), optional
        More that is known of each artist; a row of NaN where nothing is.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownNameError
        If a name is unknown or ambiguous.
    ParameterError
        If both are one artist, or one has no vector.
    SchemaError
        If the number of rows differs.
    """
    return Explainer(vectors, facts, more=more, side_features=side_features).explain(a, b)


_COLUMNS = {
    "genres": "genres",
    "score": "mean_score",
    "years": "years",
    "labels": "labels",
    "reviewers": "authors",
}


@dataclass(frozen=True, eq=False)
class _Fit:
    """vectors ~ mean + (features - center) @ coefficients."""

    mean: np.ndarray
    center: np.ndarray
    coefficients: np.ndarray
    explained: float


def _ridge(features: csr_matrix, target: np.ndarray, known: np.ndarray) -> _Fit:
    """Solve the normal equations of the centered problem; the features stay sparse."""
    used, wanted = csr_matrix(features[known], dtype=np.float64), target[known]
    center, mean = np.asarray(used.mean(axis=0)).ravel(), wanted.mean(axis=0)
    n = len(known)
    gram = np.asarray((used.T @ used).todense()) - n * np.outer(center, center)
    gram[np.diag_indices_from(gram)] += RIDGE
    cross = used.T @ wanted - n * np.outer(center, mean)
    coefficients = np.linalg.solve(gram, cross)
    left = wanted - mean - (used @ coefficients - center @ coefficients)
    total = float(np.sum((wanted - mean) ** 2))
    return _Fit(mean, center, coefficients, 1 - float(np.sum(left**2)) / total if total > 0 else 0.0)


def _block(name: str, column: pd.Series) -> csr_matrix:
    if name in ("genres", "labels", "reviewers") or (name not in _COLUMNS and not is_numeric_dtype(column)):
        rows, codes, names = memberships(column)
        size = np.bincount(codes, minlength=len(names))
        most = MOST_LABELS if name in _COLUMNS else min(MOST_LABELS, max(MOST_NAMED, len(column) // 10))
        kept = np.sort(np.lexsort((np.arange(len(names)), -size))[:most])
        kept = kept[size[kept] > 1]
        place = np.full(len(names), -1)
        place[kept] = np.arange(len(kept))
        inside = np.flatnonzero(place[codes] >= 0)
        return csr_matrix(
            (np.ones(len(inside)), (rows[inside], place[codes[inside]])),
            shape=(len(column), max(len(kept), 1)),
        )
    if name == "score" or name not in _COLUMNS:
        return _hats(pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan))
    means = [np.mean([float(v) for v in value]) if _filled(value) else np.nan for value in column]
    return _hats(np.array(means, dtype=np.float64))


def _filled(value: object) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) and len(value) > 0


def _hats(values: np.ndarray) -> csr_matrix:
    """Triangular bumps on the quantiles: any smooth dependence on a number is a sum of these."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return csr_matrix((len(values), 1))
    knots = np.unique(np.quantile(values[known], np.linspace(0, 1, N_KNOTS)))
    if len(knots) == 1:
        return csr_matrix((len(values), 1))
    right = np.clip(np.searchsorted(knots, values[known], side="right"), 1, len(knots) - 1)
    share = (values[known] - knots[right - 1]) / (knots[right] - knots[right - 1])
    return csr_matrix(
        (np.concatenate([1 - share, share]), (np.tile(known, 2), np.concatenate([right - 1, right]))),
        shape=(len(values), len(knots)),
    )


def _standardized(values: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and deviation 1; unknown rows are 0."""
    wide = np.asarray(values, dtype=np.float64)
    known = np.isfinite(wide).all(axis=1, keepdims=False)
    if not np.any(known):
        return np.zeros_like(wide)
    spread = wide[known].std(axis=0)
    scaled = (wide - wide[known].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.where(np.expand_dims(known, 1), scaled, 0.0)


def _score_words(column: pd.Series, row_a: int, row_b: int) -> tuple[str, str, str]:
    values = pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)
    a, b = values[row_a], values[row_b]
    words = tuple("" if np.isnan(value) else f"{value:.1f}" for value in (a, b))
    if np.isnan(a) or np.isnan(b):
        return words[0], words[1], "no score of one of them"
    others = values[np.isfinite(values)]
    nearer = float(np.mean(np.abs(others - a) < abs(a - b)))
    return words[0], words[1], f"{abs(a - b):.1f} apart; {nearer:.0%} of artists are nearer"


def _number_words(column: pd.Series, row_a: int, row_b: int) -> tuple[str, str, str]:
    a, b = column.to_numpy(np.float64, na_value=np.nan)[[row_a, row_b]]
    words = tuple("" if np.isnan(value) else f"{value:g}" for value in (a, b))
    return (
        words[0],
        words[1],
        "not known of one of them" if np.isnan([a, b]).any() else f"{abs(a - b):g} apart",
    )


def _list_words(a: Any, b: Any) -> tuple[str, str, str]:
    left, right = (
        [str(one) for one in value] if _filled(value) else [value] if isinstance(value, str) and value else []
        for value in (a, b)
    )
    both = set(right)
    shared = [one for one in left if one in both]
    if max(len(left), len(right)) > MOST_NAMED:
        return f"{len(left):,}", f"{len(right):,}", f"{len(shared):,} in common"
    return ", ".join(left), ", ".join(right), ", ".join(shared) or "none"
