"""Corpora of planted topics with keywords for them, some of them wrong."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Planted:
    """A corpus and how it was made.

    ``counts`` (documents x words) are drawn from the mixtures ``doc_topic`` of the topics ``topic_word``;
    ``word_topic`` says how many tokens of each word were drawn from each topic. Topic 0 is noise.
    """

    counts: csr_matrix
    topic_word: np.ndarray
    doc_topic: np.ndarray
    word_topic: np.ndarray

    @property
    def words(self) -> list[str]:
        return [f"w{word}" for word in range(self.topic_word.shape[1])]

    @property
    def own_share(self) -> np.ndarray:
        """Share of each word's tokens in each topic."""
        return self.word_topic / np.maximum(self.word_topic.sum(axis=1, keepdims=True), 1)


def plant(
    seed: int, *, n_topics: int = 12, n_words: int = 1200, n_docs: int = 800, length: int = 100
) -> Planted:
    """Draw documents of a noise topic and of topics with Zipf-like words."""
    rng = np.random.default_rng(seed)
    base = rng.permutation(1 / np.arange(1, n_words + 1) ** 0.8)
    base /= base.sum()
    topic_word = np.array([rng.dirichlet(0.03 * n_words * base + 1e-4) for _ in range(n_topics)])
    topic_word[0] = base
    doc_topic = rng.dirichlet([0.1 * n_topics, *[0.1] * (n_topics - 1)], n_docs)
    counts = np.zeros((n_docs, n_words), np.int32)
    word_topic = np.zeros((n_words, n_topics))
    for doc in range(n_docs):
        for topic, n in enumerate(rng.multinomial(rng.poisson(length), doc_topic[doc])):
            drawn = rng.multinomial(n, topic_word[topic])
            counts[doc] += drawn.astype(np.int32)
            word_topic[:, topic] += drawn
    return Planted(csr_matrix(counts), topic_word, doc_topic, word_topic)


def choose_keywords(
    planted: Planted, seed: int, *, wrong: float
) -> tuple[list[list[int]], set[tuple[int, int]]]:
    """Return 3 to 8 keywords per topic (none for noise), and the pairs (topic, word) that are another topic's words."""
    rng = np.random.default_rng(seed)
    n_topics = planted.topic_word.shape[0]
    own = planted.own_share

    def typical(topic: int) -> list[int]:
        frequent = np.argsort(-planted.word_topic[:, topic])[:40]
        return [int(word) for word in frequent if own[word, topic] > 0.5]

    keywords: list[list[int]] = [[]]
    mistaken: set[tuple[int, int]] = set()
    for topic in range(1, n_topics):
        words = rng.choice(
            typical(topic), min(int(rng.integers(3, 9)), len(typical(topic))), replace=False
        ).tolist()
        for place in range(len(words)):
            if rng.random() < wrong:
                other = int(rng.choice([one for one in range(1, n_topics) if one != topic]))
                words[place] = int(rng.choice(typical(other)))
        keywords.append(list(dict.fromkeys(words)))
        mistaken |= {(topic, word) for word in words if own[word, topic] < 0.2}
    return keywords, mistaken


def configure(keywords: list[list[int]]) -> list[dict]:
    """Return topics.json: ``noise`` and ``t1`` to ``tN``."""
    n_named = len(keywords) - 1
    named = [
        {"id": f"t{topic}", "proportion": 1 / n_named, "keywords": [f"w{word}" for word in words]}
        for topic, words in enumerate(keywords[1:], start=1)
    ]
    return [{"id": "noise", "proportion": 1.0}, *named]
