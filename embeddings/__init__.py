"""Artist vectors: learn them from metadata, ask them, cluster them, measure them.

Importing this package loads no TensorFlow; `Artist2Vec.fit` does.
"""

from .answers import Answer, Answers
from .artist2vec import Artist2Vec
from .clusters import Clusters, cluster_artists, cluster_rows, name_clusters
from .contexts import ArtistPairs, ContextIndex, GroupTokens, NumberTokens, default_contexts, index_contexts
from .evaluation import (
    Figure,
    bootstrap,
    cold_start_at_k,
    evaluate,
    neighbor_overlap,
    recommend,
    rival_methods,
)
from .explain import Explainer, Explanation, explain
from .groups import ArtistGroups, TopicProfiles, group_artists
from .imports import MatchedVectors, match_vectors, read_word2vec
from .quality import genre_algebra, genre_at_k, genre_matrix, measure, one_hot, score_closeness
from .store import ArrowStore, Filter, StoredArtist, build_store
from .terms import Meaning
from .vectors import VectorTable

__all__ = [
    "build_store",
    "StoredArtist",
    "Filter",
    "ArrowStore",
    "rival_methods",
    "recommend",
    "neighbor_overlap",
    "evaluate",
    "cold_start_at_k",
    "bootstrap",
    "Figure",
    "Meaning",
    "read_word2vec",
    "match_vectors",
    "MatchedVectors",
    "group_artists",
    "TopicProfiles",
    "explain",
    "Explanation",
    "Explainer",
    "ArtistGroups",
    "Answer",
    "Answers",
    "Artist2Vec",
    "ArtistPairs",
    "Clusters",
    "ContextIndex",
    "GroupTokens",
    "NumberTokens",
    "VectorTable",
    "cluster_artists",
    "cluster_rows",
    "default_contexts",
    "genre_algebra",
    "genre_at_k",
    "genre_matrix",
    "index_contexts",
    "measure",
    "name_clusters",
    "one_hot",
    "score_closeness",
]
