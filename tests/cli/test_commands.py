"""Each command on a finished small workspace: what it prints, its JSON, its exit code."""

import json
import re

import pyarrow.parquet as pq
import pytest

from bandscape.cli import steps
from bandscape.core import ChecksumError, Workspace

from .conftest import apart, bandscape


@pytest.fixture(scope="module")
def some_artists(demo_workspace):
    table = pq.read_table(demo_workspace / "corpus" / "artists.parquet").to_pandas()
    return table.sort_values("n_reviews", ascending=False)["name"].tolist()


def test_version_and_help():
    assert apart("--version").out.startswith("bandscape 0.")
    answer = apart("--help")
    assert answer.code == 0
    commands = ("demo", "run", "import", "fetch", "simulate", "info", "topics", "artists", "map", "doctor")
    assert all(command in answer.out for command in commands)


def test_info_counts_what_the_workspace_holds(demo_workspace):
    info = bandscape("info", demo_workspace, "--json").json
    assert info["reviews"] == 240
    assert info["artists"] <= 60
    assert info["rejects"] == 0
    assert info["tokens"] > info["vocabulary"] > 100
    assert [step["name"] for step in info["steps"]][:3] == ["import", "audio", "text"]
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
    answer = apart("artists", "similar", demo_workspace, some_artists[0] + "x")
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


def test_doctor_looks_at_the_machine():
    good = bandscape("doctor", "--json")
    assert good.code == 0, good.out
    assert good.json["ok"] is True
    assert {"Python", "tensorflow", "numba", "memory"} <= {check["check"] for check in good.json["checks"]}


@pytest.mark.usefixtures("sound_machine")
def test_doctor_finds_a_damaged_file(workspace):
    good = bandscape("doctor", workspace, "--json")
    assert good.code == 0, good.out
    assert good.json["ok"] is True
    config = workspace / "topics" / "topics.json"
    config.write_text("{")
    bad = bandscape("doctor", workspace, "--json")
    (finding,) = (check for check in bad.json["checks"] if not check["ok"])
    assert (bad.code, finding["check"]) == (1, "topics.json")
    assert "topics undo" in finding["detail"]
    config.unlink()
    (workspace / "artists" / "vectors.arrow").write_bytes(b"damaged")
    bad = bandscape("doctor", workspace, "--json")
    assert bad.code == 1
    assert next(check for check in bad.json["checks"] if not check["ok"])["detail"].startswith(
        "artists/vectors.arrow"
    )


def test_columns_given_twice_are_joined_and_remembered_and_one_file_is_asked_for_once(tmp_path):
    source = tmp_path / "r.csv"
    source.write_text("Who,Points,Words\n" + "coil,7,loud\nblur,8,slow\n" * 3)
    words = ["import", source, "--out", tmp_path / "ws"]
    answer = bandscape(*words, "--columns", "artist=Who", "--columns", "text=Words,score=Points")
    assert "columns: artist=Who, text=Words, score=Points" in answer.out
    assert "read as before, with --columns artist=Who,text=Words,score=Points" in bandscape(*words).out
    twice = bandscape(*words, "--columns", "artist=Who", "--columns", "artist=Words", "--replace")
    assert "artist is given twice" in twice.error
    refused = bandscape("artists", "fit", tmp_path / "ws", "--columns", "a.csv", "--columns", "b.csv")
    assert "--columns can be given once; got a.csv, b.csv" in refused.error


def test_a_long_note_is_printed_to_the_end_of_its_remedy(tmp_path):
    long = [f"a column {n:02} with a name as long as such names are" for n in range(30)]
    row = {name: n for n, name in enumerate(long)} | {"album": "x", "Some Words": "a long text " * 20}
    (tmp_path / "r.jsonl").write_text(json.dumps(row))
    answer = bandscape("import", tmp_path / "r.jsonl", "--out", tmp_path / "ws")
    (note,) = [line for line in answer.out.splitlines() if line.startswith("note: columns not used")]
    assert note.count("as such…'") == 12
    assert note.endswith("(likewise genres=, score=, labels=, years=)")


def test_output_is_plain_in_a_pipe_and_within_100_columns(demo_workspace):
    for words in (["topics", "show"], ["info"]):
        answer = apart(*words, demo_workspace)
        assert "\x1b" not in answer.out
        tables = [
            line for line in answer.out.splitlines() if not line.startswith(("round", str(demo_workspace)))
        ]
        assert max(map(len, tables)) <= 100


