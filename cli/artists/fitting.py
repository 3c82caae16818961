"""The command that learns artist vectors: fit."""

from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, progress_bars, say, warn
from ..options import (
    Address,
    ExecutorName,
    Seed,
    SideFeatureFiles,
    Workers,
    WorkspacePath,
    only_one,
    open_executor,
)
from .group import ArtistColumns, Contexts, Histories, app


@app.command()
def fit(
    workspace: WorkspacePath,
    dim: Annotated[int, typer.Option("--dim", min=2, max=1024, help="Numbers in each vector.")] = 64,
    seed: Seed = 0,
    contexts: Contexts = None,
    histories: Histories = None,
    columns: ArtistColumns = None,
    side_features: SideFeatureFiles = None,
    projection: Annotated[
        str | None,
        typer.Option(
            "--projection",
            help="How side features place artists: joint (learnt in the same training, the default) or ridge (fitted "
            "afterwards).",
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss", help="What training minimizes: nce (the default), negative_sampling or softmax."
        ),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(
            "--epochs", help="Training length: how often each fact about an artist is drawn on average."
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="tutorial: the settings of the tutorial that this grew from; other options override them.",
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer", help="adagrad (the default; a step size for each vector) or sgd (one for all)."
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", help="First step size; with sgd, of the mean loss of a batch."),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Most pairs of artist and fact in one training step.")
    ] = None,
    negatives: Annotated[
        int | None, typer.Option("--negatives", help="Noise outputs that each pair is told from (8).")
    ] = None,
    pull: Annotated[
        float | None,
        typer.Option(
            "--pull", help="Pull of the vectors toward zero (0.2); without any, subtraction is less clean."
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(
            "--schedule", help="Learning rate over the training: linear (falling, the default) or constant."
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            help="End early: after so many looks in a row (every 64 steps) without a better score on pairs held out "
            "of the training. By default all pairs are trained on, to the end.",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            help="Where it is trained: auto (a GPU where TensorFlow sees one, the default), cpu or gpu.",
        ),
    ] = None,
    logs: Annotated[
        Path | None, typer.Option("--logs", help="Folder for curves of the training, shown by TensorBoard.")
    ] = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """Learn a vector for each artist from genres, scores, labels, years and reviewers, or from what you name."""
    names = tuple(side_features or ())
    sources = steps.ArtistSources(
        contexts, histories, only_one(columns, "--columns"), names, _projection(projection, names)
    )
    named = {"preset": preset, "optimizer": optimizer, "loss": loss, "epochs": epochs,
             "learning_rate": learning_rate, "batch_size": batch_size, "n_negatives": negatives, "l2": pull,
             "schedule": schedule, "patience": patience, "device": device}  # fmt: skip
    training = {name: value for name, value in named.items() if value is not None}
    with (
        open_executor(executor, workers, address) as others,
        Workspace(workspace).writing() as opened,
        progress_bars() as on_progress,
    ):
        if others is not None:
            warn(
                "while they train, TensorFlow's workers listen on ports that ask for no token: for networks you trust"
            )
        record = steps.fit_artists(
            opened, dim=dim, random_state=seed, sources=sources, training=training, logs=logs,
            on_progress=on_progress, on_note=warn, executor=others,
        )  # fmt: skip
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    table = steps.load_vectors(opened)
    say(
        f"artists {verb}: {len(table.names):,} vectors of length {table.matrix.shape[1]} in {workspace / steps.VECTORS}"
    )
    say(
        f'next: bandscape artists similar {as_word(workspace)} "NAME"   or   '
        f"bandscape map {as_word(workspace)} --out map.html"
    )


def _projection(asked: str | None, names: tuple[str, ...]) -> str:
    """Return how side features are to place artists."""
    from ...embeddings.side_placing import PROJECTIONS

    if asked is None:
        return PROJECTIONS[0]
    if asked not in PROJECTIONS:
        raise ParameterError(f"--projection must be one of {', '.join(PROJECTIONS)}; got {clean(asked)!r}")
    if not names:
        raise ParameterError(
            "--projection says how side features place artists; name some by --side-features"
        )
    return asked
