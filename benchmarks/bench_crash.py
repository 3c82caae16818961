"""Kill every long job at random moments: how often was something lost, how often did it end otherwise.

Run ``python -m benchmarks crash``: 25 kills of each job, or as many as ``BANDSCAPE_CRASH_POINTS`` says, five to a
chain; ``BANDSCAPE_CRASH_JOBS=topics,artists`` takes some jobs. A run does some chains, the same command goes on
(`slices`). There is no peer: what is compared with is the same job undisturbed, byte for byte.
"""

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.job_starts import kept_starts
from benchmarks.slices import OF_ALL, Slices
from tests.trust.jobs import JOBS, LEARNING
from tests.trust.kills import Kills, kill_in_chain, run_undisturbed

IN_A_CHAIN = 5
POINTS = int(os.environ.get("BANDSCAPE_CRASH_POINTS", "25"))
NAMES = [*JOBS, *LEARNING]
ALL = ",".join(name for name in NAMES if name not in ("edit", "undo"))  # which take no time
WANTED = os.environ.get("BANDSCAPE_CRASH_JOBS", ALL).split(",")


def run(_data_dir: Path) -> list[dict[str, Any]]:
    slices = Slices("crash", sources=OF_ALL, about=[POINTS, WANTED])
    home = slices.workplace()
    starts, files = kept_starts(home)
    rows = [row for name in WANTED for row in kill_job(name, starts[name], files, slices)]
    slices.forget(home)
    return rows


def kill_job(name: str, start: Path, files: Path, slices: Slices) -> list[dict[str, Any]]:
    """Kill one job ``POINTS`` times, in chains; return its rows."""
    with tempfile.TemporaryDirectory() as folder:
        whole: list[tuple[dict, float]] = []

        def chain(number: int) -> dict[str, float]:
            if not whole:
                whole.append(run_undisturbed(name, start, files, Path(folder, "whole")))
            expected, seconds = whole[0]
            rng = np.random.default_rng([NAMES.index(name), number])
            found = kill_in_chain(
                name, start, files, Path(folder, "ws"), n_kills=IN_A_CHAIN, rng=rng, expected=expected, seconds=seconds
            )  # fmt: skip
            print(name, number, found, flush=True)
            return {**asdict(found), "seconds": seconds}

        numbers = range(-(-POINTS // IN_A_CHAIN))
        chains = [slices.part(f"{name} {number}", lambda number=number: chain(number)) for number in numbers]
    total = Kills(**{key: sum(one[key] for one in chains) for key in asdict(Kills())})
    return rows_of(name, total, max(one["seconds"] for one in chains))


def rows_of(name: str, found: Kills, seconds: float) -> list[dict[str, Any]]:
    note = f"{found.killed} kills within {seconds:.2f} s; {found.late} came too late and do not count"
    return [
        {"name": f"{name}: recorded files lost", "value": found.lost, "unit": "kills", "note": note},
        {"name": f"{name}: other bytes at the end", "value": found.different + found.left, "unit": "chains"},
    ]


if __name__ == "__main__":
    for row in run(Path()):
        print(row)
