"""Wrong use and bad sources end in one clear line, exit code 1 or 2, and no half-written workspace."""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from .conftest import bandscape


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def sqlite_bytes(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [("x" * 500,)] * 100)
    return path.read_bytes()


BAD_SOURCES = {
    "missing.csv": None,
    "empty.csv": b"",
    "cut.sqlite": lambda folder: sqlite_bytes(folder / "whole.db")[:5000],
    "no_tables.sqlite": lambda folder: sqlite_bytes(folder / "whole2.db"),
    "cut.parquet": b"PAR1" + b"\0" * 100,
    "cut.csv.xz": lzma.compress(b"artist,score\ncoil,7\n" * 500)[:40],
    "random.bin": bytes(range(256)) * 20,
    "no_columns.csv": b"a,b\n1,2\n3,4\n",
    "broken.jsonl": b'{"artist": "coil"\n{"artist"',
    "empty.zip": b"PK\x05\x06" + b"\0" * 18,
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_a_bad_source_is_one_line_and_leaves_nothing(tmp_path, name):
    content = BAD_SOURCES[name]
    source = tmp_path / name
    if content is not None:
        write(source, content(tmp_path) if callable(content) else content)
    answer = bandscape("run", source, "--out", tmp_path / "ws")
    assert answer.code in (1, 2)
    assert name in answer.error
    assert "bug" not in answer.error
    assert not (tmp_path / "ws").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nonsense"], 2, "nonsense"),
        (["run"], 2, "source"),
        (["simulate", "--reviews", "0", "--out", "x"], 2, "reviews"),
        (["fetch", "films"], 2, "pitchfork"),
        (["info", "nowhere"], 1, "not a workspace"),
        (["topics", "show", "nowhere"], 1, "not a workspace"),
        (["topics", "fit", "nowhere", "--topics", "3"], 1, "not a workspace"),
        (["artists", "similar", "nowhere", "coil"], 1, "not a workspace"),
        (["map", "nowhere", "--out", "m.html"], 1, "not a workspace"),
    ],
)
def test_wrong_use_says_what_is_wrong(tmp_path, monkeypatch, words, code, says):
    monkeypatch.chdir(tmp_path)
    answer = bandscape(*words)
    assert answer.code == code, answer.err
    assert says in answer.err.lower()
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []


def test_steps_that_need_another_first_say_which(tmp_path):
    source = write(tmp_path / "r.csv", "artist,score,genre\n" + "coil,7,rock\nblur,8,rock\n" * 3)
    assert bandscape("import", source, "--out", tmp_path / "ws").code == 0
    assert "topics fit" in bandscape("topics", "show", tmp_path / "ws").error
    assert "artists fit" in bandscape("artists", "similar", tmp_path / "ws", "coil").error
    assert "artists fit" in bandscape("map", tmp_path / "ws", "--out", tmp_path / "m.html").error
    assert "no review has a text" in bandscape("topics", "fit", tmp_path / "ws").error


def test_reviews_without_text_still_give_artists_and_a_map(tmp_path):
    rows = "".join(f"artist {i},{i % 10},{'rock' if i % 2 else 'jazz'}\n" for i in range(40))
    source = write(tmp_path / "r.csv", "artist,score,genre\n" + rows)
    answer = bandscape("run", source, "--out", tmp_path / "ws")
    assert answer.code == 0, answer.err
    assert "no review has a text" in answer.err
    assert (tmp_path / "ws" / "maps" / "map.html").exists()


def test_one_artist_alone_is_no_crash(tmp_path):
    source = write(
        tmp_path / "r.csv", "artist,score,genre,review\ncoil,7,rock,a loud and lovely record of noise\n"
    )
    answer = bandscape("run", source, "--out", tmp_path / "ws")
    assert answer.code == 0, answer.err
    assert "fewer than two artists" in answer.err


