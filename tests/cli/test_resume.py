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
# much to do delays both. Each is a process of its own, forked from one that has imported everything: that takes longer
# than what is killed.
KILLED = """
import os, signal, sys, threading, traceback
import tensorflow, bandscape.datasets, bandscape.embeddings, bandscape.topics, bandscape.viz
from bandscape.cli import console
from bandscape.cli.main import main
said = console.say

def run(stage, later_s, source, root):
    def say(text, **options):
        said(text, **options)
        if stage in text:
            death = threading.Timer(float(later_s), os.killpg, (0, signal.SIGKILL))
            death.daemon = True
            death.start()
    console.say = say
    try:
        main(["run", source, "--out", root])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    return 70

for line in sys.stdin:
    job = os.fork()
    if not job:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os._exit(run(*line.rstrip("\\n").split("\\t")))
    print(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def run_and_kill(source):
    """Give a function that runs, is killed a moment after a stage has begun, and returns whether that was done."""
    words = [sys.executable, "-c", KILLED]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:

        def run_one(root, stage, later_s=0.05):
            server.stdin.write(f"{stage}\t{later_s}\t{source}\t{root}\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            assert code in (0, -signal.SIGKILL), f"the run ended with {code}"
            return code == -signal.SIGKILL

        yield run_one
        server.stdin.close()


STAGES = ["reading texts", "sampling topics", "training artist vectors", "laying out"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_goes_on_to_the_same_artifacts(
    source, undisturbed, run_and_kill, tmp_path, stage
):
    root = tmp_path / "ws"
    assert run_and_kill(root, stage), f"the run could not be killed in {stage!r}"
    answer = bandscape("run", source, "--out", root)
    assert answer.code == 0, answer.err
    assert outputs(root) == undisturbed
    assert not list(root.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("later_s", [0.0, 0.2, 0.8])
@pytest.mark.parametrize("stage", STAGES[1:3])
def test_the_moment_of_the_kill_does_not_matter(source, undisturbed, run_and_kill, tmp_path, stage, later_s):
    root = tmp_path / "ws"
    killed = run_and_kill(root, stage, later_s)
    assert killed or later_s > 0.2, "a quick machine may have ended by then"
    if later_s == 0.8:  # and once more
        run_and_kill(root, STAGES[-1], 0.1)
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
