"""Topic configuration: which topics are wanted, how large, and which words name them.

A configuration is a JSON list such as::

    [{"id": "noise", "proportion": 0.5},
     {"id": "shoegaze", "proportion": 0.025, "keywords": ["shoegaze", {"reverb": 3}], "excluded": ["rap"]},
     {"id": "other", "proportion": 0.025, "count": 20}]

``count`` makes ``other_1`` to ``other_20``. The author's original names ``priorityWords``,
``priorityWordsProportion`` and ``excludedWords`` are accepted. Public names: :class:`Topic`, :func:`read_topics`,
:func:`check_topics`, :func:`write_topics`, :func:`map_keywords`, :func:`check_keywords`, :func:`list_terms`,
:func:`make_free_topics`.
"""

import math
import numbers
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..core.errors import ParameterError
from ..core.files import read_json, write_json

_FIELDS = (
    "id",
    "proportion",
    "keywords",
    "keywords_proportion",
    "excluded",
    "frozen",
    "frozen_from",
    "noise",
    "count",
)
_ORIGINAL_NAMES = {
    "priorityWords": "keywords",
    "priorityWordsProportion": "keywords_proportion",
    "keywordsProportion": "keywords_proportion",
    "excludedWords": "excluded",
}
_MAX_COUNT = 65_534
_MAX_ROUND = 999_999
_HUGE = 1e100  # sums of such numbers are still finite
# A proportion, or a weight, over the smallest beside it: past that nothing is left of the smaller.
_LARGEST = 1e12


