"""The smallest pieces of a text (words, parts of hyphenated words, separators) and what each of them is.

A table of units grows as texts are read; what can be known of a unit by itself (content or stop word, its surface
form, its stem) is worked out once, not per occurrence. Public names: :class:`UnitTable`, :class:`Joints`.
"""

import re
import unicodedata
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .settings import TextSettings
from .stemming import fold, word_keys
from .stopwords import connectors, stop_words

# How a content word hangs on the content word before it. From FIRST_CONNECTED on, connector words lie between.
NO_JOINT, SPACE, HYPHEN, OWNED, FIRST_CONNECTED = -1, 0, 1, 2, 3

# Codes of units that are not content words; those have their surface id (>= 0) as code.
GAP, HYPHEN_UNIT, FIRST_CONNECTOR = -1, -2, -3  # connector number n has the code -3 - n

# Flags of units, as bits.
CAPITAL, POSSESSIVE, SENTENCE_END, STOP_WORD = 1, 2, 4, 8

_LONGEST_WORD = 64  # longer "words" are encoded data or noise
_CLITIC = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m|em)|')$")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|un|dell|nell|sull|all|quest)'(?=\w)")
_ELIDING_LANGUAGES = ("french", "italian", "catalan")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


class Joints:
    """Numbers of the joints, and how they read.

    Parameters
    ----------
    connector_words : sequence of str
    """

    def __init__(self, connector_words: Sequence[str]) -> None:
        n = len(connector_words)
        pairs = [f" {first} {second} " for first in connector_words for second in connector_words]
        self.texts = (" ", "-", "'s ", *(f" {word} " for word in connector_words), *pairs)
        self.n_words_inside = np.array([0, 0, 0, *[1] * n, *[2] * (n * n)], dtype=np.int64)
        self._numbers = {text: number for number, text in enumerate(self.texts)}

    def number(self, words_inside: Sequence[str]) -> int:
        """Return the joint with these connector words inside; NO_JOINT where there is none such."""
        return self._numbers.get(f" {' '.join(words_inside)} " if words_inside else " ", NO_JOINT)


