"""What the page of topics is given: one JSON value with typed arrays as base64.

Topic k and word w are places in the lists ``ids`` and ``words`` of the payload. Public names: :class:`TopicTable`,
:func:`check_topic_table`, :func:`topic_payload`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError
from .display import display_name
from .packing import packed
from .palette import PALETTES
from .relevance import STEPS, relevant_words, word_marginals
from .topic_layout import TopicLayout
from .topic_names import is_numbered

PAYLOAD_VERSION = 1
_LONGEST_WORD = 40
_LONGEST_ID = 48
_MOST_HOLDERS = 12  # topics listed for a word
_LEAST_PART = 0.02  # of a word's uses, for a topic to be listed
_PART_STEPS = 65_535


@dataclass(frozen=True, eq=False)
class TopicTable:
    """Topics and their words, checked and aligned.

    Parameters
    ----------
    ids : list of str
    topic_word : ndarray of shape (n_topics, n_words), float64
        Rows sum to 1.
    topic_share : ndarray of shape (n_topics,), float64
        Sums to 1.
    words : ndarray of shape (n_topics, n_words) or (1, n_words), object
        What is shown for a word in a topic.
    word_share : ndarray of shape (n_words,), float64
        p(word) in the corpus.
    n_tokens : int
        0 where it is not known.
    """

    ids: list[str]
    topic_word: NDArray[np.float64]
    topic_share: NDArray[np.float64]
    words: NDArray[np.object_]
    word_share: NDArray[np.float64]
    n_tokens: int


def check_topic_table(
    topic_word: ArrayLike,
    topic_share: ArrayLike,
    words: Any,
    *,
    topic_ids: Sequence[str] | None = None,
    word_counts: ArrayLike | None = None,
) -> TopicTable:
    """Check what a picture of topics is made of.

    Raises
    ------
    ParameterError
        If the shapes do not agree, or a number is negative or not finite.
    """
    rows = np.atleast_2d(_numbers(topic_word, "topic_word"))
    n_topics, n_words = rows.shape
    if rows.ndim != 2 or not n_topics or not n_words or (rows.sum(axis=1) <= 0).any():
        raise ParameterError(
            f"topic_word must be a matrix whose rows are word distributions; got {rows.shape}"
        )
    shares = _numbers(topic_share, "topic_share")
    if shares.shape != (n_topics,) or shares.sum() <= 0:
        raise ParameterError(
            f"topic_share must hold one share per topic, {n_topics} of them; got {shares.shape}"
        )
    ids = [f"topic_{number}" for number in range(1, n_topics + 1)] if topic_ids is None else list(topic_ids)
    if len(ids) != n_topics:
        raise ParameterError(f"topic_ids must hold one name per topic, {n_topics} of them; got {len(ids)}")
    rows, shares = rows / rows.sum(axis=1, keepdims=True), shares / shares.sum()
    word_share, n_tokens = _word_share(word_counts, rows, shares)
    return TopicTable(
        [str(one) for one in ids], rows, shares, _shown(words, n_topics, n_words), word_share, n_tokens
    )


def _numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if not np.isfinite(array).all() or (array < 0).any():
        raise ParameterError(f"{name} must be finite numbers >= 0; some are not")
    return array


def _shown(words: Any, n_topics: int, n_words: int) -> NDArray[np.object_]:
    texts = np.asarray(words, object)
    texts = texts[None, :] if texts.ndim == 1 else texts
    if texts.ndim != 2 or texts.shape[0] not in (1, n_topics) or texts.shape[1] != n_words:
        raise ParameterError(
            f"words must hold a text for each of {n_words} words, or for each in each of {n_topics} topics; "
            f"got {np.asarray(words, object).shape}"
        )
    return texts


def _word_share(
    word_counts: ArrayLike | None, rows: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    if word_counts is None:
        return word_marginals(rows, shares), 0
    counts = _numbers(word_counts, "word_counts").ravel()  # sums of a sparse matrix are one row
    if counts.shape != (rows.shape[1],) or counts.sum() <= 0:
        raise ParameterError(
            f"word_counts must hold one count per word, {rows.shape[1]} of them; got {counts.shape}"
        )
    return counts / counts.sum(), int(counts.sum())


def topic_payload(
    table: TopicTable,
    layout: TopicLayout,
    *,
    n_words: int = 30,
    most_words: int = 20_000,
    keywords: Mapping[str, Sequence[int]] | None = None,
    title: str = "Topics",
    subtitle: str | None = None,
    data_id: str | None = None,
) -> dict[str, Any]:
    """Pack topics, their most relevant words at every step of the slider, and the topics of each word.

    Parameters
    ----------
    table : TopicTable
    layout : TopicLayout
    n_words : int
        Words shown at a time.
    most_words : int
        Words of the corpus, most frequent first, that can be looked up beside those that are shown for a topic.
    keywords : mapping of topic id to sequence of int, or None
        Columns of the words that seed a topic; they are marked.
    title : str
    subtitle : str or None
        None counts topics and words.
    data_id : str or None

    Returns
    -------
    dict
        Ready for :func:`json.dumps`.
    """
    listed = relevant_words(table.topic_word, table.word_share, n_words)
    kept = _kept_words(listed, table.word_share, most_words)
    place = np.full(len(table.word_share), -1, np.int64)
    place[kept] = np.arange(len(kept))
    base = _base_words(table, kept)
    trust = None if math.isnan(layout.trustworthiness) else round(layout.trustworthiness, 3)
    return {
        "version": PAYLOAD_VERSION,
        "title": display_name(title, 120),
        "subtitle": display_name(subtitle or _counted(table), 160),
        "dataId": None if data_id is None else display_name(data_id, 40),
        "ids": [display_name(one, _LONGEST_ID) for one in table.ids],
        "numbered": [is_numbered(one) for one in table.ids],
        "share": packed(table.topic_share, "float32"),
        "x": packed(layout.centers[:, 0], "float32"),
        "y": packed(layout.centers[:, 1], "float32"),
        "radius": packed(layout.radii, "float32"),
        "own": packed(_distinctiveness(table), "float32"),
        "breadth": packed(_breadth(table.topic_word), "float32"),
        "lists": _packed_lists(table, listed, place),
        "words": base,
        "forms": _forms(table, listed, place, base),
        "wordShare": packed(table.word_share[kept], "float32"),
        "tokens": table.n_tokens,
        "vocabulary": len(table.word_share),
        "holders": _holders(table, kept),
        "keywords": _keyword_places(table, keywords or {}, place),
        "near": packed(layout.nearest(), "uint16"),
        "nearness": packed(np.take_along_axis(layout.divergence, layout.nearest(), 1), "float32"),
        "shown": n_words,
        "steps": len(STEPS) - 1,
        "layout": {
            "method": layout.method,
            "perplexity": layout.perplexity,
            "seed": layout.seed,
            "trustworthiness": trust,
        },
        "palettes": PALETTES,
    }


def _counted(table: TopicTable) -> str:
    n_topics, (_, n_words) = len(table.ids), table.topic_word.shape
    said = f"{n_topics:,} topic{'' if n_topics == 1 else 's'} over {n_words:,} words"
    return f"{said} that occur {table.n_tokens:,} times" if table.n_tokens else said


def _kept_words(
    listed: Sequence[NDArray[np.int64]], word_share: NDArray[np.float64], most: int
) -> NDArray[np.int64]:
    frequent = np.argsort(-word_share, kind="stable")[:most]
    return np.unique(np.concatenate([*listed, frequent[word_share[frequent] > 0]]))


def _base_words(table: TopicTable, kept: NDArray[np.int64]) -> list[str]:
    """Return each word as it is written in the topic that uses it most."""
    if len(table.words) == 1:
        return [display_name(word, _LONGEST_WORD) for word in table.words[0, kept]]
    most = (table.topic_word[:, kept] * table.topic_share[:, None]).argmax(axis=0)
    return [display_name(word, _LONGEST_WORD) for word in table.words[most, kept]]


def _forms(
    table: TopicTable, listed: Sequence[NDArray[np.int64]], place: NDArray[np.int64], base: Sequence[str]
) -> list[dict[str, str]]:
    """Return, for each topic, the listed words that are written another way there."""
    if len(table.words) == 1:
        return [{} for _ in listed]
    found = []
    for topic, words in enumerate(listed):
        texts = [display_name(word, _LONGEST_WORD) for word in table.words[topic, words]]
        pairs = zip(place[words].tolist(), texts, strict=True)
        found.append({str(at): text for at, text in pairs if text != base[at]})
    return found


def _packed_lists(
    table: TopicTable, listed: Sequence[NDArray[np.int64]], place: NDArray[np.int64]
) -> dict[str, Any]:
    chances = [table.topic_word[topic, words] for topic, words in enumerate(listed)]
    return {
        "lengths": packed(np.array([len(words) for words in listed]), "uint32"),
        "words": packed(place[np.concatenate(listed)], "uint32"),
        "p": packed(np.concatenate(chances), "float32"),
    }


def _holders(table: TopicTable, kept: NDArray[np.int64]) -> dict[str, Any]:
    """Return the topics that hold each word and the part of its uses that is theirs, largest first."""
    lengths, topics, parts = [], [], []
    most = min(_MOST_HOLDERS, len(table.ids))
    for start in range(0, len(kept), 1024):  # in blocks: with 1,000 topics the whole would be 160 MB
        mass = table.topic_word[:, kept[start : start + 1024]].T * table.topic_share
        total = mass.sum(axis=1, keepdims=True)
        mass /= np.where(total > 0, total, 1.0)
        order = np.argsort(-mass, axis=1, kind="stable")[:, :most]
        part = np.take_along_axis(mass, order, 1)
        listed = part >= _LEAST_PART
        listed[:, 0] = part[:, 0] > 0
        lengths.append(listed.sum(axis=1))
        topics.append(order[listed])
        parts.append(part[listed])
    return {
        "lengths": packed(np.concatenate(lengths), "uint8"),
        "topics": packed(np.concatenate(topics), "uint8" if len(table.ids) <= 256 else "uint16"),
        "parts": packed(np.rint(np.concatenate(parts) * _PART_STEPS), "uint16"),
    }


def _keyword_places(
    table: TopicTable, keywords: Mapping[str, Sequence[int]], place: NDArray[np.int64]
) -> list[list[int]]:
    found = []
    for one in table.ids:
        columns = [column for column in keywords.get(one, ()) if 0 <= column < len(place)]
        found.append([at for at in sorted({int(place[column]) for column in columns}) if at >= 0])
    return found


def _distinctiveness(table: TopicTable) -> NDArray[np.float64]:
    """Return each topic's divergence from the corpus, sum of p(w | t) log lift, in nats."""
    known = table.word_share > 0
    rows = table.topic_word[:, known]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = rows * (np.log(rows) - np.log(table.word_share[known]))
    return np.maximum(np.where(rows > 0, terms, 0.0).sum(axis=1), 0.0)


def _breadth(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the number of equally likely words that would be as hard to guess: exp of the entropy."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rows > 0, rows * np.log(rows), 0.0)
    return np.exp(-terms.sum(axis=1))
