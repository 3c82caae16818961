"""Topics steered by keywords: configuration, the ``KeywordLDA`` estimator, reports."""

from .annealing import SmoothAnnealing, StepAnnealing
from .clustering import cluster_scores, compare_clusterings, summarize_comparison
from .interop import TopicPipeline
from .keywords import (
    Topic,
    check_keywords,
    check_topics,
    make_free_topics,
    map_keywords,
    read_topics,
    write_topics,
)
from .lda import KeywordLDA
from .report import format_report, list_topics, top_words, topics_table
from .unigrams import MixtureOfUnigrams
from .unstem import choose_surfaces, count_surfaces, display_words, expected_surface_counts

__all__ = [
    "KeywordLDA",
    "MixtureOfUnigrams",
    "SmoothAnnealing",
    "StepAnnealing",
    "Topic",
    "TopicPipeline",
    "check_keywords",
    "check_topics",
    "choose_surfaces",
    "cluster_scores",
    "compare_clusterings",
    "count_surfaces",
    "display_words",
    "expected_surface_counts",
    "format_report",
    "list_topics",
    "make_free_topics",
    "map_keywords",
    "read_topics",
    "summarize_comparison",
    "top_words",
    "topics_table",
    "write_topics",
]
