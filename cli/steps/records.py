"""Rounds in the manifest: which there are, which is the current one, and what is noted beside it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.checkpoints import fingerprint
from ...core.errors import BandscapeError
from ...core.files import read_json, sha256_of, write_json
from ...core.workspace import StepRecord, Workspace
from .paths import CURRENT_ROUND, PAST_ROUNDS, TOPIC_CONFIG, TOPIC_DRAFT, round_folder, round_step


def run_round(
    workspace: Workspace,
    build: Callable[[Path, int], None],
    *,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    config: Sequence[Mapping[str, Any]],
) -> StepRecord:
    """Make a round the current one: a finished one with these parameters and inputs, or else a new one.

    Parameters
    ----------
    workspace : Workspace
    build : callable
        Gets the folder of a new round and its number, and writes it.
    parameters, inputs : mapping
        As for ``Workspace.run_step``.
    config : sequence of dict
        What topics.json is to hold then; nothing leaves it as it is.
    """
    rounds = topic_rounds(workspace)
    finished = (
        (number, workspace.up_to_date(record.name, parameters=parameters, inputs=inputs))
        for number, record in rounds.items()
    )
    number, done = next(
        (pair for pair in finished if pair[1] is not None), (max(rounds, default=0) + 1, None)
    )
    values = round_values(workspace, number, config)
    if done is None:
        done = workspace.run_step(
            round_step(number),
            lambda stage: build(stage / round_folder(number), number),
            parameters=parameters,
            inputs=inputs,
            values=values,
        )
    elif not _is_noted(workspace, number, config):
        workspace.note(values)
    if config:
        keep_topic_config(workspace, config)
    return done


def _is_noted(workspace: Workspace, number: int, config: Sequence[Mapping[str, Any]] | None) -> bool:
    """Tell whether a round is the current one, without edits that wait: a fit done twice, perhaps after a kill."""
    values = workspace.values()
    draft, key = values.get(TOPIC_DRAFT), config_key(workspace)
    if values.get(CURRENT_ROUND) != number or not draft or draft["edits"] or draft["topics"]:
        return False
    return key in [None, *draft["files"]] and (config is None or key == fingerprint(list(config)))


def topic_rounds(workspace: Workspace) -> dict[int, StepRecord]:
    """Return the records of all rounds by number."""
    return {
        int(name.removeprefix("topics/")): record
        for name, record in workspace.steps().items()
        if name.startswith("topics/")
    }


def keep_topic_config(workspace: Workspace, config: Sequence[Mapping[str, Any]]) -> None:
    """Put the topics looked for where the next fit, and the user, finds them."""
    (workspace.root / "topics").mkdir(exist_ok=True)
    write_json(workspace.root / TOPIC_CONFIG, list(config))


def round_values(
    workspace: Workspace, number: int, config: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """Return what is noted when a round becomes the current one by a fit; no edits wait then.

    Parameters
    ----------
    workspace : Workspace
    number : int
    config : sequence of dict or None
        What topics.json is going to hold; None leaves it as it is.
    """
    values = workspace.values()
    past, former = list(values.get(PAST_ROUNDS, [])), values.get(CURRENT_ROUND)
    if former is not None and former != number:
        past.append(former)
    return {
        CURRENT_ROUND: number, PAST_ROUNDS: past, TOPIC_DRAFT: draft_after_round(workspace, config)
    }  # fmt: skip


def draft_after_round(workspace: Workspace, config: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """Return the note that no edits wait, and which contents of topics.json are no edits by hand."""
    keys = [config_key(workspace)] + ([fingerprint(list(config))] if config else [])
    return {"edits": [], "topics": None, "files": keys}


def round_config(workspace: Workspace, number: int) -> list[dict[str, Any]]:
    """Return the configuration a round was fitted with; that of free topics where it had none."""
    from ...topics import make_free_topics

    asked = topic_rounds(workspace)[number].parameters["topics"]
    if asked:
        return asked
    n_topics = read_json(workspace.intact(f"{round_folder(number)}/round.json"))["topics"]
    return [topic.to_dict() for topic in make_free_topics(n_topics)]


def config_key(workspace: Workspace) -> str | None:
    """Return what tells the present content of topics.json from others; None without the file."""
    path = workspace.root / TOPIC_CONFIG
    if not path.exists():
        return None
    try:
        return fingerprint(read_json(path))
    except BandscapeError:
        return sha256_of(path)
