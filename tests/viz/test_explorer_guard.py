"""The explorer refuses what it should, marks what it sends, and hands out nothing that was not listed."""

import html.parser
import re

import pytest

pytest.importorskip("dash")

from bandscape.viz.explorer import Guard, make_app

from .explorer_sources import HOST, OWN, act, make_sources

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    sources, asked = make_sources(tmp_path_factory.mktemp("explorer"))
    return make_app(sources), asked


@pytest.fixture
def client(made):
    return made[0].server.test_client()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    sources, _ = make_sources(tmp_path_factory.mktemp("guarded"))
    return make_app(sources, Guard(hosts=("box.example",), token=TOKEN)).server


def get(client, path, **headers):
    return client.get(path, base_url=f"http://{HOST}", headers=headers, buffered=True)


ADDRESSES = (
    "/",
    "/topics",
    "/explorer.js",
    "/explorer.css",
    "/suggest?q=a",
    "/framed/map",
    "/sound/1",
    "/export/topics-txt",
    "/_dash-layout",
    "/nothing",
)


@pytest.mark.parametrize("path", ADDRESSES)
def test_another_host_gets_nothing(client, path):
    for host in (
        "attacker.example",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example:8050",
        "",
        "[::2]",
    ):
        assert client.get(path, base_url="http://x", headers={"Host": host}).status_code == 400
    for host in ("localhost:8050", "127.0.0.1", "[::1]:8050"):
        assert client.get("/", base_url="http://x", headers={"Host": host}, buffered=True).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://attacker.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": f"http://{HOST}.attacker.example"},
        {"Origin": f"file://{HOST}"},
        {"Origin": "http://[broken"},
        {**OWN, "Sec-Fetch-Site": "cross-site"},
        {**OWN, "Sec-Fetch-Site": "same-site"},
        {"Referer": f"http://{HOST}/topics"},
    ],
)
def test_a_post_from_elsewhere_changes_nothing(made, client, headers):
    made[1].clear()
    answer = act(client, headers=headers, do="undo", round=2)
    assert answer.status_code == 403
    assert made[1] == []


def test_a_post_of_its_own_page_is_done(made, client):
    made[1].clear()
    assert (
        act(client, headers={**OWN, "Sec-Fetch-Site": "same-origin"}, do="undo", round=2).status_code == 200
    )
    assert made[1] == [("undo", 2)]


def test_other_verbs_are_refused(client):
    for verb in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert (
            client.open(
                "/_dash-update-component", method=verb, base_url=f"http://{HOST}", headers=OWN
            ).status_code
            == 405
        )


@pytest.mark.parametrize("path", ADDRESSES)
def test_everything_needs_the_token(guarded, path):
    fresh = guarded.test_client()
    for given in ("", "?token=", "?token=wrong", f"?token={TOKEN}x", "?token=\u00e4"):
        answer = fresh.get(path.partition("?")[0] + given, base_url="http://box.example")
        assert answer.status_code == 401
        assert TOKEN not in answer.text
    assert (
        fresh.get(
            path, base_url="http://box.example", headers={"Cookie": "bandscape_token=wrong"}
        ).status_code
        == 401
    )
    assert (
        fresh.post(
            "/_dash-update-component", base_url="http://box.example", headers={"Origin": "http://box.example"}
        ).status_code
        == 401
    )


def test_a_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read(guarded):
    fresh = guarded.test_client()
    first = fresh.get(f"/topics?token={TOKEN}", base_url="http://box.example")
    assert (first.status_code, first.headers["Location"]) == (302, "/topics")
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert fresh.get("/topics", base_url="http://box.example").status_code == 200
    assert fresh.get("/topics", base_url="http://127.0.0.1").status_code == 400


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_is_marked(client, path):
    headers = get(client, path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    if path == "/framed/map":
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert policy["frame-ancestors"] == "'self'"
        return
    assert headers["X-Frame-Options"] == "DENY"
    assert (
        policy["frame-ancestors"]
        == policy["default-src"]
        == policy["base-uri"]
        == policy["form-action"]
        == "'none'"
    )
    assert policy["connect-src"] == "'self'"
    allowed = policy["script-src"].split()
    assert allowed[0] == "'self'"
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/=]+'", one) for one in allowed[1:])