def test_options_of_an_import_are_kept_until_they_are_given_or_the_source_is_replaced(tmp_path):
    source = tmp_path / "zine.csv"
    source.write_text("artist,score\n" + "Can & Low,1\nLow,4.5\nCan,3\n" * 9)
    first = bandscape(
        "import",
        source,
        "--out",
        tmp_path / "ws",
        "--artist-separator",
        " & ",
        "--score-range",
        "0,5",
        "--keep-artist",
        "Kettle & Crow",
    )
    assert "2 artists" in first.out
    again = bandscape("import", source, "--out", tmp_path / "ws")
    assert "import unchanged" in again.out
    assert (
        "read as before, with --score-range 0,5 --artist-separator ' & ' --keep-artist 'Kettle & Crow'"
        in again.out
    )
    other = bandscape("import", source, "--out", tmp_path / "ws", "--artist-separator", " + ")
    assert "3 artists" in other.out
    assert "with --score-range 0,5 --keep-artist 'Kettle & Crow';" in other.out
    anew = bandscape("import", source, "--out", tmp_path / "ws", "--replace")
    assert "read as before" not in anew.out
    assert "scores run from 1 to 4.5" in anew.out


def test_a_corpus_is_known_by_its_content_not_by_the_name_of_its_file(tmp_path):
    (tmp_path / "other").mkdir()
    first, second = tmp_path / "reviews.csv", tmp_path / "other" / "reviews.csv"
    first.write_text("artist,score\n" + "Can,1\nLow,4.5\nCan,3\n" * 9)
    second.write_text("artist,score\nNeu!,7\n")
    assert bandscape("import", first, "--out", tmp_path / "ws", "--score-range", "0,5").code == 0
    refused = bandscape("import", second, "--out", tmp_path / "ws")
    assert refused.code == 1
    assert "holds reviews read from reviews.csv, which had other content then" in refused.error
    renamed = first.rename(tmp_path / "renamed.csv")
    again = bandscape("import", renamed, "--out", tmp_path / "ws")
    assert "import unchanged" in again.out
    assert "read as before, with --score-range 0,5" in again.out
    assert bandscape("import", second, "--out", tmp_path / "ws", "--replace").code == 0
    assert bandscape("info", tmp_path / "ws", "--json").json["reviews"] == 1


@pytest.mark.usefixtures("sound_machine")
def test_more_clusters_than_artists_are_told_to_be_fewer(workspace):
    n_artists = bandscape("info", workspace, "--json").json["artists"]
    said = bandscape("artists", "clusters", workspace, "--k", 5000)
    assert f"note: 5,000 clusters were asked for; more than {n_artists} are not to be had" in said.out
    assert "note:" not in bandscape("artists", "clusters", workspace, "--k", 4).out


def test_damaged_clusters_are_made_again_by_their_command(workspace):
    path = workspace / "artists" / "clusters.parquet"
    path.write_bytes(b"damaged")
    with pytest.raises(ChecksumError, match="not as recorded; do the step 'clusters' again") as caught:
        steps.cluster_facts(Workspace(workspace))
    assert caught.value.step == "clusters"  # whose command the message then names
    assert bandscape("artists", "clusters", workspace).code == 0
    assert bandscape("doctor", workspace).code == 0


def test_topics_of_replaced_reviews_are_told_as_such_and_errors_name_the_command(workspace, tmp_path):
    source = tmp_path / "mine.csv"
    source.write_text("artist,genre,score\nLow,rock,8\nCan,rock,9\nNeu!,jazz,7\nHarmonia,jazz,6\n")
    ran = bandscape("run", source, "--out", workspace, "--replace")
    assert ran.code == 0, ran.err
    assert "topics:" not in ran.out
    assert "topics show" not in ran.out
    shown = bandscape("topics", "show", workspace)
    assert shown.code == 0
    assert f"is of an earlier corpus: bandscape topics refit {workspace} goes on" in shown.err
    assert f"bandscape topics refit {workspace} goes on" in bandscape("topics", "map", workspace).error


def test_clusters_are_shown_while_another_writes(demo_workspace):
    from bandscape.core import Workspace

    with Workspace(demo_workspace).writing():
        shown = bandscape("artists", "clusters", demo_workspace, "--json")
    assert shown.code == 0, shown.err
    assert shown.json["layout"]["clusters"]


def test_a_second_import_leaves_nothing_that_speaks_of_the_first(workspace, tmp_path):
    simulated = bandscape(
        "simulate", "--out", workspace, "--reviews", "100", "--artists", "20"
    )  # another seed
    assert simulated.code == 0, simulated.err
    assert bandscape("info", workspace, "--json").json["tokens"] == 0
    assert "earlier corpus" in bandscape("topics", "show", workspace).err
    stale = {step["name"] for step in bandscape("info", workspace, "--json").json["steps"] if step["stale"]}
    assert {"text", "topics/0001", "artists"} <= stale
    assert "stale, made from what was replaced since: " in bandscape("info", workspace).out
    assert "nothing is damaged, but" in bandscape("doctor", workspace).out
    for words in (["topics", "reviews"], ["artists", "similar"], ["map"], ["artists", "clusters"]):
        extra = (
            ["coil"]
            if words[-1] in ("similar", "reviews")
            else ["--out", tmp_path / "m.html"]
            if words == ["map"]
            else []
        )
        answer = bandscape(*words, workspace, *extra)
        assert answer.code == 1
        assert "fit" in answer.error or "earlier" in answer.error
    assert not (tmp_path / "m.html").exists()


