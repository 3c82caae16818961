"""Reviews in other languages: stop words, stems and phrases are theirs, and new texts are read the same way."""

import json

import numpy as np
import pytest

from bandscape.core import Workspace
from bandscape.core.files import read_table

CLAUSES = {
    "german": [
        "die Gitarren",
        "eine Gitarre, aber",
        "über der Stimme",
        "und die Stimmen",
        "in der Nacht",
        "als es dunkelte",
        "wo der Bass",
        "mit dem Schlagzeug",
        "wie eine Maschine",
        "Ende der Welt",
    ],
    "french": [
        "les chansons",
        "une chanson et",
        "l'amour",
        "avec des amours",
        "qu'est-ce que la nuit",
        "aux nuits",
        "la guitare",
        "dans les villes",
        "sur l'album",
        "fin de siècle",
    ],
    "polish": [
        "gitara oraz",
        "i gitara",
        "pod perkusja",
        "to jest bas",
        "z perkusja",
        "nad miastem",
        "o nocy",
        "albo szum",
        "ale nie szum",
        "jest cisza",
    ],
}


def table(path, language):
    """Write 60 reviews, each of three of the clauses."""
    rng = np.random.default_rng(4)
    texts = [". ".join(rng.choice(CLAUSES[language], 3, replace=False)) for _ in range(60)]
    rows = [{"artist": f"band {at % 7}", "title": f"t{at}", "review": text} for at, text in enumerate(texts)]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def words_of(workspace):
    return set(read_table(workspace / "corpus/vocabulary.parquet", ["word"])["word"].to_pylist())


@pytest.mark.parametrize(
    ("asked", "language", "expected"),
    [
        ("German", "german", "gitarr stimm nacht dunkelt bass schlagzeug maschin end_der_welt"),
        ("fr", "french", "chanson amour nuit guitar vill album fin_de_siecl"),
        ("pl", "polish", "gitara perkusja bas miastem nocy szum cisza"),
    ],
)
def test_stop_words_stems_and_phrases_are_those_of_the_language(run, tmp_path, asked, language, expected):
    workspace = tmp_path / "ws"
    run("import", table(tmp_path / "r.jsonl", language), "--out", workspace, "--language", asked)
    run("topics", "fit", workspace, "--topics", 2, "--sweeps", 10)
    assert words_of(workspace) == set(expected.split())
    assert Workspace(workspace).steps()["text"].parameters["language"] == language


def test_the_workspace_remembers_its_language_and_reads_new_texts_with_it(run, tmp_path):
    workspace = tmp_path / "ws"
    run("import", table(tmp_path / "r.jsonl", "german"), "--out", workspace, "--language", "de")
    run("topics", "fit", workspace, "--topics", 2, "--sweeps", 10)
    run("topics", "fit", workspace, "--topics", 3, "--sweeps", 10)
    assert "gitarr" in words_of(workspace)
    new = tmp_path / "neu.txt"
    new.write_text("Eine Gitarre, die Stimmen. Und die Nacht: der Dudelsack", encoding="utf-8")
    (document,) = run("topics", "detect", workspace, new, "--json").json
    assert (document["n_words"], document["n_unknown"]) == (4, 1)
    run("topics", "fit", workspace, "--topics", 2, "--sweeps", 10, "--language", "english")
    assert {"die_gitarren", "die"} & words_of(workspace)
    (document,) = run("topics", "detect", workspace, new, "--json").json
    assert document["n_words"] > 4


@pytest.mark.parametrize("command", [["import", "r.jsonl", "--out", "ws"], ["run", "r.jsonl", "--out", "ws"]])
def test_an_unknown_language_is_one_line_with_the_list_and_leaves_nothing(
    run, tmp_path, monkeypatch, command
):
    table(tmp_path / "r.jsonl", "german")
    monkeypatch.chdir(tmp_path)
    answer = run(*command, "--language", "klingon", code=2)
    assert "language must be one of arabic, bulgarian, catalan, " in answer.error
    assert "ukrainian, vietnamese, or its code such as de; got 'klingon'" in answer.error
    assert not (tmp_path / "ws").exists()
