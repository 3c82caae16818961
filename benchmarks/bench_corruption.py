"""Flip bits in every kind of file, and cut it: how often is other content read unseen; and what the seals cost.

Run ``python -m benchmarks corruption``. Beside ours stands plain pyarrow, reading damaged tables with page checksums
verified; the peer of reading is reading the same file when its seal is known to be good, interleaved.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bandscape.core import read_arrow, read_table, seals, write_arrow, write_table
from tests.trust.damage import damages
from tests.trust.jobs import make_files, make_starts

ROOT = Path(__file__).resolve().parents[1]
N = 500


def run(_data_dir: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        make_files(files)
        starts = make_starts(Path(folder, "starts"), files)
        words = [sys.executable, "-m", "tests.trust.damage", starts["end"], Path(folder, "scratch"), N, N]
        Path(folder, "scratch").mkdir()
        child = subprocess.run([str(w) for w in words], cwd=ROOT, capture_output=True, text=True, check=True)
        rows = [row_of(kind, found) for kind, found in json.loads(child.stdout.splitlines()[-1]).items()]
        rows.append(plain_pyarrow(starts["end"] / "artists" / "clusters.parquet", Path(folder, "one")))
        return [*rows, *cost(Path(folder))]


def row_of(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    note = f"{N} flips and {N} cuts: {found['refused']} refused, {found['same']} the same content"
    value = found["unseen"] + len(found["other"])
    return {
        "name": f"{kind}: other content, or an error not ours",
        "value": value,
        "unit": "times",
        "note": note,
    }


def plain_pyarrow(source: Path, path: Path) -> dict[str, Any]:
    """Count the bit flips that pyarrow's own checks let pass."""
    data, unseen = source.read_bytes(), 0
    good = pq.read_table(source)
    for damaged in damages(data, N, 0, random.Random(0)):
        path.write_bytes(damaged)
        try:
            found = pq.ParquetFile(path, page_checksum_verification=True).read()
            unseen += not found.equals(good, check_metadata=True)
        except Exception:  # any error is one that was seen
            continue
    return {"name": "clusters, read by pyarrow: other content", "value": unseen, "unit": f"of {N} flips"}


def cost(folder: Path) -> list[dict[str, Any]]:
    """Measure reading 256 MB of vectors and a table of 32 MB, with the seal checked and known to be good."""
    vectors = np.random.default_rng(0).normal(size=1_000_000 * 64).astype(np.float32)
    arrow = pa.table({"vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors), 64)})
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
