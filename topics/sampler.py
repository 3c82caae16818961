"""Gibbs sampling block by block: the state of a chain, its sweeps and what is averaged over them.

A sweep rebuilds the word probabilities from all tokens, then draws every token's topic with them held fixed and the
document counts live. A corpus of up to ``EXACT_TOKENS`` tokens is drawn token by token with all counts live instead.
Blocks are handed to threads as they become free; random streams are keyed by seed, sweep and
block and all sums are integers, so a result does not depend on the number of threads. Public names:
:class:`BlockSampler`, :class:`SweepInfo`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import xlogy

from ..core.executors.local import ThreadTeam
from ..core.large_arrays import large_zeros
from . import exact, kernels, simd
from .blocks import (
    TokenBlocks,
    aligned_zeros,
    choose_docs_per_block,
    document_lengths,
    lay_blocks,
    padded,
    shape_of,
)
from .priors import TopicPriors

EXACT_TOKENS = 20_000
"""Corpora up to this size get the exact collapsed sampler: it costs them milliseconds a sweep."""
_SHUFFLE_STREAM = 0x5F1E  # tells the shuffle of documents apart from other uses of the seed


@dataclass(frozen=True)
class SweepInfo:
    """What one sweep did.

    Parameters
    ----------
    log_likelihood : float
        Mean over tokens of log p(word | all other tokens) under the sweep's word probabilities.
    moved : float
        Share of the drawn tokens that changed topic.
    """

    log_likelihood: float
    moved: float


@dataclass
class SampleSums:
    """Counts added up over the samples taken.

    Parameters
    ----------
    word_topic : ndarray of shape (n_words, n_topics), int32
        int64 once a word's tokens times the samples need it.
    doc_topic : ndarray of shape (n_docs, n_topics), int32
    n_samples : int
    """

    word_topic: NDArray[Any]
    doc_topic: NDArray[np.int32]
    n_samples: int = 0


class BlockSampler:
    """A chain over the topics of all tokens.

    Parameters
    ----------
    counts : csr_matrix of shape (n_docs, n_words), int32
        Without negative entries or repeated ones in a row.
    priors : TopicPriors
        At temperature 1.
    seed : int
        In [0, 2**63).
    n_jobs : int
        Threads.
    frozen : dict of int to ndarray of shape (n_words,), optional
        Word distributions of topics that are held fixed.
    docs_per_block : int, optional
        Chosen for the cache when absent.
    is_exact : bool, optional
        Whether word counts are live too; by the size of the corpus when absent.

    Attributes
    ----------
    topics : ndarray of shape (n_tokens,), uint16
        Topic of each token, in the order of ``blocks``.
    n_assigned : int
        Blocks whose tokens have topics; the first so many.
    """

    def __init__(
        self,
        counts: csr_matrix,
        priors: TopicPriors,
        *,
        seed: int,
        n_jobs: int = 1,
        frozen: dict[int, NDArray[np.float64]] | None = None,
        docs_per_block: int | None = None,
        is_exact: bool | None = None,
    ) -> None:
        docs_per_block = docs_per_block or self._choose_docs_per_block(counts, priors.n_topics)
        rng = np.random.default_rng([seed, _SHUFFLE_STREAM])
        blocks = lay_blocks(counts, docs_per_block, rng, n_jobs)
        is_exact = blocks.n_tokens <= EXACT_TOKENS if is_exact is None else is_exact
        self._begin(blocks, document_lengths(counts), priors, seed, n_jobs, frozen or {}, is_exact=is_exact)

    @classmethod
    def of_blocks(
        cls,
        blocks: TokenBlocks,
        numbers: NDArray[np.int64],
        lengths: NDArray[np.int64],
        priors: TopicPriors,
        *,
        seed: int,
        n_jobs: int,
        frozen: Mapping[int, NDArray[np.float64]],
    ) -> Self:
        """Return a sampler of some of a corpus' blocks, which draws them as a sampler of all would.

        Parameters
        ----------
        blocks : TokenBlocks
        numbers : ndarray of shape (n_blocks,), int64
            Their numbers among all blocks.
        lengths : ndarray of shape (n_docs,), int64
            Tokens of each of their documents.
        priors, seed, n_jobs, frozen
            As for the class.
        """
        sampler = cls.__new__(cls)
        sampler._begin(blocks, lengths, priors, seed, n_jobs, frozen, is_exact=False)
        sampler._numbers = numbers
        return sampler

    def _begin(
        self,
        blocks: TokenBlocks,
        lengths: NDArray[np.int64],
        priors: TopicPriors,
        seed: int,
        n_jobs: int,
        frozen: Mapping[int, NDArray[np.float64]],
        *,
        is_exact: bool,
    ) -> None:
        self.n_docs, self.blocks, self.lengths = len(lengths), blocks, lengths
        self.priors, self.seed, self.n_jobs, self.is_exact = priors, seed, n_jobs, is_exact
        self._team = ThreadTeam(n_jobs)
        self._numbers = np.arange(blocks.n_blocks)
        self._known = np.zeros((0, 0), np.int32)
        self.topics, self.n_assigned = np.zeros(blocks.n_tokens, np.uint16), 0
        self._totals = np.zeros((blocks.n_blocks, padded(priors.n_topics)), np.int64)
        self._listed_at = np.searchsorted(priors.listed_words, np.arange(blocks.n_words + 1)).astype(np.int64)
        self.frozen_topics = np.array(sorted(frozen), np.int32)
        rows = [np.asarray(frozen[topic], np.float32) for topic in self.frozen_topics.tolist()]
        self._frozen_words = np.array(rows, np.float32).reshape(len(rows), blocks.n_words)
        self._allocate()

    @staticmethod
    def _choose_docs_per_block(counts: csr_matrix, n_topics: int) -> int:
        n_docs, _ = shape_of(counts)
        return choose_docs_per_block(n_docs, padded(n_topics), int(counts.data.sum(dtype=np.int64)))

    def _allocate(self) -> None:
        """Make room for the word probabilities and for the work of each thread."""
        width, docs_per_block = padded(self.priors.n_topics), self.blocks.docs_per_block
        self._phi = aligned_zeros((self.blocks.n_words, width), np.float32)
        self._workspaces: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.n_jobs):
            self._workspaces.put(
                (aligned_zeros((docs_per_block, width), np.float32), aligned_zeros((width + 32,), np.float32))
            )

    @property
    def topic_totals(self) -> NDArray[np.int64]:
        """Return the number of tokens of each topic, shape (n_topics,)."""
        return self._totals.sum(axis=0)[: self.priors.n_topics]

    @property
    def is_complete(self) -> bool:
        """Whether all tokens have topics."""
        return self.n_assigned == self.blocks.n_blocks

    def restore(self, topics: NDArray[np.uint16], n_assigned: int | None = None) -> None:
        """Take up the state of an earlier chain over the same blocks, all of them assigned unless it says so."""
        self.topics[:] = topics
        self.n_assigned = self.blocks.n_blocks if n_assigned is None else n_assigned
        self.each(self._count_block, range(self.n_assigned))

    def start(self, temperature: float, part: float = 1.0) -> None:
        """Give the tokens of a part of the documents a first topic, in groups of blocks of doubling size.

        A group is drawn with what the groups before it have shown, its documents filling up token by token; this
        mixes better than topics drawn at random.
        """
        if self.is_exact:
            self._sample_exactly(sweep=0, temperature=temperature)
            self.n_assigned = self.blocks.n_blocks
            return
        n_blocks = self._blocks_of(part)
        while self.n_assigned < n_blocks:
            group = range(self.n_assigned, min(max(2 * self.n_assigned, 1), n_blocks))
            self._sample(group, sweep=0, temperature=temperature, n_assigned=self.n_assigned)
            self.n_assigned = group.stop

    def sweep(self, number: int, temperature: float, part: float = 1.0) -> SweepInfo:
        """Draw every token of a part of the documents once; those that have no topic yet get one before.

        Parameters
        ----------
        number : int
            Counted from 1; with the seed it keys the random streams.
        temperature : float
        part : float in (0, 1]
            Not smaller than in the sweep before. The exact sampler draws all.
        """
        n_blocks = self._blocks_of(part)
        if n_blocks > self.n_assigned:
            self.start(temperature, part)
        if self.is_exact:
            results = [self._sample_exactly(sweep=number, temperature=temperature)]
        else:
            results = self._sample(
                range(n_blocks), sweep=number, temperature=temperature, n_assigned=n_blocks
            )
        log_weights = math.fsum(log_weight for log_weight, _ in results)
        priors = self.priors.at(temperature)
        lengths = self.lengths[self.blocks.order[: n_blocks * self.blocks.docs_per_block]]
        others = lengths - 1 + priors.doc_scales(lengths) * priors.doc_prior.sum()
        log_likelihood = log_weights - float(xlogy(lengths, np.maximum(others, 1e-300)).sum())
        n_tokens = max(int(self.blocks.block_starts[n_blocks]), 1)
        return SweepInfo(log_likelihood / n_tokens, sum(moved for _, moved in results) / n_tokens)

    def _blocks_of(self, part: float) -> int:
        """Return how many blocks hold a part of the documents."""
        return self.blocks.n_blocks if self.is_exact else max(round(part * self.blocks.n_blocks), 1)

    def make_sums(self, folder: Path | None = None) -> SampleSums:
        """Return empty sums for :meth:`collect`; those of many documents lie in a file of ``folder``, if given."""
        n_topics = self.priors.n_topics
        return SampleSums(
            np.zeros((self.blocks.n_words, n_topics), np.int32),
            large_zeros((self.n_docs, n_topics), np.int32, folder),
        )

    def collect(self, sums: SampleSums) -> None:
        """Add the present state to the sums."""
        blocks = self.blocks
        self._make_room(sums)

        def add_documents(block: int) -> None:
            tokens, docs = blocks.tokens(block), blocks.order[blocks.places(block)]
            kernels.add_document_counts(self.topics[tokens], blocks.slots[tokens], docs, sums.doc_topic)

        def add_words(words: tuple[int, int]) -> None:
            kernels.add_word_counts(
                *words, blocks.block_starts, blocks.word_starts, self.topics, sums.word_topic
            )

        self.each(add_documents, range(blocks.n_blocks))
        self.each(add_words, blocks.word_ranges(4 * self.n_jobs))
        sums.n_samples += 1

    def _make_room(self, sums: SampleSums) -> None:
        """Widen the numbers of a word's tokens when another sample might be too much for them."""
        starts = self.blocks.word_starts
        most = (sums.n_samples + 1) * int(np.diff(starts, axis=1).sum(axis=0, dtype=np.int64).max(initial=0))
        if most > np.iinfo(sums.word_topic.dtype).max:
            sums.word_topic = sums.word_topic.astype(np.int64)

    def draw_blocks(
        self,
        group: Sequence[int],
        counts: NDArray[np.int32],
        sweep: int,
        temperature: float,
        n_assigned: int,
    ) -> list[tuple[float, int]]:
        """Draw some of the blocks, the word probabilities taken from counts of all tokens.

        Parameters
        ----------
        group : sequence of int
            Blocks of this sampler.
        counts : ndarray of shape (n_words, n_topics), int32
        sweep : int
        temperature : float
        n_assigned : int
            Blocks of all whose tokens have topics.

        Returns
        -------
        list of (float, int)
            Sum of the logarithms of the weights, and tokens moved, of each block.
        """
        if not group:
            return []
        self._known = counts
        return self._sample(group, sweep=sweep, temperature=temperature, n_assigned=n_assigned)

    def gather(self) -> None:
        """Bring ``topics`` and the sums collected up to date, where parts of them are elsewhere."""

    def close(self) -> None:
        """Let go of what other processes hold."""

    def _sample(
        self, group: Sequence[int], *, sweep: int, temperature: float, n_assigned: int
    ) -> list[tuple[float, int]]:
        """Rebuild the word probabilities from the first ``n_assigned`` blocks and draw a group of blocks."""
        priors, width, n_topics = self.priors.at(temperature), self._phi.shape[1], self.priors.n_topics
        own_ratio, own_share = self._rebuild_words(priors, n_assigned)
        doc_prior = np.zeros(width, np.float32)
        doc_prior[:n_topics] = priors.doc_prior
        lengths = self.lengths[self.blocks.order]
        scales = priors.doc_scales(lengths)
        exponents = np.ceil(np.log2(lengths + scales * priors.doc_prior.max() + 1)) - 24
        scales, steps = scales.astype(np.float32), np.exp2(exponents).astype(np.float32)
        seed, sweep_key = np.uint64(self.seed), np.uint64(sweep)

        def draw(block: int) -> tuple[float, int]:
            tokens, places = self.blocks.tokens(block), self.blocks.places(block)
            counts, scratch = self._workspaces.get()
            try:
                with np.errstate(over="ignore"):  # 64-bit wrap-around of the random stream, when not compiled
                    key = np.uint64(simd.block_key(seed, sweep_key, np.uint64(self._numbers[block])))
                    result = simd.sample_block(
                        self.topics[tokens], self.blocks.slots[tokens], self.blocks.words[block],
                        bool(n_assigned <= self._numbers[block]), self._phi, own_ratio, own_share, n_topics,
                        doc_prior, scales[places], steps[places], key, counts, scratch,
                    )  # fmt: skip
            finally:
                self._workspaces.put((counts, scratch))
            self._count_block(block)
            return result

        return self.each(draw, group)

    def _sample_exactly(self, *, sweep: int, temperature: float) -> tuple[float, int]:
        """Draw all tokens in order, every count live."""
        priors, blocks, n_topics = self.priors.at(temperature), self.blocks, self.priors.n_topics
        docs, words = blocks.token_docs_and_words()
        word_topic = np.zeros((blocks.n_words, n_topics), np.int32)
        doc_topic = np.zeros((self.n_docs, n_topics), np.int32)
        with np.errstate(over="ignore"):
            key = np.uint64(simd.block_key(np.uint64(self.seed), np.uint64(sweep), np.uint64(0)))
            result = exact.sample_exactly(
                self.topics, docs, words, sweep == 0, priors.doc_prior, priors.doc_scales(self.lengths),
                priors.word_prior, priors.topic_mass(), self._listed_at, priors.listed_topics, priors.listed_priors,
                self.frozen_topics, self._frozen_words, key, doc_topic, word_topic, np.zeros(n_topics, np.int64),
            )  # fmt: skip
        self.each(self._count_block, range(blocks.n_blocks))
        return result

    def _present_totals(self, n_assigned: int) -> NDArray[np.int64]:
        """Return the number of tokens of each topic, of those that have one."""
        if len(self._known):
            return self._known.sum(axis=0, dtype=np.int64)
        return self._totals[:n_assigned].sum(axis=0)

    def _weigh_topics(
        self, priors: TopicPriors, n_assigned: int, width: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return 1 / (N_k + B_k), and what takes one token out of a word probability: ``own_ratio``, ``own_share``."""
        n_topics = priors.n_topics
        totals = self._present_totals(n_assigned)[:n_topics] + priors.topic_mass()
        inverse, ratio, share = (np.zeros(width, np.float32) for _ in range(3))
        inverse[:n_topics] = 1 / totals
        without_one = np.maximum(totals - 1, 1e-30)  # a topic of no token is nobody's own
        ratio[:n_topics], share[:n_topics] = totals / without_one, 1 / without_one
        ratio[self.frozen_topics], share[self.frozen_topics] = 1, 0
        return inverse, ratio, share

    def _rebuild_words(
        self, priors: TopicPriors, n_assigned: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Recompute ``phi``; return what takes one token out of it (``own_ratio``, ``own_share``)."""
        n_topics, width = priors.n_topics, self._phi.shape[1]
        inverse, ratio, share = self._weigh_topics(priors, n_assigned, width)
        word_prior = np.zeros(width, np.float32)
        word_prior[:n_topics] = priors.word_prior
        listed_priors = priors.listed_priors.astype(np.float32)
        blocks = self.blocks

        def rebuild(words: tuple[int, int]) -> None:
            kernels.rebuild_words(
                *words, blocks.block_starts, blocks.word_starts, 0 if len(self._known) else n_assigned, self.topics,
                self._known, word_prior, self._listed_at, priors.listed_topics, listed_priors, self.frozen_topics,
                self._frozen_words, inverse, self._phi,
            )  # fmt: skip

        self.each(rebuild, blocks.word_ranges(4 * self.n_jobs))
        return ratio, share

    def _count_block(self, block: int) -> None:
        kernels.count_topics(self.topics[self.blocks.tokens(block)], self._totals[block])

    def each(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Call a function with each item, over the sampler's threads."""
        return self._team.map(function, items)
