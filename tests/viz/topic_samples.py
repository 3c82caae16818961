"""Topics with known words, for the pictures of topics."""

import base64
from typing import Any

import numpy as np

TYPES = {name: np.dtype(name).newbyteorder("<") for name in ("uint8", "uint16", "uint32", "float32")}


def make_topics(n_topics: int = 12, n_words: int = 400, seed: int = 0) -> dict[str, Any]:
    """Make topics of Dirichlet words, the first and second nearly alike, with counts that follow them."""
    rng = np.random.default_rng(seed)
    topic_word = rng.dirichlet(np.full(n_words, 0.08), n_topics)
    topic_word[1] = 0.8 * topic_word[0] + 0.2 * topic_word[1]
    topic_share = rng.dirichlet(np.full(n_topics, 3.0))
    counts = rng.multinomial(200_000, topic_share @ topic_word)
    ids = ["shoegaze", "noise", *(f"topic_{k}" for k in range(3, n_topics + 1))][:n_topics]
    return {
        "topic_word": topic_word,
        "topic_share": topic_share,
        "words": [f"word{w:03d}" for w in range(n_words)],
        "topic_ids": ids,
        "word_counts": counts,
    }


def unpacked(field: dict[str, str]) -> np.ndarray:
    """Read a typed array of a payload."""
    return np.frombuffer(base64.b64decode(field["base64"]), TYPES[field["type"]])


def unpacked_lists(lengths: dict[str, str], values: dict[str, str]) -> list[np.ndarray]:
    """Read ragged lists of a payload."""
    return np.split(unpacked(values), np.cumsum(unpacked(lengths).astype(int))[:-1])
