"""How long an import takes and how much memory it needs, each in a fresh process.

The aim: the Kaggle Pitchfork database, compressed, with all tables and rejects, in under 15 s on two cores and well
under 1.5 GB. Beside it stands the usual script for that database (``pandas.read_sql`` of the six tables and
``merge``), which checks nothing, finds no artists and writes the same kind of file; runs alternate.

Run ``python benchmarks/bench_import.py``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.rows import row

N_RUNS = 3
SOURCES = {
    "pitchfork.sqlite.xz": ("pitchfork/pitchfork.sqlite.xz", None),
    "scrape2020.parquet": ("pitchfork/scrape2020.parquet", None),
    "p4k_slim csv.gz": ("pitchfork/p4k_slim_imputed_genre.csv.gz", None),
    "agnews csv": ("agnews/test.csv", "genres=0,title=1,text=2"),
}
OURS = """
import json, sys, time
from bandscape.datasets.corpus import read_reviews, write_corpus
source, columns, out = sys.argv[1], sys.argv[2] or None, sys.argv[3]
start = time.perf_counter()
corpus = read_reviews(source, columns=columns)
write_corpus(corpus, out)
seconds = time.perf_counter() - start
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps({"seconds": seconds, "rss_mb": peak / 1024,
                  "reviews": len(corpus.reviews), "artists": len(corpus.artists), "rejects": len(corpus.rejects)}))
"""
USUAL_SCRIPT = """
import json, lzma, shutil, sqlite3, sys, time
import pandas as pd
source, out = sys.argv[1], sys.argv[3]
start = time.perf_counter()
with lzma.open(source) as packed, open(out + ".sqlite", "wb") as unpacked:
    shutil.copyfileobj(packed, unpacked, 1 << 20)
with sqlite3.connect(out + ".sqlite") as database:
    reviews = pd.read_sql("SELECT * FROM reviews", database).drop_duplicates("reviewid")
    for table, column in [("artists", "artist"), ("genres", "genre"), ("labels", "label"), ("years", "year")]:
        rows = pd.read_sql(f"SELECT * FROM {table}", database).drop_duplicates()
        lists = rows.dropna().groupby("reviewid")[column].agg(list).rename(table)
        reviews = reviews.merge(lists, on="reviewid", how="left")
    reviews = reviews.merge(pd.read_sql("SELECT * FROM content", database), on="reviewid", how="left")
reviews["pub_date"] = pd.to_datetime(reviews["pub_date"])
reviews.to_parquet(out + ".parquet", compression="zstd")
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps({"seconds": time.perf_counter() - start, "rss_mb": peak / 1024, "reviews": len(reviews)}))
"""


def measure(script: str, source: Path, columns: str | None) -> dict[str, float]:
    """Run a script in a fresh process and return the figures it prints."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            script,
            str(source),
            columns or "",
            f"{folder}/corpus",
        ]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run(data_dir: Path) -> list[dict[str, Any]]:
    """Measure the import of each source that is there.

    Parameters
    ----------
    data_dir : Path

    Returns
    -------
    list of dict
        ``name``, ``value``, ``unit``, ``peer``, ``ratio`` (peer's time over ours) and ``note``.
    """
    figures = []
    for name, (path, columns) in SOURCES.items():
        source = Path(data_dir) / path
        if not source.exists():
            continue
        has_peer = source.name == "pitchfork.sqlite.xz"
        ours, peers = [], []
        for _ in range(N_RUNS):
            ours.append(measure(OURS, source, columns))
            if has_peer:
                peers.append(measure(USUAL_SCRIPT, source, columns))
        seconds = statistics.median(one["seconds"] for one in ours)
        peer = statistics.median(one["seconds"] for one in peers) if peers else None
        counts = {key: int(ours[0][key]) for key in ("reviews", "artists", "rejects")}
        figures += [
            row(
                f"import {name}",
                seconds,
                "s",
                peer=f"pandas script {peer:.2f} s" if peer else "",
                ratio=peer / seconds if peer else None,
                note=", ".join(f"{count:,} {thing}" for thing, count in counts.items()),
            ),
            row(f"import {name}, peak memory", max(one["rss_mb"] for one in ours), "MB"),
        ]
    return figures


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    for one in run(Path(os.environ.get("BANDSCAPE_DATA", default))):
        ratio = f"  {one['ratio']:.2f} x as fast as {one['peer']}" if one["ratio"] else ""
        print(f"{one['name']:<40} {one['value']:>8.2f} {one['unit']:<3}{ratio}  {one['note']}")


if __name__ == "__main__":
    main()
