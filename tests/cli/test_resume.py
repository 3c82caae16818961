"""kill -9 at several points of `run`, then `run` again: the artifacts are those of an undisturbed run."""

import signal
import subprocess
import sys

import pytest

from .conftest import bandscape, outputs

SIZE = ["--reviews", "400", "--artists", "80", "--seed", "5"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root = tmp_path_factory.mktemp("source") / "sim"
    assert bandscape("simulate", "--out", root, *SIZE).code == 0
    return root


@pytest.fixture(scope="module")
def undisturbed(source, tmp_path_factory):
    root = tmp_path_factory.mktemp("clean") / "ws"
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    return outputs(root)


# The command itself, but killed a moment after it says that a stage has begun. The moment is its own: a machine with
# much to do delays both.
KILLED = """
import os, signal, sys, threading
from bandscape.cli import console
from bandscape.cli.main import main
said, stage, later_s = console.say, sys.argv[1], float(sys.argv[2])
def say(text, **options):
    said(text, **options)
    if stage in text:
        death = threading.Timer(later_s, os.killpg, (0, signal.SIGKILL))
        death.daemon = True
        death.start()
console.say = say
main(sys.argv[3:])
"""


def run_and_kill(source, root, stage, later_s=0.05):
    """Run, and be killed a moment after a stage has begun; return whether that was done."""
    words = [sys.executable, "-c", KILLED, stage, str(later_s), "run", source, "--out", root]
    return subprocess.run(words, capture_output=True, start_new_session=True).returncode == -signal.SIGKILL


STAGES = ["reading texts", "sampling topics", "training artist vectors", "laying out"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_goes_on_to_the_same_artifacts(source, undisturbed, tmp_path, stage):
    root = tmp_path / "ws"
    assert run_and_kill(source, root, stage), f"the run could not be killed in {stage!r}"
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == undisturbed
    assert not list(root.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("later_s", [0.0, 0.2, 0.8])
@pytest.mark.parametrize("stage", STAGES[1:3])
def test_the_moment_of_the_kill_does_not_matter(source, undisturbed, tmp_path, stage, later_s):
    root = tmp_path / "ws"
    killed = run_and_kill(source, root, stage, later_s)
    assert killed or later_s > 0.2, "a quick machine may have ended by then"
    if later_s == 0.8:  # and once more
        run_and_kill(source, root, STAGES[-1], 0.1)
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == undisturbed


def test_ctrl_c_says_how_to_go_on(source, tmp_path):
    command = [sys.executable, "-m", "bandscape", "run", source, "--out", tmp_path / "ws"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "reading" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "run the same command again" in err
    assert "Traceback" not in err
