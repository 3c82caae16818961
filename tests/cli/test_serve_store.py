"""The HTTP service over a store: the same answers from Arrow files and from PostgreSQL."""

import warnings

import numpy as np
import pytest

pytest.importorskip("fastapi")

from bandscape.cli.serving.limits import Limits
from bandscape.cli.serving.store_app import make_store_app
from bandscape.core.errors import StoreError, StoreTimeoutError
from bandscape.embeddings import ArrowStore, PostgresStore, VectorTable, build_store, copy_to_postgres
from bandscape.embeddings.stores.arrow_files import FILES

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Using `httpx`")
    from fastapi.testclient import TestClient

NAMES = ["Björk", "AC/DC", "Twin", "TWIN", "?#%", "Low", *(f"band {row}" for row in range(54))]


def small_table():
    matrix = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    matrix[9] = 0
    genres = [("rock",) if row % 2 else ("folk", "jazz") for row in range(60)]
    score = [np.nan if row == 4 else row / 6 for row in range(60)]
    return VectorTable(matrix, [f"id-{row}" for row in range(60)], NAMES, genres, score, range(60))


@pytest.fixture(scope="module")
def table():
    return small_table()


@pytest.fixture(scope="module", params=["arrow", "postgres"])
def client(request, table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    table.save(folder / FILES[0])
    build_store(table, folder, years=[[1990 + row % 10] for row in range(60)], k=10)
    store = ArrowStore(folder)
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        copy_to_postgres(store, server.address(), schema="served")
        store = PostgresStore(server.address(), schema="served")
    with TestClient(make_store_app(store), base_url="http://127.0.0.1:1") as opened:
        yield opened
    if request.param == "postgres":
        store.close()


def refusal(response, status):
    assert response.status_code == status, response.text
    said = response.json()
    assert said.keys() == {"error", "candidates"}
    assert "\n" not in said["error"]
    return said


def ids(response):
    assert response.status_code == 200, response.text
    return [row["artist_id"] for row in response.json()["results"]]


def test_neighbors_and_sums_are_those_of_the_table(client, table):
    assert ids(client.get("/similar?artist=bjork&top=5")) == [
        a.artist_id for a in table.most_similar("bjork", topn=5)
    ]
    expected = [a.artist_id for a in table.most_similar(["low", "id-2"], ["band 7"], topn=4)]
    question = {"plus": ["low", "id-2"], "minus": ["band 7"], "top": 4}
    assert ids(client.post("/analogy", json=question)) == expected
    found = client.get("/analogy", params=question)
    assert ids(found) == expected
    assert found.json()["query"]["plus"] == ["Low", "Twin"]
    assert found.json()["query"]["minus"] == ["band 7"]


@pytest.mark.parametrize(
    ("plus", "minus"),
    [(["low"], []), (["low", "id-2"], []), (["low", "id-2"], ["band 7"]), (["id-5"], ["id-8"])],
)
def test_the_answer_is_that_of_the_table_with_its_verdict_and_ranks(client, table, plus, minus):
    found = client.get("/analogy", params={"plus": plus, "minus": minus, "top": 12}).json()
    expected = table.most_similar(plus, minus, topn=12).as_json()
    for one in (found, expected):
        for term in one["query"]["terms"]:
            term.pop("text")
        for row in one["results"]:
            for name in ("cosine", "score", "gap"):
                row[name] = None if row[name] is None else round(row[name], 5)
            row["mean_score"] = row["mean_score"] and round(row["mean_score"], 2)
    assert found == expected


def test_what_a_filter_leaves_has_no_verdict(client):
    assert client.get("/similar?artist=low&genre=rock").json()["verdict"] is None
    assert client.get("/similar?artist=low").json()["verdict"]["level"] in ("strong", "fair", "weak")


def test_filters_are_applied(client, table):
    asked = {
        "artist": "low",
        "top": 60,
        "genre": "rock",
        "score_from": 2,
        "score_to": 8,
        "year_from": 1993,
        "year_to": 1996,
    }
    rows = [
        row for row in range(60) if row % 2 and 2 <= row / 6 <= 8 and 3 <= row % 10 <= 6 and row not in (5, 9)
    ]
    expected = sorted(rows, key=lambda row: -float(table.matrix[row] @ table.matrix[5]))
    assert ids(client.get("/similar", params=asked)) == [f"id-{row}" for row in expected]
    assert ids(client.get("/similar?artist=low&genre=none")) == []
    assert len(ids(client.get("/similar?artist=low&top=1000"))) == 58


def test_artists_health_and_page(client):
    assert client.get("/artists/ac/dc").json() == {
        "artist_id": "id-1", "name": "AC/DC", "genres": ["rock"], "mean_score": 0.167, "n_reviews": 1,
        "has_vector": True,
    }  # fmt: skip
    assert client.get("/artists/band 3").json()["has_vector"] is False
    assert client.get("/artists/%3F%23%25").json()["artist_id"] == "id-4"
    assert client.get("/health").json() | {"version": ""} == {"status": "ok", "version": "", "artists": 60}
    page = client.get("/docs").text
    for said in ("/similar", "score_from", "number, 0 to 10", "year_to", "whole number, -9999 to 9999"):
        assert said in page


def test_refusals(client):
    assert len(refusal(client.get("/similar?artist=tWiN"), 409)["candidates"]) == 2
    assert refusal(client.get("/similar?artist=band 4x"), 404)["candidates"][0] == "band 49"
    assert "no vector" in refusal(client.get("/similar?artist=band 3"), 422)["error"]
    assert "cancels" in refusal(client.get("/analogy?plus=low&minus=low"), 422)["error"]
    queries = [
        "similar", "similar?artist=low&top=0", "similar?artist=low&score_from=11", "similar?artist=low&year_to=x",
        "similar?artist=low&genre=" + "x" * 201, "analogy?" + "&".join(["plus=low"] * 101),
    ]  # fmt: skip
    for query in queries:
        refusal(client.get("/" + query), 422)
    refusal(client.post("/analogy", json={"plus": ["low"], "method": "3cosmul"}), 422)
    refusal(client.get("/topics"), 404)


@pytest.mark.parametrize("name", ["\x00", "' OR 1=1 --", "%s", "\x1b[31m", "𝕏" * 200, "{artists}", "\\"])
def test_hostile_names_are_refused_in_one_line(client, name):
    refusal(client.get("/similar", params={"artist": name}), 404)
    found = client.get("/similar", params={"artist": "low", "genre": name})
    assert ids(found) == []


@pytest.mark.parametrize(
    ("error", "status"), [(StoreError("secret place"), 503), (StoreTimeoutError("secret"), 504)]
)
def test_a_store_that_does_not_answer_is_told_without_its_address(error, status):
    class Away:
        def get(self, _name):
            raise error

    with TestClient(make_store_app(Away(), limits=Limits()), base_url="http://localhost") as opened:
        assert "secret" not in refusal(opened.get("/artists/x"), status)["error"]
