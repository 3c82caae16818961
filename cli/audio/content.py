"""Labels of sounds learnt, and sounds found that are like one another."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from .. import steps
from ..console import as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from ..options import Address, AsJson, ExecutorName, Seed, Threads, Workers, joined, n_threads, open_executor
from .group import app
from .spectral import SoundFolder, figure, warn_of_files


@app.command()
def content(
    folder: SoundFolder,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder for model, vectors and figures; default with a workspace as --labels: its own, which"
            " audio join finds.",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="CSV",
            help="A column of paths, and one for each label: genre, artist, score, ...; or a workspace.",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="FOLDER", help="What this command wrote before: learn nothing, apply it."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns", help="Labels to learn, such as genre,score; default: all columns. Can be repeated."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="COLUMN=class, tags or number, where it is guessed wrong; repeat for several."
        ),
    ] = None,
    held_out: Annotated[
        str | None,
        typer.Option("--held-out", help="Sounds to measure on and not to learn from: speaker=ann,bob."),
    ] = None,
    disjoint: Annotated[
        str | None,
        typer.Option(
            "--disjoint", metavar="COLUMN", help="Measure on a fifth of its values: artist, speaker."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text", metavar="COLUMN", help="Reviews or lyrics, read along; default: text, if there is one."
        ),
    ] = None,
    inputs: Annotated[
        str | None, typer.Option("--inputs", help="Columns to learn from besides the sound: genre,year.")
    ] = None,
    factors: Annotated[
        Path | None,
        typer.Option(
            "--factors", metavar="PARQUET", help="Vectors of artists to learn, as artists export writes them."
        ),
    ] = None,
    factor_column: Annotated[
        str, typer.Option("--factor-column", help="Column of the labels that names the artist of the vector.")
    ] = "artist",
    iterations: Annotated[
        int, typer.Option("--iterations", min=1, help="Training steps, of 64 sounds each.")
    ] = 1200,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            min=1,
            help="Stop after so many looks, one every 50 steps, at which a tenth set aside got no better.",
        ),
    ] = None,
    pooling: Annotated[
        str,
        typer.Option(
            "--pooling",
            help="How the pieces of a long sound become one vector: mean, or rnn (a recurrent network).",
        ),
    ] = "mean",
    rate: Annotated[
        int, typer.Option("--rate", help="Sample rate in hertz that sounds are brought to.")
    ] = 22_050,
    mels: Annotated[int, typer.Option("--mels", min=8, help="Mel bands.")] = 40,
    dims: Annotated[int, typer.Option("--dims", min=2, max=2048, help="Numbers in each vector.")] = 256,
    seed: Seed = 0,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Learn all labels of sounds at once, and write a vector for each sound that holds what they say.

    Writes model, content.parquet (vectors, as audio join --vectors reads them), a store for audio similar, tracks,
    quarantine and figures.json: what the vectors say of sounds not learnt from, beside statistics of MFCCs. Ctrl-C
    keeps what was learnt: the same command goes on from there. With --executor ray workers compute the vectors.
    """
    out = _home(out, labels)
    options = steps.ContentOptions(
        _names(joined(columns)),
        _kinds(kind or []),
        _names(inputs),
        text,
        _held_out(held_out, disjoint),
        disjoint,
    )
    table = _read_labels(folder, labels, options, factors, factor_column)
    if model is not None:
        with (
            open_executor(executor, workers, address) as others,
            progress_bars(quiet=as_json) as on_progress,
        ):
            facts = steps.apply_content(
                folder, model, out, labels=table, options=options, on_progress=on_progress, executor=others
            )
        _tell_applied(facts, out, as_json)
        return
    if table is None:
        raise ParameterError("give --labels CSV to learn, or --model FOLDER to apply what was learnt")
    network = _network(
        sample_rate_hz=rate, n_mels=mels, dim=dims, pooling=pooling, n_iterations=iterations,
        patience=patience, random_state=seed,
    )  # fmt: skip
    with (
        open_executor(executor, workers, address) as others,
        progress_bars(quiet=as_json) as on_progress,
    ):
        facts = steps.learn_content(
            network, folder, table, out, options=options, n_jobs=n_threads(threads), on_progress=on_progress,
            executor=others,
        )  # fmt: skip
    _tell_learnt(facts, table.source, out, as_json)


def _home(out: Path | None, labels: Path | None) -> Path:
    if out is not None:
        return out
    if labels is None or not labels.is_dir():
        raise ParameterError(
            "--out must name a folder; only with a workspace as --labels it has a place of its own"
        )
    return labels / steps.OWN_CONTENT


