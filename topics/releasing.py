"""Keywords that the corpus contradicts: found by a short chain, let go before the real one begins.

A wrong keyword (a word of another topic, given by mistake) holds prior mass where the topics take shape, and pulls its
topic over to where it belongs. A pilot, a short chain that begins with each keyword's tokens in its topic, shows which
keywords keep the company of other topics (:func:`~bandscape.topics.keyword_report.is_doubtful`); these are
*released*: they lose their prior, and the chain proper runs as if they had not been given. A keyword with a weight
above 1, such as a pinned one, is insisted upon and never released, nor is one of a frozen topic.
Public functions: :func:`find_contradicted`, :func:`start_at_keywords`, :func:`check_released`,
:func:`without_released`, :func:`may_be_released`, :func:`sample_documents`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.errors import ParameterError
from .blocks import document_lengths
from .keyword_report import ModelWords, is_doubtful
from .keywords import Topic
from .starting import token_words

PILOT_SWEEPS, PILOT_SAMPLES = 40, 10
PILOT_TOKENS = 500_000
"""Tokens a pilot draws at most, of documents chosen by the seed."""
LEAST_TOKENS = 20
"""Occurrences in the pilot below which nothing is held against a keyword."""
MAJORITY = 0.5
"""Keywords, by the share of their company, that speak for a free topic beyond those for their own."""


def may_be_released(topic: Topic, weight: float) -> bool:
    """Return whether a keyword of this weight is a suggestion, not something the user insists on."""
    return weight <= 1 and not topic.frozen


def check_released(value: Any, topics: Sequence[Topic]) -> list[tuple[str, str]] | None:
    """Return the pairs (topic, keyword) of ``released_keywords`` that may be released; None for "auto".

    Raises
    ------
    ParameterError
        If it is neither "auto" nor pairs of text. A pair that is no keyword (any more) says nothing.
    """
    if isinstance(value, str) and value == "auto":
        return None
    wrong = f"released_keywords must be 'auto' or pairs (topic, keyword), () for none; got {value!r:.80}"
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ParameterError(wrong)
    pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else () for pair in value]
    if not all(len(pair) == 2 and all(isinstance(part, str) for part in pair) for pair in pairs):
        raise ParameterError(wrong)
    wanted = set(pairs)
    return [
        (topic.id, word)
        for topic in topics
        for word, weight in topic.keywords
        if (topic.id, word) in wanted and may_be_released(topic, weight)
    ]


def without_released(topics: Sequence[Topic], released: Iterable[tuple[str, str]]) -> tuple[Topic, ...]:
    """Return the topics without the keywords that are released."""
    gone = set(released)
    return tuple(
        replace(topic, keywords=tuple(pair for pair in topic.keywords if (topic.id, pair[0]) not in gone))
        for topic in topics
    )


def find_contradicted(
    model: Any,
    counts: csr_matrix,
    topics: Sequence[Topic],
    words: Sequence[str],
    *,
    seed: int,
) -> list[tuple[str, str]]:
    """Run a pilot and return the keywords that it speaks against, as pairs (topic, keyword).

    Parameters
    ----------
    model : KeywordLDA
        Whose settings the pilot takes; not changed. The pilot has the classic prior in any case, which holds a keyword
        less tightly, so that what the corpus says can be seen.
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : sequence of Topic
    words : sequence of str, length n_words
    seed : int

    Returns
    -------
    list of (str, str)
        In the order of the topics.

    Notes
    -----
    40 sweeps of at most 500,000 tokens.
    """
    known = set(words)
    is_open = [
        any(may_be_released(topic, weight) and word in known for word, weight in topic.keywords)
        for topic in topics
    ]
    if not any(is_open) or len(topics) < 2:
        return []
    part = sample_documents(counts, seed)
    parameters = model.get_params(deep=False) | {
        "topics": list(topics), "prior": "classic", "annealing": None, "released_keywords": (), "random_state": seed,
        "n_sweeps": PILOT_SWEEPS, "n_samples": PILOT_SAMPLES,
    }  # fmt: skip
    start = start_at_keywords(part, topics, words, seed=seed)
    pilot = type(model)(**parameters).fit(part, vocabulary=list(words), start=start)
    return check_released(_contradicted(ModelWords.of(pilot, part)), topics) or []


def _contradicted(pilot: ModelWords) -> list[tuple[str, str]]:
    """Return the keywords that keep other company than most of their topic's."""
    company = pilot.companies(pilot.keyword_columns())
    naming: dict[int, list[int]] = {word: [] for word in company}
    columns = [
        [pilot.word_index[word] for word, _ in topic.keywords if word in pilot.word_index]
        for topic in pilot.topics
    ]
    for number, words in enumerate(columns):
        for word in words:
            naming[word].append(number)
    occurrences = np.asarray(pilot.by_document.sum(axis=0)).ravel()
    free = [number for number, topic in enumerate(pilot.topics) if not topic.keywords]
    found = {
        number: [
            word
            for word in words
            if occurrences[word] >= LEAST_TOKENS
            and _is_contradicted(
                company[word], _home(number, free, [company[w] for w in words]), naming[word], number
            )
        ]
        for number, words in enumerate(columns)
    }
    return [
        (pilot.topics[number].id, pilot.words[word])
        for number, words in found.items()
        if 2 * len(words)
        <= len(columns[number])  # one that would lose most is another's double, and told as such
        for word in words
    ]


