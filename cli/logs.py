"""Logs that programs read: one JSON object a line, on request (``--log-json FILE`` or ``BANDSCAPE_LOG_JSON``).

Each line has ``time`` (UTC, ISO 8601), ``level``, ``event``, ``message``, ``logger``, ``process`` and ``facts``.
Events are command_started, command_finished, step_started, step_finished, step_skipped, step_failed, progress,
warning, error and bug; what the modules of this project log otherwise is the event "message". A line is appended in
one write, so that several commands may share a file.

Public names: :func:`take_log_option`, :func:`start_log`, :class:`JsonLines`.
"""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.errors import ParameterError

OPTION, VARIABLE = "--log-json", "BANDSCAPE_LOG_JSON"


class JsonLines(logging.Handler):
    """Append log records to a file, each as one JSON object on a line of its own.

    Parameters
    ----------
    path : path
        Made when needed; its folder must exist.

    Raises
    ------
    ParameterError
        If the file cannot be written to.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(logging.DEBUG)
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise ParameterError(f"{OPTION} {path}: cannot be written to ({error.strerror})") from error

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a full disk must not end the work that is logged."""
        try:
            line = json.dumps(_as_object(record), ensure_ascii=True, default=str)
            os.write(self._descriptor, line.encode() + b"\n")
        except (OSError, ValueError):
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Lose the line: there is nowhere left to say so."""

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
        super().close()


def take_log_option(words: list[str]) -> tuple[list[str], str | None]:
    """Return the words of a command without ``--log-json FILE``, and the file: else that of the environment.

    Raises
    ------
    ParameterError
        If the option comes without a file.
    """
    kept, path = [], os.environ.get(VARIABLE) or None
    given = iter(words)
    for word in given:
        if word == "--":
            return [*kept, word, *given], path
        if word == OPTION:
            path = next(given, "")
        elif word.startswith(f"{OPTION}="):
            path = word.partition("=")[2]
        else:
            kept.append(word)
        if path == "":
            raise ParameterError(f"{OPTION} needs a file to write to")
    return kept, path


def start_log(path: str) -> JsonLines:
    """Send what the packages of this project log, from the level INFO, to a file as well."""
    handler = JsonLines(path)
    ours = logging.getLogger(__package__.partition(".")[0] if __package__ else "bandscape")
    ours.addHandler(handler)
    ours.setLevel(min(ours.getEffectiveLevel(), logging.INFO))
    return handler


def _as_object(record: logging.LogRecord) -> dict[str, Any]:
    found = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "event": getattr(record, "event", "message"),
        "message": record.getMessage().strip(),
        "logger": record.name,
        "process": record.process,
        "facts": getattr(record, "facts", {}),
    }
    if record.exc_info:
        found["traceback"] = logging.Formatter().formatException(record.exc_info)
    return found
