"""Topics of what cannot be used: one clear line, nothing half written, and a workspace that goes on."""

import errno
import json
import os

import pytest

from bandscape.cli.main import _explain
from bandscape.core.errors import BandscapeWarning
from bandscape.core.files import read_table

from ..trust.disk import small_files


def texts(path, *rows):
    """Write a table of reviews with 7 artists."""
    lines = [f"artist {at % 7},{at % 10},{text}" for at, text in enumerate(rows)]
    path.write_text("\n".join(["artist,score,review", *lines]))
    return path


def files_of(workspace):
    """Return everything a reader of the workspace may see."""
    return {
        path.relative_to(workspace).as_posix(): path.read_bytes()
        for path in workspace.rglob("*")
        if path.is_file() and ".lock" not in path.name
    }


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["the and of it was not but they are"] * 30, "of 7 with text, a word must be in 5 at least"),
        (["drone"] * 30, "70 % at most"),
        ([""] * 30, "no review has a text"),
        (["organ tape", "guitar hiss"] * 2, "a word must be in 5 at least"),
    ],
    ids=["stop words", "one word", "empty", "few"],
)
def test_a_corpus_without_words_to_use_says_why(run, tmp_path, rows, says):
    workspace = tmp_path / "ws"
    run("import", texts(tmp_path / "r.csv", *rows), "--out", workspace)
    with pytest.warns(BandscapeWarning):
        answer = run("topics", "fit", workspace, "--topics", 2, code=1)
    assert says in answer.error
    assert not (workspace / "topics").exists()


def test_a_handful_of_texts_is_fitted_with_rarer_words_and_stays_so(run, tmp_path):
    workspace = tmp_path / "ws"
    run("import", texts(tmp_path / "r.csv", *["organ tape", "guitar hiss"] * 3), "--out", workspace)
    run("topics", "fit", workspace, "--topics", 2, "--sweeps", 5, "--min-reviews", 1)
    run("topics", "fit", workspace, "--topics", 3, "--sweeps", 5)  # the number used last
    words = read_table(workspace / "topics/rounds/0002/topics.parquet").to_pandas()["word"]
    assert set(words) == {"organ", "tape", "guitar", "hiss"}


def test_empty_reviews_among_others_are_rows_without_topics(run, tmp_path):
    rows = ["drone organ tape hiss", "", "the of and", "guitar feedback chorus tape"] * 20
    workspace = tmp_path / "ws"
    run("import", texts(tmp_path / "r.csv", *rows), "--out", workspace)
    run("topics", "fit", workspace, "--topics", 2, "--sweeps", 20)
    shares = (
        read_table(workspace / "topics/rounds/0001/doc_topics.parquet").to_pandas().drop(columns="review_id")
    )
    assert 7 <= len(shares) < 80
    assert shares.sum(axis=1).sub(1).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ([{"id": "a", "keywords": ["guitar"], "excluded": ["guitar"]}], "both a keyword and excluded"),
        ([{"id": "a", "keywords": ["guitars"], "excluded": ["guitar"]}], "both a keyword and excluded"),
        ([{"id": "a", "frozen": True}], "has no topic 'a'; thaw it"),
        ([{"id": "topic_1", "frozen": True, "frozen_from": 99}], "names round 99"),
        ([{"id": "a", "proportion": 0}, {"id": "b", "proportion": 1}], "proportion must be a number > 0"),
        ([{"id": "a", "excluded": ["guitar"]}, {"id": "b", "excluded": ["guitar"]}], "leave no topic"),
        ([{"id": "a", "count": 60_000}], "ask for fewer topics"),
    ],
)
def test_a_contradictory_config_changes_nothing(run, demo_workspace, tmp_path, config, says):
    path = tmp_path / "topics.json"
    path.write_text(json.dumps(config))
    before = files_of(demo_workspace)
    answer = run("topics", "fit", demo_workspace, "--config", path, "--sweeps", 4, code=2)
    assert says in answer.error
    assert files_of(demo_workspace) == before


def test_a_cut_config_changes_nothing(run, demo_workspace, tmp_path):
    path = tmp_path / "topics.json"
    path.write_text('[{"id": "a", "keywords": ["guit')
    before = files_of(demo_workspace)
    answer = run("topics", "fit", demo_workspace, "--config", path, code=1)
    assert "topics.json: not valid JSON" in answer.error
    assert files_of(demo_workspace) == before


def test_a_frozen_topic_before_any_round_says_what_to_do(run, tmp_path):
    rows = ["drone organ tape hiss", "guitar feedback chorus tape"] * 20
    run("import", texts(tmp_path / "r.csv", *rows), "--out", tmp_path / "ws")
    path = tmp_path / "topics.json"
    path.write_text('[{"id": "a", "frozen": true}, {"id": "b"}]')
    answer = run("topics", "fit", tmp_path / "ws", "--config", path, code=2)
    assert "no round yet to take its words from" in answer.error


