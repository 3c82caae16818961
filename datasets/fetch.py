"""Fetch the public Pitchfork reviews (Kaggle: nolanbconaway/pitchfork-data), once, and check what came.

The file is kept in the user's cache folder. Its checksum is recorded when it is first fetched and verified whenever
it is used or fetched again (trust on first use); a checksum that you know can be given instead. A half download is
resumed by the next call and never mistaken for the file.

Environment: ``KAGGLE_USERNAME`` and ``KAGGLE_KEY`` (sent to kaggle.com and to this machine only),
``BANDSCAPE_CACHE`` (folder), ``BANDSCAPE_KAGGLE_URL`` (another server in place of https://www.kaggle.com).

Public names: :func:`fetch_pitchfork`, :data:`KAGGLE_PAGE`.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from pathlib import Path
from typing import IO

from ..core.errors import ChecksumError, DownloadError, ParameterError
from ..core.files import read_json, sha256_of, write_json
from ..core.progress import ProgressCallback, report
from ..core.replacement import replace_file
from .download import discard, download, may_send_credentials

KAGGLE_PAGE = "https://www.kaggle.com/datasets/nolanbconaway/pitchfork-data"
_API_PATH = "/api/v1/datasets/download/nolanbconaway/pitchfork-data"
_TABLES = ("artists", "content", "genres", "labels", "reviews", "years")
_SQLITE_MAGIC = b"SQLite format 3\x00"
_ZIP_MAGIC = b"PK\x03\x04"
_MOST_BYTES = 4 << 30  # Kaggle's file has less than 100 MB; more than this is an attack or a mistake

_BY_HAND = f"download it by hand from {KAGGLE_PAGE} and run: bandscape import FILE --out WS"
_REFUSED = f"set KAGGLE_USERNAME and KAGGLE_KEY (kaggle.com, Settings, API), or {_BY_HAND}"


def fetch_pitchfork(
    *,
    cache_dir: str | Path | None = None,
    url: str | None = None,
    sha256: str | None = None,
    on_progress: ProgressCallback | None = None,
) -> Path:
    """Return the path of Kaggle's Pitchfork database, downloading it when it is not in the cache.

    Parameters
    ----------
    cache_dir : path, optional
        Default: ``BANDSCAPE_CACHE``, else the user's cache folder of the operating system.
    url : str, optional
        Address of the database, plain or in a zip; default: Kaggle's.
    sha256 : str, optional
        Checksum that the database must have. Without it, the one recorded at the first download counts.
    on_progress : callable, optional
        Receives bytes done and in all; a true answer stops, and a later call resumes.

    Returns
    -------
    Path
        ``database.sqlite``: whole, a SQLite file with the tables of the data set.

    Raises
    ------
    ParameterError
        If ``sha256`` is not a sha256.
    DownloadError
        If the file cannot be had, or what came is something else; the message says what to do.
    ChecksumError
        If the cached or the downloaded file is not the expected one.
    """
    from filelock import FileLock, Timeout

    expected = _as_sha256(sha256)
    folder = _cache_folder(cache_dir)
    database, part = folder / "database.sqlite", folder / "download.part"
    lock = FileLock(folder / "download.lock")
    while True:
        try:
            with lock.acquire(timeout=1.0):
                if not database.exists():
                    _download(database, part, url or _kaggle_url(), expected, on_progress)
                return _verified(database, expected)
        except Timeout:
            if report(on_progress, "waiting for another download", 0.0, None, "bytes"):
                raise DownloadError(f"{folder}: stopped waiting for another download") from None


def _as_sha256(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise ParameterError(f"sha256 must be 64 hexadecimal digits; got {sha256!r}")
    return sha256.lower()


def _cache_folder(cache_dir: str | Path | None) -> Path:
    if cache_dir is None:
        from pooch import os_cache

        cache_dir = os.environ.get("BANDSCAPE_CACHE") or os_cache("bandscape")
    folder = Path(cache_dir) / "pitchfork"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(
            f"{folder}: cannot make the cache folder ({error.strerror}); set BANDSCAPE_CACHE to one that is writable"
        ) from error
    return folder


def _kaggle_url() -> str:
    server = os.environ.get("BANDSCAPE_KAGGLE_URL") or "https://www.kaggle.com"
    return server.rstrip("/") + _API_PATH


def _credentials(url: str) -> tuple[str, str] | None:
    user, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    return (user, key) if user and key and may_send_credentials(url, "kaggle.com") else None


def _download(
    database: Path, part: Path, url: str, expected: str | None, on_progress: ProgressCallback | None
) -> None:
    """Download, unpack and check the database; only then does it get its name."""
    download(url, part, auth=_credentials(url), refused=_REFUSED, on_progress=on_progress)
    try:
        with replace_file(database) as temporary:
            _unpack(part, temporary)
            _check_database(temporary)
            _check_sum(sha256_of(temporary), database, expected, downloaded=True)
    except (DownloadError, ChecksumError):
        discard(part)  # resuming it would only bring the same again
        raise
    discard(part)


# -- unpacking -----------------------------------------------------------------------------------------------------


def _unpack(part: Path, target: Path) -> None:
    """Copy the database out of what was downloaded: the file itself, or the one database in a zip."""
    with part.open("rb") as stream:
        start = stream.read(16)
    if start == _SQLITE_MAGIC:
        shutil.copyfile(part, target)
    elif start.startswith(_ZIP_MAGIC):
        _unzip(part, target)
    elif re.match(rb"\s*<(!doctype|html)", start, re.IGNORECASE):
        raise DownloadError(f"the server sent a web page in place of the file; {_REFUSED}")
    else:
        raise DownloadError(
            f"the server sent neither a zip nor a SQLite file (it begins {start!r}); {_BY_HAND}"
        )


def _unzip(part: Path, target: Path) -> None:
    """Copy the database member; names in the archive decide nothing about where it goes."""
    try:
        with zipfile.ZipFile(part) as archive:
            found = [
                entry for entry in archive.infolist() if entry.filename.lower().endswith((".sqlite", ".db"))
            ]
            if len(found) != 1:
                names = ", ".join(archive.namelist()[:5]) or "nothing"
                raise DownloadError(f"expected one .sqlite file in the zip, found {names[:200]}; {_BY_HAND}")
            with archive.open(found[0]) as source, target.open("wb") as sink:
                _copy_limited(source, sink)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DownloadError(
            f"the zip that came is damaged ({error}); run again to download it anew"
        ) from error


def _copy_limited(source: IO[bytes], sink: IO[bytes]) -> None:
    """Copy up to the limit; the end of a member is where its checksum is verified."""
    done = 0
    while piece := source.read(1 << 20):
        done += len(piece)
        if done > _MOST_BYTES:
            raise DownloadError(f"the file in the zip unpacks to more than {_MOST_BYTES:,} bytes; {_BY_HAND}")
        sink.write(piece)


# -- checking ------------------------------------------------------------------------------------------------------


def _check_database(path: Path) -> None:
    """Raise unless ``path`` is a whole SQLite file with the tables of the data set."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as base:
            base.text_factory = bytes  # table names are compared, texts never read
            names = {
                bytes(row[0]).decode("utf-8", "replace")
                for row in base.execute("SELECT name FROM sqlite_master")
            }
            problem = base.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise DownloadError(f"what came is not a whole SQLite file ({error}); {_BY_HAND}") from error
    missing = [table for table in _TABLES if table not in names]
    if missing:
        raise DownloadError(
            f"what came is not the Pitchfork database: no table {', '.join(missing)}; {_BY_HAND}"
        )
    if problem != b"ok":
        raise DownloadError(f"the database that came is damaged; {_BY_HAND}")


def _record_of(database: Path) -> Path:
    return database.with_name(database.name + ".sha256.json")


def _check_sum(found: str, database: Path, expected: str | None, *, downloaded: bool) -> None:
    """Compare with the checksum asked for, else with the recorded one."""
    record = _record_of(database)
    if expected is None and record.exists():
        expected = str(read_json(record)["sha256"])
        remedy = f"; if a new version was published and you trust it, delete {record} and fetch again"
    else:
        remedy = "; ask for the right sha256"
    if expected is None or found == expected:
        return
    what = "the downloaded database" if downloaded else f"{database}"
    raise ChecksumError(
        f"{what} has sha256 {found}, expected {expected}"
        + (remedy if downloaded else "; it was changed or damaged: delete it and fetch again")
    )


def _verified(database: Path, expected: str | None) -> Path:
    """Return the cached database if it is the expected one; record its checksum the first time."""
    found = sha256_of(database)
    _check_sum(found, database, expected, downloaded=False)
    record = _record_of(database)
    if not record.exists() or read_json(record)["sha256"] != found:  # first use, or vouched for by the caller
        _check_database(database)
        write_json(record, {"sha256": found, "bytes": database.stat().st_size})
    return database
