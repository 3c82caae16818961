"""Download a file over HTTP so that it can be interrupted at any byte and resumed.

What has arrived lies in ``NAME.part``; beside it, ``NAME.part.json`` says which version of the file it is (address,
ETag, date, size). A later attempt asks for the rest *of that version* (``Range`` with ``If-Range``, RFC 9110 section
13.1.5 and 14.2); when the server has another version, ignores ranges or names no version, the file is fetched anew.

Public names: :func:`download`, :func:`discard`, :func:`may_send_credentials`.
"""

import contextlib
import logging
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core.errors import BandscapeError, DownloadError, first_line
from ..core.files import read_json, write_json
from ..core.progress import ProgressCallback, report

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

RETRY_DELAY_S = 0.5  # doubled after each attempt that brought nothing
_MOST_FRUITLESS = 4  # attempts in a row that brought no byte
_MOST_ATTEMPTS = 100
_CHUNK_BYTES = 1 << 15  # when the connection breaks, urllib3 loses the piece it is in
_TIMEOUT_S = (15.0, 60.0)  # to connect, between two pieces
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _InterruptedError(Exception):
    """The transfer broke in a way that another attempt may mend."""


@dataclass(frozen=True)
class _Version:
    """Which version of a remote file a part belongs to.

    Parameters
    ----------
    url : str
    etag, last_modified : str or None
        Validators, as the server gave them.
    size : int or None
        Bytes in all.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None

    @property
    def validator(self) -> str | None:
        """What ``If-Range`` may hold: a strong ETag or a date."""
        strong = self.etag and not self.etag.startswith("W/")
        return self.etag if strong else self.last_modified


def may_send_credentials(url: str, domain: str) -> bool:
    """Say whether secrets may go to ``url``: to the domain itself over HTTPS, or to this machine.

    Parameters
    ----------
    url : str
    domain : str
        Such as ``"kaggle.com"``; its subdomains are meant too.

    Returns
    -------
    bool
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    at_home = host == domain or host.endswith("." + domain)
    return (parts.scheme == "https" and at_home) or host in _LOOPBACK


def download(
    url: str,
    part: Path,
    *,
    auth: tuple[str, str] | None = None,
    refused: str = "",
    on_progress: ProgressCallback | None = None,
) -> None:
    """Bring a whole file to ``part``, resuming what lies there.

    Parameters
    ----------
    url : str
    part : Path
        Grows while the file arrives; its folder must exist.
    auth : (str, str), optional
        User and key for basic authentication; not passed on when the server redirects to another host.
    refused : str
        Remedy to name when the server refuses or has no such file.
    on_progress : callable, optional
        Receives bytes done and in all; a true answer stops, what has arrived is kept.

    Raises
    ------
    DownloadError
        If the server refuses, has no such file, or the connection breaks again and again.
    """
    fruitless = 0
    for _ in range(_MOST_ATTEMPTS):
        before = _size_of(part)
        try:
            _transfer(url, part, auth, refused, on_progress)
            return
        except _InterruptedError as error:
            fruitless = 0 if _size_of(part) > before else fruitless + 1
            if fruitless >= _MOST_FRUITLESS:
                raise DownloadError(_broken_message(url, part, str(error))) from error
            logger.info("%s: %s; trying again", url, error)
            time.sleep(RETRY_DELAY_S * 2**fruitless)
    raise DownloadError(_broken_message(url, part, "the connection broke too often"))


def _broken_message(url: str, part: Path, reason: str) -> str:
    kept = (
        f"{_size_of(part):,} bytes are kept; run again to resume" if _size_of(part) else "check the network"
    )
    return f"{_shown(url)}: {reason}; {kept}"


