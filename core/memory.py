"""How much memory there is, asked before much of it is taken, and how much was taken.

Public names: :func:`available_memory`, :func:`check_memory`, :class:`PeakMemory`.
"""

import os
import threading
from pathlib import Path
from types import TracebackType

from .errors import ParameterError

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_PROCESSES = Path("/proc")
_SAMPLE_S = 0.1


def available_memory() -> int | None:
    """Return the bytes a process may still take without swapping, as far as the system says.

    Returns
    -------
    int or None
        On Linux what the kernel holds to be available, or what a container's limit leaves, if less. Elsewhere all
        of the machine's memory. None where the system says nothing.
    """
    known = [size for size in (_available_of_machine(), _available_of_group()) if size is not None]
    return min(known) if known else None


def check_memory(n_bytes: float, what: str, remedy: str) -> None:
    """Refuse work that needs more memory than there is.

    Parameters
    ----------
    n_bytes : float
        Estimate of the need.
    what : str
        What needs it: the start of the message.
    remedy : str

    Raises
    ------
    ParameterError
        If less is available; nothing is raised where the system does not say.
    """
    available = available_memory()
    if available is not None and n_bytes > available:
        raise ParameterError(
            f"{what} need about {n_bytes / 2**30:.1f} GiB of memory, and {available / 2**30:.1f} GiB are free: {remedy}"
        )


class PeakMemory:
    """Watch, while its block runs, the most memory that this process and its workers hold together.

    Attributes
    ----------
    peak_bytes : int
        Resident bytes, sampled ten times a second, at least the kernel's own high-water mark where the block raised
        that; pages shared by several processes count for each. 0 where the system does not say (it is read from
        ``/proc``).
    """

    def __enter__(self) -> "PeakMemory":
        self.peak_bytes = 0
        self._before = _high_water(_PROCESSES / "self")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()
        after = _high_water(_PROCESSES / "self")
        if after > self._before:
            self.peak_bytes = max(self.peak_bytes, after)

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            self._sample()

    def _sample(self) -> None:
        held = _resident(_PROCESSES / "self") + sum(map(_resident, _descendants(_PROCESSES / "self")))
        self.peak_bytes = max(self.peak_bytes, held)


def _descendants(process: Path) -> list[Path]:
    """Return the processes that this one started and that still run, and theirs."""
    found = []
    for listed in process.glob("task/*/children"):
        try:
            children = [_PROCESSES / pid for pid in listed.read_text(encoding="ascii").split()]
        except OSError:  # the thread has ended
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _resident(process: Path) -> int:
    try:
        pages = int((process / "statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError, AttributeError):  # it has ended, or there is no /proc
        return 0


def _high_water(process: Path) -> int:
    """Return the most bytes that a process ever held; 0 where the system does not say."""
    try:
        lines = (process / "status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration, ValueError):
        return 0


def _available_of_machine() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows, or a system that does not say
        return None


def _available_of_group() -> int | None:
    """Return what the limit of a container (cgroup, version 2) leaves; cached files can be given up for it."""
    try:
        limit, used, parts = (
            (_GROUP / name).read_text(encoding="ascii")
            for name in ("memory.max", "memory.current", "memory.stat")
        )
        cached = next(int(line.split()[1]) for line in parts.splitlines() if line.startswith("file "))
        return max(int(limit) - int(used) + cached, 0)
    except (OSError, ValueError, StopIteration):  # no such group, or "max"
        return None
