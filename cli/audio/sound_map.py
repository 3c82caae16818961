"""The map of a folder of sounds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from .. import steps
from ..console import clean, plural, print_json, print_table, progress_bars, say
from ..options import AsJson, Seed, Threads, n_threads, page_to_write
from .group import app
from .spectral import (
    Depth,
    Iterations,
    LabelColumn,
    LabelSource,
    SoundFolder,
    figure,
    say_of_neighbors,
    warn_of,
)


@app.command(name="map")
def sound_map(
    folder: SoundFolder,
    out: Annotated[Path, page_to_write("Page to write, one HTML file.")],
    labels: LabelSource = None,
    label_column: LabelColumn = "label",
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="FOLDER", help="What audio spectral wrote; default: learn, beside the page."
        ),
    ] = None,
    depth: Depth = None,
    iterations: Iterations = None,
    features: Annotated[
        str, typer.Option("--features", help="What places are made of: spectral or mfcc.")
    ] = "spectral",
    layout: Annotated[
        str, typer.Option("--layout", help="opentsne, sklearn, umap, pacmap or pca.")
    ] = "opentsne",
    perplexity: Annotated[
        float | None,
        typer.Option(
            "--perplexity", min=1, help="How many neighbors a sound is kept near, about; default: 30."
        ),
    ] = None,
    clusters: Annotated[
        int | None, typer.Option("--clusters", min=1, max=100, help="Number of k-means groups.")
    ] = None,
    place: Annotated[
        Path | None,
        typer.Option(
            "--place", metavar="DIR2", help="More sounds, placed on the map without learning or moving it."
        ),
    ] = None,
    sound_mb: Annotated[
        float, typer.Option("--sound-mb", min=0, help="Megabytes of sound that the page may carry at most.")
    ] = 40.0,
    title: Annotated[str, typer.Option("--title", help="Default: the name of DIR.")] = "",
    seed: Seed = 0,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Make one offline page on which near sounds sound alike: click, point or walk to hear them.

    Prints how well 5 nearest neighbors find the class, by the features and on the map, for learned codes and MFCCs.
    """
    if labels not in (None, "folder") and not Path(labels).is_file():
        raise ParameterError(f"--labels must be a CSV or the word folder; {labels} is no file")
    options = steps.MapOptions(
        features,
        layout,
        perplexity,
        clusters,
        seed,
        sound_mb,
        title or folder.resolve().name,
        depth,
        iterations,
    )
    with progress_bars(quiet=as_json) as on_progress:
        sounds, facts = steps.write_sound_map(
            folder, out, home=model, labels=steps.Labels(labels, label_column) if labels else None, place=place,
            options=options, n_jobs=n_threads(threads), on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        print_json(facts)
        return
    warn_of(sounds, labels)
    _print_figures(facts)
    say_of_neighbors(facts)
    placed = f", {facts['placed']:,} placed on it" if facts["placed"] else ""
    say(
        f"{plural(facts['sounds'], 'sound')} by {steps.FEATURE_SETS[features]}{placed}, {facts['heard']:,} of them"
        f" to be heard, {facts['quarantined']:,} files set aside: {out}"
    )
    say(f"next: open {clean(out, 80)}, or place more: --model {facts['model']} --place MORE")


def _print_figures(facts: Mapping[str, Any]) -> None:
    """Print a row a feature set, without the columns of which nothing is known: sounds without classes have no 5-NN."""
    by_set = {"knn": "5-NN", "map_knn": "5-NN on the map", "trustworthiness_by_features": "trustworthiness"}
    known = [what for what in by_set if any(value is not None for value in facts[what].values())]
    if not known:
        return
    print_table(
        [("features", "left"), *((by_set[what], "right") for what in known)],
        [(name, *(figure(facts[what][key]) for what in known)) for key, name in steps.FEATURE_SETS.items()],
    )
