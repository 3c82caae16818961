"""Words of topics: check keywords, suggest others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.workspace import Workspace
from .. import steps
from ..console import clean, plural, print_json, print_table, progress_bars, say
from ..options import AsJson, Threads, WorkspacePath, n_threads
from .group import app


@app.command()
def check(
    workspace: WorkspacePath,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="topics.json; without it, the workspace's own topics/topics.json."),
    ] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Look up keywords in the reviews before a fit: how frequent, absent or ambiguous, and what goes with them.

    After a fit, also what the current round made of them: taken, ignored, or stolen by another topic.
    """
    opened = Workspace(workspace)
    wanted = steps.read_topic_config(config) if config else None
    if not opened.has(steps.VOCABULARY):
        with opened.writing(), progress_bars(quiet=as_json) as on_progress:
            steps.prepare_corpus_text(opened, n_jobs=n_threads(threads), on_progress=on_progress)
    rows = steps.check_topic_keywords(opened, wanted)
    if as_json:
        print_json(rows)
        return
    fitted = any(row["outcome"] for row in rows)
    headings = [("topic", "left"), ("keyword", "left"), ("count", "right"), ("status", "left")]
    outcome = [("in its topic", "right")] if fitted else []
    print_table([*headings, *outcome, ("remark", "left")], [_row(row, fitted=fitted) for row in rows])
    for line in _advice(rows):
        say(line)
    say(_conclusion(rows, workspace, config))


def _row(row: dict[str, Any], *, fitted: bool) -> tuple[Any, ...]:
    shown = (row["topic"], row["keyword"], f"{row['count']:,}", row["outcome"] or row["status"])
    share = (None if row["share"] is None else f"{100 * row['share']:.0f} %",) if fitted else ()
    return (*shown, *share, "; ".join(_remarks(row)))


def _remarks(row: dict[str, Any]) -> list[str]:
    remarks = list(row["why"])
    if row["outcome"] in ("stolen", "ignored") and row["by"]:
        remarks.insert(0, f"{100 * row['by_share']:.0f} % in {row['by']}")
    if row["doubtful"]:
        remarks.insert(0, f"doubtful: keeps the company of {row['company']}")
    if row["status"] == "absent" and row["suggestions"]:
        remarks.append(f"did you mean {', '.join(row['suggestions'][:3])}?")
    return remarks


def _advice(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line per topic with words that occur with its keywords: those suggested for most of them first."""
    votes: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["status"] in ("present", "ambiguous"):
            topic = votes.setdefault(row["topic"], {})
            for place, word in enumerate(row["suggestions"]):
                topic[word] = topic.get(word, 0) + 1 / (1 + place)
    best = {topic: sorted(words, key=lambda word: -words[word])[:6] for topic, words in votes.items()}
    return [
        f"often with {clean(topic)}: {clean(', '.join(words), 80)}" for topic, words in best.items() if words
    ]


def _conclusion(rows: Sequence[dict[str, Any]], workspace: Path, config: Path | None) -> str:
    counted = [
        f"{sum(row['status'] == status for row in rows)} {status}" for status in ("ambiguous", "absent")
    ]
    doubtful = sum(bool(row["doubtful"]) for row in rows)
    counted += [f"{doubtful} doubtful"] if doubtful else []
    given = f" --config {config}" if config else ""
    keywords = plural(sum(not row["status"].startswith("excluded") for row in rows), "keyword")
    return f"{keywords}: {', '.join(counted)}; next: bandscape topics fit {workspace}{given}"
