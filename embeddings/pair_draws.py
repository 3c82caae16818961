"""What a training step draws, inside its TensorFlow graph: pairs of artist and output, and noise outputs.

Everything is a function of (seed, step): bits come from a stateless generator, and integers from bits.

Public: `PairTables`, `noise_table`, `log_uniform_share`, `random_bits`, `below`, `NOISE_POWER`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .context_index import ContextIndex

if TYPE_CHECKING:
    from .nce import NceSettings

NOISE_POWER = 0.75  # Mikolov et al. (2013), section 2.2
MOST_UNROLLED = 32  # thresholds compared one by one
_PAIRS, _NOISE, _STREAMS = 0, 1, 2


def noise_table(share: np.ndarray, power: float = NOISE_POWER) -> tuple[np.ndarray, np.ndarray]:
    """Make a table from which a uniform draw gives outputs with probability about share**power.

    Parameters
    ----------
    share : ndarray of shape (n_outputs,), float64
        How often each output is drawn as a partner.
    power : float
        1 keeps the shares, 0 makes them equal.

    Returns
    -------
    table : ndarray, int32
        Output numbers; each stands there at least once.
    q : ndarray of shape (n_outputs,), float64
        Exact probability of each output when a place of the table is drawn uniformly.
    """
    wanted = share**power
    n_slots = max(4 * len(share), 1 << 17)
    slots = np.maximum(1, np.round(wanted / wanted.sum() * n_slots).astype(np.int64))
    table = np.repeat(np.arange(len(share), dtype=np.int32), slots)
    return table, slots / slots.sum()


def log_uniform_share(n_outputs: int) -> np.ndarray:
    """Compute the shares that suit outputs sorted by frequency: about 1 / rank, in all 1."""
    rank = np.arange(n_outputs)
    return np.log1p(1 / (rank + 1)) / np.log1p(n_outputs)


@dataclass(frozen=True)
class PairTables:
    """The constants that pairs and noise are drawn from, as tensors."""

    entries: Any
    members: Any
    noise: Any
    context_first: Any
    thresholds: tuple[int, ...]
    n_slots: int

    @classmethod
    def from_index(cls, tf: Any, index: ContextIndex, noise: np.ndarray) -> PairTables:
        """Take the memberships of an index, and the table of a `noise_table`."""
        edges = np.cumsum(index.context_share)[:-1]
        return cls(
            entries=tf.constant(index.entries),
            members=tf.constant(index.members),
            noise=tf.constant(noise),
            context_first=tf.constant(index.context_first.astype(np.int32)),
            thresholds=tuple(int(edge) for edge in np.floor(edges * 2.0**32)),
            n_slots=len(noise),
        )

    def pick_entries(self, tf: Any, context_bits: Any, entry_bits: Any) -> Any:
        """Pick a context by its share, then one of its entries, all equally likely."""
        context = tf.zeros_like(context_bits, tf.int32)
        wide = tf.cast(context_bits, tf.uint64)
        if len(self.thresholds) > MOST_UNROLLED:
            passed = wide[:, None] >= tf.constant(self.thresholds, tf.uint64)
            context += tf.reduce_sum(tf.cast(passed, tf.int32), axis=1)
        else:
            for threshold in self.thresholds:
                context += tf.cast(wide >= tf.constant(threshold, tf.uint64), tf.int32)
        first = tf.gather(self.context_first, context)
        return first + below(tf, entry_bits, tf.gather(self.context_first, context + 1) - first)

    def draw(self, tf: Any, settings: NceSettings, step: Any) -> tuple[Any, Any, Any]:
        """Draw artists (batch,), their partners (batch,) and shared noise outputs (n_blocks, k) of one step."""
        bits = random_bits(tf, settings.seed, step, _PAIRS, 3 * settings.batch_size)
        bits = tf.reshape(bits, [3, settings.batch_size])
        entry = self.pick_entries(tf, bits[0], bits[1])
        memberships = tf.gather(self.entries, entry)
        place = memberships[:, 1] + below(tf, bits[2], memberships[:, 2])
        place += tf.cast(place >= memberships[:, 3], tf.int32)  # step over the artist itself
        n_noise = settings.n_blocks * settings.n_negatives
        slot = below(tf, random_bits(tf, settings.seed, step, _NOISE, n_noise), self.n_slots)
        noise = tf.reshape(tf.gather(self.noise, slot), [settings.n_blocks, settings.n_negatives])
        return memberships[:, 0], tf.gather(self.members, place), noise


def random_bits(tf: Any, seed: int, step: Any, stream: int, count: int) -> Any:
    """Draw ``count`` 32-bit words, uint32, of one stream of one step."""
    key = tf.stack([tf.constant(seed, tf.int64), step * _STREAMS + stream])
    # threefry by name: under XLA the automatic choice took 16 times as long
    return tf.random.stateless_uniform(
        [count], key, minval=None, maxval=None, dtype=tf.uint32, alg="threefry"
    )


def below(tf: Any, bits: Any, bound: Any) -> Any:
    """Map 32 random bits to {0, ..., bound - 1}; each has its share to within 2**-32."""
    product = tf.cast(bits, tf.uint64) * tf.cast(bound, tf.uint64)
    return tf.cast(tf.bitwise.right_shift(product, tf.constant(32, tf.uint64)), tf.int32)
