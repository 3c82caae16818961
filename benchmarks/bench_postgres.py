"""A store of 1,000,000 artists in PostgreSQL with pgvector: import, search, filters, look-ups, and HTTP over it.

Run ``python -m benchmarks postgres`` (``BANDSCAPE_QUICK=1``: 50,000 artists; ``BANDSCAPE_ARTISTS=300000``: as many).
Synthetic unit vectors of length 64 in 2,000 clusters; genres go with the clusters, as in life, scores and years do not.
Beside it, on the same vectors and questions, in turn: the Arrow store (exact, one thread) and faiss (IVF, one thread).
The server is one of this machine's own, with the settings of docs/guides/million_users.md. Times are wall times of
single questions from one client; recall is the share of the ten that are among the ten of an exact search.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

from bandscape.core.files import write_arrow
from bandscape.embeddings import (
    ArrowStore,
    Filter,
    IndexOptions,
    PostgresStore,
    VectorTable,
    copy_to_postgres,
)
from bandscape.embeddings.coarse_search import encode_rows
from bandscape.embeddings.stores.arrow_files import CODES, FILES, write_codes, write_keys
from benchmarks.http_load import ask_at_once
from tests.postgres_server import Server, running_server

IS_QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
N = int(os.environ.get("BANDSCAPE_ARTISTS", "50000" if IS_QUICK else "1000000"))
DIM, N_CLUSTERS = 64, 2000
N_QUESTIONS, N_LOOKUPS = (100 if IS_QUICK else 300), 5000
SHARES = (0.4, 0.25, 0.15, 0.1, 0.05, 0.03, 0.015, 0.004, 0.001)  # of the genres
SETTINGS = {
    "shared_buffers": "2GB", "effective_cache_size": "8GB", "max_wal_size": "8GB", "random_page_cost": "1.1",
    "work_mem": "32MB", "max_parallel_maintenance_workers": "2", "wal_level": "minimal", "max_wal_senders": "0",
}  # fmt: skip
FILTERS = {
    "genre of 40 %": Filter("g0"),
    "genre of 5 %": Filter("g4"),
    "genre of 1.5 %": Filter("g6"),
    "genre of .1 %": Filter("g8"),
    "score of 30 %": Filter(score=(7.0, 10.0)),
    "score of 2.5 %": Filter(score=(5.0, 5.25)),
    "genre of 10 %, score of 30 %, 10 of 60 years": Filter("g3", (7.0, 10.0), (1990, 1999)),
}
SECONDS, N_CLIENTS = (2.0 if IS_QUICK else 5.0), 4


def run(_data_dir: Path) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []

    def keep(row: dict[str, Any]) -> None:
        rows.append(row)
        print(f"{row['name']}: {row['value']:.1f} {row['unit']} ({row['note']})", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder, running_server(SETTINGS) as server:
        arrow = make_store(Path(folder), rng)
        keep(imported(arrow, server))
        peer = faiss_search(arrow.matrix)
        with PostgresStore(server.address()) as store:
            keep(search("top 10", arrow, store, None, rng, peer))
            for name, only in FILTERS.items():
                keep(search(f"top 10, {name}", arrow, store, only, rng, None))
            keep(filtered(arrow, store, rng, server))
            keep(lookups(arrow, store, rng))
        with service(server.address()) as (port, pid):
            for kind, make in ASKED.items():
                keep(throughput(kind, make, port, pid, server))
    return rows


def make_store(folder: Path, rng: np.random.Generator) -> ArrowStore:
    cluster = rng.integers(0, N_CLUSTERS, N)
    centers = rng.normal(size=(N_CLUSTERS, DIM)).astype(np.float32)
    matrix = centers[cluster] + 0.3 * rng.normal(size=(N, DIM)).astype(np.float32)
    genre = rng.choice(len(SHARES), size=N_CLUSTERS, p=SHARES)
    genre[: len(SHARES)] = range(len(SHARES))
    names = [f"artist number {row}" for row in range(N)]
    genres = [(f"g{one}",) for one in genre[cluster]]
    table = VectorTable(
        matrix, [f"a{row}" for row in range(N)], names, genres, rng.uniform(0, 10, N), rng.poisson(3, N)
    )
    table.save(folder / FILES[0])
    others = np.stack([np.roll(np.arange(N, dtype=np.int32), step) for step in range(1, 11)], axis=1)
    near = pa.FixedSizeListArray.from_arrays(pa.array(others.reshape(-1)), 10)  # a build takes an hour
    cosine = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(10 * N, np.float32)), 10)
    years = pa.array(rng.integers(1960, 2020, N).reshape(-1, 1).tolist(), pa.list_(pa.int32()))
    write_arrow(folder / FILES[1], pa.table({"neighbors": near, "cosine": cosine, "years": years}))
    write_keys(folder / FILES[2], table.artist_ids, names)
    write_codes(folder / CODES, encode_rows(table.matrix))
    return ArrowStore(folder)


def imported(arrow: ArrowStore, server: Server) -> dict[str, Any]:
    stages: dict[str, float] = {}

    def on_progress(progress: Any) -> None:
        stages.setdefault(progress.stage, time.perf_counter())

    started = time.perf_counter()
    copy_to_postgres(arrow, server.address(), index=IndexOptions(memory_mb=2048), on_progress=on_progress)
    seconds = time.perf_counter() - started
    indexing = time.perf_counter() - stages.get("indexing vectors", time.perf_counter())
    import psycopg

    with psycopg.connect(server.address()) as connection:
        ((size, index),) = connection.execute(
            "SELECT (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = relnamespace WHERE nspname = 'bandscape' AND relkind = 'r')::int8, "
            "(SELECT sum(pg_relation_size(c.oid)) FROM pg_class c JOIN pg_am m ON m.oid = c.relam "
            "WHERE m.amname IN ('hnsw', 'ivfflat'))::int8"
        ).fetchall()
    note = f"{indexing:.0f} s of them for indexes of vectors; {size / 2**20:.0f} MiB, of them these {index / 2**20:.0f}"
    return {
        "name": f"import of {N:,} x {DIM}",
        "value": seconds,
        "unit": "s",
        "peer": "",
        "ratio": None,
        "note": note,
    }


def faiss_search(matrix: np.ndarray) -> Callable[[np.ndarray], list[int]]:
    import faiss

    faiss.omp_set_num_threads(2)
    n_lists = max(256, N // 500)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIM), DIM, n_lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 5
    index.train(matrix[: 40 * n_lists])
    index.add(matrix)
    index.nprobe = 32
    faiss.omp_set_num_threads(1)
    return lambda query: index.search(query[None], 10)[1][0].tolist()


def search(
    name: str,
    arrow: ArrowStore,
    store: PostgresStore,
    only: Filter | None,
    rng: np.random.Generator,
    peer: Any,
) -> dict[str, Any]:
    ours, exact, other = [], [], []
    hits = other_hits = most = 0
    arrow.search(arrow.matrix[0], 10, only)  # compiles, and reads what it keeps
    for row in rng.integers(0, N, N_QUESTIONS).tolist():
        query = arrow.matrix[row]
        started = time.perf_counter()
        found = store.search(query, 10, only)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        true = {artist.row for artist, _ in arrow.search(query, 10, only)}
        exact.append(time.perf_counter() - started)
        hits += len(true & {artist.row for artist, _ in found})
        most += len(true)
        if peer is not None:
            started = time.perf_counter()
            other_hits += len(true & set(peer(query)))
            other.append(time.perf_counter() - started)
    p50, p99 = milliseconds(ours)
    a50, a99 = milliseconds(exact)
    told = f"Arrow, exact: p50 {a50:.1f}, p99 {a99:.1f}"
    if other:
        f50, f99 = milliseconds(other)
        told += f"; faiss IVF: p50 {f50:.2f}, p99 {f99:.2f}, recall {other_hits / most:.3f}"
    return {"name": name, "value": p99, "unit": "ms p99", "peer": told, "ratio": a99 / p99,
            "note": f"p50 {p50:.2f} ms, recall@10 {hits / most:.3f}"}  # fmt: skip


def filtered(
    arrow: ArrowStore, store: PostgresStore, rng: np.random.Generator, server: Server
) -> dict[str, Any]:
    """Questions whose filters are all different, so that nothing is remembered."""
    times, server_times, hits, most = [], [], 0, 0
    arrow.search(arrow.matrix[0], 10, Filter("g0", (0.0, 9.0), (1960, 2000)))  # reads what it keeps
    for row in rng.integers(0, N, N_QUESTIONS).tolist():
        low = float(rng.uniform(0, 9))
        first = int(rng.integers(1960, 2010))
        genre = f"g{rng.choice(len(SHARES), p=SHARES)}" if rng.random() < 0.7 else None
        only = Filter(
            genre, (low, low + float(rng.uniform(0.1, 6))), (first, first + int(rng.integers(0, 40)))
        )
        before, started = client_cpu_of_server(server), time.perf_counter()
        found = store.search(arrow.matrix[row], 10, only)
        times.append(time.perf_counter() - started)
        server_times.append(client_cpu_of_server(server) - before)
        true = {artist.row for artist, _ in arrow.search(arrow.matrix[row], 10, only)}
        hits, most = hits + len(true & {artist.row for artist, _ in found}), most + len(true)
    p50, p99 = milliseconds(times)
    s50, s99 = milliseconds(server_times)
    note = f"p50 {p50:.2f} ms, recall@10 {hits / most:.3f}; "
    note += f"processor time of the server: p50 {s50:.1f}, p99 {s99:.1f} ms"
    return {"name": "top 10, a new filter each time", "value": p99, "unit": "ms p99", "peer": "", "ratio": None,
            "note": note}  # fmt: skip


def lookups(arrow: ArrowStore, store: PostgresStore, rng: np.random.Generator) -> dict[str, Any]:
    times: dict[str, list[float]] = {"ours": [], "arrow": []}
    for row in rng.integers(0, N, N_LOOKUPS).tolist():
        for name, one in (("ours", store), ("arrow", arrow)):
            started = time.perf_counter()
            one.get(f"a{row}")
            times[name].append(time.perf_counter() - started)
    p50, p99 = milliseconds(times["ours"])
    a50, a99 = milliseconds(times["arrow"])
    told = f"Arrow: p50 {a50:.3f}, p99 {a99:.3f}"
    return {"name": "get a record by id", "value": p99, "unit": "ms p99", "peer": told, "ratio": a99 / p99,
            "note": f"p50 {p50:.2f} ms"}  # fmt: skip


def milliseconds(times: list[float]) -> tuple[float, float]:
    p50, p99 = (1e3 * float(np.quantile(times, q)) for q in (0.5, 0.99))
    return p50, p99


ASKED: dict[str, Callable[[np.random.Generator], str]] = {
    "/artists": lambda rng: f"/artists/a{rng.integers(N)}",
    "/similar": lambda rng: f"/similar?artist=a{rng.integers(N)}&top=10",
    "/similar with a genre": lambda rng: (
        f"/similar?artist=a{rng.integers(N)}&top=10&genre=g{rng.choice(len(SHARES), p=SHARES)}"
    ),
    "/similar with score and years": lambda rng: (
        f"/similar?artist=a{rng.integers(N)}&top=10&score_from={rng.integers(8)}&year_from={rng.integers(1960, 2010)}"
    ),
}


def throughput(
    kind: str, make: Callable[[np.random.Generator], str], port: int, pid: int, server: Server
) -> dict[str, Any]:
    """Requests a second of one process of the service, and what they cost: its own processor time and the server's."""
    service_before, server_before = cpu(pid), cpu_of_server(server)
    times, passed = ask_at_once(make, port, n_clients=N_CLIENTS, seconds=SECONDS, seed=7)
    ours, theirs = (1e3 * (now - before) / len(times) for now, before in
                    ((cpu(pid), service_before), (cpu_of_server(server), server_before)))  # fmt: skip
    p50, p99 = milliseconds(times)
    note = f"{len(times) / passed:.0f} requests/s of {N_CLIENTS} clients here, p50 {p50:.1f} ms, p99 {p99:.1f} ms; "
    note += f"processor time a request: service {ours:.2f} ms, PostgreSQL {theirs:.2f} ms"
    return {"name": f"serve --store, {kind}", "value": 1e3 / (ours + theirs), "unit": "requests/s a core", "peer": "",
            "ratio": None, "note": note}  # fmt: skip


def cpu(pid: int) -> float:
    return sum(psutil.Process(pid).cpu_times()[:2])


def cpu_of_server(server: Server) -> float:
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    total = 0.0
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:2])
    return total


def client_cpu_of_server(server: Server) -> float:
    """Seconds of the processes that answer clients, without their parallel workers, to the nanosecond (Linux)."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    total = 0.0
    for child in psutil.Process(pid).children():
        if "127.0.0.1(" in " ".join(child.cmdline()):
            total += int(Path(f"/proc/{child.pid}/schedstat").read_text().split()[0]) / 1e9
    return total


@contextlib.contextmanager
def service(address: str) -> Iterator[tuple[int, int]]:
    """Run the service as a process of its own on a free port."""
    words = [sys.executable, "-m", "bandscape", "serve", "--store", "postgresql://", "--port", "0"]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "BANDSCAPE_STORE_URL": address}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", child.stdout.readline())
            assert found is not None
            yield int(found[1]), child.pid
        finally:
            child.terminate()


if __name__ == "__main__":
    for result in run(Path()):
        print(result)
