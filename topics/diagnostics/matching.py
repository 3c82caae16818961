"""Which topic of one fit is which topic of another.

Two topics may only stand for one another when the model cannot tell them apart beforehand: same keywords, exclusions
and proportion. A topic with a configuration of its own keeps its identity. Public names: :func:`exchangeable_groups`,
:func:`topic_similarity`, :func:`match_topics`, :func:`align_chains`, :func:`count_distinct_topics`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from ...core.errors import ParameterError
from ..keywords import Topic

_MAX_ROUNDS = 10
SAME = 0.9
"""Cosine from which two topics of one fit are the same: of a model with topics to spare it is .95 and more, of 10 to 50
topics of real reviews no two came above .6."""
LEFT_OVER = 0.2
"""Part of an even share below which a topic is left to the prior: .12 of topics to spare, .77 of real reviews."""


def exchangeable_groups(topics: Sequence[Topic], *priors: str | ArrayLike) -> NDArray[np.int64]:
    """Number the topics so that those the model cannot tell apart beforehand share a number.

    Parameters
    ----------
    topics : sequence of Topic
        ``model.topics_``.
    *priors : "auto", or float or array of shape (n_topics,)
        Further parameters that may differ by topic, such as ``doc_topic_prior``; a word stands for equal values.

    Returns
    -------
    ndarray of shape (n_topics,), int64
        A topic with keywords, or frozen, has a number of its own.
    """
    numeric = [np.asarray(prior, float) for prior in priors if not isinstance(prior, str)]
    values = [np.broadcast_to(prior, len(topics)) for prior in numeric]
    keys: dict[tuple[object, ...], int] = {}
    numbers = []
    for at, topic in enumerate(topics):
        own = at if topic.keywords or topic.frozen else -1
        key = (own, topic.proportion, tuple(sorted(topic.excluded)), *(float(value[at]) for value in values))
        numbers.append(keys.setdefault(key, len(keys)))
    return np.array(numbers, np.int64)


def topic_similarity(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the cosine of every topic of one fit with every topic of the other.

    Parameters
    ----------
    first, second : ndarray of shape (n_topics, n_words)
        p(word | topic), over the same words.

    Returns
    -------
    ndarray of shape (n_first, n_second), float64
        In [0, 1].
    """
    left, right = np.asarray(first, float), np.asarray(second, float)
    norms = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :]
    return left @ right.T / np.maximum(norms, 1e-300)


def count_distinct_topics(topic_word: NDArray[np.floating], topic_share: NDArray[np.floating]) -> int:
    """Return how many topics of a fit hold words of their own.

    A model with more topics than the corpus has gives several the same words, and leaves others to the prior.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
        p(word | topic).
    topic_share : ndarray of shape (n_topics,)
        Share of each topic in the corpus.

    Returns
    -------
    int
        Groups of topics, where two whose cosine is at least :data:`SAME` are of one group; topics with less than
        :data:`LEFT_OVER` of an even share are not counted.
    """
    held = topic_word[np.asarray(topic_share) >= LEFT_OVER / len(topic_word)]
    return int(connected_components(csr_matrix(topic_similarity(held, held) >= SAME), directed=False)[0])


def match_topics(
    first: NDArray[np.floating], second: NDArray[np.floating], groups: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Find the one-to-one matching of topics with the largest sum of cosines.

    Parameters
    ----------
    first, second : ndarray of shape (n_topics, n_words)
    groups : array of shape (n_topics,), int, optional
        Only topics of one group are matched, see :func:`exchangeable_groups`; without them all topics may be.

    Returns
    -------
    ndarray of shape (n_topics,), int64
        For each topic of ``first`` its match in ``second``.

    Raises
    ------
    ParameterError
        If the two have different shapes.

    Notes
    -----
    Time O(n_topics**2 * n_words + n_topics**3).

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem, Naval Research Logistics 2.
    """
    from scipy.optimize import linear_sum_assignment

    if first.shape != second.shape:
        raise ParameterError(
            f"topics can be matched over the same words and numbers only; got {first.shape} and {second.shape}"
        )
    members = np.zeros(len(first), np.int64) if groups is None else np.asarray(groups)
    matched = np.arange(len(first))
    for group in np.unique(members):
        inside = np.flatnonzero(members == group)
        if len(inside) > 1:
            rows, columns = linear_sum_assignment(
                topic_similarity(first[inside], second[inside]), maximize=True
            )
            matched[inside[rows]] = inside[columns]
    return matched


def align_chains(
    topic_words: Sequence[NDArray[np.floating]], groups: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Match the topics of several chains to their common mean.

    Starts from the first chain's topics; mean and matching take turns until the matching stays.

    Parameters
    ----------
    topic_words : sequence of ndarray of shape (n_topics, n_words)
    groups : array of shape (n_topics,), int, optional

    Returns
    -------
    ndarray of shape (n_chains, n_topics), int64
        Which topic of each chain stands for the first chain's topic k; the first row is 0, 1, 2, ...
    """
    n_topics = len(topic_words[0])
    order = np.tile(np.arange(n_topics), (len(topic_words), 1))
    center = np.asarray(topic_words[0], float)
    for _ in range(_MAX_ROUNDS):
        found = np.array([match_topics(center, words, groups) for words in topic_words])
        found = found[:, np.argsort(found[0])]  # the first chain's topic k has column k
        if np.array_equal(found, order) and center is not topic_words[0]:
            break
        order = found
        center = np.mean([words[row] for words, row in zip(topic_words, order, strict=True)], axis=0)
    return order
