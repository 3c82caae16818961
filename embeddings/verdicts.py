"""Say in plain words how far an answer of the vectors can be trusted, from what was measured of it.

Nothing here knows what is right. The rule looks for signs that an answer hangs on chance; its bounds were chosen to
tell answers that another fit, of another seed, gives as well from those it does not (docs/queries.md).

Public: `Verdict`, `AskedGroup`, `judge_answers`, `how_many_are_near_one`, `JUDGED`.
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
FIGURES = ("left", "near_share", "above", "together", "have_added", "have_subtracted")
HALF = 0.5  # so large a share without genre, or with what was subtracted, leaves doubts; so does less with the added
SHOWN = 60


@dataclass(frozen=True)
class AskedGroup:
    """A genre, label or year of a question, and how many of the judged answers have it.

    Parameters
    ----------
    sign : {"+", "-"}
    kind, name : str
    n_answers : int
        How many of the judged answers have it.
    n_others : int
        How many artists that may be answers have it; a label of two artists cannot be had by ten.
    """

    sign: str
    kind: str
    name: str
    n_answers: int
    n_others: int

    def share(self, n_judged: int) -> float:
        """Give the share of the answers that have it, of as many as could; nobody who could is all or none."""
        if self.sign == "-":
            return self.n_answers / n_judged
        return self.n_answers / min(n_judged, self.n_others) if self.n_others else 1.0

    def in_words(self, n_judged: int) -> str:
        """Say how many have it: "3 of 10 answers have jazz"; one that was subtracted is still had."""
        still = "still " if self.sign == "-" and self.n_answers else ""
        have = "have" if self.n_answers > 1 else "has"
        name = self.name[:SHOWN]
        years = "the year " if name.isdigit() else "the years "
        what = {"genre": "", "label": "the label ", "year": years}[self.kind] + name
        few = f" ({self.n_others} could)" if self.sign == "+" and self.n_others < n_judged else ""
        few_have = self.sign == "+" and self.n_answers and _leaves_doubts("+", self.share(n_judged))
        only = "only " if few_have else ""
        return f"{only}{self.n_answers or 'none'} of {n_judged} answers {still}{have} {what}{few}"


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
    have_added : float
        Share of the first ten answers, of as many as there could be, that have the genre, label or year that was
        added; of several the least. 1 where none was.
    have_subtracted : float
        Share of the first ten answers that still have the genre, label or year that was subtracted; of several the
        largest. 0 where none was.
    """

    level: str
    reasons: tuple[str, ...]
    left: float
    near_share: float
    above: float
    together: float = 1.0
    have_added: float = 1.0
    have_subtracted: float = 0.0

    def __str__(self) -> str:
        return f"{self.level} ({'; '.join(self.reasons)})"

    def as_json(self) -> dict[str, object]:
        """Give the fields as JSON-able values."""
        figures = {name: round(getattr(self, name), 3) for name in FIGURES}
        return {"level": self.level, "reasons": list(self.reasons), **figures}


def judge_answers(
    answers: Sequence[Answer], ranking: Ranking, groups: Sequence[AskedGroup] = ()
) -> Verdict | None:
    """Judge the answers to a query.

    Parameters
    ----------
    answers : sequence of Answer
        The first ten, or all there are.
    ranking : Ranking
        What they were made of.
    groups : sequence of AskedGroup
        The genres, labels and years of a calculation.

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
    missed, doubted, met = _by_groups(len(answers), groups)
    unknown, bare = _without_genre(answers, groups)
    against = [*missed, *unknown, *_against(answers, ranking.left, near, above, together)]
    unclear = [*doubted, *bare, *_unclear(answers, near, above, together)]
    if against:
        level, reasons = "weak", [*against, *(doubted or unclear[:1])]
    elif unclear:
        level, reasons = "fair", unclear
    else:
        level, reasons = "strong", ["the best answer stands out, and the answers stay near what was added"]
    n_judged = len(answers)
    return Verdict(
        level,
        (*reasons, *met),
        ranking.left,
        near,
        above,
        together,
        have_added=min((one.share(n_judged) for one in groups if one.sign == "+"), default=1.0),
        have_subtracted=max((one.share(n_judged) for one in groups if one.sign == "-"), default=0.0),
    )


def how_many_are_near_one(n_artists: int, n_answers: int) -> int:
    """Give how many artists count as near one term of a sum, of so many; never fewer than are answers."""
    return max(math.ceil(NEAR_ONE * n_artists), n_answers)


def _by_groups(n_judged: int, groups: Sequence[AskedGroup]) -> tuple[list[str], list[str], list[str]]:
    """Say how many answers have each group, by what it means: against them, a doubt, or as it should be."""
    missed, doubted, met = [], [], []
    for one in groups:
        share = one.share(n_judged)
        wanting = 1 - share if one.sign == "+" else share
        kind = missed if wanting == 1 else doubted if _leaves_doubts(one.sign, share) else met
        kind.append(one.in_words(n_judged))
    return missed, doubted, met


def _without_genre(answers: Sequence[Answer], groups: Sequence[AskedGroup]) -> tuple[list[str], list[str]]:
    """Say so if half of the answers are without genre; it weighs most where they should lack a genre."""
    bare = sum(not answer.genres for answer in answers)
    if bare < HALF * len(answers):
        return [], []
    said = f"{bare} of {len(answers)} answers have no genre given"
    if any(one.sign == "-" and one.kind == "genre" for one in groups):
        return [f"{said}: whether they lack what was subtracted is not known"], []
    return [], [said]


def _leaves_doubts(sign: str, share: float) -> bool:
    return share < HALF if sign == "+" else share >= HALF


def _against(answers: Sequence[Answer], left: float, near: float, above: float, together: float) -> list[str]:
    found = []
    if left < WEAK_LEFT:
        found.append("what is subtracted is so like what is added that little is left to go by")
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
    if WEAK_NEAR <= near < STRONG_NEAR:
        found.append("some answers are far from what was added (see baseline)")
    if WEAK_ABOVE <= above < STRONG_ABOVE:
        found.append("the best answer stands out only a little")
    return found
