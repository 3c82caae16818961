"""The choices of text preparation, as one value that is checked, stored beside the result and applied again.

Public name: :class:`TextSettings`.
"""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...core.errors import ParameterError

STEMMERS = ("snowball", "none")
_CODES = {
    "ar": "arabic", "bg": "bulgarian", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian", "id": "indonesian",
    "it": "italian", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sk": "slovak", "sv": "swedish", "tr": "turkish", "uk": "ukrainian", "vi": "vietnamese",
}  # fmt: skip

# A literal, so that checking the settings reads no file; a test compares it with the package.
STOP_WORD_LANGUAGES = (
    "arabic", "bulgarian", "catalan", "czech", "danish", "dutch", "english", "finnish", "french", "german",
    "hindi", "hungarian", "indonesian", "italian", "norwegian", "polish", "portuguese", "romanian", "russian",
    "slovak", "spanish", "swedish", "turkish", "ukrainian", "vietnamese",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """How raw text becomes words.

    Parameters
    ----------
    language : str
        Chooses stop words and stemmer, in English ("german", "french"). A language that only one of the two knows
        needs ``stemmer="none"`` or ``remove_stop_words=False``.
    stemmer : {"snowball", "none"}
        NLTK's Snowball stemmer (for English that is Porter2), or whole words.
    lowercase : bool
        Whether surface forms are lower-cased. Words are compared without case and accents in any case; false keeps
        the spelling of names for display ("New York").
    remove_stop_words : bool
        Whether the language's stop words are left out.
    extra_stop_words, kept_words : tuple of str
        Words to leave out besides, and words never to leave out. The latter win.
    min_word_length : int, >= 1
        Shorter words are left out.
    keep_numbers : bool
        Whether words without any letter ("1999", "808") are kept. "80s" and "2pac" always are.
    min_document_count : int, >= 1
        A word must be in so many documents.
    max_document_share : float, in (0, 1]
        A word must not be in more than this share of the documents that have any words.
    max_vocabulary : int or None
        Size limit; the most frequent words stay.
    phrases : bool
        Whether pairs of words that belong together become one word ("new_york", "drum_and_bass").
    phrase_threshold : float, in [-1, 1]
        Normalized pointwise mutual information a phrase must exceed; pairs mostly written with a hyphen need not.
    phrase_min_count : int, >= 1
        How often a phrase must occur.
    mask_artists : bool
        Whether the names of the reviewed artists are left out of their own reviews.

    Raises
    ------
    ParameterError
        If a value is of the wrong type or out of range (the message names the parameter).

    Notes
    -----
    The defaults suit reviews of some hundred words. ``phrase_min_count`` below ``min_document_count`` has no effect,
    since a phrase is a word of the vocabulary and meets its limits.
    """

    language: str = "english"
    stemmer: str = "snowball"
    lowercase: bool = True
    remove_stop_words: bool = True
    extra_stop_words: tuple[str, ...] = ()
    kept_words: tuple[str, ...] = ()
    min_word_length: int = 2
    keep_numbers: bool = False
    min_document_count: int = 5
    max_document_share: float = 0.7
    max_vocabulary: int | None = 20_000
    phrases: bool = True
    phrase_threshold: float = 0.35
    phrase_min_count: int = 10
    mask_artists: bool = True

    def __post_init__(self) -> None:
        for name in ("extra_stop_words", "kept_words"):
            object.__setattr__(self, name, _as_words(name, getattr(self, name)))
        _check_choice("stemmer", self.stemmer, STEMMERS)
        if not isinstance(self.language, str):
            raise ParameterError(f"language must be a str such as 'english'; got {self.language!r}")
        object.__setattr__(self, "language", self.language.lower())
        for name in ("lowercase", "remove_stop_words", "keep_numbers", "phrases", "mask_artists"):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(f"{name} must be true or false; got {getattr(self, name)!r}")
        for name in ("min_word_length", "min_document_count", "phrase_min_count"):
            _check_count(name, getattr(self, name))
        if self.max_vocabulary is not None:
            _check_count("max_vocabulary", self.max_vocabulary)
        _check_range("max_document_share", self.max_document_share, 0.0, 1.0, open_below=True)
        _check_range("phrase_threshold", self.phrase_threshold, -1.0, 1.0)
        _check_language(self)

    @classmethod
    def for_language(cls, name: str) -> "TextSettings":
        """Return the usual settings for a language: its stop words, and its stemmer where there is one.

        Parameters
        ----------
        name : str
            In English ("german") or as its code ("de").

        Raises
        ------
        ParameterError
            If no stop words are known for it; the message lists the languages.
        """
        from .stemming import STEMMED_LANGUAGES

        language = _CODES.get(name.strip().lower(), name.strip().lower())
        if language not in STOP_WORD_LANGUAGES:
            raise ParameterError(
                f"language must be one of {', '.join(STOP_WORD_LANGUAGES)}, or its code such as de; got {name!r}"
            )
        return cls(language=language, stemmer="snowball" if language in STEMMED_LANGUAGES else "none")

    def to_json(self) -> str:
        """Return the settings as one line of JSON, the same text for equal settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "TextSettings":
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ParameterError
            If the text is not a JSON object of known fields with good values.
        """
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise ParameterError(f"text settings are not JSON: {error}") from error
        if not isinstance(fields, dict):
            raise ParameterError(f"text settings must be a JSON object; got {type(fields).__name__}")
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(fields) - known):
            raise ParameterError(
                f"unknown text settings {', '.join(unknown)}; known are {', '.join(sorted(known))}"
            )
        return cls(**fields)


def _as_words(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ParameterError(f"{name} must be a sequence of words; got {value!r}")
    words = tuple(value)
    if bad := [word for word in words if not isinstance(word, str)]:
        raise ParameterError(f"{name} must hold only str; got {bad[0]!r}")
    return words


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ParameterError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{name} must be an int >= 1; got {value!r}")


def _check_range(name: str, value: Any, low: float, high: float, *, open_below: bool = False) -> None:
    bracket = "(" if open_below else "["
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and low <= value <= high and not (open_below and value == low)):
        raise ParameterError(f"{name} must be in {bracket}{low:g}, {high:g}]; got {value!r}")


def _check_language(settings: TextSettings) -> None:
    from .stemming import STEMMED_LANGUAGES

    if settings.remove_stop_words and settings.language not in STOP_WORD_LANGUAGES:
        raise ParameterError(
            f"no stop words for language {settings.language!r}; choose one of {', '.join(STOP_WORD_LANGUAGES)}, "
            "or set remove_stop_words=False"
        )
    if settings.stemmer == "snowball" and settings.language not in STEMMED_LANGUAGES:
        raise ParameterError(
            f"no stemmer for language {settings.language!r}; choose one of {', '.join(STEMMED_LANGUAGES)}, "
            "or set stemmer='none'"
        )
