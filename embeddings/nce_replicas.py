"""Training artist vectors on several processes, each with a share of every batch (data parallelism).

Every process draws the whole batch, which takes next to nothing, computes the gradients of its share of the blocks,
gets those of the others by `tf.distribute.MultiWorkerMirroredStrategy`, and applies them all in the order of the
batch. All hold the same arrays, therefore, and these are what one process makes of the same steps. A projection of side
features that is learnt beside the vectors is small: every process takes its whole step.

Public: `Replica`, `ReplicatedTrainer`, `count_replicas`.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import socket
from typing import Any

import numpy as np

from ..core.errors import ParameterError, WorkerLostError
from ..core.executors import Crew, Executor
from .context_index import ContextIndex
from .devices import load_tensorflow
from .joint_training import JointTrainer, SideInputs
from .nce import NceSettings, NceTrainer

logger = logging.getLogger(__name__)

_MOST_LOSSES = 5  # in a row, without a call in between


def count_replicas(settings: NceSettings, n_workers: int) -> int:
    """Return how many processes share a batch: one a block at most."""
    return max(1, min(n_workers, settings.n_blocks))


class Replica:
    """One of the processes: a member of a crew.

    Parameters
    ----------
    index : ContextIndex
    settings : NceSettings
    rank, size : int
        Its number among the processes, and theirs.
    sides : SideInputs, optional
        What a projection is learnt from beside the vectors.
    """

    def __init__(
        self,
        index: ContextIndex,
        settings: NceSettings,
        rank: int,
        size: int,
        sides: SideInputs | None = None,
    ) -> None:
        self._index, self._settings, self._rank, self._size = index, settings, rank, size
        self._sides = sides

    def free_port(self) -> int:
        """Return a port of this machine that is free now."""
        with socket.socket() as probe:
            probe.bind(("", 0))
            return int(probe.getsockname()[1])

    def begin(self, addresses: list[str]) -> None:
        """Meet the others, who do the same at this time.

        Parameters
        ----------
        addresses : list of str, length size
            ``host:port`` of each process, by rank.
        """
        task = {"type": "worker", "index": self._rank}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
        tf = load_tensorflow()
        ring = tf.distribute.experimental.CommunicationImplementation.RING
        options = tf.distribute.experimental.CommunicationOptions(implementation=ring)
        strategy = tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)
        among = (self._index, self._settings, strategy, self._rank, self._size)
        self._trainer = (
            _SharingTrainer(*among)
            if self._sides is None
            else _SharingJointTrainer(*among, sides=self._sides)
        )

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train steps together with the others."""
        self._trainer.advance(first_step, n_steps)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copy out the trainable arrays: the same on all."""
        return self._trainer.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `arrays` gave."""
        self._trainer.restore(arrays)


