"""What is printed of foreign text."""

import shlex

import pytest

from bandscape.cli.console import as_word, clean, plural, print_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "[31mred"),
        ("pay\u202egnp.exe", "pay gnp.exe"),
        ("a\nb\tc\x00d", "a b c d"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        (3, "3"),
    ],
)
def test_foreign_text_is_one_line_without_signs_that_steer_a_terminal(text, shown):
    assert clean(text) == shown


def test_json_has_no_nan_and_keeps_its_letters(capsys):
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "ö": "ö"})
    assert capsys.readouterr().out == '{\n "a": null,\n "b": [\n  null,\n  1.5\n ],\n "ö": "ö"\n}\n'


def test_counts_agree_with_their_nouns():
    assert [plural(n, "review") for n in (0, 1, 2000)] == ["0 reviews", "1 review", "2,000 reviews"]
    assert plural(2, "story", "stories") == "2 stories"


@pytest.mark.parametrize(
    "value", ["plain", "dir with space ü", 'Weird "Al"', "A$AP Moth", "it's", "two  blanks", "`x`"]
)
def test_a_word_of_a_proposed_command_is_read_back_by_a_shell(value):
    assert shlex.split(as_word(value)) == [value]
    assert "\x1b" not in as_word(f"\x1b[2J{value}")
