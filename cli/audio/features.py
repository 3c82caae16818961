"""Features of a folder of sounds."""

from pathlib import Path
from typing import Annotated

import typer

from .. import steps
from ..console import as_word, clean, plural, print_json, progress_bars, say, warn
from ..options import Address, AsJson, ExecutorName, Threads, Workers, n_threads, open_executor
from .group import app
from .spectral import warn_of_files


@app.command()
def features(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of sound files, with what is below it.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="Folder for the tables of tracks, of their features, and of files that could not be read.",
        ),
    ],
    artists: Annotated[
        Path | None,
        typer.Option(
            "--artists", help="CSV with columns path and artist; default: tags, or the first folder."
        ),
    ] = None,
    mel_scale: Annotated[str, typer.Option("--mel-scale", help="slaney (as librosa) or htk.")] = "slaney",
    rate: Annotated[
        int, typer.Option("--rate", help="Sample rate in hertz that sounds are brought to.")
    ] = 22_050,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Compute a vector for each sound file: log-mel, MFCC and delta statistics; bad files are set aside.

    Stopped or run again, it reads only the files that are new or changed.
    """
    with (
        open_executor(executor, workers, address) as others,
        progress_bars(quiet=as_json) as on_progress,
    ):
        found = steps.extract_folder(
            folder, out, labels=artists, mel_scale=mel_scale, sample_rate_hz=rate, n_jobs=n_threads(threads),
            on_progress=on_progress, executor=others,
        )  # fmt: skip
    if as_json:
        print_json(found.facts())
        return
    for row in found.extraction.quarantine.slice(0, 5).to_pylist():
        warn(f"{clean(row['path'])}: {clean(row['reason'], 200)}")
    if found.unmatched:
        warn_of_files([], found.unmatched[:3], len(found.unmatched), "path", str(artists))
    odd = {row["track_id"]: row["warning"] for row in found.tracks.to_pylist() if row["warning"]}
    if odd:
        track, reason = next(iter(odd.items()))
        warn(
            f"vectors of {plural(len(odd), 'track')} say little (column warning of {out / 'tracks.parquet'});"
            f" {clean(track)}: {reason}"
        )
    facts = found.facts()
    say(
        f"features of {plural(facts['tracks'], 'track')} of {plural(facts['artists'], 'artist')} in {out}"
        f" ({facts['kept']:,} read before); {facts['quarantined']:,} set aside in {out / 'quarantine.parquet'}"
    )
    say(f"next: bandscape audio join WORKSPACE --audio {as_word(folder)}")
