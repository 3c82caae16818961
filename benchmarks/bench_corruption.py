"""Flip bits in every kind of file, and cut it: how often is other content read unseen; and what the seals cost.

Run ``python -m benchmarks corruption``; a run does some kinds, the same command goes on (`slices`). Beside ours stands
plain pyarrow, reading damaged tables with page checksums verified; the peer of reading is reading the same file when
its seal is known to be good, interleaved.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bandscape.core import read_arrow, read_table, seals, write_arrow, write_table
from benchmarks.job_starts import kept_starts
from benchmarks.slices import OF_ALL, Slices
from tests.trust.damage import KINDS, damages

ROOT = Path(__file__).resolve().parents[1]
N = 500


def run(_data_dir: Path) -> list[dict[str, Any]]:
    slices = Slices("corruption", sources=OF_ALL, about=N)
    home = slices.workplace()
    starts, _ = kept_starts(home)
    kinds = {kind: slices.part(kind, partial(damage, starts["index"], kind)) for kind in KINDS}
    rows = [row_of(kind, found) for kind, found in kinds.items()]
    for name, measure in (("pyarrow", plain_pyarrow), ("cost", cost)):
        rows += slices.part(name, partial(measure, starts["end"]))
    slices.forget(home)
    return rows


def damage(workspace: Path, kind: str) -> dict[str, Any]:
    """Damage one kind of file, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        words = [sys.executable, "-m", "tests.trust.damage", workspace, scratch, N, N, 0, kind]
        child = subprocess.run([str(w) for w in words], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(child.stdout.splitlines()[-1])[kind]
    print(kind, found, flush=True)
    return found


def row_of(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    note = f"{N} flips and {N} cuts: {found['refused']} refused, {found['same']} the same content"
    value = found["unseen"] + len(found["other"])
    return {
        "name": f"{kind}: other content, or an error not ours",
        "value": value,
        "unit": "times",
        "note": note,
    }


def plain_pyarrow(workspace: Path) -> list[dict[str, Any]]:
    """Count the bit flips that pyarrow's own checks let pass."""
    source = workspace / "artists" / "clusters.parquet"
    good, unseen = pq.read_table(source), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "one")
        for damaged in damages(source.read_bytes(), N, 0, random.Random(0)):
            path.write_bytes(damaged)
            try:
                found = pq.ParquetFile(path, page_checksum_verification=True).read()
                unseen += not found.equals(good, check_metadata=True)
            except Exception:  # any error is one that was seen
                continue
    return [{"name": "clusters, read by pyarrow: other content", "value": unseen, "unit": f"of {N} flips"}]


def cost(_workspace: Path) -> list[dict[str, Any]]:
    """Measure reading 256 MB of vectors and a table of 32 MB, with the seal checked and known to be good."""
    vectors = np.random.default_rng(0).normal(size=1_000_000 * 64).astype(np.float32)
    arrow = pa.table({"vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors), 64)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_arrow(folder / "v.arrow", arrow)
        write_table(folder / "t.parquet", pa.table({"x": vectors[:8_000_000]}))
        return [time_read("vectors.arrow, 256 MB, mapped", read_arrow, folder / "v.arrow"),
                time_read("a table of 32 MB", read_table, folder / "t.parquet")]  # fmt: skip


def time_read(name: str, read: Any, path: Path) -> dict[str, Any]:
    checked, known = [], []
    for _ in range(5):
        for seconds, is_known in ((checked, False), (known, True)):
            seals._verified.clear()
            if is_known:
                seals._verified[str(path)] = seals._state(path)
            began = time.process_time()
            read(path)
            seconds.append(time.process_time() - began)
    value, peer = float(np.median(checked)), float(np.median(known))
    note = "processor time, median of 5; the peer knows the seal to be good"
    return {"name": f"{name}: reading", "value": value, "unit": "s", "peer": f"{peer:.3f} s", "ratio": peer / value,
            "note": note}  # fmt: skip
