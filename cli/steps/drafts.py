"""Edits of topics that wait for the next refit.

``topics/topics.json`` is where one sees the configuration, and may change it by hand. The manifest notes the edits, the
configuration they lead to, and which contents of the file are bandscape's own: with any other it was edited by hand,
and counts. The note is written first, so that a crash in between loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, SourceError, UnknownNameError
from ...core.workspace import Workspace
from ..console import as_word
from .paths import CURRENT_ROUND, PAST_ROUNDS, TOPIC_CONFIG, TOPIC_DRAFT, VOCABULARY
from .records import config_key, draft_after_round, keep_topic_config, round_config, topic_rounds
from .topic_config import read_topic_config, refuse_reserved_ids
from .topics import current_round

if TYPE_CHECKING:
    from ...topics.rounds import TopicEdits

SET_ASIDE = "topics/topics.set-aside.json"


@dataclass(frozen=True)
class Draft:
    """What the next refit is to do.

    Parameters
    ----------
    parent : int
        Round it goes on from: the current one.
    topics : list of dict
        Configuration wanted, in the user's spelling.
    edits : TopicEdits
        Made since that round.
    is_by_hand : bool
        Whether topics.json was changed other than by edits.
    """

    parent: int
    topics: list[dict[str, Any]]
    edits: "TopicEdits"
    is_by_hand: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not len(self.edits) and not self.is_by_hand


def read_draft(workspace: Workspace) -> Draft:
    """Return the edits that wait, and the configuration they lead to.

    Raises
    ------
    WorkspaceError
        If no topics have been fitted.
    ParameterError, SourceError
        If topics.json was changed by hand and cannot be used.
    """
    from ...topics.rounds import TopicEdits

    parent = current_round(workspace)
    noted = workspace.values().get(TOPIC_DRAFT) or {"edits": [], "topics": None, "files": None}
    own = noted["files"]
    is_by_hand = own is not None and config_key(workspace) not in [None, *own]
    topics = (
        _read_by_hand(workspace, parent) if is_by_hand else noted["topics"] or round_config(workspace, parent)
    )
    return Draft(parent, topics, TopicEdits.from_json(noted["edits"]), is_by_hand)


def _read_by_hand(workspace: Workspace, parent: int) -> list[dict[str, Any]]:
    """Return a configuration changed by hand; what cannot be used is refused, with both ways out."""
    way_out = (
        f"mend it, or `bandscape topics undo {as_word(workspace.root)}` makes it that of round {parent} again"
    )
    try:
        return read_topic_config(workspace.root / TOPIC_CONFIG)
    except SourceError as error:
        raise SourceError(f"{error}; {way_out}") from error
    except ParameterError as error:
        raise ParameterError(f"{error}; {way_out}") from error


def edit_topics(workspace: Workspace, edits: "TopicEdits") -> tuple[Draft, list[str]]:
    """Add edits to those that wait; return them all, and the words among them that the vocabulary lacks.

    Raises
    ------
    ParameterError, UnknownNameError
        If the edits cannot be made; nothing changes then.
    """
    from ...topics import check_topics
    from ...topics.rounds import PIN_WEIGHTS, apply_edits, source_of_frozen, trace_origins

    draft = read_draft(workspace)
    words = [
        word for edit in edits for word in (*getattr(edit, "words", ()), getattr(edit, "word", None)) if word
    ]
    find_word = word_finder(workspace, words)
    parameters = topic_rounds(workspace)[draft.parent].parameters
    topics = apply_edits(
        draft.topics, edits, normalize=find_word, pin_weight=PIN_WEIGHTS[parameters["prior"]],
        frozen_from=draft.parent,
    )  # fmt: skip
    refuse_reserved_ids(topics, "topics edit")
    together = draft.edits.then(edits, normalize=find_word)
    origins = trace_origins(check_topics(round_config(workspace, draft.parent)), together)
    for topic in topics:
        if topic.frozen and topic.frozen_from == draft.parent:
            source_of_frozen(topic.id, origins)
    listed = [topic.to_dict() for topic in topics]
    _write_draft(workspace, listed, together)
    return Draft(draft.parent, listed, together, draft.is_by_hand), [
        word for word in words if not find_word(word)
    ]


def withdraw_edit(workspace: Workspace, number: int) -> str:
    """Take back one of the edits that wait; return how it reads.

    Parameters
    ----------
    workspace : Workspace
    number : int
        Its place among them, from 1.

    Raises
    ------
    ParameterError
        If there is no such edit, if topics.json was changed by hand, or if a later edit rests on this one; nothing
        changes then.
    """
    from ...topics.rounds import PIN_WEIGHTS, TopicEdits, apply_edits

    draft = read_draft(workspace)
    edits = list(draft.edits)
    if not 1 <= number <= len(edits):
        raise ParameterError(f"number must be in 1..{len(edits)}, one of the edits that wait; got {number}")
    if draft.is_by_hand:
        raise ParameterError("topics.json was changed by hand, too; take the edit back there, or forget all")
    taken, kept = edits[number - 1], TopicEdits(tuple(edits[: number - 1] + edits[number:]))
    prior = topic_rounds(workspace)[draft.parent].parameters["prior"]
    try:
        topics = apply_edits(
            round_config(workspace, draft.parent), kept, normalize=word_finder(workspace),
            pin_weight=PIN_WEIGHTS[prior], frozen_from=draft.parent,
        )  # fmt: skip
    except (ParameterError, UnknownNameError) as error:
        raise ParameterError(f"{taken} cannot be taken back alone: {error}") from error
    _write_draft(workspace, [topic.to_dict() for topic in topics], kept)
    return str(taken)


def drop_draft(workspace: Workspace) -> None:
    """Forget the edits that wait; topics.json is that of the current round again."""
    _set_aside(workspace)
    topics = round_config(workspace, current_round(workspace))
    workspace.note({TOPIC_DRAFT: draft_after_round(workspace, topics)})
    keep_topic_config(workspace, topics)


def go_to_round(workspace: Workspace, number: int, past: Sequence[int]) -> None:
    """Make a round the current one; edits that wait are forgotten, and topics.json is that of the round."""
    _set_aside(workspace)
    topics = round_config(workspace, number)
    draft = draft_after_round(workspace, topics)
    workspace.note({CURRENT_ROUND: number, PAST_ROUNDS: list(past), TOPIC_DRAFT: draft})
    keep_topic_config(workspace, topics)


def word_finder(workspace: Workspace, words: Sequence[str] = ()) -> Callable[[str], str | None]:
    """Return the function from a word as people write it to the word of the vocabulary, or None.

    Parameters
    ----------
    workspace : Workspace
    words : sequence of str
        That are going to be asked for: read together they take a hundredth of the time.
    """
    from ...datasets import read_vocabulary, term_normalizer

    # of an earlier corpus, where reviews were imported since: the next refit looks the words up anew
    vocabulary, settings, _ = read_vocabulary(workspace.intact(VOCABULARY))
    return term_normalizer(settings, vocabulary, words)


def _write_draft(workspace: Workspace, topics: list[dict[str, Any]], edits: "TopicEdits") -> None:
    draft = draft_after_round(workspace, topics) | {"edits": edits.to_json(), "topics": topics}
    workspace.note({TOPIC_DRAFT: draft})
    keep_topic_config(workspace, topics)


def _set_aside(workspace: Workspace) -> None:
    """Keep a topics.json that was edited by hand, since it is about to be replaced."""
    noted = workspace.values().get(TOPIC_DRAFT)
    if noted and config_key(workspace) not in [None, *noted["files"]]:
        (workspace.root / TOPIC_CONFIG).replace(workspace.root / SET_ASIDE)
