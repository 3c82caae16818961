"""Commands that write a page replace nothing but pages of this program, and refuse before anything is done."""

import pytest

from bandscape.cli.main import _run

COMMANDS = {
    "map": ["map", "WS"],
    "comparison": ["map", "WS", "--compare", "OTHER"],
    "judge": ["judge", "WS"],
    "topic map": ["topics", "map", "WS"],
    "shares": ["topics", "shares", "WS"],
    "trace": ["topics", "trace", "WS"],
    "diff": ["topics", "diff", "WS"],
    "evidence": ["topics", "evidence", "WS", "topic_1"],
    "sounds": ["audio", "map", "WS"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_of_the_user_is_never_replaced_by_a_page(command, tmp_path, capsys):
    mine = tmp_path / "essay.html"
    mine.write_text("<h1>a year of work</h1>")
    assert _run([*COMMANDS[command], "--out", str(mine)], debug=False) == 2
    said = capsys.readouterr().err
    assert f"{mine} is neither: give another name" in " ".join(said.split())
    assert mine.read_text() == "<h1>a year of work</h1>"
    assert _run([*COMMANDS[command], "--out", str(tmp_path)], debug=False) == 2
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["topics.txt", "topics", "topics.html.zip"])
def test_a_page_is_named_as_one(command, name, tmp_path, capsys):
    assert _run([*COMMANDS[command], "--out", str(tmp_path / name)], debug=False) == 2
    assert f"--out must end in .html; got '{name}'" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / name).exists()


def test_the_usual_name_is_guarded_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "judge.html").write_text("mine")
    assert _run(["judge", "WS"], debug=False) == 2
    assert "judge.html is neither" in capsys.readouterr().err
    assert (tmp_path / "judge.html").read_text() == "mine"
