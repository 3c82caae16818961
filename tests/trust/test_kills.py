"""kill -9 of real processes: nothing recorded is lost, and running again ends with the same bytes.

Once a job; ``BANDSCAPE_CRASH_POINTS=200`` kills each that often. ``benchmarks/bench_crash.py`` counts what comes of it.
"""

import os

import numpy as np
import pytest

from .jobs import JOBS, LEARNING, outcome, state_after
from .kills import kill_in_chain, run_undisturbed

N_KILLS = int(os.environ.get("BANDSCAPE_CRASH_POINTS", "1"))
# the longest it takes on a quick machine; one that has ended before it is killed is started again
MOST_S = {
    "import": 0.1, "text": 0.6, "topics": 1.5, "refit": 1.2, "update": 1.0, "artists": 1.5, "layout": 0.15,
    "store": 0.1, "sound": 0.5, "features": 0.5,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", MOST_S)
def test_a_job_killed_at_a_random_moment_ends_the_same(name, starts, job_files, tmp_path):
    found = kill_in_chain(
        name, starts[name], job_files, tmp_path / "ws", n_kills=N_KILLS,
        rng=np.random.default_rng(list(JOBS).index(name)),
        expected=outcome(state_after(name, starts)), seconds=MOST_S[name],
    )  # fmt: skip
    assert found.killed >= N_KILLS, "every process had ended before it was killed"
    assert (found.lost, found.different, found.left) == (0, 0, 0), found


@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNING)
def test_what_learns_killed_at_a_random_moment_ends_the_same(name, learnt, job_files, tmp_path):
    expected, seconds = run_undisturbed(name, learnt, job_files, tmp_path / "ws")
    found = kill_in_chain(
        name, learnt, job_files, tmp_path / "ws", n_kills=N_KILLS,
        rng=np.random.default_rng(list(LEARNING).index(name)), expected=expected, seconds=seconds,
    )  # fmt: skip
    assert found.killed >= N_KILLS, "every process had ended before it was killed"
    assert (found.lost, found.different, found.left) == (0, 0, 0), found
