"""The map command."""

from pathlib import Path
from typing import Annotated

import typer

from ..core.workspace import Workspace
from . import steps
from .console import progress_bars, say
from .options import KeptSeed, Threads, WorkspacePath, n_threads


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command("map")(map_)


def map_(
    workspace: WorkspacePath,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The HTML file to write; default: the workspace's maps/map.html."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Shown at the top of the page.")] = None,
    seed: KeptSeed = None,
    threads: Threads = None,
) -> None:
    """Write the interactive map: one HTML file that works offline."""
    out = out or workspace / steps.MAP
    with Workspace(workspace).writing() as opened, progress_bars() as on_progress:
        steps.lay_out_artists(opened, random_state=seed, n_jobs=n_threads(threads), on_progress=on_progress)
        steps.cluster_artists(opened, random_state=seed)
        steps.write_map(opened, out, title=title)
    say(f"map: {out} ({out.stat().st_size / 1e6:.1f} MB); open it in a browser, no network needed")
