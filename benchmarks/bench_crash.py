"""Kill every long job at random moments: how often was something lost, how often did it end otherwise.

Run ``python -m benchmarks crash``: 25 kills of each job, or as many as ``BANDSCAPE_CRASH_POINTS``
says, five to a chain; or ``python -m benchmarks.bench_crash --points 200 topics artists`` for some jobs.
There is no peer: what is compared with is the same job undisturbed, byte for byte.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.trust.jobs import JOBS, make_files, make_starts
from tests.trust.kills import Kills, kill_in_chain, run_undisturbed

IN_A_CHAIN = 5


def run(_data_dir: Path, points: int | None = None, jobs: list[str] | None = None) -> list[dict[str, Any]]:
    points = points or int(os.environ.get("BANDSCAPE_CRASH_POINTS", "25"))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        make_files(files)
        starts = make_starts(Path(folder, "starts"), files)
        for name in jobs or [name for name in JOBS if name not in ("edit", "undo")]:
            found, seconds = kill_job(name, starts[name], files, Path(folder, "work"), points)
            rows += rows_of(name, found, seconds)
            print(name, found, flush=True)
    return rows


def kill_job(name: str, start: Path, files: Path, work: Path, points: int) -> tuple[Kills, float]:
    """Kill one job ``points`` times, in chains."""
    work.mkdir(exist_ok=True)
    rng = np.random.default_rng(list(JOBS).index(name))
    expected, seconds = run_undisturbed(name, start, files, work / "whole")
    total = Kills()
    while total.killed < points and total.late < 3 * points:
        n_kills = min(IN_A_CHAIN, points - total.killed)
        total += kill_in_chain(
            name, start, files, work / "ws", n_kills=n_kills, rng=rng, expected=expected, seconds=seconds
        )
    return total, seconds


def rows_of(name: str, found: Kills, seconds: float) -> list[dict[str, Any]]:
    note = f"{found.killed} kills within {seconds:.2f} s; {found.late} came too late and do not count"
    return [
        {"name": f"{name}: recorded files lost", "value": found.lost, "unit": "kills", "note": note},
        {"name": f"{name}: other bytes at the end", "value": found.different + found.left, "unit": "chains"},
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Kill long jobs at random moments.")
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, []], help="which jobs; all without")
    parser.add_argument("--points", type=int, default=25, help="kills of each job")
    chosen = parser.parse_args()
    for row in run(Path(), chosen.points, list(chosen.jobs)):
        print(row)
