"""Where a chain of the classic prior begins: with some tokens in topics already, or with all of them drawn.

==========  ==========================================================================================================
beginning   tokens that are in a topic from the first
==========  ==========================================================================================================
random      none
keywords    those of a topic's keywords, :func:`~bandscape.topics.releasing.start_at_keywords`
anchors     of topics without keywords those of a few words that go together, :mod:`bandscape.topics.anchoring`
both        keywords' tokens, and anchors' in the topics without keywords
auto        "both" where some topics have keywords and others are free, if the corpus has anchors; else "keywords" where
            keywords were released, else "random"
==========  ==========================================================================================================

The further a chain is begun, the less heat it needs: enough to loosen what began crossed, not so much that names are
lost. Public names: :func:`begin_chain`, :data:`HEATS`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .anchoring import start_at_anchors
from .annealing import ANCHORED_HEAT, NAMED_HEAT
from .keywords import Topic
from .releasing import start_at_keywords

HEATS: Mapping[str, float] = MappingProxyType(
    {"random": 1.0, "keywords": NAMED_HEAT, "anchors": ANCHORED_HEAT, "both": NAMED_HEAT}
)
"""Part of the usual first heat."""


def begin_chain(
    counts: csr_matrix,
    topics: Sequence[Topic],
    words: Sequence[str],
    begin: str,
    *,
    seed: int,
    has_released: bool = False,
) -> tuple[NDArray[np.int32] | None, float]:
    """Return the topics that the tokens begin with, and the part of the usual heat that they bear.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : sequence of Topic
        Without the keywords that were released.
    words : sequence of str, length n_words
    begin : str
        A beginning of the table above.
    seed : int
    has_released : bool
        Whether keywords were released, for "auto".

    Returns
    -------
    start : ndarray of shape (n_tokens,), int32, or None
        For ``KeywordLDA.fit(start=...)``: -1 where a topic is to be drawn; None where all are.
    heat : float
    """
    found = None
    if begin == "auto":
        found = _both(counts, topics, words, seed) if _are_some_named(topics, words) else None
        begin = "both" if found is not None else "keywords" if has_released else "random"
    elif begin == "both":
        found = _both(counts, topics, words, seed)
        begin = "both" if found is not None else "keywords"
    if begin == "keywords":
        found = start_at_keywords(counts, topics, words, seed=seed)
    elif begin == "anchors":
        found = start_at_anchors(counts, topics, words, seed=seed)
    return found, HEATS["random" if found is None else begin]


def _both(
    counts: csr_matrix, topics: Sequence[Topic], words: Sequence[str], seed: int
) -> NDArray[np.int32] | None:
    """Return where tokens of keywords and anchors begin; None without keywords or anchors."""
    at_keywords = start_at_keywords(counts, topics, words, seed=seed)
    if at_keywords is None:
        return None
    at_anchors = start_at_anchors(counts, topics, words, seed=seed, with_noise=False)
    return None if at_anchors is None else np.where(at_keywords >= 0, at_keywords, at_anchors)


def _are_some_named(topics: Sequence[Topic], words: Sequence[str]) -> bool:
    """Return whether the corpus has keywords of some topics that are not frozen, while others of these are free."""
    known, learnt = set(words), [topic for topic in topics if not topic.frozen]
    n_named = sum(any(word in known for word, _ in topic.keywords) for topic in learnt)
    return 0 < n_named < len(learnt)
