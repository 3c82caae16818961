"""The chain whose tokens lie in partitions that others hold: on processes, or on other machines.

A sweep sends the counts of words by topic to all partitions and gets back what each has changed of them. As the word
probabilities are fixed during a sweep, random streams are keyed by seed, sweep and block, and all that is added up
are integers, the chain is the one that :class:`~bandscape.topics.sampler.BlockSampler` runs here, byte for byte,
whatever the number of partitions. Public names: :class:`PartitionedSampler`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..core.errors import WorkerLostError
from ..core.executors import Crew, Executor
from . import kernels
from .partitions import Draw, Partition, Share, add_to, deal_share
from .priors import TopicPriors
from .sampler import BlockSampler, SampleSums, SweepInfo

logger = logging.getLogger(__name__)

SNAPSHOT_STEPS = 20
"""The topics of all tokens are fetched after so many draws and samples; what a worker loses is drawn again."""
_MOST_LOSSES = 5  # in a row, without a sweep in between


class PartitionedSampler(BlockSampler):
    """A chain over the topics of tokens that an executor's crew holds.

    A member that ends is replaced; then all partitions go back to the last snapshot, and what was drawn since is
    drawn again, to the same bytes.

    Parameters
    ----------
    counts, priors, seed, n_jobs, frozen, docs_per_block
        As for :class:`~bandscape.topics.sampler.BlockSampler`; ``n_jobs`` threads add up here.
    executor : Executor
        With ``n_partitions`` >= 1.

    Attributes
    ----------
    topics, n_assigned
        As of the last :meth:`gather`.
    n_lost : int
        Members that had to be replaced so far.
    """

    def __init__(
        self,
        counts: csr_matrix,
        priors: TopicPriors,
        *,
        executor: Executor,
        seed: int,
        n_jobs: int = 1,
        frozen: Mapping[int, NDArray[np.float64]] | None = None,
        docs_per_block: int | None = None,
    ) -> None:
        self._executor, self._crew, self._frozen = executor, None, dict(frozen or {})
        super().__init__(
            counts, priors, seed=seed, n_jobs=n_jobs, frozen=self._frozen, docs_per_block=docs_per_block, is_exact=False
        )  # fmt: skip
        self.n_lost = 0
        self._n_kept = 0  # blocks whose tokens have topics in the snapshot
        self._since: list[Callable[[Crew], Any]] = []  # what was done since the snapshot
        self._sums: SampleSums | None = None

    def _allocate(self) -> None:
        """Make room for the counts; the rest is with the partitions."""
        self._counts = np.zeros((self.blocks.n_words, self.priors.n_topics), np.int32)
        self._ranges = self.blocks.word_ranges(4 * self.n_jobs)

    @property
    def topic_totals(self) -> NDArray[np.int64]:
        """Return the number of tokens of each topic, shape (n_topics,)."""
        return self._counts.sum(axis=0, dtype=np.int64)

    def restore(self, topics: NDArray[np.uint16], n_assigned: int | None = None) -> None:
        """Take up the state of an earlier chain over the same blocks, all of them assigned unless it says so."""
        self.topics[:] = topics
        self.n_assigned = self._n_kept = self.blocks.n_blocks if n_assigned is None else n_assigned
        self._since = []
        self.close()

    def sweep(self, number: int, temperature: float, part: float = 1.0) -> SweepInfo:
        """Draw every token of a part of the documents once; see :class:`~bandscape.topics.sampler.BlockSampler`."""
        info = super().sweep(number, temperature, part)
        if len(self._since) >= SNAPSHOT_STEPS:
            self.gather()
        return info

    def collect(self, sums: SampleSums) -> None:
        """Add the present state to the sums; those of the documents follow with the next :meth:`gather`."""
        if self._sums is not sums and self._sums is not None:
            self.gather()
        self._sums = sums
        self._make_room(sums)
        self._do(_add_sample)
        sums.word_topic += self._counts
        sums.n_samples += 1

    def gather(self) -> None:
        """Fetch the topics of all tokens and the documents' topics that were collected."""
        if self._since:
            self._with_crew(self._take_snapshot)

    def _take_snapshot(self, crew: Crew) -> None:
        parts = crew.ask("hand_over")
        for share, (topics, collected) in zip(self._all_blocks(), parts, strict=True):
            self._put(share, topics)
            if collected is not None and self._sums is not None:
                docs = np.concatenate([self.blocks.order[self.blocks.places(block)] for block in share])
                self._sums.doc_topic[docs] += collected
        self._n_kept, self._since = self.n_assigned, []

    def close(self) -> None:
        """End the crew."""
        if self._crew is not None:
            self._crew.close()
        self._crew = None

    def _sample(
        self, group: Sequence[int], *, sweep: int, temperature: float, n_assigned: int
    ) -> list[tuple[float, int]]:
        """Have the partitions draw a group of blocks, and add up what they changed."""
        draw = Draw(
            group[0], group[-1] + 1, sweep, temperature, n_assigned, self.priors.doc_prior, self.priors.word_prior
        )  # fmt: skip
        return self._do(partial(self._draw, draw))

    def _draw(self, draw: Draw, crew: Crew) -> list[tuple[float, int]]:
        answers = crew.ask("draw", draw, self._counts)
        for _, changes in answers:
            add_to(self._counts, changes, self.each, self._ranges)
        return [result for results, _ in answers for result in results]

    def _do(self, step: Callable[[Crew], Any]) -> Any:
        """Take a step that changes the partitions, and remember it until the next snapshot."""
        result = self._with_crew(step)
        self._since.append(step)
        return result

    def _with_crew(self, step: Callable[[Crew], Any]) -> Any:
        """Take a step; as long as members end meanwhile, replace them, go back to the snapshot and try again."""
        must_rewind, lost = self._crew is None, None
        for _ in range(_MOST_LOSSES):
            try:
                if must_rewind:
                    self._rewind()
                return step(self._man())
            except WorkerLostError as error:
                logger.warning("%s: going back to the last snapshot", error)
                must_rewind, lost = True, error
        raise WorkerLostError(
            f"workers ended {_MOST_LOSSES} times in a row: is their machine short of memory? Ask for fewer, or use "
            "--executor local"
        ) from lost

    def _man(self) -> Crew:
        """Return the crew, made if there is none."""
        if self._crew is None:
            n_members = max(min(self._executor.n_partitions, self.blocks.n_blocks), 1)
            self._crew = self._executor.crew(Partition, self._part(n_members), n_members)
        return self._crew

    def _part(self, n_members: int) -> Callable[[int], tuple[Any, ...]]:
        """Return the function from the number of a member to what it is made of."""
        threads = int(getattr(self._executor, "threads", 1))

        def part(at: int) -> tuple[Any, ...]:
            share: Share = deal_share(self.blocks, self.lengths, at, n_members)
            return share, self.priors, self.seed, threads, self._frozen

        return part

    def _rewind(self) -> None:
        """Bring new and old members to the state of the snapshot, then draw what was drawn since."""
        crew = self._man()
        self.n_lost += crew.replace_lost()
        states = [
            (np.concatenate([self.topics[self.blocks.tokens(block)] for block in share]), self._n_kept)
            for share in self._all_blocks()
        ]
        crew.ask_each("restore", states)
        self._counts[:] = 0
        starts = self.blocks.word_starts[: self._n_kept]

        def count(words: tuple[int, int]) -> None:
            kernels.add_word_counts(*words, self.blocks.block_starts, starts, self.topics, self._counts)

        self.each(count, self._ranges)
        for step in self._since:
            step(crew)
        if self._since:
            self._take_snapshot(crew)  # so that the next loss does not cost these steps again

    def _all_blocks(self) -> list[range]:
        """Return the blocks of each member."""
        n_members = self._man().size
        return [range(at, self.blocks.n_blocks, n_members) for at in range(n_members)]

    def _put(self, share: range, topics: NDArray[np.uint16]) -> None:
        """Put a partition's topics in their places."""
        at = 0
        for block in share:
            tokens = self.blocks.tokens(block)
            size = tokens.stop - tokens.start
            self.topics[tokens] = topics[at : at + size]
            at += size


def _add_sample(crew: Crew) -> None:
    crew.ask("add_sample")
