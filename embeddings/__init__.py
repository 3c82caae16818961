"""Artist vectors: learn them from metadata, ask them, cluster them, measure them.

Importing this package loads no TensorFlow; `Artist2Vec.fit` does.
"""

from .answers import Answer, Answers
from .artist2vec import Artist2Vec
from .artist_keys import match_artists
from .cluster_names import name_clusters
from .clusters import Clusters, cluster_artists, cluster_rows
from .cold_start import ColdStart, cold_start_figures, measure_cold_start
from .context_index import ContextIndex, index_contexts
from .context_options import contexts_as_records, contexts_from_records, parse_contexts
from .contexts import (
    ArtistPairs,
    GroupTokens,
    NumberTokens,
    ReviewPairs,
    ShareTokens,
    default_contexts,
)
from .evaluation import cold_start_at_k, evaluate, neighbor_overlap
from .explain import Explainer, Explanation, explain
from .figures import Figure, bootstrap
from .groups import ArtistGroups, TopicProfiles, group_artists
from .histories import join_listeners
from .imports import MatchedVectors, match_vectors, read_word2vec
from .joint_projection import JointProjection, load_projection
from .quality import genre_algebra, genre_at_k, genre_matrix, measure, one_hot, score_closeness
from .recipes import Recipe, preset_parameters, tutorial_contexts
from .recommendation import recommend
from .rivals import group_matrix, rival_methods
from .side_features import SideFeatures, check_side_features, read_side_features
from .side_projection import SideProjection, fit_side_projection
from .stores.arrow import ArrowStore
from .stores.arrow_files import build_store
from .stores.interface import Filter, StoredArtist, VectorStore
from .stores.postgres import PostgresStore
from .stores.postgres_import import IndexOptions, copy_to_postgres
from .stores.sums import Crowd, ask_store
from .terms import Meaning
from .vectors import VectorTable
from .verdicts import Verdict

__all__ = [
    "Crowd",
    "ask_store",
    "build_store",
    "StoredArtist",
    "Filter",
    "ArrowStore",
    "PostgresStore",
    "IndexOptions",
    "copy_to_postgres",
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
    "ColdStart",
    "ContextIndex",
    "GroupTokens",
    "JointProjection",
    "NumberTokens",
    "Recipe",
    "ReviewPairs",
    "ShareTokens",
    "SideFeatures",
    "SideProjection",
    "VectorStore",
    "VectorTable",
    "Verdict",
    "check_side_features",
    "cluster_artists",
    "cold_start_figures",
    "cluster_rows",
    "contexts_as_records",
    "contexts_from_records",
    "default_contexts",
    "fit_side_projection",
    "genre_algebra",
    "genre_at_k",
    "genre_matrix",
    "group_matrix",
    "index_contexts",
    "join_listeners",
    "load_projection",
    "match_artists",
    "measure",
    "measure_cold_start",
    "name_clusters",
    "one_hot",
    "parse_contexts",
    "preset_parameters",
    "tutorial_contexts",
    "read_side_features",
    "score_closeness",
]
