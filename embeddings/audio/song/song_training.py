"""The training of a stereo autoencoder: one step after another, kept and gone on from to the same bytes.

Public names: :class:`SongTraining`.
"""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.checkpoints import Checkpoint


class SongTraining:
    """Encoder and decoder, their optimizer, a compiled step, and what the steps so far came to.

    Parameters
    ----------
    encoder, decoder : keras.Model
    learning_rate : float
    shape : tuple of int
        Of a batch.
    context : int
        Samples on both sides of a stretch of which nothing is asked.
    epsilon : float
        Of Adam: gradients of this size and smaller count for less.

    Attributes
    ----------
    losses : list of float
        Of each step.
    frames : list of ndarray
        As given with each step.
    seconds : float
        Of the steps, without building the graph; those before a stop count.
    """

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        learning_rate: float,
        shape: tuple[int, int, int],
        context: int,
        *,
        epsilon: float = 1e-7,
    ) -> None:
        import keras

        self.losses: list[float] = []
        self.frames: list[NDArray[np.float32]] = []
        self.seconds = 0.0
        self._key = ""
        self._variables = [*encoder.trainable_variables, *decoder.trainable_variables]
        self._optimizer: Any = keras.optimizers.Adam(learning_rate, epsilon=epsilon)
        self._optimizer.build(self._variables)
        self._step = self._compiled(encoder, decoder, context)
        self._step(np.zeros(shape, np.float32), 0.0)  # builds the graph
        self._before = int(self._optimizer.iterations.numpy())

    def step(self, batch: NDArray[np.float32], rate: float, frame: NDArray[np.float32]) -> None:
        """Learn from a batch; ``frame`` is what the network makes of the sample before."""
        begun = time.perf_counter()
        self.frames[len(self.losses) :] = [frame]
        loss = float(self._step(batch, rate))
        self.seconds += time.perf_counter() - begun
        self.losses.append(loss)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Save the training; of a step that was made when Ctrl-C came the loss is where the step left it."""
        count = int(self._optimizer.iterations.numpy()) - self._before
        if count == len(self.losses) + 1:
            self.losses.append(float(self._loss.numpy()))
        if count == 0 or count != len(self.losses):
            return
        arrays = {f"state_{at:03d}": np.asarray(value.numpy()) for at, value in enumerate(self._state())}
        arrays |= {"losses": np.array(self.losses), "frames": np.stack(self.frames[:count])}
        checkpoint.save(arrays, {"key": self._key, "seconds": self.seconds})

    def resume(self, checkpoint: Checkpoint, key: str) -> None:
        """Take up a training that was kept under the same key, if there is one."""
        self._key = key
        found = checkpoint.load()
        if found is None or found[1].get("key") != key:
            return
        arrays, about = found
        for at, variable in enumerate(self._state()):
            variable.assign(arrays[f"state_{at:03d}"].reshape(variable.shape))  # kept scalars have a length
        self.losses, self.frames = arrays["losses"].tolist(), list(arrays["frames"])
        self.seconds = float(about["seconds"])

    def _state(self) -> list[Any]:
        return [variable.value for variable in [*self._variables, *self._optimizer.variables]]

    def _compiled(self, encoder: Any, decoder: Any, context: int) -> Any:
        import tensorflow as tf

        self._loss: Any = tf.Variable(tf.zeros(()))

        @tf.function(jit_compile=False)  # XLA on a CPU makes it five times slower
        def step(batch: Any, rate: Any) -> Any:
            self._optimizer.learning_rate.assign(rate)
            with tf.GradientTape() as tape:
                error = decoder(encoder(batch)) - batch
                loss = tf.reduce_mean(tf.square(error[:, context:-context]))
            gradients = tape.gradient(loss, self._variables)
            self._optimizer.apply_gradients(zip(gradients, self._variables, strict=True))
            self._loss.assign(loss)
            return loss

        return lambda batch, rate: step(tf.constant(batch), tf.constant(np.float32(rate))).numpy()
