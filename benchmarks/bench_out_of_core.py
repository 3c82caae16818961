"""Memory and time of each step as a corpus grows, and what follows for 10,000,000 reviews.

Every step of every size runs in a fresh process. The most that it and its workers hold is sampled from the kernel
twenty times a second: *private* memory, which the machine must have, and *all* resident memory, which counts also the
pages of mapped files and shared libraries (the kernel takes those back when it needs them; pages that several
processes share count for each). Beside them: processor seconds of all processes, and the wall clock.

The extrapolation is a straight line through the two largest sizes: private memory of the larger, and for every further
review what one more cost between the two. A step that streams has a slope near zero. Where the line falls, its level
is kept.

``python -m benchmarks out_of_core`` takes 100,000 and 1,000,000 reviews, in slices with ``BANDSCAPE_SLICE_S=200``.
``BANDSCAPE_QUICK=1`` takes 2,000 and 8,000, which fill no buffer yet, so that
nothing follows for more; ``BANDSCAPE_REVIEWS=100000,300000`` names others, and ``BANDSCAPE_STEPS=simulate,text`` some
of the steps. The import reads what was simulated; text and topics go on from the import where there is one; topics are
drawn again in ten times as many sweeps, whose memory should be that of the few. One more step is done only when it is
named: ``sample`` draws counts of 12 words a review at random, a piece at a time, and fits topics to them, mapped. With
``BANDSCAPE_REVIEWS=10000000`` it shows in minutes what sampling so many reviews holds.

The long run, in one piece and with its corpus kept in a folder, from which it goes on when it is stopped:
``BANDSCAPE_REVIEWS=10000000 BANDSCAPE_OUT_OF_CORE=/data/long python -m benchmarks out_of_core``.
``BANDSCAPE_WORDS`` (20) are the topic words of a review, 10 of which make texts of 24 words; ``BANDSCAPE_JOBS`` (2) the
processes or threads. The corpora lie in the folder of temporary files otherwise. No data are needed.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.slices import OF_ALL, Slices

QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
SIZES = os.environ.get("BANDSCAPE_REVIEWS", "2000,8000" if QUICK else "100000,1000000")
WANTED = os.environ.get("BANDSCAPE_STEPS", "simulate,import,text,topics,ten times the sweeps").split(",")
TARGET = 10_000_000
FILLS_BUFFERS = 65_536  # reviews of a row group
N_TOPICS, N_SWEEPS = 100, 4
N_WORDS, N_JOBS = int(os.environ.get("BANDSCAPE_WORDS", "20")), int(os.environ.get("BANDSCAPE_JOBS", "2"))
KEPT = os.environ.get("BANDSCAPE_OUT_OF_CORE")
ARTIST_SHARE = 1 / 50
EVERY_S = 0.05
HEAD = """
import sys
from pathlib import Path
from bandscape.cli import steps
from bandscape.core.workspace import Workspace
root, n_reviews, n_artists, n_topics, n_sweeps, n_words, n_jobs = Path(sys.argv[1]), *map(int, sys.argv[2:])
press = root / ("imported" if (root / "imported" / "manifest.json").is_file() else "press")
"""
STEPS = {
    "simulate": """
from bandscape.datasets import SimulationSettings, simulate
def build(stage):
    settings = SimulationSettings(words_per_review=n_words)
    simulate(stage, n_reviews=n_reviews, n_artists=n_artists, n_topics=50, settings=settings, n_jobs=n_jobs)
with Workspace.create(root / "press") as workspace:
    workspace.run_step("import", build, parameters={"simulate": True})
""",
    "import": """
with Workspace.create(root / "imported") as workspace:
    steps.import_reviews(workspace, root / "press" / "corpus" / "reviews.parquet")
""",
    "text": """
with Workspace(press).writing() as workspace:
    steps.prepare_corpus_text(workspace, n_jobs=n_jobs)
""",
    "topics": """
with Workspace(press).writing() as workspace:
    steps.fit_topics(workspace, n_topics=n_topics, n_sweeps=n_sweeps, n_jobs=n_jobs)
""",
    "ten times the sweeps": """
with Workspace(press).writing() as workspace:
    steps.fit_topics(workspace, n_topics=n_topics, n_sweeps=10 * n_sweeps, n_jobs=n_jobs)
""",
    "sample": """
import numpy as np
from bandscape.core.files.sparse import read_sparse, write_spooled_sparse
from bandscape.core.spool import Spool
from bandscape.datasets.text.new_text import count_matrix
from bandscape.topics import KeywordLDA
rng, vocabulary, length = np.random.default_rng(0), 5000, 12
chances = np.cumsum(1 / (np.arange(vocabulary) + 5.0))
with Spool(root, np.int32) as data, Spool(root, np.int32) as indices, Spool(root, np.int32) as indptr:
    indptr.append(np.zeros(1))
    for first in range(0, n_reviews, 500_000):
        n_docs = min(500_000, n_reviews - first)
        words = np.searchsorted(chances, chances[-1] * rng.random((n_docs, length)))
        words = (words + 97 * rng.integers(0, 50, n_docs)[:, None]) % vocabulary
        piece = count_matrix(words.ravel(), np.full(n_docs, length), vocabulary)
        indptr.append(piece.indptr[1:].astype(np.int64) + len(data))
        data.append(piece.data)
        indices.append(piece.indices)
    write_spooled_sparse(root / "counts.npz", data, indices, indptr, (n_reviews, vocabulary))
