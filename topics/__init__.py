"""Topics steered by keywords: configuration, the ``KeywordLDA`` estimator, reports."""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import diagnostics
from .annealing import SmoothAnnealing, StepAnnealing
from .assignments import expected_word_topics, token_topics
from .clustering import cluster_scores, compare_clusterings, summarize_comparison
from .company import company_topics
from .cooccurrence import DocumentCoOccurrence
from .detection import Detection, detect
from .evidence import choose_evidence, densest_passage
from .keyword_check import inspect_keywords, suggest_companions
from .keyword_report import background_topics, report_keywords
from .keywords import (
    Topic,
    check_keywords,
    check_topics,
    list_terms,
    make_free_topics,
    map_keywords,
    read_topics,
    write_topics,
)
from .lda import KeywordLDA
from .report import format_report, list_topics, top_words, topics_table, word_topics_table
from .spelling import nearest_spellings
from .suggestions import AddedWord, ExcludedWord, Suggester, WordSuggestions, suggest_words
from .topic_check import TopicFinding, inspect_topics
from .unigrams import MixtureOfUnigrams
from .unstem import choose_surfaces, count_surfaces, display_words, expected_surface_counts
from .updating import take_up

if _TYPE_CHECKING:
    from .pipeline import TopicPipeline

__all__ = [
    "AddedWord",
    "Detection",
    "DocumentCoOccurrence",
    "ExcludedWord",
    "KeywordLDA",
    "MixtureOfUnigrams",
    "SmoothAnnealing",
    "StepAnnealing",
    "Topic",
    "TopicFinding",
    "TopicPipeline",
    "WordSuggestions",
    "background_topics",
    "check_keywords",
    "check_topics",
    "choose_evidence",
    "choose_surfaces",
    "cluster_scores",
    "company_topics",
    "compare_clusterings",
    "count_surfaces",
    "densest_passage",
    "detect",
    "diagnostics",
    "display_words",
    "expected_surface_counts",
    "expected_word_topics",
    "format_report",
    "inspect_keywords",
    "inspect_topics",
    "list_topics",
    "make_free_topics",
    "list_terms",
    "map_keywords",
    "nearest_spellings",
    "read_topics",
    "report_keywords",
    "suggest_companions",
    "Suggester",
    "suggest_words",
    "summarize_comparison",
    "token_topics",
    "top_words",
    "topics_table",
    "take_up",
    "word_topics_table",
    "write_topics",
]


def __getattr__(name: str) -> _Any:
    if name == "TopicPipeline":  # needs parts of scikit-learn that nothing else does
        from .pipeline import TopicPipeline

        return TopicPipeline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
