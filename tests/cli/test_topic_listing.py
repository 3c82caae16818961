"""reviews, artists, the order of the commands, and topics that nothing holds to their names."""

import json
import shlex
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from bandscape.cli.topics.group import PANELS, app
from bandscape.core.files import read_sparse

from .conftest import bandscape


@pytest.fixture(scope="module")
def shown(demo_workspace):
    return bandscape("topics", "show", demo_workspace, "--json").json


@pytest.fixture(scope="module")
def mixtures(demo_workspace, shown):
    folder = demo_workspace / "topics" / "rounds" / f"{shown['round']:04d}"
    table = pq.read_table(folder / "doc_topics.parquet").to_pandas().set_index("review_id")
    counts = read_sparse(demo_workspace / "corpus" / "counts.npz")
    review_ids = pq.read_table(demo_workspace / "corpus" / "tokens.parquet")["review_id"].to_pylist()
    lengths = dict(zip(review_ids, np.asarray(counts.sum(axis=1)).ravel().tolist(), strict=True))
    return table, lengths


def test_reviews_come_by_the_words_of_the_topic_and_say_both_figures(demo_workspace, shown, mixtures):
    table, lengths = mixtures
    topic = shown["topics"][0]["id"]
    answer = bandscape("topics", "reviews", demo_workspace, topic, "--top", 500, "--json").json
    assert answer["topic"] == topic
    assert answer["round"] == shown["round"]
    rows = answer["reviews"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    words = [row["words"] for row in rows]
    assert words == sorted(words, reverse=True)
    for row in rows[:20]:
        share = table.loc[row["review_id"], topic]
        assert row["share"] == pytest.approx(share, abs=1e-6)
        assert row["words"] == pytest.approx(share * lengths[row["review_id"]], rel=1e-5)
    expected = max(table.index, key=lambda review: table.loc[review, topic] * lengths[review])
    assert rows[0]["review_id"] == expected


def test_a_topic_may_be_named_as_on_the_map(demo_workspace, shown):
    topic = next(topic for topic in shown["topics"] if topic["label"] != topic["id"])
    for name in (topic["id"], topic["label"], topic["label"].upper()):
        answer = bandscape("topics", "reviews", demo_workspace, name, "--top", 1, "--json").json
        assert answer["topic"] == topic["id"]
    assert topic["label"] in bandscape("topics", "show", demo_workspace).out


def test_untitled_reviews_go_by_their_ids_and_suggested_edits_can_be_pasted(tmp_path):
    lines = [f"r{at},{'hum fuzz reverb drone' if at % 2 else 'hook chorus dance verse'}" for at in range(90)]
    (tmp_path / "bare.csv").write_text("\n".join(["review_id,text", *lines]))
    topics = [{"id": "all of it", "keywords": ["hum"]}, {"id": "rest", "keywords": ["hook"]}]
    (tmp_path / "topics.json").write_text(json.dumps(topics))
    root = tmp_path / "ws"
    assert bandscape("import", tmp_path / "bare.csv", "--out", root).code == 0
    assert bandscape("topics", "fit", root, "--config", tmp_path / "topics.json", "--sweeps", 20).code == 0
    rows = bandscape("topics", "reviews", root, "all of it", "--top", 3).out
    listed = bandscape("topics", "reviews", root, "all of it", "--top", 3, "--json").json["reviews"]
    assert all(row["review_id"] in rows for row in listed)
    bandscape("topics", "edit", root, "--freeze", "all of it")
    bandscape("topics", "refit", root, "--sweeps", 5)
    offered = bandscape("topics", "suggest", root, "all of it").out.splitlines()[-1]
    assert bandscape(*shlex.split(offered.removeprefix("next: bandscape "))).code == 0

    again = ["topics", "fit", root, "--config", tmp_path / "topics.json", "--sweeps", 5]
    assert "--begin must be one of auto, random, keywords" in bandscape(*again, "--begin", "words").error
    assert "needs --prior classic" in bandscape(*again, "--begin", "keywords").error
    assert bandscape(*again, "--prior", "classic", "--begin", "keywords").code == 0


def test_reviews_and_evidence_agree_on_the_order(demo_workspace, shown):
    topic = shown["topics"][1]["id"]
    listed = bandscape("topics", "reviews", demo_workspace, topic, "--top", 5, "--json").json["reviews"]
    evidence = bandscape("topics", "evidence", demo_workspace, topic, "-n", 5, "--json").json
    assert [row["review_id"] for row in listed] == [row["review_id"] for row in evidence]


def test_artists_come_by_their_share_drawn_toward_that_of_the_corpus(demo_workspace, shown, mixtures):
    table, lengths = mixtures
    topic = shown["topics"][0]["id"]
    answer = bandscape("topics", "artists", demo_workspace, topic, "--top", 500, "--json").json
    reviews = pq.read_table(demo_workspace / "corpus" / "reviews.parquet").to_pandas()
    weight = np.median([length for length in lengths.values() if length])
    scores = []
    for row in answer["artists"]:
        own = [r for r, ids in zip(reviews["review_id"], reviews["artist_ids"], strict=True)
               if row["artist_id"] in ids and lengths[r]]  # fmt: skip
        words = sum(table.loc[review, topic] * lengths[review] for review in own)
        n_words = sum(lengths[review] for review in own)
        assert row["n_reviews"] == len(own)
        assert row["share"] == pytest.approx(words / n_words, rel=1e-4)
        scores.append((words + answer["share"] * weight) / (n_words + weight))
    assert len(scores) > 10
    assert scores == pytest.approx(sorted(scores, reverse=True), rel=1e-4)


def test_tables_are_at_most_a_hundred_columns_wide(demo_workspace, shown):
    topic = shown["topics"][0]["id"]
    for command in ("reviews", "artists"):
        answer = bandscape("topics", command, demo_workspace, topic, "--top", 3)
        assert answer.code == 0
        table = [line for line in answer.out.splitlines() if not line.startswith("next:")]
        assert max(map(len, table)) <= 100


@pytest.mark.parametrize("command", ["reviews", "artists"])
def test_a_topic_that_there_is_not_is_one_clear_line(demo_workspace, command):
    answer = bandscape("topics", command, demo_workspace, "nope")
    assert answer.code == 1
    assert "no topic is called 'nope'" in answer.error
    assert not answer.out


def test_help_lists_every_command_along_the_loop():
    placed = [name for names in PANELS.values() for name in names]
    known = {info.name or info.callback.__name__ for info in app.registered_commands}
    assert known == set(placed)
    shown = bandscape("topics", "--help").out
    places = [shown.index(f"│ {name} ") for name in placed]
    assert places == sorted(places)


def test_a_topic_without_a_keyword_in_the_corpus_is_named_by_check_fit_and_show(demo_workspace, tmp_path):
    root = shutil.copytree(demo_workspace, tmp_path / "ws")
    config = tmp_path / "topics.json"
    topics = [
        {"id": "ghost", "keywords": ["zzzabsent", "qqqabsent"]},
        {"id": "held", "keywords": ["guitar", "zzzabsent"]},
        {"id": "other", "count": 3},
    ]
    config.write_text(json.dumps(topics))
    for answer in (
        bandscape("topics", "check", root, "--config", config),
        bandscape("topics", "fit", root, "--config", config, "--sweeps", 5),
        bandscape("topics", "show", root),
    ):
        assert answer.code == 0
        named = [
            line for line in answer.err.splitlines() if "the vocabulary has none of its keywords" in line
        ]
        assert len(named) == 1
        assert named[0].startswith("warning: topic ghost:")
    assert "ghost (?)" in bandscape("topics", "show", root).out
    assert {topic["id"] for topic in bandscape("topics", "show", root, "--json").json["topics"]} >= {
        "ghost",
        "held",
    }


def test_run_names_the_largest_topics_by_words_that_others_lack(run, workspace):
    answer = run("run", workspace, "--out", workspace, "--seed", 3)
    (line,) = [line for line in answer.out.splitlines() if line.startswith("topics: ")]
    summary = json.loads((workspace / "topics/rounds/0001/summary.json").read_text())
    largest = max(summary, key=lambda topic: topic["share"])
    assert line.startswith(f"topics: {' · '.join(largest['telling'][:3])} {100 * largest['share']:.0f} %; ")
    assert all(len(topic["telling"]) == 7 for topic in summary)
    for topic in summary:  # they are among the leading words, as they are written in the topic
        assert set(topic["telling"]) <= {entry["word"] for entry in topic["words"][:25]}


def test_as_many_topics_are_fitted_as_the_texts_tell_apart(run, rng, tmp_path):
    kinds = [
        "organ tape hiss drone choir echo",
        "guitar feedback chorus amp drums stage",
        "banjo fiddle porch creek wood hymn",
    ]
    rows = [" ".join(rng.choice(kinds[at % 3].split(), 60)) for at in range(200)]
    source = tmp_path / "reviews.csv"
    source.write_text("artist,text\n" + "".join(f"a{at},{row}\n" for at, row in enumerate(rows)))
    run("import", source, "--out", tmp_path / "ws")
    run("topics", "fit", tmp_path / "ws", "--sweeps", 60)
    listed = run("topics", "show", tmp_path / "ws", "--json").json["topics"]
    found = [{word["word"] for word in topic["words"][:6]} for topic in listed]
    assert sorted(map(sorted, found)) == sorted(sorted(kind.split()) for kind in kinds)
    run("topics", "edit", tmp_path / "ws", "--rename", "topic_3=third")
    assert "3 topics" in run("topics", "refit", tmp_path / "ws", "--sweeps", 5).out
    run("topics", "fit", tmp_path / "ws", "--topics", 6, "--sweeps", 20)
    assert len(run("topics", "show", tmp_path / "ws", "--json").json["topics"]) == 6


def test_of_many_topics_the_keywords_of_the_first_are_told():
    from bandscape.cli.topics.fitting import keyword_lines

    lost = {
        "keyword": "hum",
        "share": 0.1,
        "status": "stolen",
        "by": "t0",
        "by_share": 0.8,
        "doubtful": False,
    }
    lines = keyword_lines({f"t{at}": [lost] for at in range(300)})
    assert len(lines) == 22
    assert lines[19].startswith("keywords of t19: hum stolen")
    assert lines[20] == "and keywords of 280 more topics that did not take them all"
    assert lines[21].startswith("keywords taken: 0")
    assert len(keyword_lines({f"t{at}": [lost] for at in range(20)})) == 21
