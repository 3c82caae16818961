"""What to change about a topic: words to add as keywords, words to exclude.

A word to *add* is mostly of the topic already, in the topic's own voice, and in the company of its keywords. A word to
*exclude* stands high in the topic's list but is more at home elsewhere, or is everywhere; a keyword is named when its
company speaks against it. Public names: :class:`AddedWord`, :class:`ExcludedWord`, :class:`WordSuggestions`,
:func:`suggest_words`, :class:`Suggester`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.errors import ParameterError
from .cooccurrence import DocumentCoOccurrence
from .diagnostics import relevance
from .keyword_report import ModelWords, background_topics, is_doubtful

_LEAST_SHARE = 0.4  # of a word's tokens that are the topic's, for it to be added
_LEAST_TOKENS = 15  # of the topic
_READ_WORDS = 50  # leading words of a topic that are looked through for some to exclude
_GENERAL_LIFT = 1.5  # below it a word is hardly more frequent in the topic than anywhere
_MOST_KEYWORDS = 30
_TOO_MANY = 0.25  # of the topics: a word that is a stranger in more of them tells nothing of any
_FEW_TOPICS = 2  # are never too many


@dataclass(frozen=True)
class AddedWord:
    """A word that would make a good keyword.

    Parameters
    ----------
    word : str
    count : int
        Occurrences in the corpus.
    share : float
        Of its tokens that are the topic's.
    lift : float
        How many times as frequent it is in the topic as in the corpus.
    association : float
        Mean association with the topic's keywords, 0 to 1; 0 where it has none.
    """

    word: str
    count: int
    share: float
    lift: float
    association: float


@dataclass(frozen=True)
class ExcludedWord:
    """A word that the topic could do without.

    Parameters
    ----------
    word : str
    count : int
    share : float
        Of its tokens that are the topic's.
    home : str
        The topic that holds most of it, or, for a keyword, that suits its company best.
    home_share : float
    reason : {"elsewhere", "everywhere", "keyword"}
        More at home in another topic; frequent everywhere; or a keyword whose company speaks against it.
    """

    word: str
    count: int
    share: float
    home: str
    home_share: float
    reason: str


@dataclass(frozen=True)
class WordSuggestions:
    """Suggestions for one topic.

    Parameters
    ----------
    topic : str
        Its id.
    add : tuple of AddedWord
        Best first.
    exclude : tuple of ExcludedWord
        Keywords first, then by their probability in the topic.
    """

    topic: str
    add: tuple[AddedWord, ...]
    exclude: tuple[ExcludedWord, ...]


def suggest_words(
    model: Any, counts: csr_matrix, topic: str, *, n_words: int = 10, n_jobs: int = 1
) -> WordSuggestions:
    """Suggest words to add to a topic's keywords and words to exclude from it.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    counts : csr_matrix of shape (n_docs, n_words)
        What it was fitted to.
    topic : str
        Its id.
    n_words : int
        Suggestions of each kind at most.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    WordSuggestions

    Raises
    ------
    ParameterError
        If there is no such topic, ``n_words`` is below 1, or the counts are not those of the model.

    Notes
    -----
    A word to add has at least 15 tokens in the topic, which are at least 0.4 of all its tokens, and is no keyword yet,
    of any topic. Words are ordered by the mean of two ranks: relevance (lambda 0.6) and association with the keywords.
    A word to exclude is among the topic's 50 most probable, and more probable than the mean; another topic holds more
    than twice as much of it, or its lift is below 1.5. A word of which that is so in more than a quarter of the topics
    (and in more than two) is not named: to ban it from one of them helps nobody. Time O(entries * n_topics).
    """
    return Suggester(model, counts, n_jobs=n_jobs).suggest(topic, n_words=n_words)


class Suggester:
    """Suggests words for one topic after the other; what all topics share is found once, at the beginning.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    counts : csr_matrix of shape (n_docs, n_words)
        What it was fitted to.
    n_jobs : int
        Threads; the result does not depend on it.

    Raises
    ------
    ParameterError
        If the counts are not those of the model.
    """

    def __init__(self, model: Any, counts: csr_matrix, *, n_jobs: int = 1) -> None:
        self.model = model
        self._fitted = ModelWords.of(model, counts)
        self._ids = [one.id for one in self._fitted.topics]
        self._shares = self._fitted.shares(range(len(self._fitted.words)), n_jobs=n_jobs)
        self._counted = np.asarray(counts.sum(axis=0)).ravel()
        self._frequency = self._counted / max(self._counted.sum(), 1)
        self._strange = [
            _strange_words(self._fitted, number, self._shares, self._counted, self._frequency)
            for number in range(len(self._ids))
        ]

    def suggest(self, topic: str, *, n_words: int = 10) -> WordSuggestions:
        """Return what `suggest_words` returns for a topic.

        Raises
        ------
        ParameterError
            If there is no such topic, or ``n_words`` is below 1.
        """
        if topic not in self._ids:
            raise ParameterError(f"topic must be one of {', '.join(self._ids[:8])}...; got {topic!r}")
        if n_words < 1:
            raise ParameterError(f"n_words must be an int >= 1; got {n_words!r}")
        number = self._ids.index(topic)
        lift = self._fitted.topic_word[number] / np.maximum(self._frequency, 1e-300)
        add = _words_to_add(self._fitted, number, self._shares, self._counted, lift, n_words)
        strangers = _strangers(self._fitted, number, self._shares, self._counted, self._strange)
        exclude = _misfits(self._fitted, number, self._shares, self._counted) + strangers
        return WordSuggestions(topic, tuple(add), tuple(exclude[:n_words]))


def _words_to_add(
    fitted: ModelWords,
    topic: int,
    shares: NDArray[np.floating],
    counted: NDArray[np.integer],
    lift: NDArray[np.float64],
    n_words: int,
) -> list[AddedWord]:
    taken = {fitted.word_index.get(word) for one in fitted.topics for word, _ in one.keywords}
    taken |= {fitted.word_index.get(word) for word in fitted.topics[topic].excluded}
    tokens = shares[:, topic] * counted
    able = (shares[:, topic] >= _LEAST_SHARE) & (tokens >= _LEAST_TOKENS)
    able[[word for word in taken if word is not None]] = False
    candidates = np.flatnonzero(able)
    if not len(candidates):
        return []
    own = [fitted.word_index[word] for word, _ in fitted.topics[topic].keywords if word in fitted.word_index]
    own = sorted(own, key=lambda word: -counted[word])[:_MOST_KEYWORDS]
    association = _association(fitted, own)[candidates]
    said = relevance(fitted.topic_word[topic : topic + 1], counted)[0, candidates]
    ranks = _ranks(-said) + (_ranks(-association) if own else 0)
    return [
        AddedWord(
            fitted.words[candidates[at]], int(counted[candidates[at]]), float(shares[candidates[at], topic]),
            float(lift[candidates[at]]), float(association[at]),
        )
        for at in np.argsort(ranks, kind="stable")[:n_words].tolist()
    ]  # fmt: skip


def _ranks(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return how many values are smaller than each."""
    return np.searchsorted(np.sort(values), values)