class Scripts(html.parser.HTMLParser):
    """Collects the inline scripts of a page, and every address in it."""

    def __init__(self):
        super().__init__()
        self.inline, self.addresses, self.handlers, self._at = [], [], [], None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        self.handlers += [name for name in given if name.startswith("on")]
        self._at = (
            tag
            if tag == "script" and "src" not in given and given.get("type") != "application/json"
            else None
        )

    def handle_data(self, text):
        if self._at and text.strip():
            self.inline.append(text)

    def handle_endtag(self, _tag):
        self._at = None


def test_the_only_inline_script_is_the_one_whose_hash_is_allowed(client):
    import base64
    import hashlib

    answer = get(client, "/topics")
    page = Scripts()
    page.feed(answer.text)
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in page.inline
    ]
    assert len(hashes) == 1
    assert hashes[0] in answer.headers["Content-Security-Policy"]
    assert page.handlers == []
    assert all(address.startswith("/") and not address.startswith("//") for address in page.addresses)
    assert "owned" not in answer.text  # the workspace's name is not in the page at all


def test_bodies_have_a_limit_told_or_not(client):
    assert act(client, body=b"[" + b" " * 256 * 1024 + b"]").status_code == 413
    assert act(client, body=b"[" * 33 + b"]" * 33).status_code == 422
    for broken in (b"", b"{", b"[]", b"3", b"null", b'{"output": 1}', b"\xff\xfe"):
        assert act(client, body=broken).status_code in (400, 415, 500)
    assert act(client, do="undo", round=2).status_code == 200


def test_debugging_is_off_whatever_the_environment_says(tmp_path, monkeypatch):
    for name in ("DASH_DEBUG", "DASH_HOT_RELOAD", "DASH_UI", "DASH_MCP_ENABLED", "FLASK_DEBUG"):
        monkeypatch.setenv(name, "1")
    app = make_app(make_sources(tmp_path)[0])
    assert not app.server.debug
    assert not app.server.testing
    opened = app.server.test_client()
    assert get(opened, "/_reload-hash").json["hard"] is False
    assert '"ui":false' in get(opened, "/").text
    assert not [
        rule for rule in map(str, app.server.url_map.iter_rules()) if "mcp" in rule or "console" in rule
    ]


def test_a_failure_inside_is_told_without_its_reason(tmp_path):
    def broken():
        raise RuntimeError("secret reason")

    sources, _ = make_sources(tmp_path, overview=broken)
    opened = make_app(sources).server.test_client()
    answer = act(opened, do="edit", kind="freeze", topic="x", round=2)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "key",
    [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "....//secret.txt",
        "secret.txt",
        "/etc/passwd",
        "%00",
        "2",
        "topics-txt%00",
        "C:%5Cboot.ini",
        "1/../../secret.txt",
    ],
)
def test_no_key_is_a_path(client, key):
    for folder in ("sound", "export", "assets", "_dash-component-suites/dash"):
        answer = get(client, f"/{folder}/{key}")
        assert "secret" not in answer.text
        assert "root:" not in answer.text
        assert (
            answer.status_code >= 400 or "react-entry-point" in answer.text
        )  # the page of any unknown address


def test_files_are_sent_to_be_kept_never_to_be_opened(client):
    answer = get(client, "/export/made")
    assert answer.headers["Content-Disposition"] == "attachment; filename=made.html"
    assert answer.content_type == "application/octet-stream"
    assert get(client, "/export/topics-txt").text == "secret"
    assert get(client, "/sound/1").data == b"fLaC"


def test_framed_pages_that_cannot_be_made_say_why_in_the_frame_and_run_nothing_of_it(client):
    answer = get(client, "/framed/diff?first=1&second=9")
    assert answer.status_code == 409
    assert "<p>there is no round 9 &lt;i&gt;</p>" in answer.text
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'none'; script-src 'self'" in policy
    assert get(client, "/framed/comparison?with=other").status_code == 200
