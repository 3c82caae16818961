"""Changes that the pages ask for, checked and passed on; each answers with one line.

What a browser sends is a flat mapping: ``do`` names the action, the other fields are its values, all of them doubted.
Public names: :func:`act_on`, :class:`Said`, :data:`ACTIONS`.
"""

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ParameterError

if TYPE_CHECKING:
    from .sources import Sources

logger = logging.getLogger(__name__)

_NUMBERS = itertools.count(1)
_LONGEST = 200
_MOST_SWEEPS = 2000


@dataclass(frozen=True)
class Said:
    """What came of an action.

    Parameters
    ----------
    text : str
    is_problem : bool
    search : str or None
        Where the address goes on to; None stays.
    number : int
        Another one for every answer, so that the same words can be said twice.
    """

    text: str
    is_problem: bool = False
    search: str | None = None
    number: int = field(default_factory=lambda: next(_NUMBERS))


def act_on(sources: "Sources", asked: Any) -> Said:
    """Do what was asked, or say why not.

    Parameters
    ----------
    sources : Sources
    asked : mapping
        ``do`` and the values of the action.
    """
    try:
        if not isinstance(asked, dict) or asked.get("do") not in ACTIONS:
            raise ParameterError(f"there is no such action; there is {', '.join(ACTIONS)}")
        return ACTIONS[asked["do"]](sources, asked)
    except BandscapeError as error:
        return Said(" ".join(str(error).split()), is_problem=True)
    except Exception:
        logger.exception("an action failed")
        return Said("that failed; the terminal has the reason", is_problem=True)


def _edit(sources: "Sources", asked: dict[str, Any]) -> Said:
    kind, topic = _text(asked, "kind"), _text(asked, "topic")
    edit: dict[str, Any] = {"edit": kind}
    if kind in ("pin", "exclude", "allow"):
        edit |= {
            "topic": topic,
            "words": [word.strip() for word in _text(asked, "word").split(",") if word.strip()],
        }
    elif kind == "move":
        edit |= {"word": _text(asked, "word"), "topic": topic, "to": _text(asked, "to")}
    elif kind == "rename":
        edit |= {"topic": topic, "to": _text(asked, "to")}
    elif kind == "split":
        edit |= {"topic": topic, "n_parts": _number(asked, "parts", 2, 50)}
    elif kind == "merge":
        edit |= {"topics": [topic, _text(asked, "to")]}
    elif kind in ("freeze", "thaw", "noise"):
        edit |= {"topic": topic}
    else:
        raise ParameterError(f"there is no edit {kind[:40]!r}")
    return Said(sources.topics.edit(_round(asked), [edit]))


def _withdraw(sources: "Sources", asked: dict[str, Any]) -> Said:
    number = _number(asked, "number", 1, 100_000)
    return Said(sources.topics.withdraw(_round(asked), _text(asked, "draft"), number))


def _forget(sources: "Sources", asked: dict[str, Any]) -> Said:
    return Said(sources.topics.forget(_round(asked), _text(asked, "draft")))


def _undo(sources: "Sources", asked: dict[str, Any]) -> Said:
    return Said(sources.topics.undo(_round(asked)), search="")


def _use(sources: "Sources", asked: dict[str, Any]) -> Said:
    return Said(sources.topics.use(_round(asked), _number(asked, "number", 1, 10**6)), search="")


def _refit(sources: "Sources", asked: dict[str, Any]) -> Said:
    sweeps = _number(asked, "sweeps", 1, _MOST_SWEEPS)
    return Said(sources.topics.start(_round(asked), sweeps))


def _cancel(sources: "Sources", _asked: dict[str, Any]) -> Said:
    return Said(sources.topics.cancel())


ACTIONS: dict[str, Callable[["Sources", dict[str, Any]], Said]] = {
    "edit": _edit,
    "withdraw": _withdraw,
    "forget": _forget,
    "undo": _undo,
    "use": _use,
    "refit": _refit,
    "cancel": _cancel,
}


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{name} must be given")
    if len(value) > _LONGEST:
        raise ParameterError(f"{name} may have at most {_LONGEST} characters; got {len(value):,}")
    return value.strip()


def _number(asked: dict[str, Any], name: str, least: int, most: int) -> int:
    try:
        number = int(str(asked.get(name)).strip()[:12])
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise ParameterError(
            f"{name} must be a whole number from {least} to {most}; got {str(asked.get(name))[:20]!r}"
        )
    return number


def _round(asked: dict[str, Any]) -> int:
    return _number(asked, "round", 1, 10**9)
