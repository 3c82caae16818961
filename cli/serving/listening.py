"""A listening socket. Public: `listen`."""

import os
import socket

from ...core.errors import SourceError


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises
    ------
    SourceError
        If the address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # asyncio sends at once only on sockets that say they are TCP; without it each answer waits for 40 ms
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen()
        except BaseException:
            listener.close()
            raise
        return listener
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(
            f"cannot listen at {host[:60]} port {port}: {reason}; choose another with --port (0: any)"
        ) from error
