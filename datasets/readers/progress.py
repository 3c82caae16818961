"""Progress of reading: the listener's wish to stop ends an import, which has written nothing yet.

Public names: :func:`announce`.
"""

from ...core.errors import BandscapeError
from ...core.progress import ProgressCallback, report


def announce(
    on_progress: ProgressCallback | None,
    stage: str,
    done: float,
    total: float | None = None,
    unit: str = "rows",
) -> None:
    """Send one event.

    Raises
    ------
    BandscapeError
        If the listener asked to stop.
    """
    if report(on_progress, stage, done, total, unit):
        raise BandscapeError(f"stopped while {stage}; nothing was written")