@app.command()
def similar(
    home: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="What audio content wrote, or a workspace joined with it."),
    ],
    sound: Annotated[
        str, typer.Argument(help="A sound of the folder, by path or name, or another sound file.")
    ],
    top: Annotated[int, typer.Option("--top", min=1, help="Number of answers.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the sounds nearest to one: precomputed, or for a file that is not among them searched."""
    asked, rows = steps.similar_sounds(home, sound, top=top)
    if as_json:
        print_json({"query": asked, "results": rows})
        return
    print_table(
        [("#", "right"), ("sound", "left"), ("cosine", "right")],
        [(row["rank"], row["sound"], f"{row['cosine']:.3f}") for row in rows],
    )
    say(f"nearest to {clean(asked)} by the content network")


def _network(**options: Any) -> Any:
    from ...embeddings.audio.content.network import ContentNetwork

    return ContentNetwork(**options)


def _read_labels(
    folder: Path, labels: Path | None, options: steps.ContentOptions, factors: Path | None, column: str
) -> steps.LabelTable | None:
    """Read a CSV, or what a workspace knows; with the vectors of artists, if they are given."""
    if labels is None:
        return None
    if labels.is_dir():
        if factors is not None:
            raise ParameterError(
                "--factors goes with a CSV; a workspace has vectors of its own (artists fit)"
            )
        return steps.workspace_labels(labels, folder)
    table = steps.read_label_table(labels, options)
    if factors is None:
        return table
    found = steps.factors_of_tracks(folder, labels, factors, column)
    return steps.LabelTable(table.source, table.columns | {steps.FACTORS: found})


def _names(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _kinds(pairs: list[str]) -> dict[str, str]:
    kinds = {}
    for pair in pairs:
        name, sign, kind = pair.partition("=")
        if not sign or kind not in ("class", "tags", "number"):
            raise ParameterError(f"--kind must be COLUMN=class, =tags or =number; got {pair[:60]!r}")
        kinds[name] = kind
    return kinds


def _held_out(text: str | None, disjoint: str | None) -> tuple[str, tuple[str, ...]] | None:
    if text is None:
        return None
    if disjoint is not None:
        raise ParameterError("--held-out and --disjoint both say what is measured on; give one of them")
    name, _, values = text.partition("=")
    if not name or not _names(values):
        raise ParameterError(f"--held-out must be COLUMN=VALUE,VALUE; got {text[:60]!r}")
    return name, tuple(_names(values))


def _tell_learnt(facts: dict[str, Any], labels: str, out: Path, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    warn_of_files(facts["problems"], facts["unmatched"], facts["unmatched_labels"], "path", labels)
    for name, count in facts["without_label"].items():
        if count:
            warn(f"{plural(count, 'sound')} without {name}: not learnt there, and not measured")
    if facts["silent"]:
        warn(
            f"{plural(facts['silent'], 'sound')} silent (column warning of tracks.parquet): such vectors say nothing"
        )
    print_table(
        [("label", "left"), ("measured", "left"), ("content", "right"), ("95 %", "right"), ("MFCC", "right"),
         ("95 %", "right"), ("chance", "right"), ("sounds", "right")],
        [line for row in facts["quality"] for line in _lines(row)],
        title=f"on {plural(facts['unseen'], 'sound')} not learnt from ({facts['unseen_by']})",
    )  # fmt: skip
    learnt = ", ".join(f"{name}: {kind}" for name, kind in facts["kinds"].items())
    say(f"learnt {clean(learnt, 200)} of {plural(facts['learnt_from'], 'sound')} in {facts['seconds']:.0f} s")
    say(
        f"vectors of {plural(facts['sounds'], 'sound')}, {facts['dims']} numbers each, in"
        f" {out / steps.CONTENT_VECTORS}; {facts['quarantined']:,} files set aside"
    )
    say(f"next: bandscape audio similar {as_word(out)} SOUND   or   {_join_words(out)}")


def _join_words(out: Path) -> str:
    """Return the command that joins what was learnt; a workspace finds its own."""
    if out.as_posix().endswith(steps.OWN_CONTENT):
        return f"bandscape audio join {out.parents[2]}"
    return f"bandscape audio join WORKSPACE --content {as_word(out)}"


_MEASURES = {"probe": "linear probe", "map": "neighbors, mAP", "recall_at_10": "neighbors, recall@10"}


def _lines(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = []
    for key, shown in _MEASURES.items():
        if key not in row["content"]:
            continue
        ours, peer = row["content"][key], row["mfcc"][key]
        if row["kind"] == "number":
            shown = f"{shown}, correlation"
        if ours.get("how") == "within":
            shown = f"{shown} within"
        found.append(
            (row["label"], shown, figure(ours["value"]), _interval(ours), figure(peer["value"]), _interval(peer),
             figure(ours["chance"]), ours["n"])
        )  # fmt: skip
    return found


def _interval(score: dict[str, Any]) -> str | None:
    return None if score["low"] is None else f"{score['low']:.2f}-{score['high']:.2f}"


def _tell_applied(facts: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    warn_of_files(facts["problems"], facts["unmatched"], facts["unmatched_labels"], "path", "the labels")
    say(
        f"vectors of {plural(facts['sounds'], 'sound')} in {out / steps.CONTENT_VECTORS}, what is said of them in"
        f" {out / 'said.parquet'}; {facts['quarantined']:,} files set aside"
    )
    say(f"next: bandscape audio similar {as_word(out)} SOUND")