def _association(fitted: ModelWords, keywords: Sequence[int]) -> NDArray[np.float64]:
    """Return the mean association of every word with some keywords; zeros without any."""
    if not len(keywords):
        return np.zeros(len(fitted.word_index))
    return DocumentCoOccurrence(fitted.counts).association(keywords).mean(axis=0)


def _misfits(
    fitted: ModelWords, topic: int, shares: NDArray[np.floating], counted: NDArray[np.integer]
) -> list[ExcludedWord]:
    """Return the keywords whose company speaks against them."""
    found = []
    named = [fitted.word_index.get(name, -1) for name, _ in fitted.topics[topic].keywords]
    for word, company in fitted.companies([word for word in named if word >= 0 and counted[word]]).items():
        home = int(np.argmax(company))
        if is_doubtful(company[topic], company[home]):
            found.append(_excluded(fitted, topic, word, shares, counted, home, company[home], "keyword"))
    return found


def _strangers(
    fitted: ModelWords,
    topic: int,
    shares: NDArray[np.floating],
    counted: NDArray[np.integer],
    found: Sequence[Mapping[int, tuple[int, str]]],
) -> list[ExcludedWord]:
    """Return leading words of a topic that are more at home elsewhere, or everywhere, but not in many topics alike."""
    n_topics = len(fitted.topics)
    n_times = Counter(word for words in found for word in words)
    most = max(_TOO_MANY * n_topics, _FEW_TOPICS)
    return [
        _excluded(fitted, topic, word, shares, counted, home, shares[word, home], reason)
        for word, (home, reason) in found[topic].items()
        if n_times[word] <= most
    ]


def _strange_words(
    fitted: ModelWords,
    topic: int,
    shares: NDArray[np.floating],
    counted: NDArray[np.integer],
    frequency: NDArray[np.float64],
) -> dict[int, tuple[int, str]]:
    """Return the home, and the reason, of each leading word that is no keyword and might be excluded."""
    own = {word for word, _ in fitted.topics[topic].keywords}
    background = set(background_topics(fitted.topics))
    found = {}
    for word in np.argsort(-fitted.topic_word[topic], kind="stable")[:_READ_WORDS].tolist():
        chance = fitted.topic_word[topic, word]
        if fitted.words[word] in own or not counted[word] or chance * len(fitted.words) < 1:
            continue
        others = shares[word].copy()
        others[topic] = 0
        home = int(np.argmax(others))
        lift = chance / max(frequency[word], 1e-300)
        if lift < _GENERAL_LIFT or (home in background and others[home] > shares[word, topic]):
            found[word] = (home, "everywhere")
        elif others[home] > 2 * shares[word, topic]:
            found[word] = (home, "elsewhere")
    return found


def _excluded(
    fitted: ModelWords,
    topic: int,
    word: int,
    shares: NDArray[np.floating],
    counted: NDArray[np.integer],
    home: int,
    home_share: float,
    reason: str,
) -> ExcludedWord:
    return ExcludedWord(
        fitted.words[word], int(counted[word]), float(shares[word, topic]), fitted.topics[home].id,
        float(home_share), reason,
    )  # fmt: skip
