"""Judging a round of topics: diagnose, chains."""

from typing import Annotated, Any

import typer

from .. import steps
from ..borrowed import open_to_answer
from ..console import as_word, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Seed, Threads, WorkspacePath, n_threads
from .group import app


@app.command()
def diagnose(
    workspace: WorkspacePath,
    held_out: Annotated[
        float,
        typer.Option(
            "--held-out",
            min=0,
            max=0.5,
            help="Share of the reviews kept out of a fit and then scored by it; 0: none.",
        ),
    ] = 0.1,
    folds: Annotated[
        int,
        typer.Option(
            "--folds", min=1, help="Repeat with so many different parts held out, each with a fit of its own."
        ),
    ] = 1,
    seed: Seed = 0,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Judge the current topics: have they settled, are they coherent and distinct, what do they say of new reviews.

    For the last question the topics are fitted anew without some reviews, which are then scored.
    """
    with open_to_answer(workspace) as opened, progress_bars() as on_progress:
        steps.diagnose_round(
            opened, held_out=held_out, n_folds=folds, random_state=seed, n_jobs=n_threads(threads),
            on_progress=on_progress,
        )  # fmt: skip
        found = steps.read_diagnosis(opened)
    if as_json:
        print_json(found)
        return
    _print_topics(found["topics"])
    _say_distinctness(found)
    _say_held_out(found["held_out"])
    _say_convergence(found["convergence"])
    say(f"next: bandscape topics chains {as_word(workspace)}   (which topics do other chains find too?)")


def _print_topics(topics: list[dict[str, Any]]) -> None:
    """Print one row per topic, the least coherent first: those are the ones to look at."""
    columns = [("topic", "left"), ("share", "right"), ("NPMI", "right"), ("C_v", "right"),
               ("exclusive", "right"), ("shared", "right"), ("words", "left")]  # fmt: skip
    rows = [
        (
            topic["topic"], f"{topic['share']:.1%}", _number(topic["npmi"]), _number(topic["c_v"]),
            _number(topic["exclusivity"]), f"{topic['shared_words']:.0%}", ", ".join(topic["words"][:5]),
        )
        for topic in sorted(topics, key=lambda topic: _or_lowest(topic["npmi"]))
    ]  # fmt: skip
    print_table(columns, rows)


def _say_distinctness(found: dict[str, Any]) -> None:
    npmi, c_v, exclusive = (_number(found[f"mean_{name}"]) for name in ("npmi", "c_v", "exclusivity"))
    say(f"means: NPMI {npmi}, C_v {c_v}, exclusivity {exclusive}; of the topics' top 25 words,")
    say(
        f"{found['diversity']:.0%} are different ones. Scores part models that readers do not: read the topics, too."
    )


def _say_held_out(scores: dict[str, Any] | None) -> None:
    if scores is None:
        return
    n_scored = sum(part["n_documents"] for part in scores["folds"])
    completion, left_to_right, unigram = (
        f"{scores[f'{name}_perplexity']:,.0f}" for name in ("completion", "left_to_right", "unigram")
    )
    say(f"held out: {n_scored:,} reviews, scored by a fit to {scores['n_train']:,} others;")
    say(f"perplexity {completion} by completion, {left_to_right} left to right, {unigram} without topics")


def _say_convergence(found: dict[str, Any] | None) -> None:
    """Say how the log-likelihood ran, and warn where that speaks against the chains."""
    if found is None:
        return
    if found.get("burn_in") is not None:
        least = min(found["ess_bulk"], found["ess_tail"])
        say(f"log-likelihood: R-hat {found['rhat']:.3f}, {least:.0f} effective sweeps; of {found['n_draws']}")
        say(f"sweeps at the final temperature the first {found['burn_in']} still climb")
    for line in found["warnings"]:
        warn(line)


@app.command()
def chains(
    workspace: WorkspacePath,
    n_chains: Annotated[
        int,
        typer.Option(
            "--chains", min=2, max=64, help="Fits to compare in all, that of the current round included."
        ),
    ] = 4,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Fit the current topics again with other seeds: which are found every time, and how sure are their shares.

    These fits begin at random, also where the current one began at keywords and anchors (fit --begin).
    Topics with keywords or a proportion of their own keep their names; the others are matched by their words.
    """
    with open_to_answer(workspace) as opened, progress_bars() as on_progress:
        steps.fit_round_chains(opened, n_chains=n_chains, n_jobs=n_threads(threads), on_progress=on_progress)
        found = steps.read_chains(opened)
    if as_json:
        print_json(found)
        return
    words: dict[str, list[str]] = {}
    for row in found["words"]:
        words.setdefault(row["topic"], []).append(row["word"])
    rows = [
        (
            topic["topic"], f"{topic['share']:.1%}", f"{topic['low']:.1%} to {topic['high']:.1%}",
            f"{topic['stability']:.2f}", f"{topic['overlap']:.0%}", ", ".join(words[topic["topic"]][:5]),
        )
        for topic in sorted(found["topics"], key=lambda topic: -topic["stability"])
    ]  # fmt: skip
    columns = [("topic", "left"), ("share", "right"), ("another chain's", "right"), ("alike", "right"),
               ("words", "right"), ("words of all chains", "left")]  # fmt: skip
    print_table(columns, rows)
    say(
        f"{found['n_stable']} of {found['n_topics']} topics are alike in all {found['n_chains']} chains (mean cosine"
        f" 0.7 or more); they hold {found['stable_share']:.0%} of the words"
    )
    _say_convergence(found["convergence"])


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _or_lowest(value: float | None) -> float:
    return -9.0 if value is None else value
