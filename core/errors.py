"""The error tree. A message is one line: what failed, where, what was required, what came, and the remedy.

Each class also inherits the built-in error its user would expect to catch.
"""

import errno
from collections.abc import Sequence

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the errors of a disk that takes no more: they speak of what is written, never of what is read."""


class BandscapeError(Exception):
    """Root of all errors raised on purpose.

    Attributes
    ----------
    step : str
        The step of a workspace that has to be done (anew), where the message leaves it to the caller to say how; else
        empty.
    root : str
        The workspace of that step, else empty.
    """

    step: str = ""
    root: str = ""


class ParameterError(BandscapeError, ValueError):
    """An argument or option has an unusable value."""


class SchemaError(BandscapeError, ValueError):
    """A table lacks required columns or holds values of the wrong kind."""


class SourceError(BandscapeError, OSError):
    """A source is missing, empty, truncated, unreadable or of another format."""


class ChecksumError(BandscapeError, OSError):
    """A stored or downloaded file does not have the recorded content."""


class FormatVersionError(BandscapeError, ValueError):
    """An artifact was written in another, usually newer, format."""


class DownloadError(BandscapeError, OSError):
    """A download failed."""


class MissingExtraError(BandscapeError, ImportError):
    """An optional dependency is not installed."""


class WorkspaceError(BandscapeError, RuntimeError):
    """A workspace is missing, locked, or lacks a step that is needed first.

    Parameters
    ----------
    message : str
        One line for the user.
    step : str
        The step that has to be done, where the message leaves it to the caller to say how; else empty.
    """

    def __init__(self, message: str, *, step: str = "") -> None:
        super().__init__(message)
        self.step = step


class StoreError(BandscapeError, OSError):
    """A database cannot be reached, or refuses."""


class StoreTimeoutError(StoreError, TimeoutError):
    """A database took longer than it was given."""


class WorkerLostError(BandscapeError, RuntimeError):
    """A process that held a part of the work ended before its time."""


class NothingSharedError(ParameterError):
    """The items have nothing in common that vectors could be learnt from."""


class UnknownNameError(BandscapeError, LookupError):
    """A name matches nothing, or several things equally well.

    Parameters
    ----------
    message : str
        One line for the user.
    name : str
        The name that was asked for.
    candidates : sequence of str
        What may have been meant, best first.
    """

    def __init__(self, message: str, *, name: str = "", candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = tuple(candidates)


class AmbiguousNameError(UnknownNameError):
    """A name matches several things equally well; all are candidates.

    Parameters
    ----------
    message : str
        One line for the user.
    name : str
        The name that was asked for.
    candidates : sequence of str
        What may have been meant, best first.
    """


def first_line(error: BaseException) -> str:
    """Return the first line an error has to say, cut where it grows long, or else what kind it is of."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


class BandscapeWarning(UserWarning):
    """Something was mended or left out; the result is still usable."""
