"""What `info` tells of the steps, and the log that programs read."""

import json
import logging
import os

import pytest

from bandscape.cli.info import workspace_digest
from bandscape.cli.logs import JsonLines, take_log_option
from bandscape.core import ParameterError, Workspace
from bandscape.core.events import log_event

from .conftest import apart


def test_info_tells_parameters_seeds_versions_durations_memory_and_hashes(run, demo_workspace):
    info = run("info", demo_workspace, "--json").json
    for step in info["steps"]:
        assert {"parameters", "seed", "versions", "seconds", "peak_bytes", "inputs", "outputs"} <= step.keys()
        assert step["peak_bytes"] > 1e7
        assert step["versions"]["numpy"]
    assert next(step for step in info["steps"] if step["name"] == "artists")["seed"] == 3
    text = run("info", demo_workspace).out
    for step in info["steps"]:
        assert step["sha256"][:8] in text
    assert info["sha256"] in text
    assert "numpy" in text
    assert max(map(len, text.splitlines()[:-1])) <= 100


def test_info_of_one_step_shows_every_hash(run, demo_workspace):
    told = run("info", demo_workspace, "--step", "text", "--json").json
    text = run("info", demo_workspace, "--step", "text").out
    assert told["name"] == "text"
    for sha256 in (*told["inputs"].values(), *told["outputs"].values()):
        assert sha256 in text
    assert "stemmer" in text
    assert "there is no step 'x'; there is import" in run("info", demo_workspace, "--step", "x", code=2).error


def test_the_digest_of_a_workspace_is_that_of_its_content(workspace, demo_workspace):
    assert workspace_digest(Workspace(workspace)) == workspace_digest(Workspace(demo_workspace))
    with Workspace(workspace).writing() as opened:
        opened.run_step("more", lambda stage: (stage / "x").write_text("x"), parameters={})
    assert workspace_digest(opened) != workspace_digest(Workspace(demo_workspace))


def read_log(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_log_has_one_object_a_line_for_command_steps_and_errors(tmp_path):
    log = tmp_path / "log.jsonl"
    made = apart("simulate", "--out", tmp_path / "ws", "--reviews", 60, "--artists", 12, "--log-json", log)
    assert made.code == 0, made.err
    missing = apart("info", tmp_path / "none", env={**os.environ, "BANDSCAPE_LOG_JSON": str(log)})
    assert missing.code == 1
    lines = read_log(log)
    assert [line["event"] for line in lines if line["event"] != "progress"] == [
        "command_started", "step_started", "step_finished", "command_finished",
        "command_started", "error", "command_finished",
    ]  # fmt: skip
    finished = next(line for line in lines if line["event"] == "step_finished")
    assert finished["facts"]["step"] == "import"
    assert finished["facts"]["outputs"].keys() >= {"corpus/reviews.parquet"}
    assert lines[-1]["facts"]["exit_code"] == 1
    assert "not a workspace" in next(line for line in lines if line["event"] == "error")["message"]
    assert all({"time", "level", "logger", "process", "facts"} <= line.keys() for line in lines)
    assert "step_" not in made.err, "the log is not shown as well"


def test_a_log_that_cannot_be_written_is_wrong_use_in_one_line(tmp_path):
    answer = apart("info", "x", "--log-json", tmp_path / "nowhere" / "log")
    assert answer.code == 2
    assert "cannot be written to" in answer.error
    with pytest.raises(ParameterError, match="needs a file"):
        take_log_option(["info", "--log-json"])


def test_the_log_option_is_taken_anywhere_but_after_two_dashes(monkeypatch):
    monkeypatch.delenv("BANDSCAPE_LOG_JSON", raising=False)
    assert take_log_option(["a", "--log-json", "f", "b"]) == (["a", "b"], "f")
    assert take_log_option(["a", "--log-json=f"]) == (["a"], "f")
    assert take_log_option(["a", "--", "--log-json", "f"]) == (["a", "--", "--log-json", "f"], None)


def test_hostile_text_stays_one_line_and_odd_values_do_not_end_the_work(tmp_path):
    handler = JsonLines(tmp_path / "log")
    events = logging.getLogger("bandscape.core.events")
    events.addHandler(handler)
    events.setLevel(logging.INFO)
    events.propagate = False  # half a character in a captured log cannot be sent to who runs the tests
    try:
        log_event("odd", message="a\nb\u2028\x1b[31m\ud800", path=tmp_path, number=float("nan"))
    finally:
        events.removeHandler(handler)
        events.setLevel(logging.NOTSET)
        events.propagate = True
        handler.close()
    (line,) = read_log(tmp_path / "log")
    assert line["facts"]["path"] == str(tmp_path)
    assert line["facts"]["message"].startswith("a\nb")
