"""How many requests a second the HTTP service answers on one core, and how fast, at 10,000 artists.

Run ``python -m benchmarks serve``. Vectors of length 64 in 200 clusters, names, genres and labels made up. The service
is a process of its own, pinned to one core where the system can; the clients are threads of this one that each keep a
connection and ask without a pause, so on a machine with few idle cores they slow the service down. The figures are
requests a second and the 50th and 99th percentile of the time from question to answer; the peer is ``/health``, which
computes nothing, asked the same way right after: what HTTP alone costs. ``busy`` is the service's processor time over
the time of the round.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psutil

from benchmarks.http_load import ask_at_once

N, DIM, SECONDS, N_CLIENTS, N_ROUNDS = 10_000, 64, 4.0, 4, 3


def run(_data_dir: Path) -> list[dict[str, Any]]:
    with service() as (port, process):
        asked = {
            "similar": lambda rng: f"/similar?artist={name(rng.integers(N))}&top=10",
            "analogy": lambda rng: (
                f"/analogy?plus={name(rng.integers(N))}&plus={quote('genre:g3')}&minus={name(rng.integers(N))}&top=10"
            ),
        }
        return [measure(kind, make, port, process) for kind, make in asked.items()]


def name(row: int) -> str:
    return quote(f"artist number {row}")


def measure(
    kind: str, make: Callable[[np.random.Generator], str], port: int, process: psutil.Process
) -> dict[str, Any]:
    rounds = [
        (load(make, port, process, at), load(lambda _: "/health", port, process, at))
        for at in range(N_ROUNDS)
    ]
    rate, p50, p99, busy = (
        float(np.median(column)) for column in zip(*(one for one, _ in rounds), strict=True)
    )
    plain = float(np.median([other[0] for _, other in rounds]))
    return {"name": f"{kind}, {N:,} artists, {N_CLIENTS} clients", "value": rate, "unit": "requests/s",
            "peer": f"/health: {plain:.0f}", "ratio": rate / plain,
            "note": f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, busy {busy:.2f} cores"}  # fmt: skip


def load(
    make: Callable[[np.random.Generator], str], port: int, process: psutil.Process, seed: int
) -> tuple[float, float, float, float]:
    before = sum(process.cpu_times()[:2])
    times, passed = ask_at_once(make, port, n_clients=N_CLIENTS, seconds=SECONDS, seed=seed)
    busy = (sum(process.cpu_times()[:2]) - before) / passed
    p50, p99 = (1e3 * float(np.quantile(times, q)) for q in (0.5, 0.99))
    return len(times) / passed, p50, p99, busy


@contextlib.contextmanager
def service() -> Iterator[tuple[int, psutil.Process]]:
    """Run the service as a process of its own on a free port."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    words = [sys.executable, "-m", "benchmarks.bench_serve"]
    environment = {**os.environ, **threads}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout is not None
            yield int(child.stdout.readline()), psutil.Process(child.pid)
        finally:
            child.terminate()


def serve() -> None:
    from bandscape.cli.serve import listen
    from bandscape.cli.serve import run as serve_until_stopped
    from bandscape.cli.serving.app import make_app
    from bandscape.embeddings import VectorTable, group_artists

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, 200, N)
    matrix = rng.normal(size=(200, DIM))[cluster] + 0.5 * rng.normal(size=(N, DIM))
    names = [f"artist number {row}" for row in range(N)]
    genres = [(f"g{one % 9}",) for one in cluster]
    table = VectorTable(matrix, [str(row) for row in range(N)], names, genres, n_reviews=np.ones(N))
    table = table.with_terms([group_artists("label", [[f"label {one}"] for one in cluster])])
    table.meaning("0")
    with listen("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve_until_stopped(make_app(table, {"round": None, "topics": []}), listener, 10.0)


if __name__ == "__main__":
    serve()
