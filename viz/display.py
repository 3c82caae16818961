"""Names as they are shown: hostile ones are tamed, none is interpreted, none is lost.

The tables keep names as they came; this module only decides what a reader sees.
Public functions: :func:`display_name`, :func:`display_text`, :func:`display_names`, :func:`hover_text`.
"""

import html
import re
import unicodedata
from collections.abc import Iterable

LONGEST_NAME = 80
NO_NAME = "(no name)"

# Signs that turn the writing direction of all that follows, or take no room: a name could hide behind them.
# The joiners U+200C and U+200D stay; Persian and emoji need them.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STACKED_MARKS = 3


def display_name(name: object, longest: int = LONGEST_NAME) -> str:
    """Return a name fit to be shown on one line.

    Parameters
    ----------
    name : object
        A string; None and other objects become :data:`NO_NAME`.
    longest : int
        Longer names are cut and end in an ellipsis.

    Returns
    -------
    str
        Not empty, composed (NFC), without control characters, direction overrides or invisible signs, with
        at most three combining marks on a letter. Markup stays as the characters it is made of.
    """
    if not isinstance(name, str):
        return NO_NAME
    text = name[: 8 * longest].encode("utf-8", "replace").decode("utf-8")  # lone surrogates become "?"
    if not text.isascii():
        text = _few_marks(unicodedata.normalize("NFC", _UNSEEN.sub("", text)))
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text.strip("\u200c\u200d "):
        return NO_NAME
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def display_text(text: str) -> str:
    """Return part of a longer text fit to be shown: its lines stay, control and unseen characters go.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        May be empty. Blanks at its ends stay, since it may stand between other parts.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = _CONTROL.sub(lambda match: "\n" if "\n" in match[0] else " ", text)
    return text if text.isascii() else _few_marks(_UNSEEN.sub("", text))


def display_names(names: Iterable[object]) -> list[str]:
    """Return :func:`display_name` of every name."""
    return [display_name(name) for name in names]


def hover_text(*parts: str) -> str:
    """Join escaped parts into a Plotly hover text of several lines (Plotly reads ``<b>`` and ``<a>`` there)."""
    return "<br>".join(html.escape(part, quote=False) for part in parts if part)


def _few_marks(text: str) -> str:
    kept, run = [], 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run <= _STACKED_MARKS:
            kept.append(sign)
    return "".join(kept)
