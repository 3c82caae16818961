"""Topics of texts: detect them in new ones, show the evidence in the reviews."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, plural, print_json, print_table, progress_bars, say, warn
from ..marked_text import print_marked
from ..options import (
    Address,
    AsJson,
    Encoding,
    ExecutorName,
    SourceFormat,
    Threads,
    Workers,
    WorkspacePath,
    n_threads,
    only_one,
    open_executor,
    page_to_write,
)
from .fitting import warn_of_earlier
from .group import app

_SHOWN_TOPICS = 3
_NUMBERED = re.compile(r"_\d+$")  # names like other_5 say nothing: two words help


@app.command()
def detect(
    workspace: WorkspacePath,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A text, a folder of texts, a table in any format that import reads, or - for stdin.",
        ),
    ],
    words: Annotated[bool, typer.Option("--words", help="Also show the topic of each word.")] = False,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help="Topics shown for each document; with --json the default is all."),
    ] = None,
    source_format: SourceFormat = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", "--columns", help="Column of a table that holds the text: body, 2 or text=body."
        ),
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each line of a plain text is a document.")] = False,
    encoding: Encoding = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a .parquet file instead: a row for each document and topic."),
    ] = None,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Find the topics of the current round in new texts, per document and per word, and what stays unexplained.

    A document is a file, a row of a table, or with --lines a line.
    Unexplained are words that no review has, and words that say nothing.
    """
    if out is not None and out.suffix != ".parquet":
        raise ParameterError(f"--out must end in .parquet; got {out.name!r}")
    opened, jobs = Workspace(workspace), n_threads(threads)
    with (
        open_executor(executor, workers, address) as others,
        progress_bars(quiet=as_json) as on_progress,
    ):
        documents = read_documents(
            source, source_format, only_one(column, "--column"), lines=lines, encoding=encoding
        )
        found, located = steps.detect_topics(
            opened, documents, locate=words and out is None, n_jobs=jobs, on_progress=on_progress, executor=others
        )  # fmt: skip
    warn_of_earlier(opened, steps.current_round(opened))
    _warn(documents, found)
    if out is not None:
        steps.write_detection(out, found, documents.names)
        say(f"wrote the topics of {plural(len(documents), 'document')} to {out}")
        return
    listed = found.to_list(documents.names, top=top if as_json else top or _SHOWN_TOPICS)
    if words:
        for doc, entry in enumerate(listed):
            entry["words"] = steps.listed_words(found, located, documents.texts, doc)
    if as_json:
        print_json(listed)
    elif words:
        _print_words(found, located, documents)
    else:
        _print_documents(listed)
    if not as_json:
        say(_conclusion(found, workspace, source))


def read_documents(
    source: str, source_format: str | None, column: str | None, *, lines: bool, encoding: str | None = None
) -> Any:
    """Return the documents of a file, a folder or stdin (-)."""
    from ...datasets import read_texts, texts_of_bytes

    if source == "-":
        return texts_of_bytes(sys.stdin.buffer.read(), "stdin", lines=lines, encoding=encoding)
    return read_texts(source, format=source_format, column=column, lines=lines, encoding=encoding)


def _warn(documents: Any, found: Any) -> None:
    for note in documents.notes:
        warn(note)
    if documents.n_rejected:
        warn(f"{plural(documents.n_rejected, 'entry', 'entries')} could not be read as text and stood aside")
    n_words, n_unknown = int(found.n_words.sum()), int(found.n_unknown.sum())
    if 2 * n_unknown > n_words:
        warn(f"{n_unknown:,} of {n_words:,} words are not in the vocabulary: another language or subject?")


def _print_documents(listed: list[dict[str, Any]]) -> None:
    rows = [
        (
            entry["doc"],
            ", ".join(f"{topic['id']} {100 * topic['p']:.0f} %" for topic in entry["topics"]) or None,
            f"{100 * entry['unexplained']:.0f} %",
            f"{entry['n_words']:,}",
        )
        for entry in listed
    ]
    print_table(
        [("document", "left"), ("topics", "left"), ("unexplained", "right"), ("words", "right")], rows
    )


def _print_words(found: Any, located: Any, documents: Any) -> None:
    for doc, text in enumerate(documents.texts):
        marked = steps.mark_detected(found, located[doc], text or "", doc, title=documents.names[doc])
        print_marked(marked, found.topic_ids)


def _conclusion(found: Any, workspace: Path, source: str) -> str:
    empty = int((found.n_words == found.n_unknown).sum())
    counted = plural(len(found), "document")
    if empty:
        counted += f", {empty:,} without a word the topics know"
    n_unknown, n_words = int(found.n_unknown.sum()), int(found.n_words.sum())
    if n_unknown:
        counted += f"; {n_unknown:,} of {plural(n_words, 'word')} not in the vocabulary, left out"
    if source == "-" or empty == len(found):
        return counted
    command = f"bandscape topics detect {as_word(workspace)} {as_word(source)} --words"
    return f"{counted}; every word with its topic: {command}"


@app.command()
def evidence(
    workspace: WorkspacePath,
    topic: Annotated[str, typer.Argument(help="Id of a topic, as `topics show` lists it.")],
    documents: Annotated[
        int | None,
        typer.Option(
            "--documents",
            "-n",
            min=1,
            max=1000,
            help="Number of reviews; default: 3, or 20 on a page (--out).",
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Show whole reviews instead of the passage with most words of the topic."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        page_to_write("Write whole reviews as one offline page instead: FILE.html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the reviews that speak for a topic, each word with its topic.

    They are those with most words of the topic.
    Words in brackets belong to it, words with a small number to the topics of the legend.
    """
    opened = Workspace(workspace)
    count = documents or (3 if out is None else 20)
    found = steps.gather_evidence(opened, topic, n_docs=count, whole=whole or out is not None)
    if as_json:
        print_json(_evidence_json(found))
        return
    if out is not None:
        steps.write_evidence(found, out)
        say(
            f"wrote {plural(len(found.texts), 'review')} that speak for {found.topic_ids[found.topic]} to {out}"
        )
        return
    names = [
        f"{name} ({', '.join(words[:2])})" if _NUMBERED.search(name) else name
        for name, words in zip(found.topic_ids, found.topic_words, strict=True)
    ]
    for text in found.texts:
        print_marked(text, names, asked=found.topic)
    shown = plural(len(found.texts), "review")
    say(f"{shown} with most words of {found.topic_ids[found.topic]}; as a page: --out evidence.html")


def _evidence_json(found: "steps.Evidence") -> list[dict[str, Any]]:
    ids = found.topic_ids
    return [
        {
            "review_id": review,
            "title": text.title,
            "n_words": n_words,
            "topics": [{"id": ids[topic], "p": p} for topic, p in text.shares],
            "pieces": [
                {"text": piece, "topics": [{"id": ids[topic], "p": p} for topic, p in topics]}
                for piece, topics in text.pieces
            ],
        }
        for review, text, n_words in zip(found.review_ids, found.texts, found.n_words, strict=True)
    ]
