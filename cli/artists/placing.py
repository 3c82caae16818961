"""Artists placed by side features: place, cold-start."""

from typing import Annotated

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import plural, print_json, print_table, progress_bars, say
from ..options import (
    AsJson,
    Seed,
    SideFeatureFiles,
    WorkspacePath,
    only_one,
)
from .group import ArtistColumns, Contexts, Histories, Top, app


@app.command()
def place(
    workspace: WorkspacePath,
    side_features: SideFeatureFiles = None,
    top: Top = 5,
    as_json: AsJson = False,
) -> None:
    """Place artists that were never trained by their side features; show who is near."""
    names = tuple(side_features or ())
    if not names:
        raise ParameterError("--side-features must name a file with the features of the artists to place")
    found = steps.place_artists(Workspace(workspace), names, top=top)
    if as_json:
        print_json(found)
        return
    new = [entry for entry in found if not entry["trained"]]
    rows = [(entry["name"], ", ".join(near["name"] for near in entry["results"])) for entry in new or found]
    print_table([("artist", "left"), ("nearest by side features", "left")], rows)
    if new and len(new) < len(found):
        say(f"{plural(len(found) - len(new), 'other artist')} of the files have been trained and are left out here "
            "(--json has them)")  # fmt: skip


@app.command(name="cold-start")
def cold_start(
    workspace: WorkspacePath,
    side_features: SideFeatureFiles = None,
    contexts: Contexts = None,
    histories: Histories = None,
    columns: ArtistColumns = None,
    splits: Annotated[int, typer.Option("--splits", min=1, help="How many splits, each trained anew.")] = 3,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Measure what side features are worth: genres near artists left out of training, beside peers and chance.

    Vectors are learnt anew as those of the workspace were, or from the contexts you name.
    """
    if not side_features:
        raise ParameterError("--side-features must name a file of vectors by artist, topics or audio")
    if contexts is None and (histories or columns):
        raise ParameterError("--histories and --columns are for the contexts that --contexts names")
    sources = steps.ArtistSources(contexts, histories, only_one(columns, "--columns"), tuple(side_features))
    with progress_bars(quiet=as_json) as on_progress:
        found = steps.measure_side_features(
            Workspace(workspace), sources, n_splits=splits, random_state=seed, on_progress=on_progress
        )
    if as_json:
        print_json(found)
        return
    alike = [("with side features", "with_features"), ("shuffled", "shuffled"),
             ("its answers, dealt to anybody (blind)", "blind"), ("without", "without"),
             ("kernel ridge, fitted after the training", "kernel_ridge"), ("linear ridge", "ridge"),
             ("nearest raw features", "raw"),
             ("always the commonest genre", "most_frequent"), ("always the same ten artists", "fixed"),
             ("chance", "chance"), ("trained artists, for comparison", "warm")]  # fmt: skip
    in_common = [("with side features", "in_common"), ("shuffled", "in_common_shuffled"),
                 ("kernel ridge, fitted after the training", "in_common_kernel_ridge"),
                 ("always the same ten artists", "in_common_fixed"), ("chance", "in_common_chance")]  # fmt: skip
    for heading, named in (("genre@10", alike), ("genres in common", in_common)):
        rows = [(label, *(f"{split[name]:.3f}" for split in found)) for label, name in named]
        headings = [(heading, "left"), *((f"split {split['split'] + 1}", "right") for split in found)]
        print_table(headings, rows)
    say(
        f"{found[0]['n_cold']:,} artists a split, left out of training; share of the ten nearest with a genre of "
        "theirs; genres that both have over those that either has"
    )
    say("artists of many genres share one with most, so the same ten for everybody can win the first; the second "
        "counts what is too many, too")  # fmt: skip
    say(
        "side features do not move artists that have been trained: theirs is the same with, without and shuffled"
    )
