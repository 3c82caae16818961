"""Who may ask the explorer what: its names, pages that may send to it, a token, sizes, what browsers may do.

- ``Host`` must be one of the names the explorer is called by; so a page elsewhere that has a name of its own lead here
  gets nothing.
- A POST must come from a page of the explorer itself (``Origin``, and ``Sec-Fetch-Site`` where the browser sends it).
- Where a token is set, everything needs it: once in the address (``/?token=...``), from then on in a cookie that
  scripts cannot read and other sites cannot send.
- Bodies have a limit, and so has the nesting of JSON.
- Every answer carries headers: scripts only from the explorer itself and none inline, no frames around it, nothing from
  elsewhere, no guessing of types.

Public names: :class:`Guard`, :func:`watch`.
"""

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.http_checks import LOCAL_NAMES, host_name, is_same_origin, nesting

if TYPE_CHECKING:
    from flask import Flask, Response

COOKIE = "bandscape_token"
FRAMED = "/framed/"
"""Beginning of the addresses of whole pages, which only the explorer itself may put into a frame."""
MAP_PAGE = f"{FRAMED}map"


@dataclass(frozen=True)
class Guard:
    """What is allowed.

    Parameters
    ----------
    hosts : tuple of str
        Names the explorer may be called by, lower case, without ports.
    token : str or None
        What everyone must know.
    body : int
        Bytes of a request's body at most.
    depth : int
        Levels of JSON at most.
    """

    hosts: tuple[str, ...] = LOCAL_NAMES
    token: str | None = None
    body: int = 256 * 1024
    depth: int = 32


def watch(server: "Flask", guard: Guard, script_sources: Any) -> None:
    """Make a server check every request and mark every answer.

    Parameters
    ----------
    server : Flask
    guard : Guard
    script_sources : callable
        () to what ``script-src`` has beside ``'self'``: hashes of the scripts that Dash writes into its page.
    """
    from flask import redirect, request

    server.config["MAX_CONTENT_LENGTH"] = guard.body
    server.debug = False

    @server.before_request
    def check() -> Any:
        if host_name(request.headers.get("Host", "")) not in guard.hosts:
            return _refuse(400, "the Host header must be the address that the explorer listens at")
        if request.method not in ("GET", "HEAD", "POST"):
            return _refuse(405, "only GET and POST are answered")
        if guard.token is not None and not _knows(guard.token, request.cookies.get(COOKIE)):
            if request.method == "GET" and _knows(guard.token, request.args.get("token")):
                answer = redirect(request.path)
                answer.set_cookie(
                    COOKIE, guard.token, httponly=True, samesite="Strict", secure=request.is_secure
                )
                return answer
            return _refuse(
                401, "this explorer needs a token: open the address that it printed when it was started"
            )
        return _check_post(guard) if request.method == "POST" else None

    @server.after_request
    def mark(answer: "Response") -> "Response":
        is_framed = request.path.startswith(FRAMED)  # what hinders a page is shown where the page would be
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        answer.headers["X-Frame-Options"] = "SAMEORIGIN" if is_framed else "DENY"
        answer.headers["Content-Security-Policy"] = (
            framed_policy(request.path)
            if is_framed and answer.status_code == 200
            else policy(script_sources(), ancestors="'self'" if is_framed else "'none'")
        )
        if not request.path.startswith("/_dash-component-suites/"):
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @server.errorhandler(413)
    def too_large(_error: Any) -> Any:
        return _refuse(413, f"a request may have at most {guard.body:,} bytes")


def policy(script_sources: Any = (), ancestors: str = "'none'") -> str:
    """Return the content security policy of the explorer's own pages, which stand in no frame of others."""
    return (
        f"default-src 'none'; script-src 'self' {' '.join(script_sources)}; "
        # Dash's parts write style elements of their own; no style is made of data
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
        f"frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )


def framed_policy(path: str) -> str:
    """Return what is added to the policy that a whole page carries within it; a large map may ask for its rest."""
    connect = "'self'" if path == MAP_PAGE else "'none'"
    return f"frame-ancestors 'self'; connect-src {connect}; base-uri 'none'; form-action 'none'"


def _check_post(guard: Guard) -> Any:
    from flask import request

    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin") or not is_same_origin(
        request.headers.get("Origin", ""), request.headers.get("Host", "")
    ):
        return _refuse(403, "only pages of the explorer itself may send to it")
    if (request.content_length or 0) > guard.body:
        return _refuse(413, f"a request may have at most {guard.body:,} bytes")
    if nesting(request.get_data(cache=True)) > guard.depth:
        return _refuse(422, f"JSON may be nested at most {guard.depth} levels deep")
    return None


def _knows(token: str, given: str | None) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _refuse(status: int, message: str) -> Any:
    from flask import Response

    return Response(message + "\n", status, content_type="text/plain; charset=utf-8")
