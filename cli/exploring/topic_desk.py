"""What is done to topics from the explorer: edits, rounds, evidence. Each change names the round it was made for.

Changes are made one at a time, by one lock of this process and by the writer's lock of the workspace against others.
While a refit runs it holds the workspace, and a change is refused with a line that says so.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, WorkspaceError
from ...core.workspace import Workspace
from .. import steps
from ..steps.drafts import withdraw_edit
from .keeping import Kept
from .topic_facts import TopicFacts, heirs

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import KeywordLDA, Suggester

_SLOTS = 5  # topics beside the one asked for whose words are marked in reviews


class TopicDesk:
    """Reads and changes the topics of a workspace.

    Parameters
    ----------
    workspace : Workspace
    is_refitting : callable
        () to whether a refit of this explorer holds the workspace.
    """

    def __init__(self, workspace: Workspace, is_refitting: Callable[[], bool]) -> None:
        self.workspace = workspace
        self.facts = TopicFacts(workspace)
        self._is_refitting = is_refitting
        self._lock = threading.Lock()
        self._diffs, self._evidence, self._suggested = Kept(16), Kept(64), Kept(64)
        self._tables, self._models, self._prepared = Kept(), Kept(), Kept()
        self._suggesters = Kept()

    # -- changes ---------------------------------------------------------------------------------------------

    def edit(self, number: int, edits: Sequence[Mapping[str, Any]]) -> str:
        """Add edits to those that wait; topics are called as in the round."""
        from ...topics.rounds import TopicEdits

        with self._changing(number) as opened:
            draft = steps.read_draft(opened)
            ids = [topic["id"] for topic in self.facts.overview()["topics"]]
            names = heirs(opened, draft, ids)
            wanted = TopicEdits.from_json([_as_named_now(edit, names) for edit in edits])
            _, unknown = steps.edit_topics(opened, wanted)
        said = f"waits for the refit: {wanted}"
        return f"{said}; the vocabulary lacks {', '.join(unknown)}" if unknown else said

    def withdraw(self, number: int, version: str, place: int) -> str:
        """Take back one of the edits that wait."""
        with self._changing(number) as opened:
            self._refuse_other_draft(number, version)
            taken = withdraw_edit(opened, place)
        return f"taken back: {taken}"

    def forget(self, number: int, version: str) -> str:
        """Forget all edits that wait."""
        with self._changing(number) as opened:
            self._refuse_other_draft(number, version)
            if steps.read_draft(opened).is_empty:
                raise WorkspaceError("no edits wait")
            _, count = steps.undo_round(opened)
        return f"{count} edit{'s' if count > 1 else ''} forgotten"

    def undo(self, number: int) -> str:
        """Go back to the round that was current before; edits that wait are not lost by accident."""
        with self._changing(number) as opened:
            if not steps.read_draft(opened).is_empty:
                raise WorkspaceError("edits wait; forget them first, or refit")
            now, _ = steps.undo_round(opened)
        return f"round {now} is the current one again"

    def use(self, number: int, other: int) -> str:
        """Make another round the current one."""
        with self._changing(number) as opened:
            if not steps.read_draft(opened).is_empty:
                raise WorkspaceError("edits wait; forget them first, or refit")
            steps.use_round(opened, other)
        return f"round {other} is the current one"

    @contextmanager
    def _changing(self, number: int) -> Iterator[Workspace]:
        if self._is_refitting():
            raise WorkspaceError(
                "a refit is under way; what it makes of the topics comes first: wait for it, or cancel it"
            )
        with self._lock, self.workspace.writing() as opened:
            refuse_stale(opened, number)
            yield opened

    def _refuse_other_draft(self, number: int, version: str) -> None:
        ids = [topic["id"] for topic in self.facts.overview()["topics"]]
        if self.facts.draft(number, ids)["version"] != version:
            raise WorkspaceError("the edits that wait were changed elsewhere meanwhile; look at them again")

    # -- looks -----------------------------------------------------------------------------------------------

    def history(self) -> list[dict[str, Any]]:
        """Return the rounds; none where no topics were fitted."""
        return steps.list_rounds(self.workspace) if steps.topic_rounds(self.workspace) else []

    def diff(self, first: int, second: int) -> list[dict[str, Any]]:
        """Return what changed between two rounds."""
        finished = {number: record.finished for number, record in steps.topic_rounds(self.workspace).items()}
        key = (first, second, finished.get(first), finished.get(second))
        return self._diffs.get(key, lambda: steps.diff_topics(self.workspace, first, second))

    def evidence(self, topic: str, count: int) -> dict[str, Any]:
        """Return the reviews that speak for a topic."""
        key = (self._version(), topic, count)
        return self._evidence.get(key, lambda: self._gather(topic, count))

    def warm(self) -> None:
        """Read what evidence and suggestions are made of."""
        self._evidence_tables()
        self._suggester()

    def _gather(self, topic: str, count: int) -> dict[str, Any]:
        tables = self._evidence_tables()
        return _shown_evidence(steps.gather_evidence(self.workspace, topic, n_docs=count, tables=tables))

    def _evidence_tables(self) -> "steps.EvidenceTables":
        done = self.workspace.steps()
        texts = self._tables.get(
            (done["import"].finished, done["text"].finished),
            lambda: steps.read_evidence_tables(self.workspace),
        )
        return replace(texts, model=self._model())

    def _text(self) -> "PreparedText":
        key = self.workspace.steps()["text"].finished
        return self._prepared.get(key, lambda: steps.load_prepared(self.workspace))

    def suggest(self, topic: str) -> dict[str, Any]:
        """Return words to add to a topic, and to exclude from it."""
        return self._suggested.get((self._version(), topic), lambda: self._suggest(topic))

    def _suggest(self, topic: str) -> dict[str, Any]:
        found = steps.suggest_for_topic(
            self.workspace, topic, prepared=self._text(), suggester=self._suggester()
        )
        return {
            "add": [
                {
                    "word": one["word"],
                    "why": f"{one['count']:,} uses, {100 * one['share']:.0f} % of them in this topic",
                }
                for one in found["add"]
            ],
            "exclude": [{"word": one["word"], "why": _why_exclude(one)} for one in found["exclude"]],
        }

    def _suggester(self) -> "Suggester":
        """Return what suggests words for the current round: what all topics share is found once a round."""
        from ...topics import Suggester

        def make() -> "Suggester":
            return Suggester(self._model(), self._text().counts)

        return self._suggesters.get(self._version(), make)

    def _model(self) -> "KeywordLDA":
        return self._models.get(self._version(), lambda: steps.load_topics(self.workspace))

    def _version(self) -> tuple[Any, ...]:
        number = steps.current_round(self.workspace)
        return number, steps.topic_rounds(self.workspace)[number].finished


def refuse_stale(workspace: Workspace, number: int) -> None:
    """Refuse what was asked for while another round was the current one."""
    current = steps.current_round(workspace)
    if number != current:
        raise ParameterError(
            f"this was asked of round {number}, but round {current} is the current one meanwhile; "
            "look at it and ask again"
        )


def _as_named_now(edit: Mapping[str, Any], names: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return an edit that names topics as the edits before it left them."""

    def now(topic: str) -> str:
        found = names.get(topic, [topic])
        if len(found) > 1:
            raise ParameterError(
                f"topic {topic} is to be split into {', '.join(found[:4])}; refit first, or take that back"
            )
        return found[0] if found else topic

    fields = dict(edit)
    named = ("topic", "to") if fields["edit"] == "move" else ("topic",)
    fields |= {name: now(fields[name]) for name in named if name in fields}
    if "topics" in fields:
        fields["topics"] = [now(topic) for topic in fields["topics"]]
    return fields


