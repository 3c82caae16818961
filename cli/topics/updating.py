"""New reviews for the topics of the current round."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, plural, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Encoding, SourceFormat, Threads, WorkspacePath, n_threads, only_one
from .detection import read_documents
from .group import app


@app.command()
def update(
    workspace: WorkspacePath,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A text, a folder of texts, a table in any format that import reads, or - for stdin.",
        ),
    ],
    source_format: SourceFormat = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", "--columns", help="Column of a table that holds the text: body, 2 or text=body."
        ),
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each line of a plain text is a document.")] = False,
    encoding: Encoding = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Let the topics learn from new reviews: a new round in which they keep their ids.

    Reviews that the corpus has, or that were taken up before, are left out. The corpus itself stays as it is:
    tables and pictures go on listing its reviews alone, and a later refit goes by them.
    """
    with Workspace(workspace).writing() as opened, progress_bars(quiet=as_json) as on_progress:
        documents = read_documents(
            source, source_format, only_one(column, "--column"), lines=lines, encoding=encoding
        )
        record = steps.update_topics(opened, documents, n_jobs=n_threads(threads), on_progress=on_progress)
    facts = steps.update_facts(opened, steps.current_round(opened))
    facts["rejected_reviews"] = documents.n_rejected
    _warn(facts)
    if as_json:
        print_json(facts)
        return
    rows = [
        (row["id"], *(f"{100 * row[name]:.1f} %" for name in ("share_before", "share", "share_of_new")))
        for row in sorted(facts["topics"], key=lambda row: -row["share_of_new"])
    ]
    print_table([("topic", "left"), ("before", "right"), ("now", "right"), ("in the new", "right")], rows)
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    say(
        f"topics round {facts['round']} {verb}, from round {facts['parent']}: {facts['words']:,} words of "
        f"{plural(facts['reviews'], 'new review')} taken up"
    )
    say(f"next: bandscape topics diff {as_word(workspace)}   or   topics show, topics undo")


def _warn(facts: Mapping[str, Any]) -> None:
    if facts["rejected_reviews"]:
        n_rejected = plural(facts["rejected_reviews"], "entry", "entries")
        warn(f"{n_rejected} could not be read as text and stood aside")
    if facts["known_reviews"]:
        warn(f"{plural(facts['known_reviews'], 'review')} known already, left out")
    if facts["empty_reviews"]:
        warn(f"{plural(facts['empty_reviews'], 'review')} without text, left out")
    if facts["unknown_words"] > facts["words"]:
        warn(
            f"{facts['unknown_words']:,} words are not in the vocabulary, {facts['words']:,} are: another language or "
            "subject?"
        )
