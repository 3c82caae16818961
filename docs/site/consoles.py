"""Run the commands that pages print: lines ``$ bandscape ...`` in blocks of the language ``console``."""

import contextlib
import io
import re
import shlex
from pathlib import Path

from bandscape.cli.main import _run

BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands_of(page: str) -> list[str]:
    """Return the commands a Markdown page prints, in their order, without comments and answers."""
    lines = "".join(BLOCK.findall(page)).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ bandscape ")]


def run_commands(commands: list[str], folder: Path) -> str:
    """Run commands one after the other, with ``folder`` as the current one.

    Parameters
    ----------
    commands : list of str
        Each begins with ``bandscape``.
    folder : path
        Where they run.

    Returns
    -------
    str
        What they printed.

    Raises
    ------
    RuntimeError
        If one fails; the message holds the command and what it said.
    """
    printed = io.StringIO()
    for command in commands:
        words = shlex.split(command, comments=True)[1:]
        said = io.StringIO()
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(said),
        ):
            code = _run(words, debug=False)
        if code:
            raise RuntimeError(f"{command}\n{said.getvalue().strip()}")
    return printed.getvalue()
