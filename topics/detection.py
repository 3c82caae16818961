"""Topics of documents the model has not seen, per document and per word, and what stays unexplained.

A document is its content words in text order, as numbers of the model's vocabulary; -1 is a word it does not know.
Public names: :class:`Detection`, :func:`detect`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.validation import check_is_fitted

from ..core.errors import ParameterError
from ..core.executors import Executor
from ..core.executors.local import map_threads
from .blocks import check_n_jobs
from .checking import check_counts
from .detection_parts import look_in_parts
from .inference import infer_mixtures
from .keyword_report import background_topics

if TYPE_CHECKING:
    import pandas as pd

_AT_ONCE = 4_000_000  # products of a word and a topic held at a time, by each thread


@dataclass(frozen=True, eq=False)
class Detection:
    """Topics of documents and of their words.

    Parameters
    ----------
    topic_ids : tuple of str, length n_topics
    doc_topic : ndarray of shape (n_docs, n_topics), float32
        p(topic | document); rows sum to 1. A document without a known word has zeros: nothing is known of it.
    unexplained : ndarray of shape (n_docs,), float64
        Share of the document's content words that the model does not know, or expects in the background rather than
        in a topic; see :func:`detect`. 1 for a document without content words.
    n_words, n_unknown : ndarray of shape (n_docs,), int64
        Content words of each document, and how many of them the model does not know.
    word_topic : ndarray of shape (n_tokens,), int32
        Most probable topic of each word, all documents in a row; -1 for unknown words.
    word_p : ndarray of shape (n_tokens,), float32
        Its probability, given the word and the document; 0 for unknown words.
    word_unexplained : ndarray of shape (n_tokens,), bool
        Whether the word is unknown, or more probably background than of a topic.
    """

    topic_ids: tuple[str, ...]
    doc_topic: NDArray[np.float32]
    unexplained: NDArray[np.float64]
    n_words: NDArray[np.int64]
    n_unknown: NDArray[np.int64]
    word_topic: NDArray[np.int32]
    word_p: NDArray[np.float32]
    word_unexplained: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.doc_topic)

    def words_of(self, doc: int) -> slice:
        """Return where the words of one document lie in ``word_topic``, ``word_p`` and ``word_unexplained``."""
        end = int(self.n_words[: doc + 1].sum())
        return slice(end - int(self.n_words[doc]), end)

    def topics_of(self, doc: int, *, top: int | None = None) -> list[tuple[str, float]]:
        """Return the topics of one document with their shares, largest first; none if no word is known.

        Parameters
        ----------
        doc : int
        top : int, optional
            So many at most.
        """
        row = self.doc_topic[doc]
        order = np.argsort(-row, kind="stable")[:top]
        return [(self.topic_ids[topic], float(row[topic])) for topic in order if row[topic] > 0]

    def to_list(self, names: Sequence[str], *, top: int | None = None) -> list[dict[str, Any]]:
        """Return the documents as JSON-able values.

        Parameters
        ----------
        names : sequence of str, length n_docs
        top : int, optional
            Topics listed per document; all when absent.

        Returns
        -------
        list of dict
            ``{"doc", "topics": [{"id", "p"}], "unexplained", "n_words", "n_unknown"}``, topics by share.
        """
        return [
            {
                "doc": str(name),
                "topics": [{"id": topic, "p": p} for topic, p in self.topics_of(doc, top=top)],
                "unexplained": float(self.unexplained[doc]),
                "n_words": int(self.n_words[doc]),
                "n_unknown": int(self.n_unknown[doc]),
            }
            for doc, name in enumerate(names)
        ]

    def to_frame(self, names: Sequence[str]) -> "pd.DataFrame":
        """Return a table with a row per document and topic.

        Parameters
        ----------
        names : sequence of str, length n_docs

        Returns
        -------
        pandas.DataFrame
            ``doc``, ``topic``, ``p``, ``unexplained``, ``n_words``, ``n_unknown``; a document without a known word has
            one row without topic and p.
        """
        import pandas as pd

        rows = []
        for doc, name in enumerate(names):
            facts = (float(self.unexplained[doc]), int(self.n_words[doc]), int(self.n_unknown[doc]))
            rows += [(str(name), topic, p, *facts) for topic, p in self.topics_of(doc) or [(None, None)]]
        table = pd.DataFrame(rows, columns=["doc", "topic", "p", "unexplained", "n_words", "n_unknown"])
        return table.astype(
            {"doc": str, "p": "float32", "unexplained": float, "n_words": "int64", "n_unknown": "int64"}
        )


def detect(model: Any, documents: Any, *, n_jobs: int = 1, executor: Executor | None = None) -> Detection:
    """Find the topics of new documents and of each of their words.

    The mixture of a document is found by expectation maximization with the topics' words held fixed, from the shares
    of the corpus as start (:meth:`KeywordLDA.transform`); a word then belongs to topic k with probability
    proportional to ``theta_k phi_kw``. Deterministic; a document's result does not depend on the others.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    documents : sequence of int arrays, or counts of shape (n_docs, n_words)
        Word numbers in text order, -1 for words the model does not know (:func:`bandscape.datasets.number_words`
        makes them); or a matrix of counts, which knows neither order nor unknown words.
    n_jobs : int
        Threads; the result does not depend on it.
    executor : Executor, optional
        Whose workers look at many documents; threads of this process when absent. The result does not depend on it.

    Returns
    -------
    Detection

    Raises
    ------
    ParameterError
        If a word number is outside the model's vocabulary, or counts cannot be used.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.

    Notes
    -----
    Unexplained are words unknown to the model, and of a known word the probability that it is background. Background
    are the topics marked as noise or called so (:func:`~bandscape.topics.background_topics`); in a model without one,
    the word frequencies of the corpus, which then compete with all topics for the document's words, starting from
    half of them.
    """
    check_is_fitted(model)
    n_jobs = check_n_jobs(n_jobs)
    if executor is not None and executor.n_partitions:
        return _join(look_in_parts(_detect_part, model, documents, executor))
    words, offsets = _as_words(documents, len(model.vocabulary_))
    n_words = np.diff(offsets)
    known = words >= 0
    doc_of_word = np.repeat(np.arange(len(n_words)), n_words)
    n_known = np.bincount(doc_of_word[known], minlength=len(n_words))
    counts = _count(words[known], n_known, len(model.vocabulary_))
    mixtures = _infer(model, counts, n_jobs)
    phi = np.ascontiguousarray(model.topic_word_.T, np.float32)
    topic, p, background = _assign(
        words[known], doc_of_word[known], mixtures, phi, background_topics(model.topics_), n_jobs
    )
    if background is None:
        background = _corpus_background(
            model, counts, words[known], doc_of_word[known], phi, mixtures, n_jobs
        )
    lost = np.bincount(doc_of_word[known], background, minlength=len(n_words)) + (n_words - n_known)
    mixtures[n_known == 0] = 0
    return Detection(
        topic_ids=tuple(str(name) for name in model.topic_ids_),
        doc_topic=mixtures,
        unexplained=np.divide(lost, n_words, out=np.ones(len(n_words)), where=n_words > 0),
        n_words=n_words,
        n_unknown=n_words - n_known,
        word_topic=_spread(topic, known, -1),
        word_p=_spread(p, known, 0),
        word_unexplained=_spread(background > 0.5, known, True),
    )


def _detect_part(documents: Any, model: Any) -> Detection:
    return detect(model, documents)


def _join(parts: list[Detection]) -> Detection:
    names = [name for name in Detection.__dataclass_fields__ if name != "topic_ids"]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Detection(topic_ids=parts[0].topic_ids, **joined)


def _as_words(documents: Any, n_vocabulary: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words of all documents in a row, and where each document starts."""
    if issparse(documents) or (isinstance(documents, np.ndarray) and documents.ndim == 2):
        counts = check_counts(csr_matrix(documents))
        if counts.shape[1] != n_vocabulary:  # pyright: ignore[reportOptionalSubscript]
            raise ParameterError(
                f"documents must have one column per word of the model, {n_vocabulary}; got {counts.shape}"
            )
        lengths = np.asarray(counts.sum(axis=1), np.int64).ravel()
        words = np.repeat(counts.indices.astype(np.int64), np.asarray(counts.data, np.int64))
        return words, np.concatenate([[0], np.cumsum(lengths)])
    rows = [np.asarray(row) for row in documents]
    for number, row in enumerate(rows):
        if row.size and (row.ndim != 1 or row.dtype.kind not in "iu"):
            raise ParameterError(
                f"documents[{number}] must be whole numbers of words; texts are numbered by "
                "bandscape.datasets.number_words"
            )
        if row.size and (row.min() < -1 or row.max() >= n_vocabulary):
            raise ParameterError(
                f"documents[{number}] must hold word numbers from -1 to {n_vocabulary - 1}, the model's vocabulary; "
                f"got {row.min()} to {row.max()}"
            )
    words = np.concatenate([np.empty(0, np.int64), *(row.astype(np.int64) for row in rows)])
    return words, np.concatenate([[0], np.cumsum([row.size for row in rows], dtype=np.int64)])


