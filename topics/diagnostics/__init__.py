"""How good, how sure and how different: judging a topic model and summarizing what it found."""

from .chains import DISPERSED, Chains, compare_chains, fit_chains, fit_seeds
from .coherence import MEASURES, CoOccurrence, count_cooccurrence, topic_coherence
from .convergence import (
    Convergence,
    choose_burn_in,
    diagnose_traces,
    ess_bulk,
    ess_tail,
    rank_rhat,
    split_rhat,
)
from .covariates import topic_differences, topic_shares_by, topic_trends
from .groups import GROUPINGS, group_documents
from .heldout import HeldOut, left_to_right, score_held_out
from .matching import (
    align_chains,
    count_distinct_topics,
    exchangeable_groups,
    match_topics,
    topic_similarity,
)
from .table import judge_topics
from .words import (
    ORDERS,
    exclusivity,
    frex,
    rank_words,
    relevance,
    shared_words,
    telling_word_ids,
    top_word_ids,
    topic_diversity,
    topic_exclusivity,
)

__all__ = [
    "DISPERSED",
    "count_distinct_topics",
    "GROUPINGS",
    "MEASURES",
    "ORDERS",
    "Chains",
    "CoOccurrence",
    "Convergence",
    "HeldOut",
    "align_chains",
    "choose_burn_in",
    "compare_chains",
    "count_cooccurrence",
    "diagnose_traces",
    "ess_bulk",
    "ess_tail",
    "exchangeable_groups",
    "exclusivity",
    "fit_chains",
    "fit_seeds",
    "frex",
    "group_documents",
    "judge_topics",
    "left_to_right",
    "match_topics",
    "rank_rhat",
    "rank_words",
    "relevance",
    "score_held_out",
    "shared_words",
    "split_rhat",
    "telling_word_ids",
    "top_word_ids",
    "topic_coherence",
    "topic_differences",
    "topic_diversity",
    "topic_exclusivity",
    "topic_shares_by",
    "topic_similarity",
    "topic_trends",
]
