"""The HTTP service over artist vectors and topics, all held in memory as they were at its start.

Every answer is JSON, errors too: ``{"error": one line, "candidates": [...]}``.

Public: `make_app`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ... import __version__
from ...core.errors import ParameterError, UnknownNameError
from ...core.http_checks import LOCAL_NAMES
from ...core.scores import rounded_mean
from .answer_fields import ANSWERS
from .frame import new_service
from .limits import Desk, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...embeddings import VectorTable

LIMITS = Limits()

Name = Annotated[str, Field(min_length=1, max_length=LIMITS.name)]
Method = Literal["3cosadd", "3cosmul", "3cosavg"]
Top = Annotated[int, Query(ge=1, le=LIMITS.top, description="Number of answers.")]
MinReviews = Annotated[
    int,
    Field(ge=0, le=1_000_000, description="Leave out artists with fewer reviews; ranks count the others."),
]
Terms = Annotated[list[Name], Query(max_length=LIMITS.terms, description="Repeat for several.")]


class Question(BaseModel):
    """What to add and what to subtract: artists, genres, labels, years, topics."""

    model_config = ConfigDict(extra="forbid", strict=True)
    plus: Annotated[list[Name], Field(min_length=1, max_length=LIMITS.terms)]
    minus: Annotated[list[Name], Field(max_length=LIMITS.terms)] = []
    method: Method = "3cosadd"
    top: Annotated[int, Field(ge=1, le=LIMITS.top)] = 10
    min_reviews: MinReviews = 0


def make_app(
    table: "VectorTable",
    topics: dict[str, Any],
    *,
    limits: Limits = LIMITS,
    hosts: "Sequence[str]" = LOCAL_NAMES,
) -> FastAPI:
    """Return the service.

    Parameters
    ----------
    table : VectorTable
        With everything that may be a term.
    topics : dict
        ``{"round": number or None, "topics": [{"id", "share", "words"}]}``.
    limits : Limits
        Of bodies and time; those of names, terms and answers are `LIMITS` always, since the API's description has them.
    hosts : sequence of str
        Names by which the service may be called, so that a page of another site cannot reach it by a name of its own
        that leads here; ``"*"`` for any.
    """
    app = new_service("Neighbors, analogies and topics of one workspace.", limits, hosts)
    desk = Desk(limits)
    _add_queries(app, table, desk)
    _add_topics(app, table, topics, desk)

    @app.get("/health", summary="Whether the service answers, and of how much")
    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "version": __version__,
            "artists": len(table),
            "topics": len(topics["topics"]),
        }

    return app


def _add_queries(app: FastAPI, table: "VectorTable", desk: Desk) -> None:
    async def ask(question: Question) -> dict[str, Any]:
        n_terms = len(question.plus) + len(question.minus)
        if n_terms > LIMITS.terms:
            raise ParameterError(f"a query has at most {LIMITS.terms} terms; got {n_terms}")
        return await desk.compute(
            lambda: table.most_similar(
                question.plus,
                question.minus,
                topn=question.top,
                method=question.method,
                min_reviews=question.min_reviews,
            ).as_json()
        )

    @app.get("/artists/{name:path}", summary="What is known of an artist")
    async def artist(name: Annotated[str, Path(min_length=1, max_length=LIMITS.name)]) -> dict[str, Any]:
        row = await desk.compute(lambda: table.row(name))
        return {"artist_id": table.artist_ids[row], "name": table.names[row], "genres": list(table.genres[row]),
                "mean_score": rounded_mean(table.mean_score[row]), "n_reviews": int(table.n_reviews[row]),
                "has_vector": bool(table.known[row])}  # fmt: skip

    @app.get(
        "/similar",
        summary="The artists nearest to one, or to a genre, topic, label or year",
        responses=ANSWERS,
        response_model=None,
    )
    async def similar(
        artist: Annotated[Name, Query()], top: Top = 10, min_reviews: Annotated[MinReviews, Query()] = 0
    ) -> dict[str, Any]:
        return await ask(Question(plus=[artist], top=top, min_reviews=min_reviews))

    @app.get(
        "/analogy",
        summary="Calculate with artists, genres, topics, labels and years",
        responses=ANSWERS,
        response_model=None,
    )
    async def analogy(
        plus: Annotated[list[Name], Query(min_length=1, max_length=LIMITS.terms)],
        minus: Terms = [],  # noqa: B006 - FastAPI copies defaults
        method: Method = "3cosadd",
        top: Top = 10,
        min_reviews: Annotated[MinReviews, Query()] = 0,
    ) -> dict[str, Any]:
        return await ask(Question(plus=plus, minus=minus, method=method, top=top, min_reviews=min_reviews))

    @app.post(
        "/analogy",
        summary="The same, with the question in the body",
        responses=ANSWERS,
        response_model=None,
    )
    async def analogy_of_body(question: Question) -> dict[str, Any]:
        return await ask(question)


def _add_topics(app: FastAPI, table: "VectorTable", topics: dict[str, Any], desk: Desk) -> None:
    by_id = {topic["id"]: topic for topic in topics["topics"]}
    top_words = [{**topic, "words": topic["words"][:10]} for topic in topics["topics"]]

    @app.get("/topics", summary="The topics of the current round, with ten words each")
    async def all_topics() -> dict[str, Any]:
        return {"round": topics["round"], "topics": top_words}

    @app.get("/topics/{id:path}", summary="A topic: its words, and the artists with the largest share of it")
    async def one_topic(
        id: Annotated[str, Path(min_length=1, max_length=LIMITS.name)], top: Top = 10
    ) -> dict[str, Any]:
        named = id if id in by_id else _topic_meant(table, id)
        if named not in by_id:
            near = list(by_id)[:8]
            raise UnknownNameError(
                f"unknown topic {id[:60]!r}; /topics lists all {len(by_id)}", name=id, candidates=near
            )
        found = await desk.compute(lambda: table.most_similar(f"topic:{named}", topn=top).as_json())
        return {"round": topics["round"], **by_id[named], "artists": found["results"]}


def _topic_meant(table: "VectorTable", text: str) -> str | None:
    """Return the topic that a query would read a name as: "3" as "topic_3"."""
    try:
        return table.meaning(f"topic:{text}").name
    except (UnknownNameError, ParameterError):
        return None
