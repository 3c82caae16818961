"""Refits in the background: one process at a time, watched by a thread, ended on demand. Public: `Refits`."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import WorkspaceError
from ...core.workspace import Workspace
from ..steps import current_round

logger = logging.getLogger(__name__)

_MOST_POINTS = 200
_PATIENCE_S = 1.0  # that a process has to end by itself before it is killed


@dataclass
class _Run:
    """How a refit stands."""

    state: str = "idle"
    stage: str = ""
    done: float = 0.0
    total: float | None = None
    started: float = 0.0
    ended: float = 0.0
    first_sweep: tuple[float, float] | None = None
    curve: list[float] = field(default_factory=list)
    said: str = ""
    round: int | None = None
    parent: int | None = None


class Refits:
    """Runs refits of one workspace.

    Parameters
    ----------
    root : path
        The workspace.
    n_jobs : int
        Threads of a refit.
    on_finished : callable, optional
        Called in a thread of its own when a refit has made a round.
    """

    def __init__(
        self, root: Path, *, n_jobs: int = 1, on_finished: Callable[[], object] | None = None
    ) -> None:
        self.root = root
        self.on_finished = on_finished
        self.n_jobs = n_jobs
        self._lock = threading.RLock()
        self._run = _Run()
        self._ready: subprocess.Popen[str] | None = None  # has loaded everything, and waits
        self._busy: subprocess.Popen[str] | None = None

    def prepare(self) -> None:
        """Have a process ready, so that a refit begins at once; where none can be started, the refit will say so."""
        with self._lock:
            if self._ready is not None and self._ready.poll() is not None:
                with self._ready:  # it died while it waited
                    self._ready = None
            if self._busy is None and self._ready is None:
                try:
                    self._ready = self._spawn()
                except OSError as error:
                    logger.warning("no process for refits: %s", error)

    def is_running(self) -> bool:
        """Return whether a refit is under way."""
        with self._lock:
            return self._run.state == "running"

    def start(self, number: int, sweeps: int) -> str:
        """Begin a refit of a round.

        Raises
        ------
        WorkspaceError
            If one is under way, or no process can be started.
        """
        with self._lock:
            if self._run.state == "running":
                raise WorkspaceError("a refit is under way already; wait for it, or cancel it")
            self.prepare()
            process, self._ready = self._ready, None
            if process is None:
                raise WorkspaceError(
                    "no process could be started for the refit (too many, or too little memory?); try again, or "
                    f"refit in a terminal: bandscape topics refit {self.root}"
                )
            assert process.stdin is not None
            self._busy = process
            self._run = _Run("running", "starting", total=None, started=time.monotonic())
            try:
                process.stdin.write(
                    json.dumps({"round": number, "sweeps": sweeps, "threads": self.n_jobs}) + "\n"
                )
                process.stdin.close()
            except OSError as error:
                self._end("failed", f"the refit did not begin ({error}); try again")
                raise WorkspaceError(self._run.said) from error
            threading.Thread(target=self._watch, args=(process, self._run), daemon=True, name="refit").start()
        return f"refitting round {number}, {sweeps} sweeps"

    def cancel(self) -> str:
        """End the refit that is under way; the workspace is as it was before.

        Raises
        ------
        WorkspaceError
            If none is.
        """
        with self._lock:
            if self._run.state != "running" or self._busy is None:
                raise WorkspaceError("no refit is under way")
            process, before = self._busy, current_round(Workspace(self.root))
            self._end("canceled", "")
        _stop(process)
        with Workspace(self.root).writing() as opened:  # finishes what was being published, or clears it away
            now = current_round(opened)
        said = "The refit was canceled; everything is as it was, and edits that waited still do."
        with self._lock:
            self._run.said = (
                said if now == before else f"The refit had just ended: round {now} is the current one."
            )
            return self._run.said

    def status(self) -> dict[str, Any]:
        """Return how the last refit stands."""
        with self._lock:
            run = self._run
            now = run.ended or time.monotonic()
            return {
                "state": run.state,
                "stage": run.stage,
                "done": run.done,
                "total": run.total,
                "seconds": now - run.started if run.started else 0.0,
                "left": _left(run, now),
                "curve": list(run.curve),
                "said": run.said,
                "round": run.round,
                "parent": run.parent,
            }

    def close(self) -> None:
        """End every process."""
        with self._lock:
            busy, ready = self._busy, self._ready
            self._busy = self._ready = None
        if busy is not None:
            _stop(busy)  # the thread that watches it closes its pipes
        if ready is not None:
            with ready:
                _stop(ready)

    def _spawn(self) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", f"{__package__}.refit_worker", str(self.root)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def _watch(self, process: "subprocess.Popen[str]", run: _Run) -> None:
        """Follow what a process says until it ends."""
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                try:
                    self._take(json.loads(line), run)
                except (ValueError, TypeError, KeyError):
                    logger.warning("the refit said something else: %s", line[:200])
        with self._lock:
            if run.state == "running":
                self._end("failed", "the refit ended without a result; nothing was changed, try again")
            is_new = run.state == "finished"
        if is_new and self.on_finished is not None:
            self.on_finished()

    def _take(self, told: dict[str, Any], run: _Run) -> None:
        with self._lock:
            if run.state != "running":
                return
            if "finished" in told:
                run.round, run.parent = told["finished"], told["parent"]
                self._end("finished", _summary(told))
            elif "error" in told:
                self._end("failed", told["error"])
            elif "stage" in told:
                run.stage, run.done, run.total = told["stage"], told["done"], told["total"]
                if run.first_sweep is None and run.total and run.done:
                    run.first_sweep = (time.monotonic(), run.done)
                value = told["values"].get("log_likelihood")
                if value is not None:
                    run.curve = [*run.curve, value][-_MOST_POINTS:]

    def _end(self, state: str, said: str) -> None:
        self._run.state, self._run.said, self._run.ended = state, said, time.monotonic()
        self._busy = None


def _left(run: _Run, now: float) -> float | None:
    """Return the seconds left by the speed since the first sweep; None while there is none to go by."""
    if run.state != "running" or run.first_sweep is None or not run.total:
        return None
    since, at = run.first_sweep
    return (run.total - run.done) * (now - since) / (run.done - at) if run.done > at else None


def _summary(told: dict[str, Any]) -> str:
    edits = f", {told['obeyed']} of {told['edits']} edits obeyed" if told["edits"] else ""
    verb = "was there already" if told["unchanged"] else f"took {told['seconds']:.1f} s"
    likelihood = f"{told['likelihood']:.3f}".replace("-", "−")
    fit = f"{told['topics']} topics, log-likelihood {likelihood} a word"
    return f"Round {told['finished']} {verb}: {fit}{edits}."


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
