"""A round from the one before it: edits are made, and the chain goes on from where it stood.

Public functions: :func:`refit`, :func:`frozen_words`, :func:`source_of_frozen`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils.validation import check_is_fitted

from ...core.checkpoints import Checkpoint
from ...core.errors import ParameterError
from ...core.executors import Executor
from ...core.progress import ProgressCallback
from ...core.randomness import RandomState, as_seed
from ..blocks import check_n_jobs
from ..checking import check_counts
from ..keywords import Topic, check_topics
from ..lda import KeywordLDA
from ..releasing import may_be_released
from ..starting import token_words
from .applying import PIN_WEIGHTS, apply_edits, trace_origins
from .carrying import carry_over
from .edits import Edit

SWEEPS = 30


def refit(
    model: KeywordLDA,
    counts: Any,
    edits: Iterable[Edit] = (),
    *,
    topics: Sequence[Topic | Mapping[str, Any]] | None = None,
    normalize: Callable[[str], str | None] | None = None,
    frozen_topic_word: Mapping[str, NDArray[np.float64]] | None = None,
    n_sweeps: int = SWEEPS,
    n_samples: int | None = None,
    n_jobs: int | None = None,
    random_state: RandomState | None = None,
    on_progress: ProgressCallback | None = None,
    checkpoint: Checkpoint | str | Path | None = None,
    executor: Executor | None = None,
) -> KeywordLDA:
    """Fit a model again after edits, from the topics its tokens have.

    Tokens that no edit touches begin with the topic they had; the others are drawn anew before the first sweep. Then
    all tokens are sampled, at the final temperature. Without edits the chain just goes on.

    Parameters
    ----------
    model : KeywordLDA
        Fitted; not changed.
    counts : csr_matrix or array of shape (n_docs, n_words)
        Those it was fitted to.
    edits : iterable of Edit
        Such as :class:`TopicEdits`.
    topics : sequence of Topic or dict, optional
        The configuration to end with, where it differs from the edited one; topics that no edit made keep their tokens
        by their id.
    normalize : callable, optional
        Surface form to word of the vocabulary, for the words of the edits.
    frozen_topic_word : mapping of str to ndarray of shape (n_words,), optional
        Words of frozen topics that are not to keep those they have in ``model``.
    n_sweeps : int
    n_samples : int, optional
        The last so many sweeps are averaged; three quarters of them without it.
    n_jobs : int, optional
        Threads, as many as the model's without it; the result does not depend on them.
    random_state : int, Generator, RandomState or None
        The model's own without it.
    on_progress, checkpoint, executor
        As for :meth:`KeywordLDA.fit`.

    Returns
    -------
    KeywordLDA

    Raises
    ------
    ParameterError
        If the counts are others, or an edit cannot be made.
    UnknownNameError
        If an edit names a topic that there is not.

    Examples
    --------
    >>> import numpy as np
    >>> from bandscape.topics import KeywordLDA
    >>> from bandscape.topics.rounds import TopicEdits, refit
    >>> counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    >>> words = ["hum", "reverb", "fuzz", "hook", "chorus", "dance"]
    >>> model = KeywordLDA(n_topics=2, n_sweeps=50, n_samples=10).fit(counts, vocabulary=words)
    >>> edits = TopicEdits().rename("topic_1", "drone").pin("drone", "hum").exclude("topic_2", "hum")
    >>> model = refit(model, counts, edits)
    >>> model.topic_ids_.tolist(), float(model.topic_word_[1, 0])
    (['drone', 'topic_2'], 0.0)
    """
    check_is_fitted(model)
    edits = tuple(edits)
    matrix = check_counts(counts)
    origins = trace_origins(model.topics_, edits)
    if topics is None:
        weight = PIN_WEIGHTS[model.prior]
        wanted = apply_edits(model.topics_, edits, normalize=normalize, pin_weight=weight)
    else:
        wanted = check_topics(topics)
    origins = {topic.id: origins.get(topic.id, ()) for topic in wanted}
    seed = model.seed_ if random_state is None else as_seed(random_state)
    jobs = check_n_jobs(model.n_jobs if n_jobs is None else n_jobs)
    given = dict(frozen_topic_word or {})
    held = frozen_words(model, [topic for topic in wanted if topic.id not in given], origins)
    start = carry_over(model, matrix, wanted, origins, seed=seed, n_jobs=jobs)
    parameters = model.get_params(deep=False) | {
        "topics": list(wanted),
        "released_keywords": _still_released(model, wanted, origins),
        "frozen_topic_word": {**held, **given} or None,
        "added_counts": _words_to_hold(model, matrix, wanted, origins, start) or None,
        "n_sweeps": n_sweeps,
        "n_samples": max(1, 3 * n_sweeps // 4) if n_samples is None else n_samples,
        "n_jobs": jobs,
        "random_state": seed,
    }
    parameters |= _inherited_priors(model, wanted, origins)
    return type(model)(**parameters).fit(
        matrix,
        vocabulary=model.vocabulary_.tolist(),
        start=start,
        on_progress=on_progress,
        checkpoint=checkpoint,
        executor=executor,
    )


def frozen_words(
    model: KeywordLDA,
    topics: Sequence[Topic],
    origins: Mapping[str, Sequence[str]] | None = None,
    *,
    vocabulary: Sequence[str] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Return the word distributions that frozen topics take from an earlier model.

    Parameters
    ----------
    model : KeywordLDA
    topics : sequence of Topic
    origins : mapping of str to sequence of str, optional
        The model's topic that each topic was made of; the one of the same id without it.
    vocabulary : sequence of str, optional
        Words of the columns wanted; the model's own without it. Words that the model does not have get the least
        probability it gives to any word of the topic, so that they are not impossible.

    Returns
    -------
    dict of str to ndarray of shape (n_words,), float64
        For ``KeywordLDA(frozen_topic_word=...)``; rows sum to 1.

    Raises
    ------
    ParameterError
        If the model has no such topic.
    """
    places = {name: at for at, name in enumerate(model.topic_ids_.tolist())}
    rows = {}
    for topic in topics:
        if topic.frozen:
            source = source_of_frozen(topic.id, origins)
            if source not in places:
                raise ParameterError(
                    f"topic {topic.id!r} is frozen, but the round to take its words from has no topic {source!r}; "
                    "thaw it, fit once, then freeze it"
                )
            rows[topic.id] = _in_vocabulary(model, model.topic_word_[places[source]], vocabulary)
    return rows


