"""Long work on topics, stopped by Ctrl-C or kill -9 at any sweep: the same command goes on to the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
from itertools import islice

import pyarrow.parquet as pq
import pytest

from bandscape.topics import sampler

from .conftest import bandscape, outputs

SWEEPS = 60
# A checkpoint after every sweep, and sweeps that wait from a number on to be stopped: the command itself, otherwise.
WAITING = """
import os, signal, sys, time
from bandscape.core import workspace
from bandscape.cli.main import main
from bandscape.topics import sampler
workspace.CHECKPOINT_S = 0
def hear(*signaled):
    open("go on", "w").close()  # the interrupt is on its way: what waits may go on
    signal.default_int_handler(*signaled)
signal.signal(signal.SIGINT, hear)
swept = sampler.BlockSampler.sweep
def sweep(self, number, *rest):
    sys.stderr.write(f"sweep {number}\\n")  # at once: chains sweep side by side
    sys.stderr.flush()
    time.sleep(0.05)
    while number >= int(sys.argv[1]) and not os.path.exists("go on"):
        time.sleep(0.01)
    return swept(self, number, *rest)
sampler.BlockSampler.sweep = sweep
main(sys.argv[2:])
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Hold a workspace with a round and an edit that waits, and new reviews beside it; do not write to them."""
    folder = tmp_path_factory.mktemp("resume")
    root = folder / "ws"
    assert bandscape("simulate", "--out", root, "--reviews", 400, "--artists", 60, "--seed", 3).code == 0
    reviews = pq.read_table(root / "corpus/reviews.parquet")
    with_text = reviews.filter([bool(text) for text in reviews["text"].to_pylist()])
    pq.write_table(with_text.slice(with_text.num_rows - 100), folder / "new.parquet")
    pq.write_table(with_text.slice(0, 270), folder / "old.parquet")
    shutil.rmtree(root)
    assert bandscape("import", folder / "old.parquet", "--out", root).code == 0
    assert bandscape("topics", "fit", root, "--topics", 6, "--sweeps", SWEEPS).code == 0
    return folder


COMMANDS = {
    "fit": ["fit", "ws", "--topics", "5", "--sweeps", str(SWEEPS)],
    "refit": ["refit", "ws", "--sweeps", str(SWEEPS)],
    "update": ["update", "ws", "new.parquet"],
    "chains": ["chains", "ws", "--chains", "3", "--threads", "2"],
    "diagnose": ["diagnose", "ws", "--held-out", "0.2"],
}
SIDE_BY_SIDE = {"chains": 2}  # how many chains sweep at once
LESS_USUAL = [pytest.param(name, marks=pytest.mark.slow) for name in ("fit", "diagnose")]


@pytest.fixture
def folder(fitted, tmp_path, command, run):
    folder = shutil.copytree(fitted, tmp_path / "here")
    if command == "refit":
        run("topics", "edit", folder / "ws", "--rename", "topic_1=one", "--merge", "one,topic_2")
    return folder


@pytest.fixture(scope="module")
def known():
    """Hold what the commands put out when nothing stops them."""
    return {}


@pytest.fixture
def undisturbed(folder, tmp_path, command, run, known, monkeypatch):
    """Outputs of the command when nothing stops it."""
    if command not in known:
        shutil.copytree(folder, tmp_path / "clean")
        monkeypatch.chdir(tmp_path / "clean")
        run("topics", *COMMANDS[command])
        known[command] = outputs(tmp_path / "clean" / "ws")
    return known[command]


def stop(folder, command, number, how):
    """Start the command and stop it within a sweep; return its exit code and what it said."""
    words = [sys.executable, "-c", WAITING, str(number), "topics", *COMMANDS[command]]
    begun = (line for line in iter(lambda: process.stderr.readline(), "") if line == f"sweep {number}\n")
    with subprocess.Popen(
        words,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        chains = SIDE_BY_SIDE.get(command, 1)
        assert len(list(islice(begun, chains))) == chains, f"no sweep {number}"
        os.killpg(process.pid, how)
        said = process.stderr.read()
        process.wait(300)
    (folder / "go on").unlink(missing_ok=True)
    return process.returncode, said


@pytest.mark.parametrize("command", ["refit", "update", "chains", *LESS_USUAL])
def test_kill_9_at_a_sweep_goes_on_to_the_same_bytes(folder, undisturbed, command, run, monkeypatch):
    root = folder / "ws"
    before = outputs(root)
    for number in (5, 14):  # the second time the chain goes on from where the first left it, and is cut again
        assert stop(folder, command, number, signal.SIGKILL)[0] == -signal.SIGKILL
        assert outputs(root) == before
    swept = []
    real = sampler.BlockSampler.sweep
    monkeypatch.setattr(
        sampler.BlockSampler,
        "sweep",
        lambda self, number, *rest: (swept.append(number), real(self, number, *rest))[1],
    )
    monkeypatch.chdir(folder)
    run("topics", *COMMANDS[command])
    assert min(swept[:2]) >= 13  # what was done is not done again
    assert outputs(root) == undisturbed
    assert not list(root.rglob("*.tmp"))
    assert not list((root / ".checkpoints").glob("*"))


@pytest.mark.parametrize("command", ["refit", "chains", *LESS_USUAL])
def test_ctrl_c_ends_at_once_in_one_line_and_the_command_goes_on(
    folder, undisturbed, command, run, monkeypatch
):
    root = folder / "ws"
    before = outputs(root)
    code, said = stop(folder, command, 8, signal.SIGINT)
    assert code == 130
    lines = [line for line in said.splitlines() if not line.startswith("sweep")]
    assert lines == ["error: stopped; what is finished is kept, run the same command again to go on"]
    assert max([8, *(int(line.split()[1]) for line in said.splitlines() if line.startswith("sweep"))]) < 12
    assert outputs(root) == before
    monkeypatch.chdir(folder)
    run("topics", *COMMANDS[command])
    assert outputs(root) == undisturbed
