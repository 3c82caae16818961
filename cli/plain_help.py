"""What ``--help`` says of the values that options take: plain words instead of Python's types.

Flags take no value and show none; numbers are INTEGER or NUMBER, with their bounds where both say something.

Public: `plain_help`.
"""

from typing import Any

WIDEST = 1_000_000
"""Bounds beyond this are those of the machine, and tell users nothing."""

_WORDS = {"bool": "", "int": "INTEGER", "float": "NUMBER", "str": "TEXT", "path": "PATH", "Path": "PATH"}


def plain_help(command: Any) -> Any:
    """Make a command, and all below it, show plain words for the values of their options.

    Parameters
    ----------
    command : a command of Typer
        Changed: what it shows, not what it accepts.

    Returns
    -------
    command
        The same.
    """
    inherited = command.get_params
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)  # lines are wrapped where shown

    def get_params(context: Any) -> list[Any]:
        parameters = inherited(context)
        for one in parameters:
            _describe(one, context)
        return parameters

    command.get_params = get_params
    for child in getattr(command, "commands", {}).values():
        plain_help(child)
    return command


def _describe(parameter: Any, context: Any) -> None:
    """Name the value of a parameter, once; releases of Typer that show no types are left as they are."""
    if not hasattr(parameter, "display_type"):
        return
    if parameter.param_type_name == "argument":
        parameter.metavar = parameter.metavar or parameter.name.upper()
        parameter.display_type_rich = _no_type
    elif parameter.metavar is None:
        kind = parameter.display_type(context).strip("<>").removesuffix(" range")
        kind = kind.removeprefix("list[").removesuffix("]")
        parameter.metavar = f"{_WORDS.get(kind, kind)} {_bounds(parameter)}".strip()
    parameter.min = parameter.max = None  # only what is shown; the values are checked by the type


def _no_type(ctx: Any) -> None:  # noqa: ARG001 (Typer names the argument)
    return None


def _bounds(parameter: Any) -> str:
    low, high = parameter.min, parameter.max
    return "" if low is None or high is None or high > WIDEST else f"{low:,} to {high:,}"
