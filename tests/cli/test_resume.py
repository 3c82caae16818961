"""kill -9 at several points of `run`, then `run` again: the artifacts are those of an undisturbed run."""

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
    started = time.monotonic()
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    return outputs(root), time.monotonic() - started


def run_and_kill(source, root, after_s):
    command = [sys.executable, "-m", "bandscape", "run", source, "--out", root]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=after_s)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.15, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_a_killed_run_goes_on_to_the_same_artifacts(source, undisturbed, tmp_path, share):
    expected, seconds = undisturbed
    root = tmp_path / "ws"
    run_and_kill(source, root, share * seconds)
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == expected
    assert not list(root.rglob("*.tmp"))


def test_a_run_killed_twice_goes_on_to_the_same_artifacts(source, undisturbed, tmp_path):
    expected, seconds = undisturbed
    root = tmp_path / "ws"
    assert run_and_kill(source, root, 0.4 * seconds)
    run_and_kill(source, root, 0.4 * seconds)
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == expected


def test_ctrl_c_says_how_to_go_on(source, tmp_path):
    command = [sys.executable, "-m", "bandscape", "run", source, "--out", tmp_path / "ws"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "reading" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in err
    assert "Traceback" not in err
