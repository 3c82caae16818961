"""How fast a corpus is simulated, and how its memory grows with the number of reviews; each in a fresh process.

The aim: at least 5,000 reviews of about 120 topic words per second, and memory that lets 10,000,000 reviews fit a
machine of 24 GiB. Beside it stands the usual way to draw from latent Dirichlet allocation, a loop over documents
with ``Generator.dirichlet`` and ``Generator.choice``, which joins words and does nothing else.

Run ``python benchmarks/bench_simulate.py``; no data are needed.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.rows import row

N_RUNS = 3
SMALL, LARGE = 50_000, 200_000
SIMULATE = """
import json, sys, time
from pathlib import Path
from bandscape.datasets.simulation.simulate import simulate
folder, n_reviews, n_artists, n_jobs = sys.argv[1], *map(int, sys.argv[2:5])
start = time.perf_counter()
corpus = simulate(folder, n_reviews=n_reviews, n_artists=n_artists, n_jobs=n_jobs)
seconds = time.perf_counter() - start
size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps({"seconds": seconds, "rss_mb": peak / 1024,
                  "words": corpus.truth.config["n_words"], "disk_mb": size / 1e6}))
"""
LOOP = """
import json, sys, time
import numpy as np
n_docs, rng = int(sys.argv[2]), np.random.default_rng(0)
topics = rng.dirichlet(np.full(2400, 0.05), size=24)
words = np.array([f"word{i}" for i in range(2400)])
start = time.perf_counter()
texts = []
for _ in range(n_docs):
    shares = rng.dirichlet(np.full(24, 0.25))
    drawn = [rng.choice(2400, p=topics[topic]) for topic in rng.choice(24, size=120, p=shares)]
    texts.append(" ".join(words[drawn]))
print(json.dumps({"seconds": time.perf_counter() - start}))
"""
AUDIO = """
import json, sys, time
from bandscape.datasets.simulation.simulate import simulate
simulate(sys.argv[1], n_reviews=400, n_artists=120)
start = time.perf_counter()
simulate(sys.argv[1], n_reviews=400, n_artists=120, audio=True)
print(json.dumps({"seconds": time.perf_counter() - start}))
"""


def measure(script: str, *arguments: int) -> dict[str, float]:
    """Run a script in a fresh process, in a folder that is removed, and return the figures it prints."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", script, f"{folder}/corpus", *map(str, arguments)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run(data_dir: Path | None = None) -> list[dict[str, Any]]:  # noqa: ARG001 - every benchmark takes it
    """Measure speed and memory of the simulation.

    Parameters
    ----------
    data_dir : Path, optional
        Not used.

    Returns
    -------
    list of dict
        ``name``, ``value``, ``unit``, ``peer``, ``ratio`` (our rate over the peer's) and ``note``.
    """
    n_loop = 200
    small, large, loop = [], [], []
    for _ in range(N_RUNS):
        small.append(measure(SIMULATE, SMALL, 5000, 1))
        loop.append(measure(LOOP, n_loop))
        large.append(measure(SIMULATE, LARGE, 5000, 1))
    two_jobs = measure(SIMULATE, LARGE, 5000, 2)
    audio = statistics.median(measure(AUDIO)["seconds"] for _ in range(N_RUNS))
    rate = LARGE / statistics.median(one["seconds"] for one in large)
    loop_rate = n_loop / statistics.median(one["seconds"] for one in loop)
    low, high = (statistics.median(one["rss_mb"] for one in runs) for runs in (small, large))
    slope = (high - low) / (LARGE - SMALL) * 1e6
    words = large[0]["words"] / LARGE
    return [
        row(
            "simulate reviews, one process",
            rate,
            "reviews/s",
            peer=f"loop with dirichlet and choice, {loop_rate:,.0f}/s",
            ratio=rate / loop_rate,
            note=f"{words:.0f} topic words a review, {LARGE:,} reviews, tables and truth written",
        ),
        row("simulate reviews, two processes", LARGE / two_jobs["seconds"], "reviews/s"),
        row(f"peak memory, {SMALL:,} reviews", low, "MB"),
        row(f"peak memory, {LARGE:,} reviews", high, "MB"),
        row(
            "memory per million reviews",
            slope,
            "MB",
            note=f"by these two runs 10,000,000 reviews of 5,000 artists need {(low + slope * 9.95) / 1024:.1f} GiB",
        ),
        row("disk per million reviews", large[0]["disk_mb"] / LARGE * 1e6, "MB"),
        row("synthesize clips, 120 artists", audio, "s", note="240 clips of 2 s, stereo, 22,050 Hz, FLAC"),
    ]


def main() -> None:
    """Print the figures."""
    for one in run():
        ratio = f"  {one['ratio']:.1f} x {one['peer']}" if one["ratio"] else ""
        print(f"{one['name']:<36} {one['value']:>10,.1f} {one['unit']:<10}{ratio}  {one['note']}")


if __name__ == "__main__":
    main()
