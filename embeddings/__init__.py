"""Artist vectors: learn them from metadata, ask them, cluster them, measure them.

Importing this package loads no TensorFlow; `Artist2Vec.fit` does.
"""

from .answers import Answer, Answers
from .artist2vec import Artist2Vec
from .clusters import Clusters, cluster_artists, cluster_rows, name_clusters
from .context_options import contexts_as_records, contexts_from_records, parse_contexts
from .contexts import (
    ArtistPairs,
    ContextIndex,
    GroupTokens,
    NumberTokens,
    ShareTokens,
    default_contexts,
    index_contexts,
)
from .histories import join_listeners
from .quality import genre_algebra, genre_at_k, genre_matrix, measure, one_hot, score_closeness
from .vectors import VectorTable

__all__ = [
    "Answer",
    "Answers",
    "Artist2Vec",
    "ArtistPairs",
    "Clusters",
    "ContextIndex",
    "GroupTokens",
    "NumberTokens",
    "ShareTokens",
    "VectorTable",
    "cluster_artists",
    "cluster_rows",
    "contexts_as_records",
    "contexts_from_records",
    "default_contexts",
    "genre_algebra",
    "genre_at_k",
    "genre_matrix",
    "index_contexts",
    "join_listeners",
    "measure",
    "name_clusters",
    "one_hot",
    "parse_contexts",
    "score_closeness",
]