@dataclass(frozen=True)
class Topic:
    """One wanted topic.

    Parameters
    ----------
    id : str
        Its name; unique.
    proportion : float, > 0
        Expected share of the corpus, relative to the other topics'.
    keywords : tuple of (str, float)
        Words that name it, with weights > 0.
    keywords_proportion : float in [0, 1)
        Share of the topic's prior that its keywords hold (proportional prior only).
    excluded : tuple of str
        Words that can never belong to it.
    frozen : bool
        Whether its word distribution is held fixed (given to ``KeywordLDA(frozen_topic_word=...)``).
    frozen_from : int >= 1, optional
        Round of a workspace whose words a frozen topic keeps; the current round when absent.
    noise : bool
        Whether it gathers words that say nothing: listed last, and no name for what it is found in. Changes nothing
        about how topics are found.
    """

    id: str
    proportion: float = 1.0
    keywords: tuple[tuple[str, float], ...] = ()
    keywords_proportion: float = 0.5
    excluded: tuple[str, ...] = ()
    frozen: bool = False
    frozen_from: int | None = None
    noise: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, without the fields left at their defaults."""
        words = [word if weight == 1 else {word: weight} for word, weight in self.keywords]
        entry: dict[str, Any] = {"id": self.id, "proportion": self.proportion}
        if words:
            entry |= {"keywords": words, "keywords_proportion": self.keywords_proportion}
        if self.excluded:
            entry["excluded"] = list(self.excluded)
        if self.frozen:
            entry["frozen"] = True
        if self.frozen_from is not None:
            entry["frozen_from"] = self.frozen_from
        if self.noise:
            entry["noise"] = True
        return entry


def read_topics(path: str | Path) -> tuple[Topic, ...]:
    """Read ``topics.json``.

    Parameters
    ----------
    path : path

    Returns
    -------
    tuple of Topic
        As :func:`check_topics` returns them.

    Raises
    ------
    SourceError
        If the file is missing or not JSON.
    ParameterError
        If its content is not a valid configuration; the message names the field.
    """
    try:
        return check_topics(read_json(path, on_object=_refuse_repeats))
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


def write_topics(path: str | Path, topics: Iterable[Topic]) -> None:
    """Write ``topics.json`` (atomically).

    Parameters
    ----------
    path : path
        Its folder must exist.
    topics : iterable of Topic
    """
    write_json(path, [topic.to_dict() for topic in topics])


def make_free_topics(n_topics: int) -> tuple[Topic, ...]:
    """Make topics without keywords, ``topic_1`` to ``topic_N``, of equal proportion.

    Parameters
    ----------
    n_topics : int

    Returns
    -------
    tuple of Topic, length n_topics
    """
    return tuple(Topic(f"topic_{number}") for number in range(1, n_topics + 1))


def check_topics(topics: Sequence[Topic | Mapping[str, Any]]) -> tuple[Topic, ...]:
    """Check a configuration, expand ``count`` and give every topic a proportion.

    Parameters
    ----------
    topics : sequence of Topic or of dict with the JSON fields
        ``proportion`` is given for every topic or for none (all equal then).

    Returns
    -------
    tuple of Topic

    Raises
    ------
    ParameterError
        If a field is unknown or has an unusable value, or an id occurs twice; the message names the field.
    """
    if isinstance(topics, (str, bytes, Mapping)) or not isinstance(topics, Sequence) or not topics:
        raise ParameterError(f"topics must be a list with at least one topic; got {_short(topics)}")
    with_proportion = [_has_proportion(entry) for entry in topics]
    if any(with_proportion) and not all(with_proportion):
        raise ParameterError(
            f"topics[{with_proportion.index(False)}].proportion is missing; give every topic one, or none of them"
        )
    checked = [topic for at, entry in enumerate(topics) for topic in _check_entry(entry, f"topics[{at}]")]
    first_at: dict[str, int] = {}
    for at, topic in enumerate(checked):
        if first_at.setdefault(topic.id, at) != at:
            raise ParameterError(
                f"topics: id {topic.id!r} occurs twice; ids must be unique (after count is expanded)"
            )
    _refuse_uneven({topic.id: topic.proportion for topic in checked}, "topics: proportion of")
    return tuple(checked)


def list_terms(topics: Iterable[Topic]) -> list[str]:
    """Return the keywords and excluded words of topics, each once, in order.

    Parameters
    ----------
    topics : iterable of Topic

    Returns
    -------
    list of str
    """
    terms = (word for topic in topics for word in (*(word for word, _ in topic.keywords), *topic.excluded))
    return list(dict.fromkeys(terms))


def map_keywords(
    topics: Iterable[Topic], normalize: Callable[[str], str | None]
) -> tuple[tuple[Topic, ...], dict[str, str]]:
    """Turn keywords and excluded words from surface forms into words of the vocabulary.

    Parameters
    ----------
    topics : iterable of Topic
    normalize : callable
        Surface form to vocabulary word ("guitars" to "guitar"); None or "" keeps the word as it is. Keywords that
        become the same word are merged, with the larger weight.

    Returns
    -------
    topics : tuple of Topic
    surfaces : dict of str to str
        For each mapped word, the first surface form it came from.
    """
    surfaces: dict[str, str] = {}

    def mapped(word: str) -> str:
        found = normalize(word) or word
        surfaces.setdefault(found, word)
        return found

    result = []
    for topic in topics:
        weights: dict[str, float] = {}
        for word, weight in topic.keywords:
            found = mapped(word)
            weights[found] = max(weight, weights.get(found, 0.0))
        excluded = tuple(dict.fromkeys(mapped(word) for word in topic.excluded))
        _refuse_contradiction(weights, excluded, f"topic {topic.id!r}")
        result.append(replace(topic, keywords=tuple(weights.items()), excluded=excluded))
    return tuple(result), surfaces


def check_keywords(
    topics: Iterable[Topic], vocabulary: Sequence[str], word_counts: Sequence[int]
) -> list[dict[str, Any]]:
    """Look up every keyword and excluded word in the corpus.

    Parameters
    ----------
    topics : iterable of Topic
    vocabulary : sequence of str
    word_counts : sequence of int
        Occurrences of each word.

    Returns
    -------
    list of dict
        ``topic``, ``keyword``, ``count`` and ``status``: "present" or "absent" for a keyword, "excluded" or
        "excluded, absent" for an excluded word.
    """
    counts = {str(word): int(count) for word, count in zip(vocabulary, word_counts, strict=True)}

    def row(topic: Topic, word: str, present: str, absent: str) -> dict[str, Any]:
        count = counts.get(word, 0)
        return {"topic": topic.id, "keyword": word, "count": count, "status": present if count else absent}

    rows = []
    for topic in topics:
        rows += [row(topic, word, "present", "absent") for word, _ in topic.keywords]
        rows += [row(topic, word, "excluded", "excluded, absent") for word in topic.excluded]
    return rows


def _has_proportion(entry: Any) -> bool:
    if isinstance(entry, Topic):
        return True
    return isinstance(entry, Mapping) and entry.get("proportion") is not None


def _check_entry(entry: Any, where: str) -> list[Topic]:
    """Check one entry and expand its ``count``."""
    if isinstance(entry, Topic):
        entry = entry.to_dict()
    if not isinstance(entry, Mapping):
        raise ParameterError(f'{where} must be an object such as {{"id": "noise"}}; got {_short(entry)}')
    fields = _rename_fields(entry, where)
    topic = Topic(
        id=check_id(fields.get("id"), where),
        proportion=_check_positive(fields.get("proportion", 1.0), f"{where}.proportion"),
        keywords=_check_words(fields.get("keywords", ()), f"{where}.keywords"),
        keywords_proportion=_check_number(
            fields.get("keywords_proportion", 0.5), f"{where}.keywords_proportion", low=0, below=1
        ),
        excluded=tuple(word for word, _ in _check_words(fields.get("excluded", ()), f"{where}.excluded")),
        frozen=_check_flag(fields.get("frozen", False), f"{where}.frozen"),
        frozen_from=_check_count(fields.get("frozen_from"), f"{where}.frozen_from", _MAX_ROUND),
        noise=_check_flag(fields.get("noise", False), f"{where}.noise"),
    )
    if topic.frozen_from is not None and not topic.frozen:
        raise ParameterError(f'{where}.frozen_from needs "frozen": true beside it')
    _refuse_contradiction(dict(topic.keywords), topic.excluded, where)
    count = _check_count(fields.get("count"), f"{where}.count", _MAX_COUNT)
    if count is None:
        return [topic]
    return [replace(topic, id=f"{topic.id}_{number}") for number in range(1, count + 1)]


def _rename_fields(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Translate the original's field names; refuse unknown and doubled ones. A null means absent."""
    fields: dict[str, Any] = {}
    for name, value in entry.items():
        field = _ORIGINAL_NAMES.get(name, name)
        if field not in _FIELDS:
            raise ParameterError(f"{where}: unknown field {_short(name)}; known are {', '.join(_FIELDS)}")
        if field in fields:
            raise ParameterError(f"{where}.{field} is given twice; the other spelling is {_short(name)}")
        if value is not None:
            fields[field] = value
    return fields


