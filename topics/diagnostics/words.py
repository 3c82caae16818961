"""Which words say most about a topic, and how distinct topics are.

``topic_word`` is p(word | topic), shape (n_topics, n_words), rows summing to 1. A ranking is a score of the same shape,
higher first; :func:`~bandscape.topics.top_words` takes its rows. Public names: :func:`rank_words`, :data:`ORDERS`,
:func:`relevance`, :func:`frex`, :func:`exclusivity`, :func:`topic_exclusivity`, :func:`topic_diversity`,
:func:`shared_words`, :func:`top_word_ids`, :func:`telling_word_ids`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import ParameterError

ORDERS = ("probability", "relevance", "frex")
_SMALLEST = 1e-300
_LEADING = 25  # words of a topic among which those are chosen that it is called by


def rank_words(
    topic_word: NDArray[np.floating],
    order: str = "probability",
    *,
    word_counts: ArrayLike | None = None,
    relevance_weight: float = 0.6,
    exclusivity_weight: float = 0.5,
) -> NDArray[np.float64]:
    """Score the words of each topic by one of three rankings.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    order : {"probability", "relevance", "frex"}
        p(word | topic) itself, :func:`relevance` or :func:`frex`.
    word_counts : array of shape (n_words,), int, optional
        Occurrences in the corpus; "relevance" needs them, "frex" is steadier with them.
    relevance_weight, exclusivity_weight : float in [0, 1]
        Passed on to the ranking.

    Returns
    -------
    ndarray of shape (n_topics, n_words), float64

    Raises
    ------
    ParameterError
        If ``order`` is none of these, "relevance" lacks the counts, or a weight is outside [0, 1].
    """
    if order not in ORDERS:
        raise ParameterError(f"order must be one of {', '.join(ORDERS)}; got {order!r}")
    if order == "frex":
        return frex(topic_word, exclusivity_weight=exclusivity_weight, word_counts=word_counts)
    if order == "relevance":
        if word_counts is None:
            raise ParameterError("order 'relevance' needs word_counts, the words' occurrences in the corpus")
        return relevance(topic_word, word_counts, weight=relevance_weight)
    return np.asarray(topic_word, float)


def relevance(
    topic_word: NDArray[np.floating], word_counts: ArrayLike, *, weight: float = 0.6
) -> NDArray[np.float64]:
    """Mix a word's log-probability in the topic with its lift over the corpus.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    word_counts : array of shape (n_words,)
        Occurrences in the corpus; only their shares matter.
    weight : float in [0, 1]
        lambda: 1 ranks by probability alone, 0 by lift alone. Readers did best near 0.6.

    Returns
    -------
    ndarray of shape (n_topics, n_words), float64
        lambda log p(w | k) + (1 - lambda) log(p(w | k) / p(w)); minus infinity where p(w | k) is 0.

    Raises
    ------
    ParameterError
        If the weight is outside [0, 1] or the counts do not fit.

    References
    ----------
    Sievert and Shirley (2014), LDAvis, Workshop on Interactive Language Learning, equation 1.
    """
    _check_weight(weight, "weight")
    chances = np.asarray(topic_word, float)
    share = _check_word_counts(word_counts, chances.shape[1])
    share = share / max(share.sum(), 1)
    with np.errstate(divide="ignore"):
        log_chance = np.log(chances)
    return log_chance - (1 - weight) * np.log(np.maximum(share, _SMALLEST))


def exclusivity(
    topic_word: NDArray[np.floating], word_counts: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return p(word | topic) over its sum over the topics: 1 for a word no other topic uses.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    word_counts : array of shape (n_words,), int, optional
        Occurrences in the corpus. With them, the shares of rare words, which say little, are drawn towards 1 / n_topics
        (James-Stein shrinkage).

    Returns
    -------
    ndarray of shape (n_topics, n_words), float64
        Columns sum to 1.

    References
    ----------
    Bischof and Airoldi (2012), Summarizing topical content with word frequency and exclusivity, ICML. Hausser and
    Strimmer (2009), Entropy inference and the James-Stein estimator, JMLR 10, equations 4 to 6.
    """
    chances = np.asarray(topic_word, float)
    n_topics = len(chances)
    total = chances.sum(axis=0)
    shares = np.where(total > 0, chances / np.where(total > 0, total, 1), 1 / n_topics)
    if word_counts is None:
        return shares
    counts = _check_word_counts(word_counts, chances.shape[1])
    distance = ((shares - 1 / n_topics) ** 2).sum(axis=0)
    noise = (1 - (shares**2).sum(axis=0)) / np.maximum(counts - 1, 1)
    pull = np.clip(noise / np.maximum(distance, _SMALLEST), 0, 1)
    pull = np.where(counts <= 1, 1.0, pull)
    return pull / n_topics + (1 - pull) * shares


