"""The topics of a round for other tools: export."""

from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import plural, say
from ..options import WorkspacePath
from .fitting import warn_of_earlier
from .group import app


@app.command()
def export(
    workspace: WorkspacePath,
    out: Annotated[Path, typer.Option("--out", "-o", help="The JSON file to write.")],
    to: Annotated[
        str, typer.Option("--to", help=f"For which tool: {', '.join(steps.EXPORTS)}.")
    ] = "pyldavis",
    number: Annotated[
        int | None, typer.Option("--round", min=1, help="Which round; default: the current one.")
    ] = None,
) -> None:
    """Write a round as data for pyLDAvis: what its prepare() takes.

    For tables see the round's .parquet files; gensim's own files are pickles, so for gensim see to_gensim() in
    docs/topics.md.
    """
    if to not in steps.EXPORTS:
        raise ParameterError(f"--to must be one of {', '.join(steps.EXPORTS)}; got {to!r}")
    opened = Workspace(workspace)
    found = steps.export_topics(opened, out, number)
    warn_of_earlier(opened, steps.current_round(opened) if number is None else number)
    counted = ", ".join(plural(found[what], what.removesuffix("s")) for what in found)
    say(f"{counted}: {out}")
    say("next, in Python: pyLDAvis.prepare(**json.load(open(FILE)))")
