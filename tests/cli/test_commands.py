"""Each command on a finished small workspace: what it prints, its JSON, its exit code."""

import json
import re

import pyarrow.parquet as pq
import pytest

from .conftest import bandscape


@pytest.fixture(scope="module")
def some_artists(demo_workspace):
    table = pq.read_table(demo_workspace / "corpus" / "artists.parquet").to_pandas()
    return table.sort_values("n_reviews", ascending=False)["name"].tolist()


def test_version_and_help():
    assert bandscape("--version").out.startswith("bandscape 0.")
    answer = bandscape("--help")
    assert answer.code == 0
    commands = ("demo", "run", "import", "fetch", "simulate", "info", "topics", "artists", "map", "doctor")
    assert all(command in answer.out for command in commands)


def test_info_counts_what_the_workspace_holds(demo_workspace):
    info = bandscape("info", demo_workspace, "--json").json
    assert info["reviews"] == 240
    assert info["artists"] <= 60
    assert info["rejects"] == 0
    assert info["tokens"] > info["vocabulary"] > 100
    assert [step["name"] for step in info["steps"]][:2] == ["import", "text"]
    assert "vocabulary" in bandscape("info", demo_workspace).out


def test_topics_show_has_the_contracted_fields(demo_workspace):
    shown = bandscape("topics", "show", demo_workspace, "--top", 5, "--json").json
    assert shown["round"] == 1
    assert {"id", "share", "words"} <= shown["topics"][0].keys()
    assert all(len(topic["words"]) == 5 for topic in shown["topics"])
    assert abs(sum(topic["share"] for topic in shown["topics"]) - 1) < 1e-6
    assert all(0 < entry["p"] < 1 for topic in shown["topics"] for entry in topic["words"])


def test_the_report_has_the_layout_of_the_case_study(demo_workspace):
    text = (demo_workspace / "topics" / "rounds" / "0001" / "topics.txt").read_text()
    assert "\n#: 0001  P: ." in text
    assert re.search(r"^\.\d{4} \S.{9} \.\d{4} ", text, re.MULTILINE)
    assert max(len(line) for line in text.splitlines()) <= 67


def test_similar_and_analogy_have_the_contracted_fields(demo_workspace, some_artists):
    one, other = some_artists[:2]
    similar = bandscape("artists", "similar", demo_workspace, one, "--json").json
    assert similar["query"].items() >= {"plus": [one], "minus": []}.items()
    assert [row["rank"] for row in similar["results"]] == list(range(1, 11))
    fields = {"rank", "artist_id", "name", "cosine", "genres", "mean_score", "n_reviews"}
    assert fields <= similar["results"][0].keys()
    analogy = bandscape(
        "artists", "analogy", demo_workspace, "--plus", one, "--minus", other, "--top", 4, "--json"
    ).json
    assert analogy["query"].items() >= {"plus": [one], "minus": [other]}.items()
    assert len(analogy["results"]) == 4
    assert not {one, other} & {row["name"] for row in analogy["results"]}


def test_an_unknown_artist_gets_candidates(demo_workspace, some_artists):
    answer = bandscape("artists", "similar", demo_workspace, some_artists[0] + "x")
    assert answer.code == 1
    assert some_artists[0] in answer.error
    assert answer.out == ""


def test_clusters_are_named_in_words(workspace):
    facts = bandscape("artists", "clusters", workspace, "--k", 4, "--json").json
    names = [cluster["name"] for cluster in facts["vectors"]["clusters"]]
    assert len(names) == len(set(names)) == 4
    assert not any(name.lower().startswith("cluster") for name in names)


def test_export_writes_parquet_and_word2vec(demo_workspace, tmp_path):
    assert bandscape("artists", "export", demo_workspace, "--out", tmp_path / "v.parquet").code == 0
    table = pq.read_table(tmp_path / "v.parquet")
    assert {"artist_id", "name", "genres", "vector"} <= set(table.column_names)
    assert bandscape("artists", "export", demo_workspace, "--out", tmp_path / "v.txt").code == 0
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load_word2vec_format(tmp_path / "v.txt")
    assert len(vectors) == table.num_rows
    answer = bandscape("artists", "export", demo_workspace, "--out", tmp_path / "v.xls")
    assert answer.code == 2
    assert ".parquet" in answer.error


def test_map_writes_one_offline_file(workspace, tmp_path):
    out = tmp_path / "my map.html"
    answer = bandscape("map", workspace, "--out", out, "--title", "A <b>title</b>")
    assert answer.code == 0, answer.err
    page = out.read_text(encoding="utf-8")
    assert "<b>title</b>" not in page.split("<script", 1)[0]
    assert len(page) > 1_000_000


def test_topics_with_keywords_make_a_new_round(workspace, tmp_path):
    config = [
        {"id": "noise", "proportion": 0.5},
        {"id": "mine", "proportion": 0.1, "keywords": ["guitar", "zzzabsent"], "keywords_proportion": 0.5},
        {"id": "other", "count": 4, "proportion": 0.1},
    ]
    path = tmp_path / "topics.json"
    path.write_text(json.dumps(config))
    answer = bandscape("topics", "fit", workspace, "--config", path, "--sweeps", 20)
    assert answer.code == 0, answer.err
    assert "zzzabsent" in answer.err
    shown = bandscape("topics", "show", workspace, "--json").json
    assert shown["round"] == 2
    assert [topic["id"] for topic in shown["topics"]][:2] == ["noise", "mine"]
    again = bandscape("topics", "fit", workspace, "--config", path, "--sweeps", 20)
    assert "unchanged" in again.out


def test_a_second_run_finds_everything_done(workspace):
    answer = bandscape("run", workspace, "--out", workspace, "--seed", 3)
    assert answer.code == 0, answer.err
    assert answer.out.count("unchanged") >= 3


def test_doctor_finds_a_damaged_file(workspace):
    good = bandscape("doctor", workspace, "--json")
    assert good.code == 0, good.out
    assert good.json["ok"] is True
    (workspace / "artists" / "vectors.arrow").write_bytes(b"damaged")
    bad = bandscape("doctor", workspace, "--json")
    assert bad.code == 1
    assert next(check for check in bad.json["checks"] if not check["ok"])["detail"].startswith(
        "artists/vectors.arrow"
    )


def test_output_is_plain_in_a_pipe_and_within_100_columns(demo_workspace):
    for words in (["topics", "show"], ["info"]):
        answer = bandscape(*words, demo_workspace)
        assert "\x1b" not in answer.out
        tables = [
            line for line in answer.out.splitlines() if not line.startswith(("round", str(demo_workspace)))
        ]
        assert max(map(len, tables)) <= 100
