"""Labels of sounds learnt, similar sounds, and artists joined by what was learnt, from the command line."""

import contextlib
import csv
import io
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from bandscape.cli.main import _run
from bandscape.core import ParameterError
from bandscape.embeddings.audio import read_foreign_vectors

RATE = 8000
SMALL = ["--rate", RATE, "--mels", 16, "--dims", 8]


def tone(high, seed, seconds=0.3):
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    hz = (2000 if high else 500) * rng.uniform(0.85, 1.15)
    return 0.3 * np.sin(2 * np.pi * hz * t) * np.hanning(len(t))


def run_json(*words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert _run([str(word) for word in words], debug=False) == 0
    return json.loads(said.getvalue())


@pytest.fixture
def refused(capsys):
    """Run a command that must fail; return its one line of error."""

    def refused(*words):
        capsys.readouterr()
        assert _run([str(word) for word in words], debug=False) in (1, 2)
        lines = [line for line in capsys.readouterr().err.splitlines() if line.lower().startswith("error:")]
        assert len(lines) == 1
        return lines[0]

    return refused


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("labelled") / "sounds"
    root.mkdir()
    rows = []
    for at in range(80):
        path = root / "abcd"[at % 4] / f"{at:02d}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, tone(at // 4 % 2, at), RATE)
        rows.append([f"{'abcd'[at % 4]}/{at:02d}.wav", "abcd"[at % 4], "high" if at // 4 % 2 else "low",
                     "" if at == 7 else f"{at // 4 % 2 + 0.25 * (at % 3):.2f}"])  # fmt: skip
    (root / "bad.wav").write_bytes(b"no sound")
    with (root.parent / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["path", "player", "height", "score"], *rows, ["gone.wav", "a", "low", "1"]]
        )
    return root


@pytest.fixture(scope="module")
def learnt(folder):
    out = folder.parent / "learnt"
    facts = run_json(
        "audio", "content", folder, "--labels", folder.parent / "labels.csv", "--out", out, *SMALL,
        "--iterations", 120, "--held-out", "player=c,d", "--threads", 1, "--json",
    )  # fmt: skip
    return facts, out


def test_it_says_what_was_learnt_and_what_it_is_worth_beside_mfccs(learnt):
    facts, out = learnt
    assert (facts["sounds"], facts["learnt_from"], facts["unseen"]) == (80, 40, 40)
    assert (facts["quarantined"], facts["unmatched_labels"]) == (1, 1)
    assert facts["kinds"] == {"player": "class", "height": "class", "score": "number"}
    assert facts["without_label"] == {"player": 0, "height": 0, "score": 1}
    quality = {row["label"]: row for row in facts["quality"]}
    height = quality["height"]["content"]
    assert height["probe"]["value"] > 0.9
    assert height["probe"]["how"] == "learnt"
    assert height["map"]["value"] > 0.8 > 0.6 > height["map"]["chance"]
    assert quality["player"]["content"]["probe"]["how"] == "within"  # other players than were learnt
    assert abs(quality["player"]["content"]["probe"]["value"] - 0.5) < 0.35  # players sound alike
    assert quality["score"]["content"]["probe"]["value"] > 0.5
    assert set(quality["score"]["mfcc"]) == {"probe"}
    assert json.loads((out / "figures.json").read_text())["sounds"] == 80
    assert not (out / ".cache" / "training.safetensors").exists()


def test_the_vectors_are_a_plug_in_for_join(learnt):
    _, out = learnt
    ids, vectors, about = read_foreign_vectors(out / "content.parquet")
    assert (len(ids), vectors.shape) == (80, (80, 8))
    assert about["model"] == "bandscape content network"
    assert about["sample_rate_hz"] == RATE
    assert pq.read_table(out / "tracks.parquet")["unseen"].to_pylist().count(True) == 40


def test_the_same_again_learns_nothing(learnt, folder, run, monkeypatch):
    from bandscape.embeddings.audio.content.network import ContentNetwork

    _, out = learnt
    monkeypatch.setattr(ContentNetwork, "fit", lambda *_, **__: pytest.fail("learnt again"))
    words = ["--labels", folder.parent / "labels.csv", "--out", out, *SMALL, "--iterations", 120]
    again = run("audio", "content", folder, *words, "--held-out", "player=c,d", "--threads", 1)
    assert again.code == 0
    assert "linear probe within" in again.out
    assert "bad.wav" in again.err
    assert "1 path of" in again.err
    assert "1 sound without score" in again.err


