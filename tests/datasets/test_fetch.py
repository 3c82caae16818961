"""Fetching is tested against a server on this machine that misbehaves on demand."""

import base64
import hashlib
import io
import json
import sqlite3
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from bandscape.core.errors import ChecksumError, DownloadError, ParameterError
from bandscape.core.progress import Progress
from bandscape.datasets import download, fetch
from bandscape.datasets.fetch import fetch_pitchfork

PATH = "/api/v1/datasets/download/nolanbconaway/pitchfork-data"


def make_database(path: Path, tables: tuple[str, ...] = fetch._TABLES, rows: int = 400) -> bytes:
    connection = sqlite3.connect(path)
    noise = np.random.default_rng(0)
    for table in tables:
        connection.execute(f"CREATE TABLE {table} (reviewid INTEGER, payload BLOB)")
        values = [(row, noise.bytes(200)) for row in range(rows)]
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", values)
    connection.commit()
    connection.close()
    return path.read_bytes()


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@dataclass
class Site:
    """What the server serves and how; requests are noted."""

    body: bytes = b""
    etag: str | None = '"one"'
    last_modified: str | None = None
    honors_range: bool = True
    break_after: list[int | None] = field(default_factory=list)  # bytes to send before closing, per request
    statuses: list[int] = field(default_factory=list)  # per request, before anything else
    states_length: bool = True
    honors_condition: bool = True
    redirect_to: str | None = None
    seen: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def ranges(self) -> list[str | None]:
        return [request.get("range") for request in self.seen]


def make_handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.seen.append({name.lower(): value for name, value in self.headers.items()})
            if site.redirect_to:
                self.send_response(302)
                self.send_header("Location", site.redirect_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status = site.statuses.pop(0) if site.statuses else 200
            if status != 200:
                self.send_error(status)
                return
            self.send_body(self.start())

        def start(self) -> int:
            asked = self.headers.get("Range")
            condition = self.headers.get("If-Range")
            same = not site.honors_condition or condition in (None, site.etag, site.last_modified)
            if not asked or not site.honors_range or not same:
                return 0
            return int(asked.removeprefix("bytes=").removesuffix("-"))

        def send_body(self, start: int) -> None:
            if start >= len(site.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(site.body) - 1}/{len(site.body)}")
            if site.etag:
                self.send_header("ETag", site.etag)
            if site.last_modified:
                self.send_header("Last-Modified", site.last_modified)
            if site.states_length:
                self.send_header("Content-Length", str(len(site.body) - start))
            self.send_header("Connection", "close")
            self.end_headers()
            limit = site.break_after.pop(0) if site.break_after else None
            content = site.body[start:]
            self.wfile.write(content if limit is None else content[:limit])

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def serve(site: Site) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(site))
    server.daemon_threads = False  # joined when the server closes: no socket is left open
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    return server


@pytest.fixture
def servers() -> Iterator[list[ThreadingHTTPServer]]:
    running: list[ThreadingHTTPServer] = []
    yield running
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_waiting_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RETRY_DELAY_S", 0.0)
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "BANDSCAPE_CACHE", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def database(tmp_path: Path) -> bytes:
    return make_database(tmp_path / "made.sqlite")