def _shown_evidence(found: "steps.Evidence") -> dict[str, Any]:
    """Return evidence as plain values, with the topics whose words are marked."""
    ids = found.topic_ids
    said: dict[int, float] = {}
    for text in found.texts:
        for piece, topics in text.pieces:
            if topics and topics[0][0] not in found.background:
                said[topics[0][0]] = said.get(topics[0][0], 0.0) + len(piece)
    others = sorted((topic for topic in said if topic != found.topic), key=lambda topic: -said[topic])[
        :_SLOTS
    ]
    slots = {ids[topic]: slot for slot, topic in enumerate([found.topic, *others])}
    texts = [
        {
            "title": text.title,
            "subtitle": text.subtitle,
            "pieces": [
                {"text": piece, "topics": [{"id": ids[topic], "p": p} for topic, p in topics]}
                for piece, topics in text.pieces
            ],
        }
        for text in found.texts
    ]
    return {"topic": ids[found.topic], "share": found.share, "slots": slots, "texts": texts}


def _why_exclude(one: Mapping[str, Any]) -> str:
    own = f"{100 * one['share']:.0f} % of its uses are here"
    if one["reason"] == "elsewhere":
        return f"more at home in {one['home']} ({100 * one['home_share']:.0f} %); {own}"
    if one["reason"] == "keyword":
        return f"a keyword whose company suits {one['home']} better; {own}"
    return f"hardly more frequent here than everywhere; {own}"
