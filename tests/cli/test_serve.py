"""The HTTP service: what it answers, what it refuses."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("fastapi")

from bandscape.cli import serve as command
from bandscape.cli.serving.app import make_app
from bandscape.cli.serving.limits import BusyError, Desk, Limits, nesting
from bandscape.core.errors import MissingExtraError
from bandscape.embeddings import TopicProfiles, VectorTable, group_artists

from .conftest import apart, bandscape

with warnings.catch_warnings():  # newer releases of starlette would rather have the successor of httpx
    warnings.filterwarnings("ignore", message="Using `httpx`")
    from fastapi.testclient import TestClient

NAMES = ("Björk", "AC/DC", "Twin", "TWIN", "?#%", "Low")
TOPICS = {"round": 1, "topics": [{"id": "a/b", "share": 0.6, "words": [{"word": "w", "p": 0.1}] * 20},
                                 {"id": "other", "share": 0.4, "words": []}]}  # fmt: skip


def small_table():
    matrix = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    genres = [("rock",), ("rock", "metal"), (), ("folk",), ("folk",), ("rock",)]
    table = VectorTable(matrix, tuple("pqrstu"), NAMES, genres, [8.0, np.nan, 5, 6, 7, 7], [3, 2, 2, 1, 1, 1])
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.3, 0.7], [0.4, 0.6], [0.1, 0.9]])
    topics = TopicProfiles(("a/b", "other"), shares, np.ones(6, np.int64), ("w", "o"))
    return table.with_terms([group_artists("label", [["warp"], ["warp"], [], [], [], []])], topics)


@pytest.fixture(scope="module")
def table():
    return small_table()


@pytest.fixture(scope="module")
def client(table):
    with TestClient(make_app(table, TOPICS), base_url="http://127.0.0.1:1") as opened:
        yield opened


def refusal(response, status):
    """The message and the candidates of an error, which is one line of JSON."""
    assert response.status_code == status, response.text
    said = response.json()
    assert said.keys() == {"error", "candidates"}
    assert "\n" not in said["error"]
    assert len(response.content) < 2000
    return said


def test_answers_are_those_of_the_vectors(client, table):
    found = client.get("/similar", params={"artist": "bjork", "top": 3}).json()
    assert found == table.most_similar("bjork", topn=3).as_json()
    expected = table.most_similar(["Björk", "genre:folk"], ["label:warp"], topn=2, method="3cosmul").as_json()
    question = {"plus": ["Björk", "genre:folk"], "minus": ["label:warp"], "method": "3cosmul", "top": 2}
    assert client.post("/analogy", json=question).json() == expected
    assert client.get("/analogy", params=question).json() == expected


def test_every_answer_says_how_far_to_trust_it_and_few_reviews_can_be_left_out(client, table):
    question = {"plus": ["Low", "genre:folk"], "minus": ["label:warp"], "top": 4, "min_reviews": 2}
    expected = table.most_similar(question["plus"], question["minus"], topn=4, min_reviews=2).as_json()
    found = client.get("/analogy", params=question).json()
    assert found == client.post("/analogy", json=question).json() == expected
    assert found["verdict"]["level"] in ("strong", "fair", "weak")
    assert all(row["n_reviews"] >= 2 for row in found["results"])
    near = client.get("/similar", params={"artist": "Low", "min_reviews": 3}).json()
    assert [row["name"] for row in near["results"]] == ["Björk"]
    nobody = client.get("/similar", params={"artist": "Low", "min_reviews": 4}).json()
    assert (nobody["results"], nobody["verdict"]) == ([], None)
    for wrong in (-1, 10**7, "many"):
        assert "min_reviews" in refusal(client.get(f"/similar?artist=Low&min_reviews={wrong}"), 422)["error"]


def test_the_description_has_every_field_of_an_answer(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def agrees(value, schema):
        schema = next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)
        if isinstance(value, list) and value:
            agrees(value[0], schema["items"])
        elif isinstance(value, dict):
            fields = schemas[schema["$ref"].rsplit("/", 1)[1]]["properties"]
            assert set(value) == set(fields)
            for name, inner in value.items():
                agrees(inner, fields[name])

    found = client.get("/analogy", params={"plus": ["Low", "folk"], "minus": "Björk"}).json()
    for verb, path in (("get", "/similar"), ("get", "/analogy"), ("post", "/analogy")):
        operation = document["paths"][path][verb]
        agrees(found, operation["responses"]["200"]["content"]["application/json"]["schema"])
    page = client.get("/docs").text
    assert "<td>verdict.near_share</td>" in page
    assert "<td>min_reviews</td>" in page


def test_an_artist_is_found_by_any_spelling_even_with_a_slash_or_signs_of_addresses(client):
    assert client.get("/artists/AC%2FDC").json() == {
        "artist_id": "q", "name": "AC/DC", "genres": ["rock", "metal"], "mean_score": None, "n_reviews": 2,
        "has_vector": True,
    }  # fmt: skip
    assert client.get("/artists/ac/dc").json()["artist_id"] == "q"
    assert client.get("/artists/%3F%23%25").json()["artist_id"] == "t"


def test_topics_are_listed_and_shown_with_their_artists(client):
    listed = client.get("/topics").json()
    assert [topic["id"] for topic in listed["topics"]] == ["a/b", "other"]
    assert len(listed["topics"][0]["words"]) == 10
    shown = client.get("/topics/a%2Fb", params={"top": 1}).json()
    assert (shown["round"], len(shown["words"])) == (1, 20)
    assert [row["name"] for row in shown["artists"]] == ["Björk"]
    assert (
        client.get("/topics/OTHER").json() == client.get("/topics/other").json()
    )  # as `topic:OTHER` of a query
    assert "other" in refusal(client.get("/topics/zz"), 404)["candidates"]


def test_a_body_that_is_not_said_to_be_json_is_told_how_to_say_it(client):
    for kind in ("application/x-www-form-urlencoded", "text/plain", ""):
        sent = client.post("/analogy", content='{"plus": ["Low"]}', headers={"content-type": kind})
        assert "with the header Content-Type: application/json" in refusal(sent, 422)["error"]
    kind = "Application/JSON; charset=utf-8"
    assert (
        client.post("/analogy", content='{"plus": ["Low"]}', headers={"content-type": kind}).status_code
        == 200
    )


def test_health_and_the_page_need_nothing_from_elsewhere(client):
    assert client.get("/health").json() | {"version": ""} == {
        "status": "ok", "version": "", "artists": 6, "topics": 2
    }  # fmt: skip
    page = client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page.text)
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/health", "/artists/{name}", "/similar", "/analogy", "/topics", "/topics/{id}"}
    for path in paths:
        assert path in page.text


def test_unknown_and_ambiguous_names_come_with_candidates(client):
    assert "Björk" in refusal(client.get("/similar?artist=bjxrk"), 404)["candidates"]
    assert len(refusal(client.get("/similar?artist=twin"), 409)["candidates"]) == 2
    assert len(refusal(client.get("/artists/twin"), 409)["candidates"]) == 2
    assert refusal(client.get("/similar?artist=label:wrap"), 404)["candidates"] == ["label:warp"]


HOSTILE = ["\x00", "\x1b[31m", "' OR 1=1 --", "../../etc/passwd", "<script>alert(1)</script>", "\u202egnp.exe",
           "𝕏" * 200, "%00", "genre:", "label:" + "x" * 190, "\ud7ff\uffff", "{{7*7}}", "\n\r\nX: y", "  "]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused_in_one_line(client, name):
    for response in (
        client.get("/similar", params={"artist": name}),
        client.post("/analogy", json={"plus": [name]}),
        client.get("/topics/" + urllib.request.quote(name, safe="")),
    ):
        assert response.status_code in (404, 422), response.text
        refusal(response, response.status_code)
        assert response.headers["content-type"] == "application/json"


AS_JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"plus": "rock"}, "body.plus: Input should be a valid list"), ({"plus": [1]}, "body.plus.0: Input should be"),
        ({"plus": [None]}, "body.plus.0: Input"), ({"plus": []}, "body.plus: List should have at least 1"),
        ({}, "body.plus: Field required"), ([], "body: Input"), (3, "body: Input"), (None, "body: Input"),
        ("x", "body: Input"), ({"plus": ["low"], "top": "5"}, "body.top: Input should be a valid integer"),
        ({"plus": ["low"], "top": 0}, "body.top: Input should be greater"),
        ({"plus": ["low"], "top": 1001}, "body.top: Input should be less"),
        ({"plus": ["low"], "top": True}, "body.top: Input should be a valid integer"),
        ({"plus": ["low"], "top": 1e400}, "body.top: Input should be a valid integer"),
        ({"plus": ["low"], "method": "pickle"}, "body.method: Input should be '3cosadd'"),
        ({"plus": ["low"], "more": 1}, "body.more: Extra inputs"),
        ({"plus": ["x" * 201]}, "body.plus.0: String should have at most 200"),
        ({"plus": ["low"] * 101}, "body.plus: List should have at most 100"),
        ({"plus": [""]}, "body.plus.0: String should have at least 1"),
        ({"plus": ["low"] * 60, "minus": ["genre:folk"] * 60}, "at most 100 terms; got 120"),
        ({"plus": ["genre:rock"], "minus": ["genre:rock"]}, "cancel"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)  # fmt: skip
def test_wrong_values_in_a_body_are_named_with_422(client, body, says):
    said = refusal(client.post("/analogy", content=json.dumps(body), headers=AS_JSON), 422)["error"]
    assert says in said


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"plus": [NaN]}', b'{"plus": ["\\ud800"]}', b'"' + b'\\"' * 9000]
)
def test_bodies_that_are_no_json_are_422(client, body):
    assert refusal(client.post("/analogy", content=body, headers=AS_JSON), 422)["error"].startswith("body")


@pytest.mark.parametrize(
    ("query", "says"),
    [("similar", "query.artist: Field required"), ("similar?artist=", "query.artist: String should have at least 1"),
     ("similar?artist=low&top=0", "query.top: Input should be greater"),
     ("similar?artist=low&top=1001", "query.top: Input should be less"),
     ("similar?artist=low&top=x", "query.top: Input should be a valid integer"),
     ("similar?artist=" + "x" * 201, "query.artist: String should have at most 200"),
     ("analogy", "query.plus: Field required"), ("analogy?plus=low&method=x", "query.method: Input should be"),
     ("analogy?" + "&".join(["plus=low"] * 101), "query.plus: List should have at most 100"),
     ("artists/" + "x" * 201, "path.name: String should have at most 200"),
     ("topics/" + "x" * 201, "path.id: String should have at most 200")],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_wrong_values_in_an_address_are_named_with_422(client, query, says):
    assert says in refusal(client.get("/" + query), 422)["error"]


def test_unknown_and_repeated_parameters_of_an_address_are_refused(client):
    said = refusal(client.get("/similar?artist=Low&bogus=1"), 422)["error"]
    assert "query.bogus: no such parameter; artist, top" in said
    assert "given 2 times" in refusal(client.get("/similar?artist=Low&artist=Twin"), 422)["error"]
    assert client.get("/analogy?plus=Low&plus=bjork").status_code == 200


def test_bodies_have_a_limit_told_or_not(client):
    exact = json.dumps({"plus": ["low"]}).encode().ljust(64 * 1024)
    assert client.post("/analogy", content=exact, headers=AS_JSON).status_code == 200
    assert "65,536" in refusal(client.post("/analogy", content=exact + b" ", headers=AS_JSON), 413)["error"]
    pieces = (b" " * 1000 for _ in range(70))  # sent in chunks, without a length
    refusal(client.post("/analogy", content=pieces, headers=AS_JSON), 413)
    for told in ("-1", "65537", "9" * 5000):  # before anything of it is read
        refusal(client.post("/analogy", content=b"{}", headers={"content-length": told}), 413)


def test_deep_json_is_refused_before_it_is_parsed(client):
    for deep in (b"[" * 60_000, b'{"plus":' * 7000, b"[" * 9 + b"]" * 9):
        assert "nested" in refusal(client.post("/analogy", content=deep), 422)["error"]


def test_nesting_counts_brackets_outside_strings_in_one_pass():
    assert nesting(b'{"a": "[[[[", "b": [1, "\\"[{"]}') == 2
    assert nesting(b'"' + b'\\"' * 30_000 + b"\\") == 0
    assert nesting(b"]]][[") == 2


def test_other_paths_verbs_and_hosts_are_refused(client):
    refusal(client.get("/nothing"), 404)
    refusal(client.delete("/analogy"), 405)
    refusal(client.get("/health", headers={"host": "attacker.example"}), 400)
    assert client.get("/health", headers={"host": "[::1]:8000"}).status_code == 200


def test_a_failure_inside_is_told_without_its_reason(monkeypatch, table):
    app = make_app(table, TOPICS)
    monkeypatch.setattr(VectorTable, "most_similar", lambda *_a, **_k: 1 / 0)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as opened:
        said = refusal(opened.get("/similar?artist=low"), 500)
    assert "division" not in said["error"]


def test_slow_queries_end_at_the_time_limit(monkeypatch, table):
    app = make_app(table, TOPICS, limits=Limits(seconds=0.05))
    told = threading.Event()
    monkeypatch.setattr(VectorTable, "most_similar", lambda *_a, **_k: told.wait(60))
    with TestClient(app, base_url="http://localhost") as opened:
        assert "within 0.05 s" in refusal(opened.get("/similar?artist=low"), 504)["error"]
        told.set()


def run_apart(scene):
    """Run a coroutine in a thread of its own: browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(scene())).result()


