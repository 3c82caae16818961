"""No option of any command keeps its last value and drops the ones before without a word."""

import pytest

from bandscape.cli.main import root_command

from .conftest import bandscape


def options(command, path=()):
    """Yield the words of each command and each of its options that takes a value."""
    for name, child in getattr(command, "commands", {}).items():
        yield from options(child, (*path, name))
    if not getattr(command, "commands", {}):
        for one in command.params:
            if one.param_type_name == "option" and not one.is_flag:
                yield path, one


def parsed(command, path, words):
    for name in path:
        command = command.commands[name]
    context = command.context_class(command, info_name=path[-1])
    return command.make_parser(context).parse_args(args=list(words))


def test_every_option_that_takes_one_value_is_refused_when_given_twice_and_lists_hold_both():
    root, n_refused = root_command(), 0
    for path, option in options(root):
        words = [option.opts[0], "1", option.opts[-1], "2"]
        if option.multiple:
            assert parsed(root, path, words)[0][option.name] == ["1", "2"]
            continue
        with pytest.raises(ValueError, match=f"{option.opts[0]} is given twice; it can be given once"):
            parsed(root, path, words)
        assert parsed(root, path, words[:2])[0][option.name] == "1"
        n_refused += 1
    assert n_refused > 100


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "--out", "a", "--seed", "1", "--seed=2"),
        ("import", "x.csv", "-o", "a", "--out", "b"),
        ("topics", "show", "ws", "--top", "3", "--top", "4", "--top", "5"),
    ],
)
def test_the_second_is_told_in_one_line_and_nothing_is_done(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    answer = bandscape(*words)
    assert answer.code == 2
    assert "can be given once: leave out all but one" in answer.err
    assert list(tmp_path.iterdir()) == []
