"""The HTTP service over artist vectors and topics, all held in memory as they were at its start.

Every answer is JSON, errors too: ``{"error": one line, "candidates": [...]}``.

Public: `make_app`.
"""

import logging
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ... import __version__
from ...core.errors import AmbiguousNameError, ParameterError, UnknownNameError
from ...core.http_checks import LOCAL_NAMES
from .limits import BusyError, CheckHost, Desk, LimitBodies, Limits
from .page import reference_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...embeddings import VectorTable

LIMITS = Limits()

Name = Annotated[str, Field(min_length=1, max_length=LIMITS.name)]
Method = Literal["3cosadd", "3cosmul", "3cosavg"]
Top = Annotated[int, Query(ge=1, le=LIMITS.top, description="Number of answers.")]
Terms = Annotated[list[Name], Query(max_length=LIMITS.terms, description="Repeat for several.")]


class Question(BaseModel):
    """What to add and what to subtract: artists, genres, labels, years, topics."""

    model_config = ConfigDict(extra="forbid", strict=True)
    plus: Annotated[list[Name], Field(min_length=1, max_length=LIMITS.terms)]
    minus: Annotated[list[Name], Field(max_length=LIMITS.terms)] = []
    method: Method = "3cosadd"
    top: Annotated[int, Field(ge=1, le=LIMITS.top)] = 10


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
    app = FastAPI(title="bandscape", version=__version__, docs_url=None, redoc_url=None, debug=False,
                  description="Neighbors, analogies and topics of one workspace.")  # fmt: skip
    _answer_errors(app, limits)
    desk = Desk(limits)
    _add_queries(app, table, desk)
    _add_topics(app, table, topics, desk)
    _add_page(app, table, topics)
    app.add_middleware(LimitBodies, limits=limits)
    app.add_middleware(CheckHost, hosts=frozenset(hosts))
    return app


def _add_queries(app: FastAPI, table: "VectorTable", desk: Desk) -> None:
    async def ask(question: Question) -> dict[str, Any]:
        n_terms = len(question.plus) + len(question.minus)
        if n_terms > LIMITS.terms:
            raise ParameterError(f"a query has at most {LIMITS.terms} terms; got {n_terms}")
        return await desk.compute(
            lambda: table.most_similar(
                question.plus, question.minus, topn=question.top, method=question.method
            ).as_json()
        )

    @app.get("/artists/{name:path}", summary="What is known of an artist")
    async def artist(name: Annotated[str, Path(min_length=1, max_length=LIMITS.name)]) -> dict[str, Any]:
        row = await desk.compute(lambda: table.row(name))
        mean = float(table.mean_score[row])
        return {"artist_id": table.artist_ids[row], "name": table.names[row], "genres": list(table.genres[row]),
                "mean_score": None if mean != mean else mean, "n_reviews": int(table.n_reviews[row]),
                "has_vector": bool(table.known[row])}  # fmt: skip

    @app.get("/similar", summary="The artists nearest to one, or to a genre, topic, label or year")
    async def similar(artist: Annotated[Name, Query()], top: Top = 10) -> dict[str, Any]:
        return await ask(Question(plus=[artist], top=top))

    @app.get("/analogy", summary="Calculate with artists, genres, topics, labels and years")
    async def analogy(
        plus: Annotated[list[Name], Query(min_length=1, max_length=LIMITS.terms)],
        minus: Terms = [],  # noqa: B006 - FastAPI copies defaults
        method: Method = "3cosadd",
        top: Top = 10,
    ) -> dict[str, Any]:
        return await ask(Question(plus=plus, minus=minus, method=method, top=top))

    @app.post("/analogy", summary="The same, with the question in the body")
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
        if id not in by_id:
            near = list(by_id)[:8]
            raise UnknownNameError(
                f"unknown topic {id[:60]!r}; /topics lists all {len(by_id)}", name=id, candidates=near
            )
        found = await desk.compute(lambda: table.most_similar(f"topic:{id}", topn=top).as_json())
        return {"round": topics["round"], **by_id[id], "artists": found["results"]}


def _add_page(app: FastAPI, table: "VectorTable", topics: dict[str, Any]) -> None:
    @app.get("/health", summary="Whether the service answers, and of how much")
    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "version": __version__,
            "artists": len(table),
            "topics": len(topics["topics"]),
        }

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        rules = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
        return HTMLResponse(reference_page(app.openapi()), headers={"Content-Security-Policy": rules})


def _answer_errors(app: FastAPI, limits: Limits) -> None:
    def say(status: int, message: str, candidates: "Sequence[str]" = ()) -> JSONResponse:
        return JSONResponse({"error": " ".join(message.split()), "candidates": list(candidates)}, status)

    @app.exception_handler(UnknownNameError)
    async def unknown(_request: Request, error: UnknownNameError) -> JSONResponse:
        return say(409 if isinstance(error, AmbiguousNameError) else 404, str(error), error.candidates)

    @app.exception_handler(ParameterError)
    async def unusable(_request: Request, error: ParameterError) -> JSONResponse:
        return say(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(map(str, fault['loc']))[:80]}: {fault['msg']}" for fault in error.errors()[:5]]
        return say(422, "; ".join(faults))

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return say(error.status_code, f"{error.detail}; GET /docs lists what can be asked")

    @app.exception_handler(BusyError)
    async def busy(_request: Request, _error: BusyError) -> JSONResponse:
        return say(503, f"{limits.waiting} queries wait already; ask again later")

    @app.exception_handler(TimeoutError)
    async def late(_request: Request, _error: TimeoutError) -> JSONResponse:
        return say(504, f"no answer within {limits.seconds:g} s; ask for fewer answers or terms")

    @app.exception_handler(Exception)
    async def broken(_request: Request, error: Exception) -> JSONResponse:
        logging.getLogger(__name__).error("a request failed", exc_info=error)
        return say(500, "the service failed; its log has the reason")
