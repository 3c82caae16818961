"""The steps from a source to a map, each recorded in the workspace: import, text, topics, artists, layout, clusters.

Each function does its step unless it is done already, and returns its record. Inputs and parameters that change the
outputs are in the record; the number of threads is not, since outputs do not depend on it.
"""

from .artist_tables import ArtistSources
from .artists import (
    fit_artists,
    lay_out_artists,
    load_vectors,
    place_artists,
)
from .asked import asked_shares, shares_far_from_asked, total_asked
from .audio import OWN_CONTENT, TRACKS, extract_folder, join_audio, joined_facts
from .clusters import cluster_artists, cluster_facts
from .comparison import compare_with_labels
from .content import CONTENT_VECTORS, apply_content, learn_content
from .content_factors import FACTORS, factors_of_tracks
from .content_labels import ContentOptions, LabelTable, read_label_table
from .corpus import (
    best_known_artist,
    check_language,
    corpus_notes,
    count_artists,
    count_words,
    former_import_options,
    has_texts,
    import_reviews,
    keep_language,
    keep_min_reviews,
    prepare_corpus_text,
    simulate_corpus,
)
from .covariates import judge_covariate
from .detection import detect_topics, listed_words, mark_detected, write_detection
from .diagnosis import diagnose_round, fit_round_chains, rank_round_words, read_chains, read_diagnosis
from .drafts import Draft, edit_topics, read_draft
from .evaluation import agreement_with_people, are_imported, evaluate_artists, measure_side_features
from .evidence import (
    Evidence,
    EvidenceTables,
    find_topic,
    gather_evidence,
    read_evidence_tables,
    write_evidence,
)
from .general_separator import load_general_separator
from .import_options import ImportOptions
from .judging import write_judging
from .kept_artists import keep_artists, learnt_from
from .keywords import (
    check_topic_keywords,
    keyword_report,
    load_prepared,
    own_topic_config,
    unheld_line,
    unheld_topics,
    write_keyword_report,
)
from .listing import list_artists, list_topic_artists, list_topic_reviews
from .maps import called_topics, draw_map, map_title, topic_label, write_map, write_map_comparison
from .marking import MarkedText
from .own_folder import alone_in, check_own_folder
from .paths import (
    ARTISTS,
    CLUSTERS,
    COUNTS,
    CURRENT_ROUND,
    LAYOUT,
    MAP,
    REJECTS,
    REVIEWS,
    SIDE_FEATURES,
    SILHOUETTES,
    TOKENS,
    TOPIC_CONFIG,
    TOPIC_MAP,
    VECTORS,
    VOCABULARY,
    round_folder,
    round_step,
)
from .queries import (
    current_topics,
    earlier_topics_line,
    explanation_facts,
    import_vectors,
    load_queries,
    refuse_earlier_topic,
)
from .records import keep_topic_config, topic_rounds
from .round_corpus import change_lines, fit_of_round, outdated_by, outdated_line
from .rounds import diff_topics, list_rounds, refit_topics, round_facts, undo_round, use_round
from .separation import MOST_HOURS, SEPARATION_FIGURES, separate_file, train_separator
from .similar_sounds import similar_sounds
from .song import learn_song
from .sound_map import MapOptions, write_sound_map
from .sounds import sound_folder
from .spectral import FEATURE_SETS, Labels, SoundTable, learn_spectra
from .store import build_neighbors, open_store, put_artists, remove_artists
from .suggestions import review_topics, suggest_for_topic
from .topic_config import kept_topic_config, read_topic_config
from .topic_export import EXPORTS, export_topics
from .topic_pictures import (
    judge_trace,
    load_topics,
    most_relevant_words,
    topic_shares_by_group,
    write_topic_diff,
    write_topic_map,
    write_topic_shares,
    write_trace,
)
from .topics import (
    current_round,
    default_topic_count,
    fit_topics,
    has_topics,
    kept_prior,
    kept_round,
)
from .updating import update_facts, update_topics
from .workspace_labels import workspace_labels
from .workspace_sounds import draw_workspace_sounds, mapped_sounds

