"""How fast a store of 1,000,000 artists answers, one thread: exact and approximate search, and reading a record.

Run ``python -m benchmarks store``; ``python -m benchmarks.bench_store clustered`` measures one kind of vectors alone.
Synthetic unit vectors of length 64: uniform, and in 2,000 clusters. Times are wall times of single questions; peers,
interleaved, are one whole matrix product with a partial sort and our own search without the first pass over bytes.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from bandscape.core.files import write_arrow
from bandscape.embeddings import ArrowStore, VectorTable
from bandscape.embeddings.coarse_search import encode_rows, nearest_coded
from bandscape.embeddings.stores.approximate import load_faiss, make_index
from bandscape.embeddings.stores.arrow_files import FILES, write_keys
from bandscape.embeddings.stores.nearest import nearest_rows

N, DIM, N_QUESTIONS = 1_000_000, 64, 60


def run(_data_dir: Path) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    rows = []
    with threadpool_limits(limits=1):
        for kind in ("uniform", "clustered"):
            matrix = vectors(kind, rng)
            rows += measure(kind, matrix, rng)
        rows.append(records(matrix, rng))
    return rows


def measure(kind: str, matrix: np.ndarray, rng: np.random.Generator) -> list[dict[str, Any]]:
    return [search(kind, matrix, rng), approximate(kind, matrix, rng)]


def vectors(kind: str, rng: np.random.Generator) -> np.ndarray:
    matrix = rng.normal(size=(N, DIM)).astype(np.float32)
    if kind == "clustered":
        matrix = matrix * 0.3 + rng.normal(size=(2000, DIM)).astype(np.float32)[rng.integers(0, 2000, N)]
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def search(kind: str, matrix: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    codes = encode_rows(matrix)
    nearest_coded(codes, matrix, matrix[0], 10)  # compiles
    ours, floats, peer = [], [], []
    for row in rng.integers(0, N, N_QUESTIONS):
        started = time.perf_counter()
        found, _ = nearest_coded(codes, matrix, matrix[row], 10)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        plain, _ = nearest_rows(matrix, matrix[row], 10)
        floats.append(time.perf_counter() - started)
        started = time.perf_counter()
        cosine = matrix @ matrix[row]
        top = np.argpartition(-cosine, 10)[:10]
        peer.append(time.perf_counter() - started)
        if (
            min(len(set(found.tolist()) & set(other.tolist())) for other in (top, plain)) < 9
        ):  # the last may tie
            raise AssertionError("the two searches disagree")
    p50, other = 1e3 * float(np.median(ours)), 1e3 * float(np.median(peer))
    without = f"without the pass over bytes {1e3 * float(np.median(floats)):.1f}"
    note = f"p99 {1e3 * float(np.quantile(ours, 0.99)):.1f} ms; {without} ms"
    return {"name": f"exact top 10, 1,000,000 x 64, {kind}", "value": p50, "unit": "ms p50",
            "peer": f"numpy product and argpartition: {other:.1f}", "ratio": other / p50, "note": note}  # fmt: skip


def approximate(kind: str, matrix: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """Rows asked for, none of which the index was tried with; recall against exact search."""
    load_faiss().omp_set_num_threads(1)
    started = time.process_time()
    index = make_index(matrix)
    assert index is not None
    made = time.process_time() - started
    times, hits, asked = [], 0, rng.integers(0, N, 500)
    for row in asked:
        query = matrix[row]
        started = time.perf_counter()
        found = index.search(query, 10)
        times.append(time.perf_counter() - started)
        assert found is not None
        hits += len(np.intersect1d(found[0], nearest_rows(matrix, query, 10)[0]))
    p50, p99 = (1e3 * float(np.quantile(times, q)) for q in (0.5, 0.99))
    note = (
        f"recall@10 {hits / (10 * len(asked)):.3f}; p99 {p99:.2f} ms; {index.n_probed} of {len(index.centers)} lists; "
        f"made in {made:.0f} processor seconds"
    )
    return {"name": f"approximate top 10, 1,000,000 x 64, {kind}", "value": p50, "unit": "ms p50", "peer": "",
            "ratio": None, "note": note}  # fmt: skip


def records(matrix: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    names = [f"artist {row}" for row in range(N)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        VectorTable(matrix, [str(row) for row in range(N)], names).save(root / FILES[0])
        near = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(N, np.int32)), 1)
        cosine = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(N, np.float32)), 1)
        years = pa.array([[]] * N, pa.list_(pa.int32()))
        write_arrow(root / FILES[1], pa.table({"neighbors": near, "cosine": cosine, "years": years}))
        write_keys(root / FILES[2], [str(row) for row in range(N)], names)
        store = ArrowStore(root)
        times = []
        for row in rng.integers(0, N, 20_000).tolist():
            started = time.perf_counter()
            store.get(str(row))
            times.append(time.perf_counter() - started)
    p50, p99 = (1e6 * float(np.quantile(times, q)) for q in (0.5, 0.99))
    return {"name": "get a record by id, 1,000,000 artists", "value": p99, "unit": "us p99", "peer": "", "ratio": None,
            "note": f"p50 {p50:.1f} us"}  # fmt: skip


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    with threadpool_limits(limits=1):
        for one in sys.argv[1:]:
            for result in measure(one, vectors(one, generator), generator):
                print(result, flush=True)
    for result in [] if sys.argv[1:] else run(Path()):
        print(result)
