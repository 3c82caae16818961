"""The info command: what a workspace holds, and what ran to make it."""

from collections import Counter
from dataclasses import asdict
from textwrap import wrap
from typing import Annotated, Any

import typer

from ..core.checkpoints import fingerprint
from ..core.errors import ParameterError
from ..core.files import read_table
from ..core.workspace import StepRecord, Workspace
from . import steps
from .console import WIDTH, as_word, clean, plural, print_json, print_table, say
from .corpus import corpus_figures, reject_rows
from .options import AsJson, WorkspacePath

_ABSENT = {"reviews": 0, "texts": 0, "artists": 0, "rejects": 0, "tokens": 0, "vocabulary": 0}


def register(app: typer.Typer) -> None:
    """Add the command of this module to the root command."""
    app.command()(info)


def info(
    workspace: WorkspacePath,
    step: Annotated[
        str | None,
        typer.Option(
            "--step",
            help="Everything about one step: parameters, versions, hashes of what went in and came out.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a workspace holds and what ran: parameters, seeds, versions, durations, memory, hashes."""
    opened = Workspace(workspace)
    done = opened.steps()
    if step is not None:
        record = _named(done, step, workspace)
        print_json(step_facts(record)) if as_json else _show_step(record)
        return
    figures = workspace_figures(opened)
    if as_json:
        everything = {
            "steps": [
                step_facts(record) | {"stale": opened.outdated_input(name) is not None}
                for name, record in done.items()
            ],
            "values": opened.values(),
        }
        print_json({**figures, **everything, "sha256": workspace_digest(opened)})
        return
    print_table([("", "left"), ("", "right")], [(name, f"{value:,}") for name, value in figures.items()])
    if figures["rejects"]:
        _show_rejects(opened)
    _show_steps(list(done.values()))
    stale = [name for name in done if opened.outdated_input(name) is not None]
    if stale:
        say(
            f"stale, made from what was replaced since: {clean(', '.join(stale), 200)}; "
            f"bandscape run {as_word(workspace)} --out {as_word(workspace)} does them again"
            + (
                f", bandscape topics refit {as_word(workspace)} the topics"
                if any(n.startswith("topics/") for n in stale)
                else ""
            )
        )
    for line in _version_lines(list(done.values())):
        say(line)
    say(f"sha256 of all that was made: {workspace_digest(opened)}")
    say(
        f"{workspace}: {plural(len(done), 'step')} done; --step NAME tells all of one;"
        " next: bandscape run, topics, artists or map (see --help)"
    )


def workspace_figures(workspace: Workspace) -> dict[str, int]:
    """Return reviews, texts, artists, rejects, tokens and vocabulary; 0 for what is not there yet."""
    figures = dict(_ABSENT)
    if workspace.has(steps.REVIEWS):
        figures |= corpus_figures(workspace)
    if workspace.has(steps.VOCABULARY):
        counts = read_table(workspace.verified(steps.VOCABULARY), ["count"])["count"].to_pylist()
        figures |= {"tokens": sum(counts), "vocabulary": len(counts)}
    return figures


def workspace_digest(workspace: Workspace) -> str:
    """Return one sha256 over the recorded outputs of all steps: two workspaces with the same one hold the same."""
    return fingerprint({name: record.outputs for name, record in workspace.steps().items()})


def step_facts(record: StepRecord) -> dict[str, Any]:
    """Return what is known of a step, with ``seed`` (None without one) and one ``sha256`` over its outputs."""
    facts = {name: value for name, value in asdict(record).items() if name != "skipped"}
    return {**facts, "seed": record.parameters.get("seed"), "sha256": fingerprint(record.outputs)}


def _named(done: dict[str, StepRecord], step: str, root: object) -> StepRecord:
    if step not in done:
        raise ParameterError(f"{root}: there is no step {step!r}; there is {', '.join(done) or 'none yet'}")
    return done[step]


def _show_rejects(workspace: Workspace) -> None:
    reasons = Counter((row["column"] or "whole row", row["reason"]) for row in reject_rows(workspace))
    print_table(
        [("rejected", "right"), ("column", "left"), ("reason", "left")],
        [(f"{n:,}", column, reason) for (column, reason), n in reasons.most_common(8)],
    )


def _show_steps(records: list[StepRecord]) -> None:
    columns = [("step", "left"), ("finished (UTC)", "left"), ("took", "right"), ("memory", "right")]
    columns += [("seed", "right"), ("sha256", "left"), ("parameters", "left")]
    rows = [
        (
            record.name, record.finished[:16].replace("T", " "), f"{record.seconds:,.1f} s", _megabytes(record),
            record.parameters.get("seed"), fingerprint(record.outputs)[:8], _parameters(record),
        )
        for record in records
    ]  # fmt: skip
    print_table(columns, rows)


def _show_step(record: StepRecord) -> None:
    facts = [("finished (UTC)", record.finished), ("took", f"{record.seconds:,.3f} s")]
    facts += [("memory at most", _megabytes(record)), ("sha256 of its outputs", fingerprint(record.outputs))]
    for heading, rows in (
        (f"step {record.name}", facts),
        ("parameter", list(record.parameters.items())),
        ("package", list(record.versions.items())),
        ("went in", list(record.inputs.items())),
        ("came out", list(record.outputs.items())),
    ):
        print_table([(heading, "left"), ("", "left")], rows, longest=200)


def _megabytes(record: StepRecord) -> str | None:
    return f"{record.peak_bytes / 1e6:,.0f} MB" if record.peak_bytes else None


def _version_lines(records: list[StepRecord]) -> list[str]:
    """Return one line with the versions that all steps share, and one for each step that had others."""
    if not records:
        return []
    usual, _ = Counter(tuple(sorted(record.versions.items())) for record in records).most_common(1)[0]
    lines = ["made with " + ", ".join(f"{name} {version}" for name, version in usual)]
    for record in records:
        other = dict(set(record.versions.items()) - set(usual))
        if other:
            lines.append(f"but {record.name} with {', '.join(f'{k} {v}' for k, v in sorted(other.items()))}")
    return [part for line in lines for part in wrap(clean(line, 600), WIDTH, subsequent_indent="  ")]


def _parameters(record: StepRecord) -> str:
    shown = {
        key: value
        for key, value in record.parameters.items()
        if isinstance(value, str | int | float) and key != "seed"
    }
    return clean(" ".join(f"{key}={value}" for key, value in shown.items()))
