"""A network of deep clustering that looks for voices by their pitch, where the LSTMs would have to learn what one is.

What is shown goes through a comb for each of 48 pitches (70 to 420 Hz): harmonics of a voice add up at its pitch,
however high that is. Pitches are a picture of their own, (time, pitch), in which a voice is a line; convolutions
follow it, and the combs lead back from there to the cells where its harmonics lie. Beside them coarse convolutions
over time and frequency see what has no pitch, and LSTMs over time see the whole of both. The combs are where learning
starts, not where it ends. Public names: :func:`build_harmonic_network`, :func:`pitch_combs`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..quiet_keras import import_keras

N_PITCHES = 48
_LOWEST_HZ, _HIGHEST_HZ = 70.0, 420.0
_SHARPNESS = 4.0  # of the teeth
_EVEN_BELOW_HZ = 1500.0  # harmonics above count for less: they are resolved worse
_LOCAL, _PITCH, _COARSE, _BACK, _LAST = 12, 24, 32, 8, 32  # channels
_SUMMARY = {"pitch": 4, "coarse": 2}  # channels that the LSTMs are shown
_PATCH = 4  # bins that are one in the coarse part
_MOMENTUM = 0.95


def pitch_combs(n_bins: int, sample_rate_hz: int) -> NDArray[np.float32]:
    """Return a comb for each pitch: high at its harmonics, low between them.

    Parameters
    ----------
    n_bins : int
    sample_rate_hz : int

    Returns
    -------
    ndarray of shape (n_bins, 48), float32
        Pitches rise by equal ratios from 70 to 420 Hz.
    """
    hz = np.linspace(0.0, sample_rate_hz / 2, n_bins)[:, None]
    pitches = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, N_PITCHES)[None]
    teeth = np.exp(_SHARPNESS * (np.cos(2.0 * np.pi * hz / pitches) - 1.0)) * (hz > 0.5 * pitches)
    return (teeth * np.sqrt(np.minimum(1.0, _EVEN_BELOW_HZ / np.maximum(hz, 1.0)))).astype(np.float32)


def build_harmonic_network(
    n_bins: int, dim: int, n_units: int, n_layers: int, seed: int, *, sample_rate_hz: int
) -> Any:
    """Build convolutions over frequencies and over pitches, joined by combs.

    Parameters
    ----------
    n_bins, dim : int
    n_units, n_layers : int
        Units of each direction of the LSTMs, and how many pairs are stacked.
    seed : int
        Of the weights at the start.
    sample_rate_hz : int
        Places the combs.

    Returns
    -------
    keras.Model
        (n_batch, n_frames, n_bins) to (n_batch, n_frames * n_bins, dim), any number of frames.
    """
    keras = import_keras()
    # sums over gradients are ordered by the names of layers, which Keras counts up from network to network
    keras.backend.clear_session()
    layers: Any = keras.layers
    part = _Parts(seed)
    shown = keras.Input((None, n_bins))
    placed = _with_places(shown, n_bins)
    local = part.convolve(placed, _LOCAL, (3, 5))
    combs = pitch_combs(n_bins, sample_rate_hz)
    down, up = part.along(N_PITCHES), part.along(n_bins)
    pitch = _normalize(down(local))
    pitch = part.convolve(pitch, _PITCH, (3, 3))
    for reach in (1, 2, 4, 8):
        pitch = layers.Add()([pitch, part.convolve(pitch, _PITCH, (3, 3), (reach, 1))])
    coarse = _coarse(part, placed)
    summaries = [
        layers.Reshape((-1, where.shape[2] * width))(
            layers.Conv2D(width, 1, activation="relu", kernel_initializer=part.start())(where)
        )
        for where, width in ((pitch, _SUMMARY["pitch"]), (coarse, _SUMMARY["coarse"]))
    ]
    whole = part.over_time(layers.Concatenate()(summaries), n_units, n_layers)
    pitch = layers.Concatenate()([pitch, part.spread(whole, N_PITCHES, 8)])
    pitch = part.convolve(pitch, _PITCH, (1, 3))
    fine = layers.Conv2D(_BACK * _PATCH, 1, kernel_initializer=part.start())(coarse)
    fine = layers.Reshape((-1, coarse.shape[2] * _PATCH, _BACK))(fine)
    fine = _first(fine, n_bins)
    cells = layers.Concatenate()([local, fine, part.spread(whole, n_bins, 4), up(pitch)])
    cells = part.convolve(cells, _LAST, (1, 1))
    said = layers.Conv2D(dim, 1, activation="tanh", kernel_initializer=part.start())(cells)
    network = keras.Model(shown, layers.UnitNormalization()(layers.Reshape((-1, dim))(said)))
    down.teeth.set_weights([_scaled(combs - combs.mean(axis=0), 0)])
    up.teeth.set_weights([_scaled(combs - 0.5 * combs.mean(axis=0), 1).T])
    return network


def _scaled(combs: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    return combs / np.sqrt(np.square(combs).sum(axis=axis, keepdims=True) + 1e-9)


def _with_places(shown: Any, n_bins: int) -> Any:
    """Add three channels that say how high a bin is: what is high sounds otherwise than what is low."""
    import keras

    ops: Any = keras.ops
    place = np.linspace(0.0, 1.0, n_bins, dtype=np.float32)
    channels = np.stack([place, np.cos(np.pi * place), np.cos(2.0 * np.pi * place)], axis=-1)

    def join(levels: Any) -> Any:
        cells = levels[..., None]
        return ops.concatenate([cells, ops.zeros_like(cells) + channels], axis=-1)

    return keras.layers.Lambda(join, output_shape=(None, n_bins, 4))(shown)


def _first(cells: Any, n_bins: int) -> Any:
    """Leave out what lies above the last bin; the gradient of a split is cheaper than that of a slice."""
    import keras

    ops: Any = keras.ops
    form = (None, n_bins, cells.shape[3])
    return keras.layers.Lambda(lambda rows: ops.split(rows, [n_bins], axis=2)[0], output_shape=form)(cells)


def _normalize(cells: Any) -> Any:
    return _fused_normalization()(momentum=_MOMENTUM)(cells)


@lru_cache(maxsize=1)
def _fused_normalization() -> Any:
    """Return Keras' batch normalization by one operation of TensorFlow: a batch takes four fifths of the time."""
    import keras
    import tensorflow as tf

    class FusedNormalization(keras.layers.BatchNormalization):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            if not training:
                return super().call(inputs, training=training, mask=mask)
            own: Any = self
            said, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs, own.gamma.value, own.beta.value, epsilon=own.epsilon, is_training=True
            )[:3]
            for kept, now in ((own.moving_mean, mean), (own.moving_variance, variance)):
                kept.assign(kept * own.momentum + now * (1.0 - own.momentum))
            return said

    return FusedNormalization