def source_of_frozen(topic: str, origins: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return the id under which an earlier round has the words of a frozen topic.

    Parameters
    ----------
    topic : str
    origins : mapping of str to sequence of str, optional
        As for :func:`frozen_words`.

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        If the topic was just split off or merged, so that no round has its words yet.
    """
    found = (origins or {}).get(topic) or (topic,)
    n_heirs = sum(found[0] in others for others in (origins or {}).values())
    if len(found) > 1 or n_heirs > 1:
        raise ParameterError(
            f"topic {topic!r} is frozen, but was only just made of {', '.join(map(repr, found))}: no round has its "
            "words yet; thaw it, refit, then freeze it"
        )
    return found[0]


def _in_vocabulary(
    model: KeywordLDA, row: NDArray[np.float64], vocabulary: Sequence[str] | None
) -> NDArray[np.float64]:
    if vocabulary is None or list(vocabulary) == model.vocabulary_.tolist():
        return row.copy()
    column = {word: at for at, word in enumerate(model.vocabulary_.tolist())}
    at = np.array([column.get(word, -1) for word in vocabulary])
    chances = np.where(at >= 0, row[at], row[row > 0].min())
    return chances / chances.sum()


def _still_released(
    model: KeywordLDA, topics: Sequence[Topic], origins: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """Return the keywords to go on without: those the model went without, but for pinned ones."""
    gone = set(model.released_keywords_)
    return [
        (topic.id, word)
        for topic in topics
        for word, weight in topic.keywords
        if may_be_released(topic, weight) and any((origin, word) in gone for origin in origins[topic.id])
    ]


def _words_to_hold(
    model: KeywordLDA,
    counts: csr_matrix,
    topics: Sequence[Topic],
    origins: Mapping[str, Sequence[str]],
    start: NDArray[np.integer],
) -> dict[str, NDArray[np.float64]]:
    """Return the pseudo-counts of topics just merged or split: words that count up to twice.

    Of a merged topic those of its smaller parts: without them they make up so little of a large topic that they go over
    to any other that has some of them. No part comes to weigh more than the largest, whose words are held by half their
    number, or the smaller ones take its place. Of the parts of a split topic those they begin with, or they grow alike
    again. All this is for one refit alone: kept over many rounds it would hold what later edits ask for elsewhere.
    """
    number_of = {name: at for at, name in enumerate(model.topic_ids_.tolist())}
    n_heirs = {name: sum(name in found for found in origins.values()) for name in number_of}
    words, added = token_words(counts), {}

    def count(tokens: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(words[tokens], minlength=len(model.vocabulary_)).astype(np.float64)

    for number, topic in enumerate(topics):
        made_of = origins[topic.id]
        if len(made_of) > 1:
            parts = sorted((count(model.token_topics_ == number_of[part]) for part in made_of), key=np.sum)
            largest = parts.pop()
            factors = [np.clip(largest.sum() / max(part.sum(), 1) - 1, 0, 1) for part in parts]
            added[topic.id] = largest / 2 + sum(
                factor * part for factor, part in zip(factors, parts, strict=True)
            )
        elif made_of and n_heirs[made_of[0]] > 1:
            added[topic.id] = count(start == number)
    return added


def _inherited_priors(
    model: KeywordLDA, topics: Sequence[Topic], origins: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return alpha and beta for the new topics from those the model has fitted.

    Alpha is shared out among the parts of a topic, added up when topics are merged, and follows changes of the
    proportions; beta is a mean. Those of the proportional prior follow from the proportions alone.
    """
    if model.prior != "classic":
        return {}
    n_heirs = {name: sum(name in found for found in origins.values()) for name in model.topic_ids_.tolist()}
    shares = {topic.id: topic.proportion / n_heirs[topic.id] for topic in model.topics_ if n_heirs[topic.id]}
    alphas = dict(zip(model.topic_ids_.tolist(), model.doc_prior_.tolist(), strict=True))
    betas = dict(zip(model.topic_ids_.tolist(), model.word_prior_.tolist(), strict=True))
    level = sum(topic.proportion for topic in topics) / sum(topic.proportion for topic in model.topics_)
    alpha, beta = [], []
    for topic in topics:
        made_of = origins[topic.id]
        growth = topic.proportion / level / sum(shares[name] for name in made_of) if made_of else 1.0
        alpha.append(
            growth * sum(alphas[name] / n_heirs[name] for name in made_of) or model.doc_prior_.mean()
        )
        beta.append(
            float(np.mean([betas[name] for name in made_of])) if made_of else model.word_prior_.mean()
        )
    return {"doc_topic_prior": alpha, "topic_word_prior": beta}
