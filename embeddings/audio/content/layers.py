"""The layers of the content network, and one step of its training.

Three networks in a row: the *ear* turns a patch into numbers (convolutions over time, whose channels at first are mel
bands, then mean, maximum and root mean square over time); the *gatherer* makes one row of the patches of a sound (their
mean, or a GRU over them); the *head* joins what was read of the sound's text (a GRU over words) and what is known of it
(embeddings of values), and gives its vector and what it says of each target. Layers are normalized over channels,
never over the batch: what a sound becomes does not depend on the others. Public names: :class:`NetworkShape`,
:class:`ContentLayers`, :class:`ContentTrainer`.

References
----------
.. [1] van den Oord, A., Dieleman, S., Schrauwen, B. (2013), Deep content-based music recommendation, NIPS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...devices import load_tensorflow

_TAPS = 4
_CLIP = 1.0  # norm of a gradient at most
_WORD_DIM, _TEXT_UNITS, _VALUE_DIM = 32, 32, 8
_SMOOTHING = 0.1  # of the wanted probabilities of classes

Batch = Mapping[str, NDArray[Any]]
"""patches (n, n_patches, n_frames, n_mels); present (n, n_patches), 1 where there is a patch; words (n, n_words) and
values (n, n_inputs) if there are any, ints."""


@dataclass(frozen=True)
class NetworkShape:
    """What decides the shapes of the weights.

    Parameters
    ----------
    patch_frames, n_mels : int
    n_channels : int
        Of each convolution.
    n_hidden, dim : int
        Units of the hidden layer; length of a vector.
    pools : tuple of int
        By how much each convolution's frames are pooled.
    pooling : {"mean", "rnn"}
        How patches become one.
    heads : tuple of (kind, size)
    n_words : int
        Entries of the vocabulary, those for nothing and for no text included; 0 for no text.
    n_values : tuple of int
        Values of each input, the one for absent included.
    dropout : float
    """

    patch_frames: int
    n_mels: int
    n_channels: int
    n_hidden: int
    dim: int
    pools: tuple[int, ...]
    pooling: str
    heads: tuple[tuple[str, int], ...]
    n_words: int = 0
    n_values: tuple[int, ...] = ()
    dropout: float = 0.1


def pools_for(patch_frames: int) -> tuple[int, ...]:
    """Return the pooling of three convolutions: 4/2/2 for patches of 1.6 s and more, less for shorter ones.

    >>> pools_for(300), pools_for(80), pools_for(30)
    ((4, 2, 2), (2, 2, 2), (2, 2, 1))
    """
    if patch_frames >= 160:
        return (4, 2, 2)
    return (2, 2, 2) if patch_frames >= 64 else (2, 2, 1)


class ContentLayers:
    """The three networks, with weights drawn from a seed.

    Parameters
    ----------
    shape : NetworkShape
    seed : int
    """

    def __init__(self, shape: NetworkShape, seed: int) -> None:
        tf = load_tensorflow()
        import keras

        # the gradients' sums are ordered by the names of layers, which Keras counts up from network to network
        keras.backend.clear_session()
        self.shape = shape
        draws = _Draws(seed)
        self.ear = _build_ear(shape, draws)
        self.gatherer = _build_gatherer(shape, draws) if shape.pooling == "rnn" else None
        self.head = _build_head(shape, draws)
        parts = [self.ear, *([self.gatherer] if self.gatherer is not None else []), self.head]
        self.trainable = [variable for part in parts for variable in part.trainable_variables]
        self.variables = [variable for part in parts for variable in part.variables]  # with states of dropout
        patch = tf.TensorSpec((None, shape.patch_frames, shape.n_mels), tf.float32)
        heard = tf.function(lambda x: self.ear(x, training=False), input_signature=[patch], jit_compile=False)
        self.hear = lambda patches: heard(tf.constant(patches)).numpy()
        signature: dict[str, Any] = {"present": tf.TensorSpec((None, None), tf.float32)}
        if shape.n_words:
            signature["words"] = tf.TensorSpec((None, None), tf.int32)
        if shape.n_values:
            signature["values"] = tf.TensorSpec((None, len(shape.n_values)), tf.int32)
        rows = tf.TensorSpec((None, None, shape.n_hidden), tf.float32)
        self._said = tf.function(self._say, input_signature=[rows, signature], jit_compile=False)

    def say(self, heard: NDArray[np.float32], batch: Batch) -> list[NDArray[np.float32]]:
        """Return vectors and what each head says of patches that were heard.

        Parameters
        ----------
        heard : ndarray of shape (n, n_patches, n_hidden)
        batch : mapping
            ``present``, and ``words`` and ``values`` if there are any.
        """
        import tensorflow as tf

        tensors = {name: tf.constant(value) for name, value in batch.items()}
        return [np.asarray(one) for one in self._said(tf.constant(heard), tensors)]

    def _say(self, heard: Any, tensors: Mapping[str, Any]) -> Any:
        gathered = self.gather(heard, tensors["present"], False)
        return self.head(self.head_inputs(gathered, tensors), training=False)

    def gather(self, heard: Any, present: Any, training: bool) -> Any:
        """Make one row of the patches of each sound."""
        import tensorflow as tf

        if self.gatherer is not None:
            return self.gatherer([heard, present], training=training)
        weight = present / tf.maximum(tf.reduce_sum(present, axis=1, keepdims=True), 1e-9)
        return tf.reduce_sum(heard * weight[:, :, None], axis=1)

    def head_inputs(self, gathered: Any, tensors: Mapping[str, Any]) -> list[Any]:
        """Return the inputs of the head."""
        return [gathered, *(tensors[name] for name in ("words", "values") if name in tensors)]

    def state(self) -> list[NDArray[Any]]:
        """Return copies of all weights."""
        return [np.atleast_1d(np.asarray(variable)) for variable in self.variables]

    def restore(self, state: Sequence[NDArray[Any]]) -> None:
        """Take weights over."""
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(np.reshape(value, variable.shape))


class _Draws:
    """Makes initializers and dropouts whose draws depend on one seed and on their order alone."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def next(self) -> int:
        return int(self._rng.integers(2**31))

    def start(self) -> Any:
        import keras

        return keras.initializers.GlorotUniform(seed=self.next())


