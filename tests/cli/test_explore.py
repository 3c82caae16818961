"""The explorer over a real workspace: edits, rounds, refits in a process, exports, and how the command is called."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_info

pytest.importorskip("dash")
pytest.importorskip("waitress")

from bandscape.cli import explore as command
from bandscape.cli.exploring.compose import Explorer
from bandscape.cli.exploring.keeping import Kept
from bandscape.core import Workspace
from bandscape.core.errors import (
    MissingExtraError,
    ParameterError,
    SourceError,
    UnknownNameError,
    WorkspaceError,
)

from .conftest import bandscape

SWEEPS = 4


@pytest.fixture
def explorer(workspace):
    made = Explorer(workspace)
    yield made
    made.close()


@pytest.fixture
def topics(explorer):
    return explorer.sources().topics


@pytest.fixture(scope="module")
def looking(demo_workspace):
    """Look at the shared workspace, which nobody changes."""
    made = Explorer(demo_workspace)
    yield made
    made.close()


def test_a_question_is_multiplied_by_the_thread_that_asks():
    before = {one["filepath"]: one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}
    with command.one_blas_thread():
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {1}
    after = {one["filepath"]: one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}
    assert before == after


def first_words(topics, at=0):
    topic = topics.overview()["topics"][at]
    return topic["id"], [word["word"] for word in topic["words"]]


def edits(topics):
    return [edit["text"] for edit in topics.overview()["draft"]["edits"]]


def wait_for(topics, *states, seconds=120):
    end = time.monotonic() + seconds
    while topics.status()["state"] not in states:
        assert time.monotonic() < end, topics.status()
        time.sleep(0.05)
    return topics.status()


def test_an_edit_waits_in_the_workspace_as_that_of_the_command_does(topics, workspace):
    name, words = first_words(topics)
    before = topics.overview()["version"]
    said = topics.edit(1, [{"edit": "pin", "topic": name, "words": [words[0], "qwertzuiop"]}])
    assert said == f"waits for the refit: pin {name}={words[0]},qwertzuiop; the vocabulary lacks qwertzuiop"
    assert topics.overview()["version"] != before
    assert f"pin {name}={words[0]},qwertzuiop" in bandscape("topics", "edit", workspace).out
    assert Explorer(workspace).sources().topics.overview()["draft"] == topics.overview()["draft"]


def test_topics_go_by_the_names_of_the_round_whatever_waits_for_them(topics):
    (one, words), (two, others) = first_words(topics), first_words(topics, 1)
    topics.edit(1, [{"edit": "rename", "topic": one, "to": "drone"}])
    topics.edit(1, [{"edit": "exclude", "topic": one, "words": [words[1]]}])
    topics.edit(1, [{"edit": "move", "topic": two, "word": others[0], "to": one}])
    assert edits(topics) == [
        f"rename {one}=drone",
        f"exclude drone={words[1]}",
        f"move {others[0]}={two}:drone",
    ]
    draft = topics.overview()["draft"]
    assert draft["names"][one] == ["drone"]
    assert draft["edits"][1]["parts"] == [{"kind": "exclude", "topics": [one], "words": [words[1]]}]
    assert [part["topics"] for part in draft["edits"][2]["parts"]] == [[two], [one]]
    topics.edit(1, [{"edit": "split", "topic": two, "n_parts": 2}])
    with pytest.raises(ParameterError, match="is to be split into"):
        topics.edit(1, [{"edit": "pin", "topic": two, "words": ["x"]}])


def test_an_edit_of_a_page_that_shows_another_round_is_refused(topics):
    name, words = first_words(topics)
    for number in (2, 7):
        with pytest.raises(ParameterError, match=f"asked of round {number}, but round 1 is the current one"):
            topics.edit(number, [{"edit": "pin", "topic": name, "words": words[:1]}])
        with pytest.raises(ParameterError, match="asked of round"):
            topics.start(number, SWEEPS)
    assert edits(topics) == []


def test_edits_can_be_taken_back_one_by_one_and_together(topics):
    (one, words), (two, _) = first_words(topics), first_words(topics, 1)
    topics.edit(1, [{"edit": "rename", "topic": one, "to": "drone"}])
    topics.edit(1, [{"edit": "pin", "topic": one, "words": words[:1]}])
    topics.edit(1, [{"edit": "freeze", "topic": two}])
    version = topics.overview()["draft"]["version"]
    with pytest.raises(ParameterError, match="cannot be taken back alone"):
        topics.withdraw(1, version, 1)  # the pin names the topic as the rename left it
    with pytest.raises(ParameterError, match=r"number must be in 1..3"):
        topics.withdraw(1, version, 4)
    assert topics.withdraw(1, version, 3) == f"taken back: freeze {two}"
    assert edits(topics) == [f"rename {one}=drone", f"pin drone={words[0]}"]
    with pytest.raises(WorkspaceError, match="changed elsewhere"):
        topics.forget(1, version)
    with pytest.raises(WorkspaceError, match="edits wait"):
        topics.undo(1)
    assert topics.forget(1, topics.overview()["draft"]["version"]) == "2 edits forgotten"
    assert edits(topics) == []
    with pytest.raises(WorkspaceError, match="no edits wait"):
        topics.forget(1, topics.overview()["draft"]["version"])


def test_many_tabs_edit_at_once_and_nothing_is_lost(topics, workspace):
    ids = [topic["id"] for topic in topics.overview()["topics"]]
    failed = []

    def edit(name):
        try:
            topics.edit(1, [{"edit": "noise", "topic": name}])
        except Exception as error:
            failed.append(error)

    tabs = [threading.Thread(target=edit, args=(name,)) for name in ids]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert failed == []
    assert sorted(edits(topics)) == sorted(f"noise {name}" for name in ids)
    assert Workspace(workspace).manifest()["format"]


def test_another_process_that_writes_is_waited_for_by_people(topics, workspace):
    holder = (
        "import sys; from bandscape.core import Workspace\n"
        "with Workspace(sys.argv[1]).writing(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, workspace], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match="another process is writing to it"):
            topics.edit(1, [{"edit": "noise", "topic": first_words(topics)[0]}])
        topics.start(1, SWEEPS)
        assert "another process is writing to it" in wait_for(topics, "failed")["said"]
        other.stdin.close()
    assert topics.edit(1, [{"edit": "noise", "topic": first_words(topics)[0]}])


def test_a_refit_makes_the_round_that_the_command_would_make(explorer, topics, workspace, tmp_path):
    name, words = first_words(topics)
    topics.edit(1, [{"edit": "pin", "topic": name, "words": words[:2]}])
    twin = shutil.copytree(workspace, tmp_path / "twin")
    topics.prepare()
    busy = explorer.refits._ready
    busy.send_signal(signal.SIGSTOP)  # so that it is under way as long as it has to be
    assert topics.start(1, SWEEPS) == f"refitting round 1, {SWEEPS} sweeps"
    with pytest.raises(WorkspaceError, match="under way already"):
        topics.start(1, SWEEPS)
    with pytest.raises(WorkspaceError, match="a refit is under way"):
        topics.edit(1, [{"edit": "noise", "topic": name}])
    busy.send_signal(signal.SIGCONT)
    status = wait_for(topics, "finished", "failed")
    assert (status["state"], status["round"], status["parent"]) == ("finished", 2, 1)
    assert len(status["curve"]) >= 1
    assert "1 of 1 edits obeyed" in status["said"]
    assert bandscape("topics", "refit", twin, "--sweeps", SWEEPS).code == 0
    made = "topics/rounds/0002/topics.txt"
    assert (workspace / made).read_bytes() == (twin / made).read_bytes()
    facts = topics.overview()
    assert (facts["round"], edits(topics)) == (2, [])
    assert {one["word"] for one in facts["topics"][0]["keywords"]} == set(words[:2])
    assert [row["obeyed"] for row in topics.diff(1, 2) if row["topic"] == name] == [True]
    with pytest.raises(ParameterError, match="asked of round 1"):
        topics.edit(1, [{"edit": "noise", "topic": name}])
    assert topics.undo(2) == "round 1 is the current one again"
    assert topics.use(1, 2) == "round 2 is the current one"
    with pytest.raises(ParameterError, match="there is no round 9"):
        topics.use(2, 9)
    assert [(row["round"], row["current"]) for row in topics.history()] == [(1, False), (2, True)]
    assert "<title>" in explorer.sources().pages.diff(1, 2)


def test_a_canceled_refit_leaves_everything_as_it_was_and_the_next_one_works(topics, workspace):
    name, words = first_words(topics)
    topics.edit(1, [{"edit": "pin", "topic": name, "words": words[:1]}])
    with pytest.raises(WorkspaceError, match="no refit is under way"):
        topics.cancel()
    before = Workspace(workspace).manifest()
    topics.start(1, 100_000)
    end = time.monotonic() + 120
    while not topics.status()["curve"]:
        assert time.monotonic() < end, topics.status()
        time.sleep(0.02)
    assert (
        topics.cancel() == "The refit was canceled; everything is as it was, and edits that waited still do."
    )
    assert topics.status()["state"] == "canceled"
    assert Workspace(workspace).manifest() == before
    assert edits(topics) == [f"pin {name}={words[0]}"]
    topics.start(1, SWEEPS)
    assert wait_for(topics, "finished", "failed")["state"] == "finished"
    assert Workspace(workspace).values()["topics_round"] == 2


def test_a_refit_whose_process_dies_is_said_to_have_failed(explorer, topics):
    topics.start(1, 100_000)
    explorer.refits._busy.kill()
    assert "ended without a result" in wait_for(topics, "failed")["said"]
    assert not explorer.refits.is_running()


def test_where_no_process_can_be_started_the_wall_stands_and_the_refit_says_so(explorer, topics, monkeypatch):
    def refuse(*_args, **_options):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr("bandscape.cli.exploring.refits.subprocess.Popen", refuse)
        topics.prepare()
        with pytest.raises(WorkspaceError, match=r"no process could be started .* bandscape topics refit"):
            topics.start(1, SWEEPS)
    assert topics.status()["state"] == "idle"
    topics.prepare()
    assert explorer.refits._ready.poll() is None


def test_no_process_is_left_behind(workspace):
    made = Explorer(workspace)
    made.refits.prepare()
    waiting = made.refits._ready
    assert waiting.poll() is None
    made.close()
    assert waiting.poll() is not None


def test_the_wall_knows_words_years_and_keywords(looking):
    facts = looking.topics.facts.overview()
    assert facts["years"][0] < facts["years"][1]
    for topic in facts["topics"]:
        sizes = [word["size"] for word in topic["words"]]
        assert sizes == sorted(sizes, reverse=True)
        assert 0 < len(sizes) <= 12
        assert sizes[0] == 1
        assert len(topic["years"]) == facts["years"][1] - facts["years"][0] + 1
    assert sum(topic["share"] for topic in facts["topics"]) == pytest.approx(1, abs=1e-6)


def test_evidence_is_that_of_the_command_with_the_topics_that_matter(looking, run, demo_workspace):
    name = looking.topics.facts.overview()["topics"][0]["id"]
    found = looking.topics.evidence(name, 2)
    expected = run("topics", "evidence", demo_workspace, name, "-n", 2, "--json").json
    assert [text["title"] for text in found["texts"]] == [text["title"] for text in expected]
    assert [text["pieces"] for text in found["texts"]] == [text["pieces"] for text in expected]
    assert found["slots"][name] == 0
    assert len(found["slots"]) <= 6
    assert looking.topics.evidence(name, 2) is found  # kept
    suggested = looking.topics.suggest(name)
    assert [one["word"] for one in suggested["add"]] == [
        one["word"] for one in run("topics", "suggest", demo_workspace, name, "--json").json["add"]
    ]
    with pytest.raises(UnknownNameError):
        looking.topics.evidence("no such topic", 2)


def test_artists_answer_as_the_command_does(looking, run, demo_workspace):
    example = looking.artists.examples()
    assert len(example) == 3
    for question in example:
        found = looking.artists.ask(question, 5, "3cosadd")
        assert found == run("artists", "analogy", demo_workspace, question, "--top", 5, "--json").json
    first, second = (row["name"] for row in looking.artists.ask(example[0], 2, "3cosadd")["results"])
    assert (
        looking.artists.explain(first, second)
        == run("artists", "explain", demo_workspace, first, second, "--json").json
    )
    for question in ("", "- rock", " + ".join(["genre:rock"] * 500)):
        with pytest.raises(ParameterError):
            looking.artists.ask(question, 5, "3cosadd")


def test_names_are_suggested_from_their_beginning_and_from_later_words(looking):
    table = looking.artists.table()
    long = next(name for name in table.names if " " in name)
    assert long in [one["label"] for one in looking.artists.suggest(long[:5].upper(), 100)]
    assert long in [one["label"] for one in looking.artists.suggest(long.split()[-1], 200)]
    genre = next(genre for genres in table.genres for genre in genres)
    assert f"genre:{genre}" in [one["text"] for one in looking.artists.suggest(genre, 8)]
    assert looking.artists.suggest("  ", 8) == looking.artists.suggest("\x00", 8) == []
    assert len(looking.artists.suggest("a", 8)) <= 8


def test_the_corpus_is_counted(looking, run, demo_workspace):
    facts, info = looking.corpus.overview(), run("info", demo_workspace, "--json").json
    assert facts["figures"]["reviews"] == info["reviews"] == 240
    scores, years, artists = facts["histograms"]
    reviews = pq.read_table(demo_workspace / "corpus/reviews.parquet").to_pylist()
    assert sum(bar["count"] for bar in scores["bars"]) == sum(row["score"] is not None for row in reviews)
    assert sum(bar["count"] for bar in years["bars"]) == sum(row["pub_date"] is not None for row in reviews)
    assert sum(bar["count"] for bar in artists["bars"]) == len(
        {one for row in reviews for one in row["artist_ids"]}
    )
    assert [one["name"] for one in facts["steps"]] == [one["name"] for one in info["steps"]]
    assert looking.corpus.rejects(None, None, 0, 5)["total"] == info["rejects"]


def test_the_map_is_that_of_the_command(looking, demo_workspace):
    assert looking.pages.map() == (demo_workspace / "maps/map.html").read_text(encoding="utf-8")


def test_two_maps_stand_side_by_side(demo_workspace, workspace):
    made = Explorer(demo_workspace, others=[workspace]).sources().pages
    assert made.comparisons() == ["ws"]
    assert "<title>" in made.comparison("ws")
    with pytest.raises(UnknownNameError):
        made.comparison("../ws")


def test_everything_listed_can_be_taken_away(looking, tmp_path):
    listed = looking.exports.listing()
    assert {
        "topics-txt",
        "doc-topics",
        "map",
        "vectors-parquet",
        "vectors-word2vec",
        "artists",
        "topic-map",
    } <= {one["key"] for one in listed}
    for one in listed:
        folder = tmp_path / one["key"]
        folder.mkdir()
        path = looking.exports.file(one["key"], folder)
        assert path.suffix == "." + one["name"].rpartition(".")[2]
        assert path.stat().st_size == one["bytes"] if one["bytes"] is not None else path.stat().st_size > 0
    assert looking.exports.file("../manifest.json", tmp_path) is None


def test_sounds_are_those_of_the_artists(looking, demo_workspace):
    found = looking.sounds.tracks("", 0, 3)
    assert found["total"] >= 60
    path = looking.sounds.file(found["rows"][0]["key"])
    assert path.parent.parent == demo_workspace / "audio"
    artist = found["rows"][0]["artist"]
    assert {row["artist"] for row in looking.sounds.tracks(artist, 0, 50)["rows"]} >= {artist}
    for key in ("0", "../manifest.json", str(10**9), ""):
        assert looking.sounds.file(key) is None


def test_sounds_may_lie_outside_of_the_workspace(demo_workspace, tmp_path, monkeypatch):
    homes = sorted((demo_workspace / "audio").glob("a0*"))[:2]
    shutil.copytree(homes[0], tmp_path / "music" / homes[0].name)
    shutil.copytree(homes[1], tmp_path / "music" / "tagged")
    (tmp_path / "secret.flac").write_bytes(b"not theirs")
    joined = {homes[1].name: ["tagged/1.flac", "../secret.flac"], homes[0].name: ["tagged/2.flac"]}
    monkeypatch.setattr("bandscape.cli.steps.sounds._joined_tracks", lambda _: joined)
    desk = Explorer(demo_workspace, audio=tmp_path / "music").sounds
    paths = {desk.file(row["key"]).relative_to(tmp_path / "music") for row in desk.tracks("", 0, 99)["rows"]}
    own = {Path(homes[0].name) / file.name for file in homes[0].iterdir()}
    assert paths == {*own, Path("tagged/1.flac")}, "its folder, else what was joined, and nothing outside"
    with pytest.raises(SourceError, match="--audio must be a folder"):
        Explorer(demo_workspace, audio=tmp_path / "nothing")


def test_the_map_of_sounds_has_every_sound_with_its_artist_and_where_it_is_to_be_had(looking):
    shown = json.loads(re.search(r'id="bandscape-data">(.*?)</script>', looking.sounds.page())[1])
    found = looking.sounds.tracks("", 0, 10**6)
    assert found["mapped"] == found["total"] == len(shown["names"]) == len(shown["soundAddresses"])
    by_key = {f"/sound/{row['key']}": f"{row['artist']}: {row['name']}" for row in found["rows"]}
    for row, address in shown["soundAddresses"].items():
        assert shown["names"][int(row)] == by_key[address]
    assert set(shown["groups"]) == {"genre", "artist"}
    assert shown["sounds"] == {}


def test_an_empty_workspace_says_what_is_missing(tmp_path):
    (tmp_path / "few.csv").write_text("artist,score\na,1\nb,2\n")
    assert bandscape("import", tmp_path / "few.csv", "--out", tmp_path / "ws").code == 0
    made = Explorer(tmp_path / "ws").sources()
    assert made.topics.overview()["round"] is None
    assert made.topics.history() == []
    assert made.corpus.overview()["figures"]["reviews"] == 2
    assert made.sounds.tracks("", 0, 5) | {"rows": []} == {
        "total": 0, "artists": 0, "quarantined": 0, "mapped": 0, "rows": []
    }  # fmt: skip
    for ask in (
        made.pages.map,
        made.sounds.page,
        lambda: made.artists.ask("a", 3, "3cosadd"),
        lambda: made.topics.start(1, 3),
    ):
        with pytest.raises(WorkspaceError):
            ask()


def test_a_topics_file_that_cannot_be_read_is_said_on_the_page_and_above_it(workspace):
    from bandscape.viz.explorer.banner import banner, poll
    from bandscape.viz.explorer.elements import text_of
    from bandscape.viz.explorer.shell import show

    sources = Explorer(workspace).sources()
    name, _ = first_words(sources.topics)
    sources.topics.edit(1, [{"edit": "noise", "topic": name}])
    (workspace / "topics/topics.json").write_text('[{"id": "a", "proportion": "much"}]')
    for said in (text_of(banner(poll(sources), "/topics")), text_of(show(sources, "/topics", "").main())):
        assert "proportion" in said
    assert show(sources, "/topics", "").key == show(sources, "/topics", "").key
    assert "What was read" in text_of(show(sources, "/corpus", "").main())


def test_the_manifest_is_parsed_once_and_seen_when_another_process_writes(workspace, monkeypatch):
    from bandscape.cli.exploring.reading import ReadWorkspace
    from bandscape.core import workspace as module

    parsed = []
    read = module.read_manifest
    monkeypatch.setattr(module, "read_manifest", lambda root: parsed.append(root) or read(root))
    opened = ReadWorkspace(workspace)
    for _ in range(5):
        assert opened.values()["topics_round"] == 1
    assert len(parsed) == 1
    bandscape("topics", "edit", workspace, "--freeze", first_words(Explorer(workspace).sources().topics)[0])
    assert len(opened.values()["topics_draft"]["edits"]) == 1
    with opened.writing() as writable:
        writable.note({"topics_draft": None})
        assert type(writable) is Workspace
    assert opened.values()["topics_draft"] is None


def test_what_is_kept_is_made_once_for_all_who_wait():
    kept, made = Kept(2), []

    def make():
        made.append(1)
        time.sleep(0.05)
        return len(made)

    got = []
    threads = [threading.Thread(target=lambda: got.append(kept.get("a", make))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == [1] * 8
    kept.get("b", make)
    kept.get("c", make)
    assert kept.get("a", make) == 4  # the oldest of three went
    with pytest.raises(ZeroDivisionError):
        kept.get("d", lambda: 1 / 0)
    assert kept.get("d", lambda: "mended") == "mended"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "--public and --token"),
        (["--host", "192.168.0.1", "--public"], "--token"),
        (["--host", "0.0.0.0", "--public", "--token", "short"], "16 characters"),
        (["--token", "with spaces and ; signs"], "16 characters"),
        (["--host", "0.0.0.0", "--token", "a" * 32], "--public"),
    ],
)
def test_others_are_let_in_only_with_a_flag_and_a_token(run, demo_workspace, words, said):
    assert said in run("explore", demo_workspace, *words, code=2).error


def test_bad_calls_are_one_clear_line(run, demo_workspace, tmp_path):
    assert "not a workspace" in run("explore", tmp_path, code=1).error
    assert "not a workspace" in run("explore", demo_workspace, "--compare", tmp_path, code=1).error
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--port" in run("explore", demo_workspace, "--port", taken.getsockname()[1], code=1).error


def test_names_it_is_called_by_are_its_own():
    assert command.own_names("127.0.0.1", ["x.example"]) == ("127.0.0.1", "localhost", "::1")
    public = command.own_names("0.0.0.0", ["Box.Example"])
    assert "box.example" in public
    assert "0.0.0.0" not in public
    assert "*" not in public


def test_without_the_extra_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bandscape\[explore\]'"):
        command.check_extra()


def test_the_real_explorer_answers_and_ends_on_ctrl_c(demo_workspace):
    token = "a" * 32
    words = [
        sys.executable,
        "-m",
        "bandscape",
        "explore",
        str(demo_workspace),
        "--port",
        "0",
        "--token",
        token,
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as service:
        try:
            url = re.search(rf"http://127\.0\.0\.1:\d+/\?token={token}", service.stdout.readline())[0]
            with pytest.raises(urllib.error.HTTPError) as closed:
                urllib.request.urlopen(url.partition("?")[0], timeout=300)
            closed.value.close()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(url, timeout=300) as answer:
                assert "react-entry-point" in answer.read().decode()
                assert "Server" not in answer.headers
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener.open(
                    urllib.request.Request(url, b"x" * 300_000, {"Origin": url.partition("/?")[0]}),
                    timeout=60,
                )
            assert refused.value.code == 413
            refused.value.close()
        finally:
            service.send_signal(signal.SIGINT)
            out, err = service.communicate(timeout=300)
    assert (service.returncode, err) == (0, "")
    assert "explorer ended" in out
