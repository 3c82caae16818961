"""A round from one corpus to another: reviews were corrected, left out or added since it was fitted.

The new texts are read with the words of the topics held as they were (true freezing, for all topics at once); that
gives each token of the new corpus a topic, and from there a refit goes on as ever. Words go by their names, topics by
their ids. Public name: :func:`bring_to_corpus`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ...core.errors import ParameterError
from ...core.progress import ProgressCallback
from ..checking import check_counts
from ..lda import KeywordLDA

SWEEPS = 20
_SAMPLES = 10


def bring_to_corpus(
    model: KeywordLDA,
    counts: Any,
    vocabulary: Sequence[str],
    *,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> KeywordLDA:
    """Return a model as if it had been fitted to another corpus, its topics as they are.

    Parameters
    ----------
    model : KeywordLDA
        Fitted to reviews of the same kind; not changed.
    counts : csr_matrix or array of shape (n_docs, n_words)
        Of the other corpus.
    vocabulary : sequence of str, length n_words
        Words of its columns, written as those of the model are.
    n_jobs : int
        Threads; the result does not depend on them.
    on_progress : callable, optional
        As for :meth:`KeywordLDA.fit`.

    Returns
    -------
    KeywordLDA
        For :func:`refit` with these counts. Priors, keywords and the word probabilities are the model's; a word it does
        not have has the same small probability in every topic. Mixtures, shares and topics of the tokens are those of
        the new texts.

    Raises
    ------
    ParameterError
        If the corpora have no word in common, or the counts cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from bandscape.topics import KeywordLDA
    >>> from bandscape.topics.rounds import bring_to_corpus, refit
    >>> counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    >>> words = ["hum", "reverb", "fuzz", "hook", "chorus", "dance"]
    >>> topics = [{"id": "drone", "keywords": ["hum"]}, {"id": "pop"}]
    >>> model = KeywordLDA(topics=topics, n_sweeps=50, n_samples=10).fit(counts, vocabulary=words)
    >>> corrected = counts[3:, ::-1]  # three reviews fewer, the words in another order
    >>> model = refit(bring_to_corpus(model, corrected, words[::-1]), corrected)
    >>> model.topic_word_[0].round(1)
    array([0. , 0. , 0. , 0.3, 0.3, 0.4])
    """
    check_is_fitted(model)
    matrix = check_counts(counts)
    rows = _rows_in(model, vocabulary)
    named = dict(zip(model.topic_ids_.tolist(), rows, strict=True))
    own = model.get_params(deep=False)
    held = [replace(topic, frozen=True) for topic in model.topics_]
    as_read = {
        "topics": held, "frozen_topic_word": named, "released_keywords": (), "added_counts": None,
        "doc_topic_prior": model.doc_prior_, "topic_word_prior": model.word_prior_, "optimize_interval": 0,
        "annealing": None, "n_sweeps": SWEEPS, "n_samples": _SAMPLES, "n_jobs": n_jobs, "random_state": model.seed_,
    }  # fmt: skip
    start = np.full(int(matrix.sum()), -1)
    brought = type(model)(**own | as_read).fit(
        matrix, vocabulary=list(vocabulary), start=start, on_progress=on_progress
    )
    frozen = {topic.id: named[topic.id] for topic in model.topics_ if topic.frozen}
    brought.set_params(**own | {"frozen_topic_word": frozen or None, "added_counts": None})
    brought.topics_, brought.released_keywords_ = model.topics_, model.released_keywords_
    brought.doc_prior_, brought.word_prior_ = model.doc_prior_, model.word_prior_
    return brought


def _rows_in(model: KeywordLDA, vocabulary: Sequence[str]) -> NDArray[np.float64]:
    """Return p(word | topic) for other columns, shape (n_topics, n_words)."""
    column = {word: at for at, word in enumerate(model.vocabulary_.tolist())}
    at = np.array([column.get(word, -1) for word in vocabulary])
    if not (at >= 0).any():
        raise ParameterError(
            f"the topics know none of the {len(vocabulary):,} words of these reviews: another language or subject? "
            "Fit anew (bandscape topics fit)"
        )
    chances = np.asarray(model.topic_word_, float)
    rows = np.where(at >= 0, chances[:, at], chances[chances > 0].min())
    return rows / rows.sum(axis=1, keepdims=True)
