"""Topics drawn by Ray workers against threads of one process: speed, what it costs, memory, recovery.

A corpus of 20,000,000 simulated tokens (80,000 documents over 30,000 words from 100 planted topics). Four chains start
from one state, that of six sweeps here, and sweep in turns: threads of this process (one and two) and workers of a Ray
cluster of this machine (one and two, of one thread each). A figure is the median of the rounds. Processor time is
that of this process and of the workers; the rest of Ray (its servers) stands apart. Wall times mean something on a
machine with two free cores only.

Run ``python -m benchmarks executors``; ``BANDSCAPE_QUICK=1`` takes a twentieth of the corpus.
"""

import hashlib
import os
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy.sparse import csr_matrix

from bandscape.core.executors import RayExecutor
from bandscape.topics.choosing import make_sampler
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.priors import make_classic_priors

QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
N_DOCS = 4_000 if QUICK else 80_000
LENGTH, N_WORDS, N_TOPICS = 250, 30_000, 100
N_WARM_UP, N_ROUNDS = 6, 3 if QUICK else 6


def plant(seed: int = 0) -> csr_matrix:
    """Draw the documents of planted topics, each with Zipf-like words of its own order."""
    rng = np.random.default_rng(seed)
    base = 1 / np.arange(1, N_WORDS + 1)
    ends = np.array([np.cumsum(base[rng.permutation(N_WORDS)]) for _ in range(N_TOPICS)])
    ends /= ends[:, -1:]
    parts = []
    for start in range(0, N_DOCS, 4_000):
        mixtures = np.cumsum(rng.dirichlet(np.full(N_TOPICS, 0.05), min(4_000, N_DOCS - start)), axis=1)
        draws = rng.random((len(mixtures), LENGTH))
        topics = np.array([np.searchsorted(row, u) for row, u in zip(mixtures, draws, strict=True)])
        topics, words = np.minimum(topics, N_TOPICS - 1), np.empty(topics.shape, np.int64)
        for topic in range(N_TOPICS):
            at = topics == topic
            words[at] = np.searchsorted(ends[topic], rng.random(at.sum()))
        rows = np.repeat(np.arange(len(words)), LENGTH)
        ones = np.ones(words.size, np.int32)
        part = csr_matrix((ones, (rows, np.minimum(words, N_WORDS - 1).ravel())), shape=(len(words), N_WORDS))
        part.sum_duplicates()
        parts.append(part)
    counts = csr_matrix(
        (
            np.concatenate([part.data for part in parts]),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.indptr) for part in parts]))]),
        ),
        shape=(N_DOCS, N_WORDS),
    )
    counts.sort_indices()
    return counts


class Clock:
    """Wall seconds, and processor seconds of this process, of the workers and of the servers of Ray."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}

    def read(self) -> np.ndarray:
        """Return the four of them, since any time."""
        workers = servers = 0.0
        for process in psutil.Process().children(recursive=True):
            process = self._known.setdefault(process.pid, process)
            try:
                times, title = process.cpu_times(), " ".join(process.cmdline())
            except psutil.Error:
                continue
            if title.startswith("ray::_Member"):
                workers += times.user + times.system
            else:
                servers += times.user + times.system
        return np.array([time.perf_counter(), time.process_time(), workers, servers])

    def of(self, function: Callable[[], Any]) -> np.ndarray:
        """Return what a call takes of each."""
        before = self.read()
        function()
        return self.read() - before


def worker_memory(sampler: Any) -> float:
    """Return the mebibytes that the workers of a chain have for themselves."""
    pids = sampler._crew.process_ids()
    return sum(psutil.Process(pid).memory_full_info().uss for pid in pids) / 2**20


def make_chains(counts: csr_matrix, cluster: RayExecutor) -> dict[str, Any]:
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    priors = make_classic_priors(
        make_free_topics(N_TOPICS), {}, word_counts, doc_topic_prior=0.1, topic_word_prior=0.01
    )
    options: dict[str, dict[str, Any]] = {
        "1 thread": {"n_jobs": 1},
        "2 threads": {"n_jobs": 2},
        "1 Ray worker": {"n_jobs": 1, "executor": RayExecutor(1)},
        "2 Ray workers": {"n_jobs": 2, "executor": RayExecutor(2)},
    }
    assert cluster.n_partitions == 3  # processors of the two crews
    chains = {name: make_sampler("dense", counts, priors, seed=0, **given) for name, given in options.items()}
    first = chains["2 threads"]
    first.start(1.0)
    for number in range(1, N_WARM_UP + 1):
        first.sweep(number, 1.0)
    for chain in chains.values():
        if chain is not first:
            chain.restore(first.topics)
    return chains


def sweep_in_turns(chains: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return what :class:`Clock` reads of each round, shape (n_rounds, 4); the first one is for warming up."""
    clock, found = Clock(), {name: [] for name in chains}
    for number in range(N_WARM_UP + 1, N_WARM_UP + 2 + N_ROUNDS):
        for name, chain in chains.items():
            found[name].append(clock.of(lambda chain=chain, number=number: chain.sweep(number, 1.0)))
    return {name: np.array(rows)[1:] for name, rows in found.items()}


