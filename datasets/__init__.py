"""Reviews from files, simulated corpora, downloads, and text preparation.

Public names are loaded on first use: who reads prepared text needs no reader of files.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
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

_HOMES = {
    "corpus": (
        "Corpus",
        "load_corpus",
        "read_about",
        "read_reviews",
        "write_corpus",
    ),
    "fetch": ("fetch_pitchfork",),
    "importing": ("import_corpus",),
    "named_texts": (
        "NamedTexts",
        "read_texts",
        "texts_of_bytes",
    ),
    "readers.detection": ("FORMATS",),
    "readers.sources": ("source_files",),
    "schema": (
        "ARTISTS_SCHEMA",
        "REJECTS_SCHEMA",
        "REVIEWS_SCHEMA",
        "describe",
    ),
    "simulation": (
        "AudioSettings",
        "SimulatedCorpus",
        "SimulationSettings",
        "Truth",
        "load_truth",
        "simulate",
    ),
    "text": (
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
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> _Any:
    if name in _HOME_OF:
        return getattr(_import_module(f".{_HOME_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