def test_queries_beyond_those_that_may_wait_are_turned_away_and_the_place_comes_back():
    async def scene():
        desk, refused = Desk(Limits(seconds=0.05, workers=1, waiting=1)), threading.Event()
        with pytest.raises(TimeoutError):
            await desk.compute(lambda: refused.wait(60))
        with pytest.raises(BusyError):  # the first still runs
            await desk.compute(lambda: 1)
        refused.set()
        desk.pool.shutdown(wait=True)  # the place comes back in the next turn of the loop
        await asyncio.sleep(0)
        return desk.waiting

    assert run_apart(scene) == 0


def test_a_body_that_never_ends_is_given_up():
    async def scene():
        sent = []
        app = make_app(small_table(), TOPICS, limits=Limits(seconds=0.05))
        scope = {"type": "http", "method": "POST", "path": "/analogy", "headers": [(b"host", b"localhost")]}

        async def receive():
            await asyncio.sleep(3600)

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)
        return sent[0]["status"]

    assert run_apart(scene) == 408


def test_a_missing_package_is_one_line_with_the_remedy(monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bandscape\[serve\]'"):
        command.check_extra()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("me.lan", False),
    ],
)
def test_only_addresses_of_this_machine_are_local(host, local):
    assert command.is_loopback(host) is local


