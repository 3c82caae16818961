"""The serve command: an HTTP service over a workspace."""

import contextlib
import importlib.util
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import MissingExtraError, ParameterError
from ..core.http_checks import LOCAL_NAMES, is_loopback
from ..core.workspace import Workspace
from . import steps
from .console import say, warn
from .options import WorkspacePath
from .serving.listening import listen

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST_CONNECTIONS = 200
HEAD_BYTES = 32 * 1024


def register(app: typer.Typer) -> None:
    """Add the command of this module to the root command."""
    app.command()(serve)


def serve(
    workspace: WorkspacePath,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any free one.")] = 8000,
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that other machines can reach.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=600, help="Seconds that a request may take.")
    ] = 10.0,
) -> None:
    """Answer queries over HTTP: /similar, /analogy, /artists, /topics; /docs describes them. Ctrl-C ends it.

    The service knows no users and no passwords. It holds the workspace as it was at the start.
    """
    local = is_loopback(host)
    if not local and not public:
        raise ParameterError(
            f"--host {host[:60]} can be reached from other machines, and the service has no passwords; "
            "add --public if that is meant"
        )
    check_extra()
    from .serving.app import make_app
    from .serving.limits import Limits

    opened = Workspace(workspace)
    table, topics = steps.load_queries(opened), steps.current_topics(opened)
    for artist_id in table.artist_ids[:1]:
        table.meaning(artist_id)  # the first look-up builds the index of names
    hosts = (*LOCAL_NAMES, host.lower()) if local else ("*",)
    service = make_app(table, topics, limits=Limits(seconds=timeout), hosts=hosts)
    with listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        if not local:
            warn("anyone who reaches this address may ask; there are no passwords")
        say(f"{len(table):,} artists, {len(topics['topics'])} topics: http://{shown}:{listener.getsockname()[1]}/docs"
            "   (Ctrl-C ends it)")  # fmt: skip
        run(service, listener, timeout)
    say("service ended")


def check_extra() -> None:
    """Raise :class:`MissingExtraError` where the packages of the service are not installed."""
    for package in ("fastapi", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(f"bandscape serve needs {package}; pip install 'bandscape[serve]'")


def run(service: "FastAPI", listener: socket.socket, timeout: float) -> None:
    """Serve until Ctrl-C."""
    import uvicorn

    config = uvicorn.Config(
        service, access_log=False, log_level="warning", server_header=False, limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5, timeout_graceful_shutdown=int(timeout) + 1, h11_max_incomplete_event_size=HEAD_BYTES,
        http="h11", ws="none",
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