def _transfer(
    url: str, part: Path, auth: tuple[str, str] | None, refused: str, on_progress: ProgressCallback | None
) -> None:
    """Make one attempt."""
    import requests

    version = _read_version(part, url)
    have = _size_of(part)
    if version.size is not None and have == version.size:
        return
    resumes = have > 0 and version.validator is not None
    headers = {"Accept-Encoding": "identity", "User-Agent": "bandscape"}
    if resumes:
        headers |= {"Range": f"bytes={have}-", "If-Range": str(version.validator)}
    try:
        with (
            requests.Session() as session,
            session.get(url, headers=headers, auth=auth, stream=True, timeout=_TIMEOUT_S) as response,
        ):
            start = _start_of(response, url, part, version, have if resumes else 0, refused)
            _receive(response, part, start, on_progress)
    except requests.exceptions.ChunkedEncodingError as error:
        raise _InterruptedError("the connection closed early") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _InterruptedError(_reason(error)) from error
    except requests.RequestException as error:
        raise DownloadError(f"{_shown(url)}: {_reason(error)}; check the address") from error
    except OSError as error:
        if isinstance(error, BandscapeError):
            raise
        raise DownloadError(f"{part}: cannot write ({error.strerror or error}); free some space") from error


def _start_of(
    response: "requests.Response", url: str, part: Path, version: _Version, have: int, refused: str
) -> int:
    """Decide from the answer at which byte to go on, and note the version it is of."""
    status = response.status_code
    if status == 206 and have and _continues(response, version, have):
        return have
    if status in (206, 416):  # the rest of something else: begin anew
        discard(part)
        raise _InterruptedError(f"the server cannot resume (HTTP {status})")
    if status == 429 or status >= 500:
        raise _InterruptedError(f"the server answered HTTP {status}")
    if status != 200:
        raise DownloadError(
            f"{_shown(url)}: HTTP {status} {response.reason}{'; ' if refused else ''}{refused}"
        )
    length = response.headers.get("Content-Length", "")
    now = _Version(
        url=url,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
        size=int(length) if length.isdigit() else None,
    )
    discard(part)
    write_json(_sidecar(part), asdict(now))
    return 0


def _continues(response: "requests.Response", version: _Version, have: int) -> bool:
    """Whether a partial answer is the rest of the version at hand."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != have:
        return False
    same_size = found[3] == "*" or version.size is None or int(found[3]) == version.size
    etag = response.headers.get("ETag")
    return same_size and (etag is None or version.etag is None or etag == version.etag)


def _receive(
    response: "requests.Response", part: Path, start: int, on_progress: ProgressCallback | None
) -> None:
    """Append the body to ``part`` and see that all of it came."""
    length = response.headers.get("Content-Length", "")
    total = start + int(length) if length.isdigit() else None
    done = start
    with part.open("ab") as stream:
        for piece in response.iter_content(_CHUNK_BYTES):
            stream.write(piece)
            done += len(piece)
            if report(on_progress, "downloading", done, total, "bytes"):
                stream.flush()
                raise DownloadError(f"stopped after {done:,} bytes, which are kept; run again to resume")
    if total is not None and done != total:
        raise _InterruptedError(f"the connection closed after {done:,} of {total:,} bytes")


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sidecar(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_version(part: Path, url: str) -> _Version:
    """Read what is known of the part; of another address, or unreadable, it is worth nothing."""
    known: dict[str, Any] = {}
    if part.exists():
        with contextlib.suppress(BandscapeError):
            known = read_json(_sidecar(part))
    try:
        version = _Version(**known) if known else _Version(url)
    except TypeError:
        version = _Version(url)
    return version if version.url == url else _Version(url)


def discard(part: Path) -> None:
    """Remove a part and what is known of it."""
    part.unlink(missing_ok=True)
    _sidecar(part).unlink(missing_ok=True)


def _shown(url: str) -> str:
    """Show an address without user, key or signature."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _reason(error: Exception) -> str:
    """Name the root cause in a few words: the messages of the HTTP stack quote addresses and objects."""
    root: BaseException = error
    while (cause := root.__cause__ or root.__context__) is not None:
        root = cause
    return re.sub(r"<[^>]*>|0x[0-9a-f]+", "", first_line(root))[:160].strip()
