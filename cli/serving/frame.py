"""What every HTTP service of this project has: limits, errors as JSON, and the page that describes it.

Public: `new_service`.
"""

import logging
from typing import TYPE_CHECKING, get_origin

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from ... import __version__
from ...core.errors import (
    AmbiguousNameError,
    ParameterError,
    StoreError,
    StoreTimeoutError,
    UnknownNameError,
)
from .limits import BusyError, CheckHost, LimitBodies, Limits
from .page import reference_page

if TYPE_CHECKING:
    from collections.abc import Sequence


def new_service(description: str, limits: Limits, hosts: "Sequence[str]") -> FastAPI:
    """Return a service that answers nothing yet but ``/docs`` and ``/openapi.json``.

    Parameters
    ----------
    description : str
        One sentence for the page.
    limits : Limits
    hosts : sequence of str
        Names by which the service may be called; ``"*"`` for any.
    """
    app = FastAPI(title="bandscape", version=__version__, docs_url=None, redoc_url=None, debug=False,
                  description=description, dependencies=[Depends(_refuse_unknown)])  # fmt: skip
    _answer_errors(app, limits)

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        rules = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
        return HTMLResponse(reference_page(app.openapi()), headers={"Content-Security-Policy": rules})

    app.add_middleware(LimitBodies, limits=limits)
    app.add_middleware(CheckHost, hosts=frozenset(hosts))
    return app


def _refuse_unknown(request: Request) -> None:
    """Refuse parameters that the question does not have, and repeats of those that it takes once."""
    known = {field.alias: field for field in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in known:
            raise ParameterError(
                f"query.{name[:80]}: no such parameter; {', '.join(known) or 'none'} can be given"
            )
        given = request.query_params.getlist(name)
        if len(given) > 1 and get_origin(known[name].field_info.annotation) is not list:
            raise ParameterError(f"query.{name[:80]}: given {len(given)} times; give it once")


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
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if request.method == "POST" and kind != "application/json":
            return say(422, "body: send it as JSON, with the header Content-Type: application/json")
        faults = [f"{'.'.join(map(str, fault['loc']))[:80]}: {fault['msg']}" for fault in error.errors()[:5]]
        return say(422, "; ".join(faults))

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return say(error.status_code, f"{error.detail}; GET /docs lists what can be asked")

    @app.exception_handler(BusyError)
    async def busy(_request: Request, _error: BusyError) -> JSONResponse:
        return say(503, f"{limits.waiting} queries wait already; ask again later")

    @app.exception_handler(TimeoutError)
    @app.exception_handler(StoreTimeoutError)
    async def late(_request: Request, _error: TimeoutError) -> JSONResponse:
        return say(504, f"no answer within {limits.seconds:g} s; ask for fewer answers or terms")

    @app.exception_handler(StoreError)
    async def away(_request: Request, error: StoreError) -> JSONResponse:
        logging.getLogger(__name__).error("the store does not answer: %s", error)
        return say(503, "the store does not answer; ask again later")

    @app.exception_handler(Exception)
    async def broken(_request: Request, error: Exception) -> JSONResponse:
        logging.getLogger(__name__).error("a request failed", exc_info=error)
        return say(500, "the service failed; its log has the reason")
