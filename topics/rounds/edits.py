"""Edits of a topic configuration: what a person asks for after looking at a round.

An edit is a small frozen value; :class:`TopicEdits` holds several, in order. What an edit does to the configuration
stands in :mod:`.applying`, what it does to the topics of the tokens in :mod:`.starting`, and how to see whether it was
obeyed in :mod:`.obeyed`. Public names: :class:`TopicEdits`, :data:`Edit` and its ten kinds :class:`Pin`,
:class:`Exclude`, :class:`Allow`, :class:`Move`, :class:`Freeze`, :class:`Thaw`, :class:`Noise`, :class:`Merge`,
:class:`Split`, :class:`Rename`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...core.errors import ParameterError
from ..notebook import edits_html


@dataclass(frozen=True)
class Pin:
    """Make words keywords of a topic."""

    topic: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"pin {self.topic}={','.join(self.words)}"


@dataclass(frozen=True)
class Exclude:
    """Ban words from a topic."""

    topic: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"exclude {self.topic}={','.join(self.words)}"


@dataclass(frozen=True)
class Allow:
    """Take back pins and exclusions of words in a topic."""

    topic: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"allow {self.topic}={','.join(self.words)}"


@dataclass(frozen=True)
class Move:
    """Ban a word from ``topic`` and make it a keyword of ``to``."""

    word: str
    topic: str
    to: str

    def __str__(self) -> str:
        return f"move {self.word}={self.topic}:{self.to}"


@dataclass(frozen=True)
class Freeze:
    """Hold the words of a topic as they are."""

    topic: str

    def __str__(self) -> str:
        return f"freeze {self.topic}"


@dataclass(frozen=True)
class Thaw:
    """Let the words of a frozen topic change again."""

    topic: str

    def __str__(self) -> str:
        return f"thaw {self.topic}"


@dataclass(frozen=True)
class Noise:
    """Mark a topic as noise."""

    topic: str

    def __str__(self) -> str:
        return f"noise {self.topic}"


@dataclass(frozen=True)
class Merge:
    """Make one topic of several; it keeps the id and the place of the first."""

    topics: tuple[str, ...]

    def __str__(self) -> str:
        return f"merge {','.join(self.topics)}"


@dataclass(frozen=True)
class Split:
    """Make ``n_parts`` topics of one: ``rock`` becomes ``rock_1``, ``rock_2``, ... in its place."""

    topic: str
    n_parts: int

    def __str__(self) -> str:
        return f"split {self.topic}={self.n_parts}"


@dataclass(frozen=True)
class Rename:
    """Give a topic another id."""

    topic: str
    to: str

    def __str__(self) -> str:
        return f"rename {self.topic}={self.to}"


Edit = Pin | Exclude | Allow | Move | Freeze | Thaw | Noise | Merge | Split | Rename
_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (Pin, Exclude, Allow, Move, Freeze, Thaw, Noise, Merge, Split, Rename)
}


@dataclass(frozen=True)
class TopicEdits:
    """Edits in the order they are made; every method returns a longer list.

    Later edits name topics as earlier ones left them: after ``rename("topic_3", "shoegaze")`` the id is "shoegaze".

    Parameters
    ----------
    edits : tuple of Edit

    Examples
    --------
    >>> from bandscape.topics.rounds import TopicEdits, apply_edits
    >>> edits = TopicEdits().rename("topic_1", "shoegaze").pin("shoegaze", "reverb", "fuzz").split("topic_2", 2)
    >>> print(edits)
    rename topic_1=shoegaze; pin shoegaze=reverb,fuzz; split topic_2=2
    >>> [topic.id for topic in apply_edits([{"id": "topic_1"}, {"id": "topic_2"}], edits)]
    ['shoegaze', 'topic_2_1', 'topic_2_2']
    """

    edits: tuple[Edit, ...] = ()

    def __len__(self) -> int:
        return len(self.edits)

    def __iter__(self) -> Iterator[Edit]:
        return iter(self.edits)

    def __str__(self) -> str:
        return "; ".join(str(edit) for edit in self.edits)

    def _repr_html_(self) -> str:
        return edits_html(self.edits)

    def pin(self, topic: str, *words: str) -> "TopicEdits":
        """Make words keywords of a topic; an exclusion of them there is lifted."""
        return self._with(Pin(topic, words))

    def exclude(self, topic: str, *words: str) -> "TopicEdits":
        """Ban words from a topic; they are no longer its keywords."""
        return self._with(Exclude(topic, words))

    def allow(self, topic: str, *words: str) -> "TopicEdits":
        """Take back pins and exclusions of words in a topic."""
        return self._with(Allow(topic, words))

    def move(self, word: str, topic: str, to: str) -> "TopicEdits":
        """Ban a word from one topic and make it a keyword of another."""
        return self._with(Move(word, topic, to))

    def freeze(self, topic: str) -> "TopicEdits":
        """Hold the words of a topic as they are now."""
        return self._with(Freeze(topic))

    def thaw(self, topic: str) -> "TopicEdits":
        """Let the words of a frozen topic change again."""
        return self._with(Thaw(topic))

    def noise(self, topic: str) -> "TopicEdits":
        """Mark a topic as noise."""
        return self._with(Noise(topic))

    def merge(self, *topics: str) -> "TopicEdits":
        """Make one topic of several, under the first one's id."""
        return self._with(Merge(topics))

    def split(self, topic: str, n_parts: int = 2) -> "TopicEdits":
        """Make several topics of one."""
        return self._with(Split(topic, n_parts))

    def rename(self, topic: str, to: str) -> "TopicEdits":
        """Give a topic another id."""
        return self._with(Rename(topic, to))

    def then(
        self, later: "TopicEdits", *, normalize: Callable[[str], str | None] | None = None
    ) -> "TopicEdits":
        """Return these edits and later ones, without what the later ones take back.

        Parameters
        ----------
        later : TopicEdits
        normalize : callable, optional
            Surface form to vocabulary word: tells that "guitars" and "guitar" are one word.

        Returns
        -------
        TopicEdits
        """
        former_id = {edit.to: edit.topic for edit in later if isinstance(edit, Rename)}

        def key(topic: str, word: str) -> tuple[str, str]:
            return former_id.get(topic, topic), (normalize(word) if normalize else None) or word

        decided = {key(*pair) for edit in later for pair in _topics_and_words(edit)}
        held = {former_id.get(edit.topic, edit.topic) for edit in later if isinstance(edit, Freeze | Thaw)}
        kept: list[Edit] = []
        for edit in self.edits:
            left = [pair for pair in _topics_and_words(edit) if key(*pair) not in decided]
            if isinstance(edit, Freeze | Thaw):
                kept += [edit] if edit.topic not in held else []
            elif isinstance(edit, Pin | Exclude | Allow):
                kept += [replace(edit, words=tuple(word for _, word in left))] if left else []
            elif isinstance(edit, Move) and len(left) < 2:
                kept += [(Pin if topic == edit.to else Exclude)(topic, (word,)) for topic, word in left]
            else:
                kept.append(edit)
        return TopicEdits((*kept, *later))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the edits as JSON-able values."""
        return [
            {"edit": type(edit).__name__.lower()}
            | {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(edit).items()
            }
            for edit in self.edits
        ]

    @classmethod
    def from_json(cls, values: Iterable[Mapping[str, Any]]) -> "TopicEdits":
        """Read what :meth:`to_json` returned.

        Raises
        ------
        ParameterError
            If a value is no edit.
        """
        return cls(tuple(_read_edit(value) for value in values))

    def _with(self, edit: Edit) -> "TopicEdits":
        return replace(self, edits=(*self.edits, edit))


def _topics_and_words(edit: Edit) -> list[tuple[str, str]]:
    """Return the words that an edit decides on, each with the topic."""
    if isinstance(edit, Pin | Exclude | Allow):
        return [(edit.topic, word) for word in edit.words]
    return [(edit.topic, edit.word), (edit.to, edit.word)] if isinstance(edit, Move) else []


def _read_edit(value: Mapping[str, Any]) -> Edit:
    try:
        fields = dict(value)
        kind = _KINDS[fields.pop("edit")]
        return kind(
            **{name: tuple(part) if isinstance(part, list) else part for name, part in fields.items()}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            f"{value!r:.80} is no edit; an edit is like {Pin('rock', ('guitar',))} and one of {', '.join(_KINDS)}"
        ) from error