class UnitTable:
    """Everything known about the tokens and units seen so far.

    Parameters
    ----------
    settings : TextSettings

    Attributes
    ----------
    surfaces, keys : list of str
        Surface form of each content word, and the word it belongs to; the index is the surface id.
    """

    def __init__(self, settings: TextSettings) -> None:
        self.surfaces: list[str] = []
        self.keys: list[str] = []
        self._settings = settings
        self._stop_words = stop_words(settings)
        numbered = enumerate(connectors(settings))
        self._connectors = {word: number for number, word in numbered if word in self._stop_words}
        self._word_key = word_keys(settings.language, settings.stemmer)
        self._elides = settings.language in _ELIDING_LANGUAGES
        self._surface_ids: dict[str, int] = {}
        self._unit_ids: dict[str, int] = {}
        self._unit_texts: list[str] = []
        self._codes, self._flags = array("i"), array("B")
        self._token_ids = _TokenNumbers(self._add_token)
        self._first_unit, self._n_units, self._units = array("i"), array("i"), array("i")
        self._by_name_key: dict[str, list[int]] = {}
        self._n_indexed = 0

    def __len__(self) -> int:
        return len(self._token_ids)

    def token_ids(self, tokens: list[str]) -> NDArray[np.int32]:
        """Return the number of each token, adding those not seen before."""
        return np.fromiter(map(self._token_ids.__getitem__, tokens), np.int32, len(tokens))

    def expand(self, token_ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the units of the tokens, one after the other, and how many each token has."""
        counts = np.array(self._n_units, dtype=np.int64)[token_ids]
        first = np.array(self._first_unit, dtype=np.int64)[token_ids]
        ends = np.cumsum(counts)
        offsets = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
        units = np.array(self._units, dtype=np.int32)[np.repeat(first, counts) + offsets]
        return units, counts

    def codes(self) -> NDArray[np.int32]:
        """Return the code of each unit: its surface id, or why it is not content."""
        return np.array(self._codes, dtype=np.int32)

    def flags(self) -> NDArray[np.uint8]:
        """Return the flag bits of each unit."""
        return np.array(self._flags, dtype=np.uint8)

    def text(self, unit: int) -> str:
        """Return a unit as it was written."""
        return self._unit_texts[unit]

    def units_named(self, name_key: str) -> list[int]:
        """Return the units that may spell a name given without case, accents and punctuation.

        A unit also matches a name whose non-ASCII letters were deleted: "Björk" is found by "bjork" and "bjrk".
        """
        for unit in range(self._n_indexed, len(self._unit_texts)):
            for key in self.folded_names(unit) | self._deleted_names(unit):
                self._by_name_key.setdefault(key, []).append(unit)
        self._n_indexed = len(self._unit_texts)
        return self._by_name_key.get(name_key, [])

    def folded_names(self, unit: int) -> set[str]:
        """Return a unit without case, accents and punctuation, with and without its possessive s or other clitic."""
        text = self._unit_texts[unit]
        forms = {text, self._base(text)} if "'" in text else {text}
        return {_NOT_ALPHANUMERIC.sub("", fold(form)) for form in forms} - {""}

    def _deleted_names(self, unit: int) -> set[str]:
        text = self._unit_texts[unit]
        if text.isascii():
            return set()
        forms = (unicodedata.normalize("NFC", form).lower() for form in (text, self._base(text)))
        return {"".join(char for char in form if char.isascii() and char.isalnum()) for form in forms} - {""}

    # -- tokens ----------------------------------------------------------------------------------------------

    def _add_token(self, token: str) -> None:
        units = self._units_of(token)
        self._first_unit.append(len(self._units))
        self._n_units.append(len(units))
        self._units.extend(units)

    def _units_of(self, token: str) -> list[int]:
        if token == "&" and "and" in self._connectors:
            return [self._unit("and")]
        parts = token.split("-")
        if len(parts) < 2 or not all(parts) or not self._is_compound(token, parts):
            return [self._unit(token)]
        units = [self._unit(parts[0])]
        for part, before in zip(parts[1:], parts, strict=False):
            if part.lower() not in self._connectors and before.lower() not in self._connectors:
                units.append(self._unit("-"))
            units.append(self._unit(part))
        return units

    def _is_compound(self, token: str, parts: list[str]) -> bool:
        """Whether a hyphenated word is content word, connectors, content word ... and not a word of its own."""
        if token.lower() in self._stop_words:
            return False
        content = [self._code(part) >= 0 for part in parts]
        inner = zip(parts[1:-1], content[1:-1], strict=True)
        return (
            content[0]
            and content[-1]
            and all(fine or part.lower() in self._connectors for part, fine in inner)
        )

    # -- units -----------------------------------------------------------------------------------------------

    def _unit(self, text: str) -> int:
        unit = self._unit_ids.get(text)
        if unit is None:
            unit = self._unit_ids[text] = len(self._unit_texts)
            self._unit_texts.append(text)
            self._codes.append(self._code(text))
            self._flags.append(self._flag_bits(text))
        return unit

    def _flag_bits(self, text: str) -> int:
        if not text[0].isalnum():
            return SENTENCE_END if any(char in ".!?\n" for char in text) else 0
        bits = CAPITAL if text[0].isupper() or (text[1:2].isupper()) else 0
        bits |= POSSESSIVE if text.endswith(("'s", "'S", "'")) else 0
        lowered = text.lower()
        is_stop = lowered in self._stop_words or self._base(text).lower() in self._stop_words
        return bits | (STOP_WORD if is_stop else 0)

    def _code(self, text: str) -> int:
        if text == "-":
            return HYPHEN_UNIT
        base = self._base(text)
        if not base or not base[0].isalnum():
            return GAP
        for form in (text.lower(), base.lower()):
            if form in self._stop_words:
                return FIRST_CONNECTOR - self._connectors[form] if form in self._connectors else GAP
        if not self._settings.min_word_length <= len(base) <= _LONGEST_WORD:
            return GAP
        if not (self._settings.keep_numbers or any(char.isalpha() for char in base)):
            return GAP
        return self._surface(base.lower() if self._settings.lowercase else base)

    def _base(self, text: str) -> str:
        """Return a word without its clitics: band's, they've, l'amour."""
        if "'" not in text:
            return text
        lowered = text.lower()
        ending = _CLITIC.search(lowered)
        beginning = _ELISION.match(lowered) if self._elides else None
        # Lower-casing may change the length of exotic letters; then the word stays whole.
        if len(lowered) != len(text):
            return text
        return text[beginning.end() if beginning else 0 : ending.start() if ending else len(text)]

    def _surface(self, surface: str) -> int:
        number = self._surface_ids.get(surface)
        if number is None:
            number = self._surface_ids[surface] = len(self.surfaces)
            self.surfaces.append(surface)
            self.keys.append(self._word_key(surface).replace("_", ""))
        return number


class _TokenNumbers(dict[str, int]):
    """Numbers tokens in order of appearance and tells the table of each new one."""

    def __init__(self, on_new: "object") -> None:
        super().__init__()
        self._on_new = on_new

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        self._on_new(token)  # type: ignore[operator]
        return number
