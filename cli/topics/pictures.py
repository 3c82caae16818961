"""Pictures of the current round: map."""

from pathlib import Path
from typing import Annotated

import typer

from ...core.workspace import Workspace
from .. import steps
from ..console import say
from ..options import Seed, Threads, WorkspacePath, n_threads
from .group import app


@app.command("map")
def map_(
    workspace: WorkspacePath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The HTML file to write; default: the workspace's maps/topics.html."
        ),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Shown at the top of the page.")] = None,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Write the map of topics: one HTML file that works offline, with a slider of relevance for the words."""
    out = out or workspace / steps.TOPIC_MAP
    with Workspace(workspace).writing() as opened:
        n_topics = steps.write_topic_map(
            opened, out, title=title, random_state=seed, n_jobs=n_threads(threads)
        )
    say(
        f"map of {n_topics} topics: {out} ({out.stat().st_size / 1e6:.1f} MB); open it in a browser, no network needed"
    )
