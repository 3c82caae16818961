"""How good, how sure and how different: judging a topic model and summarizing what it found."""

from .covariates import topic_differences, topic_shares_by, topic_trends
from .groups import GROUPINGS, group_documents

__all__ = [
    "GROUPINGS",
    "group_documents",
    "topic_differences",
    "topic_shares_by",
    "topic_trends",
]
