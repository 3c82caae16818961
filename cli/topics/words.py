"""Words of topics: check keywords, suggest others."""

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.workspace import Workspace
from .. import steps
from ..borrowed import open_prepared
from ..console import as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Threads, WorkspacePath, n_threads
from .group import app

_SHOWN_ADVICE = 20
_SHOWN_ROWS = 300


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
    wanted = steps.read_topic_config(config) if config else steps.own_topic_config(Workspace(workspace))
    with progress_bars(quiet=as_json) as on_progress:
        prepare = partial(steps.prepare_corpus_text, n_jobs=n_threads(threads), on_progress=on_progress)
        with open_prepared(workspace, steps.VOCABULARY, prepare) as opened:
            rows = steps.check_topic_keywords(opened, wanted)
    if as_json:
        print_json(rows)
        return
    fitted = any(row["outcome"] for row in rows)
    headings = [("topic", "left"), ("keyword", "left"), ("count", "right"), ("status", "left")]
    outcome = [("in its topic", "right")] if fitted else []
    shown = [_row(row, fitted=fitted) for row in rows[:_SHOWN_ROWS]]
    print_table([*headings, *outcome, ("remark", "left")], shown, longest=200)
    if len(rows) > _SHOWN_ROWS:
        say(f"and {len(rows) - _SHOWN_ROWS:,} more, see --json")
    for unheld in steps.unheld_topics(rows):
        warn(steps.unheld_line(unheld))
    advice = _advice(rows)
    for line in advice[:_SHOWN_ADVICE]:
        say(line)
    if len(advice) > _SHOWN_ADVICE:
        say(f"and words for {len(advice) - _SHOWN_ADVICE:,} more topics, see --json")
    say(_conclusion(rows, workspace, config))


def _row(row: dict[str, Any], *, fitted: bool) -> tuple[Any, ...]:
    shown = (row["topic"], row["keyword"], f"{row['count']:,}", row["outcome"] or row["status"])
    share = (None if row["share"] is None else f"{100 * row['share']:.0f} %",) if fitted else ()
    return (*shown, *share, "; ".join(_remarks(row)))


def _remarks(row: dict[str, Any]) -> list[str]:
    remarks = list(row["why"])
    if row["outcome"] in ("stolen", "ignored") and row["by"] and row["by_share"] > row["share"]:
        remarks.insert(0, f"{100 * row['by_share']:.0f} % in {row['by']}")
    if row["released"]:
        remarks.insert(0, f"released: keeps the company of {row['company']}; pin it if you mean it")
    elif row["doubtful"]:
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
    doubtful = sum(bool(row["doubtful"]) and not row["released"] for row in rows)
    counted += [f"{doubtful} doubtful"] if doubtful else []
    released = sum(bool(row["released"]) for row in rows)
    counted += [f"{released} released"] if released else []
    given = f" --config {as_word(config)}" if config else ""
    keywords = plural(sum(not row["status"].startswith("excluded") for row in rows), "keyword")
    return f"{keywords}: {', '.join(counted)}; next: bandscape topics fit {as_word(workspace)}{given}"


@app.command()
def suggest(
    workspace: WorkspacePath,
    topic: Annotated[
        str | None, typer.Argument(help="Id of a topic; without it, all topics are looked over.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Words of each kind.")] = 10,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Suggest words to add to a topic and to exclude from it; without TOPIC, topics to split, merge or call noise."""
    opened, jobs = Workspace(workspace), n_threads(threads)
    if topic is None:
        findings = steps.review_topics(opened, n_jobs=jobs)
        if as_json:
            print_json(findings)
        else:
            _print_findings(findings, workspace)
        return
    found = steps.suggest_for_topic(opened, topic, n_words=top, n_jobs=jobs)
    if as_json:
        print_json(found)
        return
    _print_added(found["add"])
    _print_excluded(found["exclude"])
    say(_next_edit(found, workspace))


def _print_added(words: Sequence[dict[str, Any]]) -> None:
    headings = [("add", "left"), ("count", "right"), ("in the topic", "right"), ("times as frequent", "right"),
                ("with keywords", "right")]  # fmt: skip
    rows = [
        (
            word["word"],
            f"{word['count']:,}",
            f"{100 * word['share']:.0f} %" if "share" in word else None,
            f"{word['lift']:.0f}" if "lift" in word else None,
            f"{word['association']:.2f}",
        )
        for word in words
    ]
    if rows:
        print_table(headings, rows)


def _print_excluded(words: Sequence[dict[str, Any]]) -> None:
    reasons = {
        "elsewhere": "more at home elsewhere",
        "everywhere": "says little",
        "keyword": "keeps other company",
    }
    headings = [
        ("exclude", "left"),
        ("count", "right"),
        ("in the topic", "right"),
        ("why", "left"),
        ("home", "left"),
    ]
    rows = [
        (
            word["word"],
            f"{word['count']:,}",
            f"{100 * word['share']:.0f} %",
            ("keyword that " if word["reason"] == "keyword" else "") + reasons[word["reason"]],
            f"{word['home']} {100 * word['home_share']:.0f} %",
        )
        for word in words
    ]
    if rows:
        print_table(headings, rows)


def _next_edit(found: dict[str, Any], workspace: Path) -> str:
    if not found["add"]:
        return f"nothing to add to {clean(found['topic'])}: no other word is mostly its own"
    words = ",".join(clean(word["word"]) for word in found["add"][:3])
    topic = clean(found["topic"])
    thaw = f"--thaw {shlex.quote(topic)} " if found.get("frozen") else ""
    return f"next: bandscape topics edit {as_word(workspace)} {thaw}--pin {shlex.quote(f'{topic}={words}')}"


def _print_findings(findings: Sequence[dict[str, Any]], workspace: Path) -> None:
    says = {"mixed": "looks mixed", "alike": "are alike", "noise": "says little"}
    for found in findings:
        groups = "  |  ".join(clean(", ".join(words[:6]), 80) for words in found["words"])
        say(f"{' and '.join(map(clean, found['topics']))} {says[found['kind']]} ({found['score']:.2f})")
        say(f"    {groups}")
        say(f"    bandscape topics edit {as_word(workspace)} {_edit(found)}")
    if not findings:
        say("no topic looks mixed, like another, or like noise")
    say(f"words for one topic: bandscape topics suggest {as_word(workspace)} TOPIC")


def _edit(found: dict[str, Any]) -> str:
    first, last = clean(found["topics"][0]), clean(found["topics"][-1])
    name, value = {"mixed": ("split", f"{first}=2"), "alike": ("merge", f"{first},{last}")}.get(
        found["kind"], ("noise", first)
    )
    return f"--{name} {shlex.quote(value)}"