def _count(words: NDArray[np.int64], lengths: NDArray[np.int64], n_vocabulary: int) -> csr_matrix:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    counts = csr_matrix((np.ones(len(words), np.int32), words, offsets), shape=(len(lengths), n_vocabulary))
    counts.sum_duplicates()
    return counts


def _infer(model: Any, counts: csr_matrix, n_jobs: int) -> NDArray[np.float32]:
    return infer_mixtures(
        counts, model.topic_word_, model.doc_prior_, by_length=model.doc_prior_by_length_,
        start=model.topic_share_, n_jobs=n_jobs,
    )  # fmt: skip


def _assign(
    words: NDArray[np.int64],
    docs: NDArray[np.int64],
    mixtures: NDArray[np.float32],
    phi: NDArray[np.float32],
    background: tuple[int, ...],
    n_jobs: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32] | None]:
    """Return each word's topic, its probability, and that of the background topics (None without such)."""
    topic, p = np.empty(len(words), np.int32), np.empty(len(words), np.float32)
    lost = np.empty(len(words), np.float32) if background else None

    def fill(part: slice) -> None:
        weights = phi[words[part]] * mixtures[docs[part]]
        total = np.maximum(weights.sum(axis=1), np.finfo(np.float32).tiny)
        topic[part] = weights.argmax(axis=1)
        p[part] = weights.max(axis=1, initial=0) / total
        if lost is not None:
            lost[part] = weights[:, list(background)].sum(axis=1) / total

    map_threads(fill, _parts(len(words), phi.shape[1]), n_jobs=n_jobs)
    return topic, p, lost


