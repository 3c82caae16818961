"""Events for logs that programs read: a name and facts, sent through :mod:`logging` like any other message.

A handler finds them as attributes ``event`` and ``facts`` of the log record. Public functions: :func:`log_event`,
:func:`record_facts`.
"""

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .manifest import StepRecord

logger = logging.getLogger(__name__)


def log_event(event: str, **facts: Any) -> None:
    """Send an event, if anybody listens.

    Parameters
    ----------
    event : str
        What happened: "step_started", "step_finished", ...
    **facts : JSON-able
    """
    if logger.isEnabledFor(logging.INFO):
        shown = facts.get("step", facts.get("message", ""))
        logger.info("%s %s", event, shown, extra={"event": event, "facts": facts})


def record_facts(record: "StepRecord") -> dict[str, Any]:
    """Return what a log says of a finished step."""
    return {
        "step": record.name,
        "seconds": record.seconds,
        "peak_bytes": record.peak_bytes,
        "outputs": record.outputs,
    }
