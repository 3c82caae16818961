"""Training of artist vectors that also learns to place artists by their side features, in the same graph.

In each step some artists are drawn anew, their own embedding is *dropped*, and the network of `joint_projection` has to
stand for it: its output is turned towards a copy of the embedding as that is learnt, which gets no gradient::

    loss = 1 - cos(p(x_a), v_a)

so the vectors of trained artists are, to the byte, those of a training without side features. Each table of
features an artist has is dropped now and then (*modality dropout*), all of them too, so that the network learns what
the absence of each means. Adam [1]_ moves the network; its state is among the arrays of a checkpoint.

Why not by the sum of embedding and projection, or by the loss of the pairs: docs/artists.md has the figures.

Public: `JointTrainer`, `SideInputs`, `side_inputs`.

References
----------
.. [1] Kingma, Ba (2015), Adam: a method for stochastic optimization, algorithm 1.
.. [2] Volkovs, Yu, Poutanen (2017), DropoutNet: addressing cold start in recommender systems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .context_index import ContextIndex
from .joint_projection import JointProjection
from .nce import LAST_LEARNING_RATE, NceSettings, NceTrainer
from .pair_draws import below, random_bits
from .side_blocks import FEWEST, check_enough, describe, normalization, standardize
from .side_features import SideFeatures

N_HIDDEN = 256
ARTISTS_PER_STEP = 512
RATE = 3e-3  # first step size of Adam; falls linearly
TABLE_DROPOUT = 0.1  # how often a table that is there is taken for absent
MEMORY, SQUARE_MEMORY, SMALL = 0.9, 0.999, 1e-8  # of Adam
WEIGHTS = ("hidden", "hidden_bias", "out", "out_bias")


@dataclass(frozen=True, eq=False)
class SideInputs:
    """Side features of the artists in training, ready for the network.

    Parameters
    ----------
    tables : tuple of dict
        As of `Placing`.
    mean, deviation : ndarray of shape (n_features,)
    inputs : ndarray of shape (n_artists, n_features + n_tables), float32
        As `standardize` gives them.
    taught : ndarray, int32
        Rows of the artists that are learnt from.
    n_usable : int
        How many of them have features.
    """

    tables: tuple[dict[str, Any], ...]
    mean: np.ndarray
    deviation: np.ndarray
    inputs: np.ndarray
    taught: np.ndarray
    n_usable: int

    def projection(self, arrays: Mapping[str, np.ndarray]) -> JointProjection:
        """Return the projection whose weights are among the arrays of a `JointTrainer`."""
        return JointProjection(
            tables=self.tables,
            mean=self.mean,
            deviation=self.deviation,
            n_artists=self.n_usable,
            **{name: arrays[name] for name in WEIGHTS},
        )


def side_inputs(
    blocks: Sequence[np.ndarray],
    features: Sequence[SideFeatures],
    *,
    trained: np.ndarray,
    informed: np.ndarray,
) -> SideInputs:
    """Normalize aligned features, and choose whom to learn from.

    Parameters
    ----------
    blocks : sequence of ndarray of shape (n_artists, n_features of the table)
        NaN where an artist is not in the table.
    features : sequence of SideFeatures
        The tables they come from.
    trained, informed : ndarray of shape (n_artists,), bool
        Who gets a vector; whose vector knows a genre. The others lie apart for what the table lacks, not for how they
        sound, so they are learnt from only where fewer than 20 artists have one.

    Raises
    ------
    SchemaError
        If fewer than 20 artists have both a vector and features.
    """
    has_any = np.any([np.isfinite(block).all(axis=1) for block in blocks], axis=0)
    check_enough(trained & has_any)
    wanted = trained & informed if (trained & informed & has_any).sum() >= FEWEST else trained
    mean, deviation = normalization([block[wanted & has_any] for block in blocks])
    inputs, _ = standardize(blocks, mean, deviation)
    rows = np.flatnonzero(wanted).astype(np.int32)
    return SideInputs(
        describe(features), mean, deviation, inputs.astype(np.float32), rows, int((wanted & has_any).sum())
    )


class JointTrainer(NceTrainer):
    """A trainer whose steps also move the network that places artists by their side features.

    Parameters
    ----------
    index : ContextIndex
    settings : NceSettings
    further
        As `NceTrainer`; or as another trainer that this is mixed with, whose steps then move the network, too.
    sides : SideInputs
    """

    def __init__(self, index: ContextIndex, settings: NceSettings, *further: Any, sides: SideInputs) -> None:
        super().__init__(index, settings, *further)
        tf = self._tf
        self._sides = sides
        with tf.device(settings.device):
            start = start_network(sides.inputs.shape[1], settings.dim, settings.seed)
            self._variables |= {name: tf.Variable(array) for name, array in start.items()}
            self._inputs, self._taught = tf.constant(sides.inputs), tf.constant(sides.taught)

    def _after_update(self, step: Any) -> None:
        tf = self._tf
        bits = tf.reshape(self._side_bits(step), [1 + len(self._sides.tables), ARTISTS_PER_STEP])
        drawn = tf.gather(self._taught, below(tf, bits[0], len(self._sides.taught)))
        inputs = self._drop_tables(tf.gather(self._inputs, drawn), bits[1:])
        target = tf.math.l2_normalize(tf.gather(self._variables["artist"], drawn), axis=1)
        self._descend_network(step, self._slopes(inputs, target))

    def _side_bits(self, step: Any) -> Any:
        """Random words of a step: steps from -1 down are another stream than those of pairs."""
        count = (1 + len(self._sides.tables)) * ARTISTS_PER_STEP
        return random_bits(self._tf, self.settings.seed, -1 - step, 0, count)

    def _drop_tables(self, inputs: Any, bits: Any) -> Any:
        """Take some tables for absent: features 0, flag 1; (artists, n_features + n_tables)."""
        tf, widths = self._tf, [len(table["columns"]) for table in self._sides.tables]
        dropped = tf.cast(bits < tf.constant(int(TABLE_DROPOUT * 2**32), tf.uint32), tf.float32)
        dropped = tf.transpose(dropped)  # (artists, n_tables)
        kept = 1.0 - tf.repeat(dropped, widths, axis=1)
        features, flags = inputs[:, : sum(widths)], inputs[:, sum(widths) :]
        return tf.concat([features * kept, tf.maximum(flags, dropped)], axis=1)

    def _slopes(self, inputs: Any, target: Any) -> dict[str, Any]:
        """Gradients of the mean loss of some artists, by weight."""
        tf = self._tf
        weights = {name: self._variables[name] for name in WEIGHTS}
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(inputs, weights["hidden"]) + weights["hidden_bias"])
            placed = tf.math.l2_normalize(tf.matmul(hidden, weights["out"]) + weights["out_bias"], axis=1)
            loss = 1.0 - tf.reduce_mean(tf.reduce_sum(placed * target, axis=1))
        return tape.gradient(loss, weights)

    def _descend_network(self, step: Any, slopes: dict[str, Any]) -> None:
        """Adam with a step size that falls linearly."""
        tf = self._tf
        done = tf.cast(step, tf.float32)
        rate = RATE * tf.maximum(1.0 - done / self.settings.n_steps, LAST_LEARNING_RATE)
        rate *= tf.sqrt(1.0 - SQUARE_MEMORY ** (done + 1.0)) / (1.0 - MEMORY ** (done + 1.0))
        for name, slope in slopes.items():
            mean, square = (self._variables[f"{name}_{part}"] for part in ("mean", "square"))
            mean.assign(MEMORY * mean + (1.0 - MEMORY) * slope)
            square.assign(SQUARE_MEMORY * square + (1.0 - SQUARE_MEMORY) * slope * slope)
            self._variables[name].assign_sub(rate * mean / (tf.sqrt(square) + SMALL))


def start_network(n_inputs: int, dim: int, seed: int) -> dict[str, np.ndarray]:
    """Make the network as it is before the first step, by name, and the two memories of Adam for each array."""
    rng = np.random.default_rng((seed, 2))
    arrays = {
        "hidden": rng.normal(0.0, np.sqrt(2.0 / n_inputs), (n_inputs, N_HIDDEN)),
        "hidden_bias": np.zeros(N_HIDDEN),
        "out": rng.normal(0.0, 0.3 * np.sqrt(2.0 / N_HIDDEN), (N_HIDDEN, dim)),
        "out_bias": np.zeros(dim),
    }
    memories = {
        f"{name}_{part}": np.zeros_like(array)
        for name, array in arrays.items()
        for part in ("mean", "square")
    }
    return {name: np.asarray(array, np.float32) for name, array in {**arrays, **memories}.items()}
