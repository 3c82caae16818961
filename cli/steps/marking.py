"""Texts with each word marked by its topic, as plain values that a terminal or a page can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...datasets import LocatedWords
    from ...topics import Detection

TopicShares = tuple[tuple[int, float], ...]
_LEAST_P = 0.05  # of a topic that is named beside others for a word
_MOST_TOPICS = 3  # named for a word
_CONTEXT = 160  # characters that a passage may grow by, at either end, to begin and end with a sentence
_SENTENCE_ENDS = (". ", "! ", "? ", "\n")


@dataclass(frozen=True)
class MarkedText:
    """A text in pieces.

    Parameters
    ----------
    title, subtitle : str
    pieces : tuple of (str, TopicShares)
        The text from its beginning to its end; each piece with the topics it may belong to and their probabilities,
        most probable first. Without topics: stop words, names, punctuation, words the model does not know.
    shares : TopicShares
        Topics of the document with their shares, largest first.
    """

    title: str
    subtitle: str
    pieces: tuple[tuple[str, TopicShares], ...]
    shares: TopicShares


def word_shares(weights: NDArray[np.floating]) -> list[TopicShares]:
    """Return the topics worth naming for each word, given p(topic | word) of shape (n_words, n_topics)."""
    best = np.argsort(-weights, axis=1, kind="stable")[:, :_MOST_TOPICS]
    return [
        tuple((topic, float(row[topic])) for place, topic in enumerate(order)
              if row[topic] >= _LEAST_P or (place == 0 and row[topic] > 0))
        for row, order in zip(weights, best.tolist(), strict=True)
    ]  # fmt: skip


def detected_shares(detection: "Detection", doc: int) -> list[TopicShares]:
    """Return the topic of each word of a document; none where it is left unexplained."""
    part = detection.words_of(doc)
    columns = (detection.word_topic[part], detection.word_p[part], detection.word_unexplained[part])
    return [
        () if unexplained else ((topic, p),)
        for topic, p, unexplained in zip(*(column.tolist() for column in columns), strict=True)
    ]


def cut_pieces(
    text: str, words: "LocatedWords", shares: Sequence[TopicShares], *, passage: slice | None = None
) -> tuple[tuple[str, TopicShares], ...]:
    """Cut a text at its words.

    Parameters
    ----------
    text : str
    words : LocatedWords
    shares : sequence of TopicShares, one per word
    passage : slice, optional
        Words to show, with the sentences around them; the whole text when absent.
    """
    starts, ends = words.starts.tolist(), words.ends.tolist()
    begin, finish = (0, len(text)) if passage is None else _sentences(text, starts, ends, passage)
    pieces: list[tuple[str, TopicShares]] = [("… ", ())] if begin > 0 else []
    at = begin
    for start, end, topics in zip(starts, ends, shares, strict=True):
        if start < begin or end > finish:
            continue
        if start > at:
            pieces.append((text[at:start], ()))
        pieces.append((text[start:end], topics))
        at = end
    if finish > at:
        pieces.append((text[at:finish], ()))
    return (*pieces, (" …", ())) if finish < len(text) else tuple(pieces)


def _sentences(text: str, starts: list[int], ends: list[int], passage: slice) -> tuple[int, int]:
    """Return the span of some words, grown to whole sentences where their ends are near."""
    if passage.stop <= passage.start:
        return 0, len(text)
    first, last = starts[passage.start], ends[passage.stop - 1]
    before = text[max(0, first - _CONTEXT) : first]
    after = text[last : last + _CONTEXT]
    begin = max(before.rfind(sign) + len(sign) if sign in before else -1 for sign in _SENTENCE_ENDS)
    finish = min(after.find(sign) + 1 if sign in after else _CONTEXT + 1 for sign in _SENTENCE_ENDS)
    first = first - len(before) + begin if begin >= 0 else 0 if first <= _CONTEXT else first
    last = last + finish if finish <= _CONTEXT else len(text) if last + _CONTEXT >= len(text) else last
    return first, last
