"""Spectra of a folder of sounds learnt."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import steps
from ..console import as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Seed, Threads, n_threads
from .group import app

SoundFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of sound files, with what is below it.")
]
LabelSource = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="CSV",
        help="CSV file with a column of paths and one of labels; or the word folder: a sound's folder is its label.",
    ),
]
LabelColumn = Annotated[str, typer.Option("--label-column", help="Column of the labels in the CSV.")]
Codes = Annotated[int, typer.Option("--codes", min=1, max=64, help="Numbers in the place of 513 magnitudes.")]
Depth = Annotated[
    int | None,
    typer.Option("--depth", min=0, max=8, help="Hidden layers on each side; 0 is linear. Default: 3."),
]
Iterations = Annotated[
    int | None,
    typer.Option("--iterations", min=1, help="Training steps, of 256 spectra each; default: 3000."),
]


@app.command()
def spectral(
    folder: SoundFolder,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder for model, features and figures.")
    ],
    labels: LabelSource = None,
    label_column: LabelColumn = "label",
    codes: Codes = 12,
    depth: Depth = None,
    iterations: Iterations = None,
    seed: Seed = 0,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Learn 12 numbers in the place of 513 magnitudes of a spectrum, and compare them with 12 MFCCs.

    Writes model, features.parquet (both feature sets), tracks.parquet, quarantine.parquet and figures.json. Stopped
    or run again, it reads only new files, and learns only if the sounds or an option changed.
    """
    with progress_bars(quiet=as_json) as on_progress:
        sounds, facts = steps.learn_spectra(
            folder, out, labels=steps.Labels(labels, label_column) if labels else None, n_codes=codes, depth=depth,
            n_iterations=iterations, random_state=seed, n_jobs=n_threads(threads), on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        print_json(facts)
        return
    warn_of(sounds, labels)
    print_table(
        [("features", "left"), ("numbers a sound", "right"), ("5-NN accuracy", "right")],
        [
            (name, sounds.features[key].shape[1], figure(facts["knn"][key]))
            for key, name in steps.FEATURE_SETS.items()
        ],
    )
    say_of_neighbors(facts)
    if facts["knn"]["spectral"] is None:
        say(_without_accuracy(labels, facts["classes"]))
    say(
        f"{facts['codes']} codes of {plural(facts['sounds'], 'sound')} ({facts['frames']:,} spectra, restored to"
        f" {facts['error_db']:.1f} dB) in {out}; {facts['quarantined']:,} files set aside"
    )
    words = "" if labels is None else f" --labels {as_word(labels)}"
    words += "" if label_column == "label" else f" --label-column {as_word(label_column)}"
    say(f"next: bandscape audio map {as_word(folder)} --model {as_word(out)}{words} --out map.html")


def _without_accuracy(labels: str | None, n_classes: int) -> str:
    if labels is None:
        return "accuracy needs classes: give --labels CSV (columns path and label) or --labels folder"
    return f"accuracy needs sounds of at least two classes; by --labels {clean(labels)} there is {n_classes}"


def say_of_neighbors(facts: Mapping[str, Any]) -> None:
    """Say what the accuracies of neighbors are measured on, and what one answer for all would reach."""
    if facts["chance"] is not None:
        say(
            f"chance {facts['chance']:.3f}: the share of the commonest class; distances of features whose columns are"
            " divided by the root of their spread, each statistic over time with the same weight"
        )


def warn_of(sounds: steps.SoundTable, labels: str | None) -> None:
    """Say which files were set aside, which labels match no file, and how many sounds are alone in their class."""
    classes = Counter(name for name in sounds.tracks["class"].to_pylist() if name is not None)
    alone = sum(count == 1 for count in classes.values())
    if alone and len(classes) > 1:
        of = plural(sum(classes.values()), "sound")
        warn(
            f"{alone:,} of {of} have a class of their own: no neighbor can be right about them, and they count as wrong"
        )
    problems = sounds.quarantine.slice(0, 5).to_pylist()
    warn_of_files(problems, sounds.unmatched[:3], len(sounds.unmatched), "label", labels)


def warn_of_files(
    problems: Sequence[Mapping[str, Any]],
    unmatched: Sequence[str],
    n_unmatched: int,
    what: str,
    labels: str | None,
) -> None:
    """Say which files were set aside, and which labels match no file: those shown, of so many."""
    for row in problems:
        warn(f"{clean(row['path'])}: {clean(row['reason'], 200)}")
    if n_unmatched:
        few = ", ".join(clean(one) for one in unmatched)
        matches = "matches" if n_unmatched == 1 else "match"
        warn(f"{plural(n_unmatched, what)} of {labels} {matches} no file: {few}")


def figure(value: Any) -> str | None:
    """Return a figure with three digits; None for what was not measured."""
    return None if value is None else f"{value:.3f}"