def test_more_topics_than_words_is_refused_in_one_line(tmp_path):
    texts = ("coil,7,drone organ feedback", "blur,8,guitar chorus feedback", "low,9,drone chorus")
    rows = "".join(f"{at}{number},{text}\n" for at in "abcde" for number, text in enumerate(texts))
    source = write(tmp_path / "r.csv", "id,artist,score,review\n" + rows)
    assert bandscape("import", source, "--out", tmp_path / "ws").code == 0
    answer = bandscape("topics", "fit", tmp_path / "ws", "--topics", 5000)
    assert answer.code in (1, 2)
    assert "5000" in answer.error


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ('[{"id": "a"', "JSON"),
        ('[{"id": "a", "proportion": 1}, {"id": "a", "proportion": 1}]', "a"),
        ('[{"id": "a", "proportion": -1}]', "proportion"),
        ('[{"id": "a", "proportion": 1, "keyword": ["x"]}]', "keyword"),
        ("[]", "topic"),
    ],
)
def test_a_bad_topic_config_names_the_field(workspace, tmp_path, config, says):
    path = write(tmp_path / "topics.json", config)
    answer = bandscape("topics", "fit", workspace, "--config", path)
    assert answer.code in (1, 2)
    assert says in answer.error


def test_a_workspace_that_is_being_written_is_refused(workspace):
    from bandscape.core import Workspace

    with Workspace(workspace).writing():
        answer = bandscape("artists", "fit", workspace, "--seed", 9)
    assert answer.code == 1
    assert "another process" in answer.error


def test_rejects_are_kept_and_counted(tmp_path):
    rows = "artist,score,review\ncoil,7,good\nblur,eleven,bad score\nlow,99,out of range\n"
    answer = bandscape("import", write(tmp_path / "r.csv", rows), "--out", tmp_path / "ws")
    assert answer.code == 0
    assert "2 rejects" in answer.out
    import pyarrow.parquet as pq

    rejects = pq.read_table(tmp_path / "ws" / "corpus" / "rejects.parquet").to_pylist()
    assert {(row["column"], row["value"]) for row in rejects} == {("score", "eleven"), ("score", "99")}


def test_terminal_escapes_in_names_are_not_printed(tmp_path):
    rows = "artist,score,genre\n" + "".join(f"\x1b[31mred\u202e{i},{i % 10},rock\n" for i in range(12))
    source = write(tmp_path / "r.csv", rows)
    assert bandscape("run", source, "--out", tmp_path / "ws").code == 0
    answer = bandscape("artists", "similar", tmp_path / "ws", "\x1b[31mred\u202e1")
    assert answer.code == 0, answer.err
    assert answer.out.count("[31mred") >= 10
    assert not {"\x1b", "\u202e"} & set(answer.out + answer.err)


def test_a_workspace_whose_name_is_no_utf8_is_refused_in_one_line(tmp_path):
    (tmp_path / "mine.csv").write_text(
        "artist,title,review\ncoil,scatology,dark and slow\n", encoding="utf-8"
    )
    answer = bandscape("import", tmp_path / "mine.csv", "--out", os.fsdecode(bytes(tmp_path) + b"/\xe4"))
    assert answer.code == 1
    assert "a name that is not UTF-8" in answer.error
    assert "bug" not in answer.error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_terminal_without_the_letters_gets_the_rest_and_json_whole(tmp_path):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    (tmp_path / "mine.csv").write_text("artist,title,review\nSigur R\u00f3s,von,dark\n", encoding="utf-8")
    bandscape("import", tmp_path / "mine.csv", "--out", tmp_path / "ws")
    command = [sys.executable, "-m", "bandscape", "artists", "list", str(tmp_path / "ws")]
    shown, data = (
        subprocess.run(
            [*command, *option], env=ascii_only, capture_output=True, timeout=300, check=True
        ).stdout
        for option in ([], ["--json"])
    )
    assert b"Sigur R?s" in shown
    assert json.loads(data)["artists"][0]["name"] == "Sigur R\u00f3s"


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(tmp_path, closed):
    (tmp_path / "mine.csv").write_text(
        "artist,title,review\ncoil,scatology,dark and slow\n", encoding="utf-8"
    )
    shell = f"cd {tmp_path} && exec {sys.executable} -m bandscape import mine.csv --out ws {closed}"
    done = subprocess.run(["sh", "-c", shell], env=os.environ, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert bandscape("info", tmp_path / "ws").code == 0
