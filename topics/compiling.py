"""How this room compiles its kernels: no GIL, no bounds checks, strict IEEE arithmetic, cached on disk.

Strict arithmetic (no ``fastmath``) is what makes a kernel return the same bits on every processor and in plain
Python under ``NUMBA_DISABLE_JIT=1``. Public names: :func:`compiled`, :func:`inlined`, :data:`JIT_DISABLED`.
"""

from collections.abc import Callable
from typing import Any

from numba import config, njit

JIT_DISABLED = bool(config.DISABLE_JIT)  # pyright: ignore[reportAttributeAccessIssue]

_OPTIONS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel on its first call, keeping the machine code on disk where a folder can be written.

    Parameters
    ----------
    function : callable
        Arrays and scalars in, arrays out.

    Returns
    -------
    callable
        The compiled function, or ``function`` itself under ``NUMBA_DISABLE_JIT=1``.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # numba found no folder for its cache: a read-only installation without a home
        return njit(**_OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a small step of a kernel into whatever kernel of the same file calls it.

    Parameters
    ----------
    function : callable
        Called once a token; a real call there costs a few percent.

    Returns
    -------
    callable
        As :func:`compiled` returns.
    """
    return njit(forceinline=True, **_OPTIONS)(function)
