"""The network of the spectral autoencoder: dense layers that narrow to a few codes and widen again.

It is trained by Keras on TensorFlow; coding is plain numpy, so that processes that read sounds load no TensorFlow.
Weights are a list: kernel and bias of each layer, encoder first. Public names: :func:`layer_sizes`,
:func:`start_dense`, :func:`train_dense`, :func:`run_dense`.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...devices import load_tensorflow

Weights = list[NDArray[np.float32]]


def layer_sizes(n_bins: int, n_codes: int, depth: int) -> list[int]:
    """Return the sizes from the spectrum to the codes, hidden ones in a geometric row.

    >>> layer_sizes(513, 12, 2)
    [513, 147, 42, 12]
    """
    steps = np.geomspace(n_bins, n_codes, depth + 2)
    return [n_bins, *(round(float(step)) for step in steps[1:-1]), n_codes]


def start_dense(sizes: Sequence[int], rng: np.random.Generator) -> Weights:
    """Draw kernels (uniform, Glorot's limit) and zero biases from the first size to the last and back."""
    weights: Weights = []
    there_and_back = [*sizes, *reversed(sizes[:-1])]
    for n_in, n_out in itertools.pairwise(there_and_back):
        limit = np.sqrt(6.0 / (n_in + n_out))
        weights += [
            rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32),
            np.zeros(n_out, np.float32),
        ]
    return weights


def run_dense(rows: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """Run rows through layers; all but the last end in an exponential linear unit."""
    for at in range(0, len(weights), 2):
        rows = rows @ weights[at] + weights[at + 1]
        if at + 2 < len(weights):
            rows = np.where(rows > 0, rows, np.expm1(np.minimum(rows, 0)))
    return rows.astype(np.float32, copy=False)


def train_dense(
    weights: Weights,
    draw: Callable[[int], NDArray[np.float32]],
    importance: NDArray[np.float32],
    *,
    n_iterations: int,
    learning_rate: float,
    on_iteration: Callable[[int, float], bool],
) -> Weights:
    """Train the autoencoder by Adam; the rate falls to zero on half a cosine.

    Parameters
    ----------
    weights : list of ndarray
        Where training begins.
    draw : callable
        Gives the batch of an iteration, (batch_size, n_bins), float32.
    importance : ndarray of shape (n_bins,), float32
        Weight of each bin in the mean squared error.
    n_iterations : int
    learning_rate : float
    on_iteration : callable
        Gets the iteration and its loss; a true answer ends the training.

    Returns
    -------
    list of ndarray
    """
    network, step = _training_step(weights, importance, learning_rate)
    for iteration in range(n_iterations):
        rate = learning_rate * 0.5 * (1.0 + np.cos(np.pi * iteration / n_iterations))
        loss = step(draw(iteration), np.float32(rate))
        if on_iteration(iteration, float(loss)):
            break
    return [np.asarray(weight, np.float32) for weight in network.get_weights()]


def _training_step(weights: Weights, importance: NDArray[np.float32], rate: float) -> tuple[Any, Any]:
    tf = load_tensorflow()
    import keras

    layers: Any = keras.layers
    n_layers = len(weights) // 2
    linear = (n_layers // 2 - 1, n_layers - 1)  # the codes and the restored spectrum
    network: Any = keras.Sequential([keras.Input((len(weights[0]),))])
    for at in range(n_layers):
        network.add(layers.Dense(weights[2 * at].shape[1], activation=None if at in linear else "elu"))
    network.set_weights(weights)
    optimizer: Any = keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)
    weigh = tf.constant(importance / importance.mean())

    @tf.function(jit_compile=False, reduce_retracing=True)
    def step(batch: Any, now: Any) -> Any:
        optimizer.learning_rate.assign(now)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(network(batch) - batch) * weigh)
        variables = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return network, lambda batch, now: step(tf.constant(batch), tf.constant(now)).numpy()
