"""What Ray raises, told as the work itself would have raised it.

Public names: :func:`cause_of`.
"""

from typing import Any

from ..errors import BandscapeError, first_line


def cause_of(error: Any) -> BaseException:
    """Return what a call raised on the cluster, as the same call would have raised it here."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else BandscapeError(first_line(error))