def frex(
    topic_word: NDArray[np.floating],
    *,
    exclusivity_weight: float = 0.5,
    word_counts: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Score words that are both frequent in a topic and exclusive to it.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    exclusivity_weight : float in [0, 1]
        0 ranks by frequency alone, 1 by exclusivity alone.
    word_counts : array of shape (n_words,), int, optional
        See :func:`exclusivity`.

    Returns
    -------
    ndarray of shape (n_topics, n_words), float64
        In (0, 1]: the weighted harmonic mean of the word's quantiles, among the topic's words, by frequency and by
        exclusivity.

    Raises
    ------
    ParameterError
        If the weight is outside [0, 1] or the counts do not fit.

    References
    ----------
    Bischof and Airoldi (2012), section 3.2; the quantiles are average ranks over n_words.
    """
    from scipy import stats

    _check_weight(exclusivity_weight, "exclusivity_weight")
    chances = np.asarray(topic_word, float)
    n_words = chances.shape[1]
    frequent = stats.rankdata(chances, axis=1) / n_words
    exclusive = stats.rankdata(exclusivity(chances, word_counts), axis=1) / n_words
    return _harmonic_mean(frequent, exclusive, exclusivity_weight)


def telling_word_ids(
    topic_word: NDArray[np.floating], word_counts: ArrayLike, n_words: int = 7
) -> NDArray[np.int64]:
    """Return the words to call a topic by: of its 25 most probable, those that other topics lack, by :func:`frex`.

    The most probable words of many topics are the same ("time", "band"); the most exclusive ones are rare names.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_vocabulary)
    word_counts : array of shape (n_vocabulary,), int
        Occurrences in the corpus.
    n_words : int
        25 at most.

    Returns
    -------
    ndarray of shape (n_topics, min(n_words, n_vocabulary)), int64
        Best first.

    Raises
    ------
    ParameterError
        If the counts do not fit, or ``n_words`` is below 1.
    """
    leading = top_word_ids(topic_word, _LEADING)
    chances = np.asarray(topic_word, float)
    frequent, exclusive = (
        _quantiles_of(scores, leading) for scores in (chances, exclusivity(chances, word_counts))
    )
    scores = _harmonic_mean(frequent, exclusive, 0.5)
    return np.take_along_axis(leading, top_word_ids(scores, n_words), axis=1)


def _quantiles_of(scores: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the average ranks over n_words of some columns of each row, without those of all others."""
    found = np.empty(columns.shape)
    for at, (row, wanted) in enumerate(zip(scores, columns, strict=True)):
        ordered = np.sort(row)
        sides = (np.searchsorted(ordered, row[wanted], side) for side in ("left", "right"))
        found[at] = (sum(sides) + 1) / 2
    return found / scores.shape[1]


def _harmonic_mean(
    frequent: NDArray[np.float64], exclusive: NDArray[np.float64], exclusivity_weight: float
) -> NDArray[np.float64]:
    return 1 / (exclusivity_weight / exclusive + (1 - exclusivity_weight) / frequent)


def top_word_ids(scores: NDArray[np.floating], n_words: int = 10) -> NDArray[np.int64]:
    """Return the columns of each row's highest scores, best first; of equals the lower number first.

    Parameters
    ----------
    scores : ndarray of shape (n_topics, n_vocabulary)
    n_words : int

    Returns
    -------
    ndarray of shape (n_topics, min(n_words, n_vocabulary)), int64

    Raises
    ------
    ParameterError
        If ``n_words`` is below 1.
    """
    if n_words < 1:
        raise ParameterError(f"n_words must be an int >= 1; got {n_words!r}")
    rows = np.asarray(scores)
    n_top = min(n_words, rows.shape[1])
    ids = np.empty((len(rows), n_top), np.int64)
    for at, row in enumerate(rows):
        least = np.partition(row, -n_top)[-n_top]
        candidates = np.flatnonzero(row >= least)
        ids[at] = candidates[np.argsort(-row[candidates], kind="stable")[:n_top]]
    return ids


def topic_exclusivity(topic_word: NDArray[np.floating], n_words: int = 10) -> NDArray[np.float64]:
    """Return the mean exclusivity of each topic's most probable words.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    n_words : int
        Words a topic.

    Returns
    -------
    ndarray of shape (n_topics,), float64
        In (0, 1]: 1 when no other topic gives these words any probability.
    """
    chances = np.asarray(topic_word, float)
    ids = top_word_ids(chances, n_words)
    total = np.maximum(chances.sum(axis=0), _SMALLEST)
    return (np.take_along_axis(chances, ids, axis=1) / total[ids]).mean(axis=1)


def topic_diversity(topic_word: NDArray[np.floating], n_words: int = 25) -> float:
    """Return the share of different words among the topics' most probable ones.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    n_words : int
        Words a topic.

    Returns
    -------
    float
        1 when no word is listed twice, 1 / n_topics when all topics list the same words.

    References
    ----------
    Dieng, Ruiz and Blei (2020), Topic modeling in embedding spaces, TACL 8, section 6.
    """
    ids = top_word_ids(topic_word, n_words)
    return len(np.unique(ids)) / ids.size


def shared_words(topic_word: NDArray[np.floating], n_words: int = 25) -> NDArray[np.float64]:
    """Return the share of each topic's most probable words that another topic lists as well.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
    n_words : int
        Words a topic.

    Returns
    -------
    ndarray of shape (n_topics,), float64
    """
    ids = top_word_ids(topic_word, n_words)
    listed = np.bincount(ids.ravel(), minlength=np.asarray(topic_word).shape[1])
    return (listed[ids] > 1).mean(axis=1)


def _check_weight(weight: float, name: str) -> None:
    if not 0 <= weight <= 1:
        raise ParameterError(f"{name} must be in [0, 1]; got {weight!r}")


def _check_word_counts(word_counts: ArrayLike, n_words: int) -> NDArray[np.float64]:
    counts = np.asarray(word_counts, float)
    if counts.shape != (n_words,) or not np.isfinite(counts).all() or (counts < 0).any():
        raise ParameterError(f"word_counts must be {n_words} finite numbers >= 0; got shape {counts.shape}")
    return counts