def _build_ear(shape: NetworkShape, draws: _Draws) -> Any:
    import keras

    layers: Any = keras.layers
    ops: Any = keras.ops
    shown = keras.Input((shape.patch_frames, shape.n_mels))
    scaled = layers.Rescaling(4.0, offset=-2.0)(shown)  # 20 dB are 1, silence is -2
    hidden = layers.Concatenate()([scaled, 4.0 * _less_mean(shown)])
    for pool in shape.pools:
        hidden = layers.Conv1D(shape.n_channels, _TAPS, padding="same", kernel_initializer=draws.start())(
            hidden
        )
        hidden = layers.Activation("relu")(layers.LayerNormalization()(hidden))
        if pool > 1:
            hidden = layers.MaxPooling1D(pool)(hidden)
    size = ops.sqrt(ops.mean(ops.square(hidden), axis=1) + 1e-6)
    over_time = [layers.GlobalAveragePooling1D()(hidden), layers.GlobalMaxPooling1D()(hidden), size]
    pooled = layers.LayerNormalization()(layers.Concatenate()(over_time))
    return keras.Model(shown, _dense(pooled, shape.n_hidden, shape, draws))


def _less_mean(shown: Any) -> Any:
    """Levels less the mean of their band over the frames that are not silent: what the room or the voice adds goes."""
    import keras

    ops: Any = keras.ops
    heard = ops.cast(ops.max(shown, axis=2, keepdims=True) > 0.0, "float32")
    mean = ops.sum(shown * heard, axis=1, keepdims=True) / (ops.sum(heard, axis=1, keepdims=True) + 1e-3)
    return (shown - mean) * heard


def _dense(rows: Any, n_units: int, shape: NetworkShape, draws: _Draws) -> Any:
    import keras

    layers: Any = keras.layers
    rows = layers.Dropout(shape.dropout, seed=draws.next())(rows)
    return layers.Dense(n_units, activation="relu", kernel_initializer=draws.start())(rows)


def _build_gatherer(shape: NetworkShape, draws: _Draws) -> Any:
    import keras

    layers: Any = keras.layers
    heard: Any = keras.Input((None, shape.n_hidden))
    present: Any = keras.Input((None,))
    gru = layers.GRU(
        shape.n_hidden, kernel_initializer=draws.start(),
        recurrent_initializer=keras.initializers.Orthogonal(seed=draws.next()), seed=draws.next(),
    )  # fmt: skip
    return keras.Model([heard, present], gru(heard, mask=present > 0.0))


def _build_head(shape: NetworkShape, draws: _Draws) -> Any:
    import keras

    layers: Any = keras.layers
    inputs: list[Any] = [keras.Input((shape.n_hidden,))]
    joined: list[Any] = [inputs[0]]
    if shape.n_words:
        words: Any = keras.Input((None,), dtype="int32")
        inputs.append(words)
        joined.append(_read(words, shape, draws))
    if shape.n_values:
        values: Any = keras.Input((len(shape.n_values),), dtype="int32")
        inputs.append(values)
        for at, count in enumerate(shape.n_values):
            start = keras.initializers.RandomUniform(seed=draws.next())
            joined.append(layers.Embedding(count, _VALUE_DIM, embeddings_initializer=start)(values[:, at]))
    rows = layers.Concatenate()(joined) if len(joined) > 1 else joined[0]
    rows = layers.Dropout(shape.dropout, seed=draws.next())(rows)
    vector = layers.Dense(shape.dim, activation="relu", kernel_initializer=draws.start())(rows)
    last = layers.Dropout(shape.dropout, seed=draws.next())(vector)
    heads = [layers.Dense(size, kernel_initializer=draws.start())(last) for _, size in shape.heads]
    return keras.Model(inputs, [vector, *heads])


