"""Say in plain words how far an answer of the vectors can be trusted, from what was measured of it.

Nothing here knows what is right. The rule looks for signs that an answer hangs on chance; its bounds were chosen to
tell answers that another fit, of another seed, gives as well from those it does not (docs/queries.md).

Public: `Verdict`, `judge_answers`, `how_many_are_near_one`, `JUDGED`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .answers import Answer, Ranking

JUDGED = 10  # a verdict goes by the first ten answers, however many are shown
NEAR = 0.035  # so large a part of all artists counts as near what was added
NEAR_ONE = 0.1  # and so large a part as near one of the terms of a sum
WEAK_NEAR, STRONG_NEAR = 0.5, 0.8  # share of the answers that are near
WEAK_LEFT = 0.6
WEAK_ABOVE, STRONG_ABOVE = 2.0, 2.5
FIGURES = ("left", "near_share", "above", "together")
HALF = 0.5  # so large a share without genre, or so small a one near most of what was added, leaves doubts


@dataclass(frozen=True)
class Verdict:
    """How far an answer can be trusted.

    Parameters
    ----------
    level : {"strong", "fair", "weak"}
        "weak": at least one sign that the answers hang on chance, or answer a part of the question only; "strong":
        none, and far from any; "fair": between.
    reasons : tuple of str
        What decided, in words.
    left : float
        Length of the sum over the length of what was added: near 0 the terms cancelled out. 1 where nothing was
        subtracted.
    near_share : float
        Share of the first ten answers whose rank near the added terms alone is within the first 3.5 % of all artists.
    above : float
        Cosine of the best answer less the mean of all artists, in standard deviations of all artists.
    together : float
        Share of the first ten answers that are near more than half of the added terms, both of two. 1 where one term
        was added, or anything subtracted.
    """

    level: str
    reasons: tuple[str, ...]
    left: float
    near_share: float
    above: float
    together: float = 1.0

    def __str__(self) -> str:
        return f"{self.level} ({'; '.join(self.reasons)})"

    def as_json(self) -> dict[str, object]:
        """Give the fields as JSON-able values."""
        figures = {name: round(getattr(self, name), 3) for name in FIGURES}
        return {"level": self.level, "reasons": list(self.reasons), **figures}


def judge_answers(answers: Sequence[Answer], ranking: Ranking) -> Verdict | None:
    """Judge the answers to a query.

    Parameters
    ----------
    answers : sequence of Answer
        The first ten, or all there are.
    ranking : Ranking
        What they were made of.

    Returns
    -------
    Verdict or None
        None where there is no answer.
    """
    if not answers:
        return None
    bound = max(math.ceil(NEAR * ranking.n_artists), len(answers))
    near = sum(answer.rank_baseline <= bound for answer in answers) / len(answers)
    above = (answers[0].cosine - ranking.mean) / max(ranking.spread, 1e-9)
    together = float(ranking.near_most[: len(answers)].mean())
    against = _against(answers, ranking.left, near, above, together)
    unclear = _unclear(answers, near, above, together)
    if against:
        level, reasons = "weak", [*against, *unclear[:1]]
    elif unclear:
        level, reasons = "fair", unclear
    else:
        level, reasons = "strong", ["the best answer stands out, and the answers stay near what was added"]
    return Verdict(level, tuple(reasons), ranking.left, near, above, together)


def how_many_are_near_one(n_artists: int, n_answers: int) -> int:
    """Give how many artists count as near one term of a sum, of so many; never fewer than are answers."""
    return max(math.ceil(NEAR_ONE * n_artists), n_answers)


def _against(answers: Sequence[Answer], left: float, near: float, above: float, together: float) -> list[str]:
    found = []
    if left < WEAK_LEFT:
        found.append(f"the terms nearly cancel out ({left:.0%} of the length is left)")
    if near < WEAK_NEAR:
        n_far = round((1 - near) * len(answers))
        found.append(f"{n_far} of {len(answers)} answers are far from what was added (see baseline)")
    if above < WEAK_ABOVE:
        found.append("the best answer hardly stands out from all other artists")
    if together == 0:
        found.append("no answer is near most of what was added, each is near a part of it")
    return found


def _unclear(answers: Sequence[Answer], near: float, above: float, together: float) -> list[str]:
    found = []
    if 0 < together < HALF:
        n_together = round(together * len(answers))
        found.append(f"only {n_together} of {len(answers)} answers are near most of what was added")
    bare = sum(not answer.genres for answer in answers)
    if bare >= HALF * len(answers):
        found.append(f"{bare} of {len(answers)} answers have no genre given")
    if WEAK_NEAR <= near < STRONG_NEAR:
        found.append("some answers are far from what was added (see baseline)")
    if WEAK_ABOVE <= above < STRONG_ABOVE:
        found.append("the best answer stands out only a little")
    return found
