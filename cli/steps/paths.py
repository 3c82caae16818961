"""Where things lie in a workspace (relative to its root), and the names of its values."""

REVIEWS = "corpus/reviews.parquet"
ARTISTS = "corpus/artists.parquet"
REJECTS = "corpus/rejects.parquet"
COUNTS = "corpus/counts.npz"
VOCABULARY = "corpus/vocabulary.parquet"
TOKENS = "corpus/tokens.parquet"
VECTORS = "artists/vectors.arrow"
SIDE_PROJECTION = "artists/side"
SIDE_FEATURES = "audio/features.parquet"
CLUSTERS = "artists/clusters.parquet"
SILHOUETTES = "artists/clusters.json"
LAYOUT = "maps/artists.parquet"
TOPIC_CONFIG = "topics/topics.json"
MAP = "maps/map.html"
TOPIC_MAP = "maps/topics.html"
CURRENT_ROUND = "topics_round"
PAST_ROUNDS = "topics_past"  # rounds that were current before, last one last
ARTIST_FILES = "artists_files"  # tables the artists were learnt from, where they were read
TOPIC_SHARES_NAME = "topics"  # names the topic shares of the current round in the place of such a file
JOINED_SOUND_NAME = "audio"  # and this one what `audio join` made
SHORT_NAMES = (TOPIC_SHARES_NAME, JOINED_SOUND_NAME)
TEXT_MIN_REVIEWS = "text_min_reviews"  # that a word must be in; the usual number where nothing is noted
TEXT_LANGUAGE = "text_language"  # of the reviews; English where nothing is noted
TOPIC_DRAFT = "topics_draft"  # edits that wait for a refit


def round_step(number: int) -> str:
    """Return the step name of a round."""
    return f"topics/{number:04d}"


def round_folder(number: int) -> str:
    """Return the workspace folder of a round."""
    return f"topics/rounds/{number:04d}"
