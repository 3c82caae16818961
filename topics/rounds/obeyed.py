"""Whether edits were obeyed, judged by the tokens: not by the priors, which say what was wished for.

=========  =========================================================================================================
edit       obeyed when
=========  =========================================================================================================
pin        the topic has most of the word's tokens; or more than before and a tenth of them at least, the word among
           its 20 most probable, and either twice its former share of the word or more of it than any other topic
exclude    the word has no token in the topic and its probability there is exactly zero
allow      it has a probability there, or the topic merely stopped asking for it
move       as exclude in the one topic, and the other has more of the word than before, and either gained at least
           half of what that one had or has more of the word than any other topic
split      every part has at least a twentieth of their tokens, no two of them share more than half of their
           probability, and each shares more with the topic that was split than with any other of the former topics
merge      each topic that was merged shares more of its probability with the merged one than with any other
freeze     the word distribution is exactly the former one
thaw, noise, rename  the configuration says so
=========  =========================================================================================================

Every word of an edit has to obey; one that the corpus does not have does not. Public names: :func:`judge_edits`,
:class:`Verdict`, :class:`Verdicts`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..blocks import shape_of
from ..checking import check_counts
from ..keyword_report import ENOUGH
from ..lda import KeywordLDA
from ..notebook import verdicts_html
from ..report import top_words
from ..starting import token_words
from .applying import trace_origins
from .edits import (
    Allow,
    Edit,
    Exclude,
    Freeze,
    Merge,
    Move,
    Noise,
    Pin,
    Rename,
    Split,
    Thaw,
)

TOP_WORDS = 20
LEAST_PART = 0.05
MOST_SHARED = 0.5
_MOST_CELLS = 1 << 24  # counted in an array, six times as fast as by a sparse matrix; 256 MiB for a moment


@dataclass(frozen=True)
class Verdict:
    """What became of an edit.

    Parameters
    ----------
    edit : Edit
    topics : tuple of str
        Topics of the later round that it is about.
    obeyed : bool
    reason : str
        The figures, in a few words.
    """

    edit: Edit
    topics: tuple[str, ...]
    obeyed: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON-able values."""
        return {
            "edit": str(self.edit), "topics": list(self.topics), "obeyed": self.obeyed, "reason": self.reason
        }  # fmt: skip


class Verdicts(list[Verdict]):
    """A list of verdicts that shows itself as a table in a notebook."""

    def _repr_html_(self) -> str:
        return verdicts_html(self)


def judge_edits(
    before: KeywordLDA,
    after: KeywordLDA,
    counts: Any,
    edits: Iterable[Edit],
    *,
    normalize: Callable[[str], str | None] | None = None,
) -> Verdicts:
    """Judge each edit by what the tokens of the corpus did.

    Parameters
    ----------
    before, after : KeywordLDA
        A model and what :func:`refit` made of it.
    counts : csr_matrix or array of shape (n_docs, n_words)
        Those both were fitted to.
    edits : iterable of Edit
    normalize : callable, optional
        Surface form to word of the vocabulary.

    Returns
    -------
    Verdicts
        A list of :class:`Verdict` in the order of the edits. The module's text says what obeying means for each kind.
    """
    edits = tuple(edits)
    states = _States(before, after, check_counts(counts), normalize)
    verdicts = Verdicts()
    for at, edit in enumerate(edits):
        origins = trace_origins(before.topics_, edits[:at])
        made = trace_origins([{"id": topic} for topic in origins], [edit])
        heirs = trace_origins([{"id": topic} for topic in made], edits[at + 1 :])
        stage = _Stage(states, origins, made, heirs)
        verdicts.append(stage.judge(edit))
    return verdicts


