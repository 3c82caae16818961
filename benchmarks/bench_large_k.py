"""Many topics: sparse and dense sampling against tomotopy from 100 to 5,000 topics; memory, quality, start-up.

All get the same token ids (eight tenths of the Pitchfork reviews) and alpha = 0.1 for every topic, which makes
documents of many topics: the hard case for a sparse sampler. Sweeps are timed in alternation. One thread is measured
by processor time, two (where there are two processors) by the clock on the wall; a figure is the best of its rounds, a
ratio the median of the rounds' own ratios. From 2,000 topics on the reviews are a sample of 800,000 tokens, and so are
those of the quality at 5,000: the peer takes 5 to 10 seconds a sweep of all.
Memory and starting times are those of fresh processes. Held-out reviews are scored as in ``held_out.py``.

Run ``python -m benchmarks large_k``, or a part of it, in under four minutes each:
``python -m benchmarks.bench_large_k PART...`` with parts such as ``speed-1000`` (without one, they are listed).
``BANDSCAPE_QUICK=1`` takes 200,000 tokens, no more than 1,000 topics, and leaves out quality.
The data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tomotopy
from scipy.sparse import csr_matrix, save_npz

from bandscape.topics import KeywordLDA
from bandscape.topics.blocks import document_lengths
from bandscape.topics.choosing import choose_sampler, make_sampler
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.priors import TopicPriors, make_classic_priors

from .held_out import Fitted, fit_tomotopy, make_tomotopy, perplexity, read_pitchfork, timed

QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
N_TOPICS = (100, 1000) if QUICK else (100, 200, 500, 1000, 2000, 5000)
MANY, SAMPLE = 2000, 800_000  # topics from which on so many tokens are enough
THREADS = ((1, "one thread"), (2, "two threads"))[: len(os.sched_getaffinity(0))]
ALPHA, BETA = 0.1, 0.01
N_WARM_UP, N_ROUNDS = 10, 5
PEER_WARM_UP, PEER_ROUNDS = 1, 3  # its time does not depend on the state
QUALITY = ((1000, 30, (0, 1)), (5000, 20, (0,)))  # topics, sweeps, seeds
PORTABLE = (
    ("AVX-512", {}),
    ("eight lanes (AVX2)", {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi,+bmi2,+popcnt"}),
    ("four lanes (the oldest x86-64)", {"NUMBA_CPU_NAME": "generic"}),
)  # fmt: skip

CHILD = """
import json, sys, time
import numpy as np
from scipy.sparse import load_npz
def peak():
    lines = open("/proc/self/status").read().splitlines()  # getrusage still knows the parent's peak
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
task, path, n_topics = sys.argv[1], sys.argv[2], int(sys.argv[3])
result = {}
if task == "peer":
    import tomotopy  # and nothing of ours: its program should be no larger than it is
    result["program"] = peak()
    counts, model = load_npz(path), tomotopy.LDAModel(k=n_topics, alpha=0.1, eta=0.01, seed=1)
    for row in counts:
        model.add_doc([str(word) for word in np.repeat(row.indices, row.data)])
    model.train(2, workers=1)
elif task == "fit":
    from bandscape.topics import KeywordLDA
    tiny = np.eye(30, dtype=np.int32) + 1
    for sampler in ("dense", "sparse"):
        KeywordLDA(n_topics=5, n_sweeps=2, n_samples=1, sampler=sampler).fit(tiny)
    result["program"] = peak()
    KeywordLDA(n_topics=n_topics, n_sweeps=4, n_samples=2).fit(load_npz(path))
else:
    from benchmarks.bench_large_k import start_sampler
    counts = load_npz(path)
    before = time.process_time()
    sampler = start_sampler(counts if task != "start" else counts[:40], n_topics, 1, sys.argv[4])
    sampler.sweep(1, 1.0)
    result["start"] = time.process_time() - before
    times = []
    for number in range(2, 8 if task != "start" else 2):
        before = time.process_time()
        sampler.sweep(number, 1.0)
        times.append(time.process_time() - before)
    result["ns"] = min(times, default=0) * 1e9 / sampler.blocks.n_tokens
