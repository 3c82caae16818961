"""The docs are true: docstring examples run, links lead somewhere, the command reference is current."""

import doctest
import importlib
import subprocess
import sys
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


@pytest.mark.slow
def test_pages_reference_and_examples_are_true():
    run = subprocess.run(
        [sys.executable, ROOT / "docs" / "build.py"], capture_output=True, text=True, timeout=500
    )
    assert run.returncode == 0, run.stdout + run.stderr
