"""LDA against document clustering: compare."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import steps
from ..borrowed import open_prepared
from ..console import clean, print_json, print_table, progress_bars, say
from ..options import AsJson, Threads, WorkspacePath, n_threads
from .group import app

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = {"accuracy": "accuracy", "purity": "purity", "nmi": "NMI", "ari": "ARI", "coherence": "coherence"}


@app.command()
def compare(
    workspace: WorkspacePath,
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            help="What to judge by: genre, label, author, best_new_music, score, year or release_year.",
        ),
    ] = "genre",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="A topics.json with keywords for the labels, to compare topics made from them as well.",
        ),
    ] = None,
    kinds: Annotated[
        int | None,
        typer.Option(
            "--kinds",
            min=2,
            help="Judge by so many labels, those that most reviews have; leave out the others.",
        ),
    ] = None,
    groups: Annotated[
        int | None,
        typer.Option("--groups", min=2, help="Groups to find; default: as many as there are labels."),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Runs of each method, with different seeds.")
    ] = 3,
    sweeps: Annotated[
        int, typer.Option("--sweeps", min=1, help="Gibbs sweeps of LDA: how often it goes through all words.")
    ] = 200,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Compare LDA with document clustering: mixture of unigrams, k-means, NMF.

    Each way groups the reviews without seeing their labels. The table says how well the groups agree with them:
    accuracy with one group assigned to each label, purity, mutual information, adjusted Rand index; and how coherent
    the groups' words are (NPMI). Reviews with several labels, or none, are left out.
    """
    jobs = n_threads(threads)
    wanted = steps.read_topic_config(config) if config else None
    with progress_bars(quiet=as_json) as on_progress:
        prepare = partial(steps.prepare_corpus_text, n_jobs=jobs, on_progress=on_progress)
        with open_prepared(workspace, steps.COUNTS, prepare) as opened:
            runs, found = steps.compare_with_labels(
                opened, labels, config=wanted, n_kinds=kinds, n_groups=groups, n_seeds=seeds, n_sweeps=sweeps,
                n_jobs=jobs, on_progress=on_progress,
            )  # fmt: skip
    from ...topics import summarize_comparison

    table = summarize_comparison(runs)
    if as_json:
        print_json(_as_document(labels, found, table, runs))
        return
    print_scores(table)
    n_docs = int(table["n_docs"].iloc[0])
    say(f"{n_docs:,} reviews with one {labels} of {len(found)}: {clean(', '.join(found), 70)}")
    spread = f"mean over {seeds} seeds ± half the range" if seeds > 1 else "one run each"
    say(f"{spread}; s: processor time of a run")
    say("with LDA a review's group is its largest topic")


def print_scores(table: "pd.DataFrame") -> None:
    """Print a row a way to group, best first."""
    columns = [("way", "left"), *((heading, "right") for heading in HEADINGS.values()), ("s", "right")]
    rows = [
        (row["method"], *(_with_spread(row, score) for score in HEADINGS), f"{row['seconds']:.1f}")
        for row in table.to_dict("records")
    ]
    print_table(columns, rows)


def _with_spread(row: dict[Any, Any], score: str) -> str:
    half = (row[f"{score}_max"] - row[f"{score}_min"]) / 2
    return (
        f"{row[score]:.3f} ±{f'{half:.3f}'.removeprefix('0')}" if row["n_seeds"] > 1 else f"{row[score]:.3f}"
    )


def _as_document(
    labels: str, kinds: list[str], table: "pd.DataFrame", runs: "pd.DataFrame"
) -> dict[str, Any]:
    return {
        "labels": labels,
        "kinds": kinds,
        "methods": table.to_dict("records"),
        "runs": runs.to_dict("records"),
    }
