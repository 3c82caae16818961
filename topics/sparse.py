"""The sampler for many topics: time per token follows the topics of a document, memory the counts that are not zero.

Draws from the same conditional as :class:`~bandscape.topics.sampler.BlockSampler`, with other random numbers. Public
names: :class:`SparseSampler`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from . import simd, sparse_kernels
from .blocks import aligned_zeros, padded, shape_of
from .priors import TopicPriors
from .sampler import BlockSampler
from .simd import LANES, SLOT_MASK

_TOKENS_PER_BLOCK = 125_000
_ENTRIES_PER_TOKEN = 16


@dataclass(frozen=True)
class _Entries:
    """Word probabilities where they differ from the smoothing: see :func:`.sparse_kernels.rebuild_entries`."""

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    topics: NDArray[np.uint16]
    phi: NDArray[np.float32]
    mass: NDArray[np.float32]
    word_mass: NDArray[np.float32]


@dataclass(frozen=True)
class _Workspace:
    """What one thread needs to draw a block: topic lists of its documents, a row of phi, running sums."""

    list_topics: NDArray[np.uint16]
    list_counts: NDArray[np.float32]
    list_sizes: NDArray[np.int64]
    by_doc: NDArray[np.uint16]
    row: NDArray[np.float32]
    scratch: NDArray[np.float32]


class SparseSampler(BlockSampler):
    """A chain over the topics of all tokens whose cost a token hardly depends on the number of topics.

    Parameters and attributes are those of :class:`~bandscape.topics.sampler.BlockSampler`.
    """

    @staticmethod
    def _choose_docs_per_block(counts: csr_matrix, n_topics: int) -> int:
        """Return a number that makes at least eight blocks, each large enough for what it costs to begin its words.

        On the first token of a word its entries are laid over the smoothing. There are at most as many as the word
        has tokens or the model topics; a block is given a token for every ``_ENTRIES_PER_TOKEN`` of them.
        """
        n_docs, _ = shape_of(counts)
        of_word = np.bincount(counts.indices, counts.data)
        most_entries = float(np.minimum(of_word, n_topics).sum())
        n_blocks = int(of_word.sum() / max(most_entries / _ENTRIES_PER_TOKEN, _TOKENS_PER_BLOCK))
        return min(max(n_docs // max(n_blocks, 8), 1), SLOT_MASK)

    def _allocate(self) -> None:
        n_topics, blocks = self.priors.n_topics, self.blocks
        n_listed = np.diff(self._listed_at) + len(self.frozen_topics)
        of_word = np.diff(blocks.word_starts, axis=1).sum(axis=0, dtype=np.int64)
        room = np.concatenate([[0], np.cumsum(np.minimum(of_word + n_listed, n_topics))])
        self._entry_room = room
        n_words, n_entries = blocks.n_words, int(room[-1])
        self._entries = _Entries(
            np.zeros(n_words, np.int64), np.zeros(n_words, np.int64), np.empty(n_entries, np.uint16),
            np.empty(n_entries, np.float32), np.empty(n_entries, np.float32), np.zeros(n_words, np.float32),
        )  # fmt: skip
        self._token_starts, self._list_starts = [], []
        for block in range(blocks.n_blocks):
            lengths = self.lengths[blocks.order[blocks.places(block)]]
            lists = -(-np.minimum(lengths, n_topics) // LANES) * LANES
            self._token_starts.append(np.concatenate([[0], np.cumsum(lengths)]))
            self._list_starts.append(np.concatenate([[0], np.cumsum(lists)]))
        self._workspaces: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.n_jobs):
            self._workspaces.put(self._make_workspace())

    def _make_workspace(self) -> _Workspace:
        n_topics, blocks = self.priors.n_topics, self.blocks
        n_places = max(int(starts[-1]) for starts in self._list_starts)
        longest = padded(min(n_topics, int(self.lengths.max(initial=0))))
        return _Workspace(
            aligned_zeros((n_places,), np.uint16),
            aligned_zeros((n_places,), np.float32),
            np.zeros(blocks.docs_per_block, np.int64),
            np.empty(int(np.diff(blocks.block_starts).max(initial=0)), np.uint16),
            aligned_zeros((n_topics + 1,), np.float32),
            aligned_zeros((longest + 2 * LANES,), np.float32),
        )

    def _sample(
        self, group: Sequence[int], *, sweep: int, temperature: float, n_assigned: int
    ) -> list[tuple[float, int]]:
        """Rebuild the entries from the first ``n_assigned`` blocks and draw a group of blocks."""
        priors, blocks, entries = self.priors.at(temperature), self.blocks, self._entries
        n_topics = priors.n_topics
        inverse, ratio, share = self._weigh_topics(priors, n_assigned, n_topics)
        # alpha as a share: the product with a small probability must not underflow
        strength = priors.doc_prior.sum()
        doc_prior = (priors.doc_prior / strength).astype(np.float32)
        smoothing = priors.word_prior.astype(np.float32) * inverse
        smoothing[self.frozen_topics] = 0
        smoothing_mass = np.cumsum(doc_prior.astype(np.float64) * smoothing).astype(np.float32)
        self._rebuild_entries(priors, n_assigned, inverse, doc_prior, smoothing)
        scales = (priors.doc_scales(self.lengths[blocks.order]) * strength).astype(np.float32)
        seed, sweep_key = np.uint64(self.seed), np.uint64(sweep)

        def draw(block: int) -> tuple[float, int]:
            tokens, list_starts = blocks.tokens(block), self._list_starts[block]
            topics, slots = self.topics[tokens], blocks.slots[tokens]
            first_pass = bool(n_assigned <= self._numbers[block])
            work = self._workspaces.get()
            try:
                with np.errstate(over="ignore"):  # 64-bit wrap-around of the random stream, when not compiled
                    key = np.uint64(simd.block_key(seed, sweep_key, np.uint64(self._numbers[block])))
                    sparse_kernels.list_documents(
                        topics, slots, first_pass, n_topics, self._token_starts[block], list_starts,
                        work.list_topics, work.list_counts, work.list_sizes, work.by_doc,
                    )  # fmt: skip
                    result = sparse_kernels.sample_block_sparsely(
                        topics, slots, blocks.words[block], first_pass, entries.starts, entries.stops,
                        entries.topics, entries.phi, entries.mass, entries.word_mass, smoothing, smoothing_mass,
                        ratio, share, doc_prior, scales[blocks.places(block)], list_starts, work.list_topics,
                        work.list_counts, work.list_sizes, key, work.row, work.scratch,
                    )  # fmt: skip
            finally:
                self._workspaces.put(work)
            self._count_block(block)
            return result

        return self.each(draw, group)

    def _rebuild_entries(
        self,
        priors: TopicPriors,
        n_assigned: int,
        inverse: NDArray[np.float32],
        doc_prior: NDArray[np.float32],
        smoothing: NDArray[np.float32],
    ) -> None:
        blocks, entries = self.blocks, self._entries
        word_prior = priors.word_prior.astype(np.float32)
        listed_priors = priors.listed_priors.astype(np.float32)

        def rebuild(words: tuple[int, int]) -> None:
            sparse_kernels.rebuild_entries(
                *words, blocks.block_starts, blocks.word_starts, n_assigned, self.topics, word_prior,
                self._listed_at, priors.listed_topics, listed_priors, self.frozen_topics, self._frozen_words,
                inverse, doc_prior, smoothing, self._entry_room[words[0]], entries.starts, entries.stops,
                entries.topics, entries.phi, entries.mass, entries.word_mass,
            )  # fmt: skip

        self.each(rebuild, blocks.word_ranges(4 * self.n_jobs))
