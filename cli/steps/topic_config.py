"""What topics to look for: a file of the user's, or the workspace's own topics.json."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .paths import TOPIC_CONFIG

if TYPE_CHECKING:
    from ...topics import Topic


def read_topic_config(path: Path) -> list[dict[str, Any]]:
    """Return the topics to look for, checked.

    Raises
    ------
    ParameterError, SourceError
        If the file cannot be read or used; ``review_id`` is refused as an id, since tables have a column of that name.
    """
    from ...topics import read_topics

    topics = read_topics(path)
    refuse_reserved_ids(topics, str(path))
    return [topic.to_dict() for topic in topics]


def refuse_reserved_ids(topics: "Sequence[Topic]", where: str) -> None:
    """Refuse ``review_id`` as the id of a topic, since tables have a column of that name."""
    if any(topic.id == "review_id" for topic in topics):
        raise ParameterError(f"{where}: no topic may have the id 'review_id'; give it another name")


def kept_topic_config(workspace: Workspace) -> list[dict[str, Any]] | None:
    """Return the topics of the workspace's own topics/topics.json, if there is one."""
    path = workspace.root / TOPIC_CONFIG
    return read_topic_config(path) if path.exists() else None
