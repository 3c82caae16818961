"""What changed from one round to another, topic by topic.

Public names: :func:`diff_rounds`, :class:`TopicDiff`, :class:`TopicDiffs`, :func:`match_topics`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..lda import KeywordLDA
from ..notebook import diffs_html
from ..report import top_words

LEAST_ALIKE = 0.6
"""Topics of rounds that do not descend from one another are the same only if their Bhattacharyya coefficient is this
large. Of different topics in one model of the Pitchfork reviews it is 0.51 in the median, and above 0.62 in 5 % of
pairs."""

CLEAR_FACTOR = 1.5
"""A word was clearly gained or lost if its probability changed by this factor; others only cross the last rank."""


@dataclass(frozen=True)
class TopicDiff:
    """What changed in one topic.

    Parameters
    ----------
    topic : str
        Its id in the later round; in the earlier one where ``is_gone``.
    was : tuple of str
        Topics of the earlier round that it was; none for a new topic, several for a merged one.
    is_gone : bool
        Whether the later round has nothing in its place.
    share_before, share_after : float
        Share of the corpus' tokens.
    alike : float
        Probability (0 to 1) that the word distributions share.
    gained, lost : tuple of str
        Words that are now among the most probable, or no longer are; most probable first.
    moved_documents : int or None
        Documents in which it became or ceased to be the leading topic; None where the rounds have other documents.
    clear : tuple of str
        Those of ``gained`` and ``lost`` whose probability changed by a factor of :data:`CLEAR_FACTOR` or more.
    """

    topic: str
    was: tuple[str, ...]
    is_gone: bool
    share_before: float
    share_after: float
    alike: float
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    moved_documents: int | None
    clear: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the difference as JSON-able values."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


class TopicDiffs(list[TopicDiff]):
    """A list of differences that shows itself as a table in a notebook, what changed most first."""

    def _repr_html_(self) -> str:
        return diffs_html(self)


def diff_rounds(
    before: KeywordLDA,
    after: KeywordLDA,
    *,
    origins: Mapping[str, Sequence[str]] | None = None,
    n_words: int = 20,
) -> TopicDiffs:
    """Compare two rounds.

    Parameters
    ----------
    before, after : KeywordLDA
    origins : mapping of str to sequence of str, optional
        For each topic after, the topics before that it was made of (:func:`trace_origins`); :func:`match_topics`
        without it.
    n_words : int
        How many of the most probable words count.

    Returns
    -------
    TopicDiffs
        A list of :class:`TopicDiff` in the order of the later round; then topics that are gone.
    """
    matched = match_topics(before, after) if origins is None else origins
    places = {name: at for at, name in enumerate(before.topic_ids_.tolist())}
    groups = [
        [places[name] for name in matched.get(topic, ()) if name in places] for topic in after.topic_ids_
    ]
    moved = _moved_documents(before, after, groups)
    rows = _shared_columns(before, after)
    diffs = []
    for at, (topic, group) in enumerate(zip(after.topic_ids_.tolist(), groups, strict=True)):
        row = _mixture(before, group)
        alike = float(np.minimum(row[rows[0]], after.topic_word_[at][rows[1]]).sum())
        former, present = _words(before, row, n_words), _words(after, after.topic_word_[at], n_words)
        gained = tuple(word for word in present if word not in set(former))
        lost = tuple(word for word in former if word not in set(present))
        diffs.append(
            TopicDiff(
                topic=topic,
                was=tuple(before.topic_ids_[group].tolist()),
                is_gone=False,
                share_before=float(before.topic_share_[group].sum()),
                share_after=float(after.topic_share_[at]),
                alike=alike,
                gained=gained,
                lost=lost,
                moved_documents=None if moved is None else moved[0][at],
                clear=_clear(before, row, after, after.topic_word_[at], gained + lost),
            )
        )
    kept = {at for group in groups for at in group}
    gone = [at for at in range(len(before.topic_ids_)) if at not in kept]
    diffs += [_gone(before, at, n_words, None if moved is None else moved[1][at]) for at in gone]
    return TopicDiffs(diffs)


def match_topics(before: KeywordLDA, after: KeywordLDA) -> dict[str, tuple[str, ...]]:
    """Find each topic of one round in another that does not descend from it.

    A topic that is steered in both rounds (keywords, exclusions, frozen) is the one of the same id. The others are
    matched so that the pairs are as much alike as possible (Bhattacharyya coefficients, Hungarian method); ids such as
    ``topic_3`` mean nothing there.

    Parameters
    ----------
    before, after : KeywordLDA

    Returns
    -------
    dict of str to tuple of str
        For each topic after, none or one before.
    """
    from scipy.optimize import linear_sum_assignment

    steered = _steered(before) & _steered(after)
    free_before = [at for at, topic in enumerate(before.topic_ids_) if topic not in steered]
    free_after = [at for at, topic in enumerate(after.topic_ids_) if topic not in steered]
    columns_before, columns_after = _shared_columns(before, after)
    former = np.sqrt(before.topic_word_[free_before][:, columns_before])
    present = np.sqrt(after.topic_word_[free_after][:, columns_after])
    alike = present @ former.T  # Bhattacharyya coefficients: 1 for the same distribution, 0 for disjoint ones
    pairs: dict[str, tuple[str, ...]] = {topic: (topic,) for topic in steered}
    for row, column in zip(*linear_sum_assignment(-alike), strict=True):
        if alike[row, column] >= LEAST_ALIKE:
            pairs[str(after.topic_ids_[free_after[row]])] = (str(before.topic_ids_[free_before[column]]),)
    return {topic: pairs.get(topic, ()) for topic in after.topic_ids_.tolist()}


def _steered(model: KeywordLDA) -> set[str]:
    return {topic.id for topic in model.topics_ if topic.keywords or topic.excluded or topic.frozen}


def _shared_columns(before: KeywordLDA, after: KeywordLDA) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the columns of the words that both vocabularies have."""
    column = {word: at for at, word in enumerate(before.vocabulary_.tolist())}
    pairs = [(column[word], at) for at, word in enumerate(after.vocabulary_.tolist()) if word in column]
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    return first, second


