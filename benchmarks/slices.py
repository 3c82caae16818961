"""Benchmarks that take longer than one run may: each run does some parts, the next goes on with the others.

What was measured lies in a JSON file, ``bandscape-slices/NAME.json`` in the folder of temporary files, or in that of
``BANDSCAPE_SLICES``. It counts for the commit it was measured on; ``BANDSCAPE_SLICE_S`` says after how many seconds no
further part is begun (180; 0 for all at once). When all parts are there the file goes: the next run begins anew.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SLICE_S = float(os.environ.get("BANDSCAPE_SLICE_S", "180"))


class Slices:
    """Parts of a benchmark, some of them measured already.

    Parameters
    ----------
    name : str
    about : JSON-able
        What the parts depend on; parts of something else are forgotten.
    """

    def __init__(self, name: str, about: Any) -> None:
        folder = os.environ.get("BANDSCAPE_SLICES") or Path(tempfile.gettempdir(), "bandscape-slices")
        self.path = Path(folder, f"{name}.json")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._about = json.loads(json.dumps([about, commit()]))
        self._began, self._n_asked = time.monotonic(), 0
        kept = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.parts: dict[str, Any] = kept["parts"] if kept.get("about") == self._about else {}

    def part(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return what was measured of a part, measured now if there is time left; None if there is not."""
        self._n_asked += 1
        if name not in self.parts and not self.is_over:
            self.parts[name] = measure()
            beside = self.path.with_suffix(".part")
            beside.write_text(json.dumps({"about": self._about, "parts": self.parts}), encoding="utf-8")
            beside.replace(self.path)
        return self.parts.get(name)

    @property
    def is_over(self) -> bool:
        """Whether no further part is begun in this run."""
        return bool(SLICE_S) and time.monotonic() - self._began > SLICE_S

    def rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of a benchmark, with one that says how much is left, if anything is."""
        if len(self.parts) >= self._n_asked:
            self.path.unlink(missing_ok=True)
            return rows
        unfinished = {
            "name": "parts measured so far", "value": len(self.parts), "unit": f"of {self._n_asked}",
            "note": "the same command goes on",
        }  # fmt: skip
        return [*rows, unfinished]


def commit() -> str:
    """Return the commit that is checked out; "" outside of a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()