result["peak"] = peak()
print(json.dumps(result))
"""


def make_priors(counts: csr_matrix, n_topics: int) -> TopicPriors:
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    topics = make_free_topics(n_topics)
    return make_classic_priors(topics, {}, word_counts, doc_topic_prior=ALPHA, topic_word_prior=BETA)


def sample(counts: csr_matrix, n_topics: int) -> csr_matrix:
    """Return the first documents, as many as are to be measured with so many topics."""
    n_tokens = 200_000 if QUICK else SAMPLE if n_topics >= MANY else int(counts.sum())
    lengths = document_lengths(counts)
    return counts[: int(np.searchsorted(np.cumsum(lengths), n_tokens)) + 1]


def start_sampler(counts: csr_matrix, n_topics: int, n_jobs: int, kind: str) -> Any:
    sampler = make_sampler(kind, counts, make_priors(counts, n_topics), seed=0, n_jobs=n_jobs)
    sampler.start(1.0)
    return sampler


def seconds(function: Callable[[], object]) -> tuple[float, float]:
    """Return (processor, wall) seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.process_time() - cpu, time.perf_counter() - wall


def train(model: tomotopy.LDAModel, workers: int) -> None:
    scheme = tomotopy.ParallelScheme.NONE if workers == 1 else tomotopy.ParallelScheme.DEFAULT
    model.train(1, workers=workers, parallel=scheme)


def time_sweeps(counts: csr_matrix, n_topics: int) -> dict[tuple[str, int], list[float]]:
    """Return nanoseconds a token of each round, by what is measured and threads: processor time of one, wall of two."""
    steps: dict[tuple[str, int], Callable[[], object]] = {}
    for kind in ("dense", "sparse"):
        for n_jobs, _ in THREADS:
            sampler, numbers = start_sampler(counts, n_topics, n_jobs, kind), iter(range(1, 10**6))
            steps[kind, n_jobs] = lambda sampler=sampler, numbers=numbers: sampler.sweep(next(numbers), 1.0)
            for _ in range(N_WARM_UP if kind == "sparse" else 2):
                steps[kind, n_jobs]()
    for workers, _ in THREADS:
        model = make_tomotopy(counts, n_topics, BETA, 1)
        model.optim_interval = 0
        steps["tomotopy", workers] = lambda model=model, workers=workers: train(model, workers)
        for _ in range(PEER_WARM_UP):
            steps["tomotopy", workers]()
    times: dict[tuple[str, int], list[float]] = {key: [] for key in steps}
    for number in range(N_ROUNDS):
        for key, step in steps.items():
            if key[0] == "sparse" or number < PEER_ROUNDS:
                times[key].append(seconds(step)[key[1] - 1] * 1e9 / int(counts.sum()))
    return times


def rows_of_speed(counts: csr_matrix, n_topics: int) -> list[dict]:
    rows, counts = [], sample(counts, n_topics)
    times = time_sweeps(counts, n_topics)
    chosen = choose_sampler("auto", document_lengths(counts), make_priors(counts, n_topics))
    other = "dense" if chosen == "sparse" else "sparse"
    for threads, word in THREADS:
        ours, peer = times[chosen, threads], times["tomotopy", threads]
        ratios = [theirs / our for theirs, our in zip(peer, ours, strict=False)]
        rows.append(
            {
                "name": f"K={n_topics}, {word}, {chosen}", "value": min(ours), "unit": "ns/token/sweep",
                "peer": f"tomotopy {min(peer):.0f}", "ratio": statistics.median(ratios),
                "note": f"{min(ratios):.1f} to {max(ratios):.1f}, {'processor' if threads == 1 else 'wall'} time; "
                f"{int(counts.sum()):,} tokens; {other} {min(times[other, threads]):.0f}",
            }
        )  # fmt: skip
    return rows


def run_child(task: str, path: Path, n_topics: int, kind: str = "", **environment: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, task, str(path), str(n_topics), kind], env={**os.environ, **environment},
        capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    return json.loads(done.stdout)


def rows_of_memory(path: Path, n_topics: int) -> list[dict]:
    ours, peer = run_child("fit", path, n_topics), run_child("peer", path, n_topics)
    grown, peer_grown = ours["peak"] - ours["program"], peer["peak"] - peer["program"]
    return [
        {
            "name": f"K={n_topics}, memory of a fit and its results", "value": grown, "unit": "MiB",
            "peer": f"tomotopy {peer_grown:.0f} MiB", "ratio": peer_grown / grown,
            "note": "peak beyond the program itself, the counts read included; tomotopy without reading results",
        },
        {
            "name": f"K={n_topics}, peak of the process", "value": ours["peak"], "unit": "MiB",
            "peer": f"tomotopy {peer['peak']:.0f} MiB", "ratio": peer["peak"] / ours["peak"],
            "note": f"program alone {ours['program']:.0f} MiB (scikit-learn, numba), of tomotopy "
            f"{peer['program']:.0f} MiB",
        },
    ]  # fmt: skip


