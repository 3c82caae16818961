"""What of a round's topics the next round begins with: all that the edits do not touch.

Tokens of merged and renamed topics are relabelled. Tokens of a split topic are divided by a small topic model of
their own, annealed from the start; then the parts' words are set apart. Tokens of a word that is pinned, excluded or
allowed again lose their topic, and are drawn anew before the first sweep; those of a moved word begin where it was
moved to. Public functions: :func:`carry_over`, :func:`find_touched_words`, :func:`find_moved_words`,
:func:`set_apart`.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.errors import ParameterError
from ..blocks import shape_of
from ..keywords import Topic
from ..lda import KeywordLDA
from ..starting import token_words

SPLIT_SWEEPS = 60
SPLIT_PRIOR = 16.0
"""Documents take about as much of one part as of the other, so that the parts differ in their words. Smaller values
tell documents apart instead: of the eight largest of 50 topics of Pitchfork, the halves share 0.35 to 0.60 of their
probability a refit later with 1, 0.35 to 0.56 with 4, 0.32 to 0.53 with 16; at 1 some divide 99 to 1."""
MOST_SHARED = 0.25
"""Of the probability of two parts of a split topic, before the first sweep. A large topic of words that go with
everything has no halves by documents: ``python -m benchmarks rounds`` found 20 of 20 splits obeyed with either prior;
before the words were set apart it was 16 and 18, at a held-out perplexity within half a percent."""
_NONE = -1


def carry_over(
    parent: KeywordLDA,
    counts: csr_matrix,
    topics: Sequence[Topic],
    origins: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
    n_jobs: int = 1,
) -> NDArray[np.int32]:
    """Return the topics that the tokens of a corpus begin the next round with.

    Parameters
    ----------
    parent : KeywordLDA
        Fitted to these counts.
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : sequence of Topic
        Of the next round; keywords and excluded words are words of the vocabulary.
    origins : mapping of str to sequence of str
        Topics of the parent that each topic was made of (:func:`trace_origins`); none for a new topic.
    seed : int
        Of the small models that split topics.
    n_jobs : int

    Returns
    -------
    ndarray of shape (n_tokens,), int32
        For ``KeywordLDA.fit(start=...)``: -1 where the topic is to be drawn.

    Raises
    ------
    ParameterError
        If the parent was fitted to other counts, or a topic to be split has fewer tokens than parts.
    """
    former = _token_topics(parent, counts)
    heirs = _heirs(parent.topic_ids_.tolist(), topics, origins)
    relabelled = np.array([found[0] if len(found) == 1 else _NONE for found in heirs], np.int32)
    start = relabelled[former]
    words = token_words(counts)
    everywhere, within = find_touched_words(parent.topics_, topics, origins)
    column = {word: at for at, word in enumerate(parent.vocabulary_.tolist())}
    start[_columns(everywhere, column)[words]] = _NONE
    for topic, touched in within.items():
        start[(relabelled[former] == topic) & _columns(touched, column)[words]] = _NONE
    for word, topic, to in find_moved_words(parent.topics_, topics, origins):
        if word in column:
            start[(relabelled[former] == topic) & (words == column[word])] = to
    for topic, found in enumerate(heirs):
        if len(found) > 1:
            parts = [topics[at] for at in found]
            refused = set.intersection(*(set(part.excluded) for part in parts))
            tokens = np.flatnonzero((former == topic) & ~_columns(everywhere | refused, column)[words])
            part_of = _divide(parent, counts, tokens, parts, seed=seed, n_jobs=n_jobs)
            start[tokens] = np.array(found, np.int32)[set_apart(part_of, words[tokens], len(found))]
    return start


def find_touched_words(
    former: Sequence[Topic], topics: Sequence[Topic], origins: Mapping[str, Sequence[str]]
) -> tuple[set[str], dict[int, set[str]]]:
    """Compare two configurations.

    Parameters
    ----------
    former, topics : sequence of Topic
    origins : mapping of str to sequence of str
        As for :func:`carry_over`.

    Returns
    -------
    everywhere : set of str
        Words that some topic newly attracts, or no longer refuses: all their tokens are to be drawn.
    within : dict of int to set of str
        For each topic (its number) the words whose tokens there are to be drawn: those it newly refuses, or no longer
        attracts.
    """
    by_id = {topic.id: topic for topic in former}
    everywhere: set[str] = set()
    within: dict[int, set[str]] = {}
    for number, topic in enumerate(topics):
        parts = [by_id[origin] for origin in origins.get(topic.id, ()) if origin in by_id]
        weights = {pair for part in parts for pair in part.keywords}
        attracted = {word for word, _ in weights}
        refused = set.intersection(*(set(part.excluded) for part in parts)) if parts else set()
        everywhere |= {word for word, weight in topic.keywords if (word, weight) not in weights}
        everywhere |= refused - set(topic.excluded)
        own = set(topic.excluded) - refused | attracted - {word for word, _ in topic.keywords}
        if own:
            within[number] = own
    return everywhere, within


def find_moved_words(
    former: Sequence[Topic], topics: Sequence[Topic], origins: Mapping[str, Sequence[str]]
) -> list[tuple[str, int, int]]:
    """Compare two configurations for words that one topic newly refuses and one other newly attracts.

    Parameters
    ----------
    former, topics, origins
        As for :func:`find_touched_words`.

    Returns
    -------
    list of (str, int, int)
        The word, and the numbers of the two topics.
    """
    by_id = {topic.id: topic for topic in former}
    refused: list[tuple[str, int]] = []
    attracted: dict[str, list[int]] = {}
    for number, topic in enumerate(topics):
        parts = [by_id[origin] for origin in origins.get(topic.id, ()) if origin in by_id]
        former_refused = set.intersection(*(set(part.excluded) for part in parts)) if parts else None
        refused += [
            (word, number)
            for word in topic.excluded
            if former_refused is not None and word not in former_refused
        ]
        known = {word for part in parts for word, _ in part.keywords}
        for word, _ in topic.keywords:
            if word not in known:
                attracted.setdefault(word, []).append(number)
    return [
        (word, number, attracted[word][0]) for word, number in refused if len(attracted.get(word, ())) == 1
    ]


def set_apart(parts: NDArray[np.integer], words: NDArray[np.integer], n_parts: int) -> NDArray[np.integer]:
    """Give words that parts of a topic share to one of them, until no two have more than a quarter in common.

    Words go whole to the part that gives them the largest probability, those with most tokens elsewhere first.

    Parameters
    ----------
    parts, words : ndarray of shape (n_tokens,), int
        Part and word of each token.
    n_parts : int

    Returns
    -------
    ndarray of shape (n_tokens,), int
    """
    tokens = np.zeros((n_parts, int(words.max(initial=0)) + 1), np.int64)
    np.add.at(tokens, (parts, words), 1)
    home = (tokens / np.maximum(tokens.sum(axis=1, keepdims=True), 1)).argmax(axis=0)
    strays = tokens.sum(axis=0) - tokens[home, np.arange(tokens.shape[1])]
    order = np.argsort(-strays, kind="stable")
    fewest, enough = 0, int((strays > 0).sum())
    while fewest < enough:
        middle = (fewest + enough) // 2
        if _most_shared(_gather(tokens, home, order[:middle])) > MOST_SHARED:
            fewest = middle + 1
        else:
            enough = middle
    gathered = np.zeros(tokens.shape[1], bool)
    gathered[order[:enough]] = True
    return np.where(gathered[words], home[words], parts)


def _gather(
    tokens: NDArray[np.int64], home: NDArray[np.integer], which: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return tokens of parts (rows) and words after all those of some words went to their home."""
    result = tokens.copy()
    result[:, which] = 0
    result[home[which], which] = tokens[:, which].sum(axis=0)
    return result