class _SharingTrainer(NceTrainer):
    """A trainer that computes some blocks of each batch and gets the gradients of the others."""

    def __init__(
        self, index: ContextIndex, settings: NceSettings, strategy: Any, rank: int, size: int
    ) -> None:
        super().__init__(index, settings)
        tf = self._tf
        self._strategy = strategy
        ends = [settings.n_blocks * at // size for at in range(size + 1)]
        self._shares = [
            slice(first, stop) for first, stop in itertools.pairwise(ends)
        ]  # blocks of each process
        self._rank = rank
        self._own_rows = tf.function(self._compute_own_rows, jit_compile=True, autograph=False)
        self._move = tf.function(self._move_all, jit_compile=True, autograph=False)
        self._step = tf.function(self._take_step, autograph=False)

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train steps ``first_step`` to ``first_step + n_steps - 1``, one graph call each."""
        for step in range(first_step, first_step + n_steps):
            self._step(self._tf.constant(step, self._tf.int64))

    def _take_step(self, step: Any) -> None:
        def share() -> None:
            context = self._tf.distribute.get_replica_context()
            self._move(step, context.all_gather(self._own_rows(step), axis=0))

        self._strategy.run(share)

    def _sizes(self, share: slice) -> tuple[int, int]:
        """Return the number of pairs and of noise outputs in blocks."""
        n_blocks = share.stop - share.start
        return n_blocks * self.settings.block_size, n_blocks * self.settings.n_negatives

    def _compute_own_rows(self, step: Any) -> Any:
        """Gradients of this process' blocks: rows of artists, outputs, noise, with the biases' in a last column.

        As many rows as the largest share has, the rest zeros: all processes must give as much.
        """
        tf, share = self._tf, self._shares[self._rank]
        pairs = slice(share.start * self.settings.block_size, share.stop * self.settings.block_size)
        artist, output, noise = self._draw_batch(step)
        d_h, d_w, d_v, d_positive, d_negative = self._gradients(artist[pairs], output[pairs], noise[share])
        last = tf.concat([tf.zeros_like(d_positive), d_positive, d_negative], axis=0)
        rows = tf.concat([tf.concat([d_h, d_w, d_v], axis=0), last], axis=1)
        return tf.pad(rows, [[0, self._most_rows() - rows.shape[0]], [0, 0]])

    def _most_rows(self) -> int:
        return max(2 * n_pairs + n_noise for n_pairs, n_noise in map(self._sizes, self._shares))

    def _move_all(self, step: Any, rows: Any) -> None:
        """Apply the gradients of all processes, in the order of the batch."""
        tf, width = self._tf, self.settings.dim
        parts: list[list[Any]] = [[], [], []]  # of artists, outputs and noise
        for at, share in enumerate(self._shares):
            n_pairs, n_noise = self._sizes(share)
            start = at * self._most_rows()
            for part, length in zip(parts, (n_pairs, n_pairs, n_noise), strict=True):
                part.append(rows[start : start + length])
                start += length
        d_h, d_w, d_v = (tf.concat(part, axis=0) for part in parts)
        gradients = d_h[:, :width], d_w[:, :width], d_v[:, :width], d_w[:, width:], d_v[:, width:]
        self._apply(step, *self._draw_batch(step), *gradients)
        self._after_update(step)


class _SharingJointTrainer(JointTrainer, _SharingTrainer):
    """The same, and each process moves the network of the projection: all by the same artists, hence alike."""


class ReplicatedTrainer:
    """What `train` needs of a trainer, done by a crew; a member that ends costs the steps since the last call.

    Parameters
    ----------
    index : ContextIndex
    settings : NceSettings
    executor : Executor
        Whose members run at the same time.
    held : ContextIndex, optional
        What the loss is measured on, as in `NceTrainer`.
    sides : SideInputs, optional
        What a projection is learnt from beside the vectors.
    """

    def __init__(
        self,
        index: ContextIndex,
        settings: NceSettings,
        executor: Executor,
        held: ContextIndex | None = None,
        sides: SideInputs | None = None,
    ) -> None:
        if settings.full_softmax:
            raise ParameterError(
                "loss softmax is trained by one process; take loss nce, or the executor local"
            )
        # measures the loss, and holds the arrays of the last call
        self._here = (
            NceTrainer(index, settings, held)
            if sides is None
            else JointTrainer(index, settings, held, sides=sides)
        )
        self.settings, self.noise_share = settings, self._here.noise_share
        self._executor, self._index, self._sides = executor, index, sides
        self._size = count_replicas(settings, executor.n_partitions)
        self._crew: Crew | None = None

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train steps ``first_step`` to ``first_step + n_steps - 1``."""
        lost: WorkerLostError | None = None
        for _ in range(_MOST_LOSSES):
            try:
                crew = self._man()
                crew.ask("advance", first_step, n_steps)
                self._here.restore(crew.ask("arrays")[0])
                return
            except WorkerLostError as error:
                logger.warning("%s: the last %d steps are trained again", error, n_steps)
                self.close()  # the others wait for the lost one
                lost = error
        raise WorkerLostError(f"workers ended {_MOST_LOSSES} times in a row; use --executor local") from lost

    def loss(self) -> float:
        """Compute the loss on the fixed batch."""
        return self._here.loss()

    def output_bias(self) -> np.ndarray:
        """Copy out the biases of the outputs."""
        return self._here.output_bias()

    def arrays(self) -> dict[str, np.ndarray]:
        """Copy out the trainable arrays, by name."""
        return self._here.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `arrays` gave."""
        self._here.restore(arrays)
        self.close()

    def close(self) -> None:
        """End the crew."""
        if self._crew is not None:
            self._crew.close()
        self._crew = None

    def _man(self) -> Crew:
        """Return the crew; a new one meets and takes up the arrays of the last call."""
        if self._crew is None:
            size, told = self._size, (self._index, self.settings)
            self._crew = self._executor.crew(Replica, lambda at: (*told, at, size, self._sides), size)
            ports = self._crew.ask("free_port")
            addresses = [f"{host}:{port}" for host, port in zip(self._crew.hosts(), ports, strict=True)]
            self._crew.ask("begin", addresses)
            self._crew.ask("restore", self._here.arrays())
        return self._crew
