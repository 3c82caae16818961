"""check, detect, evidence on a finished small workspace."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from .conftest import bandscape

CONFIG = [
    {"id": "noise", "proportion": 0.5},
    {"id": "mine", "proportion": 0.1, "keywords": ["guitar", "zzzabsent"], "excluded": ["drum"]},
    {"id": "yours", "proportion": 0.1, "keywords": ["guitars"]},
    {"id": "other", "count": 4, "proportion": 0.1},
]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "topics.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture(scope="module")
def fitted(demo_workspace, config, tmp_path_factory):
    """Give a workspace whose current round has keywords."""
    root = shutil.copytree(demo_workspace, tmp_path_factory.mktemp("fitted") / "ws")
    assert bandscape("topics", "fit", root, "--config", config, "--sweeps", 30).code == 0
    return root


def test_check_before_a_fit_has_the_contracted_fields(demo_workspace, config):
    rows = bandscape("topics", "check", demo_workspace, "--config", config, "--json").json
    assert all({"topic", "keyword", "count", "status"} <= row.keys() for row in rows)
    by_keyword = {(row["topic"], row["keyword"]): row for row in rows}
    assert by_keyword["mine", "zzzabsent"]["status"] == "absent"
    assert by_keyword["mine", "zzzabsent"]["count"] == 0
    guitar = by_keyword["mine", "guitar"]
    assert guitar["status"] == "ambiguous"
    assert "also a keyword of yours" in guitar["why"]
    assert guitar["count"] == by_keyword["yours", "guitars"]["count"] > 0
    assert guitar["outcome"] is None


def test_check_works_on_reviews_that_were_only_imported(tmp_path):
    (tmp_path / "texts").mkdir()
    for number in range(10):
        heard = "guitar" if number < 6 else "drum"
        (tmp_path / "texts" / f"{number}.txt").write_text(f"title\nThe {heard} number {number} is loud")
    assert bandscape("import", tmp_path / "texts", "--out", tmp_path / "ws").code == 0
    (tmp_path / "t.json").write_text('[{"id": "a", "keywords": ["guitar", "flute"]}, {"id": "b"}]')
    answer = bandscape("topics", "check", tmp_path / "ws", "--config", tmp_path / "t.json")
    assert answer.code == 0, answer.err
    assert "2 keywords" in answer.out
    assert "absent" in answer.out


def test_check_without_a_config_says_how_to_give_one(demo_workspace):
    answer = bandscape("topics", "check", demo_workspace)
    assert answer.code == 2
    assert "--config" in answer.error


def test_after_a_fit_check_and_show_say_what_became_of_keywords(fitted):
    rows = bandscape("topics", "check", fitted, "--json").json
    guitar = next(row for row in rows if row["keyword"] == "guitar")
    assert guitar["outcome"] in ("taken", "stolen", "ignored")
    assert 0 <= guitar["share"] <= 1
    assert isinstance(guitar["doubtful"], bool)
    kept = json.loads((fitted / "topics" / "rounds" / "0002" / "keywords.json").read_text())
    assert any("zzzabsent" in line for line in kept["warnings"])
    topics = {topic["id"]: topic for topic in bandscape("topics", "show", fitted, "--json").json["topics"]}
    assert {row["keyword"] for row in topics["mine"]["keywords"]} == {"guitar", "zzzabsent", "drum"}
    assert topics["noise"]["keywords"] == []
    shown = bandscape("topics", "check", fitted).out
    assert "in its topic" in shown
    assert max(map(len, shown.splitlines()[:-1])) <= 100


def test_detect_reads_files_folders_tables_and_stdin(fitted, tmp_path):
    (tmp_path / "one.txt").write_text("Loud guitars and drums over a drone")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "t.csv").write_text('name,body\na,"guitars, drums"\nb,the of and\n')
    found = bandscape("topics", "detect", fitted, tmp_path / "one.txt", "--json").json
    assert len(found) == 1
    assert {"doc", "topics", "unexplained"} <= found[0].keys()
    assert {"id", "p"} == found[0]["topics"][0].keys()
    assert sum(topic["p"] for topic in found[0]["topics"]) == pytest.approx(1, abs=1e-4)
    answer = bandscape("topics", "detect", fitted, tmp_path, "--json")
    folder = answer.json
    assert "one file left aside, not read: 't.csv'" in answer.err
    assert [entry["doc"] for entry in folder] == ["empty", "one"]
    assert folder[0]["topics"] == []
    assert folder[0]["unexplained"] == 1
    assert folder[1]["topics"] == found[0]["topics"]
    rows = bandscape(
        "topics", "detect", fitted, tmp_path / "t.csv", "--column", "body", "--top", 2, "--json"
    ).json
    assert len(rows) == 2
    assert len(rows[0]["topics"]) == 2
    assert rows[1]["n_words"] == 0
    text = bandscape("topics", "detect", fitted, "-", "--json", "--words", stdin="Loud guitars, zzyzx!").json
    words = {word["word"]: word for word in text[0]["words"]}
    assert words["zzyzx"]["topic"] is None
    assert words["guitars"]["topic"] is not None


def test_detect_without_json_and_to_a_table(fitted, tmp_path):
    (tmp_path / "one.txt").write_text("Loud guitars \x1b[31m and drums\n\n zzyzx")
    answer = bandscape("topics", "detect", fitted, tmp_path / "one.txt", "--words")
    assert answer.code == 0, answer.err
    assert "\x1b" not in answer.out
    assert "guitars₁" in answer.out or "guitars₂" in answer.out
    assert "one.txt" in bandscape("topics", "detect", fitted, tmp_path / "one.txt").out
    assert bandscape("topics", "detect", fitted, tmp_path / "one.txt", "-o", tmp_path / "d.parquet").code == 0
    table = pq.read_table(tmp_path / "d.parquet")
    assert table.column_names == ["doc", "topic", "p", "unexplained", "n_words", "n_unknown"]
    assert bandscape("topics", "detect", fitted, tmp_path / "one.txt", "-o", tmp_path / "d.csv").code == 2
    assert "no such file" in bandscape("topics", "detect", fitted, tmp_path / "nothing").error


def test_evidence_in_the_terminal_in_json_and_as_a_page(fitted, tmp_path):
    answer = bandscape("topics", "evidence", fitted, "mine", "-n", 2)
    assert answer.code == 0, answer.err
    assert "[mine]" in answer.out
    assert "\x1b" not in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100
    found = bandscape("topics", "evidence", fitted, "MINE", "--json", "--whole").json
    assert len(found) == 3
    assert [entry["n_words"] for entry in found] == sorted(
        (entry["n_words"] for entry in found), reverse=True
    )
    reviews = pq.read_table(fitted / "corpus" / "reviews.parquet").to_pandas().set_index("review_id")
    for entry in found:
        whole = "".join(piece["text"] for piece in entry["pieces"])
        assert whole == reviews.loc[entry["review_id"], "text"]
    page = tmp_path / "e.html"
    assert bandscape("topics", "evidence", fitted, "mine", "--out", page).code == 0
    assert "Evidence for mine" in page.read_text()
    assert bandscape("topics", "evidence", fitted, "mine", "--out", tmp_path / "e.pdf").code == 2
    answer = bandscape("topics", "evidence", fitted, "minne")
    assert answer.code == 1
    assert "did you mean mine?" in answer.error


def test_suggest_for_a_topic_and_for_all(fitted):
    found = bandscape("topics", "suggest", fitted, "mine", "--top", 4, "--json").json
    assert found["topic"] == "mine"
    assert 0 < len(found["add"]) <= 4
    assert {"word", "count", "share", "lift", "association"} == found["add"][0].keys()
    assert all({"word", "home", "reason"} <= word.keys() for word in found["exclude"])
    answer = bandscape("topics", "suggest", fitted, "mine")
    assert answer.code == 0, answer.err
    assert "topics edit" in answer.out
    assert max(map(len, answer.out.splitlines()[:-1])) <= 100
    findings = bandscape("topics", "suggest", fitted, "--json").json
    assert all({"kind", "topics", "score", "words"} == one.keys() for one in findings)
    assert bandscape("topics", "suggest", fitted).code == 0
    assert "did you mean" in bandscape("topics", "suggest", fitted, "minne").error


def test_suggest_before_a_fit_goes_by_the_keywords(demo_workspace, config, tmp_path):
    root = tmp_path / "ws"
    shutil.copytree(demo_workspace, root)
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["values"].pop("topics_round")
    manifest.pop("sha256")  # as earlier versions wrote it: else a change by hand is refused
    (root / "manifest.json").write_text(json.dumps(manifest))
    shutil.copy(config, root / "topics" / "topics.json")
    found = bandscape("topics", "suggest", root, "mine", "--json").json
    assert {"word", "count", "association"} == found["add"][0].keys()
    assert bandscape("topics", "suggest", root, "nope").code == 1


def test_words_and_topics_are_written_as_a_table(fitted):
    table = pq.read_table(fitted / "topics" / "rounds" / "0002" / "word_topics.parquet").to_pandas()
    assert table.columns.tolist() == ["word", "topic", "tokens", "share", "p"]
    assert set(table["topic"]) == {"noise", "mine", "yours", "other_1", "other_2", "other_3", "other_4"}
    assert (table.groupby("word", observed=True)["share"].sum() <= 1.0001).all()
