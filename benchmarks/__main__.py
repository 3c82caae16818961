"""Run the benchmarks and write ``RESULTS.md``: ``python -m benchmarks [name ...]``.

Each ``bench_NAME.py`` has ``run(data_dir) -> list of dict(name, value, unit, peer, ratio, note)`` and measures us and
the peer in one process tree, interleaved. The data folder is the one ``BANDSCAPE_DATA`` names. Long ones can be run
in slices: ``BANDSCAPE_SLICE_S=200 python -m benchmarks separation``, again and again until its exit status is 0 (see
``slices.py``).
"""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
PACKAGES = (
    "numpy",
    "numba",
    "tensorflow-cpu",
    "tomotopy",
    "gensim",
    "scikit-learn",
    "openTSNE",
    "pyarrow",
    "plotly",
)


def data_dir() -> Path:
    folder = Path(os.environ.get("BANDSCAPE_DATA", HERE.parents[1] / "shared" / "data"))
    if not folder.is_dir():
        sys.exit(f"error: {folder} is not a folder; set BANDSCAPE_DATA to the folder of real data")
    return folder


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def section(name: str, rows: list[dict]) -> str:
    lines = [f"## {name}", "", "| what | value | unit | peer | ratio | note |", "|---|---:|---|---|---:|---|"]
    for row in rows:
        value = row["value"]
        shown = f"{value:,.3g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,.0f}"
        ratio = row.get("ratio") or ""
        shown_ratio = f"{ratio:.2f}" if isinstance(ratio, float) else ratio
        cells = (
            row["name"],
            shown,
            row.get("unit", ""),
            row.get("peer") or "",
            shown_ratio,
            row.get("note") or "",
        )
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def head() -> str:
    cpu = platform.processor() or platform.machine()
    return (
        "# Benchmark results\n\nWritten by `make bench`; each section says when it ran. Ratios above 1 mean that we are"
        f" better.\n\nMachine: {os.cpu_count()} cores, {cpu}. {versions()}.\n"
    )


def kept_sections() -> dict[str, str]:
    """Sections of an earlier run, so that one benchmark can be repeated alone."""
    if not RESULTS.exists():
        return {}
    parts = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n")[0].split(" ")[0]: "## " + part for part in parts}


def run_one(name: str, folder: Path) -> str:
    module = importlib.import_module(f"benchmarks.bench_{name}")
    today = datetime.now(UTC).date().isoformat()
    return section(f"{name} ({today})", module.run(folder))


def print_one(name: str) -> None:
    """Print the section of one benchmark, or say how far the slice came."""
    from benchmarks.slices import EXIT_STATUS, SliceOver

    try:
        print(run_one(name, data_dir()))
    except SliceOver as over:
        print(f"{name}: {over}; run the same command again", file=sys.stderr)
        sys.exit(EXIT_STATUS)


def main(wanted: list[str]) -> None:
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = [name for name in wanted if name not in names]
    if unknown:
        sys.exit(f"error: no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    if len(wanted) == 1 and os.environ.get("BANDSCAPE_BENCH_CHILD"):
        print_one(wanted[0])
        return
    sections = kept_sections()
    for name in wanted or names:
        print(f"== {name}", flush=True)
        # a fresh process each, so that one benchmark's memory and threads do not disturb the next
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks", name], env={**os.environ, "BANDSCAPE_BENCH_CHILD": "1"},
            stdout=subprocess.PIPE, text=True, cwd=HERE.parent,
        )  # fmt: skip
        if child.returncode:
            sys.exit(child.returncode)
        sections[name] = child.stdout[child.stdout.index("## ") :].rstrip() + "\n"
        print(sections[name], flush=True)
        ordered = [sections[key].rstrip() + "\n" for key in sorted(sections)]
        RESULTS.write_text(head() + "\n" + "\n".join(ordered), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
