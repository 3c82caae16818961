"""Text preparation: from raw reviews to counts, a vocabulary and the words in text order."""

from .locating import LocatedWords, locate_words, number_words
from .new_text import normalize_terms, prepare_new_text, term_normalizer
from .preparation import PreparedText, prepare_text, read_vocabulary
from .settings import TextSettings
from .stored_text import StoredText
from .streamed import prepare_stored_text, text_key

__all__ = [
    "LocatedWords",
    "PreparedText",
    "StoredText",
    "TextSettings",
    "locate_words",
    "normalize_terms",
    "number_words",
    "prepare_new_text",
    "prepare_stored_text",
    "prepare_text",
    "read_vocabulary",
    "term_normalizer",
    "text_key",
]
