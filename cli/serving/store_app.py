"""The HTTP service over a store, Arrow files or PostgreSQL: nothing is held in memory, millions of artists are served.

Every answer is JSON, errors too: ``{"error": one line, "candidates": [...]}``.

Public: `make_store_app`.
"""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ... import __version__
from ...core.errors import ParameterError
from ...core.http_checks import LOCAL_NAMES
from ...core.scores import rounded_mean
from .app import LIMITS, Name, Terms, Top
from .frame import new_service
from .limits import Desk, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...embeddings import Filter, StoredArtist, VectorStore

SCORES, YEARS = (0.0, 10.0), (-9999, 9999)  # with these a filter is none

Genre = Annotated[str, Query(max_length=LIMITS.name, description="Only artists of this genre.")]
Score = Annotated[
    float, Query(ge=SCORES[0], le=SCORES[1], description="Only artists with such a mean score.")
]
Year = Annotated[int, Query(ge=YEARS[0], le=YEARS[1], description="Only artists with such a year.")]


class Sum(BaseModel):
    """Artists to add and to subtract."""

    model_config = ConfigDict(extra="forbid", strict=True)
    plus: Annotated[list[Name], Field(min_length=1, max_length=LIMITS.terms)]
    minus: Annotated[list[Name], Field(max_length=LIMITS.terms)] = []
    top: Annotated[int, Field(ge=1, le=LIMITS.top)] = 10


def make_store_app(
    store: "VectorStore", *, limits: Limits = LIMITS, hosts: "Sequence[str]" = LOCAL_NAMES
) -> FastAPI:
    """Return the service.

    Parameters
    ----------
    store : VectorStore
        Asked from several threads.
    limits : Limits
        Of bodies and time; those of names, terms and answers are `LIMITS` always.
    hosts : sequence of str
        Names by which the service may be called; ``"*"`` for any.
    """
    app = new_service("Artists and their neighbors, from a store.", limits, hosts)
    desk = Desk(limits)
    _add_artists(app, store, desk)
    _add_sums(app, store, desk)

    @app.get("/health", summary="Whether the service and its store answer, and of how much")
    async def health() -> dict[str, Any]:
        n_artists = await desk.compute(lambda: len(store))
        return {"status": "ok", "version": __version__, "artists": n_artists}

    return app


def _add_artists(app: FastAPI, store: "VectorStore", desk: Desk) -> None:
    @app.get("/artists/{name:path}", summary="What is known of an artist")
    async def artist(name: Annotated[str, Path(min_length=1, max_length=LIMITS.name)]) -> dict[str, Any]:
        found = await desk.compute(lambda: store.get(name))
        return {**_facts(found), "has_vector": bool(found.vector.any())}

    @app.get(
        "/similar", summary="The artists nearest to one, among all or among those that a filter lets through"
    )
    async def similar(
        artist: Annotated[Name, Query()],
        top: Top = 10,
        genre: Genre = "",
        score_from: Score = SCORES[0],
        score_to: Score = SCORES[1],
        year_from: Year = YEARS[0],
        year_to: Year = YEARS[1],
    ) -> dict[str, Any]:
        only = _filter(genre, (score_from, score_to), (year_from, year_to))
        return await desk.compute(lambda: _nearest(store, [artist], [], top, only))


def _add_sums(app: FastAPI, store: "VectorStore", desk: Desk) -> None:
    async def ask(question: Sum) -> dict[str, Any]:
        n_terms = len(question.plus) + len(question.minus)
        if n_terms > LIMITS.terms:
            raise ParameterError(f"a query has at most {LIMITS.terms} terms; got {n_terms}")
        return await desk.compute(lambda: _nearest(store, question.plus, question.minus, question.top, None))

    @app.get("/analogy", summary="Calculate with artists")
    async def analogy(
        plus: Annotated[list[Name], Query(min_length=1, max_length=LIMITS.terms)],
        minus: Terms = [],  # noqa: B006 - FastAPI copies defaults
        top: Top = 10,
    ) -> dict[str, Any]:
        return await ask(Sum(plus=plus, minus=minus, top=top))

    @app.post("/analogy", summary="The same, with the question in the body")
    async def analogy_of_body(question: Sum) -> dict[str, Any]:
        return await ask(question)


def _nearest(
    store: "VectorStore", plus: list[str], minus: list[str], top: int, only: "Filter | None"
) -> dict[str, Any]:
    added, subtracted = [store.get(name) for name in plus], [store.get(name) for name in minus]
    terms = [*added, *subtracted]
    for term in terms:
        if not term.vector.any():
            raise ParameterError(f"{term.name[:60]!r} has no vector: nothing was learnt of this artist")
    signs = np.array([1.0] * len(added) + [-1.0] * len(subtracted))
    vector = signs @ np.array([term.vector for term in terms], np.float64)
    if np.linalg.norm(vector) < 1e-6:
        raise ParameterError("the query cancels out: the same vectors are added and subtracted")
    asked = {term.row for term in terms}
    found = [pair for pair in store.search(vector, top + len(asked), only) if pair[0].row not in asked][:top]
    rows = [
        {"rank": rank, "cosine": cosine, **_facts(one)} for rank, (one, cosine) in enumerate(found, start=1)
    ]
    names = {"plus": [term.name for term in added], "minus": [term.name for term in subtracted]}
    return {"query": names, "results": rows}


def _facts(artist: "StoredArtist") -> dict[str, Any]:
    return {"artist_id": artist.artist_id, "name": artist.name, "genres": list(artist.genres),
            "mean_score": rounded_mean(artist.mean_score), "n_reviews": artist.n_reviews}  # fmt: skip


def _filter(genre: str, score: tuple[float, float], years: tuple[int, int]) -> "Filter | None":
    from ...embeddings import Filter

    only = Filter(genre or None, None if score == SCORES else score, None if years == YEARS else years)
    return None if only == Filter() else only
