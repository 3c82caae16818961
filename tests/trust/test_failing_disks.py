"""Commands on a full or read-only disk, and beside another writer: one clear line, nothing lost, go on later."""

import contextlib
import io
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from bandscape.cli.main import _run
from bandscape.cli.steps import CURRENT_ROUND, VOCABULARY
from bandscape.core import Workspace, read_json, read_table

from .disk import small_files
from .jobs import leftovers, outcome, state_after

COMMANDS = {
    "import": lambda root, files: ("import", files / "reviews.parquet", "--out", root),
    "topics": lambda root, _: ("topics", "fit", root, "--topics", 4, "--sweeps", 12, "--threads", 1),
    "store": lambda root, _: ("store", "build", root, "--neighbors", 5),
    "map": lambda root, _: ("map", root, "--out", root / "maps" / "map.html"),
}


def run(*words):
    """Return the exit code and the error lines of a command."""
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        code = _run([str(word) for word in words], debug=False)
    return code, [line for line in errors.getvalue().splitlines() if line.startswith("error:")]


@pytest.mark.parametrize("n_bytes", [0, 300, 2000])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_one_line_and_the_command_can_be_run_again(name, n_bytes, starts, job_files, tmp_path):
    root = tmp_path / "ws"
    before = None
    if starts[name].exists():
        shutil.copytree(starts[name], root)
        before = outcome(root)
    words = COMMANDS[name](root, job_files)
    with small_files(n_bytes):
        code, errors = run(*words)
    assert code == 1, errors
    assert len(errors) == 1
    assert "too large a file" in errors[0], errors
    assert str(root) in errors[0], errors
    assert "bug" not in errors[0]
    if before is None:
        assert not root.exists()
    else:
        assert outcome(root)["values"] == before["values"]
        for record in Workspace(root).steps().values():
            for path in record.outputs:
                Workspace(root).intact(path)
    assert run(*words) == (0, [])
    assert outcome(root) == outcome(state_after(name, starts))
    assert leftovers(root) == []


@contextlib.contextmanager
def may_only_read(start):
    """Copy a workspace to one that this user may only read; root becomes nobody for that."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(start, Path(folder) / "ws"))
        for path in [Path(folder), root, *root.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield root
        finally:
            os.seteuid(user)
            for path in [Path(folder), root, *(one for one in root.rglob("*") if one.is_dir())]:
                path.chmod(0o755)


@pytest.fixture
def read_only(starts):
    with may_only_read(starts["end"]) as root:
        yield root


def test_a_read_only_workspace_answers_and_refuses_to_write_in_one_line(read_only, job_files):
    before = outcome(read_only)
    names = read_table(read_only / "corpus" / "artists.parquet", ["name"])["name"].to_pylist()[:2]
    name = names[0]
    for words in (("info", read_only), ("topics", "show", read_only), ("topics", "history", read_only),
                  ("topics", "edit", read_only), ("topics", "check", read_only), ("topics", "diff", read_only, 1, 2),
                  ("artists", "clusters", read_only), ("artists", "explain", read_only, *names),
                  ("store", "get", read_only, name), ("artists", "similar", read_only, name)):  # fmt: skip
        assert run(*words) == (0, []), words
    for words in writers(read_only, job_files):
        if words[:2] == ("topics", "chains"):
            continue  # a question: answered, and not kept
        code, errors = run(*words)
        assert (code, len(errors)) == (1, 1), words
        assert "cannot be written to" in errors[0], errors
    assert outcome(read_only) == before


@pytest.fixture(scope="module")
def compiled(starts, tmp_path_factory):
    """What a diagnosis compiles: the user nobody, whom :func:`read_only` becomes, may not keep it in this package."""
    root = shutil.copytree(starts["end"], tmp_path_factory.mktemp("compiled") / "ws")
    assert run("topics", "diagnose", root, "--held-out", 0) == (0, [])


def test_a_read_only_workspace_whose_text_was_never_prepared_answers_of_words(compiled, starts):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # folders of pytest are closed to others
        keywords = shutil.copyfile(starts["end"] / "topics" / "topics.json", Path(folder) / "topics.json")
        with may_only_read(starts["text"]) as root:
            assert not Workspace(root).has(VOCABULARY)
            before = outcome(root)
            for words in (
                ("check", root, "--config", keywords),
                ("compare", root, "--seeds", 1, "--sweeps", 5),
            ):
                assert run("topics", *words, "--threads", 1) == (0, []), words
            code, errors = run("topics", "check", root)
            assert (code, len(errors)) == (2, 1)
            assert f"{root}: has no topics/topics.json yet" in errors[0]
            assert outcome(root) == before


def test_pictures_of_a_read_only_workspace_are_drawn_elsewhere(compiled, read_only):
    before = outcome(read_only)
    current = f"{before['values'][CURRENT_ROUND]:04d}"
    topic = read_json(read_only / "topics" / "rounds" / current / "summary.json")[0]["id"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        for words in (("map", read_only), ("map", read_only, "--layout", "pca"), ("judge", read_only),
                      ("map", read_only, "--compare", read_only), ("topics", "map", read_only),
                      ("topics", "shares", read_only), ("topics", "trace", read_only),
                      ("topics", "diff", read_only, 1, 2), ("topics", "evidence", read_only, topic)):  # fmt: skip
            out = Path(folder) / f"{words[0]}-{len(words)}-{words[1] if words[0] == 'topics' else ''}.html"
            assert run(*words, "--out", out) == (0, []), words
            assert "bandscape-data" in out.read_text(encoding="utf-8"), words
    code, errors = run("topics", "map", read_only)
    assert (code, len(errors)) == (1, 1)
    assert "name a file elsewhere: --out" in errors[0]
    assert run("topics", "diagnose", read_only, "--held-out", 0) == (0, [])
    assert outcome(read_only) == before
    assert leftovers(read_only) == []


def writers(root, files):
    """Every command that writes to a workspace, as one that has something to do."""
    later = files / "later" / "corpus" / "reviews.parquet"
    return (
        ("import", files / "reviews.parquet", "--out", root),
        ("run", files / "reviews.parquet", "--out", root, "--seed", 4),
        ("simulate", "--out", root, "--reviews", 30, "--artists", 5),
        ("topics", "fit", root, "--topics", 3),
        ("topics", "refit", root),
        ("topics", "edit", root, "--freeze", "noise"),
        ("topics", "undo", root),
        ("topics", "use", root, 1),
        ("topics", "update", root, later),
        ("topics", "chains", root),
        ("artists", "fit", root, "--seed", 5),
        ("artists", "clusters", root, "--k", 3),
        ("audio", "join", root),
        ("store", "build", root, "--neighbors", 3),
        ("map", root, "--layout", "pca"),
    )


def test_a_second_writer_of_any_kind_is_refused_and_the_first_is_not_disturbed(starts, job_files, tmp_path):
    root = shutil.copytree(starts["end"], tmp_path / "ws")
    before = outcome(root)
    with Workspace(root).writing() as first:
        for words in writers(root, job_files):
            code, errors = run(*words)
            assert (code, len(errors)) == (1, 1), words
            assert "another process" in errors[0], words
        assert run("topics", "show", root) == (0, [])
        first.note({"mine": 1})
    after = outcome(root)
    assert after["values"].pop("mine") == 1
    assert after == before