def _home(topic: int, free: list[int], companies: list[NDArray[np.float64]]) -> int:
    """Return the pilot's topic that the keywords of a topic speak for: its own, or a free one by another keyword.

    Where a pilot settled on a wrong keyword, the right ones agree on a topic that nobody named.
    """
    support = np.sum(companies, axis=0)
    best = max(free, key=lambda other: support[other], default=topic)
    return best if support[best] > support[topic] + MAJORITY else topic


def _is_contradicted(company: NDArray[np.float64], home: int, naming: list[int], topic: int) -> bool:
    others = np.delete(company, [home, *naming]).max(initial=0.0)
    siblings = company[[other for other in naming if other != topic]].max(initial=0.0)
    return is_doubtful(float(company[home]), float(others), float(siblings))


def start_at_keywords(
    counts: csr_matrix, topics: Sequence[Topic], words: Sequence[str], *, seed: int
) -> NDArray[np.int32] | None:
    """Return the topics a chain begins with: a keyword's tokens in its topic, the others to be drawn.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : sequence of Topic
    words : sequence of str, length n_words
    seed : int
        Of the draws by which a word that several topics name is shared out.

    Returns
    -------
    ndarray of shape (n_tokens,), int32, or None
        For ``KeywordLDA.fit(start=...)``: -1 where there is no keyword. None where the corpus has no keyword.
    """
    column = {word: at for at, word in enumerate(words)}
    naming: dict[int, list[int]] = {}
    for number, topic in enumerate(topics):
        for word, _ in topic.keywords:
            if word in column:
                naming.setdefault(column[word], []).append(number)
    if not naming:
        return None
    tokens = token_words(counts)
    owner = np.full(len(words), -1, np.int32)
    owner[list(naming)] = [found[0] for found in naming.values()]
    start = owner[tokens]
    rng = np.random.default_rng(seed)
    for word, found in sorted(naming.items()):
        if len(found) > 1:
            places = np.flatnonzero(tokens == word)
            start[places] = rng.choice(found, len(places))
    return start


def sample_documents(counts: csr_matrix, seed: int) -> csr_matrix:
    """Return documents with half a million tokens, in their order; all of them where there are fewer."""
    lengths = document_lengths(counts)
    if int(lengths.sum()) <= PILOT_TOKENS:
        return counts
    order = np.random.default_rng([seed, PILOT_TOKENS]).permutation(len(lengths))
    n_docs = int(np.searchsorted(np.cumsum(lengths[order]), PILOT_TOKENS)) + 1
    return csr_matrix(counts[np.sort(order[:n_docs])])
