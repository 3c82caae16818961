"""What a round changed, topic by topic: words gained and lost, documents moved, edits obeyed.

Public names: :func:`topic_diff`, :class:`TopicDiffPicture`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import ParameterError, SchemaError
from .display import display_name
from .pages import OfflinePage
from .palette import PALETTES

_MOST_WORDS = 60


@dataclass(frozen=True, eq=False)
class TopicDiffPicture(OfflinePage):
    """The differences between two rounds, ready to be written or shown.

    Parameters
    ----------
    payload : dict
        All that the page is given.
    """

    kind = "diff"
    caption = "differences between two rounds of topics"

    payload: dict[str, Any]


def topic_diff(
    diffs: Sequence[Any],
    *,
    edits: Sequence[Any] = (),
    before: str = "before",
    after: str = "after",
    n_documents: int | None = None,
    unit: str = "reviews",
    title: str | None = None,
    subtitle: str | None = None,
) -> TopicDiffPicture:
    """Make the picture of what changed from one round to another.

    Parameters
    ----------
    diffs : sequence of mapping, or of objects with ``to_json``
        One per topic, as :func:`bandscape.topics.rounds.diff_rounds` returns them: "topic" (str), "gained",
        "lost" (words), "moved_documents" (int or None), "obeyed" (None, bool, or a list of edits as in ``edits``), and
        as far as known "edits" (those of this topic), "words" (most probable now), "was" (names in the earlier round),
        "is_gone" (bool), "share_before", "share_after", "alike" (0 to 1).
    edits : sequence of mapping, or of objects with ``to_json``
        The edits between the rounds, as :func:`bandscape.topics.rounds.judge_edits` returns them: "edit" (str),
        "obeyed" (bool or None) and, if known, "reason" (str).
    before, after : str
        What the rounds are called.
    n_documents : int or None
        How many there are, for the part that moved.
    unit : str
        What the documents are called.
    title, subtitle : str or None

    Returns
    -------
    TopicDiffPicture

    Raises
    ------
    SchemaError
        If an entry lacks its topic, or words are not a list.
    ParameterError
        If there is no entry.
    """
    if not diffs:
        raise ParameterError("diffs is empty: there is no topic to compare")
    topics = [_topic_entry(_as_mapping(entry)) for entry in diffs]
    changed = sum(1 for one in topics if one["gained"] or one["lost"] or one["gone"] or not one["was"])
    said = subtitle or f"{len(topics):,} topics, {changed:,} with other words among their most probable"
    payload = {
        "version": 1,
        "title": display_name(title or f"{before} → {after}", 120),
        "subtitle": display_name(said, 160),
        "before": display_name(before, 60),
        "after": display_name(after, 60),
        "documents": n_documents or 0,
        "unit": display_name(unit, 40),
        "edits": [_edit_entry(edit) for edit in edits],
        "topics": topics,
        "palettes": PALETTES,
    }
    return TopicDiffPicture(payload)


def _as_mapping(entry: Any) -> Mapping[str, Any]:
    return entry.to_json() if hasattr(entry, "to_json") else entry


def _topic_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "topic" not in entry:
        raise SchemaError(f"an entry of diffs lacks its topic; got {', '.join(map(str, entry)) or 'nothing'}")
    was = entry.get("was")
    obeyed = entry.get("obeyed")
    return {
        "topic": display_name(entry["topic"], 48),
        "was": [display_name(entry["topic"], 48)] if was is None else [display_name(one, 48) for one in was],
        "gone": bool(entry.get("is_gone", False)),
        "shareBefore": _number(entry.get("share_before")),
        "shareAfter": _number(entry.get("share_after")),
        "alike": _number(entry.get("alike")),
        "words": _words(entry.get("words"), "words")[:8],
        "gained": _words(entry.get("gained"), "gained"),
        "lost": _words(entry.get("lost"), "lost"),
        "moved": None if entry.get("moved_documents") is None else int(entry["moved_documents"]),
        "obeyed": obeyed if isinstance(obeyed, bool) else None,
        "edits": [
            _edit_entry(edit)
            for edit in (obeyed if isinstance(obeyed, (list, tuple)) else entry.get("edits") or ())
        ],
    }


def _words(words: Any, field: str) -> list[str]:
    if words is None:
        return []
    if isinstance(words, str) or not isinstance(words, Sequence):
        raise SchemaError(f"{field} must be a list of words; got {type(words).__name__}")
    texts = [word.get("word", "") if isinstance(word, Mapping) else word for word in words]
    return [display_name(text, 40) for text in texts[:_MOST_WORDS]]


def _edit_entry(edit: Any) -> dict[str, Any]:
    if isinstance(edit, str):
        return {"edit": display_name(edit, 120), "obeyed": None, "reason": None}
    edit = _as_mapping(edit)
    obeyed, reason = edit.get("obeyed"), edit.get("reason")
    return {
        "edit": display_name(str(edit.get("edit", "")), 120),
        "obeyed": None if obeyed is None else bool(obeyed),
        "reason": None if not reason else display_name(str(reason), 200),
    }


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and number == number else None