@pytest.fixture
def site(servers: list[ThreadingHTTPServer], database: bytes, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(body=zipped(("database.sqlite", database)))
    servers.append(serve(site))
    monkeypatch.setenv("BANDSCAPE_KAGGLE_URL", site.url)
    return site


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def leftovers(cache: Path) -> set[str]:
    return {path.name for path in (cache / "pitchfork").iterdir()} - {"download.lock"}


def half(site: Site) -> int:
    """A place about half way, at the end of a piece."""
    return len(site.body) // 2 // download._CHUNK_BYTES * download._CHUNK_BYTES


# -- the good case -------------------------------------------------------------------------------------------------


def test_the_database_is_unpacked_and_recorded(site: Site, cache: Path, database: bytes) -> None:
    path = fetch_pitchfork(cache_dir=cache)
    assert path.read_bytes() == database
    assert path == cache / "pitchfork" / "database.sqlite"
    record = json.loads((cache / "pitchfork" / "database.sqlite.sha256.json").read_text())
    assert record == {"sha256": hashlib.sha256(database).hexdigest(), "bytes": len(database)}
    assert leftovers(cache) == {"database.sqlite", "database.sqlite.sha256.json"}


def test_a_plain_database_is_taken_as_it_is(site: Site, cache: Path, database: bytes) -> None:
    site.body = database
    assert fetch_pitchfork(cache_dir=cache, url=f"{site.url}/d.sqlite").read_bytes() == database


def test_the_second_call_needs_no_network(site: Site, cache: Path) -> None:
    first = fetch_pitchfork(cache_dir=cache)
    site.statuses = [500] * 99
    assert fetch_pitchfork(cache_dir=cache) == first
    assert len(site.seen) == 1


def test_the_cache_folder_can_be_named_in_the_environment(
    site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANDSCAPE_CACHE", str(cache))
    assert fetch_pitchfork().is_relative_to(cache)


def test_progress_counts_bytes_up_to_the_total(site: Site, cache: Path) -> None:
    events: list[Progress] = []
    fetch_pitchfork(cache_dir=cache, on_progress=events.append)  # append returns None: go on
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert events[-1].done == events[-1].total == len(site.body)
    assert {event.unit for event in events} == {"bytes"}


# -- interruptions -------------------------------------------------------------------------------------------------


def test_a_broken_connection_is_resumed_at_once(site: Site, cache: Path, database: bytes) -> None:
    piece = download._CHUNK_BYTES
    site.break_after = [half(site) + 17, 3 * piece, None]
    path = fetch_pitchfork(cache_dir=cache)
    assert path.read_bytes() == database
    assert site.ranges() == [None, f"bytes={half(site)}-", f"bytes={half(site) + 3 * piece}-"]
    assert site.seen[1]["if-range"] == '"one"'


def test_a_length_that_is_not_stated_does_not_matter(site: Site, cache: Path, database: bytes) -> None:
    site.states_length = False
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database


def leave_half(site: Site, cache: Path) -> None:
    """Run a fetch that dies half way, as a lost network would make it."""
    site.break_after = [half(site), *[0] * 20]
    with pytest.raises(DownloadError, match=rf"{half(site):,} bytes are kept; run again to resume"):
        fetch_pitchfork(cache_dir=cache)
    assert not (cache / "pitchfork" / "database.sqlite").exists()
    assert (cache / "pitchfork" / "download.part").stat().st_size == half(site)
    site.break_after = []
    site.seen.clear()


def test_the_next_call_resumes_a_half_download(site: Site, cache: Path, database: bytes) -> None:
    leave_half(site, cache)
    events: list[Progress] = []
    assert fetch_pitchfork(cache_dir=cache, on_progress=events.append).read_bytes() == database
    assert site.ranges() == [f"bytes={half(site)}-"]
    assert events[0].done > half(site)
    assert events[0].total == len(site.body)


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    site: Site, cache: Path, database: bytes
) -> None:
    leave_half(site, cache)
    site.honors_range = False
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert len(site.seen) == 1


def test_a_file_that_changed_in_between_is_read_from_the_start(
    site: Site, cache: Path, tmp_path: Path
) -> None:
    leave_half(site, cache)
    newer = make_database(tmp_path / "newer.sqlite", rows=500)
    site.body, site.etag = zipped(("database.sqlite", newer)), '"two"'
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == newer


def test_a_partial_answer_of_another_version_is_not_appended(site: Site, cache: Path, tmp_path: Path) -> None:
    """A server that honors Range but not If-Range must not splice two files."""
    leave_half(site, cache)
    newer = make_database(tmp_path / "newer.sqlite", rows=500)
    site.body, site.etag, site.honors_condition = zipped(("database.sqlite", newer)), '"two"', False
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == newer
    assert [asked is None for asked in site.ranges()] == [False, True]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_validator_nothing_is_spliced(
    site: Site, cache: Path, database: bytes, etag: str | None
) -> None:
    site.etag = etag
    site.break_after = [half(site), None]
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert site.ranges() == [None, None]


def test_a_date_serves_as_validator(site: Site, cache: Path, database: bytes) -> None:
    site.etag, site.last_modified = 'W/"weak"', "Sun, 08 Jan 2017 00:00:00 GMT"
    leave_half(site, cache)
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert site.seen[0]["if-range"] == site.last_modified


def test_a_part_of_another_address_is_not_used(site: Site, cache: Path, database: bytes) -> None:
    leave_half(site, cache)
    assert fetch_pitchfork(cache_dir=cache, url=f"{site.url}/elsewhere.zip").read_bytes() == database
    assert site.ranges() == [None]


def test_a_whole_part_is_unpacked_without_asking_again(site: Site, cache: Path, database: bytes) -> None:
    leave_half(site, cache)
    (cache / "pitchfork" / "download.part").write_bytes(site.body)  # died between download and unpacking
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert site.seen == []


def test_a_part_longer_than_the_file_is_thrown_away(site: Site, cache: Path, database: bytes) -> None:
    leave_half(site, cache)
    (cache / "pitchfork" / "download.part").write_bytes(site.body + b"junk")
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert site.ranges()[-1] is None


def test_an_unreadable_note_about_the_part_is_no_obstacle(site: Site, cache: Path, database: bytes) -> None:
    leave_half(site, cache)
    (cache / "pitchfork" / "download.part.json").write_text('{"url": ')
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database


def test_a_busy_server_is_asked_again(site: Site, cache: Path, database: bytes) -> None:
    site.statuses = [503, 429, 500]
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert len(site.seen) == 4


def test_stopping_keeps_what_has_arrived(site: Site, cache: Path, database: bytes) -> None:
    with pytest.raises(DownloadError, match=r"stopped after .* bytes, which are kept"):
        fetch_pitchfork(cache_dir=cache, on_progress=lambda _: True)
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database


# -- refusals and wrong files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_names_the_remedy_and_is_not_repeated(site: Site, cache: Path, status: int) -> None:
    site.statuses = [status] * 9
    with pytest.raises(
        DownloadError, match=rf"HTTP {status}.*KAGGLE_USERNAME.*bandscape import FILE"
    ) as caught:
        fetch_pitchfork(cache_dir=cache)
    assert "\n" not in str(caught.value)
    assert len(site.seen) == 1
    assert leftovers(cache) == set()


def test_nobody_answering_is_one_clear_line(cache: Path) -> None:
    with pytest.raises(
        DownloadError, match=r"http://127.0.0.1:9/x: .*[Rr]efused.*check the network"
    ) as caught:
        fetch_pitchfork(cache_dir=cache, url="http://127.0.0.1:9/x?signature=secret")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/x", "http://"])
def test_a_bad_address_is_one_clear_line(cache: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="check the address"):
        fetch_pitchfork(cache_dir=cache, url=url)


def wrong_bodies(database: bytes, tmp_path: Path) -> dict[str, tuple[bytes, str]]:
    other = make_database(tmp_path / "other.sqlite", tables=("reviews", "albums"))
    whole = zipped(("database.sqlite", database))
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    return {
        "web page": (b"<!DOCTYPE html><title>Sign in</title>", "a web page in place of the file.*KAGGLE_KEY"),
        "noise": (b"\x00\x01\x02" * 50, "neither a zip nor a SQLite file"),
        "damaged zip": (bytes(damaged), "the zip that came is damaged"),
        "cut zip": (whole[:-100], "the zip that came is damaged"),
        "empty zip": (zipped(), "neither a zip nor"),
        "no database": (
            zipped(("readme.txt", b"hello")),
            "expected one .sqlite file in the zip, found readme.txt",
        ),
        "two": (zipped(("a.sqlite", database), ("b.sqlite", database)), "expected one .sqlite file"),
        "cut database": (zipped(("database.sqlite", database[:-5000])), "not a whole SQLite|is damaged"),
        "not sqlite": (zipped(("database.sqlite", b"hello" * 99)), "not a whole SQLite file"),
        "other tables": (
            other,
            "not the Pitchfork database: no table artists, content, genres, labels, years",
        ),
    }


WRONG = ("web page", "noise", "damaged zip", "cut zip", "empty zip", "no database", "two")


@pytest.mark.parametrize("case", [*WRONG, "cut database", "not sqlite", "other tables"])
def test_a_wrong_file_is_refused_and_leaves_nothing(
    site: Site, cache: Path, database: bytes, tmp_path: Path, case: str
) -> None:
    site.body, message = wrong_bodies(database, tmp_path)[case]
    with pytest.raises(DownloadError, match=message) as caught:
        fetch_pitchfork(cache_dir=cache)
    assert "\n" not in str(caught.value)
    assert leftovers(cache) == set()


def test_a_zip_cannot_write_outside_the_cache(
    site: Site, cache: Path, database: bytes, tmp_path: Path
) -> None:
    site.body = zipped(("../../../escaped.sqlite", database))
    path = fetch_pitchfork(cache_dir=cache)
    assert path.read_bytes() == database
    assert not list(tmp_path.glob("**/escaped.sqlite"))


def test_a_zip_that_unpacks_to_too_much_is_refused(
    site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_MOST_BYTES", 100_000)
    with pytest.raises(DownloadError, match="unpacks to more than 100,000 bytes"):
        fetch_pitchfork(cache_dir=cache)
    assert leftovers(cache) == set()


# -- checksums -----------------------------------------------------------------------------------------------------


def test_the_checksum_given_is_verified(site: Site, cache: Path, database: bytes) -> None:
    with pytest.raises(ChecksumError, match=f"expected {'0' * 64}"):
        fetch_pitchfork(cache_dir=cache, sha256="0" * 64)
    assert leftovers(cache) == set()
    digest = hashlib.sha256(database).hexdigest()
    assert fetch_pitchfork(cache_dir=cache, sha256=digest.upper()).read_bytes() == database


def test_a_malformed_checksum_is_wrong_use(cache: Path) -> None:
    with pytest.raises(ParameterError, match="sha256 must be 64 hexadecimal digits; got 'abc'"):
        fetch_pitchfork(cache_dir=cache, sha256="abc")


def test_a_cached_file_that_changed_is_refused(site: Site, cache: Path) -> None:
    path = fetch_pitchfork(cache_dir=cache)
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ChecksumError, match=r"database\.sqlite has sha256 .*delete it and fetch again"):
        fetch_pitchfork(cache_dir=cache)
    path.unlink()
    fetch_pitchfork(cache_dir=cache)


def test_a_new_download_must_agree_with_the_first(site: Site, cache: Path, tmp_path: Path) -> None:
    path = fetch_pitchfork(cache_dir=cache)
    path.unlink()
    newer = make_database(tmp_path / "newer.sqlite", rows=10)
    site.body, site.etag = zipped(("database.sqlite", newer)), '"two"'
    with pytest.raises(ChecksumError, match=r"delete .*database\.sqlite\.sha256\.json and fetch again"):
        fetch_pitchfork(cache_dir=cache)
    assert not path.exists()
    digest = hashlib.sha256(newer).hexdigest()
    assert fetch_pitchfork(cache_dir=cache, sha256=digest).read_bytes() == newer
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == newer  # what was vouched for is now the record


def test_a_database_put_there_by_hand_is_checked_and_recorded(cache: Path, database: bytes) -> None:
    folder = cache / "pitchfork"
    folder.mkdir(parents=True)
    (folder / "database.sqlite").write_bytes(database)
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    (folder / "database.sqlite").write_bytes(b"something else")
    (folder / "database.sqlite.sha256.json").unlink()
    with pytest.raises(DownloadError, match="not a whole SQLite file"):
        fetch_pitchfork(cache_dir=cache)


# -- credentials ---------------------------------------------------------------------------------------------------


@pytest.fixture
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "ada")
    monkeypatch.setenv("KAGGLE_KEY", "s3cret")