def _read(words: Any, shape: NetworkShape, draws: _Draws) -> Any:
    import keras

    layers: Any = keras.layers
    start = keras.initializers.RandomUniform(seed=draws.next())
    rows = layers.Embedding(shape.n_words, _WORD_DIM, embeddings_initializer=start)(words)
    rows = layers.Dropout(shape.dropout, seed=draws.next())(rows)
    gru = layers.GRU(
        _TEXT_UNITS, kernel_initializer=draws.start(),
        recurrent_initializer=keras.initializers.Orthogonal(seed=draws.next()), seed=draws.next(),
    )  # fmt: skip
    return gru(rows, mask=words > 0)


class ContentTrainer:
    """The networks, their optimizer, and a compiled step.

    Parameters
    ----------
    layers : ContentLayers
    weights : sequence of float
        Of each head's loss.
    """

    def __init__(self, layers: ContentLayers, weights: Sequence[float]) -> None:
        import keras
        import tensorflow as tf

        self._layers, self._weights = layers, list(weights)
        self._optimizer: Any = keras.optimizers.AdamW(1e-3, weight_decay=1e-4, global_clipnorm=_CLIP)
        self._optimizer.build(layers.trainable)
        self._step = tf.function(self._one_step, jit_compile=False, reduce_retracing=True)
        self._measure = tf.function(self._one_measure, jit_compile=False, reduce_retracing=True)

    def step(self, batch: Batch, wanted: Sequence[Any], known: Sequence[Any], rate: float) -> float:
        """Learn from a batch and return its loss before.

        Parameters
        ----------
        batch : mapping
        wanted, known : sequence of ndarray
            For each head what :meth:`~bandscape.embeddings.audio.content.targets.Target.encode` returned.
        rate : float
        """
        return float(self._step(*_tensors(batch, wanted, known), np.float32(rate)))

    def measure(self, batch: Batch, wanted: Sequence[Any], known: Sequence[Any]) -> float:
        """Return the loss of a batch that is not learnt from."""
        return float(self._measure(*_tensors(batch, wanted, known)))

    def _one_measure(self, batch: Any, wanted: Any, known: Any) -> Any:
        return self._loss(batch, wanted, known, False)

    def _one_step(self, batch: Any, wanted: Any, known: Any, rate: Any) -> Any:
        import tensorflow as tf

        self._optimizer.learning_rate.assign(rate)
        variables = self._layers.trainable
        with tf.GradientTape() as tape:
            loss = self._loss(batch, wanted, known, True)
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    def _loss(self, batch: Any, wanted: Any, known: Any, training: bool) -> Any:
        import tensorflow as tf

        layers, form = self._layers, self._layers.shape
        flat = tf.reshape(batch["patches"], (-1, form.patch_frames, form.n_mels))
        count = tf.shape(batch["patches"])[1]
        heard = tf.reshape(layers.ear(flat, training=training), (-1, count, form.n_hidden))
        gathered = layers.gather(heard, batch["present"], training)
        said = layers.head(layers.head_inputs(gathered, batch), training=training)[1:]
        total = 0.0
        for at, (kind, _) in enumerate(form.heads):
            each = _head_loss(kind, wanted[at], said[at])
            total += self._weights[at] * tf.reduce_sum(each * known[at]) / (tf.reduce_sum(known[at]) + 1e-6)
        return total

    def state(self) -> list[NDArray[Any]]:
        """Return all that the next step depends on."""
        optimizer = [np.atleast_1d(np.asarray(variable)) for variable in self._optimizer.variables]
        return [*self._layers.state(), *optimizer]

    def restore(self, state: Sequence[NDArray[Any]]) -> None:
        """Go on from what :meth:`state` returned."""
        count = len(self._layers.variables)
        self._layers.restore(state[:count])
        for variable, value in zip(self._optimizer.variables, state[count:], strict=True):
            variable.assign(np.reshape(value, variable.shape))


def _tensors(batch: Batch, wanted: Sequence[Any], known: Sequence[Any]) -> tuple[Any, Any, Any]:
    import tensorflow as tf

    tensors = {name: tf.constant(value) for name, value in batch.items()}
    return tensors, [tf.constant(one) for one in wanted], [tf.constant(one) for one in known]


def _head_loss(kind: str, wanted: Any, said: Any) -> Any:
    """Return the loss of each row."""
    import tensorflow as tf

    if kind == "class":
        count = tf.cast(tf.shape(wanted)[1], tf.float32)
        smooth = wanted * (1.0 - _SMOOTHING) + _SMOOTHING / count
        return tf.nn.softmax_cross_entropy_with_logits(smooth, said)
    if kind == "tags":
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, said), axis=1)
    return 0.5 * tf.reduce_mean(tf.square(wanted - said), axis=1)
