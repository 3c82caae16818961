"""A small finished workspace that the tests of the command line share."""

import io
import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from bandscape.cli.console import warn
from bandscape.cli.main import _run
from bandscape.core import Workspace

SMALL = ["--reviews", "240", "--artists", "60", "--seed", "3"]


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The only error line."""
        lines = [line for line in self.err.splitlines() if line.startswith(("error:", "Error:"))]
        assert len(lines) == 1, self.err
        return lines[0]


def outputs(root):
    """Return the sha256 of every output of every step of a workspace, by path."""
    return {path: sha for record in Workspace(root).steps().values() for path, sha in record.outputs.items()}


def bandscape(*words, stdin="") -> Answer:
    """Run the command in this process, as `main` would: starting one takes longer than what most commands do."""
    assert not {"--log-json", "--debug"} & set(map(str, words)), "the process itself takes these: use `apart`"
    out, err = io.StringIO(), io.StringIO()
    logged = logging.StreamHandler(err)
    logged.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logged.setLevel(logging.WARNING)
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        logging.getLogger("bandscape").addHandler(logged)
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", kind)  # as Python does by itself
            warnings.showwarning = lambda message, *_rest, **_options: warn(str(message))
            try:
                code = _run(list(map(str, words)), debug=False)
            finally:
                logging.getLogger("bandscape").removeHandler(logged)
    return Answer(code, out.getvalue(), err.getvalue())


def apart(*words, timeout=300, **options) -> Answer:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "bandscape", *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    return Answer(run.returncode, run.stdout, run.stderr)


@contextmanager
def running_explorer(*words):
    """Start the explorer in a process of its own, give its address, and end it as Ctrl-C does."""
    command = [sys.executable, "-m", "bandscape", "explore", *map(str, words), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+", service.stdout.readline())[0]
            service.send_signal(signal.SIGINT)
            assert service.wait(120) == 0
        finally:
            service.kill()


@pytest.fixture(scope="session")
def demo_workspace(made_once):
    """Hold a finished demo workspace; do not write to it (see `workspace`)."""

    def make(folder):
        answer = bandscape("demo", "--out", folder / "ws", *SMALL)
        assert answer.code == 0, answer.err
        assert "map.html" in answer.out

    return made_once("demo", make) / "ws"


@pytest.fixture
def workspace(demo_workspace, tmp_path):
    """Give a copy of the finished workspace to write to."""
    return shutil.copytree(demo_workspace, tmp_path / "ws")


@pytest.fixture
def sound_machine(monkeypatch):
    """Let the doctor look at workspaces only: importing every package takes seconds."""
    monkeypatch.setattr("bandscape.cli.doctor.machine_findings", list)


@pytest.fixture
def run(capsys):
    """Run a command in this process."""

    def run(*words, code=0):
        capsys.readouterr()
        got = _run([str(word) for word in words], debug=False)
        captured = capsys.readouterr()
        assert got == code, captured.err
        return Answer(got, captured.out, captured.err)

    return run
