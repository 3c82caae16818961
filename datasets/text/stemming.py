"""From a surface form to the key that its inflections share.

Keys are free of case and accents, so that "Beyoncé" and "beyonce" meet. The stemmers are code inside NLTK and need
no downloaded data. Public names: :func:`word_keys`, :func:`fold`, :data:`STEMMED_LANGUAGES`.
"""

import re
import unicodedata
from collections.abc import Callable

from ...core.names import identity_key

# Scripts of India and further east, whose combining marks are no accents but vowels and the like.
_SPELLS_WITH_MARKS = re.compile("[\u0900-\u1dff\u2e80-\U0010ffff]")

# A literal, so that checking the settings does not import NLTK; a test compares it with NLTK's own list.
STEMMED_LANGUAGES = (
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian", "norwegian",
    "portuguese", "romanian", "russian", "spanish", "swedish",
)  # fmt: skip


def word_keys(language: str, stemmer: str) -> Callable[[str], str]:
    """Return the function from a surface form to its word.

    Parameters
    ----------
    language : str
    stemmer : {"snowball", "none"}

    Returns
    -------
    callable
        Maps a non-empty str to a non-empty str.

    Notes
    -----
    English is folded before it is stemmed: loan words are written either way ("naïveté", "naivete"). Elsewhere the
    stemmer's rules need the accents, and folding comes last.
    """
    if stemmer == "none":
        return fold
    from nltk.stem.snowball import SnowballStemmer

    stem = SnowballStemmer(language).stem
    if language == "english":
        return lambda surface: stem(folded := fold(surface)) or folded
    return lambda surface: fold(stem(surface.lower())) or fold(surface)


def fold(word: str) -> str:
    """Return a word without case and, where the script has accents to spare, without accents."""
    if word.isascii():
        return word.lower()
    return (
        unicodedata.normalize("NFC", word.casefold())
        if _SPELLS_WITH_MARKS.search(word)
        else identity_key(word)
    )
