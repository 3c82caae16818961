"""What is wrong with JSON that people wrote or cut off: where it is, in lines and columns, and what to do about it.

Public names: :func:`explain_fault`.
"""

import json

_SHOWN = 24  # characters in front of the fault
_CLOSERS = {"[": "]", "{": "}"}
_QUOTES = "'‘’‚“”„«»"


def explain_fault(text: str, error: json.JSONDecodeError) -> str:
    """Return where a text stops being JSON, what stands there, and a remedy.

    Parameters
    ----------
    text : str
    error : json.JSONDecodeError
        What reading it raised.
    """
    if not text.strip():
        return "the file is empty; fill it, or leave it out"
    at = error.pos
    if error.msg.startswith("Illegal trailing comma"):  # where Python 3.13 points, not at what follows
        at = len(text) - len(text[at + 1 :].lstrip())
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    before = text[max(text.rfind("\n", 0, at) + 1, at - _SHOWN) : at]
    here = text[at : at + 1]
    shown = f", behind {before.strip()!r}" if before.strip() else ""
    return f"line {line}, column {column}{shown}: {_remedy(text, at, here, error.msg)}"


def _remedy(text: str, at: int, here: str, message: str) -> str:
    last = text[:at].rstrip()[-1:]
    missing = "".join(_CLOSERS[opened] for opened in reversed(_open_brackets(text[:at])))
    if not text[at:].strip() or message.startswith("Unterminated string"):
        quote = '"' if message.startswith("Unterminated string") else ""
        return f"the file ends in the middle; get its end again, or end it with {quote}{missing}"
    if here in _QUOTES:
        return f'names and texts stand between straight double quotes ("), not {here}'
    if text.startswith(("//", "/*", "#"), at):
        return "JSON has no comments; take it out"
    if last == "," and here in "]}":
        return f"a comma stands before {here}; take it out"
    if here in "]}" and missing and here != missing[0]:
        return f"{missing[0]} is missing before {here}"
    if message.startswith("Expecting ',' delimiter"):
        return f"a comma is missing before {here}"
    if message.startswith("Extra data"):
        here = here if here.isprintable() else repr(here)
        return f"the list or object has ended, but {here} follows; take it out, or put all within one [ ]"
    if message.startswith("Invalid control character"):
        return "a line or tab ends within quotes; close them, or write \\n"
    return f"{message[:1].lower()}{message[1:]}, not {here}"


def _open_brackets(text: str) -> list[str]:
    """Return the brackets that are open at the end of a text, those within quotes aside."""
    opened: list[str] = []
    quoted = escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif quoted:
            quoted, escaped = char != '"', char == "\\"
        elif char == '"':
            quoted = True
        elif char in _CLOSERS:
            opened.append(char)
        elif opened and char == _CLOSERS[opened[-1]]:
            opened.pop()
    return opened
