"""A part of a corpus that a worker holds: its blocks, the topics of their tokens, and what it tells of them.

Blocks are dealt out in turn, so that a sweep over the first of them keeps all workers busy. Public names:
:class:`Partition`, :class:`Share`, :class:`Draw`, :class:`Changes`, :func:`deal_share`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import deltas, kernels
from .blocks import TokenBlocks
from .priors import TopicPriors
from .sampler import BlockSampler

_LISTED_BYTES, _CELL_BYTES = 6, 4  # a change as topic and difference, and one cell of all


@dataclass(frozen=True)
class Share:
    """What a partition is made of.

    Parameters
    ----------
    blocks : TokenBlocks
        The blocks of the partition; rows are numbered in their order.
    numbers : ndarray of shape (n_blocks,), int64
        Their numbers among all blocks.
    lengths : ndarray of shape (n_docs,), int64
        Tokens of each document.
    """

    blocks: TokenBlocks
    numbers: NDArray[np.int64]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """What a partition is asked to draw.

    Parameters
    ----------
    first, stop : int
        Blocks, by their numbers among all.
    sweep : int
    temperature : float
    n_assigned : int
        Blocks of all whose tokens have topics.
    doc_prior, word_prior : ndarray of shape (n_topics,), float64
        At temperature 1.
    """

    first: int
    stop: int
    sweep: int
    temperature: float
    n_assigned: int
    doc_prior: NDArray[np.float64]
    word_prior: NDArray[np.float64]


@dataclass(frozen=True)
class Changes:
    """What the counts of words by topic have changed by.

    Parameters
    ----------
    starts : ndarray of shape (n_words + 1,), int64
        Where the changes of each word start; empty where all cells are given.
    topics : ndarray of shape (n_changes,), uint16
    values : ndarray of shape (n_changes,) or (n_words, n_topics), int32
    """

    starts: NDArray[np.int64]
    topics: NDArray[np.uint16]
    values: NDArray[np.int32]


def deal_share(blocks: TokenBlocks, lengths: NDArray[np.int64], at: int, n_partitions: int) -> Share:
    """Return what partition ``at`` of so many holds.

    Parameters
    ----------
    blocks : TokenBlocks
        Of the whole corpus.
    lengths : ndarray of shape (n_docs,), int64
        By row of the count matrix.
    at, n_partitions : int
    """
    numbers = np.arange(at, blocks.n_blocks, n_partitions)
    sizes = np.diff(blocks.block_starts)[numbers]
    docs = np.concatenate([blocks.order[blocks.places(block)] for block in numbers.tolist()])
    part = TokenBlocks(
        order=np.arange(len(docs)),
        docs_per_block=blocks.docs_per_block,
        block_starts=np.concatenate([[0], np.cumsum(sizes)]),
        word_starts=blocks.word_starts[numbers],
        slots=np.concatenate([blocks.slots[blocks.tokens(block)] for block in numbers.tolist()]),
        words=tuple(blocks.words[block] for block in numbers.tolist()),
    )
    return Share(part, numbers, lengths[docs])


class Partition:
    """The topics of the tokens of some blocks.

    Parameters
    ----------
    share : Share
    priors : TopicPriors
    seed, n_jobs : int
    frozen : mapping of int to ndarray of shape (n_words,)
        As for :class:`~bandscape.topics.sampler.BlockSampler`.
    """

    def __init__(
        self,
        share: Share,
        priors: TopicPriors,
        seed: int,
        n_jobs: int,
        frozen: Mapping[int, NDArray[np.float64]],
    ) -> None:
        share, priors = own(share), own(priors)
        self.sampler = BlockSampler.of_blocks(
            share.blocks, share.numbers, share.lengths, priors, seed=seed, n_jobs=n_jobs, frozen=frozen
        )
        self._numbers = share.numbers
        self._told = np.zeros(
            (share.blocks.n_words, priors.n_topics), np.int32
        )  # counts that the others know
        self._ranges = share.blocks.word_ranges(4 * n_jobs)
        self._doc_topic: NDArray[np.int32] | None = None

    def restore(self, topics: NDArray[np.uint16], n_assigned: int) -> None:
        """Take up a state; samples collected since another one are forgotten.

        Parameters
        ----------
        topics : ndarray of shape (n_tokens,), uint16
        n_assigned : int
            Blocks of all whose tokens have topics.
        """
        self.sampler.topics[:] = topics
        self._told = self._count_words(self._blocks_before(n_assigned))
        self._doc_topic = None

    def draw(self, draw: Draw, counts: NDArray[np.int32]) -> tuple[list[tuple[float, int]], Changes]:
        """Draw the topics of blocks.

        Parameters
        ----------
        draw : Draw
        counts : ndarray of shape (n_words, n_topics), int32
            Of the tokens of all partitions; only read.

        Returns
        -------
        results : list of (float, int)
            Sum of the logarithms of the weights, and tokens moved, of each block.
        changes : Changes
        """
        sampler = self.sampler
        group = range(self._blocks_before(draw.first), self._blocks_before(draw.stop))
        sampler.priors = replace(sampler.priors, doc_prior=draw.doc_prior, word_prior=draw.word_prior)
        results = sampler.draw_blocks(group, counts, draw.sweep, draw.temperature, draw.n_assigned)
        before, self._told = (
            self._told,
            self._count_words(self._blocks_before(max(draw.stop, draw.n_assigned))),
        )
        return results, self._list_changes(before, self._told)

    def add_sample(self) -> None:
        """Add the present topics of the documents to those collected."""
        sampler, blocks = self.sampler, self.sampler.blocks
        if self._doc_topic is None:
            self._doc_topic = np.zeros((sampler.n_docs, sampler.priors.n_topics), np.int32)
        sums = self._doc_topic

        def add(block: int) -> None:
            tokens, docs = blocks.tokens(block), blocks.order[blocks.places(block)]
            kernels.add_document_counts(sampler.topics[tokens], blocks.slots[tokens], docs, sums)

        sampler.each(add, range(blocks.n_blocks))

    def hand_over(self) -> tuple[NDArray[np.uint16], NDArray[np.int32] | None]:
        """Return the topics of the tokens, and the documents' topics collected since this was asked last, if any."""
        collected, self._doc_topic = self._doc_topic, None
        return self.sampler.topics, collected

    def _blocks_before(self, number: int) -> int:
        """Return how many of the partition's blocks come before one of all."""
        return int(np.searchsorted(self._numbers, number))

    def _count_words(self, n_blocks: int) -> NDArray[np.int32]:
        """Count the tokens of each word and topic in the first blocks."""
        sampler, blocks = self.sampler, self.sampler.blocks
        counts = np.zeros_like(self._told)
        starts = blocks.word_starts[:n_blocks]

        def count(words: tuple[int, int]) -> None:
            kernels.add_word_counts(*words, blocks.block_starts, starts, sampler.topics, counts)

        sampler.each(count, self._ranges)
        return counts

    def _list_changes(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> Changes:
        """Compare counts; list the cells that differ, or give all where that takes less room."""
        each, n_changed = self.sampler.each, np.zeros(len(after), np.int64)
        each(lambda words: deltas.count_changes(*words, before, after, n_changed), self._ranges)
        starts = np.concatenate([[0], np.cumsum(n_changed)])
        topics, values = np.empty(starts[-1], np.uint16), np.empty(starts[-1], np.int32)
        if _LISTED_BYTES * len(topics) > _CELL_BYTES * after.size:
            return Changes(starts[:0], topics[:0], after - before)
        each(lambda words: deltas.list_changes(*words, before, after, starts, topics, values), self._ranges)
        return Changes(starts, topics, values)


def add_to(counts: NDArray[np.int32], changes: Changes, each: Any, ranges: list[tuple[int, int]]) -> None:
    """Add changes to counts, in place.

    Parameters
    ----------
    counts : ndarray of shape (n_words, n_topics), int32
    changes : Changes
    each : callable
        Calls a function with each of some items, over threads.
    ranges : list of (int, int)
        Words.
    """
    if changes.values.ndim == 2:
        counts += changes.values
    else:
        starts, topics, values = changes.starts, changes.topics, changes.values
        each(lambda words: deltas.add_changes(*words, starts, topics, values, counts), ranges)


def own(value: Any) -> Any:
    """Return a dataclass with copies of its arrays: those sent to a worker can only be read, and kernels are compiled
    for one kind.
    """
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        return tuple(own(part) for part in value)
    if hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: own(getattr(value, name)) for name in value.__dataclass_fields__})
    return value
