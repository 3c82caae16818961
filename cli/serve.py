"""The serve command: an HTTP service over a workspace."""

import contextlib
import importlib.util
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import MissingExtraError, ParameterError
from ..core.http_checks import LOCAL_NAMES, is_loopback
from ..core.workspace import Workspace
from . import steps
from .console import progress_bars, say, warn
from .serving.listening import listen
from .store import Approximate, check_address, no_index_of_postgres

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST_CONNECTIONS = 200
HEAD_BYTES = 32 * 1024


def register(app: typer.Typer) -> None:
    """Add the command of this module to the root command."""
    app.command()(serve)


def serve(
    workspace: Annotated[
        Path | None, typer.Argument(metavar="WORKSPACE", help="Folder of the workspace; none with --store.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="STORE",
            help="Answer from a store instead, holding nothing in memory: a workspace, or "
            "postgresql://USER@HOST/DATABASE.",
        ),
    ] = None,
    schema: Annotated[str, typer.Option("--schema", help="Schema of the store in PostgreSQL.")] = "bandscape",
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=200, help="Connections to PostgreSQL at most.")
    ] = 8,
    ef_search: Annotated[
        int,
        typer.Option(
            "--ef-search",
            min=1,
            max=1000,
            help="Candidates that PostgreSQL's vector index looks at: more is slower and finds more of the nearest.",
        ),
    ] = 100,
    approximate: Approximate = False,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 127.0.0.1 is for this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any free one.")] = 8000,
    public: Annotated[
        bool, typer.Option("--public", help="Allow a --host that other machines can reach.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=600, help="Seconds that a request may take.")
    ] = 10.0,
) -> None:
    """Answer queries over HTTP: /similar, /analogy, /artists, /topics; /docs describes them. Ctrl-C ends it.

    The service knows no users and no passwords. It holds the workspace as it was at the start; with --store it answers
    /similar with filters, /analogy of artists, and /artists as the store is now.
    """
    local = is_loopback(host)
    if not local and not public:
        raise ParameterError(
            f"--host {host[:60]} can be reached from other machines, and the service has no passwords; "
            "add --public if that is meant"
        )
    if (workspace is None) == (store is None):
        raise ParameterError("either a WORKSPACE or --store STORE is needed")
    if approximate and store is None:
        raise ParameterError("--approximate is for --store; a workspace is searched exactly")
    check_extra()
    hosts = (*LOCAL_NAMES, host.lower()) if local else ("*",)
    if store is not None:
        service, of = _of_store(store, schema, connections, ef_search, approximate, timeout, hosts)
    else:
        service, of = _of_workspace(Workspace(workspace or ""), timeout, hosts)
    with listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        if not local:
            warn("anyone who reaches this address may ask; there are no passwords")
        say(f"{of}: http://{shown}:{listener.getsockname()[1]}/docs   (Ctrl-C ends it)")
        run(service, listener, timeout)
    say("service ended")


def _of_workspace(workspace: Workspace, timeout: float, hosts: tuple[str, ...]) -> "tuple[FastAPI, str]":
    from .serving.app import make_app
    from .serving.limits import Limits

    table, topics = steps.load_queries(workspace), steps.current_topics(workspace)
    for artist_id in table.artist_ids[:1]:
        table.meaning(artist_id)  # the first look-up builds the index of names
    service = make_app(table, topics, limits=Limits(seconds=timeout), hosts=hosts)
    return service, f"{len(table):,} artists, {len(topics['topics'])} topics"


def _of_store(
    place: str,
    schema: str,
    connections: int,
    ef_search: int,
    approximate: bool,
    timeout: float,
    hosts: tuple[str, ...],
) -> "tuple[FastAPI, str]":
    from ..embeddings import PostgresStore
    from ..embeddings.stores.postgres_connection import is_address
    from .serving.limits import Limits
    from .serving.store_app import make_store_app

    limits = Limits(seconds=timeout)
    if is_address(place):  # who waits for the server leaves this process idle
        check_address(place, schema)
        no_index_of_postgres(approximate)
        limits = Limits(seconds=timeout, workers=connections, waiting=max(64, 8 * connections))
        store = PostgresStore(
            place, schema=schema, connections=connections, timeout_s=timeout, ef_search=ef_search
        )
    else:
        with progress_bars(quiet=not approximate) as on_progress:
            store = steps.open_store(Workspace(place), approximate=approximate, on_progress=on_progress)
    return make_store_app(store, limits=limits, hosts=hosts), f"{len(store):,} artists of a store"


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
