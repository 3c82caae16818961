"""Which words stand for a topic: frequent in it, or distinctive of it, or between the two.

``topic_word`` is (n_topics, n_words), a row a topic; ``word_share`` is each word's share of the whole corpus.
Public names: :data:`STEPS`, :func:`relevance`, :func:`relevant_words`, :func:`word_marginals`.
"""

import numpy as np
from numpy.typing import NDArray

# The positions of the slider: 0, .05, ... 1.
STEPS: tuple[float, ...] = tuple(step / 20 for step in range(21))
_KNOTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def relevance(
    topic_word: NDArray[np.floating], word_share: NDArray[np.floating], weight: float
) -> NDArray[np.float64]:
    """Weigh how frequent a word is within a topic against how much more frequent it is there than elsewhere.

    Parameters
    ----------
    topic_word : ndarray of shape (n_words,) or (n_topics, n_words)
        p(word | topic).
    word_share : ndarray of shape (n_words,)
        p(word) in the corpus.
    weight : float in [0, 1]
        Lambda: 1 ranks by probability, 0 by lift, p(word | topic) / p(word).

    Returns
    -------
    ndarray of the shape of ``topic_word``
        lambda log p(w | t) + (1 - lambda) log lift; minus infinity for a word that the topic or the corpus lacks.

    References
    ----------
    C. Sievert, K. Shirley: LDAvis, a method for visualizing and interpreting topics, ACL workshop on interactive
    language learning, visualization and interfaces, 2014, equation 1. Their readers did best with 0.6.
    """
    return _relevance(_logarithms(topic_word), _logarithms(word_share), weight)


def relevant_words(
    topic_word: NDArray[np.floating], word_share: NDArray[np.floating], n_words: int
) -> list[NDArray[np.int64]]:
    """Return all words that are among a topic's most relevant ones at any step of the slider.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    word_share : ndarray of shape (n_words,)
    n_words : int
        How many the page shows at a time.

    Returns
    -------
    list of ndarray of int64, one per topic
        Ascending word numbers. Of equals the lower number is more relevant, as on the page.

    Notes
    -----
    Time O(n_topics * n_words). A score is linear in lambda, so between two of its values a word is never better than
    at the better one, and the n-th best never worse than the n-th best of all words' worse ends: the words below that
    need no further look.
    """
    log_share = _logarithms(word_share)
    found = []
    for row in topic_word:
        log_row = _logarithms(row)
        possible = _possible(log_row, log_share, n_words)
        among = np.zeros(len(possible), bool)
        for weight in STEPS:
            among[_largest(_relevance(log_row[possible], log_share[possible], weight), n_words)] = True
        found.append(possible[among])
    return found


def _possible(
    log_row: NDArray[np.float64], log_share: NDArray[np.float64], n_words: int
) -> NDArray[np.int64]:
    """Return the words that may be among the n most relevant at some lambda, ascending, and few others."""
    if n_words >= len(log_row):
        return np.arange(len(log_row))
    ends = np.stack([_relevance(log_row, log_share, weight) for weight in _KNOTS])
    low, high = np.minimum(ends[:-1], ends[1:]), np.maximum(ends[:-1], ends[1:])
    bound = np.partition(low, low.shape[1] - n_words, axis=1)[:, low.shape[1] - n_words]
    return np.flatnonzero((high >= bound[:, None]).any(axis=0))


def word_marginals(
    topic_word: NDArray[np.floating], topic_share: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return p(word) as the model has it: the topics' distributions, weighed by their shares."""
    marginal = np.asarray(topic_share, np.float64) @ np.asarray(topic_word, np.float64)
    return marginal / marginal.sum()


def _relevance(
    log_row: NDArray[np.float64], log_share: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    lacking = np.isneginf(log_share)
    scores = log_row - (1.0 - weight) * np.where(lacking, 0.0, log_share)
    return np.where(lacking, -np.inf, scores)


def _logarithms(values: NDArray[np.floating]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(values, np.float64))


def _largest(scores: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return where the n largest finite scores stand; of equals the first ones."""
    if n >= len(scores):
        return np.flatnonzero(np.isfinite(scores))
    bound = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > bound)
    level = np.flatnonzero(scores == bound) if np.isfinite(bound) else np.empty(0, np.int64)
    return np.concatenate([above, level[: n - len(above)]])
