"""Reviews from files, simulated corpora, downloads, and text preparation."""

from .corpus import Corpus, load_corpus, read_about, read_reviews, write_corpus
from .fetch import fetch_pitchfork
from .importing import import_corpus
from .named_texts import NamedTexts, read_texts, texts_of_bytes
from .readers.detection import FORMATS
from .readers.sources import source_files
from .schema import ARTISTS_SCHEMA, REJECTS_SCHEMA, REVIEWS_SCHEMA, describe
from .simulation import AudioSettings, SimulatedCorpus, SimulationSettings, Truth, load_truth, simulate
from .text import (
    LocatedWords,
    PreparedText,
    StoredText,
    TextSettings,
    locate_words,
    normalize_terms,
    number_words,
    prepare_new_text,
    prepare_stored_text,
    prepare_text,
    read_vocabulary,
    term_normalizer,
    text_key,
)

__all__ = [
    "ARTISTS_SCHEMA",
    "FORMATS",
    "REJECTS_SCHEMA",
    "REVIEWS_SCHEMA",
    "AudioSettings",
    "Corpus",
    "LocatedWords",
    "NamedTexts",
    "PreparedText",
    "SimulatedCorpus",
    "SimulationSettings",
    "StoredText",
    "TextSettings",
    "Truth",
    "describe",
    "fetch_pitchfork",
    "import_corpus",
    "load_corpus",
    "load_truth",
    "locate_words",
    "normalize_terms",
    "number_words",
    "prepare_new_text",
    "prepare_stored_text",
    "prepare_text",
    "read_about",
    "read_reviews",
    "read_texts",
    "read_vocabulary",
    "simulate",
    "source_files",
    "term_normalizer",
    "text_key",
    "texts_of_bytes",
    "write_corpus",
]
