"""Where topics without keywords begin: groups of words that keep one another's company, each far from the others.

A chain that begins with keywords in their topics leaves the other topics to be drawn around them. These then share
out at random what nobody named, and two of them often end with one topic, or one with two. Anchors give each a place
of its own: a word whose likes are like one another, as unlike as can be to the keywords and to the anchors before it,
and its nearest words. Nothing holds them there: anchors have no prior.

Words are alike as far as they go with the same words: the cosine of their rows of positive normalized pointwise mutual
information within documents. The rows are whole numbers of hundredths, so that their products are exact, in whatever
order a processor adds them up. Public functions: :func:`find_anchors`, :func:`start_at_anchors`.

References
----------
Arora et al. (2013), A practical algorithm for topic modeling with provable guarantees, ICML: anchor words far from one
another. Bouma (2009), Normalized (pointwise) mutual information in collocation extraction.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .blocks import shape_of
from .keyword_report import background_topics
from .keywords import Topic
from .releasing import sample_documents
from .starting import token_words

GROUP = 9
"""Words of an anchor, the first included."""
LEAST_DOCS = 10
MOST_SHARE = 0.15
"""Of the documents; words of more say too little of any topic."""
MOST_WORDS = 2_000
"""Words looked at, the most frequent."""
LEAST_WORTH = 0.5
"""Of the first anchor's: what is worth less is a mixture, and worse to begin at than nothing."""


def start_at_anchors(
    counts: csr_matrix, topics: Sequence[Topic], words: Sequence[str], *, seed: int, with_noise: bool = True
) -> NDArray[np.int32] | None:
    """Return the topics a chain begins with: the anchors' tokens in the topics that have no keywords.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    topics : sequence of Topic
        Frozen ones are left alone.
    words : sequence of str, length n_words
    seed : int
        Of the choice of documents, where there are more than half a million tokens.
    with_noise : bool
        Whether a topic that gathers what says nothing gets an anchor, too.

    Returns
    -------
    ndarray of shape (n_tokens,), int32, or None
        For ``KeywordLDA.fit(start=...)``: -1 where there is no anchor. None where no topic gets one.
    """
    column = {word: at for at, word in enumerate(words)}
    named = [[column[word] for word, _ in topic.keywords if word in column] for topic in topics]
    background = () if with_noise else background_topics(topics)
    free = [
        at
        for at, (topic, known) in enumerate(zip(topics, named, strict=True))
        if not known and not topic.frozen and at not in background
    ]
    anchors = find_anchors(sample_documents(counts, seed), [known for known in named if known], len(free))
    owner = np.full(len(words), -1, np.int32)
    for topic, group in zip(free, anchors, strict=False):
        allowed = [at for at in group if words[at] not in topics[topic].excluded]
        owner[allowed] = topic
    return owner[token_words(counts)] if (owner >= 0).any() else None


def find_anchors(counts: csr_matrix, named: Sequence[Sequence[int]], n_anchors: int) -> list[list[int]]:
    """Find groups of words for topics to begin at.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
    named : sequence of sequence of int
        Columns of each named topic's keywords.
    n_anchors : int

    Returns
    -------
    list of list of int
        Columns, that of the anchor first; fewer groups where no more are worth it. No word is in two, or a keyword.

    Notes
    -----
    Time O(documents * words of one squared + 2,000 cubed), 100 MB at most.
    """
    columns, alike = _word_likeness(counts)
    if not len(columns):
        return []  # too few documents
    near = np.argsort(-alike, axis=1, kind="stable")[:, :GROUP]
    steady = np.take_along_axis(alike, near, axis=1).mean(axis=1)
    place = {int(column): at for at, column in enumerate(columns)}
    is_free = np.ones(len(columns), bool)
    nearest = np.zeros(len(columns))
    for words in named:
        known = [place[word] for word in words if word in place]
        is_free[known] = False
        nearest = _nearer(nearest, alike, known)
    anchors: list[list[int]] = []
    first = 0.0
    while len(anchors) < n_anchors and is_free.any():
        worth = np.where(is_free, steady * (1 - nearest), -1)
        best = int(worth.argmax())
        first = first or float(worth[best])
        if worth[best] <= LEAST_WORTH * first:
            break
        group = [best, *(int(at) for at in near[best] if is_free[at] and at != best)]
        is_free[group] = False
        nearest = _nearer(nearest, alike, group)
        anchors.append(columns[group].tolist())
    return anchors


def _nearer(
    nearest: NDArray[np.float64], alike: NDArray[np.float64], group: Sequence[int]
) -> NDArray[np.float64]:
    """Return how near each word is to the nearest group, one more counted: its mean likeness to the group's words."""
    if not group:
        return nearest
    closeness = alike[:, list(group)].sum(axis=1) / np.sqrt(alike[np.ix_(group, group)].sum())
    return np.maximum(nearest, np.minimum(closeness, 1.0))


def _word_likeness(counts: csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the columns of the words looked at, and how alike they are: shape (n_words, n_words), 0 to 1."""
    n_docs = shape_of(counts)[0]
    n_with = np.bincount(counts.indices, minlength=shape_of(counts)[1])
    usable = np.flatnonzero((n_with >= LEAST_DOCS) & (n_with <= MOST_SHARE * n_docs))
    columns = np.sort(usable[np.argsort(-n_with[usable], kind="stable")][:MOST_WORDS])
    present = csr_matrix(counts[:, columns], dtype=np.int64)
    present.data[:] = 1
    both = np.asarray((present.T @ present).todense(), np.float64)
    expected = np.outer(n_with[columns], n_with[columns]) / max(n_docs, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(both / expected) / -np.log(both / n_docs)
    rows = np.rint(100 * np.clip(np.nan_to_num(information, nan=0.0, neginf=0.0, posinf=0.0), 0, 1))
    np.fill_diagonal(rows, 0)  # how a word goes with itself says nothing of its company
    products = rows @ rows.T
    lengths = np.sqrt(np.maximum(products.diagonal(), 1))
    return columns, products / np.outer(lengths, lengths)