@pytest.mark.usefixtures("_signed_in")
def test_credentials_are_sent(site: Site, cache: Path) -> None:
    fetch_pitchfork(cache_dir=cache)
    assert site.seen[0]["authorization"] == "Basic " + base64.b64encode(b"ada:s3cret").decode()


@pytest.mark.usefixtures("_signed_in")
def test_credentials_do_not_follow_a_redirect_to_another_host(
    site: Site, servers: list[ThreadingHTTPServer], cache: Path, database: bytes
) -> None:
    storage = Site(body=site.body)
    servers.append(serve(storage))
    site.redirect_to = storage.url.replace("127.0.0.1", "localhost") + "/signed?x=1"
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert "authorization" in site.seen[0]
    assert "authorization" not in storage.seen[0]


def test_a_resume_goes_through_the_redirect_too(
    site: Site, servers: list[ThreadingHTTPServer], cache: Path, database: bytes
) -> None:
    storage = Site(body=site.body, break_after=[half(site), None])
    servers.append(serve(storage))
    site.redirect_to = storage.url + "/signed"
    assert fetch_pitchfork(cache_dir=cache).read_bytes() == database
    assert storage.ranges() == [None, f"bytes={half(site)}-"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://www.kaggle.com/x", True),
        ("https://kaggle.com/x", True),
        ("http://www.kaggle.com/x", False),
        ("https://kaggle.com.evil.org/x", False),
        ("https://notkaggle.com/x", False),
        ("https://www.kaggle.com@evil.org/x", False),
        ("http://127.0.0.1:8000/x", True),
        ("http://mirror.example/x", False),
    ],
)
def test_credentials_only_go_where_they_belong(url: str, allowed: bool) -> None:
    assert download.may_send_credentials(url, "kaggle.com") is allowed


# -- two at once ---------------------------------------------------------------------------------------------------


def test_two_fetches_at_once_download_once(site: Site, cache: Path, database: bytes) -> None:
    found: list[bytes] = []

    def slowly(progress: Progress) -> None:
        time.sleep(0.05)

    def fetch_it() -> None:
        found.append(fetch_pitchfork(cache_dir=cache, on_progress=slowly).read_bytes())

    threads = [threading.Thread(target=fetch_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [database] * 3
    assert len(site.seen) == 1
