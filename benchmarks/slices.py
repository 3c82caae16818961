"""Benchmarks that take longer than one sitting, measured part by part.

``BANDSCAPE_SLICE_S=200 python -m benchmarks separation`` works for about so many seconds, keeps what it has measured
below the cache (``BANDSCAPE_CACHE``, else the system's) and ends with the exit status 3; the same command again goes on
with the next part, and the last one writes the section. A part counts as measured while the benchmark's own file and
the sources it depends on are the same. Without the variable all is measured in one run and nothing is kept. Public
names: :class:`Slices`, :class:`SliceOver`.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bandscape.core.checkpoints import Checkpoint

VARIABLE = "BANDSCAPE_SLICE_S"
EXIT_STATUS = 3
ROOT = Path(__file__).resolve().parents[1]
OF_SOUND = ("embeddings/audio/**/*.py", "datasets/simulation/*.py")
OF_ALL = (
    "core/**/*.py",
    "datasets/**/*.py",
    "topics/**/*.py",
    "embeddings/**/*.py",
    "viz/**/*.py",
    "cli/**/*.py",
)


class SliceOver(Exception):  # noqa: N818 (no error: the time is used up)
    """The time of this slice is used up; what was measured is kept."""


class Slices:
    """The parts of one benchmark.

    Parameters
    ----------
    name : str
        Of the benchmark.
    quick : bool
        Parts of a quick run are kept apart.
    sources : sequence of str
        Patterns of the files, from the root, that decide the figures.
    about : JSON-able
        What else they depend on: sizes, counts, files of data.
    """

    def __init__(
        self, name: str, *, quick: bool = False, sources: Sequence[str] = OF_SOUND, about: Any = None
    ) -> None:
        given = os.environ.get(VARIABLE)
        self.seconds = float(given) if given else None
        self._begun, self.n_done = time.monotonic(), 0
        self.folder = (
            _cache()
            / "benchmarks"
            / name
            / (_digest(name, sources, about)[:12] + ("-quick" if quick else ""))
        )

    def is_over(self) -> bool:
        """Return whether the time is used up."""
        return self.seconds is not None and time.monotonic() - self._begun > self.seconds

    def part(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return what was measured before, or measure it; JSON-able.

        Raises
        ------
        SliceOver
            If it was not measured before and the time is used up.
        """
        path = self.folder / f"{_file_name(name)}.json"
        if self.seconds is not None and path.exists():
            self.n_done += 1
            return json.loads(path.read_text(encoding="utf-8"))
        if self.is_over():
            raise SliceOver(f"{self.n_done} parts are measured and kept in {self.folder}; next: {name}")
        found = measure()
        if self.seconds is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            written = path.with_suffix(".part")
            written.write_text(json.dumps(found), encoding="utf-8")
            written.replace(path)
        self.n_done += 1
        return found

    def workplace(self) -> Path:
        """Return a folder for what the parts have in common: beside them, or one of this run only."""
        if self.seconds is None:
            return Path(tempfile.mkdtemp(prefix="bandscape-benchmark-"))
        folder = self.folder / "workplace"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def forget(self, workplace: Path) -> None:
        """Remove a workplace once all parts are measured."""
        shutil.rmtree(workplace, ignore_errors=True)

    def learnt(self, name: str, model: Any, fit: Callable[..., Any]) -> Any:
        """Return a model that was learnt before, or learn it, over several slices if need be.

        Parameters
        ----------
        name : str
        model : object
            With ``save`` and ``load``.
        fit : callable
            Gets ``checkpoint`` and ``on_progress`` (None where nothing is kept), and returns the fitted model.

        Raises
        ------
        SliceOver
            If the time is used up before it is learnt; a checkpoint is kept.
        """
        if self.seconds is None:
            return fit(checkpoint=None, on_progress=None)
        home = self.folder / "models" / _file_name(name)
        if home.exists():
            found = type(model).load(home)
            found.cpu_seconds_ = json.loads((self.folder / f"{home.name}.seconds").read_text())
            return found
        return self._learn(name, home, fit)

    def _learn(self, name: str, home: Path, fit: Callable[..., Any]) -> Any:
        if self.is_over():
            raise SliceOver(f"{self.n_done} parts are measured and kept in {self.folder}; next: {name}")
        spent = self.folder / f"{home.name}.seconds"
        before = json.loads(spent.read_text()) if spent.exists() else 0.0
        self.folder.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(self.folder / f"{home.name}.training.safetensors", every_s=10.0)

        def stop(_event: Any) -> bool:
            if self.is_over():
                raise KeyboardInterrupt  # fits keep a checkpoint then
            return False

        begun = time.process_time()
        try:
            model = fit(checkpoint=checkpoint, on_progress=stop)
        except KeyboardInterrupt:
            spent.write_text(json.dumps(before + time.process_time() - begun))
            if not self.is_over():
                raise
            raise SliceOver(f"{name} is half learnt; kept in {self.folder}") from None
        model.cpu_seconds_ = before + time.process_time() - begun
        spent.write_text(json.dumps(model.cpu_seconds_))
        model.save(home)
        checkpoint.delete()
        return model


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)[:80]


def _cache() -> Path:
    from pooch import os_cache

    return Path(os.environ.get("BANDSCAPE_CACHE") or os_cache("bandscape"))


def _digest(name: str, sources: Sequence[str], about: Any) -> str:
    """Return a digest of what decides the figures."""
    files = [ROOT / "benchmarks" / f"bench_{name}.py"]
    for pattern in sources:
        files += sorted(ROOT.glob(pattern))
    digest = hashlib.sha256(json.dumps(about).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
