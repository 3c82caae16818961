"""The rounds from the command line: edits wait, refits obey, history and undo, crashes, wrong use."""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from bandscape.cli import steps
from bandscape.core import ChecksumError, Workspace
from bandscape.topics import KeywordLDA

from .conftest import apart, bandscape, outputs

TOPICS = 8


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Hold a workspace with one round of free topics; do not write to it."""
    root = tmp_path_factory.mktemp("fitted") / "ws"
    assert bandscape("simulate", "--out", root, "--reviews", 500, "--artists", 60, "--seed", 3).code == 0
    answer = bandscape("topics", "fit", root, "--topics", TOPICS, "--sweeps", 60)
    assert answer.code == 0, answer.err
    return root


@pytest.fixture
def root(fitted, tmp_path):
    """Give a copy of the workspace to write to."""
    return shutil.copytree(fitted, tmp_path / "ws")


def topic_of(root, word, number=1):
    """Return the topic in which a word is most probable."""
    summary = json.loads((root / f"topics/rounds/{number:04d}/summary.json").read_text())
    chances = {
        entry["id"]: {row["word"]: row["p"] for row in entry["words"]}.get(word, 0) for entry in summary
    }
    return max(chances, key=chances.__getitem__)


def ids(run, root):
    return [topic["id"] for topic in run("topics", "show", root, "--json").json["topics"]]


def state(root):
    """Return what a failed command must leave alone."""
    opened = Workspace(root)
    config = root / "topics/topics.json"
    return opened.values(), list(opened.steps()), config.read_text() if config.exists() else None


def test_a_round_of_edits_from_asking_to_obeying(root, run):
    drums = topic_of(root, "polyrhythm")
    split, other = [f"topic_{at}" for at in range(1, 9) if f"topic_{at}" != drums][:2]
    before = KeywordLDA.load(root / "topics/rounds/0001/model")
    banned = np.argsort(-before.topic_word_[before.topic_ids_.tolist().index(split)])[:2]
    words = before.vocabulary_[banned].tolist()
    answer = run(
        "topics", "edit", root, "--rename", f"{drums}=afrobeat", "--pin", "afrobeat=Polyrhythms",
        "--exclude", f"{split}={words[0].upper()},{words[1]}", "--split", f"{split}=2", "--freeze", other,
    )  # fmt: skip
    assert "these wait for a refit of round 1, to 9 topics" in answer.out
    config = {topic["id"]: topic for topic in json.loads((root / "topics/topics.json").read_text())}
    assert list(config) == [
        name
        for topic in (f"topic_{at}" for at in range(1, 9))
        for name in (
            [f"{split}_1", f"{split}_2"] if topic == split else ["afrobeat" if topic == drums else topic]
        )
    ]
    assert config["afrobeat"]["keywords"] == [{"Polyrhythms": 1.25}]
    assert config[f"{split}_2"]["excluded"] == [words[0].upper(), words[1]]
    assert config[other] == {"id": other, "proportion": 1.0, "frozen": True, "frozen_from": 1}
    assert ids(run, root) == [f"topic_{at}" for at in range(1, 9)]  # nothing has happened yet

    answer = run("topics", "refit", root)
    made = json.loads((root / "topics/rounds/0002/round.json").read_text())["edits"]
    disobeyed = [edit["edit"] for edit in made if not edit["obeyed"]]
    assert set(disobeyed) <= {f"split {split}=2"}, made  # a simulated topic may have no two halves
    assert f"{5 - len(disobeyed)} of 5 edits obeyed" in answer.out
    assert "log-likelihood -" in answer.out
    assert ids(run, root) == list(config)
    after = KeywordLDA.load(root / "topics/rounds/0002/model")
    row = [topic.tolist().index(other) for topic in (before.topic_ids_, after.topic_ids_)]
    np.testing.assert_array_equal(before.topic_word_[row[0]], after.topic_word_[row[1]])
    parts = [after.topic_ids_.tolist().index(f"{split}_{at}") for at in (1, 2)]
    assert (after.topic_word_[np.ix_(parts, banned)] == 0).all()

    rows = {row["topic"]: row for row in run("topics", "diff", root, "--json").json}
    assert set(rows) == set(config)
    assert rows["afrobeat"]["obeyed"] is True
    assert rows["afrobeat"]["was"] == [drums]
    assert rows[f"{split}_1"]["was"] == [split]
    assert all(len(rows[f"{split}_{at}"]["lost"]) >= 2 for at in (1, 2))
    untouched = next(row for row in rows.values() if not row["edits"])
    assert untouched["obeyed"] is None
    assert all(isinstance(row["moved_documents"], int) for row in rows.values())
    shown = run("topics", "diff", root)
    assert "afrobeat" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 100

    rounds = run("topics", "history", root, "--json").json
    assert [(row["round"], row["parent"], row["current"]) for row in rounds] == [
        (1, None, False),
        (2, 1, True),
    ]
    assert rounds[1]["edits"] == made
    assert "fitted from scratch" in run("topics", "history", root).out


def test_edits_of_several_commands_add_up_and_may_be_taken_back(root, run):
    run("topics", "edit", root, "--pin", "topic_1=guitar,drums", "--freeze", "topic_2")
    run("topics", "edit", root, "--exclude", "topic_1=Guitars", "--thaw", "topic_2", "--noise", "topic_3")
    waiting = run("topics", "edit", root).out
    assert "pin topic_1=drums" in waiting
    assert "exclude topic_1=Guitars" in waiting
    assert "freeze" not in waiting
    answer = run("topics", "refit", root, "--sweeps", 5)
    assert "exclude topic_1=Guitars" in answer.out
    config = {topic["id"]: topic for topic in json.loads((root / "topics/topics.json").read_text())}
    assert config["topic_1"]["keywords"] == [{"drums": 1.25}]
    assert config["topic_1"]["excluded"] == ["Guitars"]
    assert config["topic_3"]["noise"] is True
    assert "no edits wait; round 2" in run("topics", "edit", root).out


def test_undo_use_and_refits_form_a_tree(root, run):
    original = KeywordLDA.load(root / "topics/rounds/0001/model").topic_word_
    run("topics", "edit", root, "--rename", "topic_1=one")
    assert "1 edit forgotten; round 1" in run("topics", "undo", root).out
    assert '"one"' not in (root / "topics/topics.json").read_text()
    run("topics", "edit", root, "--rename", "topic_1=one")
    run("topics", "refit", root, "--sweeps", 2)
    assert ids(run, root)[0] == "one"
    assert "round 1 is the current one again" in run("topics", "undo", root).out
    assert ids(run, root)[0] == "topic_1"
    run("topics", "edit", root, "--rename", "topic_1=uno")
    run("topics", "refit", root, "--sweeps", 2)
    run("topics", "refit", root, "--sweeps", 2)
    run("topics", "use", root, 2)
    assert ids(run, root)[0] == "one"
    assert '"one"' in (root / "topics/topics.json").read_text()
    assert "round 4" in run("topics", "undo", root).out
    rounds = run("topics", "history", root, "--json").json
    assert {row["round"]: row["parent"] for row in rounds} == {1: None, 2: 1, 3: 1, 4: 3}
    assert [row["round"] for row in rounds] == [1, 2, 3, 4]
    assert [row["round"] for row in rounds if row["current"]] == [4]
    shown = run("topics", "history", root).out
    assert "4 *" in shown
    assert "went on" in shown
    for _ in range(2):
        run("topics", "undo", root)
    error = run("topics", "undo", root, code=1).error
    assert "nothing to undo; round 1 is the first" in error
    np.testing.assert_array_equal(KeywordLDA.load(root / "topics/rounds/0001/model").topic_word_, original)


def test_the_same_refit_is_found_and_not_made_again(root, run):
    run("topics", "edit", root, "--noise", "topic_1")
    run("topics", "refit", root, "--sweeps", 2)
    run("topics", "undo", root)
    run("topics", "edit", root, "--noise", "topic_1")
    assert "topics round 2 unchanged" in run("topics", "refit", root, "--sweeps", 2).out
    assert list(Workspace(root).steps())[-2:] == ["topics/0001", "topics/0002"]


def test_a_fit_done_again_as_after_a_kill_changes_no_byte_of_the_manifest(root, run, tmp_path):
    for name in ("one", "two"):
        config = tmp_path / f"{name}.json"
        config.write_text(json.dumps([{"id": name}, {"id": "other", "count": 3}]))
        run("topics", "fit", root, "--config", config, "--sweeps", 2)
        written = (root / "manifest.json").read_bytes()
        run("topics", "fit", root, "--config", config, "--sweeps", 2)
        assert (root / "manifest.json").read_bytes() == written
    run("topics", "edit", root, "--rename", "two=three")
    run("topics", "fit", root, "--config", config, "--sweeps", 2)  # forgets the edit
    assert "three" not in (root / "topics/topics.json").read_text()
    assert not len(steps.read_draft(Workspace(root)).edits)


def test_diffs_of_any_two_rounds(root, run):
    run("topics", "edit", root, "--rename", "topic_1=one", "--split", "topic_2=2")
    run("topics", "refit", root, "--sweeps", 3)
    run("topics", "edit", root, "--rename", "one=two", "--pin", "topic_3=guitar")
    run("topics", "refit", root, "--sweeps", 3)
    rows = {row["topic"]: row for row in run("topics", "diff", root, 1, 3, "--json").json}
    assert rows["two"]["was"] == ["topic_1"]
    assert rows["topic_2_1"]["was"] == ["topic_2"]
    assert [edit["round"] for edit in rows["two"]["edits"]] == [2, 3]
    back = {row["topic"]: row for row in run("topics", "diff", root, 3, 1, "--json").json}
    assert back["topic_1"]["was"] == ["two"]
    assert back["topic_2"]["was"] == ["topic_2_1", "topic_2_2"]
    run("topics", "fit", root, "--topics", 5, "--sweeps", 20)
    unrelated = run("topics", "diff", root, 3, 4, "--json").json
    assert [row["topic"] for row in unrelated][:5] == [f"topic_{at}" for at in range(1, 6)]
    assert any(row["is_gone"] for row in unrelated)
    error = run("topics", "diff", root, code=2).error
    assert "round 4 was made from no other; name two rounds" in error
    assert "there is no round 9; there is 1, 2, 3, 4" in run("topics", "diff", root, 1, 9, code=2).error
    assert "there is no round 9" in run("topics", "use", root, 9, code=2).error


def test_a_config_with_frozen_topics_takes_them_from_a_round(root, run, tmp_path):
    config = tmp_path / "t.json"
    topics = [
        {"id": "topic_2", "frozen": True},
        {"id": "topic_5", "frozen": True, "frozen_from": 1},
        {"id": "new", "count": 3},
    ]
    config.write_text(json.dumps(topics))
    run("topics", "fit", root, "--config", config, "--sweeps", 10)
    first, second = (KeywordLDA.load(root / f"topics/rounds/000{number}/model") for number in (1, 2))
    np.testing.assert_array_equal(second.topic_word_[0], first.topic_word_[1])
    np.testing.assert_array_equal(second.topic_word_[1], first.topic_word_[4])
    assert "round 2 unchanged" in run("topics", "fit", root, "--config", config, "--sweeps", 10).out
    kept = json.loads((root / "topics/topics.json").read_text())
    assert [topic.get("frozen_from") for topic in kept] == [1, 1, None, None, None]
    # held on, under another name, after rounds in between
    run("topics", "edit", root, "--rename", "topic_2=held")
    run("topics", "refit", root, "--sweeps", 2)
    run("topics", "refit", root, "--sweeps", 2)
    fourth = KeywordLDA.load(root / "topics/rounds/0004/model")
    assert fourth.topic_ids_[0] == "held"
    np.testing.assert_array_equal(fourth.topic_word_[0], first.topic_word_[1])


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ([{"id": "nowhere", "frozen": True}], "round 1: topic 'nowhere' is frozen, but .* has no topic 'nowhere'"),
        ([{"id": "topic_1", "frozen": True, "frozen_from": 7}], "'topic_1': frozen_from names round 7, which"),
        ([{"id": "topic_1", "frozen_from": 1}], r'topics\[0\].frozen_from needs "frozen": true'),
    ],
)  # fmt: skip
def test_a_frozen_topic_without_a_source_is_refused(root, run, tmp_path, topics, message):
    config = tmp_path / "t.json"
    config.write_text(json.dumps([*topics, {"id": "rest"}]))
    before = state(root)
    error = run("topics", "fit", root, "--config", config, "--sweeps", 4, code=2).error
    assert re.search(message, error), error
    assert state(root) == before


def test_freezing_needs_a_round(root, run, tmp_path):
    fresh = tmp_path / "fresh"
    run("simulate", "--out", fresh, "--reviews", 60, "--artists", 20, "--seed", 1)
    config = tmp_path / "t.json"
    config.write_text('[{"id": "a", "frozen": true}, {"id": "b"}]')
    error = run("topics", "fit", fresh, "--config", config, code=2).error
    assert "topic 'a' is frozen, but there is no round yet to take its words from" in error
    for command in (
        ["edit", fresh, "--noise", "a"],
        ["refit", fresh],
        ["history", fresh],
        ["undo", fresh],
        ["diff", fresh],
    ):
        assert "has no topics yet; run `bandscape topics fit" in run("topics", *command, code=1).error


def test_topics_json_may_be_changed_by_hand(root, run):
    path = root / "topics/topics.json"
    run("topics", "edit", root, "--split", "topic_1=2")
    topics = json.loads(path.read_text())
    topics[0]["keywords"] = ["guitar"]
    topics = [topic for topic in topics if topic["id"] != "topic_7"]
    path.write_text(json.dumps(topics))
    assert "changes of topics.json by hand" in run("topics", "edit", root).out
    answer = run("topics", "refit", root, "--sweeps", 3)
    assert "split topic_1=2" in answer.out
    assert ids(run, root) == ["topic_1_1", "topic_1_2", *(f"topic_{at}" for at in (2, 3, 4, 5, 6, 8))]
    path.write_text(json.dumps(topics[:4]))
    assert "forgotten; round 2" in run("topics", "undo", root).out
    assert len(json.loads(path.read_text())) == 8
    assert json.loads((root / "topics/topics.set-aside.json").read_text()) == topics[:4]
    for broken, code, says in [
        ("not json", 1, "not valid JSON"),
        ('[{"id": "a", "proportion": 0}]', 2, "number > 0"),
    ]:
        path.write_text(broken)
        error = run("topics", "refit", root, code=code).error
        assert re.search(
            rf"topics.json: .*{says}.*; mend it, or `bandscape topics undo .* of round 2 again", error
        )
        assert "forgotten; round 2" in run("topics", "undo", root).out
        assert len(json.loads(path.read_text())) == 8
        assert (root / "topics/topics.set-aside.json").read_text() == broken


def test_a_leftover_topics_json_is_not_taken_for_an_edit(root, run, tmp_path):
    config = tmp_path / "t.json"
    config.write_text('[{"id": "a", "keywords": ["guitar"]}, {"id": "b"}]')
    run("topics", "fit", root, "--config", config, "--sweeps", 4)
    run("topics", "fit", root, "--topics", 3, "--sweeps", 4)
    run("topics", "edit", root, "--rename", "topic_1=one")
    run("topics", "refit", root, "--sweeps", 2)
    assert ids(run, root) == ["one", "topic_2", "topic_3"]


BAD_EDITS = [
    (["--pin", "topic_1=guitar", "--exclude", "topic_1=Guitars"], 2, "'guitar' has another edit in"),
    (["--move", "guitar=topic_1:topic_2", "--pin", "topic_1=guitars"], 2, "'guitar' has another edit in"),
    (["--merge", "topic_1,topic_1"], 2, "merge: name two or more different topics"),
    (["--merge", "topic_1"], 2, "merge: name two or more different topics"),
    (["--split", "topic_1=1"], 2, "split: topic 'topic_1' can be split into 2 to"),
    (["--split", "topic_1=many"], 2, "--split must be TOPIC=N, N a whole number; got 'topic_1=many'"),
    (["--pin", "topic1=drum"], 1, "pin: no topic 'topic1'; there is topic_1"),
    (["--pin", "drum"], 2, "--pin must be TOPIC=WORD,...; got 'drum'"),
    (["--exclude", "topic_1=,"], 2, "--exclude must be TOPIC=WORD,...; got ','"),
    (["--move", "drum=topic_1"], 2, "--move must be WORD=FROM:TO; got 'drum=topic_1'"),
    (["--move", "drum=topic_1:topic_1"], 2, "move: 'drum' goes from 'topic_1' to itself"),
    (["--rename", "topic_1=topic_2"], 2, "rename: there is a topic 'topic_2' already"),
    (["--rename", "topic_1=review_id"], 2, "no topic may have the id 'review_id'"),
    (["--thaw", "topic_1"], 2, "thaw: topic 'topic_1' is not frozen"),
    (["--split", "topic_1=2", "--freeze", "topic_1_1"], 2, "'topic_1_1' is frozen, but was only just made of"),
    (["--allow", "topic_1=drum"], 2, "allow: 'drum' is neither pinned to nor excluded from topic 'topic_1'"),
    ([f"--exclude=topic_{at}=drum" for at in range(1, 9)], 2, "'drum' would be excluded from every topic"),
]  # fmt: skip


def test_wrong_edits_are_one_line_and_change_nothing(root, run):
    before = state(root)
    for options, code, says in BAD_EDITS:
        assert says in run("topics", "edit", root, *options, code=code).error
    assert state(root) == before


def test_ids_and_words_may_hold_the_signs_of_the_options(root, run):
    run("topics", "edit", root, "--rename", "topic_1=a=b:c", "--rename", "topic_2=d:e")
    run("topics", "edit", root, "--pin", "a=b:c=drum", "--move", "guitar=a=b:c:d:e", "--split", "a=b:c")
    assert "pin a=b:c=drum" in run("topics", "edit", root).out
    answer = run("topics", "refit", root, "--sweeps", 2)
    assert "move guitar=a=b:c:d:e" in answer.out


def test_hostile_names_do_no_harm(root, run):
    evil = "<script>alert(1)</script>../../x"
    assert "\x1b" not in run("topics", "edit", root, "--rename", f"topic_1=\x1b[31m{evil}", code=2).out
    run("topics", "edit", root, "--rename", f"topic_1={evil}")
    answer = run("topics", "refit", root, "--sweeps", 2)
    assert "\x1b" not in answer.out
    assert "\x1b" not in run("topics", "diff", root).out + run("topics", "history", root).out
    assert ids(run, root)[0] == evil


def test_words_that_no_review_uses_are_said_and_not_fatal(root, run):
    answer = run("topics", "edit", root, "--pin", "topic_1=zzyzx,drum")
    assert "words that the vocabulary lacks (rare, or only within a phrase): zzyzx" in answer.err
    answer = run("topics", "refit", root, "--sweeps", 2)
    assert "0 of 1 edits obeyed" in answer.out
    assert "zzyzx: the vocabulary lacks it" in answer.out


def test_long_keyword_lists_pass(root, run, tmp_path):
    topics = [{"id": f"topic_{at}"} for at in range(1, 9)]
    topics[0]["keywords"] = [f"word{at}" for at in range(5_000)]
    (root / "topics").mkdir(exist_ok=True)
    (root / "topics/topics.json").write_text(json.dumps(topics))
    config = tmp_path / "t.json"
    shutil.copy(root / "topics/topics.json", config)
    run("topics", "fit", root, "--config", config, "--sweeps", 2)
    run("topics", "edit", root, "--noise", "topic_2")
    run("topics", "refit", root, "--sweeps", 2)
    assert len(json.loads((root / "topics/topics.json").read_text())[0]["keywords"]) == 5_000


@pytest.mark.usefixtures("sound_machine")
def test_a_damaged_round_has_a_way_out_and_then_hinders_nothing(root, run):
    run("topics", "edit", root, "--pin", f"{ids(run, root)[0]}=guitar")
    run("topics", "refit", root)
    damaged = root / "topics/rounds/0002/model/arrays.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    seed = Workspace(root).steps()["topics/0002"].parameters["seed"]
    with pytest.raises(ChecksumError) as caught:  # what `bandscape run` asks first
        steps.kept_round(Workspace(root), random_state=seed)
    assert caught.value.step == "topics/0002"
    facts = damaged.parents[1] / "round.json"
    whole = facts.read_text()
    facts.write_text("{")
    listed = run("topics", "history", root, "--json").json
    assert [(row["round"], row["damaged"]) for row in listed] == [(1, False), (2, True)]
    assert "damaged, so not to be used" in run("topics", "history", root).out
    facts.write_text(whole)
    assert "bandscape topics use goes to another round" in bandscape("topics", "refit", root).error
    broken = bandscape("doctor", root, "--json")
    assert broken.code == 1
    assert (
        "`topics use` goes to another round"
        in next(c for c in broken.json["checks"] if not c["ok"])["detail"]
    )
    run("topics", "use", root, 1)
    mended = bandscape("doctor", root, "--json")
    assert mended.code == 0
    assert any("not the current round" in check["detail"] for check in mended.json["checks"])
    run("topics", "edit", root, "--pin", f"{ids(run, root)[0]}=guitar")
    run("topics", "refit", root)
    assert steps.kept_round(Workspace(root), random_state=seed) is not None


def test_a_refit_goes_on_after_another_import_with_topics_as_they_were(root, run):
    drum = topic_of(root, "drum machine")
    run("topics", "edit", root, "--rename", f"{drum}=machines")
    run("topics", "refit", root)
    before = KeywordLDA.load(root / "topics/rounds/0002/model")
    run("topics", "edit", root, "--exclude", "machines=guitar")
    reviews = pd.read_parquet(root / "corpus/reviews.parquet", columns=["artist_ids", "title", "text"])
    reviews["artist"] = reviews.pop("artist_ids").str.join(" ")
    reviews[30:].to_csv(root.parent / "corrected.csv", index=False)
    imported = run("import", root.parent / "corrected.csv", "--out", root, "--replace")
    assert f"next: bandscape topics refit {root} " in imported.out
    answer = run("topics", "refit", root)
    assert "another than that of round 2" in answer.out
    assert "1 of 1 edits obeyed" in answer.out
    after = KeywordLDA.load(root / "topics/rounds/0003/model")
    assert after.topic_ids_.tolist() == before.topic_ids_.tolist()
    assert matched(before, after).argmax(axis=1).tolist() == list(range(TOPICS))
    assert matched(before, after).diagonal().min() > 0.85
    assert run("topics", "history", root, "--json").json[-1]["parent"] == 2


def matched(one, other):
    """Return the cosines between the topics of two models, over the words that both have."""
    shared = sorted(set(one.vocabulary_) & set(other.vocabulary_))
    rows = [m.topic_word_[:, [m.vocabulary_.tolist().index(word) for word in shared]] for m in (one, other)]
    first, second = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in rows)
    return first @ second.T


REFIT = ["--sweeps", "400", "--threads", "1"]


@pytest.fixture(scope="module")
def edited(fitted, tmp_path_factory):
    root = shutil.copytree(fitted, tmp_path_factory.mktemp("edited") / "ws")
    edits = ["--pin", "topic_1=drum", "--split", "topic_2=2", "--merge", "topic_3,topic_4"]
    assert bandscape("topics", "edit", root, *edits).code == 0
    return root


@pytest.fixture(scope="module")
def undisturbed(edited, tmp_path_factory):
    root = shutil.copytree(edited, tmp_path_factory.mktemp("undisturbed") / "ws")
    assert bandscape("topics", "refit", root, *REFIT).code == 0
    return outputs(root)


@pytest.mark.parametrize("later_s", [0.05, 0.6])
def test_a_refit_that_was_killed_leaves_the_round_before_and_goes_on_to_the_same_bytes(
    edited, undisturbed, tmp_path, later_s
):
    root = shutil.copytree(edited, tmp_path / "ws")
    before = state(root)
    command = [sys.executable, "-m", "bandscape", "topics", "refit", root, *REFIT]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert any("sampling topics" in line for line in process.stderr)
        time.sleep(later_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if (
        "topics/0002" not in Workspace(root).steps()
    ):  # else it was done before the kill, and another goes on from it
        assert state(root) == before
        answer = bandscape("topics", "refit", root, *REFIT)
        assert answer.code == 0, answer.err
    assert outputs(root) == undisturbed
    assert not list(root.rglob("*.tmp"))


def test_a_full_disk_leaves_the_round_before(edited, tmp_path):
    root = shutil.copytree(edited, tmp_path / "ws")
    before = state(root)

    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))  # writing more fails as on a full disk

    answer = apart("topics", "refit", root, "--sweeps", 3, preexec_fn=fill_the_disk)
    assert answer.code == 1
    assert "large" in answer.error
    assert state(root) == before
    assert not list((root / ".staging").glob("*/*"))
    assert bandscape("topics", "refit", root, "--sweeps", 3).code == 0


def test_a_crash_between_the_note_and_topics_json_loses_no_edit(root, run, monkeypatch):
    from bandscape.cli.steps import drafts

    config = root / "topics/topics.json"
    run("topics", "edit", root, "--rename", "topic_1=one")
    written = config.read_text()
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "keep_topic_config", lambda *_: None)  # the crash
        run("topics", "edit", root, "--rename", "topic_2=two")
    assert config.read_text() == written
    answer = run("topics", "refit", root, "--sweeps", 2)
    assert "2 of 2 edits obeyed" in answer.out
    assert ids(run, root)[:2] == ["one", "two"]
    assert json.loads(config.read_text())[1]["id"] == "two"


def test_history_shows_all_that_was_asked_within_100_columns(root, run):
    name = "ambient-and-other-electronic-music-that-is-hardly-sung-to"
    run(
        "topics",
        "edit",
        root,
        "--rename",
        f"topic_1={name}",
        "--pin",
        f"{name}=drum,guitar",
        "--freeze",
        "topic_2",
    )
    run("topics", "refit", root, "--sweeps", 2)
    lines = run("topics", "history", root).out.splitlines()
    assert max(map(len, lines[:-1])) <= 100  # the last one has the path of the workspace
    column = lines[1].index("what")
    told = "".join(line[column:].rstrip() for line in lines[3:] if line[column - 1 : column] == " ")
    for part in (f"topic_1={name};", f"{name}=drum,guitar", "freezetopic_2"):
        assert part in told.replace(" ", "")
    assert "…" not in told
