"""Questions that begin with a minus, "- rock + radiohead", are no options of their command.

Public: `minus_first`.
"""

import re
from typing import Any

from ..core.errors import ParameterError
from .console import clean

ASKS_SUMS = "analogy"  # the commands of this name, of artists and of a store
_SUM = re.compile(r"-(?!-)(\s|.*\s)", re.DOTALL)
_WORD = re.compile(r"-[^\W\d].*")


def minus_first(command: Any) -> Any:
    """Make the commands that calculate, below a command, read a sum that begins with a minus as a sum.

    Parameters
    ----------
    command : a command of Typer
        Changed: how it reads its arguments. Of several words behind a single minus none is an option; one word alone
        is refused, with what to write.

    Returns
    -------
    command
        The same.
    """
    for name, child in getattr(command, "commands", {}).items():
        if name == ASKS_SUMS:
            _let_sums_pass(child)
        minus_first(child)
    return command


def _let_sums_pass(command: Any) -> None:
    inherited = command.make_parser

    def make_parser(context: Any) -> Any:
        parser = inherited(context)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            for before, one in zip(["", *args], args, strict=False):
                if _WORD.fullmatch(one) and not before.startswith("--"):
                    _refuse(one)
            return parse(args=[f" {one}" if _SUM.match(one) else one for one in args])

        parser.parse_args = parse_args
        return parser

    command.make_parser = make_parser


def _refuse(word: str) -> None:
    """Raise ParameterError for ``-rock``, which is neither an option nor a sum; a sum that begins so passes."""
    if _SUM.match(word):
        return
    name = clean(word[1:], 60)
    raise ParameterError(f'there is no option -{name}; to subtract {name}, write "NAME - {name}"')
