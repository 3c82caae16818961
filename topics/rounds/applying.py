"""Edits become changes of a topic configuration, and nothing else: no corpus, no model, no files.

Edits that contradict one another are refused. An edit may well contradict an earlier round: then one has changed one's
mind, and the later wish holds. Public names: :func:`apply_edits`, :func:`trace_origins`,
:data:`PIN_WEIGHTS`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core.errors import ParameterError, UnknownNameError
from ...core.names import NameIndex
from ..keywords import Topic, check_id, check_topics
from .edits import (
    Allow,
    Edit,
    Exclude,
    Freeze,
    Merge,
    Move,
    Noise,
    Pin,
    Rename,
    Split,
    Thaw,
)

Normalize = Callable[[str], "str | None"]
_MAX_TOPICS = 65_534
PIN_WEIGHTS = {"classic": 10.0, "proportional": 1.25}
"""Weight of a pinned word by prior, above the 1 of a keyword that may be released. With the classic prior ten times
that of a keyword: at the default ``keyword_strength`` the prior then weighs as much as all the word's occurrences. With
the proportional one the keywords share a fixed mass, and a heavy one would take it from the others."""


def apply_edits(
    topics: Sequence[Topic | Mapping[str, Any]],
    edits: Iterable[Edit],
    *,
    normalize: Normalize | None = None,
    pin_weight: float = 1.0,
    frozen_from: int | None = None,
) -> tuple[Topic, ...]:
    """Return a topic configuration after edits; ids that stay keep their order.

    Parameters
    ----------
    topics : sequence of Topic or dict
        As for :func:`~bandscape.topics.check_topics`; not changed.
    edits : iterable of Edit
        Made one after the other, so that a later one names topics as an earlier one left them.
    normalize : callable, optional
        Surface form to vocabulary word, or None: tells that "guitars" and "guitar" are one word. The configuration
        keeps the spelling it is given.
    pin_weight : float, > 0
        Weight of the keywords that pins and moves make; see :data:`PIN_WEIGHTS`.
    frozen_from : int, optional
        Noted at topics that are frozen now: the round whose words they keep.

    Returns
    -------
    tuple of Topic

    Raises
    ------
    ParameterError
        If edits contradict one another, or one asks for nothing or the impossible; the message names the edit.
    UnknownNameError
        If there is no topic of an id; the message lists candidates.
    """
    draft = _Draft(check_topics(topics), normalize=normalize, pin_weight=pin_weight, frozen_from=frozen_from)
    for edit in edits:
        draft.make(edit)
    draft.refuse_homeless_words()
    return tuple(draft.topics.values())


def trace_origins(
    topics: Sequence[Topic | Mapping[str, Any]], edits: Iterable[Edit]
) -> dict[str, tuple[str, ...]]:
    """Return for each topic after edits the ids of the topics it was made of.

    Edits of several sittings, of which later ones take earlier ones back, are accepted.

    Parameters
    ----------
    topics, edits
        As for :func:`apply_edits`.

    Returns
    -------
    dict of str to tuple of str
        Several ids for a merged topic; the parts of a split topic have the same one.

    Raises
    ------
    ParameterError, UnknownNameError
        If an edit names a topic that there is not, or not any more.
    """
    draft = _Draft(check_topics(topics), is_strict=False)
    for edit in edits:
        draft.make(edit)
    return draft.origins


class _Draft:
    """A configuration on its way through a list of edits."""

    def __init__(
        self,
        topics: tuple[Topic, ...],
        *,
        normalize: Normalize | None = None,
        pin_weight: float = 1.0,
        frozen_from: int | None = None,
        is_strict: bool = True,
    ) -> None:
        self.topics = {topic.id: topic for topic in topics}
        self.origins: dict[str, tuple[str, ...]] = {topic.id: (topic.id,) for topic in topics}
        self._normalize, self._pin_weight, self._frozen_from = normalize, pin_weight, frozen_from
        self._is_strict = is_strict  # whether edits that contradict one another or change nothing are refused
        self._known_keys: dict[str, str] = {}
        self._gone: dict[str, str] = {}  # ids that are no more, and why
        self._wishes: dict[tuple[str, str], str] = {}  # what was asked for (topic, word)
        self._has_merged = False
        self._held: dict[str, str] = {}  # what was asked for a topic's words as a whole: "freeze" or "thaw"
        self._makers: dict[type[Any], Callable[[Any], None]] = {
            Pin: self._pin,
            Exclude: self._exclude,
            Allow: self._allow,
            Move: self._move,
            Freeze: self._freeze,
            Thaw: self._thaw,
            Noise: self._noise,
            Merge: self._merge,
            Split: self._split,
            Rename: self._rename,
        }

    def make(self, edit: Edit) -> None:
        """Make one edit."""
        if type(edit) not in self._makers:
            raise ParameterError(
                f"edits must be edits such as {Pin('rock', ('guitar',))!r}; got {edit!r:.80}"
            )
        self._makers[type(edit)](edit)

    def refuse_homeless_words(self) -> None:
        """Refuse exclusions of a word from every topic there is."""
        asked = "exclude" if "exclude" in self._wishes.values() else "merge" if self._has_merged else None
        if asked is None or any(topic.frozen for topic in self.topics.values()):
            return
        homeless = set.intersection(*(self._keys(topic.excluded) for topic in self.topics.values()))
        if homeless:
            raise ParameterError(
                f"{asked}: {_short(min(homeless))} would be excluded from every topic; leave it at least one"
            )

    # -- words -----------------------------------------------------------------------------------------------

    def _pin(self, edit: Pin) -> None:
        topic = self._open_topic(edit.topic, edit)
        words, known = self._words(edit), self._keys(word for word, _ in topic.keywords)
        for key in words:
            self._wish(edit.topic, key, "pin")
        held = tuple(
            (word, max(weight, self._pin_weight) if self._key(word) in words else weight)
            for word, weight in topic.keywords
        )
        new = tuple((word, self._pin_weight) for key, word in words.items() if key not in known)
        excluded = tuple(word for word in topic.excluded if self._key(word) not in words)
        self.topics[topic.id] = replace(topic, keywords=held + new, excluded=excluded)

    def _exclude(self, edit: Exclude) -> None:
        topic = self._open_topic(edit.topic, edit)
        words, known = self._words(edit), self._keys(topic.excluded)
        for key in words:
            self._wish(edit.topic, key, "exclude")
        new = tuple(word for key, word in words.items() if key not in known)
        keywords = tuple(pair for pair in topic.keywords if self._key(pair[0]) not in words)
        self.topics[topic.id] = replace(topic, keywords=keywords, excluded=topic.excluded + new)

    def _allow(self, edit: Allow) -> None:
        topic = self._open_topic(edit.topic, edit)
        listed = self._keys([*topic.excluded, *(word for word, _ in topic.keywords)])
        words = self._words(edit)
        for key, word in words.items():
            self._wish(edit.topic, key, "allow")
            if key not in listed and self._is_strict:
                raise ParameterError(
                    f"allow: {_short(word)} is neither pinned to nor excluded from topic {_short(topic.id)}"
                )
        self.topics[topic.id] = replace(
            topic,
            keywords=tuple(pair for pair in topic.keywords if self._key(pair[0]) not in words),
            excluded=tuple(word for word in topic.excluded if self._key(word) not in words),
        )

    def _move(self, edit: Move) -> None:
        if edit.topic == edit.to:
            raise ParameterError(
                f"move: {_short(edit.word)} goes from {_short(edit.to)} to itself; name two topics"
            )
        self._open_topic(edit.to, edit)
        self._exclude(Exclude(edit.topic, (edit.word,)))
        self._pin(Pin(edit.to, (edit.word,)))

    # -- topics ----------------------------------------------------------------------------------------------

    def _freeze(self, edit: Freeze) -> None:
        topic = self._topic(edit.topic, "freeze")
        self._hold(topic, "freeze")
        waiting = next((wish for (name, _), wish in self._wishes.items() if name == topic.id), None)
        if waiting and self._is_strict:
            raise ParameterError(
                f"freeze: words of topic {_short(topic.id)} have another edit ({waiting}), which its words of now do "
                "not obey yet; refit first, then freeze"
            )
        if not topic.frozen:
            self.topics[topic.id] = replace(topic, frozen=True, frozen_from=self._frozen_from)

    def _thaw(self, edit: Thaw) -> None:
        topic = self._topic(edit.topic, "thaw")
        self._hold(topic, "thaw")
        if not topic.frozen and self._is_strict:
            raise ParameterError(f"thaw: topic {_short(topic.id)} is not frozen")
        self.topics[topic.id] = replace(topic, frozen=False, frozen_from=None)

    def _noise(self, edit: Noise) -> None:
        topic = self._topic(edit.topic, "noise")
        self.topics[topic.id] = replace(topic, noise=True)

    def _merge(self, edit: Merge) -> None:
        if len(edit.topics) < 2 or len(set(edit.topics)) < len(edit.topics):
            raise ParameterError(
                f"merge: name two or more different topics; got {_short(','.join(edit.topics))}"
            )
        parts = [self._open_topic(topic, edit) for topic in edit.topics]
        merged = self._join(parts)
        self.topics[merged.id], self._has_merged = merged, True
        self.origins[merged.id] = tuple(
            dict.fromkeys(origin for part in parts for origin in self.origins[part.id])
        )
        for part in parts[1:]:
            del self.topics[part.id], self.origins[part.id]
            self._gone[part.id] = f"was merged into {_short(merged.id)}"

    def _split(self, edit: Split) -> None:
        topic = self._open_topic(edit.topic, edit)
        n_parts = edit.n_parts
        most = _MAX_TOPICS - len(self.topics) + 1
        if isinstance(n_parts, bool) or not isinstance(n_parts, int) or not 2 <= n_parts <= most:
            raise ParameterError(
                f"split: topic {_short(topic.id)} can be split into 2 to {most} parts; got {n_parts!r}"
            )
        names = self._free_names(topic.id, n_parts)
        parts = {name: replace(topic, id=name, proportion=topic.proportion / n_parts) for name in names}
        self.topics = _put_in_place(self.topics, topic.id, parts)
        self.origins = _put_in_place(self.origins, topic.id, dict.fromkeys(names, self.origins[topic.id]))
        self._gone[topic.id] = f"was split into {', '.join(names[:3])}{', ...' if n_parts > 3 else ''}"

    def _rename(self, edit: Rename) -> None:
        topic = self._topic(edit.topic, "rename")
        name = check_id(edit.to, f"rename: the new topic {_short(topic.id)}")
        if name in self.topics:
            raise ParameterError(
                f"rename: there is a topic {_short(name)} already; choose another id, or merge the two"
            )
        self.topics = _put_in_place(self.topics, topic.id, {name: replace(topic, id=name)})
        self.origins = _put_in_place(self.origins, topic.id, {name: self.origins[topic.id]})
        self._wishes = {
            (name if owner == topic.id else owner, word): wish for (owner, word), wish in self._wishes.items()
        }
        self._gone[topic.id] = f"was renamed {_short(name)}"

    # -- help ------------------------------------------------------------------------------------------------

    def _topic(self, name: str, kind: str) -> Topic:
        """Return the topic of an id."""
        if name in self.topics:
            return self.topics[name]
        if name in self._gone:
            raise ParameterError(f"{kind}: topic {_short(name)} {self._gone[name]} by another edit")
        ids = list(self.topics)
        found = NameIndex(ids, ids).candidates(str(name)) or [_short(other) for other in ids[:8]]
        more = (
            f" and {len(ids) - len(found)} more (`topics show` lists them)" if len(ids) > len(found) else ""
        )
        raise UnknownNameError(
            f"{kind}: no topic {_short(str(name))}; there is {', '.join(found)}{more}",
            name=str(name),
            candidates=found,
        )

    def _open_topic(self, name: str, edit: Edit) -> Topic:
        """Return a topic whose words may change."""
        kind = type(edit).__name__.lower()
        topic = self._topic(name, kind)
        if topic.frozen and self._is_strict:
            raise ParameterError(f"{kind}: topic {_short(name)} is frozen, its words are held; thaw it first")
        return topic

    def _hold(self, topic: Topic, wish: str) -> None:
        if self._held.setdefault(topic.id, wish) != wish and self._is_strict:
            raise ParameterError(
                f"topic {_short(topic.id)} is to be frozen and thawed at once; keep one of the two"
            )

    def _wish(self, topic: str, word: str, wish: str) -> None:
        former = self._wishes.setdefault((topic, word), wish)
        if former != wish and self._is_strict:
            raise ParameterError(
                f"{wish}: {_short(word)} has another edit in topic {_short(topic)} ({former}); keep one of the two"
            )

    def _words(self, edit: Pin | Exclude | Allow) -> dict[str, str]:
        """Return the words of an edit in their first spelling, by the word of the vocabulary that each means."""
        kind = type(edit).__name__.lower()
        words = (edit.words,) if isinstance(edit.words, str) else tuple(edit.words)
        if not words or not all(isinstance(word, str) and word.strip() for word in words):
            raise ParameterError(
                f"{kind}: topic {_short(edit.topic)} needs one or more words that are not blank"
            )
        by_key: dict[str, str] = {}
        for word in words:
            by_key.setdefault(self._key(word.strip()), word.strip())
        return by_key

    def _key(self, word: str) -> str:
        if word not in self._known_keys:
            self._known_keys[word] = (self._normalize(word) if self._normalize else None) or word
        return self._known_keys[word]

    def _keys(self, words: Iterable[str]) -> set[str]:
        return {self._key(word) for word in words}

    def _join(self, parts: list[Topic]) -> Topic:
        """Return one topic of several: all their keywords, and all their exclusions but of these.

        An exclusion was asked for: it ends by ``allow`` or ``pin``, not because the topic grows. Where one topic
        names what another refuses, as after a move between the two, the word stays in the family. What is merged into
        noise becomes noise; noise that is merged into a topic is the topic's.
        """
        keywords: dict[str, tuple[str, float]] = {}
        for word, weight in (pair for part in parts for pair in part.keywords):
            spelling, former = keywords.get(self._key(word), (word, 0.0))
            keywords[self._key(word)] = spelling, max(weight, former)
        refused: dict[str, str] = {}
        for word in (word for part in parts for word in part.excluded):
            refused.setdefault(self._key(word), word)
        seeded = [part for part in parts if part.keywords] or parts
        mass = sum(part.proportion for part in seeded)
        return replace(
            parts[0],
            proportion=sum(part.proportion for part in parts),
            keywords=tuple(keywords.values()),
            keywords_proportion=sum(part.keywords_proportion * part.proportion for part in seeded) / mass,
            excluded=tuple(word for key, word in refused.items() if key not in keywords),
        )

    def _free_names(self, stem: str, n_names: int) -> list[str]:
        """Return ``stem_1``, ``stem_2``, ..., without those in use."""
        names: list[str] = []
        number = 0
        while len(names) < n_names:
            number += 1
            if f"{stem}_{number}" not in self.topics:
                names.append(f"{stem}_{number}")
        return names


def _put_in_place(mapping: dict[str, Any], key: str, replacement: dict[str, Any]) -> dict[str, Any]:
    """Return ``mapping`` with other entries where ``key`` was."""
    items: list[tuple[str, Any]] = []
    for name, value in mapping.items():
        items += replacement.items() if name == key else [(name, value)]
    return dict(items)


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 60 else shown[:57] + "..."
