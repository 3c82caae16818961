"""Fitting a round of topics and showing it: fit, show."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from ...core.files import read_json
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from ..options import (
    Address,
    AsJson,
    ExecutorName,
    Language,
    Seed,
    Threads,
    Workers,
    WorkspacePath,
    n_threads,
    open_executor,
)
from .group import app

PRIORS = ("proportional", "classic")
MOST_LINES = 20  # on keywords, below the topics shown
BEGINNINGS = ("auto", "random", "keywords", "anchors", "both")
ORDERS = ("probability", "relevance", "frex")


@app.command()
def fit(
    workspace: WorkspacePath,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="Your own topics: a topics.json with ids, proportions and keywords (docs/topics.md).",
        ),
    ] = None,
    topics: Annotated[
        int | None, typer.Option("--topics", min=1, help="Number of topics, when there is no --config.")
    ] = None,
    sweeps: Annotated[
        int, typer.Option("--sweeps", min=1, help="Gibbs sweeps: how often the fit goes through all words.")
    ] = 200,
    seed: Seed = 0,
    language: Language = None,
    min_reviews: Annotated[
        int | None,
        typer.Option(
            "--min-reviews",
            min=1,
            help="Reviews that a word must be in to count; default: the number used last, at first 5.",
        ),
    ] = None,
    threads: Threads = None,
    prior: Annotated[
        str | None,
        typer.Option(
            "--prior",
            help="How proportions and keywords count: proportional (to the size of the corpus) or classic "
            "(docs/topics.md); default: as in the current round where its own topics.json is used, else proportional.",
        ),
    ] = None,
    keep_keywords: Annotated[
        bool,
        typer.Option(
            "--keep-keywords",
            help="With --prior classic: hold every keyword, also those used among the words of another topic.",
        ),
    ] = False,
    begin: Annotated[
        str,
        typer.Option(
            "--begin",
            help="With --prior classic, where words begin (docs/topics.md): keywords, a keyword's uses in its topic; "
            "anchors, each topic without keywords at words that go together; both; random, nowhere. auto: both where "
            "only some topics have keywords, keywords where some were released, else random.",
        ),
    ] = "auto",
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """Find topics in the review texts; with --config, the ones you name by keywords.

    Texts are prepared first if they are not yet.
    Each fit with other settings is a new round.
    """
    if prior is not None and prior not in PRIORS:
        raise ParameterError(f"--prior must be one of {', '.join(PRIORS)}; got {prior!r}")
    if begin not in BEGINNINGS:
        raise ParameterError(f"--begin must be one of {', '.join(BEGINNINGS)}; got {begin!r}")
    if config is not None and topics is not None:
        raise ParameterError("give --config or --topics, not both: the config says how many topics there are")
    jobs = n_threads(threads)
    wanted = steps.read_topic_config(config) if config else None
    language = steps.check_language(language)
    with (
        open_executor(executor, workers, address) as others,
        Workspace(workspace).writing() as opened,
        progress_bars() as on_progress,
    ):
        steps.keep_language(opened, language)
        steps.keep_min_reviews(opened, min_reviews)
        if wanted is None and topics is None:
            wanted = steps.kept_topic_config(opened)
            warn_of_beginning_anew(opened)
            prior = prior or (steps.kept_prior(opened) if wanted else None)
        steps.prepare_corpus_text(opened, n_jobs=jobs, on_progress=on_progress, executor=others)
        record = steps.fit_topics(
            opened, config=wanted, n_topics=topics, n_sweeps=sweeps, prior=prior, random_state=seed,
            keep_keywords=keep_keywords, begin=begin, n_jobs=jobs, on_progress=on_progress, executor=others,
        )  # fmt: skip
    number = steps.current_round(opened)
    folder = workspace / steps.round_folder(number)
    warn_about_keywords(opened)
    n_topics = len(read_json(opened.verified(f"{steps.round_folder(number)}/summary.json")))
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    say(f"topics round {number} {verb}: {plural(n_topics, 'topic')} in {folder / 'topics.txt'}")
    say_asked(opened, number)
    drawn = (
        f"   or   bandscape map {as_word(workspace)} (draws the new topics)"
        if opened.has(steps.VECTORS)
        else ""
    )
    say(f"next: bandscape topics show {as_word(workspace)}{drawn}")


def warn_of_beginning_anew(workspace: Workspace) -> None:
    """Warn where a fit follows another import: topics without keywords may come to mean something else."""
    number = workspace.values().get(steps.CURRENT_ROUND)
    if number is not None and steps.outdated_by(workspace, number):
        root = as_word(workspace.root)
        warn(
            f"a fit begins anew: topics that no keywords hold may get other words than in round {number}; to go on "
            f"from it: bandscape topics use {root} {number}, then bandscape topics refit {root}"
        )


def warn_of_earlier(workspace: Workspace, number: int) -> str | None:
    """Warn of a round of an earlier corpus; return what was said."""
    outdated = steps.outdated_line(workspace, number)
    if outdated:
        warn(outdated)
    return outdated


def warn_about_keywords(workspace: Workspace) -> None:
    """Warn of keywords that the corpus does not have."""
    folder = steps.round_folder(steps.current_round(workspace))
    for line in read_json(workspace.verified(f"{folder}/keywords.json"))["warnings"]:
        warn(line)


def say_asked(workspace: Workspace, number: int) -> None:
    """Say which topics got another share than topics.json asked for, if any did."""
    far = steps.shares_far_from_asked(workspace, number)
    if far:
        shown = ", ".join(
            f"{clean(name, 30)} {100 * asked:.0f} > {100 * got:.0f} %" for name, asked, got in far[:4]
        )
        more = f" and {len(far) - 4} more" if len(far) > 4 else ""
        say(
            f"share asked > got: {shown}{more} (a proportion is where a topic begins; the words have the last word)"
        )


@app.command()
def show(
    workspace: WorkspacePath,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Words shown for each topic.")] = 10,
    order: Annotated[
        str,
        typer.Option(
            "--order",
            help="How words are ranked: probability; relevance (Sievert and Shirley) and frex (Bischof and Airoldi)"
            " favor words that other topics lack.",
        ),
    ] = "probability",
    as_json: AsJson = False,
) -> None:
    """Show the topics of the current round, largest first."""
    if order not in ORDERS:
        raise ParameterError(f"--order must be one of {', '.join(ORDERS)}; got {order!r}")
    opened = Workspace(workspace)
    number = steps.current_round(opened)
    outdated = warn_of_earlier(opened, number)
    if order == "probability":
        ranked = read_json(opened.intact(f"{steps.round_folder(number)}/summary.json"))
    else:
        ranked = steps.rank_round_words(opened, number, order, top)
    reported: dict[str, list[Any]] = {topic["id"]: [] for topic in ranked}
    for row in steps.keyword_report(opened):
        reported[row["topic"]].append(row)
    called = {topic["id"]: topic["label"] for topic in steps.called_topics(opened)}
    topics = [
        {**topic, "label": called.get(topic["id"], topic["id"]), "words": topic["words"][:top],
         "keywords": reported[topic["id"]]}
        for topic in ranked
    ]  # fmt: skip
    if as_json:
        asked = steps.asked_shares(opened, number)
        shown = [{**topic, "asked": asked.get(topic["id"])} for topic in topics]
        print_json({"round": number, "outdated": outdated, "order": order, "topics": shown})
        return
    unheld = set(steps.unheld_topics(steps.keyword_report(opened)))
    asked = steps.asked_shares(opened, number)
    is_called = any(topic["label"] != topic["id"] for topic in topics)
    rows = [
        (
            topic["id"] + " (?)" * (topic["id"] in unheld),
            *([topic["label"] if topic["label"] != topic["id"] else "–"] if is_called else []),
            *([f"{100 * asked[topic['id']]:.0f} %"] if asked else []),
            f"{100 * topic['share']:.1f} %",
            ", ".join(entry["word"] for entry in topic["words"]),
        )
        for topic in sorted(topics, key=lambda topic: -topic["share"])
    ]
    shares = [("asked", "right"), ("got", "right")] if asked else [("share", "right")]
    names = [("topic", "left"), *([("on the map", "left")] if is_called else [])]
    print_table([*names, *shares, ("words", "left")], rows, longest=2500)
    for name in sorted(unheld):
        warn(steps.unheld_line(name))
    for line in keyword_lines(reported):
        say(line)
    if _is_scaled(opened, number):
        say("asked: the proportions of topics.json, scaled to add up to 100 %")
    say(
        f"round {number}: {len(topics)} topics; all words in {workspace / steps.round_folder(number) / 'topics.txt'}"
    )


def _is_scaled(workspace: Workspace, number: int) -> bool:
    """Return whether the shares asked for are not the proportions given, which do not add up to 1."""
    return (
        bool(steps.asked_shares(workspace, number)) and abs(steps.total_asked(workspace, number) - 1) > 0.005
    )


def keyword_lines(reported: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return a line on each of the first topics that did not take all their keywords, and one on those taken."""
    lines, n_taken = [], 0
    for topic, rows in reported.items():
        remarks = [_remark(row) for row in rows if "share" in row and not _is_held(row)]
        n_taken += sum(_is_held(row) for row in rows)
        if remarks:
            lines.append(clean(f"keywords of {topic}: {', '.join(remarks)}", 100))
    n_left = len(lines) - MOST_LINES
    if n_left > 0:
        lines[MOST_LINES:] = [f"and keywords of {plural(n_left, 'more topic')} that did not take them all"]
    return [*lines, f"keywords taken: {n_taken}; more: bandscape topics check"] if lines or n_taken else []


def _is_held(row: Mapping[str, Any]) -> bool:
    return row["status"] == "taken" and not (row["doubtful"] or row.get("released"))


def _remark(row: Mapping[str, Any]) -> str:
    share = f"{100 * row['share']:.0f} % of it"
    if row.get("released"):
        return f"{row['keyword']} released, it suits {row['company']}"
    if row["status"] == "taken":
        return f"{row['keyword']} doubtful, it suits {row['company']}"
    if row["by"] and row["by_share"] > row["share"]:
        by = f", {100 * row['by_share']:.0f} % {row['by']}"
    else:
        by = f", it suits {row['company']}" if row["doubtful"] else ""
    return f"{row['keyword']} {row['status']} ({share}{by})"
