"""Leaving the names of the reviewed artists out of their own reviews, so that topics are not band names.

Names in public tables may be lower-cased and stripped of every non-ASCII letter ("bjrk"), and many are ordinary
words (Low, Girls, The Band). So a name is found by forgiving spelling, but masked only where it is used as a name:

1. the whole name of several words, where any of its words is capitalized ("Talking Heads", "the Band");
2. a single word of it, capitalized in mid-sentence; a word of a longer name ("Springsteen") only where it is not part
   of another name ("New York" in a review of New Order);
3. a capitalized word that begins a sentence, where the review never writes it small ("Springsteen sings ...");
4. a word that matches only by its deleted letters (múm), in any case.

A name in the table that the review does not contain may have lost one letter: "Bjork" is found by "bjrk", too.
"girls" in a review of Girls stays. A text without capital letters loses only whole names of several words. Each
review is judged by itself: the result does not depend on other reviews. Public names: :class:`NameFinder`,
:func:`name_words`.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.names import identity_key
from .units import CAPITAL, HYPHEN_UNIT, POSSESSIVE, SENTENCE_END, STOP_WORD, UnitTable

_SEPARATORS = re.compile(r"[\W_]+")
_INITIALS = re.compile(r"(?:\b\w\.){2,}")
_VOWELS = "aeiou"
_SHORTEST_PART = 2  # a single letter of a longer name says too little


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name without case, accents, punctuation and leading article.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of str
        Empty for names like "!!!".
    """
    plain = identity_key(name[:200]).replace("'", "")
    plain = _INITIALS.sub(lambda match: match[0].replace(".", ""), plain)
    words = tuple(word for word in _SEPARATORS.split(plain) if word)
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _with_one_vowel_more(word: str) -> list[str]:
    return [word[:place] + vowel + word[place:] for place in range(1, len(word) + 1) for vowel in _VOWELS]


class NameFinder:
    """Find where reviews name their artists.

    Parameters
    ----------
    table : UnitTable
        Must hold all units of the reviews already.
    """

    def __init__(self, table: UnitTable) -> None:
        self._table = table
        self._flags = table.flags()
        self._is_hyphen = table.codes() == HYPHEN_UNIT

    def positions(self, units: NDArray[np.int32], names: Sequence[str]) -> list[int]:
        """Return the positions of one review's units that name one of its artists.

        Parameters
        ----------
        units : ndarray of shape (n_units,), int32
            The units of one review.
        names : sequence of str

        Returns
        -------
        list of int, sorted
        """
        used: set[int] = set()
        for name in names:
            words = name_words(name)
            joined = "".join(words)
            places = {word: self._places(units, word) for word in {*words, joined}}
            if any(places.values()):
                used |= self._uses(_Review(units, self._flags[units], self._is_hyphen[units]), words, places)
        return sorted(used)

    def _places(self, units: NDArray[np.int32], word: str) -> list[int]:
        """Return where a word is written; if nowhere, where it is written with one vowel more ("Bjork" for bjrk)."""
        for spellings in ([word], _with_one_vowel_more(word)) if word else ():
            candidates = [unit for spelling in spellings for unit in self._table.units_named(spelling)]
            if candidates and len(places := np.flatnonzero(np.isin(units, candidates))):
                return places.tolist()
        return []

    def _uses(self, review: "_Review", words: tuple[str, ...], places: dict[str, list[int]]) -> set[int]:
        joined = "".join(words)
        own = set().union(*places.values())
        used = self._whole_names(review, words, places)
        used |= self._single_uses(review, joined, places[joined], own=None)
        if len(words) > 1:
            for word in words:
                if len(word) >= _SHORTEST_PART:
                    used |= self._single_uses(review, word, places[word], own=own)
        return used

    def _whole_names(
        self, review: "_Review", words: tuple[str, ...], places: dict[str, list[int]]
    ) -> set[int]:
        """Rule 1: the words of the name one after the other."""
        used: set[int] = set()
        for start in places[words[0]] if len(words) > 1 else []:
            run = [start]
            for word in words[1:]:
                after = review.next_word(run[-1])
                if after not in places[word]:
                    break
                run.append(after)
            else:
                if not review.has_capitals or any(review.is_capital_content(place) for place in run):
                    used.update(run)
        return used

    def _single_uses(self, review: "_Review", word: str, places: list[int], own: set[int] | None) -> set[int]:
        """Rules 2 to 4; ``own`` holds the places of all words of a longer name, None if the word is the name."""
        written_small = any(not review.is_capital(place) for place in places)
        used = set()
        for place in places:
            if self._is_spelled_by_deletion(int(review.units[place]), word):
                used.add(place)
            elif not review.is_capital(place):
                continue
            elif review.starts_sentence(place):
                if not written_small:
                    used.add(place)
            elif own is None or not review.is_inside_another_name(place, own):
                used.add(place)
        return used

    def _is_spelled_by_deletion(self, unit: int, word: str) -> bool:
        return not self._table.text(unit).isascii() and word not in self._table.folded_names(unit)


class _Review:
    """The units of one review, and what masking asks of them."""

    def __init__(
        self, units: NDArray[np.int32], flags: NDArray[np.uint8], is_hyphen: NDArray[np.bool_]
    ) -> None:
        self.units = units
        self._flags = flags
        self._is_hyphen = is_hyphen
        self.has_capitals = bool((flags & CAPITAL).any())

    def is_capital(self, place: int) -> bool:
        return bool(self._flags[place] & CAPITAL)

    def is_capital_content(self, place: int) -> bool:
        return bool(self._flags[place] & CAPITAL) and not self._flags[place] & STOP_WORD

    def starts_sentence(self, place: int) -> bool:
        return place == 0 or bool(self._flags[place - 1] & SENTENCE_END)

    def next_word(self, place: int) -> int:
        """Return the place after, passing over a hyphen."""
        after = place + 1
        return after + 1 if after < len(self._is_hyphen) and self._is_hyphen[after] else after

    def is_inside_another_name(self, place: int, own: set[int]) -> bool:
        """Whether a capitalized neighbor that is not of this name belongs with the word at ``place``."""
        before, after = place - 1, place + 1
        if (
            before not in own
            and self.is_capital_content(before)
            and not self._flags[before] & POSSESSIVE
            and not self.starts_sentence(before)
        ):
            return True
        if after >= len(self._flags) or after in own or self._flags[place] & POSSESSIVE:
            return False
        return self.is_capital_content(after)
