"""What Ray raises, told as the work itself would have raised it, or in one line.

Public names: :func:`cause_of`, :func:`first_line`.
"""

from typing import Any

from ..errors import BandscapeError


def cause_of(error: Any) -> BaseException:
    """Return what a call raised on the cluster, as the same call would have raised it here."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else BandscapeError(first_line(error))


def first_line(error: BaseException) -> str:
    """Return the first line an error has to say, or else what kind it is of."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
