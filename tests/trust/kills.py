"""kill -9 of real processes at random moments of a job, and the count of what that lost or changed.

A chain starts a job in a process of its own, kills it at a moment drawn from the time the job takes, checks that
readers are served, starts it again in what is left, kills that, ... and at last lets it end and compares every byte.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from bandscape.core import BandscapeError, Workspace
from bandscape.core.replacement import set_aside_name

from .jobs import LEARNING, digest_of, leftovers, outcome

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Kills:
    """What came of kills.

    Parameters
    ----------
    killed : int
        Processes killed in the middle of their job.
    late : int
        Processes that had ended before.
    lost : int
        Kills after which a recorded file was not intact.
    different : int
        Chains that ended otherwise than an undisturbed run.
    left : int
        Chains that left half-written files or checkpoints.
    """

    killed: int = 0
    late: int = 0
    lost: int = 0
    different: int = 0
    left: int = 0

    def __add__(self, other: "Kills") -> "Kills":
        return Kills(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


class JobServer:
    """The process that jobs are forked from; it ends with this one."""

    def __init__(self, kind: str) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.trust.jobs", kind], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._said, text=True, bufsize=1,
        )  # fmt: skip
        atexit.register(self.close)
        self.expect("ready")

    def ask(self, line: str) -> str:
        """Say a line and return the answer."""
        self._process.stdin.write(line + "\n")
        return self._process.stdout.readline().rstrip("\n")

    def expect(self, word: str, line: str | None = None) -> None:
        """Raise, with what the process said, unless it answers with a word."""
        said = self._process.stdout.readline().rstrip("\n") if line is None else self.ask(line)
        if said != word:
            self._said.seek(0)
            raise RuntimeError(f"{said!r} instead of {word!r}:\n{self._said.read()[-5000:]}")

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._said.close()


@cache
def server_of(kind: str) -> JobServer:
    """Return the running server of a kind of jobs."""
    return JobServer(kind)


class Victim:
    """A job at work in a process of its own."""

    def __init__(self, name: str, root: Path, files: Path) -> None:
        self._server = server_of("learning" if name == "artists" or name in LEARNING else "others")
        self._server.expect("begun", f"{name}\t{root}\t{files}")
        self._began = time.perf_counter()

    def kill(self, after_s: float) -> bool:
        """Kill it after a while; return whether it was still at work."""
        time.sleep(max(0.0, self._began + after_s - time.perf_counter()))
        return int(self._server.ask("kill")) < 0

    def finish(self) -> float:
        """Let it end; return the seconds it took."""
        self._server.expect("0", "wait")
        return time.perf_counter() - self._began


def copy_start(start: Path, root: Path) -> None:
    """Put a workspace as it is before the job in the place of ``root``."""
    shutil.rmtree(root, ignore_errors=True)
    if start.exists():
        shutil.copytree(start, root)


def is_served(root: Path) -> bool:
    """Tell whether readers find every recorded file intact."""
    if not (root / "manifest.json").exists():
        return True  # not even begun
    try:
        workspace = Workspace(root)
        for record in workspace.steps().values():
            for path in record.outputs:
                workspace.intact(path)
    except BandscapeError:
        return False
    return True


def is_old_or_new(root: Path, before: dict[str, str], after: dict[str, str]) -> bool:
    """Tell whether every file that was there before a job, and is after it, is there as one of the two."""
    return all(
        (place := _place_of(root, Path(path))) is not None
        and digest_of(place, root) in (before[path], after[path])
        for path in before.keys() & after.keys()
        if not path.endswith("layouts.json")  # a note of several layouts, written after each
    )


def _place_of(root: Path, path: Path) -> Path | None:
    """Return where a file is found: in its place, or in a folder that was set aside and is taken back."""
    asides = [root / set_aside_name(above) / path.relative_to(above) for above in path.parents[:-1]]
    return next((one for one in [root / path, *asides] if one.is_file()), None)


def run_undisturbed(name: str, start: Path, files: Path, root: Path) -> tuple[dict, float]:
    """Return what a job makes, and how long it takes."""
    copy_start(start, root)
    seconds = Victim(name, root, files).finish()
    return outcome(root), seconds


def kill_in_chain(
    name: str, start: Path, files: Path, root: Path, *, n_kills: int, rng: np.random.Generator,
    expected: dict, seconds: float,
) -> Kills:  # fmt: skip
    """Kill a job ``n_kills`` times before it may end."""
    found = Kills()
    copy_start(start, root)
    before = outcome(root)["files"] if name in LEARNING else {}
    while found.killed < n_kills and found.late < 10 * n_kills:
        if not Victim(name, root, files).kill(rng.uniform(0, seconds)):
            found.late += 1
            seconds *= 0.8  # a machine as quick as this one ends sooner
            copy_start(start, root)
            continue
        found.killed += 1
        found.lost += not is_served(root) or not is_old_or_new(root, before, expected["files"])
    Victim(name, root, files).finish()
    found.different += outcome(root) != expected
    found.left += bool(leftovers(root))
    return found
