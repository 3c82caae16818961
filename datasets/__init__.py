"""Reviews from files, simulated corpora, downloads, and text preparation."""

from .corpus import Corpus, load_corpus, read_about, read_reviews, write_corpus
from .fetch import fetch_pitchfork
from .readers.detection import FORMATS
from .readers.sources import source_files
from .schema import ARTISTS_SCHEMA, REJECTS_SCHEMA, REVIEWS_SCHEMA, describe
from .simulation import AudioSettings, SimulatedCorpus, SimulationSettings, Truth, load_truth, simulate
from .text import (
    PreparedText,
    TextSettings,
    normalize_terms,
    prepare_new_text,
    prepare_text,
    term_normalizer,
)

__all__ = [
    "ARTISTS_SCHEMA",
    "FORMATS",
    "REJECTS_SCHEMA",
    "REVIEWS_SCHEMA",
    "AudioSettings",
    "Corpus",
    "PreparedText",
    "SimulatedCorpus",
    "SimulationSettings",
    "TextSettings",
    "Truth",
    "describe",
    "fetch_pitchfork",
    "load_corpus",
    "load_truth",
    "normalize_terms",
    "prepare_new_text",
    "prepare_text",
    "read_about",
    "read_reviews",
    "simulate",
    "source_files",
    "term_normalizer",
    "write_corpus",
]
