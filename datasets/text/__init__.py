"""Text preparation: from raw reviews to counts, a vocabulary and the words in text order."""

from .new_text import normalize_terms, prepare_new_text, term_normalizer
from .preparation import PreparedText, prepare_text
from .settings import TextSettings

__all__ = [
    "PreparedText",
    "TextSettings",
    "normalize_terms",
    "prepare_new_text",
    "prepare_text",
    "term_normalizer",
]