def _mixture(model: KeywordLDA, group: list[int]) -> NDArray[np.float64]:
    if len(group) == 1:
        return model.topic_word_[group[0]]
    row = model.topic_share_[group] @ model.topic_word_[group]
    return row / max(row.sum(), 1e-300)


def _words(model: KeywordLDA, row: NDArray[np.float64], n_words: int) -> list[str]:
    return model.vocabulary_[top_words(row, n_words)].tolist()


def _clear(
    before: KeywordLDA,
    row_before: NDArray[np.float64],
    after: KeywordLDA,
    row_after: NDArray[np.float64],
    words: Sequence[str],
) -> tuple[str, ...]:
    """Return the words whose probability changed much; a word that one vocabulary lacks did."""
    was = dict(zip(before.vocabulary_.tolist(), row_before.tolist(), strict=True))
    now = dict(zip(after.vocabulary_.tolist(), row_after.tolist(), strict=True))
    pairs = ((word, sorted((was.get(word, 0.0), now.get(word, 0.0)))) for word in words)
    return tuple(word for word, (low, high) in pairs if high >= CLEAR_FACTOR * low)


def _moved_documents(
    before: KeywordLDA, after: KeywordLDA, groups: list[list[int]]
) -> tuple[list[int], list[int]] | None:
    """Count the documents whose leading topic is another one, for each topic after and each topic before."""
    if not np.array_equal(before.doc_lengths_, after.doc_lengths_):
        return None
    with_words = before.doc_lengths_ > 0
    led, leads = before.doc_topic_[with_words].argmax(axis=1), after.doc_topic_[with_words].argmax(axis=1)
    is_same = np.zeros((len(after.topic_ids_), len(before.topic_ids_)), bool)
    for at, group in enumerate(groups):
        is_same[at, group] = True
    moved = ~is_same[leads, led]
    came = np.bincount(leads[moved], minlength=len(after.topic_ids_))
    left = np.bincount(led[moved], minlength=len(before.topic_ids_))
    return [int(came[at] + left[group].sum()) for at, group in enumerate(groups)], left.tolist()


def _gone(model: KeywordLDA, at: int, n_words: int, moved: int | None) -> TopicDiff:
    name = str(model.topic_ids_[at])
    words = tuple(_words(model, model.topic_word_[at], n_words))
    return TopicDiff(name, (name,), True, float(model.topic_share_[at]), 0.0, 0.0, (), words, moved, words)
