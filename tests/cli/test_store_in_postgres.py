"""`bandscape store` and `bandscape serve --store` on PostgreSQL, from the command line."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import apart, bandscape

pytest.importorskip("psycopg")


@pytest.fixture(scope="module")
def copied(demo_workspace, postgres_server, tmp_path_factory):
    """A workspace whose store was copied to PostgreSQL, by the address in the environment."""
    root = shutil.copytree(demo_workspace, tmp_path_factory.mktemp("store") / "ws")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANDSCAPE_STORE_URL", postgres_server.address())
        answer = bandscape("store", "build", root, "--to", "postgresql://", "--schema", "cli")
        assert answer.code == 0, answer.err
        assert "copied to postgresql://127.0.0.1" in answer.out
        assert postgres_server.password not in answer.out + answer.err
        yield root


def same(*words, root):
    """The JSON that a command prints of the workspace's files, which must be that of PostgreSQL."""
    verb, *rest = words
    of_files = bandscape("store", verb, root, *rest, "--json").json
    of_server = bandscape("store", verb, "postgresql://", *rest, "--schema", "cli", "--json").json
    if verb == "get":
        return of_files, of_server
    for one in (of_files, of_server):
        for row in one["results"]:
            row["cosine"] = round(row["cosine"], 5)
    return of_files, of_server


def test_questions_are_answered_as_from_the_files(copied):
    ids = pq.read_table(copied / "corpus" / "artists.parquet")["artist_id"].to_pylist()
    for words in (("get", ids[3]), ("similar", ids[3]), ("similar", ids[4], "--score", "0,10", "--top", "5")):
        of_files, of_server = same(*words, root=copied)
        assert of_files == of_server
    asked = f"{ids[3]} - {ids[5]} + {ids[6]}"
    of_files, of_server = (
        bandscape("store", "analogy", place, asked, "--schema", "cli") for place in (copied, "postgresql://")
    )
    assert of_files.out == of_server.out
    assert "trust: " in of_files.out
    tight = bandscape("store", "analogy", copied, f"{ids[3]}+{ids[5]}")
    assert tight.error.endswith(f"a sign counts with spaces around it: '{ids[3]} + {ids[5]}'")
    unknown = [
        bandscape("store", "get", place, "no such artist", "--schema", "cli")
        for place in (copied, "postgresql://")
    ]
    assert unknown[0].error == unknown[1].error
    assert [one.code for one in unknown] == [1, 1]


def test_artists_are_put_in_and_taken_away_in_both(copied, tmp_path):
    found = bandscape("store", "similar", copied, pq.read_table(copied / "corpus" / "artists.parquet")["artist_id"][0],
                      "--top", 1, "--json").json["results"][0]  # fmt: skip
    vector = bandscape("store", "get", copied, found["artist_id"], "--json").json["vector"]
    table = pa.table({"artist_id": ["new-1"], "name": ["Somebody New"], "genres": [["rock"]],
                      "vector": pa.array([vector], pa.list_(pa.float32())), "years": [[1999]]})  # fmt: skip
    pq.write_table(table, tmp_path / "new.parquet")
    n_before = len(pq.read_table(copied / "corpus" / "artists.parquet"))
    for place in (copied, "postgresql://"):
        answer = bandscape("store", "put", place, tmp_path / "new.parquet", "--schema", "cli")
        assert answer.code == 0, answer.err
        assert f"{n_before + 1:,} in" in answer.out
    of_files, of_server = same("similar", "somebody new", root=copied)
    assert of_files == of_server
    assert of_files["results"][0]["artist_id"] == found["artist_id"]
    assert "unchanged" in bandscape("store", "put", copied, tmp_path / "new.parquet").out
    for place in (copied, "postgresql://"):
        assert bandscape("store", "remove", place, "new-1", "--schema", "cli").code == 0
        again = bandscape("store", "remove", place, "new-2", "--schema", "cli")
        assert (again.code, "new-2" in again.error) == (1, True)
    assert bandscape("store", "get", copied, "somebody new").code == 1


def test_changes_of_a_store_that_was_built_anew_are_left_out_with_a_word(copied, tmp_path):
    root = shutil.copytree(copied, tmp_path / "ws")
    some = pq.read_table(root / "corpus" / "artists.parquet")["artist_id"][0].as_py()
    assert bandscape("store", "remove", root, some).code == 0
    assert bandscape("store", "get", root, some).code == 1
    assert bandscape("store", "build", root, "--neighbors", 7).code == 0
    answer = bandscape("store", "get", root, some)
    assert answer.code == 0
    assert "change it again" in answer.err