def _coarse(part: "_Parts", placed: Any) -> Any:
    """See four bins as one, and at the bottom two frames and eight bins."""
    import keras

    layers: Any = keras.layers
    ops: Any = keras.ops
    top = part.convolve(placed, _COARSE, (3, 2 * _PATCH), strides=(1, _PATCH))
    low = part.convolve(top, _COARSE, (3, 3), strides=(2, 2))
    for reach in ((1, 1), (2, 2), (4, 1)):
        low = layers.Add()([low, part.convolve(low, _COARSE, (3, 3), reach)])
    width = low.shape[2]
    wide = layers.Conv2D(_COARSE * 4, 1, kernel_initializer=part.start())(low)

    def unfold(pair: Any) -> Any:
        cells, like = pair
        form, wanted = ops.shape(cells), ops.shape(like)
        cells = ops.reshape(cells, (form[0], form[1], width, 2, 2, _COARSE))
        cells = ops.transpose(cells, (0, 1, 3, 2, 4, 5))
        cells = ops.reshape(cells, (form[0], form[1] * 2, width * 2, _COARSE))
        return cells[:, : wanted[1], : top.shape[2]]

    back = layers.Lambda(unfold, output_shape=(None, top.shape[2], _COARSE))([wide, top])
    return layers.Add()([back, top])


class _Parts:
    """Layers whose weights at the start one seed decides."""

    def __init__(self, seed: int) -> None:
        self._drawn = np.random.default_rng(seed)

    def start(self, kind: str = "GlorotUniform") -> Any:
        import keras

        return getattr(keras.initializers, kind)(seed=int(self._drawn.integers(2**31)))

    def convolve(
        self, cells: Any, width: int, size: tuple[int, int], reach: tuple[int, int] = (1, 1), *,
        strides: tuple[int, int] = (1, 1),
    ) -> Any:  # fmt: skip
        import keras

        layers: Any = keras.layers
        made = layers.Conv2D(
            width, size, strides=strides, dilation_rate=reach, padding="same", use_bias=False,
            kernel_initializer=self.start("HeNormal"),
        )(cells)  # fmt: skip
        return layers.Activation("relu")(_normalize(made))

    def along(self, n_to: int) -> "_Along":
        return _Along(n_to, self.start())

    def over_time(self, rows: Any, n_units: int, n_layers: int) -> Any:
        import keras

        layers: Any = keras.layers
        for _ in range(n_layers):
            both = [
                layers.LSTM(
                    n_units, return_sequences=True, go_backwards=backwards,
                    kernel_initializer=self.start(), recurrent_initializer=self.start("Orthogonal"),
                )
                for backwards in (False, True)
            ]  # fmt: skip
            rows = layers.Bidirectional(both[0], backward_layer=both[1])(rows)
        return rows

    def spread(self, rows: Any, n_places: int, width: int) -> Any:
        import keras

        layers: Any = keras.layers
        return layers.Reshape((-1, n_places, width))(
            layers.Dense(n_places * width, kernel_initializer=self.start())(rows)
        )


class _Along:
    """A matrix along the third axis of (batch, frames, places, channels), the same for all frames and channels."""

    def __init__(self, n_to: int, start: Any) -> None:
        import keras

        self.teeth: Any = keras.layers.Dense(n_to, use_bias=False, kernel_initializer=start)

    def __call__(self, cells: Any) -> Any:
        import keras

        turn: Any = keras.layers.Permute((1, 3, 2))
        return keras.layers.Permute((1, 3, 2))(self.teeth(turn(cells)))
