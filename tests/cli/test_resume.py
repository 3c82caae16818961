"""kill -9 at several points of `run`, then `run` again: the artifacts are those of an undisturbed run."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from bandscape.core import Workspace

from .conftest import bandscape

SIZE = ["--reviews", "400", "--artists", "80", "--seed", "5"]


def outputs(root):
    """sha256 of every output of every step."""
    return {path: sha for record in Workspace(root).steps().values() for path, sha in record.outputs.items()}


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


def run_and_kill(source, root, stage, later_s=0.05):
    """Start a run, wait until it says that a stage has begun, kill it a moment later; return whether that was done."""
    command = [sys.executable, "-m", "bandscape", "run", source, "--out", root]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        began = any(stage in line for line in process.stderr)
        time.sleep(later_s)
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return began and process.returncode == -signal.SIGKILL


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
@pytest.mark.parametrize("later_s", [0.0, 0.1, 0.2, 0.5, 0.8, 1.2])
@pytest.mark.parametrize("stage", STAGES[1:3])
def test_the_moment_of_the_kill_does_not_matter(source, undisturbed, tmp_path, stage, later_s):
    root = tmp_path / "ws"
    killed = run_and_kill(source, root, stage, later_s)
    assert killed or later_s > 0.2, "a quick machine may have ended by then"
    if later_s in (0.1, 0.8):  # and once more
        run_and_kill(source, root, STAGES[-1], 0.1)
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == undisturbed


def test_ctrl_c_says_how_to_go_on(source, tmp_path):
    command = [sys.executable, "-m", "bandscape", "run", source, "--out", tmp_path / "ws"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "reading" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in err
    assert "Traceback" not in err
