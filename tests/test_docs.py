"""The docs are true: docstring examples run, links lead somewhere, the command reference is current."""

import doctest
import importlib
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "datasets", "topics", "embeddings", "viz", "cli")
WITH_EXAMPLES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstring_examples_run(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = importlib.import_module(".".join(("bandscape", *parts)).removesuffix(".__init__"))
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.fixture(scope="module")
def build():
    """Load docs/build.py; what it checks besides the examples, which have tests of their own."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_docstrings_of_public_names_are_complete(build):
    assert build.docstring_faults() == []


def test_links_between_pages_lead_somewhere(build):
    assert build.broken_links() == []


def test_the_command_reference_is_that_of_the_command_line(build, monkeypatch):
    for name, value in build.TERMINAL.items():
        monkeypatch.setenv(name, value)
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == build.command_reference()
