"""The whole way: `run` on the real Pitchfork file, `demo`, and how soon the command line answers."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

BANDSCAPE = (sys.executable, "-m", "bandscape")


def timed(*words: object) -> tuple[float, float]:
    """Run a command; return seconds and the peak resident memory of its process tree in GB."""
    started, peak = time.perf_counter(), 0
    process = psutil.Popen(
        [*BANDSCAPE, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        try:
            tree = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in tree))
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"error: bandscape {' '.join(map(str, words))} ended with {process.returncode}")
    return seconds, peak / 1e9


def median_seconds(command: list[str], repeats: int = 9) -> float:
    """Return the median wall-clock time of a short command."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def run(data_dir: Path) -> list[dict]:
    """Measure; two cores were meant by the goals named in the notes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ws"
        seconds, memory = timed("run", data_dir / "pitchfork" / "pitchfork.sqlite.xz", "--out", workspace)
        note = "18,393 reviews, 11,083 texts; goal under 180 s"
        rows.append({"name": "run pitchfork.sqlite.xz", "value": seconds, "unit": "s", "note": note})
        rows.append(
            {"name": "... peak memory, all processes", "value": memory, "unit": "GB", "note": "goal under 3"}
        )
        info = subprocess.run(
            [*BANDSCAPE, "info", workspace, "--json"], capture_output=True, check=True
        ).stdout
        goals = {"import": "goal under 15 s", "text": "goal under 40 s", "layout": "goal under 60 s"}
        for step in json.loads(info)["steps"]:
            name = step["name"]
            rows.append(
                {
                    "name": f"... step {name}",
                    "value": step["seconds"],
                    "unit": "s",
                    "note": goals.get(name, ""),
                }
            )
        again, _ = timed("run", data_dir / "pitchfork" / "pitchfork.sqlite.xz", "--out", workspace)
        rows.append({"name": "the same run again, all unchanged", "value": again, "unit": "s"})
        seconds, memory = timed("demo", "--out", Path(folder) / "demo")
        rows.append({"name": "demo", "value": seconds, "unit": "s", "note": "goal under 90 s"})
    help_s = median_seconds([*BANDSCAPE, "--help"])
    rows.append(
        {"name": "bandscape --help", "value": help_s, "unit": "s", "note": "median of 9; goal under 0.5 s"}
    )
    import_s = median_seconds([sys.executable, "-c", "import bandscape"])
    rows.append(
        {
            "name": "import bandscape",
            "value": import_s,
            "unit": "s",
            "note": "median of 9, Python's start included",
        }
    )
    return rows


if __name__ == "__main__":
    from benchmarks.__main__ import data_dir, section

    print(section("run", run(data_dir())))