class _States:
    """The topics of all tokens before and after."""

    def __init__(
        self,
        before: KeywordLDA,
        after: KeywordLDA,
        counts: csr_matrix,
        normalize: Callable[[str], str | None] | None,
    ) -> None:
        self.before, self.after, self.counts, self._normalize = before, after, counts, normalize
        self.column = {word: at for at, word in enumerate(before.vocabulary_.tolist())}
        self.number_before = {name: at for at, name in enumerate(before.topic_ids_.tolist())}
        self.number_after = {name: at for at, name in enumerate(after.topic_ids_.tolist())}
        words = token_words(counts)
        self.words_before, self.words_after = (
            _topic_words(model.token_topics_, words, model.topic_word_.shape) for model in (before, after)
        )

    def column_of(self, word: str) -> int | None:
        """Return the column of a word as the user spells it."""
        return self.column.get((self._normalize(word) if self._normalize else None) or word)

    def shares(self, column: int, before: list[int], after: list[int]) -> tuple[float, float]:
        """Return the parts of a word's tokens that topics had before and have after."""
        n_tokens = max(int(self.before.word_counts_[column]), 1)
        had, has = self.words_before[before, column].sum(), self.words_after[after, column].sum()
        return float(had) / n_tokens, float(has) / n_tokens


@dataclass(frozen=True)
class _Stage:
    """One edit among others: how ids before and after all edits go with the ids it uses."""

    states: _States
    origins: dict[str, tuple[str, ...]]  # of topics before this edit, among those before all edits
    made: dict[str, tuple[str, ...]]  # of topics after this edit, among those before it
    heirs: dict[str, tuple[str, ...]]  # of topics after all edits, among those after this one

    def judge(self, edit: Edit) -> Verdict:
        """Return what became of an edit."""
        judges: dict[type[Any], Callable[[Any], tuple[bool, str]]] = {
            Pin: self._pin,
            Exclude: self._exclude,
            Allow: self._allow,
            Move: self._move,
            Freeze: self._freeze,
            Thaw: lambda edit: self._flag(edit.topic, "frozen", False),
            Noise: lambda edit: self._flag(edit.topic, "noise", True),
            Merge: self._merge,
            Split: self._split,
            Rename: lambda edit: (bool(self._after(edit.to)), f"called {edit.to}"),
        }
        named = edit.to if isinstance(edit, Move | Rename) else None
        own = edit.topics[0] if isinstance(edit, Merge) else edit.topic
        topics = [own] if named is None else [named] if isinstance(edit, Rename) else [own, named]
        if isinstance(edit, Split):
            topics = [part for part, origins in self.made.items() if own in origins]
        names = list(self.states.after.topic_ids_)
        about = [names[at] for topic in topics for at in self._after(topic)]
        if not about:
            return Verdict(edit, (), False, "the topic is gone")
        return Verdict(edit, tuple(dict.fromkeys(about)), *judges[type(edit)](edit))

    def _before(self, topic: str) -> list[int]:
        return [self.states.number_before[name] for name in self.origins.get(topic, ())]

    def _after(self, topic: str) -> list[int]:
        numbers = self.states.number_after
        return [numbers[name] for name, origins in self.heirs.items() if topic in origins and name in numbers]

    def _each_word(self, words: Iterable[str], judge: Callable[[int], tuple[bool, str]]) -> tuple[bool, str]:
        """Judge every word; the reason is that of the first that does not obey."""
        results = []
        for word in words:
            column = self.states.column_of(word)
            obeyed, reason = (False, "the vocabulary lacks it") if column is None else judge(column)
            results.append((obeyed, f"{word}: {reason}"))
        return min(results, key=lambda result: result[0])

    def _pin(self, edit: Pin) -> tuple[bool, str]:
        after = self._after(edit.topic)

        def judge(column: int) -> tuple[bool, str]:
            had, has = self.states.shares(column, self._before(edit.topic), after)
            is_top = any(column in top_words(self.states.after.topic_word_[at], TOP_WORDS) for at in after)
            is_more = has > had and has >= ENOUGH and (has >= 2 * had or self._has_most(after, column))
            return has >= 0.5 or (is_top and is_more), _change(had, has)

        return self._each_word(edit.words, judge)

    def _exclude(self, edit: Exclude) -> tuple[bool, str]:
        return self._each_word(edit.words, lambda column: self._is_banned(edit.topic, column))

    def _is_banned(self, topic: str, column: int) -> tuple[bool, str]:
        after = self._after(topic)
        had, has = self.states.shares(column, self._before(topic), after)
        return has == 0 and bool((self.states.after.topic_word_[after, column] == 0).all()), _change(had, has)

    def _has_most(self, topics: list[int], column: int) -> bool:
        tokens = self.states.words_after[:, [column]].toarray().ravel()
        return int(tokens.argmax()) in topics

    def _allow(self, edit: Allow) -> tuple[bool, str]:
        after = self._after(edit.topic)

        def judge(column: int) -> tuple[bool, str]:
            had, has = self.states.shares(column, self._before(edit.topic), after)
            return bool((self.states.after.topic_word_[after, column] > 0).any()), _change(had, has)

        return self._each_word(edit.words, judge)

    def _move(self, edit: Move) -> tuple[bool, str]:
        def judge(column: int) -> tuple[bool, str]:
            is_out, _ = self._is_banned(edit.topic, column)
            lost, _ = self.states.shares(column, self._before(edit.topic), [])
            had, has = self.states.shares(column, self._before(edit.to), self._after(edit.to))
            is_there = has > had and (has - had >= lost / 2 or self._has_most(self._after(edit.to), column))
            return is_out and is_there, f"{_change(had, has)} in {edit.to}"

        return self._each_word([edit.word], judge)

    def _freeze(self, edit: Freeze) -> tuple[bool, str]:
        rows = self.states.after.topic_word_[self._after(edit.topic)]
        former = self.states.before.topic_word_[self._before(edit.topic)]
        return len(rows) == len(former) and bool((rows == former).all()), "its words are held"

    def _flag(self, topic: str, field: str, wanted: bool) -> tuple[bool, str]:
        found = [getattr(self.states.after.topics_[at], field) for at in self._after(topic)]
        return all(value == wanted for value in found), f"{field}: {str(found[0]).lower()}"

    def _merge(self, edit: Merge) -> tuple[bool, str]:
        after = self._after(edit.topics[0])
        shared = [
            _alike(_mixture(self.states.words_before, self._before(part)), self.states.words_after)
            for part in edit.topics
        ]
        is_nearest = all(int(row.argmax()) in after for row in shared)
        pairs = zip(edit.topics, shared, strict=True)
        return is_nearest, ", ".join(f"{row[after].max():.0%} like {part}" for part, row in pairs)

    def _split(self, edit: Split) -> tuple[bool, str]:
        groups = [self._after(part) for part, origins in self.made.items() if edit.topic in origins]
        sizes = np.array([self.states.words_after[group].sum() for group in groups])
        sizes /= max(sizes.sum(), 1e-300)
        rows = [_mixture(self.states.words_after, group) for group in groups]
        shared = max(float(np.minimum(one, other).sum()) for one, other in combinations(rows, 2))
        nearest = {int(_alike(row, self.states.words_before).argmax()) for row in rows}
        is_split = (
            sizes.min() >= LEAST_PART and shared <= MOST_SHARED and nearest <= set(self._before(edit.topic))
        )
        return bool(is_split), f"{' + '.join(f'{size:.0%}' for size in sizes)}, at most {shared:.0%} alike"