model = KeywordLDA(n_topics=n_topics, prior="proportional", n_sweeps=n_sweeps, n_samples=1, n_jobs=n_jobs)
model.fit(read_sparse(root / "counts.npz"), checkpoint=root / "sampling" / "chain.safetensors")
""",
}


def held_kib(process: int) -> tuple[int, int]:
    """Return the private and all resident memory of a process and those it started, in KiB."""
    private = resident = 0
    waiting = [process]
    while waiting:
        pid = waiting.pop()
        try:
            status = dict(
                line.split(":", 1)
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":" in line
            )
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
            private += int(status["RssAnon"].split()[0])
            resident += int(status["VmRSS"].split()[0])
        except (OSError, KeyError):  # it has ended
            continue
    return private, resident


def measure(script: str, folder: Path, *arguments: object) -> dict[str, float]:
    """Run a script in a fresh process; return its peaks in MiB and its seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen([sys.executable, "-c", HEAD + script, *map(str, (folder, *arguments))])
    peaks, ended = [0, 0], threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            peaks[:] = map(max, peaks, held_kib(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise RuntimeError(f"a step ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "private_mib": peaks[0] / 1024, "all_mib": peaks[1] / 1024, "cpu_s": cpu,
        "wall_s": time.perf_counter() - start,
    }  # fmt: skip


def disk_bytes(folder: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run_size(folder: Path, n_reviews: int, slices: Slices) -> dict[str, dict[str, float]]:
    """Run all steps on a corpus of one size."""
    n_artists = max(int(n_reviews * ARTIST_SHARE), 50)
    measured = {}
    for name in WANTED:

        def step(name: str = name) -> dict[str, float]:
            found = measure(STEPS[name], folder, n_reviews, n_artists, N_TOPICS, N_SWEEPS, N_WORDS, N_JOBS)
            found["disk_bytes"] = disk_bytes(folder) / n_reviews
            print(json.dumps({"reviews": n_reviews, "step": name, **found}), file=sys.stderr, flush=True)
            return found

        measured[name] = slices.part(f"{name} of {n_reviews}", step)
    return measured


def line(step: str, sizes: list[int], measured: list[dict[str, dict[str, float]]]) -> tuple[float, float]:
    """Return the slope of private memory in bytes a review, and the peak at the target in GiB, by the two largest."""
    small, large = (one[step]["private_mib"] * 2**20 for one in measured[-2:])
    slope = (large - small) / (sizes[-1] - sizes[-2])
    return slope, (large + max(slope, 0.0) * (TARGET - sizes[-1])) / 2**30


def run(data_dir: Path | None = None) -> list[dict[str, Any]]:  # noqa: ARG001 - every benchmark takes it
    """Measure all steps at each size.

    Parameters
    ----------
    data_dir : Path, optional
        Not used.

    Returns
    -------
    list of dict
    """
    sizes = sorted(map(int, SIZES.split(",")))
    about = [sizes, WANTED, N_TOPICS, N_SWEEPS, N_WORDS, N_JOBS]
    slices = Slices("out_of_core", sources=OF_ALL, about=about)
    home = Path(KEPT) if KEPT else slices.workplace()
    measured = [run_size(home / str(n_reviews), n_reviews, slices) for n_reviews in sizes]
    rows = [
        row_of(step, n_reviews, found[step])
        for step in WANTED
        for n_reviews, found in zip(sizes, measured, strict=True)
        if step in found
    ]
    if len(sizes) > 1 and sizes[-2] >= FILLS_BUFFERS:
        rows += [
            row_of_line(step, sizes, measured) for step in WANTED if all(step in one for one in measured[-2:])
        ]
    if not KEPT:
        slices.forget(home)
    return rows


def row_of(step: str, n_reviews: int, one: dict[str, float]) -> dict[str, Any]:
    """Return the row of a step at one size."""
    return {
        "name": f"{step}: most private memory at {n_reviews:,} reviews", "value": one["private_mib"], "unit": "MiB",
        "note": f"{one['all_mib']:,.0f} MiB with mapped files; {one['cpu_s']:,.0f} processor s,"
        f" {one['cpu_s'] * 1e6 / n_reviews:,.0f} s a million; {one['wall_s']:,.0f} s by the clock;"
        f" {one['disk_bytes']:,.0f} bytes of disk a review",
    }  # fmt: skip


def row_of_line(step: str, sizes: list[int], measured: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Return the row of what follows for the target."""
    slope, target = line(step, sizes, measured)
    return {
        "name": f"{step}: extrapolated to {TARGET:,} reviews", "value": target, "unit": "GiB",
        "note": f"a line through {sizes[-2]:,} and {sizes[-1]:,}: {slope:,.0f} bytes a review",
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(f"{row['name']}: {row['value']:,.3g} {row['unit']} ({row['note']})")
