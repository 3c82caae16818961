"""What a request may cost: bytes, nesting, time, and how many run at once.

Public: `Limits`, `LimitBodies`, `CheckHost`, `Desk`.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...core.http_checks import host_name, nesting


@dataclass(frozen=True)
class Limits:
    """Limits of the service.

    Parameters
    ----------
    body : int
        Bytes of a request's body.
    depth : int
        Levels of nesting of a JSON body.
    name : int
        Characters of a name.
    terms : int
        Terms of a query, added and subtracted.
    top : int
        Answers of a query.
    seconds : float
        From a request's head to the end of its body, and again until the answer.
    workers : int
        Queries that are computed at once.
    waiting : int
        Queries that are computed or wait.
    """

    body: int = 64 * 1024
    depth: int = 8
    name: int = 200
    terms: int = 100
    top: int = 1000
    seconds: float = 10.0
    workers: int = 2
    waiting: int = 64


class BusyError(Exception):
    """Too many queries wait."""


class Desk:
    """Compute queries in threads, each in bounded time.

    A thread cannot be stopped: a query that ran out of time is answered so at once and keeps its place among the
    waiting until it ends, so that slow queries cannot pile up.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="query")
        self.waiting = 0

    async def compute(self, work: Callable[[], Any]) -> Any:
        """Return what ``work`` returns.

        Raises
        ------
        BusyError
            If too many queries wait.
        TimeoutError
            If it takes too long.
        """
        if self.waiting >= self.limits.waiting:
            raise BusyError
        loop = asyncio.get_running_loop()
        job = self.pool.submit(work)
        self.waiting += 1
        job.add_done_callback(lambda _job: loop.call_soon_threadsafe(self._done))
        return await asyncio.wait_for(asyncio.wrap_future(job), self.limits.seconds)

    def _done(self) -> None:
        self.waiting -= 1


class LimitBodies:
    """ASGI middleware: read the body within its limits before anything else sees the request.

    Parameters
    ----------
    app : ASGI application
    limits : Limits
    """

    def __init__(self, app: Any, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._read(scope, receive), self.limits.seconds)
        except TimeoutError:
            await _refuse(send, 408, f"the request was not complete within {self.limits.seconds:g} s")
            return
        if body is None:
            await _refuse(send, 413, f"a body may have at most {self.limits.body:,} bytes")
            return
        if nesting(body) > self.limits.depth:
            await _refuse(send, 422, f"JSON may be nested at most {self.limits.depth} levels deep")
            return
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Any:
            return next(messages, None) or await receive()

        await self.app(scope, replay, send)

    async def _read(self, scope: Any, receive: Any) -> bytes | None:
        """Return the body; None if it is too long."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or len(told) > 12 or int(told) > self.limits.body:
            return None
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.limits.body:
                return None
            if not message.get("more_body"):
                return body


class CheckHost:
    """ASGI middleware: refuse requests that call the service by a name that is not its own.

    A page of another site could otherwise reach a service on this machine by a name of its own that leads here.

    Parameters
    ----------
    app : ASGI application
    hosts : set of str
        Without ports; ``"*"`` for any.
    """

    def __init__(self, app: Any, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        called = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
        if scope["type"] == "http" and "*" not in self.hosts and host_name(called) not in self.hosts:
            await _refuse(send, 400, "the Host header must be the address that the service listens at")
            return
        await self.app(scope, receive, send)


async def _refuse(send: Any, status: int, message: str) -> None:
    body = json.dumps({"error": message, "candidates": []}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