def test_other_machines_are_let_in_only_if_said_so_and_a_port_in_use_is_one_line(demo_workspace):
    answer = apart("serve", demo_workspace, "--host", "0.0.0.0")
    assert answer.code == 2
    assert "--public" in answer.error
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = apart("serve", demo_workspace, "--port", taken.getsockname()[1])
    assert answer.code == 1
    assert "--port" in answer.error


def test_the_real_service_answers_and_ends_on_ctrl_c(demo_workspace):
    words = [sys.executable, "-m", "bandscape", "serve", str(demo_workspace), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as service:
        try:
            url = re.search(r"http://127\.0\.0\.1:\d+", service.stdout.readline())[0]
            with urllib.request.urlopen(f"{url}/similar?artist=genre:rock&top=3", timeout=300) as answer:
                found = json.load(answer)
            with urllib.request.urlopen(f"{url}/topics", timeout=300) as answer:
                n_topics = len(json.load(answer)["topics"])
        finally:
            service.send_signal(signal.SIGINT)
            out, err = service.communicate(timeout=300)
    assert found == bandscape("artists", "similar", demo_workspace, "genre:rock", "--top", 3, "--json").json
    assert n_topics == len(bandscape("topics", "show", demo_workspace, "--json").json["topics"])
    assert (service.returncode, err) == (0, "")
    assert "service ended" in out