def test_a_damaged_model_is_said_and_learnt_again(learnt, folder, run, tmp_path, monkeypatch, caplog):
    from bandscape.embeddings.audio.content.network import ContentNetwork

    def fit(*_words, **_options):
        raise ParameterError("begins anew")

    monkeypatch.setattr(ContentNetwork, "fit", fit)
    out = shutil.copytree(learnt[1], tmp_path / "out")
    (out / "model" / "arrays.safetensors").write_bytes(b"half")
    words = ["--labels", folder.parent / "labels.csv", "--out", out, *SMALL, "--iterations", 120]
    said = run("audio", "content", folder, *words, "--held-out", "player=c,d", "--threads", 1, code=2)
    assert "begins anew" in said.err
    assert caplog.text.count("it is learnt again") == 1


def test_similar_sounds_are_answered_from_the_store_and_for_a_new_file(
    learnt, folder, run, refused, tmp_path
):
    _, out = learnt
    stored = run("audio", "similar", out, "c/06.wav", "--top", 5, "--json").json
    assert stored["query"] == "c/06.wav"
    assert [row["rank"] for row in stored["results"]] == [1, 2, 3, 4, 5]
    highs = [int(row["sound"][2:4]) // 4 % 2 for row in stored["results"]]
    assert sum(highs) >= 4
    soundfile.write(tmp_path / "new.wav", tone(1, 999), RATE)
    found = run("audio", "similar", out, tmp_path / "new.wav", "--top", 5, "--json").json
    assert sum(int(row["sound"][2:4]) // 4 % 2 for row in found["results"]) >= 4
    shown = run("audio", "similar", out, "06")
    assert "nearest to c/06.wav" in shown.out
    assert "unknown name" in refused("audio", "similar", out, "nothing")
    assert "holds no store of sounds" in refused("audio", "similar", tmp_path, "06")
    assert "--top must be within 1 to 50" in refused("audio", "similar", out, "06", "--top", 99)


def test_stored_answers_are_those_of_the_vectors(learnt, run):
    _, out = learnt
    ids, vectors, _ = read_foreign_vectors(out / "content.parquet")
    centered = vectors - vectors.mean(axis=0)
    units = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    at = ids.index("a/00.wav")
    nearness = units @ units[at]
    nearness[at] = -2
    rows = run("audio", "similar", out, "a/00.wav", "--top", 3, "--json").json["results"]
    np.testing.assert_allclose([row["cosine"] for row in rows], np.sort(nearness)[::-1][:3], atol=2e-4)
    for row in rows:
        assert abs(nearness[ids.index(row["sound"])] - row["cosine"]) < 2e-4


def test_a_model_is_applied_to_other_sounds(learnt, run, refused, tmp_path):
    _, out = learnt
    for at in range(4):
        (tmp_path / "more").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "more" / f"{at}.wav", tone(at % 2, 500 + at), RATE)
    facts = run("audio", "content", tmp_path / "more", "--model", out, "--out", tmp_path / "o", "--json").json
    assert (facts["sounds"], facts["dims"]) == (4, 8)
    said = pq.read_table(tmp_path / "o" / "said.parquet").to_pydict()
    assert said["height"] == ["low", "high", "low", "high"]
    assert (
        run("audio", "similar", tmp_path / "o", "3", "--top", 1, "--json").json["results"][0]["sound"]
        == "1.wav"
    )
    same = refused("audio", "content", tmp_path / "more", "--model", out, "--out", out)
    assert "must be another folder than --model" in same


def test_ctrl_c_keeps_what_was_learnt_and_the_same_command_goes_on(folder, tmp_path, monkeypatch):
    from bandscape.embeddings.audio.content.layers import ContentTrainer

    words = ["audio", "content", folder, "--labels", folder.parent / "labels.csv", "--columns", "height", *SMALL,
             "--iterations", 6, "--threads", 1, "--json"]  # fmt: skip
    whole = run_json(*words, "--out", tmp_path / "whole")
    plain, steps = ContentTrainer.step, []

    def stopping(self, *parts):
        steps.append(1)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return plain(self, *parts)

    monkeypatch.setattr(ContentTrainer, "step", stopping)
    assert _run([*map(str, words), "--out", str(tmp_path / "cut")], debug=False) not in (0, None)
    assert (tmp_path / "cut" / ".cache" / "training.safetensors").exists()
    assert not (tmp_path / "cut" / "model").exists()
    again = run_json(*words, "--out", tmp_path / "cut")
    assert len(steps) == 4 + 3  # three were kept
    assert again["quality"] == whole["quality"]
    one, two = (read_foreign_vectors(tmp_path / name / "content.parquet")[1] for name in ("whole", "cut"))
    np.testing.assert_array_equal(one, two)


def test_bad_labels_end_in_one_line_and_write_nothing(folder, refused, tmp_path):
    def said(text, *more):
        (tmp_path / "l.csv").write_text(text)
        words = ["--labels", tmp_path / "l.csv", "--out", tmp_path / "o", *SMALL]
        answer = refused("audio", "content", folder, *words, *more)
        assert not (tmp_path / "o" / "model").exists()
        return answer

    good = "path,x,y\n" + "".join(f"{'abcd'[at % 4]}/{at:02d}.wav,{at % 2},{at % 4}\n" for at in range(80))
    assert "column 'x' has paths that name none of the 81 sounds" in said("path,x\nq.wav,1\n")
    assert "column 'x' is empty" in said("path,x\na/00.wav,\n")
    assert "x: at least two different values are needed; all sounds have '1'" in said(
        good.replace(",0,", ",1,")
    )
    assert "needs a column of paths" in said("song,x\na,1\n")
    assert "needs a column of paths" in said("path\na/00.wav\n")
    assert (
        "no such file"
        in refused(
            "audio", "content", folder, "--labels", tmp_path / "none.csv", "--out", tmp_path / "o"
        ).lower()
    )
    assert "has no column 'z'; has x, y" in said(good, "--columns", "z")
    assert "has no column 'z'" in said(good, "--disjoint", "z")
    assert "no sound has y '9'" in said(good, "--held-out", "y=9")
    assert "--held-out must be COLUMN=VALUE,VALUE" in said(good, "--held-out", "y")
    assert "give one of them" in said(good, "--held-out", "y=1", "--disjoint", "y")
    assert "--kind must be COLUMN=class" in said(good, "--kind", "x=vector")
    assert "pooling must be one of mean, rnn" in said(good, "--pooling", "max")
    assert "x is a label and an input" in said(good, "--columns", "x,y", "--inputs", "x")
    assert "--out must name a folder" in refused("audio", "content", folder, "--labels", tmp_path / "l.csv")
    neither = refused("audio", "content", folder, "--out", tmp_path / "o")
    assert "give --labels CSV to learn, or --model FOLDER" in neither
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    answer = refused("audio", "content", folder, "--labels", tmp_path / "l.csv", "--out", tmp_path / "full")
    assert "holds other things" in answer


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    """Hold a small workspace with sounds of its artists and vectors; do not write to it."""
    root = tmp_path_factory.mktemp("press") / "ws"
    words = ["--reviews", 200, "--artists", 40, "--seed", 3, "--audio", "--out", root]
    with contextlib.redirect_stdout(io.StringIO()):
        assert _run(["simulate", *map(str, words)], debug=False) == 0
        assert _run(["artists", "fit", str(root), "--dim", "8"], debug=False) == 0
    return root


def test_a_workspace_labels_its_sounds_and_its_artists_get_what_was_learnt(press, tmp_path, run, refused):
    workspace = shutil.copytree(press, tmp_path / "ws")
    facts = run_json(
        "audio", "content", workspace / "audio", "--labels", workspace, "--out", tmp_path / "c", "--disjoint", "artist",
        "--columns", "genre,score,factors", "--inputs", "year", *SMALL, "--iterations", 4, "--json",
    )  # fmt: skip
    assert facts["kinds"] == {"genre": "tags", "score": "number", "factors": "vector"}
    assert facts["unseen_by"] == "a fifth of artist"
    statistics = run_json("audio", "join", workspace, "--json")
    assert "content" not in statistics
    joined = run_json("audio", "join", workspace, "--content", tmp_path / "c", "--json")
    assert joined["model"] == "bandscape content network + log-mel + MFCC statistics"
    assert joined["artists"] == 40
    again = run("audio", "join", workspace)  # finds what was joined last, and says so
    assert f"with the content network of {tmp_path / 'c'}" in " ".join(again.out.split())
    assert run_json("audio", "join", workspace, "--content", "none", "--json") == statistics
    (workspace / "audio" / "models").mkdir()
    shutil.copytree(tmp_path / "c", workspace / "audio" / "models" / "content")  # where it lies without --out
    assert run_json("audio", "join", workspace, "--json") == {
        **joined, "content": str(workspace / "audio" / "models" / "content")
    }  # fmt: skip
    table = pq.read_table(workspace / "audio" / "features.parquet")
    assert table.num_rows == 40
    assert run("artists", "cold-start", workspace, "--side-features", "audio", "--splits", 1).code in (0, 1)
    track = pq.read_table(workspace / "audio" / "tracks.parquet")["track_id"][0].as_py()
    similar = run_json("audio", "similar", workspace, track, "--json")
    assert len(similar["results"]) == 10
    both = refused(
        "audio",
        "join",
        workspace,
        "--content",
        tmp_path / "c",
        "--vectors",
        tmp_path / "c" / "content.parquet",
    )
    assert "give one of them" in both
