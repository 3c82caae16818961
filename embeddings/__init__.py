"""Artist vectors: learn them from metadata, ask them, cluster them, measure them.

Importing this package loads no TensorFlow; `Artist2Vec.fit` does.
"""

from .answers import Answer, Answers
from .artist2vec import Artist2Vec
from .clusters import Clusters, cluster_artists, cluster_rows, name_clusters
from .contexts import ArtistPairs, ContextIndex, GroupTokens, NumberTokens, default_contexts, index_contexts
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