__all__ = [
    "change_lines",
    "fit_of_round",
    "outdated_by",
    "outdated_line",
    "EXPORTS",
    "export_topics",
    "judge_covariate",
    "CONTENT_VECTORS",
    "OWN_CONTENT",
    "ContentOptions",
    "FACTORS",
    "ImportOptions",
    "LabelTable",
    "read_label_table",
    "workspace_labels",
    "draw_workspace_sounds",
    "mapped_sounds",
    "apply_content",
    "factors_of_tracks",
    "learn_content",
    "similar_sounds",
    "sound_folder",
    "agreement_with_people",
    "asked_shares",
    "total_asked",
    "open_store",
    "put_artists",
    "remove_artists",
    "build_neighbors",
    "evaluate_artists",
    "load_queries",
    "import_vectors",
    "explanation_facts",
    "ARTISTS",
    "CLUSTERS",
    "COUNTS",
    "CURRENT_ROUND",
    "LAYOUT",
    "MAP",
    "REJECTS",
    "REVIEWS",
    "SIDE_FEATURES",
    "SILHOUETTES",
    "TOKENS",
    "TOPIC_CONFIG",
    "TOPIC_MAP",
    "TRACKS",
    "VECTORS",
    "VOCABULARY",
    "ArtistSources",
    "Evidence",
    "EvidenceTables",
    "read_evidence_tables",
    "MarkedText",
    "Draft",
    "FEATURE_SETS",
    "Labels",
    "MapOptions",
    "SoundTable",
    "learn_spectra",
    "write_sound_map",
    "best_known_artist",
    "called_topics",
    "check_language",
    "alone_in",
    "check_own_folder",
    "check_topic_keywords",
    "cluster_artists",
    "cluster_facts",
    "compare_with_labels",
    "corpus_notes",
    "count_artists",
    "count_words",
    "current_round",
    "current_topics",
    "earlier_topics_line",
    "default_topic_count",
    "detect_topics",
    "diagnose_round",
    "draw_map",
    "extract_folder",
    "find_topic",
    "diff_topics",
    "edit_topics",
    "fit_artists",
    "fit_round_chains",
    "fit_topics",
    "gather_evidence",
    "former_import_options",
    "has_texts",
    "has_topics",
    "import_reviews",
    "join_audio",
    "joined_facts",
    "judge_trace",
    "keep_artists",
    "learnt_from",
    "keep_language",
    "keep_min_reviews",
    "keep_topic_config",
    "kept_prior",
    "kept_round",
    "kept_topic_config",
    "keyword_report",
    "lay_out_artists",
    "learn_song",
    "list_rounds",
    "list_artists",
    "list_topic_artists",
    "list_topic_reviews",
    "load_topics",
    "listed_words",
    "load_prepared",
    "load_vectors",
    "map_title",
    "mark_detected",
    "are_imported",
    "measure_side_features",
    "most_relevant_words",
    "place_artists",
    "prepare_corpus_text",
    "rank_round_words",
    "read_chains",
    "read_diagnosis",
    "read_draft",
    "own_topic_config",
    "read_topic_config",
    "review_topics",
    "refit_topics",
    "refuse_earlier_topic",
    "round_facts",
    "round_folder",
    "round_step",
    "simulate_corpus",
    "suggest_for_topic",
    "topic_label",
    "topic_rounds",
    "topic_shares_by_group",
    "write_detection",
    "write_evidence",
    "write_keyword_report",
    "undo_round",
    "shares_far_from_asked",
    "unheld_line",
    "unheld_topics",
    "update_facts",
    "update_topics",
    "use_round",
    "write_judging",
    "write_map",
    "write_map_comparison",
    "write_topic_diff",
    "write_topic_map",
    "write_topic_shares",
    "write_trace",
    "MOST_HOURS",
    "SEPARATION_FIGURES",
    "load_general_separator",
    "separate_file",
    "train_separator",
]