def rows_of_start(path: Path) -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for word in ("compiled", "from the cache"):
            found = run_child("start", path, 50, "sparse", NUMBA_CACHE_DIR=cache)
            rows.append(
                {
                    "name": f"sparse sampler ready and one sweep of 40 reviews, {word}", "value": found["start"],
                    "unit": "s", "peer": "", "ratio": None, "note": "processor time, imports not counted",
                }
            )  # fmt: skip
    return rows


def rows_of_portable(path: Path) -> list[dict]:
    rows = []
    for kind, n_topics in (("dense", 200), ("sparse", 1000)):
        full = 0.0
        for word, environment in PORTABLE:
            found = run_child("speed", path, n_topics, kind, **environment)["ns"]
            full = full or found
            rows.append(
                {
                    "name": f"K={n_topics}, {kind}, {word}", "value": found, "unit": "ns/token/sweep", "peer": "",
                    "ratio": full / found, "note": "one thread, processor time; the same bytes (tested)",
                }
            )  # fmt: skip
    return rows


def rows_of_quality(corpus: Any, n_topics: int, n_sweeps: int, seeds: tuple[int, ...]) -> list[dict]:
    scores, times, train = [], [], sample(corpus.train, n_topics)
    for seed in seeds:
        model = KeywordLDA(
            n_topics=n_topics, doc_topic_prior=ALPHA, topic_word_prior=BETA, n_sweeps=n_sweeps,
            n_samples=n_sweeps // 4, random_state=seed,
        )  # fmt: skip
        spent = timed(lambda model=model: model.fit(train))
        ours = Fitted(model.topic_word_, model.doc_prior_, spent)
        peer = fit_tomotopy(train, n_topics, BETA, seed + 1, n_sweeps)
        scores.append((perplexity(ours, corpus.test), perplexity(peer, corpus.test)))
        times.append((spent, peer.seconds))
    (ours, peer), (spent, peer_spent) = np.median(scores, axis=0), np.median(times, axis=0)
    return [
        {
            "name": f"K={n_topics}, {n_sweeps} sweeps, perplexity (less is better)",
            "value": float(ours), "unit": "",
            "peer": f"tomotopy {peer:.0f}", "ratio": float(peer / ours),
            "note": f"{len(seeds)} seeds, priors optimized by both; {corpus.test.shape[0]} held-out reviews",
        },
        {
            "name": f"K={n_topics}, {n_sweeps} sweeps, fit on one thread", "value": float(spent), "unit": "s",
            "peer": f"tomotopy {peer_spent:.0f} s", "ratio": float(peer_spent / spent), "note": "processor time",
        },
    ]  # fmt: skip


def list_parts(corpus: Any, path: Path) -> dict[str, Callable[[], list[dict]]]:
    """Return what can be measured by itself, by name; ``path`` has the counts of the corpus."""
    parts: dict[str, Callable[[], list[dict]]] = {
        f"speed-{n}": lambda n=n: rows_of_speed(corpus.train, n) for n in N_TOPICS
    }
    parts |= {f"memory-{n}": lambda n=n: rows_of_memory(path, n) for n in (1000, 5000) if n <= N_TOPICS[-1]}
    parts |= {"start": lambda: rows_of_start(path), "portable": lambda: rows_of_portable(path)}
    if not QUICK:
        parts |= {
            f"quality-{setting[0]}": lambda s=setting: rows_of_quality(corpus, *s) for setting in QUALITY
        }
    return parts


def measure(data_dir: Path, wanted: list[str]) -> Iterator[list[dict]]:
    """Yield the rows of each part, all of them without names."""
    corpus = read_pitchfork(data_dir)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "counts.npz")
        save_npz(path, sample(corpus.train, 0), compressed=False)
        parts = list_parts(corpus, path)
        for name in wanted or parts:
            if name not in parts:
                sys.exit(f"error: no part {name}; there is {', '.join(parts)}")
            yield parts[name]()


def run(data_dir: Path) -> list[dict]:
    return [row for rows in measure(data_dir, []) for row in rows]


def main() -> None:
    """Print the figures of some parts."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not sys.argv[1:]:
        sys.exit(f"parts: {', '.join(list_parts(None, Path()))}")
    for row in chain.from_iterable(measure(Path(os.environ.get("BANDSCAPE_DATA", default)), sys.argv[1:])):
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(
            f"{row['name']:<60} {row['value']:9.2f} {row['unit']:<15} {row['peer']:<24} {ratio:>6}  {row['note']}"
        )


if __name__ == "__main__":
    main()
