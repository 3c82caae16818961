"""The fields of an answer, for the API's description; the answers themselves are `Answers.as_json` as it is.

Public: `ANSWERS`, `AnswerFields`.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field


class TermFields(BaseModel):
    """What a term was taken for."""

    sign: Literal["+", "-"]
    text: str = Field(description="as it was asked for")
    kind: str = Field(description="artist, genre, label, year or topic")
    name: str
    n_artists: int
    n_answers: int | None = Field(description="how many of the answers have it; null for artists and topics")
    also: list[str] = Field(description="what it could be, too, as it would have to be written")


class QueryFields(BaseModel):
    """The question as it was understood."""

    plus: list[str]
    minus: list[str]
    method: str
    unfiltered_winner: str | None = Field(
        description="who would have won had the artists of the query not been left out"
    )
    terms: list[TermFields]


class ResultFields(BaseModel):
    """One artist in answer."""

    rank: int
    artist_id: str
    name: str
    cosine: float
    genres: list[str]
    mean_score: float | None
    n_reviews: int
    rank_unfiltered: int = Field(description="rank had the artists of the query not been left out")
    rank_baseline: int = Field(description="rank near the added terms alone")
    score: float = Field(description="what the answers are ranked by")
    gap: float | None = Field(description="score less that of the next artist; null for the last there is")


class VerdictFields(BaseModel):
    """How far the answers can be trusted."""

    level: Literal["strong", "fair", "weak"]
    reasons: list[str] = Field(description="what decided, in words")
    left: float = Field(description="length of the sum over that of what was added; weak below 0.6")
    near_share: float = Field(
        description="share of the first ten answers that are near what was added; weak below 0.5, strong from 0.8"
    )
    above: float = Field(
        description="standard deviations of the best answer above the mean of all artists; weak below 2"
    )
    together: float = Field(
        description="share of the first ten answers that are near most of the added terms; weak at 0, strong from 0.5"
    )
    have_added: float = Field(
        description="share of the first ten answers, of as many as there could be, that have the added genre, label or "
        "year, the rarest of several; weak at 0, strong from 0.5; 1 where none was added"
    )
    have_subtracted: float = Field(
        description="share of the first ten answers that still have the subtracted genre, label or year, the commonest "
        "of several; weak at 1, strong below 0.5; 0 where none was subtracted"
    )


class AnswerFields(BaseModel):
    """Answers to a question, best first."""

    query: QueryFields
    results: list[ResultFields]
    verdict: VerdictFields | None = Field(
        description="how far to trust it: strong, fair or weak, and why; null without results"
    )


ANSWERS: dict[int | str, dict[str, Any]] = {200: {"model": AnswerFields}}