FILES = {
    "no column 'vector'": {"artist_id": ["a"], "name": ["b"]},
    "must be text": {"artist_id": [1], "name": ["b"], "vector": [[1.0]]},
    "one length": {"artist_id": ["a", "c"], "name": ["b", "d"], "vector": [[1.0], [1.0, 2.0]]},
    "finite": {"artist_id": ["a"], "name": ["b"], "vector": [[float("nan")]]},
    "lists of numbers": {"artist_id": ["a"], "name": ["b"], "vector": ["x"]},
    "unique": {"artist_id": ["a", "a"], "name": ["b", "b"], "vector": [[1.0], [1.0]]},
    "numbers, as those of the store": {"artist_id": ["a"], "name": ["b"], "vector": [[1.0]]},
    "column years": {"artist_id": ["a"], "name": ["b"], "vector": [[1.0]], "years": ["x"]},
    "holds no artists": {"artist_id": pa.array([], pa.string()), "name": pa.array([], pa.string()),
                         "vector": pa.array([], pa.list_(pa.float32()))},
}  # fmt: skip


@pytest.mark.parametrize("said", FILES)
def test_files_that_cannot_be_put_are_one_line(said, copied, tmp_path, run):
    pq.write_table(pa.table(FILES[said]), tmp_path / "bad.parquet")
    before = sorted(path.name for path in copied.rglob("*") if path.is_file())
    for place in (copied, "postgresql://"):
        answer = run(
            "store",
            "put",
            place,
            tmp_path / "bad.parquet",
            "--schema",
            "cli",
            code=2 if "as those" in said else 1,
        )
        assert said in answer.error
    assert sorted(path.name for path in copied.rglob("*") if path.is_file()) == before


def test_passwords_in_commands_are_warned_of_and_never_logged(copied, postgres_server, tmp_path):
    address, log = postgres_server.address(), tmp_path / "log.jsonl"
    for words in (
        ("store", "build", copied, "--to", address, "--schema", "logged"),
        ("store", "similar", address, "no such artist", "--schema", "logged"),
        ("store", "get", address.replace("127.0.0.1", "127.0.0.1:1,"), "x"),
        ("store", "get", address.replace("postgres:", "nobody:"), "x"),
    ):
        answer = apart("--log-json", log, *words)
        assert postgres_server.password not in answer.out + answer.err
    assert "can be seen by others" in apart("store", "get", address, "x", "--schema", "logged").err
    assert postgres_server.password not in log.read_text()
    assert "127.0.0.1" in log.read_text()
    kept = [
        path
        for path in copied.rglob("*")
        if path.is_file() and postgres_server.password.encode() in path.read_bytes()
    ]
    assert kept == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve",), "--store"),
        (("serve", "WS", "--store", "postgresql://"), "--store"),
        (("store", "build", "WS", "--to", "mysql://h/d"), "postgresql://"),
        (("store", "build", "WS", "--to", "postgresql://", "--index", "tree"), "auto, ivf, hnsw, exact"),
        (("store", "get", "postgresql://", "x", "--schema", ""), "schema"),
    ],
)
def test_wrong_use_is_one_line(words, said, copied, run):
    assert said in run(*(copied if word == "WS" else word for word in words), code=2).error


def test_the_real_service_answers_from_postgresql_and_outlives_its_server(copied, postgres_server):
    words = [
        sys.executable,
        "-m",
        "bandscape",
        "serve",
        "--store",
        "postgresql://",
        "--schema",
        "cli",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as service:
        try:
            url = re.search(r"http://127\.0\.0\.1:\d+", service.stdout.readline())[0]
            some = pq.read_table(copied / "corpus" / "artists.parquet")["artist_id"][5].as_py()

            def ask():
                with urllib.request.urlopen(f"{url}/similar?artist={some}&top=3", timeout=300) as answer:
                    return json.load(answer)

            found = ask()
            postgres_server.stop()
            with pytest.raises(urllib.error.HTTPError) as caught:
                ask()
            with caught.value:
                refused = json.load(caught.value)
            postgres_server.start()
            again = ask()
        finally:
            if not (postgres_server.folder / "data" / "postmaster.pid").exists():
                postgres_server.start()
            service.send_signal(signal.SIGINT)
            out, err = service.communicate(timeout=300)
    expected = bandscape("store", "similar", copied, some, "--top", 3, "--json").json["results"]
    assert [row["artist_id"] for row in found["results"]] == [row["artist_id"] for row in expected]
    assert (caught.value.code, again) == (503, found)
    assert refused["error"] == "the store does not answer; ask again later"
    assert service.returncode == 0, err
    assert "service ended" in out
