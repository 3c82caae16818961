"""The commands of pages made from artists: map, judge."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..core.workspace import Workspace
from . import steps
from .borrowed import open_to_answer
from .console import plural, progress_bars, say, shown_size
from .options import (
    Address,
    ExecutorName,
    KeptSeed,
    Seed,
    SoundFolder,
    Threads,
    Workers,
    WorkspacePath,
    n_threads,
    open_executor,
    page_to_write,
)
from .topics.rounds import warn_of_earlier_corpus


class LayoutMethod(StrEnum):
    """How artists are placed."""

    opentsne = "opentsne"
    sklearn = "sklearn"
    umap = "umap"
    pacmap = "pacmap"
    pca = "pca"


class Preset(StrEnum):
    """How the map opens."""

    explore = "explore"
    tutorial = "tutorial"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command("map")(map_)
    app.command()(judge)


def map_(
    workspace: WorkspacePath,
    out: Annotated[
        Path | None,
        page_to_write("The HTML file to write; default: the workspace's maps/map.html."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Shown at the top of the page.")] = None,
    layout: Annotated[
        LayoutMethod | None,
        typer.Option(
            "--layout", help="How artists are placed; default: the one used last, at first opentsne."
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", help="Place all artists anew; without it, those that had a place stay near it."
        ),
    ] = False,
    preset: Annotated[
        Preset,
        typer.Option(
            "--preset", help="tutorial colors k-means clusters and writes the names of the first 300 artists."
        ),
    ] = Preset.explore,
    compare: Annotated[
        Path | None,
        typer.Option(
            "--compare",
            metavar="OTHER",
            help="Another workspace that has a map: draw both maps side by side, turned alike, of the artists on both.",
        ),
    ] = None,
    audio: SoundFolder = None,
    sound_mb: Annotated[
        float,
        typer.Option(
            "--sound-mb",
            min=0,
            help="Megabytes of sound that the page may carry at most, where there is sound.",
        ),
    ] = 8.0,
    most: Annotated[
        int,
        typer.Option(
            "--most",
            min=1,
            help="Draw at most so many artists as dots, the most reviewed; the others only tint the background gray.",
        ),
    ] = 100_000,
    seed: KeptSeed = None,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """Write the interactive map: one HTML file that works offline."""
    if compare is not None:
        _compare(workspace, compare, out or workspace / "maps" / "comparison.html", title)
        return
    sounds = steps.sound_folder(Workspace(workspace), audio)
    out = out or workspace / steps.MAP
    with (
        open_to_answer(workspace, out) as opened,
        open_executor(executor, workers, address) as others,
        progress_bars() as on_progress,
    ):
        steps.lay_out_artists(
            opened, random_state=seed, method=layout and layout.value, fresh=fresh, n_jobs=n_threads(threads),
            on_progress=on_progress, executor=others,
        )  # fmt: skip
        steps.cluster_artists(opened, random_state=seed)
        written = steps.write_map(
            opened, out, title=title, preset=preset.value, audio=sounds if sounds.is_dir() else None,
            sound_mb=sound_mb, most=most,
        )  # fmt: skip
    if written.n_dots < written.n_artists:
        say(
            f"{written.n_dots:,} of {plural(written.n_artists, 'artist')} are dots, those with most reviews; "
            "a gray field shows all (--most)"
        )
    own = Workspace(workspace)
    number = own.values().get(steps.CURRENT_ROUND)
    if number is not None:
        warn_of_earlier_corpus(own, number)
    heard = f", {plural(written.n_sounding, 'artist')} can be heard" if written.n_sounding else ""
    say(f"map: {out} ({shown_size(out)}{heard}); open it in a browser, no network needed")


def _compare(workspace: Path, other: Path, out: Path, title: str | None) -> None:
    said = steps.write_map_comparison(Workspace(workspace), Workspace(other), out, title=title)
    say(said)
    say(f"comparison: {out} ({shown_size(out)}); open it in a browser, no network needed")


def judge(
    workspace: WorkspacePath,
    out: Annotated[Path, page_to_write("The HTML file to write.")] = Path("judge.html"),
    trials: Annotated[int, typer.Option("--trials", min=2, max=400, help="Number of questions.")] = 40,
    audio: SoundFolder = None,
    sound_mb: Annotated[
        float,
        typer.Option(
            "--sound-mb",
            min=0,
            help="Megabytes of sound that the page may carry at most, where there is sound.",
        ),
    ] = 8.0,
    seed: Seed = 0,
) -> None:
    """Write a page that asks people which artists go together; it saves their answers as CSV."""
    count = steps.write_judging(
        Workspace(workspace), out, n_trials=trials, random_state=seed, sound_mb=sound_mb, audio=audio
    )
    say(f"{plural(count, 'question')}: {out}; open it in a browser, answer, and save the answers as CSV")