def _corpus_background(
    model: Any,
    counts: csr_matrix,
    words: NDArray[np.int64],
    docs: NDArray[np.int64],
    phi: NDArray[np.float32],
    mixtures: NDArray[np.float32],
    n_jobs: int,
) -> NDArray[np.float32]:
    """Return the probability that each word comes from the corpus' word frequencies rather than from a topic."""
    frequencies = model.topic_share_ @ model.topic_word_
    prior = np.append(model.doc_prior_, model.doc_prior_.sum())
    start = np.append(model.topic_share_, 1.0) / 2
    joined = infer_mixtures(
        counts, np.vstack([model.topic_word_, frequencies]), prior,
        by_length=model.doc_prior_by_length_, start=start, n_jobs=n_jobs,
    )  # fmt: skip
    lost = np.empty(len(words), np.float32)

    def fill(part: slice) -> None:
        held = (phi[words[part]] * joined[docs[part], :-1]).sum(axis=1)
        left = (joined[docs[part], -1] * frequencies[words[part]]).astype(np.float32)
        lost[part] = left / np.maximum(held + left, np.finfo(np.float32).tiny)

    map_threads(fill, _parts(len(words), mixtures.shape[1]), n_jobs=n_jobs)
    return lost


def _parts(n_words: int, n_topics: int) -> list[slice]:
    step = max(1, _AT_ONCE // n_topics)
    return [slice(at, at + step) for at in range(0, n_words, step)]


def _spread(values: NDArray[Any], known: NDArray[np.bool_], otherwise: Any) -> NDArray[Any]:
    """Put the values of known words in their places among all words."""
    spread = np.full(len(known), otherwise, values.dtype)
    spread[known] = values
    return spread
