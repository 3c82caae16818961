"""What `--help` says of options: no types of Python, bounds only where they tell something."""

import re

import pytest

from bandscape.cli.main import root_command
from bandscape.cli.plain_help import WIDEST

from .conftest import apart


def every_command(command, words=()):
    yield words, command
    for name, child in getattr(command, "commands", {}).items():
        yield from every_command(child, (*words, name))


def test_flags_name_no_value_and_values_are_plain_words():
    n_options = 0
    for words, command in every_command(root_command()):
        context = command.make_context(" ".join(words), ["--help"], resilient_parsing=True)
        for one in command.get_params(context):
            if one.param_type_name == "argument":
                assert one.display_type_rich(context) is None
                continue
            n_options += 1
            shown = one.display_type_rich(context)
            assert not re.search(r"[<>]|range|list|bool|\bint\b", shown), (words, one.opts, shown)
            assert (shown == "") == bool(one.is_flag), (words, one.opts, shown)
            assert all(int(bound.replace(",", "")) <= WIDEST for bound in re.findall(r"\d[\d,]*", shown)), (
                shown
            )
    assert n_options > 200


def test_help_is_whole_and_values_are_still_checked():
    said = apart("topics", "detect", "--help").out
    assert "<" not in said
    assert "INTEGER" in said
    wrong = apart("map", "nowhere", "--most", "0")
    assert (wrong.code, "--most" in wrong.error) == (2, True)


@pytest.mark.parametrize("words", [["audio", "separate"], ["artists", "similar", "ws"]])
def test_a_missing_argument_is_called_as_the_help_calls_it(words):
    assert re.search(r"Missing argument '[A-Z]+'", apart(*words).error)