def _topic_words(topics: NDArray[np.integer], words: NDArray[np.int32], shape: tuple[int, int]) -> csr_matrix:
    """Return the tokens of topics (rows) and words, as float64."""
    n_cells = shape[0] * shape[1]
    if n_cells > _MOST_CELLS:
        return csr_matrix((np.ones(len(words)), (topics, words)), shape=shape)
    tokens = np.bincount(topics.astype(np.int64) * shape[1] + words, minlength=n_cells)
    return csr_matrix(tokens.reshape(shape).astype(np.float64))


def _mixture(topic_words: csr_matrix, topics: list[int]) -> NDArray[np.float64]:
    """Return the word distribution of the tokens of several topics together."""
    row = np.asarray(topic_words[topics].sum(axis=0)).ravel()
    return row / max(row.sum(), 1)


def _alike(row: NDArray[np.float64], topic_words: csr_matrix) -> NDArray[np.float64]:
    """Return how much of a word distribution (0 to 1) it shares with each topic."""
    n_topics = shape_of(topic_words)[0]
    return np.array([np.minimum(row, _mixture(topic_words, [topic])).sum() for topic in range(n_topics)])


def _change(before: float, after: float) -> str:
    if before == after == 0:
        return "none of its tokens, before and after"
    return f"{_percent(before)} to {_percent(after)} of its tokens"


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
