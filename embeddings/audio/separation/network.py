"""The network of deep clustering, what it is shown, and one step of its training.

Shown: the level of each cell of a spectrogram in decibels relative to the loudest, cut at -60 and standardized by
bin. Said: a vector of unit length for each cell. Arrays of one mixture have one row a frame. Public names:
:func:`build_network`, :func:`relative_levels`, :func:`cell_weights`, :class:`Trainer`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..quiet_keras import import_keras
from .affinity_loss import affinity_loss

FLOOR_DB = -60.0  # below the loudest cell nothing is told apart
SILENCE_DB = -40.0  # cells below the loudest by more than this have no weight
_CLIP = 1.0  # norm of a gradient at most


def relative_levels(magnitudes: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return decibels relative to the loudest cell of each mixture, at least -60.

    Parameters
    ----------
    magnitudes : ndarray of shape (..., n_frames, n_bins)

    Returns
    -------
    ndarray of the same shape, float32, within -60 to 0
        All -60 where a mixture is silent.
    """
    loudest = magnitudes.max(axis=(-2, -1), keepdims=True)
    ratio = magnitudes / np.where(loudest > 0, loudest, 1.0)
    return (20.0 * np.log10(np.maximum(ratio, 10.0 ** (FLOOR_DB / 20.0)))).astype(np.float32)


def cell_weights(magnitudes: NDArray[np.floating], power: float = 0.0) -> NDArray[np.float32]:
    """Return what each cell counts for: nothing if silent, else its relative magnitude to a power.

    Parameters
    ----------
    magnitudes : ndarray of shape (..., n_frames, n_bins)
    power : float
        0 gives all cells that are not silent the same weight.

    Returns
    -------
    ndarray of the same shape, float32, within 0 to 1
    """
    loudest = magnitudes.max(axis=(-2, -1), keepdims=True)
    ratio = magnitudes / np.where(loudest > 0, loudest, 1.0)
    return np.where(ratio > 10.0 ** (SILENCE_DB / 20.0), ratio**power, 0.0).astype(np.float32)


def build_network(n_bins: int, dim: int, n_units: int, n_layers: int, seed: int) -> Any:
    """Build bidirectional LSTMs and one dense layer, its rows scaled to unit length.

    Parameters
    ----------
    n_bins : int
    dim : int
        Length of an embedding.
    n_units, n_layers : int
        Units of each direction, and how many pairs are stacked.
    seed : int
        Of the weights at the start.

    Returns
    -------
    keras.Model
        (n_batch, n_frames, n_bins) to (n_batch, n_frames * n_bins, dim), any number of frames.
    """
    keras = import_keras()
    layers: Any = keras.layers
    drawn = np.random.default_rng(seed)

    def start(kind: Any) -> Any:
        return kind(seed=int(drawn.integers(2**31)))

    shown = keras.Input((None, n_bins))
    hidden = shown
    for _ in range(n_layers):
        directions = [
            layers.LSTM(
                n_units, return_sequences=True, go_backwards=backwards,
                kernel_initializer=start(keras.initializers.GlorotUniform),
                recurrent_initializer=start(keras.initializers.Orthogonal),
            )
            for backwards in (False, True)
        ]  # fmt: skip
        hidden = layers.Bidirectional(directions[0], backward_layer=directions[1])(hidden)
    said = layers.Dense(
        n_bins * dim, activation="tanh", kernel_initializer=start(keras.initializers.GlorotUniform)
    )(hidden)
    rows = layers.Reshape((-1, dim))(said)
    return keras.Model(shown, layers.UnitNormalization()(rows))


class Trainer:
    """One network, its optimizer, and a compiled step.

    Parameters
    ----------
    network : keras.Model
    max_sources : int
    """

    def __init__(self, network: Any, max_sources: int) -> None:
        import keras
        import tensorflow as tf

        self._network, self._depth = network, max_sources
        self._optimizer: Any = keras.optimizers.Adam(1e-3, global_clipnorm=_CLIP)
        self._optimizer.build(network.trainable_variables)
        self._step = tf.function(self._one_step, jit_compile=False, reduce_retracing=True)

    def step(
        self,
        shown: NDArray[np.float32],
        labels: NDArray[np.integer],
        weights: NDArray[np.float32],
        rate: float,
    ) -> float:
        """Learn from a batch and return its mean loss before.

        Parameters
        ----------
        shown, weights : ndarray of shape (n_batch, n_frames, n_bins), float32
        labels : ndarray of shape (n_batch, n_frames, n_bins), int
        rate : float
        """
        import tensorflow as tf

        n_batch = len(shown)
        return float(
            self._step(
                tf.constant(shown),
                tf.constant(labels.reshape(n_batch, -1), tf.int32),
                tf.constant(weights.reshape(n_batch, -1)),
                tf.constant(rate, tf.float32),
            )
        )

    def _one_step(self, shown: Any, labels: Any, weights: Any, rate: Any) -> Any:
        import tensorflow as tf

        self._optimizer.learning_rate.assign(rate)
        variables = self._network.trainable_variables
        with tf.GradientTape() as tape:
            said = self._network(shown, training=True)
            loss = tf.reduce_mean(affinity_loss(said, tf.one_hot(labels, self._depth), weights))
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    def state(self) -> list[NDArray[Any]]:
        """Return all that the next step depends on: weights, then the optimizer's variables."""
        values = [*self._network.get_weights(), *(np.asarray(v) for v in self._optimizer.variables)]
        return [np.atleast_1d(value) for value in values]  # files of arrays keep no scalars

    def restore(self, state: Sequence[NDArray[Any]]) -> None:
        """Go on from what :meth:`state` returned."""
        n_weights = len(self._network.weights)
        self._network.set_weights(list(state[:n_weights]))
        for variable, value in zip(self._optimizer.variables, state[n_weights:], strict=True):
            variable.assign(value.reshape(variable.shape))
