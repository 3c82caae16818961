"""What a request over HTTP says of itself, checked: the name it calls, the page it comes from, how deep its JSON is.

A page of another site can make a browser send requests to a service on the same machine. It cannot choose the ``Host``
and ``Origin`` headers, and these functions read them. Public names: :data:`LOCAL_NAMES`, :func:`host_name`,
:func:`is_loopback`, :func:`is_same_origin`, :func:`nesting`.
"""

import ipaddress
import re
from urllib.parse import urlsplit

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
"""Names by which a machine calls itself."""

# a string or what is left of one that is never closed; possessive, so that no input takes more than one pass
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)


def host_name(header: str) -> str:
    """Return the name in a ``Host`` header, lower case, without port and brackets.

    Parameters
    ----------
    header : str

    Examples
    --------
    >>> host_name("LOCALHOST:8000"), host_name("[::1]:8000")
    ('localhost', '::1')
    """
    called = header.strip().lower()
    if called.startswith("["):
        return called.partition("]")[0].lstrip("[")
    return called.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone.

    Parameters
    ----------
    host : str
        A name or an address, without a port.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_same_origin(origin: str, host: str) -> bool:
    """Tell whether the page that sent a request was loaded from the host that it calls.

    Parameters
    ----------
    origin : str
        The ``Origin`` header; browsers send it with every POST.
    host : str
        The ``Host`` header.
    """
    try:
        parts = urlsplit(origin.strip().lower())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == host.strip().lower()


def nesting(body: bytes) -> int:
    """Return how deep brackets are nested in a JSON text, valid or not; those in strings do not count.

    Parameters
    ----------
    body : bytes
    """
    depth = deepest = 0
    for char in _STRING.sub(b"", body):
        if char in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in b"]}":
            depth = max(depth - 1, 0)
    return deepest
