"""The HTTP service over a store, Arrow files or PostgreSQL: nothing is held in memory, millions of artists are served.

Every answer is JSON, errors too: ``{"error": one line, "candidates": [...]}``.

Public: `make_store_app`.
"""

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ... import __version__
from ...core.errors import ParameterError
from ...core.http_checks import LOCAL_NAMES
from ...core.scores import rounded_mean
from .answer_fields import ANSWERS
from .app import LIMITS, Name, Terms, Top
from .frame import new_service
from .limits import Desk, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...embeddings import Crowd, Filter, StoredArtist, VectorStore

CROWD_S = 300.0  # seconds after which the crowd is taken anew
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
    desk, asking = Desk(limits), Asking(store)
    _add_artists(app, store, desk, asking)
    _add_sums(app, desk, asking)

    @app.get("/health", summary="Whether the service and its store answer, and of how much")
    async def health() -> dict[str, Any]:
        n_artists = await desk.compute(lambda: len(store))
        return {"status": "ok", "version": __version__, "artists": n_artists}

    return app


def _add_artists(app: FastAPI, store: "VectorStore", desk: Desk, asking: "Asking") -> None:
    @app.get("/artists/{name:path}", summary="What is known of an artist")
    async def artist(name: Annotated[str, Path(min_length=1, max_length=LIMITS.name)]) -> dict[str, Any]:
        found = await desk.compute(lambda: store.get(name))
        return {**_facts(found), "has_vector": bool(found.vector.any())}

    @app.get(
        "/similar",
        summary="The artists nearest to one, among all or among those that a filter lets through",
        responses=ANSWERS,
        response_model=None,
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
        return await desk.compute(lambda: asking.answer([artist], [], top, only))


def _add_sums(app: FastAPI, desk: Desk, asking: "Asking") -> None:
    async def ask(question: Sum) -> dict[str, Any]:
        n_terms = len(question.plus) + len(question.minus)
        if n_terms > LIMITS.terms:
            raise ParameterError(f"a query has at most {LIMITS.terms} terms; got {n_terms}")
        return await desk.compute(lambda: asking.answer(question.plus, question.minus, question.top, None))

    @app.get("/analogy", summary="Calculate with artists", responses=ANSWERS, response_model=None)
    async def analogy(
        plus: Annotated[list[Name], Query(min_length=1, max_length=LIMITS.terms)],
        minus: Terms = [],  # noqa: B006 - FastAPI copies defaults
        top: Top = 10,
    ) -> dict[str, Any]:
        return await ask(Sum(plus=plus, minus=minus, top=top))

    @app.post(
        "/analogy",
        summary="The same, with the question in the body",
        responses=ANSWERS,
        response_model=None,
    )
    async def analogy_of_body(question: Sum) -> dict[str, Any]:
        return await ask(question)


class Asking:
    """Ask the store with a crowd that is taken anew every few minutes: artists may come and go.

    Parameters
    ----------
    store : VectorStore
    """

    def __init__(self, store: "VectorStore") -> None:
        self._store = store
        self._taken: tuple[float, Crowd] | None = None

    def answer(self, plus: list[str], minus: list[str], top: int, only: "Filter | None") -> dict[str, Any]:
        """Return the answers to a question, best first, with the verdict on them."""
        from ...embeddings import ask_store

        return ask_store(self._store, plus, minus, topn=top, only=only, crowd=self._crowd()).as_json()

    def _crowd(self) -> "Crowd":
        from ...embeddings import Crowd

        taken, now = self._taken, time.monotonic()
        if taken is None or now - taken[0] > CROWD_S:
            taken = self._taken = (now, Crowd.of(self._store))
        return taken[1]


def _facts(artist: "StoredArtist") -> dict[str, Any]:
    return {"artist_id": artist.artist_id, "name": artist.name, "genres": list(artist.genres),
            "mean_score": rounded_mean(artist.mean_score), "n_reviews": artist.n_reviews}  # fmt: skip


def _filter(genre: str, score: tuple[float, float], years: tuple[int, int]) -> "Filter | None":
    from ...embeddings import Filter

    only = Filter(genre or None, None if score == SCORES else score, None if years == YEARS else years)
    return None if only == Filter() else only
