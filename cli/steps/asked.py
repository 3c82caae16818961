"""The shares of topics that topics.json asked for, beside those they got."""

from ...core.files import read_json
from ...core.workspace import Workspace
from .paths import round_folder
from .records import round_config, topic_rounds

_FAR = 0.02  # between share asked and share got, to be worth a word
_TIMES = 1.5


def asked_shares(workspace: Workspace, number: int) -> dict[str, float]:
    """Return the share of the words that each topic of a round was to have; nothing where all were to have the same."""
    if not topic_rounds(workspace)[number].parameters["topics"]:
        return {}
    proportions = {topic["id"]: float(topic["proportion"]) for topic in round_config(workspace, number)}
    if len(set(proportions.values())) == 1:
        return {}
    total = sum(proportions.values())
    return {topic: proportion / total for topic, proportion in proportions.items()}


def total_asked(workspace: Workspace, number: int) -> float:
    """Return what the proportions that a round was asked for add up to; they are scaled to 1."""
    return sum(float(topic["proportion"]) for topic in round_config(workspace, number))


def shares_far_from_asked(workspace: Workspace, number: int) -> list[tuple[str, float, float]]:
    """Return the topics whose share is far from the one asked for, the furthest first: id, asked, got."""
    asked = asked_shares(workspace, number)
    summary = read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
    pairs = [
        (topic["id"], asked[topic["id"]], float(topic["share"])) for topic in summary if topic["id"] in asked
    ]
    far = [pair for pair in pairs if _is_far(*pair[1:])]
    return sorted(far, key=lambda pair: -abs(pair[1] - pair[2]))


def _is_far(asked: float, got: float) -> bool:
    return abs(asked - got) >= _FAR and max(asked, got) >= _TIMES * min(asked, got)
