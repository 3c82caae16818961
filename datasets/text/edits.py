"""Edits of a text, with and without a record of where each character came from.

The cleaning of texts is written once, over these edits: :class:`PlainEdits` is fast, :class:`TrackedEdits` also knows
the place of every remaining character in the raw text, so that words can be marked there.
Public names: :class:`PlainEdits`, :class:`TrackedEdits`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

Replacement = str | Callable[[re.Match[str]], str]
_NOT_BLANK = re.compile(r"[^ \t\n\r]+")


class PlainEdits:
    """Edits of a text whose origin nobody asks for."""

    def sub(self, pattern: re.Pattern[str], new: Replacement, text: str) -> str:
        """Replace every match of ``pattern``, which never matches nothing; a str is taken as it is."""
        return pattern.sub(new, text)

    def replace(self, text: str, old: str, new: str) -> str:
        """Replace every occurrence of ``old``."""
        return text.replace(old, new)

    def cut(self, text: str, spans: Iterable[tuple[int, int]], new: str) -> str:
        """Replace the parts of the text at ``spans``, which are in order and do not overlap."""
        kept, at = [], 0
        for start, end in spans:
            kept += [text[at:start], new]
            at = end
        return "".join([*kept, text[at:]])

    def compose(self, text: str) -> str:
        """Bring the text to Unicode form NFC."""
        return unicodedata.normalize("NFC", text)


class TrackedEdits(PlainEdits):
    """The same edits, remembering for each character the part of the raw text it stands for.

    Parameters
    ----------
    n_characters : int
        Length of the raw text. Every edit must be given the text that the one before returned.

    Attributes
    ----------
    starts, ends : ndarray of shape (n_characters_now,), int64
        Span of each character in the raw text; both never decrease.
    """

    def __init__(self, n_characters: int) -> None:
        self.starts: NDArray[np.int64] = np.arange(n_characters, dtype=np.int64)
        self.ends: NDArray[np.int64] = np.arange(1, n_characters + 1, dtype=np.int64)

    def sub(self, pattern: re.Pattern[str], new: Replacement, text: str) -> str:  # noqa: D102
        matches = list(pattern.finditer(text))
        news = [new if isinstance(new, str) else new(match) for match in matches]
        return self._splice(text, [match.span() for match in matches], news)

    def replace(self, text: str, old: str, new: str) -> str:  # noqa: D102
        return self.sub(re.compile(re.escape(old)), new, text) if old in text else text

    def cut(self, text: str, spans: Iterable[tuple[int, int]], new: str) -> str:  # noqa: D102
        cuts = list(spans)
        return self._splice(text, cuts, [new] * len(cuts))

    def compose(self, text: str) -> str:  # noqa: D102
        spans, news = [], []
        for match in _NOT_BLANK.finditer(text):  # nothing composes with, or moves across, a blank
            word = unicodedata.normalize("NFC", match[0])
            if word == match[0]:
                continue
            clusters = _clusters(match[0])
            composed = [unicodedata.normalize("NFC", match[0][start:end]) for start, end in clusters]
            if "".join(composed) != word:
                clusters, composed = [(0, len(match[0]))], [word]
            spans += [(match.start() + start, match.start() + end) for start, end in clusters]
            news += composed
        return self._splice(text, spans, news)

    def _splice(self, text: str, spans: list[tuple[int, int]], news: list[str]) -> str:
        """Put ``news`` in the place of ``spans``; each new character stands for the whole span."""
        texts: list[str] = []
        starts, ends, at = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
        for (start, end), new in zip(spans, news, strict=True):
            texts += [text[at:start], new]
            starts += [self.starts[at:start], np.full(len(new), self.starts[start])]
            ends += [self.ends[at:start], np.full(len(new), self.ends[end - 1])]
            at = end
        self.starts = np.concatenate([*starts, self.starts[at:]])
        self.ends = np.concatenate([*ends, self.ends[at:]])
        return "".join([*texts, text[at:]])


def _clusters(word: str) -> list[tuple[int, int]]:
    """Cut a word before every character that is no mark and no later part of a Korean syllable."""
    cuts = [at for at, char in enumerate(word) if at == 0 or not _continues(char)]
    return list(zip(cuts, [*cuts[1:], len(word)], strict=True))


def _continues(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff"
