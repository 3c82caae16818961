"""Keep the docs true: ``python docs/build.py [--write]``.

Checks that the docstrings of public names are complete (numpydoc), that the command reference is that of the
command line, that links between pages lead somewhere, and that the examples run. ``--write`` rewrites the reference.
"""

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import typing
from pathlib import Path

from numpydoc.validate import validate

from bandscape.cli.main import root_command

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ROOMS = ("core", "datasets", "topics", "topics.diagnostics", "embeddings", "viz")
MADE_WITH_THE_SITE = {"gallery.md", "../gallery.md"}
TERMINAL = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}  # that the command reference is printed on
# numpydoc codes: missing docstring or summary, parameters that are not those of the signature
WANTED = {"GL08", "SS01", "PR01", "PR02", "PR03"}


def command_reference() -> str:
    """Return docs/commands.md, made from the help of every command."""
    lines = ["# Commands", "", "Made by `python docs/build.py --write` from `bandscape COMMAND --help`.", ""]
    for words, text in walk(root_command(), ["bandscape"]):
        lines += [f"## `{' '.join(words)}`", "", "```text", text.rstrip(), "```", ""]
    return "\n".join(lines)


def walk(command, words):
    """Yield the words and the help text of a command and of all below it."""
    context = command.make_context(" ".join(words), ["--help"], resilient_parsing=True)
    with contextlib.redirect_stdout(
        io.StringIO()
    ) as printed:  # Typer prints its help instead of returning it
        returned = command.get_help(context)
    lines = (returned or printed.getvalue()).splitlines()
    yield words, "\n".join(line.rstrip() for line in lines).strip("\n")
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, [*words, name])


def docstring_faults() -> list[str]:
    """Return what is missing in the docstrings of public names."""
    faults = []
    for room in ROOMS:
        module = importlib.import_module(f"bandscape.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value) or typing.get_origin(value) or getattr(value, "_is_protocol", False):
                continue  # an alias, or a protocol, which nobody calls
            for code, message in validate(f"bandscape.{room}.{name}")["errors"]:
                if code in WANTED:
                    faults.append(f"bandscape.{room}.{name}: {code} {message}")
    return faults


def broken_links() -> list[str]:
    """Return links in the pages that lead nowhere."""
    faults = []
    for page in [*ROOT.glob("*.md"), *HERE.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if (
                "://" not in target
                and not (page.parent / target).exists()
                and target not in MADE_WITH_THE_SITE
            ):
                faults.append(f"{page.relative_to(ROOT)}: {target} does not exist")
    return faults


def failing_examples() -> list[str]:
    """Run every example; return those that fail."""
    faults = []
    for example in sorted((ROOT / "examples").glob("*.py")):
        run = subprocess.run([sys.executable, example], capture_output=True, text=True, timeout=600)
        if run.returncode:
            faults.append(f"{example.relative_to(ROOT)}: {run.stderr.strip().splitlines()[-1]}")
    return faults


def main() -> None:
    """Check, or with ``--write`` rewrite."""
    os.environ.update(TERMINAL)
    reference, path = command_reference(), HERE / "commands.md"
    if "--write" in sys.argv:
        path.write_text(reference, encoding="utf-8")
    faults = docstring_faults() + broken_links() + failing_examples()
    if not path.exists() or path.read_text(encoding="utf-8") != reference:
        faults.append("docs/commands.md is not that of the command line: python docs/build.py --write")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults in the docs" if faults else "the docs are true")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
