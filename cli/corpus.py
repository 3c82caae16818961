"""Commands about the corpus: import, fetch, simulate."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import ParameterError
from ..core.files import count_nulls, read_table
from ..core.progress import ProgressCallback
from ..core.workspace import StepRecord, Workspace
from . import steps
from .console import LONGEST_NOTE, as_word, clean, plural, progress_bars, say
from .options import (
    Columns,
    DateOrder,
    Encoding,
    FilledDown,
    KeptArtists,
    Language,
    NArtists,
    NReviews,
    OutPath,
    Replace,
    ScoreRange,
    Seed,
    Separators,
    SourceFormat,
    read_import_options,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command("import")(import_)
    app.command()(fetch)
    app.command()(simulate)


def import_(
    source: Annotated[Path, typer.Argument(help="File, archive or folder with reviews.")],
    out: OutPath,
    format_: SourceFormat = None,
    columns: Columns = None,
    score_range: ScoreRange = None,
    artist_separator: Separators = None,
    keep_artist: KeptArtists = None,
    date_order: DateOrder = None,
    encoding: Encoding = None,
    fill_down: FilledDown = None,
    language: Language = None,
    replace: Replace = False,
) -> None:
    """Read reviews into a workspace: SQLite, CSV, JSON Lines, Parquet, a folder or zip of texts.

    The format is detected; columns are recognized by their usual names or named with --columns.
    Values that cannot be used are kept in corpus/rejects.parquet and counted.
    """
    options = read_import_options(
        source_format=format_, columns=columns, score_range=score_range, artist_separators=artist_separator,
        keep_artists=keep_artist, date_order=date_order, encoding=encoding, fill_down=fill_down,
    )  # fmt: skip
    language = steps.check_language(language)
    with Workspace.create(out) as workspace, progress_bars() as on_progress:
        record = read_source(workspace, source, options, replace=replace, on_progress=on_progress)
        steps.keep_language(workspace, language)
    say_what_was_read(workspace, record)
    first = "topics fit" if corpus_figures(workspace)["texts"] else "artists fit"
    if first == "topics fit" and steps.CURRENT_ROUND in workspace.values():
        first = "topics refit"  # goes on from the round of the reviews before
    say(
        f"next: bandscape {first} {as_word(out)}   or everything at once: "
        f"bandscape run {as_word(out)} --out {as_word(out)}"
    )


def read_source(
    workspace: Workspace,
    source: Path,
    options: steps.ImportOptions,
    *,
    replace: bool,
    on_progress: ProgressCallback,
) -> StepRecord:
    """Import a source; options left out are those it was read with before, unless it is to be replaced."""
    if not replace:
        former = steps.former_import_options(workspace, source)
        kept = former.without(options).as_words()
        if kept:
            say(f"read as before, with {clean(kept, LONGEST_NOTE)}; --replace reads it without")
        options = options.or_else(former)
    return steps.import_reviews(workspace, source, options, replace=replace, on_progress=on_progress)


def say_what_was_read(workspace: Workspace, record: StepRecord) -> None:
    """Print how the source was understood, and one line on what was read."""
    about = steps.corpus_notes(workspace)
    if about["mapping"]:
        say("columns: " + ", ".join(f"{ours}={clean(theirs)}" for ours, theirs in about["mapping"].items()))
    for note in about["notes"]:
        say(f"note: {clean(note, LONGEST_NOTE)}")
    say(corpus_line(workspace, record))


def corpus_line(workspace: Workspace, record: StepRecord) -> str:
    """Return one line on the size of the corpus."""
    figures = corpus_figures(workspace)
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    return (
        f"import {verb}: {plural(figures['reviews'], 'review')} ({figures['texts']:,} with text),"
        f" {plural(figures['artists'], 'artist')}, {plural(figures['rejects'], 'reject')}{_by_column(workspace)}"
        f" in {workspace.root / steps.REJECTS}"
    )


def _by_column(workspace: Workspace) -> str:
    columns = read_table(workspace.verified(steps.REJECTS), ["column"])["column"].to_pylist()
    counts = Counter(column or "whole row" for column in columns)
    return f" ({', '.join(f'{name} {n:,}' for name, n in counts.most_common(4))})" if counts else ""


def reject_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what could not be used."""
    return read_table(workspace.verified(steps.REJECTS)).to_pylist()


def corpus_figures(workspace: Workspace) -> dict[str, int]:
    """Return the sizes of the corpus tables."""
    n_reviews, n_missing = count_nulls(workspace.verified(steps.REVIEWS), "text")
    return {
        "reviews": n_reviews,
        "texts": n_reviews - n_missing,
        "artists": read_table(workspace.verified(steps.ARTISTS), ["artist_id"]).num_rows,
        "rejects": read_table(workspace.verified(steps.REJECTS), ["row"]).num_rows,
    }


def fetch(
    name: Annotated[str, typer.Argument(help="Which public data set: pitchfork.")] = "pitchfork",
    cache: Annotated[Path | None, typer.Option("--cache", help="Folder to keep it in.")] = None,
) -> None:
    """Download a public data set: resumed where it stopped, verified, kept."""
    from ..datasets import fetch_pitchfork

    if name != "pitchfork":
        raise ParameterError(f"there is no data set {name!r}; the one that can be fetched is pitchfork")
    with progress_bars() as on_progress:
        path = fetch_pitchfork(cache_dir=cache, on_progress=on_progress)
    say(f"fetched {path}")
    say(f"next: bandscape run {as_word(path)} --out pitchfork")


def simulate(
    out: OutPath,
    reviews: NReviews = 2000,
    artists: NArtists = 400,
    seed: Seed = 0,
    audio: Annotated[
        bool, typer.Option("--audio", help="Also synthesize short clips for each artist.")
    ] = False,
) -> None:
    """Make a Pitchfork-style corpus whose topics, genres, scores and similarities are known (in truth/)."""
    with Workspace.create(out) as workspace, progress_bars() as on_progress:
        record = steps.simulate_corpus(
            workspace,
            n_reviews=reviews,
            n_artists=artists,
            random_state=seed,
            audio=audio,
            on_progress=on_progress,
        )
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    say(
        f"simulation {verb}: {reviews:,} reviews of {artists:,} artists in {out}; the truth is in {out / 'truth'}"
    )
    say(f"next: bandscape run {as_word(out)} --out {as_word(out)}")