def test_many_thousand_keywords_are_looked_up_and_summed_up(run, workspace, tmp_path):
    words = read_table(workspace / "corpus/vocabulary.parquet", ["word"])["word"].to_pylist()[:300]
    path = tmp_path / "topics.json"
    keywords = [*words, *(f"zz{at}" for at in range(20_000 - len(words)))]
    path.write_text(json.dumps([{"id": "big", "keywords": keywords}, {"id": "other", "count": 5}]))
    checked = run("topics", "check", workspace, "--config", path)
    assert "and 19,700 more, see --json" in checked.out
    assert len(checked.out.splitlines()) < 500
    fitted = run("topics", "fit", workspace, "--config", path, "--sweeps", 4)
    assert "and 19,688 more" in fitted.err
    report = json.loads((workspace / "topics/rounds/0002/keywords.json").read_text())["keywords"]
    assert sum(row["status"] == "absent" for row in report) == 19_700


@pytest.mark.parametrize(
    ("code", "says"),
    [(errno.ENOSPC, "no space left"), (errno.EDQUOT, "no space left"), (errno.EFBIG, "too large a file")],
)
def test_a_disk_that_takes_no_more_is_told_from_a_limit_of_files(capsys, code, says):
    assert _explain(OSError(code, os.strerror(code), "somewhere/model.bin")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert "somewhere/model.bin" in line
    assert "run the same command again" in line


@pytest.mark.parametrize("threads", [1, 2])  # one writes file by file, two write two files at a time
@pytest.mark.parametrize("command", ["fit", "refit"])
def test_a_full_disk_during_a_round_is_one_line_and_leaves_nothing(run, workspace, command, threads):
    run("topics", "edit", workspace, "--rename", "topic_1=one")
    before = files_of(workspace)
    words = {"fit": ("--topics", 7, "--sweeps", 4), "refit": ("--sweeps", 4)}[command]
    words += ("--threads", threads)
    said = set()
    for n_bytes in (100, 3_000, 20_000, 60_000):
        with small_files(n_bytes):
            answer = run("topics", command, workspace, *words, code=1)
        assert "too large a file for this disk or its limits; nothing is half written" in answer.error
        assert ".tmp" not in answer.error
        said.add(answer.error)
        assert files_of(workspace) == before
    assert threads > 1 or len(said) > 1  # several files were in the way
    run("topics", command, workspace, *words)
    assert (workspace / "topics/rounds/0002/topics.txt").exists()


def test_unknown_words_of_new_texts_are_counted_and_said(run, demo_workspace, tmp_path):
    words = read_table(demo_workspace / "corpus/vocabulary.parquet", ["display"])["display"].to_pylist()[:3]
    path = tmp_path / "new.txt"
    path.write_text(f"{' . '.join(words)} . xylographic . quinquereme")
    answer = run("topics", "detect", demo_workspace, path)
    assert "2 of 5 words not in the vocabulary, left out" in answer.out
    (document,) = run("topics", "detect", demo_workspace, path, "--json").json
    assert (document["n_words"], document["n_unknown"]) == (5, 2)


def test_a_corpus_of_texts_alone_is_told_what_it_lacks(run, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    rows = ["drone organ hiss", "guitar feedback", "tape chorus", "piano rain"]
    for at in range(40):
        (folder / f"{at}.txt").write_text(f"Title {at}\n{rows[at % 4]}\nand more: {rows[(at // 4) % 4]}")
    workspace = tmp_path / "ws"
    run("import", folder, "--out", workspace)
    assert "bandscape map" not in run("topics", "fit", workspace, "--topics", 2, "--sweeps", 20).out
    assert "no review with a text names its artist" in run("topics", "artists", workspace, "topic_1").out
    listed = run("topics", "reviews", workspace, "topic_1").out
    assert "title" in listed
    assert "artist" not in listed
    assert (
        "no review with a text has a genre, nor anything else to group it by"
        in run("topics", "shares", workspace, "--by", "genre", code=1).error
    )
    assert "its reviews have no genre" in run("topics", "compare", workspace, code=1).error
    assert "there is no other yet" in run("topics", "diff", workspace, code=2).error
    run("topics", "fit", workspace, "--topics", 3, "--sweeps", 20)
    assert f"bandscape topics diff {workspace} 1 2" in run("topics", "diff", workspace, code=2).error


def test_shares_wanted_stand_beside_those_got(run, tmp_path):
    workspace, config = tmp_path / "ws", tmp_path / "topics.json"
    rows = ["drone organ tape hiss", "guitar feedback chorus tape", "drone chorus", "organ feedback guitar"]
    run(
        "import",
        texts(tmp_path / "r.csv", *[f"{rows[at % 4]} . {rows[at // 4 % 4]}" for at in range(60)]),
        "--out",
        workspace,
    )
    config.write_text('[{"id": "noise", "proportion": 9}, {"id": "other", "count": 3, "proportion": 0.5}]')
    fitted = run("topics", "fit", workspace, "--config", config, "--sweeps", 30)
    assert "asked      got" in run("topics", "show", workspace).out
    shown = run("topics", "show", workspace, "--json").json["topics"]
    assert [topic["asked"] for topic in shown] == [9 / 10.5, *[pytest.approx(0.5 / 10.5)] * 3]
    far = [abs(t["asked"] - t["share"]) >= 0.02 and not 2 / 3 < t["share"] / t["asked"] < 1.5 for t in shown]
    assert ("share asked > got" in fitted.out) == any(far)
    run("topics", "fit", workspace, "--topics", 3, "--sweeps", 10)
    assert "asked      got" not in run("topics", "show", workspace).out
