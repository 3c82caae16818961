"""The explore command: a workspace in the browser."""

import contextlib
import importlib.util
import logging
import signal
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import MissingExtraError, ParameterError
from ..core.http_checks import LOCAL_NAMES, is_loopback
from .console import say, warn
from .options import SoundFolder, Threads, WorkspacePath, n_threads
from .serving.listening import listen

LEAST_TOKEN = 16
_THREADS, _CONNECTIONS, _IDLE_S = 8, 200, 30
_BODY = 256 * 1024
_HEAD = 32 * 1024


def register(app: typer.Typer) -> None:
    """Add the command of this module to the root command."""
    app.command()(explore)


def explore(
    workspace: WorkspacePath,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 127.0.0.1 is for this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any free one.")] = 8050,
    compare: Annotated[
        list[Path] | None,
        typer.Option(
            "--compare",
            metavar="OTHER",
            help="Another workspace, whose map is shown beside this one's. Can be repeated.",
        ),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Allow a --host that other machines can reach; needs --token.")
    ] = False,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="BANDSCAPE_TOKEN",
            help="Secret that browsers must present, 16 characters or more.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="Host name under which others reach this machine, with --public. Can be repeated."
        ),
    ] = None,
    most: Annotated[
        int,
        typer.Option(
            "--most",
            min=1,
            help="The map begins with so many artists, the most reviewed, and loads others where you zoom in.",
        ),
    ] = 100_000,
    audio: SoundFolder = None,
    threads: Threads = None,
) -> None:
    """Explore a workspace in the browser: read, steer topics, calculate with artists, look at the map. Ctrl-C ends it.

    It answers this machine alone. It is no place for strangers: whoever may use it may change the topics.
    """
    check_access(host, public=public, token=token)
    check_extra()
    from ..viz.explorer import Guard
    from .exploring.compose import Explorer

    explorer = Explorer(
        workspace, others=compare or (), audio=audio, n_jobs=n_threads(threads), most_dots=most
    )
    # the processes of refits end with this one
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        guard = Guard(hosts=own_names(host, name or ()), token=token, body=_BODY)
        server = explorer.app(guard).server
        with listen(host, port) as listener:
            if not is_loopback(host):
                warn("others can reach this address, and what they send and get is not encrypted")
            shown = _address(host, listener.getsockname()[1])
            say(f"{workspace}: {shown}/{f'?token={token}' if token else ''}   (Ctrl-C ends it)")
            with one_blas_thread():
                explorer.warm()
                run(server, listener)
    finally:
        explorer.close()
        signal.signal(signal.SIGTERM, former)
    say("explorer ended")


def check_access(host: str, *, public: bool, token: str | None) -> None:
    """Refuse an address that others can reach, unless it is meant and guarded.

    Raises
    ------
    ParameterError
        If it is not, or the token is too short.
    """
    if token is not None and (
        len(token) < LEAST_TOKEN
        or not token.isascii()
        or not token.isprintable()
        or set(token) & set(' ;,"\\')
    ):
        raise ParameterError(
            f"--token must have {LEAST_TOKEN} characters or more, letters and digits; got {len(token)}"
        )
    if is_loopback(host):
        return
    if not public:
        raise ParameterError(
            f"--host {host[:60]} can be reached from other machines, and whoever reaches it may change the topics; "
            "add --public and --token if that is meant"
        )
    if token is None:
        raise ParameterError('--public needs --token, such as --token "$(openssl rand -hex 16)"')


def own_names(host: str, names: Any) -> tuple[str, ...]:
    """Return the names by which the explorer may be called."""
    if is_loopback(host):
        return tuple(dict.fromkeys((*LOCAL_NAMES, host.lower())))
    found = [*LOCAL_NAMES, host.lower(), socket.gethostname().lower(), *(one.lower() for one in names)]
    return tuple(dict.fromkeys(one for one in found if one not in ("0.0.0.0", "::")))


def check_extra() -> None:
    """Raise :class:`MissingExtraError` where the packages of the explorer are not installed."""
    for package in ("dash", "waitress"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(f"bandscape explore needs {package}; pip install 'bandscape[explore]'")


def one_blas_thread() -> Any:
    """Keep products of matrices to the thread that asks for them, until the context ends.

    A question multiplies one matrix by one vector, in a millisecond; threads that share it wait for one another by
    spinning. 20 ms of processor time an answer became 4, and 160 ms on a busy machine 40.
    """
    import numpy as np  # noqa: F401  what is limited must be loaded
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


def run(server: Any, listener: socket.socket) -> None:
    """Serve until Ctrl-C."""
    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits for another is no news

    served = create_server(
        server,
        sockets=[listener],
        threads=_THREADS,
        connection_limit=_CONNECTIONS,
        channel_timeout=_IDLE_S,
        ident=None,
        max_request_body_size=_BODY,
        max_request_header_size=_HEAD,
        clear_untrusted_proxy_headers=True,
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            served.run()
    finally:
        served.close()


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
