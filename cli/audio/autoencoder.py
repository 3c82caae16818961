"""One song learnt sample by sample."""

from pathlib import Path
from typing import Annotated

import typer

from .. import steps
from ..console import decibels, plural, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Seed
from .group import app


@app.command()
def autoencoder(
    song: Annotated[
        Path, typer.Argument(metavar="SONG", help="A sound file, stereo if it shall show stereo.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write; replaced as a whole.")
    ],
    channels: Annotated[
        int,
        typer.Option(
            "--channels",
            min=1,
            max=64,
            help="Numbers that stand for every four samples; fewer than 8 lose sound.",
        ),
    ] = 64,
    iterations: Annotated[
        int, typer.Option("--iterations", min=1, help="Training steps, of 100 stretches of the song each.")
    ] = 150,
    start: Annotated[
        str, typer.Option("--start", help="How weights begin: orthogonal, or glorot as in the original.")
    ] = "orthogonal",
    context: Annotated[
        int,
        typer.Option(
            "--context",
            min=0,
            max=8,
            help="Layers by which a bottleneck (--channels below 8) sees more of the song around each code; 4 see 15"
            " codes on each side. 0 is the original.",
        ),
    ] = 0,
    block: Annotated[
        int,
        typer.Option(
            "--block",
            min=1,
            max=256,
            help="Codes that a bottleneck (--channels below 8) makes at once, of so many times four samples: a power of"
            " two, such as 64. 1 is the original.",
        ),
    ] = 1,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn one song with the stereo autoencoder: the animation, the restored song, and how near it comes.

    Writes training.html (slider, sound before and after), animation.gif, restored.flac, figures.json and the model.
    Of a song longer than ten minutes the first ten are learnt. Ctrl-C keeps what was learnt: the same command goes on
    from there.
    """
    ours = all((out / name).exists() for name in ("figures.json", "training.html"))
    steps.check_own_folder(out, ours)
    with steps.alone_in(out), progress_bars(quiet=as_json) as on_progress:
        facts = steps.learn_song(
            song, out, n_channels=channels, n_iterations=iterations, start=start, n_context=context,
            n_block=block, random_state=seed, on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        print_json(facts)
        return
    if facts["mono"]:
        warn(f"{song} has one channel; it was doubled, so there is no side signal to learn")
    elif facts["snr_side_db"] is None:
        warn(f"the two channels of {song} are alike, so there is no side signal to learn")
    if facts["song_channels"] > 2:
        warn(f"{song} has {facts['song_channels']} channels; the first two were learnt, measured and written")
    if facts["cut"]:
        warn(f"{song} is longer than ten minutes; only the first ten were learnt, measured and written")
    linear = "linear code of the same rate (PCA of {} samples)"
    names = {"snr_db": "all", "snr_inner_db": "inner", "snr_mid_db": "middle", "snr_side_db": "side",
             "pca_4_snr_db": linear.format(4), "pca_snr_db": linear.format(facts["pca_samples"])}  # fmt: skip
    rows = [(shown, _decibels(facts[name])) for name, shown in names.items()]
    rows += [(band, _decibels(value)) for band, value in facts["snr_by_band_db"].items()]
    print_table([("signal to noise", "left"), ("dB", "right")], rows)
    say(
        f"learnt in {facts['seconds']:.1f} s, {plural(facts['iterations'], 'iteration')};"
        f" the training as a page: {facts['page']}, as an animation: {facts['animation']}"
    )
    say(f"next: listen to {out / 'restored.flac'}{_further(channels, start, block)}")


def _further(channels: int, start: str, block: int) -> str:
    """Return what else there is to try."""
    if channels >= 8:
        return ", or make it harder with --channels 4"
    return ", or lose less at the same rate with --block 64" if block == 1 and start != "glorot" else ""


def _decibels(value: float | None) -> str | None:
    return "exact" if value is not None and value >= 100 else decibels(value)
