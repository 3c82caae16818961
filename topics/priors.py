"""Priors of the topic model, in one sparse form that both schemes share.

A topic's word prior is one value for ordinary words plus a list of exceptions: keywords (more) and excluded words
(zero). The two schemes differ in where the numbers come from and in what the temperature multiplies.
Public names: :class:`TopicPriors`, :func:`usual_priors`, :func:`make_classic_priors`, :func:`make_proportional_priors`,
:func:`with_added_counts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError
from .keywords import Topic

PRIORS = ("classic", "proportional")
INSISTED_SHARE = 0.05


@dataclass(frozen=True)
class TopicPriors:
    """Document and word priors of K topics at temperature 1.

    Parameters
    ----------
    doc_prior : ndarray of shape (n_topics,), float64
        alpha: pseudo-tokens of each topic in a document, or per token of the document where ``by_length``.
    by_length : bool
        Whether a document's prior is ``doc_prior`` times its length; then the temperature multiplies it too.
    word_prior : ndarray of shape (n_topics,), float64
        beta: pseudo-tokens of an ordinary word in each topic.
    listed_words, listed_topics : ndarray of shape (n_listed,), int32
        Exceptions, sorted by word and then by topic, without repeats.
    listed_priors : ndarray of shape (n_listed,), float64
        Prior of that word in that topic, in place of ``word_prior``; zero where the word is excluded.
    listed_heat : ndarray of shape (n_listed,), float64
        What a degree of temperature above 1 adds to ``listed_priors``.
    n_words : int
        Size of the vocabulary.
    """

    doc_prior: NDArray[np.float64]
    by_length: bool
    word_prior: NDArray[np.float64]
    listed_words: NDArray[np.int32]
    listed_topics: NDArray[np.int32]
    listed_priors: NDArray[np.float64]
    listed_heat: NDArray[np.float64]
    n_words: int

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return len(self.doc_prior)

    def at(self, temperature: float) -> "TopicPriors":
        """Return the priors at a temperature."""
        return replace(
            self,
            doc_prior=self.doc_prior * (temperature if self.by_length else 1.0),
            word_prior=self.word_prior * temperature,
            listed_priors=self.listed_priors + (temperature - 1) * self.listed_heat,
        )

    def topic_mass(self) -> NDArray[np.float64]:
        """Return B_k, each topic's word prior summed over the vocabulary."""
        n_listed = np.bincount(self.listed_topics, minlength=self.n_topics)
        listed = np.bincount(self.listed_topics, self.listed_priors, minlength=self.n_topics)
        return self.word_prior * (self.n_words - n_listed) + listed

    def add_to(self, topic_word: NDArray[np.float64]) -> None:
        """Add the word prior to a (n_topics, n_words) array of counts, in place."""
        before = topic_word[self.listed_topics, self.listed_words]
        topic_word += self.word_prior[:, None]
        topic_word[self.listed_topics, self.listed_words] = before + self.listed_priors

    def doc_scales(self, lengths: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the factor of ``doc_prior`` for documents of these lengths; an empty one counts as length 1."""
        return np.maximum(lengths, 1).astype(np.float64) if self.by_length else np.ones(len(lengths))


def usual_priors(n_topics: int, word_counts: NDArray[np.int64]) -> tuple[float, float]:
    """Choose alpha and beta to cool to, before they are fitted.

    Parameters
    ----------
    n_topics : int
    word_counts : ndarray of shape (n_words,), int64

    Returns
    -------
    alpha : float
        0.7 / sqrt(n_topics).
    beta : float
        So that all word priors together weigh sqrt(n_topics) / 140 of the corpus: 5 % with 50 topics, 10 % with 200.
    """
    root = np.sqrt(n_topics)
    return float(0.7 / root), float(word_counts.sum() / (140 * root * len(word_counts)))


def make_classic_priors(
    topics: tuple[Topic, ...],
    word_index: dict[str, int],
    word_counts: NDArray[np.int64],
    *,
    doc_topic_prior: float | ArrayLike = 0.1,
    topic_word_prior: float | ArrayLike = 0.01,
    keyword_strength: float = 0.1,
) -> TopicPriors:
    """Build constant pseudo-counts: alpha per document, beta per word, and a boost per keyword.

    Parameters
    ----------
    topics : tuple of Topic, length n_topics
        A scalar alpha is spread over them by their proportions, keeping its mean.
    word_index : dict of str to int
        Column of each word.
    word_counts : ndarray of shape (n_words,), int64
        Occurrences in the corpus.
    doc_topic_prior, topic_word_prior : float or array of shape (n_topics,), > 0
        alpha and beta.
    keyword_strength : float, >= 0
        Pseudo-count of a keyword of weight 1 relative to its occurrences: at 1 the prior alone weighs as much as
        all of them. Keywords of a weight above 1, which are insisted on, have together at least a twentieth of the
        tokens expected of their topic: a rare word's own occurrences are nothing beside what a document says
        already. While the word prior is heated, keywords also hold ``keywords_proportion`` of the heat.

    Returns
    -------
    TopicPriors
    """
    shares = np.array([topic.proportion for topic in topics])
    n_topics = len(topics)
    alpha = np.asarray(doc_topic_prior, float)
    alpha = alpha * shares * n_topics / shares.sum() if alpha.ndim == 0 else alpha
    beta = np.broadcast_to(np.asarray(topic_word_prior, float), (n_topics,)).copy()

    def keyword_priors(topic: int, present: dict[int, float]) -> dict[int, tuple[float, float]]:
        share = topics[topic].keywords_proportion
        insisted = sum(weight for weight in present.values() if weight > 1)
        least = INSISTED_SHARE * shares[topic] / shares.sum() * word_counts.sum() / max(insisted, 1e-300)
        heat = beta[topic] * len(word_counts) * share / (1 - share) / max(sum(present.values()), 1e-300)
        return {
            word: (
                beta[topic]
                + max(
                    keyword_strength * weight * max(int(word_counts[word]), 1),
                    least * weight if weight > 1 and keyword_strength > 0 else 0.0,
                ),
                heat * weight,
            )
            for word, weight in present.items()
        }

    listed = _list_exceptions(topics, word_index, keyword_priors)
    return TopicPriors(alpha, False, beta, *listed, n_words=len(word_counts))


def make_proportional_priors(
    topics: tuple[Topic, ...], word_index: dict[str, int], word_counts: NDArray[np.int64]
) -> TopicPriors:
    """Build priors as large as the data at temperature 1, shared out by the topics' proportions.

    With gamma the normalized proportions, M the tokens of the corpus and L_d those of a document: alpha_dk is
    L_d gamma_k; a topic's words share M gamma_k, of which ``keywords_proportion`` goes to its keywords by weight
    and the rest equally to all other words that are not excluded.

    Parameters
    ----------
    topics : tuple of Topic, length n_topics
    word_index : dict of str to int
    word_counts : ndarray of shape (n_words,), int64

    Returns
    -------
    TopicPriors

    References
    ----------
    Kuznetsov, "Topic keywords case study" and the accompanying akuz-nlp sources, whose excluded words gain mass by a
    division; here they are excluded.
    """
    shares = np.array([topic.proportion for topic in topics])
    shares = shares / shares.sum()
    masses = word_counts.sum() * shares
    beta = np.empty(len(topics))

    def keyword_priors(topic: int, present: dict[int, float]) -> dict[int, tuple[float, float]]:
        excluded = {word_index[word] for word in topics[topic].excluded if word in word_index}
        n_others = len(word_counts) - len(present) - len(excluded - set(present))
        share = topics[topic].keywords_proportion if present and n_others else float(bool(present))
        beta[topic] = masses[topic] * (1 - share) / max(n_others, 1)
        total = sum(present.values())
        values = {word: masses[topic] * share * weight / total for word, weight in present.items()}
        return {word: (value, value) for word, value in values.items()}

    listed = _list_exceptions(topics, word_index, keyword_priors)
    return TopicPriors(shares, True, beta, *listed, n_words=len(word_counts))


def with_added_counts(priors: TopicPriors, added: Mapping[int, NDArray[np.float64]]) -> TopicPriors:
    """Return priors with pseudo-counts of some words of topics added, which no temperature changes.

    Parameters
    ----------
    priors : TopicPriors
    added : mapping of int to ndarray of shape (n_words,), float64
        By topic number; excluded words stay excluded.

    Returns
    -------
    TopicPriors
    """
    if not added:
        return priors
    shape = (priors.n_words, priors.n_topics)
    cells = np.ravel_multi_index((priors.listed_words, priors.listed_topics), shape)
    extra = {
        int(cell): float(counts[cell // shape[1]])
        for topic, counts in added.items()
        for cell in (np.flatnonzero(counts) * shape[1] + topic).tolist()
    }
    values = priors.listed_priors + np.where(
        priors.listed_priors > 0, [extra.pop(cell, 0.0) for cell in cells.tolist()], 0.0
    )
    new = np.array(list(extra), np.int64)
    base = priors.word_prior[new % shape[1]]
    every = np.concatenate([cells, new])
    order = np.argsort(every, kind="stable")
    words, topics = np.divmod(every[order], shape[1])
    return replace(
        priors,
        listed_words=words.astype(np.int32),
        listed_topics=topics.astype(np.int32),
        listed_priors=np.concatenate([values, base + np.array(list(extra.values()))])[order],
        listed_heat=np.concatenate([priors.listed_heat, base])[order],
    )


def _list_exceptions(topics, word_index, keyword_priors):  # type: ignore[no-untyped-def]
    """Return the sorted exceptions (words, topics, priors, heat) of all topics."""
    rows: list[tuple[int, int, float, float]] = []
    for number, topic in enumerate(topics):
        present = {word_index[word]: weight for word, weight in topic.keywords if word in word_index}
        priors = keyword_priors(number, present)
        priors |= {word_index[word]: (0.0, 0.0) for word in topic.excluded if word in word_index}
        rows += [(word, number, *prior) for word, prior in priors.items()]
    words, numbers, values, heat = zip(*sorted(rows), strict=True) if rows else ((), (), (), ())
    return (
        np.array(words, np.int32),
        np.array(numbers, np.int32),
        np.array(values, float),
        np.array(heat, float),
    )


def check_every_word_has_a_topic(
    priors: TopicPriors,
    word_counts: NDArray[np.int64],
    frozen: dict[int, NDArray[np.float64]],
    vocabulary: NDArray[np.object_],
) -> None:
    """Refuse priors under which some word of the corpus can belong to no topic.

    Raises
    ------
    ParameterError
        If a word that occurs is excluded from, or has probability zero in, every topic.
    """
    possible = np.full(len(word_counts), priors.n_topics - len(frozen))
    banned = (priors.listed_priors == 0) & ~np.isin(priors.listed_topics, list(frozen))
    np.subtract.at(possible, priors.listed_words[banned], 1)
    for row in frozen.values():
        possible += row > 0
    homeless = np.flatnonzero((possible <= 0) & (word_counts > 0))
    if homeless.size:
        names = ", ".join(repr(str(vocabulary[word])) for word in homeless[:5])
        raise ParameterError(
            f"topics leave no topic for {homeless.size} word(s) of the corpus ({names}); "
            "take them out of 'excluded' of one topic, or out of the counts"
        )
