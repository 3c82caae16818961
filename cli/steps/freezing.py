"""Frozen topics of a workspace: which round each takes its words from, and those words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ParameterError
from ...core.files import sha256_of
from ...core.workspace import Workspace
from .paths import CURRENT_ROUND, round_folder, round_step
from .records import topic_rounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...topics import KeywordLDA, Topic


def resolve_frozen(
    workspace: Workspace, config: Iterable[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Name the round that each frozen topic takes its words from.

    That is the round it names, else the one that the current round has it from, else the current round.

    Parameters
    ----------
    workspace : Workspace
    config : iterable of dict
        Topics, checked.

    Returns
    -------
    config : list of dict
        With ``frozen_from`` filled in.
    inputs : dict of str to str
        sha256 of the models that are read for it.

    Raises
    ------
    ParameterError
        If there is no round to take the words of a frozen topic from.
    """
    current = workspace.values().get(CURRENT_ROUND)
    resolved, inputs = [], {}
    for topic in map(dict, config):
        if topic.get("frozen"):
            named = topic.get("frozen_from") or _frozen_from_now(workspace, current, topic["id"]) or current
            topic["frozen_from"] = source = _check_source(workspace, named, topic["id"])
            inputs[f"words of round {source}"] = sha256_of(workspace.intact(_model_file(source)))
        resolved.append(topic)
    return resolved, inputs


def frozen_rows(
    workspace: Workspace, topics: "Sequence[Topic]", vocabulary: Sequence[str]
) -> "dict[str, NDArray[np.float64]] | None":
    """Return the word distributions of frozen topics from the rounds they name; None without any."""
    from ...topics.rounds import frozen_words

    rows: dict[str, NDArray[np.float64]] = {}
    for source in {topic.frozen_from for topic in topics if topic.frozen}:
        assert source is not None  # resolve_frozen has filled it in
        held = [topic for topic in topics if topic.frozen and topic.frozen_from == source]
        try:
            rows |= frozen_words(load_round(workspace, source), held, vocabulary=vocabulary)
        except ParameterError as error:
            raise ParameterError(f"round {source}: {error}") from error
    return rows or None


def load_round(workspace: Workspace, number: int) -> "KeywordLDA":
    """Return the model of a round; the corpus it was fitted to may have been replaced since."""
    from ...topics import KeywordLDA

    workspace.intact(_model_file(number))
    return KeywordLDA.load(workspace.root / round_folder(number) / "model")


def _model_file(number: int) -> str:
    return f"{round_folder(number)}/model/arrays.safetensors"


def _frozen_from_now(workspace: Workspace, current: int | None, topic: str) -> int | None:
    """Return the round from which the current one has the words of a topic that is frozen there."""
    record = workspace.steps().get(round_step(current)) if current else None
    entries = (record.parameters["topics"] or []) if record else []
    return next((entry.get("frozen_from") for entry in entries if entry["id"] == topic), None)


def _check_source(workspace: Workspace, source: int | None, topic: str) -> int:
    if source is None:
        raise ParameterError(
            f"topic {topic!r} is frozen, but there is no round yet to take its words from; fit it once without "
            '"frozen": true'
        )
    known = topic_rounds(workspace)
    if source not in known:
        raise ParameterError(
            f"topic {topic!r}: frozen_from names round {source}, which there is not; there is "
            f"{', '.join(map(str, sorted(known)))}"
        )
    try:
        workspace.intact(_model_file(source))
    except BandscapeError as error:
        raise ParameterError(
            f"topic {topic!r}: frozen_from names round {source}, which cannot be read ({error}); name another round"
        ) from error
    return source
