"""The options of ``topics edit``, read into edits.

In ``TOPIC=WORD,...`` and ``WORD=FROM:TO`` the signs may also occur within ids and words: a sign counts where what
stands beside it is a topic. Public function: :func:`read_edits`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ...core.errors import ParameterError

if TYPE_CHECKING:
    from ...topics.rounds import TopicEdits

FORMS = {
    "rename": "OLD=NEW",
    "allow": "TOPIC=WORD,...",
    "thaw": "TOPIC",
    "pin": "TOPIC=WORD,...",
    "exclude": "TOPIC=WORD,...",
    "move": "WORD=FROM:TO",
    "noise": "TOPIC",
    "merge": "A,B",
    "split": "TOPIC=N",
    "freeze": "TOPIC",
}
"""Options by the order in which their edits are made: what is taken back first, what changes topics as a whole last."""


def read_edits(options: Mapping[str, Sequence[str]], topics: Collection[str]) -> "TopicEdits":
    """Turn the values of the options into edits.

    Parameters
    ----------
    options : mapping of str to sequence of str
        Values by option name; see :data:`FORMS`.
    topics : collection of str
        Ids there are. One that ``rename`` changes may be called by either name.

    Returns
    -------
    TopicEdits

    Raises
    ------
    ParameterError
        If a value has another form.
    """
    from ...topics.rounds import TopicEdits

    renamed = dict(_cut("rename", value, "=", topics) for value in options.get("rename", ()))
    known = [*topics, *renamed.values()]
    edits = TopicEdits()
    for name in FORMS:
        for value in options.get(name, ()):
            edits = _READERS[name](edits, value, known, renamed)
    return edits


def _cut(option: str, value: str, sign: str, known: Collection[str]) -> tuple[str, str]:
    """Cut a value at the first sign that stands after a known topic, else at the first sign."""
    places = [at for at, char in enumerate(value) if char == sign and value[at + 1 :].strip()]
    at = next((at for at in places if value[:at] in known), places[0] if places else 0)
    if not value[:at].strip():
        raise ParameterError(f"--{option} must be {FORMS[option]}; got {value!r:.60}")
    return value[:at], value[at + 1 :].strip()


def _list(option: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise ParameterError(f"--{option} must be {FORMS[option]}; got {text!r:.60}")
    return words


_Reader = Callable[["TopicEdits", str, Collection[str], Mapping[str, str]], "TopicEdits"]


def _words_reader(option: str) -> _Reader:
    def read(
        edits: "TopicEdits", value: str, known: Collection[str], renamed: Mapping[str, str]
    ) -> "TopicEdits":
        topic, words = _cut(option, value, "=", known)
        return getattr(edits, option)(renamed.get(topic, topic), *_list(option, words))

    return read


def _topic_reader(option: str) -> _Reader:
    def read(
        edits: "TopicEdits", value: str, _known: Collection[str], renamed: Mapping[str, str]
    ) -> "TopicEdits":
        return getattr(edits, option)(renamed.get(value, value))

    return read


def _read_rename(
    edits: "TopicEdits", value: str, known: Collection[str], _renamed: Mapping[str, str]
) -> "TopicEdits":
    return edits.rename(*_cut("rename", value, "=", known))


def _read_move(
    edits: "TopicEdits", value: str, known: Collection[str], renamed: Mapping[str, str]
) -> "TopicEdits":
    cuts = [
        (value[:equals].strip(), value[equals + 1 : colon], value[colon + 1 :])
        for equals, sign in enumerate(value)
        if sign == "="
        for colon in range(equals + 1, len(value))
        if value[colon] == ":"
    ]
    cuts = [cut for cut in cuts if all(cut)]
    if not cuts:
        raise ParameterError(f"--move must be {FORMS['move']}; got {value!r:.60}")
    word, source, target = next((cut for cut in cuts if cut[1] in known and cut[2] in known), cuts[0])
    return edits.move(word, renamed.get(source, source), renamed.get(target, target))


def _read_merge(
    edits: "TopicEdits", value: str, _known: Collection[str], renamed: Mapping[str, str]
) -> "TopicEdits":
    return edits.merge(*(renamed.get(topic, topic) for topic in _list("merge", value)))


def _read_split(
    edits: "TopicEdits", value: str, known: Collection[str], renamed: Mapping[str, str]
) -> "TopicEdits":
    topic, sign, number = (value, "=", "2") if value in known else value.rpartition("=")
    if not (sign and topic and number.strip().isdigit()):
        raise ParameterError(f"--split must be {FORMS['split']}, N a whole number; got {value!r:.60}")
    return edits.split(renamed.get(topic, topic), int(number))


_READERS: dict[str, _Reader] = {
    "rename": _read_rename,
    "move": _read_move,
    "merge": _read_merge,
    "split": _read_split,
    **{option: _words_reader(option) for option in ("allow", "pin", "exclude")},
    **{option: _topic_reader(option) for option in ("thaw", "noise", "freeze")},
}
