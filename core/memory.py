"""How much memory there is, asked before much of it is taken. Public functions: :func:`available_memory`,
:func:`check_memory`.
"""

import os
from pathlib import Path

from .errors import ParameterError

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


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
