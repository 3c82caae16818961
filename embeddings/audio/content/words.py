"""What is known of a sound besides its sound, as numbers the content network takes: words of a text, and values.

Public names: :class:`Vocabulary`, :class:`KnownValues`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_NOTHING, _NO_TEXT, _FIRST = 0, 1, 2
MOST_WORDS = 120  # of a text, from its beginning
_YEARS = 5  # years and scores are put together by so many


@dataclass(frozen=True)
class Vocabulary:
    """The words a network knows; 0 stands for nothing and 1 for no text at all.

    Parameters
    ----------
    words : tuple of str
        The most frequent first.
    """

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str | None], most: int = 2000, least: int = 2) -> "Vocabulary":
        """Count the words of texts; those that stand in ``least`` texts are known, the ``most`` frequent at most."""
        counts = Counter(word for text in texts if text for word in sorted(set(words_of(text))))
        ranked = sorted(
            (word for word, n in counts.items() if n >= least), key=lambda word: (-counts[word], word)
        )
        return cls(tuple(ranked[:most]))

    @property
    def size(self) -> int:
        """Entries, with those for nothing and for no text."""
        return len(self.words) + _FIRST

    def encode(self, texts: Sequence[str | None]) -> NDArray[np.int32]:
        """Return the known words in order, shape (n, n_words), 0 behind the last; 1 alone where there are none."""
        place = {word: at + _FIRST for at, word in enumerate(self.words)}
        rows = []
        for text in texts:
            found = [place[word] for word in words_of(text or "") if word in place][:MOST_WORDS]
            rows.append(found or [_NO_TEXT])
        out = np.full((len(rows), max((len(row) for row in rows), default=1)), _NOTHING, np.int32)
        for at, row in enumerate(rows):
            out[at, : len(row)] = row
        return out


def without_text(words: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the same rows as if there were no text."""
    out = np.full_like(words, _NOTHING)
    out[:, 0] = _NO_TEXT
    return out


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case: two letters and more.

    >>> words_of("It's 1994; a NOISY record, isn’t it?")
    ["it's", 'noisy', 'record', 'isn’t', 'it']
    """
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class KnownValues:
    """The values of one input, such as a genre or a year; 0 stands for absent.

    Parameters
    ----------
    name : str
    values : tuple of str
        Sorted. Years and other numbers stand for five each: "1990".
    numbers : bool
    """

    name: str
    values: tuple[str, ...]
    numbers: bool = False

    @classmethod
    def of(cls, name: str, column: Sequence[str | None]) -> "KnownValues":
        """Find the values of a column; whole numbers above 20 different ones are put together by five."""
        known = {value for value in column if value}
        numbers = len(known) > 0 and all(value.lstrip("-").isdigit() for value in known)
        return cls(name, tuple(sorted({_bucket(value) if numbers else value for value in known})), numbers)

    @property
    def size(self) -> int:
        """Values, with the one for absent."""
        return len(self.values) + 1

    def encode(self, column: Sequence[str | None]) -> NDArray[np.int32]:
        """Return the place of each value, 0 where it is absent or was never seen, shape (n,)."""
        place = {value: at + 1 for at, value in enumerate(self.values)}
        out = np.zeros(len(column), np.int32)
        for row, value in enumerate(column):
            if value and self.numbers and value.lstrip("-").isdigit():
                value = _bucket(value)
            out[row] = place.get(value or "", 0)
        return out


def _bucket(value: str) -> str:
    return str(int(value) // _YEARS * _YEARS)