def recover(chain: Any, number: int) -> tuple[float, float]:
    """Kill a worker; return the seconds of the next sweep with recovery, and of one without."""
    os.kill(chain._crew.process_ids()[1], signal.SIGKILL)
    times = []
    for sweep in (number, number + 1):
        before = time.perf_counter()
        chain.sweep(sweep, 1.0)
        times.append(time.perf_counter() - before)
    return times[0], times[1]


def digest(chain: Any) -> str:
    chain.gather()
    return hashlib.sha256(chain.topics.tobytes()).hexdigest()


def median_ratio(first: np.ndarray, second: np.ndarray) -> tuple[float, str]:
    ratios = sorted(float(a / b) for a, b in zip(first, second, strict=True))
    return statistics.median(ratios), f"{ratios[0]:.2f}-{ratios[-1]:.2f}"


def run(data_dir: Path) -> list[dict[str, Any]]:  # noqa: ARG001
    counts = plant()
    n_tokens = int(counts.sum(dtype=np.int64))
    with RayExecutor(3) as cluster:
        list(cluster.map_ordered(int, "12", n_jobs=2))  # start it
        chains = make_chains(counts, cluster)
        found = sweep_in_turns(chains)
        digests = {digest(chain) for chain in chains.values()}
        memory = {name: worker_memory(chains[name]) for name in ("1 Ray worker", "2 Ray workers")}
        last = N_WARM_UP + 1 + N_ROUNDS
        lost, usual = recover(chains["2 Ray workers"], last + 1)
        chains["2 threads"].sweep(last + 1, 1.0)
        chains["2 threads"].sweep(last + 2, 1.0)
        is_same_after = digest(chains["2 Ray workers"]) == digest(chains["2 threads"])
        for chain in chains.values():
            chain.close()
    rows: list[dict[str, Any]] = []
    for name, taken in found.items():
        wall, cpu, workers, servers = np.median(taken, axis=0)
        note = (
            f"processor seconds a sweep: {cpu:.2f} here, {workers:.2f} workers, {servers:.2f} Ray's servers"
        )
        if name in memory:
            note += f"; memory of the workers {memory[name]:,.0f} MiB"
        rows.append(
            {"name": f"{n_tokens:,} tokens, {name}", "value": float(n_tokens / wall), "unit": "tokens/s", "note": note}
        )  # fmt: skip
    wall = {name: taken[:, 0] for name, taken in found.items()}
    busy = {name: taken[:, 1:3].sum(axis=1) for name, taken in found.items()}
    for name, (first, second), seconds, better in (
        ("two Ray workers: times as fast as one", ("1 Ray worker", "2 Ray workers"), wall, ">= 1.6 wanted"),
        ("two threads: times as fast as one", ("1 thread", "2 threads"), wall, "what the machine gave"),
        ("two Ray workers: wall time over two threads", ("2 Ray workers", "2 threads"), wall, "<= 1.15 wanted"),
        ("two Ray workers: processor time over two threads", ("2 Ray workers", "2 threads"), busy, "any load"),
        ("one Ray worker: processor time over one thread", ("1 Ray worker", "1 thread"), busy, "any load"),
    ):  # fmt: skip
        value, spread = median_ratio(seconds[first], seconds[second])
        rows.append({"name": name, "value": value, "unit": "times", "note": f"{better}; rounds {spread}"})
    rows.append(
        {
            "name": "chains with the same topics of all tokens",
            "value": float(5 - len(digests)),
            "unit": "of 4",
        }
    )
    note = (
        f"an undisturbed sweep: {usual:.2f} s; the same topics afterwards: {'yes' if is_same_after else 'NO'}"
    )
    rows.append({"name": "sweep in which a worker was killed", "value": lost, "unit": "s", "note": note})
    return rows


if __name__ == "__main__":
    for row in run(Path()):
        print(row)
