"""Which topics look wrong: two in one, one in two, or saying nothing.

*Mixed.* If a topic is one, its words fall on its documents as if drawn independently: that a document has one of them
says nothing about the others. So the leading words of a topic are taken, their expected counts in each document are
compared with what the document's share of the topic predicts, and the correlations of what is left over are looked
at. Their first eigenvector tells two groups of words that shun each other; its eigenvalue, in units of what chance
makes of so many words and documents, tells how much.

*Alike.* The cosine of two topics' word distributions, after the square root is taken and that of the corpus subtracted,
so that words frequent everywhere make nobody alike.

*Noise.* The Kullback-Leibler divergence of a topic from the word frequencies of the corpus, beside other topics'.

Public names: :class:`TopicFinding`, :func:`inspect_topics`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .diagnostics import relevance
from .keyword_report import ModelWords, background_topics

MIXED = 2.5  # times the eigenvalue that chance makes
ALIKE = 0.4  # cosine
NOISE = 0.6  # times the median divergence
_N_WORDS = 30
_FEWEST_WORDS = 8
_LEAST_TOKENS = 15
_LEAST_PART = 0.1  # of the smaller of two groups, in tokens
_LEAST_DOCUMENTS = 20
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class TopicFinding:
    """Something to look at.

    Parameters
    ----------
    kind : {"mixed", "alike", "noise"}
    topics : tuple of str
        The topic; of "alike" both.
    score : float
        "mixed": eigenvalue in units of chance, at least 2.5. "alike": cosine, at least 0.4. "noise": divergence over
        the median of all topics, at most 0.6.
    words : tuple of tuple of str
        "mixed": the two groups of words. "alike": words that both have. "noise": the leading words.
    """

    kind: str
    topics: tuple[str, ...]
    score: float
    words: tuple[tuple[str, ...], ...]


def inspect_topics(
    model: Any, counts: csr_matrix, *, n_each: int = 5, n_words: int = 8, n_jobs: int = 1
) -> list[TopicFinding]:
    """Find topics that look mixed (split them), alike (merge them) or like noise.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    counts : csr_matrix of shape (n_docs, n_words)
        What it was fitted to.
    n_each : int
        Findings of each kind at most, the strongest.
    n_words : int
        Words shown per group.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    list of TopicFinding
        Mixed, then alike, then noise; topics already known as noise are left out, and frozen ones are neither to be
        split nor to be merged.

    Raises
    ------
    ParameterError
        If the model was fitted to counts of another shape.

    Notes
    -----
    Time O(entries * n_topics + n_topics**2 * n_words).
    """
    fitted = ModelWords.of(model, counts)
    known = set(background_topics(fitted.topics))
    topics = [topic for topic in range(len(fitted.topics)) if topic not in known]
    frequency = model.topic_share_ @ fitted.topic_word
    changeable = [topic for topic in topics if not fitted.topics[topic].frozen]
    mixed = _mixed_topics(fitted, counts, changeable, n_words, n_jobs)
    return [
        *sorted(mixed, key=lambda found: -found.score)[:n_each],
        *_alike_topics(fitted, frequency, changeable, n_words)[:n_each],
        *_noise_topics(fitted, frequency, topics, n_words)[:n_each],
    ]


# -- mixed -------------------------------------------------------------------------------------------------------


def _mixed_topics(
    fitted: ModelWords, counts: csr_matrix, topics: list[int], n_shown: int, n_jobs: int
) -> list[TopicFinding]:
    counted = np.asarray(counts.sum(axis=0)).ravel()
    tokens = fitted.shares(range(len(counted)), n_jobs=n_jobs) * counted[:, None]
    ranking = relevance(fitted.topic_word, counted)
    found = []
    for topic in topics:
        scores = np.where(tokens[:, topic] >= _LEAST_TOKENS, ranking[topic], -np.inf)
        words = np.argsort(-scores, kind="stable")[:_N_WORDS]
        words = words[np.isfinite(scores[words])]
        finding = _split_in_two(fitted, topic, words, n_shown) if len(words) >= _FEWEST_WORDS else None
        if finding is not None:
            found.append(finding)
    return found


def _split_in_two(
    fitted: ModelWords, topic: int, words: NDArray[np.int64], n_shown: int
) -> TopicFinding | None:
    """Return a finding if the words of a topic fall into two groups that shun each other."""
    said = _tokens_of_topic(fitted, topic, words)
    said = said[said.sum(axis=1) >= 2]
    if len(said) < _LEAST_DOCUMENTS:
        return None
    shares = said.sum(axis=0) / said.sum()
    left = _residual_correlation(said, shares)
    values, vectors = np.linalg.eigh(left)
    score = float(values[-1]) / (2 * np.sqrt(len(words) / len(said)))
    side = vectors[:, -1] * (1 if vectors[:, -1].sum() >= 0 else -1)
    parts = [np.flatnonzero(side > 0), np.flatnonzero(side <= 0)]
    if score < MIXED or min(shares[part].sum() for part in parts) < _LEAST_PART:
        return None
    groups = tuple(tuple(fitted.words[words[at]] for at in part[:n_shown].tolist()) for part in parts)
    return TopicFinding("mixed", (fitted.topics[topic].id,), score, groups)


def _tokens_of_topic(fitted: ModelWords, topic: int, words: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the expected tokens of the topic that are these words, per document with any, (n_docs, n_words)."""
    entries = fitted.counts[:, words].tocoo()
    chance = np.empty(len(entries.data))
    step = max(1, _AT_ONCE // len(fitted.topics))
    for at in range(0, len(chance), step):
        part = slice(at, at + step)
        weights = fitted.doc_topic[entries.row[part]] * fitted.topic_word[:, words[entries.col[part]]].T
        chance[part] = weights[:, topic] / np.maximum(weights.sum(axis=1), 1e-300)
    docs, row = np.unique(entries.row, return_inverse=True)
    said = np.zeros((len(docs), len(words)))
    said[row, entries.col] = entries.data * chance
    return said


def _residual_correlation(said: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlations of the words beyond those of draws from one distribution; zero diagonal."""
    expected = said.sum(axis=1, keepdims=True) * shares
    residual = (said - expected) / np.sqrt(np.maximum(expected * (1 - shares), 1e-300))
    spread = residual.T @ residual / len(said)
    scale = np.sqrt(np.maximum(np.diag(spread), 1e-300))
    odds = np.sqrt(shares / (1 - shares))
    left = spread / np.outer(scale, scale) + np.outer(odds, odds)  # a multinomial's correlation is minus that
    np.fill_diagonal(left, 0)
    return left


# -- alike, noise ------------------------------------------------------------------------------------------------


def _alike_topics(
    fitted: ModelWords, frequency: NDArray[np.float64], topics: list[int], n_shown: int
) -> list[TopicFinding]:
    rows = np.sqrt(fitted.topic_word[topics]) - np.sqrt(frequency)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    likeness = np.triu(rows @ rows.T, k=1)
    pairs = np.argwhere(likeness >= ALIKE)
    pairs = pairs[np.argsort(-likeness[tuple(pairs.T)], kind="stable")]
    found = []
    for one, other in pairs.tolist():
        both = np.minimum(rows[one], rows[other])
        words = tuple(fitted.words[at] for at in np.argsort(-both, kind="stable")[:n_shown].tolist())
        ids = (fitted.topics[topics[one]].id, fitted.topics[topics[other]].id)
        found.append(TopicFinding("alike", ids, float(likeness[one, other]), (words,)))
    return found


def _noise_topics(
    fitted: ModelWords, frequency: NDArray[np.float64], topics: list[int], n_shown: int
) -> list[TopicFinding]:
    rows = fitted.topic_word[topics]
    ratio = np.divide(rows, frequency, out=np.ones_like(rows), where=(rows > 0) & (frequency > 0))
    divergence = (rows * np.log(ratio)).sum(axis=1)
    relative = divergence / max(float(np.median(divergence)), 1e-300)
    found = []
    for at in np.argsort(relative, kind="stable").tolist():
        if len(topics) > 2 and relative[at] <= NOISE:
            words = tuple(
                fitted.words[word] for word in np.argsort(-rows[at], kind="stable")[:n_shown].tolist()
            )
            found.append(
                TopicFinding("noise", (fitted.topics[topics[at]].id,), float(relative[at]), (words,))
            )
    return found
