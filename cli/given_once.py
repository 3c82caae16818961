"""Options that take one value are given once: of two, the first would be lost without a word.

Public: `given_once`.
"""

from collections import Counter
from typing import Any

from ..core.errors import ParameterError


def given_once(command: Any) -> Any:
    """Make a command, and all below it, refuse an option that takes one value and is given twice.

    Parameters
    ----------
    command : a command of Typer
        Changed: how it reads its arguments.

    Returns
    -------
    command
        The same.
    """
    inherited = command.make_parser

    def make_parser(context: Any) -> Any:
        parser = inherited(context)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            parsed = parse(args=args)
            _refuse_repeats(parsed[2])
            return parsed

        parser.parse_args = parse_args
        return parser

    command.make_parser = make_parser
    for child in getattr(command, "commands", {}).values():
        given_once(child)
    return command


def _refuse_repeats(given: list[Any]) -> None:
    """Raise ParameterError if one of the options, in the order given, stands twice and holds one value."""
    counts = Counter(one.opts[0] for one in given if _holds_one(one))
    for option, n in counts.items():
        if n > 1:
            times = "twice" if n == 2 else f"{n} times"
            raise ParameterError(f"{option} is given {times}; it can be given once: leave out all but one")


def _holds_one(parameter: Any) -> bool:
    is_option = parameter.param_type_name == "option"
    return is_option and not (
        parameter.multiple or parameter.is_flag or parameter.count or parameter.nargs == -1
    )