def check_id(value: Any, where: str) -> str:
    """Return the id of a topic without blanks around it, or raise a ParameterError that begins with ``where``."""
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{where}.id must be a text that is not blank; got {_short(value)}")
    # it heads columns and is printed: no line breaks, terminal escapes or half characters
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value.strip()):
        raise ParameterError(f"{where}.id must be printable text on one line; got {_short(value)}")
    return value.strip()


def _check_count(value: Any, where: str, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not 1 <= int(value) <= most:
        raise ParameterError(f"{where} must be an int in 1..{most}; got {_short(value)}")
    return int(value)


def _check_flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(f"{where} must be true or false; got {_short(value)}")
    return value


def _check_number(
    value: Any, where: str, *, low: float, below: float = math.inf, open_low: bool = False
) -> float:
    number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    if math.isfinite(number) and (number > low or (number == low and not open_low)) and number < below:
        return number
    bounds = f"{'>' if open_low else '>='} {low:g}" + (f" and < {below:g}" if below < math.inf else "")
    raise ParameterError(f"{where} must be a number {bounds}; got {_short(value)}")


def _check_positive(value: Any, where: str) -> float:
    number = _check_number(value, where, low=0, open_low=True)
    return number if number < _HUGE else _check_number(value, where, low=0, below=_HUGE, open_low=True)


def _check_words(value: Any, where: str) -> tuple[tuple[str, float], ...]:
    """Accept ``["a", {"b": 3}]`` and ``{"a": 1, "b": 3}``; a word is text that is not blank."""
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        pairs = [pair for item in value for pair in _as_pairs(item)]
    else:
        raise ParameterError(f"{where} must be a list of words; got {_short(value)}")
    words: dict[str, float] = {}
    for word, weight in pairs:
        if not isinstance(word, str) or not word.strip():
            raise ParameterError(f"{where} must hold words that are not blank; got {_short(word)}")
        if word.strip() in words:
            raise ParameterError(f"{where} names {_short(word.strip())} twice")
        is_usual = type(weight) in (int, float) and 0 < weight < _HUGE  # lists may be of 100,000 words
        words[word.strip()] = (
            float(weight) if is_usual else _check_positive(weight, f"{where}[{_short(word)}]")
        )
    _refuse_uneven(words, f"{where}: weight of")
    return tuple(words.items())


def _as_pairs(item: Any) -> list[tuple[Any, Any]]:
    if isinstance(item, Mapping):
        return list(item.items())
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return [(item[0], item[1])]
    return [(item, 1.0)]


def _refuse_contradiction(keywords: Mapping[str, float], excluded: Iterable[str], where: str) -> None:
    both = sorted(set(keywords) & set(excluded))
    if both:
        raise ParameterError(
            f"{where}: {_short(both[0])} is both a keyword and excluded; keep one of the two"
        )


def _refuse_uneven(numbers_of: Mapping[str, float], what: str) -> None:
    """Refuse numbers so far apart that the smallest would vanish beside the others."""
    if not numbers_of:
        return
    small, large = (pick(numbers_of, key=numbers_of.__getitem__) for pick in (min, max))
    if numbers_of[large] / _LARGEST > numbers_of[small]:
        raise ParameterError(
            f"{what} {_short(small)} is {numbers_of[small]:g} and of {_short(large)} {numbers_of[large]:g}; the larger "
            f"may be at most {_LARGEST:g} times the smaller"
        )


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of JSON fields; one given twice would silently count once."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ParameterError(f"field {_short(name)} is given twice in one object; keep one of the two")
        fields[name] = value
    return fields


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
