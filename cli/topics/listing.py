"""What a topic is about: its reviews, its artists."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, plural, print_json, print_table, say
from ..options import AsJson, WorkspacePath
from .group import app

TopicId = Annotated[str, typer.Argument(metavar="TOPIC", help="Id of a topic, as `topics show` lists it.")]
Top = Annotated[int, typer.Option("--top", "-n", min=1, max=100_000, help="Rows shown at most.")]


@app.command()
def reviews(workspace: WorkspacePath, topic: TopicId, top: Top = 20, as_json: AsJson = False) -> None:
    """List the reviews with most words of a topic.

    By share alone, reviews of one line would win; `topics evidence` shows the passages.
    """
    found = steps.list_topic_reviews(Workspace(workspace), topic, top=top)
    if as_json:
        print_json(found)
        return
    rows = [
        (row["rank"], ", ".join(row["artists"]) or None, row["title"] or row["review_id"],
         (row["date"] or "")[:4] or None, _score(row["score"]), *_amounts(row))
        for row in found["reviews"]
    ]  # fmt: skip
    headings = [("#", "right"), ("artist", "left"), ("title", "left"), ("year", "right"), ("score", "right")]
    _print_filled([*headings, ("share", "right"), ("words", "right")], rows)
    say(_conclusion(found, plural(len(rows), "review"), "most words of"))
    say(
        f"next: bandscape topics evidence {as_word(workspace)} {as_word(found['topic'])}   (where it stands in them)"
    )


@app.command()
def artists(workspace: WorkspacePath, topic: TopicId, top: Top = 20, as_json: AsJson = False) -> None:
    """List the artists in whose reviews a topic has the largest share.

    Few words say little, so each artist counts as having one more review, in which the topic has its usual share.
    """
    found = steps.list_topic_artists(Workspace(workspace), topic, top=top)
    if as_json:
        print_json(found)
        return
    rows = [
        (row["rank"], row["name"], ", ".join(row["genres"][:3]) or None, _score(row["mean_score"]),
         f"{row['n_reviews']:,}", *_amounts(row))
        for row in found["artists"]
    ]  # fmt: skip
    headings = [
        ("#", "right"),
        ("artist", "left"),
        ("genres", "left"),
        ("score", "right"),
        ("reviews", "right"),
    ]
    if not rows:
        command = f"bandscape topics reviews {as_word(workspace)} {as_word(found['topic'])}"
        say(f"no review with a text names its artist; next: {command}")
        return
    _print_filled([*headings, ("share", "right"), ("words", "right")], rows)
    say(_conclusion(found, plural(len(rows), "artist"), "the largest share of"))
    say(f"next: bandscape topics reviews {as_word(workspace)} {as_word(found['topic'])}")


def _print_filled(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> None:
    """Print a table without the columns in which no row has anything."""
    kept = [at for at in range(len(columns)) if not rows or any(row[at] is not None for row in rows)]
    print_table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows], longest=36)


def _score(score: float | None) -> str | None:
    return None if score is None or score != score else f"{score:.1f}"


def _amounts(row: dict[str, Any]) -> tuple[str, str]:
    return f"{100 * row['share']:.0f} %", f"{row['words']:,.0f}"


def _conclusion(found: dict[str, Any], counted: str, most: str) -> str:
    return (
        f"{counted} with {most} {clean(found['topic'])}, which has {100 * found['share']:.1f} % of all words "
        f"in round {found['round']}"
    )
