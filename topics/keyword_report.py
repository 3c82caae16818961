"""What became of each keyword in a fitted model: taken, stolen, ignored, and whether it fits its topic at all.

Two shares tell it. The *share* is what the topic holds of the word's tokens, the prior for its keywords included. The
*company share* is what it would hold if only the company of the word counted, the other words of its documents
(:func:`~bandscape.topics.company_topics`): a wrong keyword can be held by force, but keeps other company.
Public names: :class:`ModelWords`, :func:`report_keywords`, :func:`is_doubtful`,
:func:`background_topics`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from ..core.errors import ParameterError
from .assignments import expected_word_topics
from .blocks import document_lengths, shape_of
from .company import company_by_word
from .cooccurrence import DocumentCoOccurrence
from .keywords import Topic

ENOUGH = 0.1  # share below which a topic has not really taken its keyword
MISFIT = 0.2  # company share below which a keyword is doubtful, if another topic suits it better
HOPELESS = 0.05  # company share below which it is, in any case
_BACKGROUND = re.compile(r"(noise|background)(_\d+)?", re.IGNORECASE)


def background_topics(topics: Sequence[Topic]) -> tuple[int, ...]:
    """Return the numbers of the topics that gather what says nothing.

    Those marked as noise, and those called ``noise`` or ``background``, also with a number (``noise_2``).

    Parameters
    ----------
    topics : sequence of Topic
    """
    return tuple(
        number
        for number, topic in enumerate(topics)
        if getattr(topic, "noise", False) or _BACKGROUND.fullmatch(topic.id)
    )


@dataclass(frozen=True, eq=False)
class ModelWords:
    """A fitted model beside the counts it was fitted to.

    Parameters
    ----------
    topics : tuple of Topic
    topic_word : ndarray of shape (n_topics, n_words)
    doc_topic : ndarray of shape (n_docs, n_topics)
    doc_tokens : ndarray of shape (n_docs,)
        Tokens of each document, the prior's included.
    topic_tokens : ndarray of shape (n_topics,)
        Expected tokens of each topic.
    by_document : csr_matrix of shape (n_docs, n_words)
    words : list of str, length n_words
    word_index : dict of str to int
    """

    topics: tuple[Topic, ...]
    topic_word: NDArray[np.floating]
    doc_topic: NDArray[np.floating]
    doc_tokens: NDArray[np.float64]
    topic_tokens: NDArray[np.float64]
    by_document: csr_matrix
    words: list[str]
    word_index: dict[str, int]

    @cached_property
    def counts(self) -> csc_matrix:
        """The counts by word; only made where a word is asked for: they take 8 bytes an entry."""
        return csc_matrix(self.by_document)

    @classmethod
    def of(cls, model: Any, counts: csr_matrix) -> "ModelWords":
        """Put a fitted :class:`~bandscape.topics.KeywordLDA` and its counts together.

        Raises
        ------
        ParameterError
            If the model was fitted to counts of another shape.
        """
        expected = (len(model.doc_topic_), len(model.vocabulary_))
        if shape_of(counts) != expected:
            raise ParameterError(
                f"counts must be those the model was fitted to, of shape {expected}; got {shape_of(counts)}"
            )
        lengths = document_lengths(csr_matrix(counts)).astype(np.float64)
        prior = float(model.doc_prior_.sum())
        pseudo = prior * np.maximum(lengths, 1) if model.doc_prior_by_length_ else prior
        return cls(
            model.topics_, model.topic_word_, model.doc_topic_, lengths + pseudo,
            model.topic_share_ * lengths.sum(), csr_matrix(counts), model.vocabulary_.tolist(),
            {word: at for at, word in enumerate(model.vocabulary_.tolist())},
        )  # fmt: skip

    def shares(self, words: Sequence[int], *, n_jobs: int = 1) -> NDArray[np.float32]:
        """Return the share of each word's tokens in each topic, shape (len(words), n_topics)."""
        expected = expected_word_topics(
            self.counts, self.topic_word, self.doc_topic, words=words, n_jobs=n_jobs
        )
        expected /= np.maximum(expected.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return expected

    def keyword_columns(self) -> list[int]:
        """Return the columns of all keywords that the corpus has, in their order."""
        keywords = {word for topic in self.topics for word, _ in topic.keywords}
        return sorted(self.word_index[word] for word in keywords if word in self.word_index)

    def companies(self, words: Sequence[int]) -> dict[int, NDArray[np.float64]]:
        """Return the share of each topic in some words by their company alone, shape (n_topics,) each."""
        if not len(words):
            return {}
        found = company_by_word(
            self.counts[:, list(words)], self.topic_word[:, list(words)], self.doc_topic, self.doc_tokens,
            self.topic_tokens,
        )  # fmt: skip
        return dict(zip(words, found, strict=True))


def report_keywords(
    model: Any, counts: csr_matrix, *, n_companions: int = 3, n_jobs: int = 1
) -> list[dict[str, Any]]:
    """Say of each keyword what the fitted model did with it.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    counts : csr_matrix of shape (n_docs, n_words)
        What it was fitted to.
    n_companions : int
        Words suggested beside each keyword: those it occurs with most, that are no keyword yet.
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    list of dict
        ``topic``, ``keyword``, ``count``, ``status`` and, for a keyword of the corpus, ``share`` (of its tokens in
        its topic), ``by`` and ``by_share`` (the other topic that holds most of it and does not name it),
        ``company_share``, ``company`` (the topic that suits its company best), ``doubtful`` (bool), ``released``
        (bool: the model was fitted without its prior) and ``companions`` (words). ``status`` is one of

        - "taken": its topic holds at least a tenth of it, and no other topic that does not name it holds more;
        - "stolen": another topic holds more of it;
        - "ignored": neither, or what holds more is a noise topic;
        - "absent": the corpus does not have it;
        - "excluded" or "excluded, absent" for an excluded word.

    Raises
    ------
    ParameterError
        If the model was fitted to counts of another shape.

    Notes
    -----
    A keyword is doubtful if its company share is under 0.2 and less than half that of a topic that does not name it, or
    a fifth of that of another that does; or under 0.05. Time O(entries of the keywords * n_topics).
    """
    fitted = ModelWords.of(model, counts)
    words = fitted.keyword_columns()
    shares = dict(zip(words, fitted.shares(words, n_jobs=n_jobs), strict=True)) if words else {}
    company = fitted.companies(words)
    companions = _companions(fitted, words, n_companions)
    background, released = set(background_topics(fitted.topics)), set(model.released_keywords_)
    number_of = {topic.id: number for number, topic in enumerate(fitted.topics)}
    naming: dict[int, set[int]] = {}
    for topic in fitted.topics:
        for word, _ in topic.keywords:
            naming.setdefault(fitted.word_index.get(word, -1), set()).add(number_of[topic.id])
    rows = []
    for row in model.keyword_report_:
        word = fitted.word_index.get(row["keyword"], -1)
        if row["status"] == "present":
            judged = _judge(number_of[row["topic"]], naming[word], shares[word], company[word], background)
            ids = {key: fitted.topics[judged[key]].id for key in ("by", "company") if judged[key] is not None}
            is_released = (row["topic"], row["keyword"]) in released
            row = {**row, **judged, **ids, "released": is_released, "companions": companions[word]}
        rows.append(row)
    return rows


def _judge(
    topic: int,
    naming: set[int],
    shares: NDArray[np.floating],
    company: NDArray[np.floating],
    background: set[int],
) -> dict[str, Any]:
    """Return what became of a keyword of ``topic``; topics as numbers."""
    others = shares.copy()
    others[list(naming)] = -1
    by = int(np.argmax(others)) if len(naming) < len(shares) else None
    by_share = float(others[by]) if by is not None else 0.0
    status = "ignored"
    if shares[topic] >= max(by_share, ENOUGH):
        status = "taken"
    elif by_share > shares[topic] and by not in background:
        status = "stolen"
    own = float(company[topic])
    rival = float(np.delete(company, list(naming)).max(initial=0.0))
    sibling = float(company[[other for other in naming if other != topic]].max(initial=0.0))
    return {
        "status": status,
        "share": float(shares[topic]),
        "by": by,
        "by_share": by_share,
        "company_share": own,
        "company": int(np.argmax(company)),
        "doubtful": is_doubtful(own, rival, sibling),
    }


def is_doubtful(own: float, rival: float, sibling: float = 0.0) -> bool:
    """Return whether a keyword's company speaks against it.

    Parameters
    ----------
    own, rival, sibling : float
        Company share of its topic, and the largest among the topics that do not name it, and among the others that
        do. A word that several topics name is divided, so that a sibling must be much larger.
    """
    return own < HOPELESS or (own < MISFIT and (rival > 2 * own or sibling > 5 * own))


def _companions(fitted: ModelWords, words: list[int], n_companions: int) -> dict[int, list[str]]:
    if not words:
        return {}
    together = DocumentCoOccurrence(fitted.counts)
    found = together.companions_of_each(words, n_words=n_companions, exclude=words)
    return {word: [fitted.words[at] for at in best] for word, best in zip(words, found, strict=True)}