def _most_shared(tokens: NDArray[np.int64]) -> float:
    """Return how much of their probability the two parts that are most alike share."""
    rows = tokens / np.maximum(tokens.sum(axis=1, keepdims=True), 1)
    return max(float(np.minimum(one, other).sum()) for one, other in combinations(rows, 2))


def _token_topics(parent: KeywordLDA, counts: csr_matrix) -> NDArray[np.integer]:
    """Return the topics of the parent's tokens, if these are its counts."""
    if not hasattr(parent, "token_topics_"):
        raise ParameterError(
            "the model was saved without the topics of its tokens; fit anew (bandscape topics fit)"
        )
    lengths = np.asarray(counts.sum(axis=1, dtype=np.int64)).ravel()
    totals = np.asarray(counts.sum(axis=0, dtype=np.int64)).ravel()
    # a model that has taken up other documents (take_up) knows more words than its own documents have
    has_more = parent.word_counts_.sum() > parent.doc_lengths_.sum()
    is_other = (totals > parent.word_counts_).any() if has_more else (totals != parent.word_counts_).any()
    if not np.array_equal(lengths, parent.doc_lengths_) or is_other:
        raise ParameterError(
            f"counts must be those the model was fitted to; got {int(lengths.sum())} tokens of {len(totals)} words in "
            f"{len(lengths)} documents, it has {int(parent.doc_lengths_.sum())} of {len(parent.word_counts_)} in "
            f"{len(parent.doc_lengths_)}: use partial_fit for new documents, or fit anew"
        )
    return parent.token_topics_


def _heirs(
    former: Sequence[str], topics: Sequence[Topic], origins: Mapping[str, Sequence[str]]
) -> list[list[int]]:
    """Return for each former topic the numbers of the topics made of it."""
    heirs: dict[str, list[int]] = {name: [] for name in former}
    for number, topic in enumerate(topics):
        for origin in origins.get(topic.id, ()):
            heirs[origin].append(number)
    return [heirs[name] for name in former]


def _columns(words: set[str], column: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return which columns are those of ``words``."""
    result = np.zeros(len(column), bool)
    result[[column[word] for word in words if word in column]] = True
    return result


def _divide(
    parent: KeywordLDA,
    counts: csr_matrix,
    tokens: NDArray[np.int64],
    parts: Sequence[Topic],
    *,
    seed: int,
    n_jobs: int,
) -> NDArray[np.integer]:
    """Divide tokens among the parts of a topic by a model of these tokens alone."""
    if len(tokens) < len(parts):
        raise ParameterError(
            f"split: the topic has {len(tokens)} token(s), too few for {len(parts)} parts such as {parts[0].id!r}"
        )
    docs = np.repeat(np.arange(len(parent.doc_lengths_)), parent.doc_lengths_)[tokens]
    part = (np.ones(len(tokens), np.int32), (docs, token_words(counts)[tokens]))
    pairs = csr_matrix(part, shape=shape_of(counts))  # adds up repeats, and keeps the order of the tokens
    model = KeywordLDA(
        topics=list(parts),
        doc_topic_prior=SPLIT_PRIOR,
        topic_word_prior=0.05,
        keyword_strength=parent.keyword_strength,
        optimize_interval=0,
        n_sweeps=SPLIT_SWEEPS,
        n_samples=1,
        n_jobs=n_jobs,
        random_state=seed,
    ).fit(pairs, vocabulary=parent.vocabulary_.tolist())
    return model.token_topics_
