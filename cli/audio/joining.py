"""Sound joined to the artists of a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, plural, print_json, progress_bars, say, warn
from ..options import AsJson, Threads, WorkspacePath, n_threads
from .group import app


@app.command()
def join(
    workspace: WorkspacePath,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio", help="Folder of sounds; default: the workspace's own audio/ (simulate --audio)."
        ),
    ] = None,
    artists: Annotated[
        Path | None,
        typer.Option(
            "--artists", help="CSV with columns path and artist; default: tags, or the first folder."
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", help="Parquet of another model: id, vector, model, version, sample_rate_hz."
        ),
    ] = None,
    content: Annotated[
        str | None,
        typer.Option(
            "--content",
            metavar="FOLDER",
            help="Content network that audio content wrote there, beside the statistics; default: the workspace's"
            " own, if it has one; none: statistics alone.",
        ),
    ] = None,
    dims: Annotated[
        int, typer.Option("--dims", min=1, max=512, help="Most numbers in a joined vector.")
    ] = 32,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Make one sound vector for each artist: audio/features.parquet, for `artists fit --side-features audio`."""
    with Workspace(workspace).writing() as opened, progress_bars(quiet=as_json) as on_progress:
        steps.join_audio(
            opened, audio, labels=artists, vectors=vectors, content=content, n_dims=dims, n_jobs=n_threads(threads),
            on_progress=on_progress,
        )  # fmt: skip
    facts = steps.joined_facts(opened)
    if as_json:
        print_json(facts)
        return
    for name in facts["unknown_artists"][:3]:
        warn(f"no artist of the workspace is called {clean(name)!r}; its sounds are left out")
    say(
        f"sound of {facts['artists']:,} of {plural(facts['of_artists'], 'artist')} from"
        f" {plural(facts['tracks'], 'track')}, {facts['dims']} numbers each ({clean(facts['model'])}), in"
        f" {workspace / steps.SIDE_FEATURES}; {facts['quarantined']:,} files set aside"
    )
    if "content" in facts and content is None:
        say(
            f"with the content network of {clean(facts['content'], 300)}; --content none joins statistics alone"
        )
    from ...embeddings.side_blocks import FEWEST

    if facts["artists"] < FEWEST:
        say(f"next: join more: artists fit --side-features audio needs sound of at least {FEWEST} artists")
        return
    say(
        f"next: bandscape artists fit {as_word(workspace)} --side-features audio"
        f"   or   bandscape artists cold-start {as_word(workspace)} --side-features audio"
    )
