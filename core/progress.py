"""Progress events: long functions call ``on_progress(Progress)``; a true answer asks them to stop cleanly.

Public names: :class:`Progress`, :data:`ProgressCallback`, :func:`report`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """How far a stage has come.

    Parameters
    ----------
    stage : str
        What is being done, in the words shown to the user ("sampling topics").
    done : float
        Units finished.
    total : float or None
        Units in all; None when unknown.
    unit : str
        What is counted.
    values : mapping of str to float
        Figures worth showing beside the bar, such as a log-likelihood.
    """

    stage: str
    done: float
    total: float | None = None
    unit: str = "items"
    values: Mapping[str, float] = field(default_factory=dict)


ProgressCallback = Callable[[Progress], "bool | None"]


def report(
    on_progress: ProgressCallback | None,
    stage: str,
    done: float,
    total: float | None = None,
    unit: str = "items",
    **values: float,
) -> bool:
    """Send one event, if anybody listens, and return whether the listener asked to stop.

    Parameters
    ----------
    on_progress : callable or None
        Gets the :class:`Progress`; None makes nothing happen.
    stage : str
    done : float
    total : float or None
    unit : str
        As in :class:`Progress`.
    **values : float
        Figures worth showing beside the bar.

    Returns
    -------
    bool
        Whether the listener gave a true answer; False without one.
    """
    if on_progress is None:
        return False
    return bool(on_progress(Progress(stage, done, total, unit, values)))