def test_a_read_corpus_is_not_replaced_by_a_simulated_one_nor_the_other_way_round(workspace, tmp_path):
    source = tmp_path / "mine.csv"
    source.write_text("artist,score\ncoil,7\nlow,8\n")
    assert bandscape("import", source, "--out", tmp_path / "mine").code == 0
    for words in (["demo", "--out", tmp_path / "mine"], ["simulate", "--out", tmp_path / "mine"]):
        answer = bandscape(*words)
        assert answer.code == 1
        assert "holds reviews read from mine.csv" in answer.error
    assert "holds a simulated corpus" in bandscape("import", source, "--out", workspace).error
    assert bandscape("info", tmp_path / "mine", "--json").json["reviews"] == 2
    other = tmp_path / "other.csv"
    other.write_text("artist,score\nblur,7\n")
    assert "reviews read from mine.csv" in bandscape("import", other, "--out", tmp_path / "mine").error
    assert bandscape("import", other, "--out", tmp_path / "mine", "--replace").code == 0
    assert bandscape("info", tmp_path / "mine", "--json").json["reviews"] == 1


def test_a_genre_may_be_a_term(demo_workspace, some_artists):
    words = ["artists", "analogy", demo_workspace, "--plus", some_artists[0], "--plus", "jazz", "--json"]
    answer = bandscape(*words).json
    assert answer["query"]["plus"] == [some_artists[0], "jazz"]
    assert any("jazz" in row["genres"] for row in answer["results"])


def test_clusters_and_map_keep_what_was_chosen_before(workspace, tmp_path):
    layout = workspace / "maps" / "artists.parquet"
    before = layout.read_bytes()
    assert bandscape("artists", "clusters", workspace, "--k", 3, "--seed", 9).code == 0
    assert bandscape("map", workspace, "--out", tmp_path / "m.html").code == 0
    facts = bandscape("artists", "clusters", workspace, "--json").json
    assert len(facts["vectors"]["clusters"]) == 3
    assert layout.read_bytes() != before, "--seed 9 asks for another layout"
    steps = {
        step["name"]: step["parameters"] for step in bandscape("info", workspace, "--json").json["steps"]
    }
    assert steps["layout"] == {"seed": 9}
    assert steps["clusters"] == {"k": 3, "seed": 9}


def test_run_leaves_the_topics_one_has_fitted_alone(workspace):
    assert bandscape("topics", "fit", workspace, "--topics", 5, "--seed", 3).code == 0
    assert bandscape("run", workspace, "--out", workspace, "--seed", 3).code == 0
    assert len(bandscape("topics", "show", workspace, "--json").json["topics"]) == 5
    back = bandscape("topics", "fit", workspace, "--seed", 3)
    assert "round 1 unchanged" in back.out
    assert bandscape("topics", "show", workspace, "--json").json["round"] == 1


def test_the_same_file_under_another_path_is_not_read_again(tmp_path):
    source = tmp_path / "r.csv"
    source.write_text("artist,score\ncoil,7\nlow,8\n")
    assert bandscape("import", source, "--out", tmp_path / "ws").code == 0
    again = apart("import", "r.csv", "--out", "ws", cwd=tmp_path)
    assert "unchanged" in again.out


def test_threads_do_not_change_anything(workspace, tmp_path):
    from bandscape.core import Workspace

    def outputs(root):
        return {name: record.outputs for name, record in Workspace(root).steps().items() if name != "import"}

    answer = bandscape("run", workspace, "--out", tmp_path / "one", "--threads", 1, "--seed", 3)
    assert answer.code == 0, answer.err
    answer = bandscape("run", workspace, "--out", tmp_path / "four", "--threads", 4, "--seed", 3)
    assert answer.code == 0, answer.err
    assert outputs(tmp_path / "one") == outputs(tmp_path / "four")


def test_a_workspace_among_the_texts_is_not_read(tmp_path):
    (tmp_path / "texts").mkdir()
    for at in range(3):
        (tmp_path / "texts" / f"{at}.txt").write_text("A title\nnoise and drone and hum, once more\n" * 3)
    for _ in range(2):
        answer = bandscape("run", tmp_path / "texts", "--out", tmp_path / "texts" / "ws")
        assert answer.code == 0, answer.err
        assert "3 reviews" in answer.out


def test_a_topic_named_like_a_column_is_refused(workspace, tmp_path):
    path = tmp_path / "topics.json"
    path.write_text('[{"id": "review_id", "proportion": 1}, {"id": "b", "proportion": 1}]')
    answer = bandscape("topics", "fit", workspace, "--config", path)
    assert answer.code == 2
    assert "review_id" in answer.error
