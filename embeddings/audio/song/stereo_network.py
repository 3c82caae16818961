"""The convolutional network of the stereo autoencoder, and how its weights start.

Public names: :func:`build_network`, :func:`begin_with`, :func:`start_weights`, :func:`is_linear_code`, :func:`reach`,
:data:`STARTS`, :data:`N_HIDDEN`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..quiet_keras import import_keras

STARTS = ("orthogonal", "glorot")
N_HIDDEN = 32
EXACT_CHANNELS = 8  # numbers of four stereo samples: a code of fewer is a bottleneck
_TAPS = 4
_MAIN = ("down_1", "down_2", "up_1", "up_2")  # the layers of the original, in their order
_N_WIDE = 48  # units of what sees more of the song
_NOISE, _BOTTLENECK_NOISE = 0.1, 0.02
_WINDOWS = 100_000  # of the song, from which principal directions are found


def is_linear_code(n_channels: int, start: str) -> bool:
    """Return whether the code has no ReLU: a bottleneck would lose half of each of its few numbers to it."""
    return start == "orthogonal" and n_channels < EXACT_CHANNELS


def reach(n_context: int) -> int:
    """Return how many codes ``n_context`` layers see on either side: each twice as far as the one before."""
    return 2**n_context - 1


def build_network(
    n_channels: int, *, linear_code: bool = False, n_context: int = 0, seed: int = 0
) -> tuple[Any, Any]:
    """Build encoder and decoder: two convolutions (4 taps, stride 2, ReLU), and their mirror image.

    With ``n_context`` both get a second way through convolutions over blocks of four samples, three taps each and ever
    farther apart, whose result is added. It begins as nothing.

    Parameters
    ----------
    n_channels : int
        Channels of the code, at a quarter of the sample rate.
    linear_code : bool
        Whether the code is left without ReLU; the hidden layers keep theirs.
    n_context : int
        Layers of the second way; 0 leaves it out.
    seed : int
        Of its weights.

    Returns
    -------
    encoder, decoder : keras.Model
        (batch, 4 n, 2) to (batch, n, n_channels) and back.
    """
    keras = import_keras()
    layers: Any = keras.layers
    sound = keras.Input((None, 2))
    half = layers.Conv1D(N_HIDDEN, _TAPS, 2, padding="same", activation="relu", name=_MAIN[0])(sound)
    activation = None if linear_code else "relu"
    code = layers.Conv1D(n_channels, _TAPS, 2, padding="same", activation=activation, name=_MAIN[1])(half)
    back = keras.Input((None, n_channels))
    up = layers.Conv1DTranspose(N_HIDDEN, _TAPS, 2, padding="same", activation="relu", name=_MAIN[2])(back)
    out = layers.Conv1DTranspose(2, _TAPS, 2, padding="same", name=_MAIN[3])(up)
    if n_context:
        drawn = np.random.default_rng(seed)
        blocks = layers.Reshape((-1, EXACT_CHANNELS))(sound)
        code = layers.Add()([code, _second_way("down", blocks, n_channels, n_context, drawn)])
        more = _second_way("up", back, EXACT_CHANNELS, n_context, drawn)
        out = layers.Add()([out, layers.Reshape((-1, 2))(more)])
    return keras.Model(sound, code), keras.Model(back, out)


def _second_way(name: str, rows: Any, width: int, n_context: int, drawn: np.random.Generator) -> Any:
    import keras

    layers: Any = keras.layers

    def layer(kind: Any, what: str, *form: Any, **options: Any) -> Any:
        # named, since sums over gradients are ordered by the names of layers, which Keras would count up
        start = keras.initializers.GlorotUniform(seed=int(drawn.integers(2**31)))
        return kind(*form, **({"kernel_initializer": start} | options), name=f"{name}_{what}")

    seen = layer(layers.Dense, "in", _N_WIDE)(rows)
    for at in range(n_context):
        far = {"dilation_rate": 2**at, "padding": "same", "activation": "relu"}
        wide = layer(layers.Conv1D, f"far_{at}", _N_WIDE, 3, **far)(seen)
        wide = layer(layers.Dense, f"near_{at}", _N_WIDE)(wide)
        seen = layers.Add(name=f"{name}_sum_{at}")([seen, wide])
    return layer(layers.Dense, "out", width, kernel_initializer="zeros")(layers.Activation("relu")(seen))


def begin_with(encoder: Any, decoder: Any, weights: list[NDArray[np.float32]]) -> None:
    """Give the four layers of the original the weights that :func:`start_weights` drew."""
    for at, name in enumerate(_MAIN):
        layer = (encoder if at < 2 else decoder).get_layer(name)
        layer.set_weights(weights[2 * at : 2 * at + 2])


def start_weights(
    n_channels: int, start: str, rng: np.random.Generator, song: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """Draw kernels and biases of the four layers, in their order.

    "glorot" is uniform noise, as in the original. "orthogonal" adds to a tenth of such noise an orthogonal
    transform of which each direction comes with its negative, so that the two halves that the ReLU cuts off are
    both kept, and its transpose on the way back; with 64 channels that alone would lose nothing. A bottleneck begins
    as the strongest principal directions of four samples of the song, with less noise.

    Parameters
    ----------
    n_channels : int
    start : {"orthogonal", "glorot"}
    rng : numpy.random.Generator
    song : ndarray of shape (n_samples, 2)
        At least 8 samples.

    Returns
    -------
    list of ndarray, float32
    """
    shapes = [
        (_TAPS, 2, N_HIDDEN),
        (_TAPS, N_HIDDEN, n_channels),
        (_TAPS, N_HIDDEN, n_channels),
        (_TAPS, 2, N_HIDDEN),
    ]
    noise = [_glorot(shape, rng) for shape in shapes]
    if start == "glorot":
        kernels = noise
    elif is_linear_code(n_channels, start):
        kernels = _near(_principal(n_channels, rng, song), noise, _BOTTLENECK_NOISE)
    else:
        kernels = _near(_orthogonal(n_channels, rng), noise, _NOISE)
    weights = []
    for kernel, n_biases in zip(kernels, (N_HIDDEN, n_channels, N_HIDDEN, 2), strict=True):
        weights += [kernel.astype(np.float32), np.zeros(n_biases, np.float32)]
    return weights


def _glorot(shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    limit = np.sqrt(6.0 / (shape[0] * (shape[1] + shape[2])))
    return rng.uniform(-limit, limit, shape)


def _near(
    kernels: list[NDArray[np.float64]], noise: list[NDArray[np.float64]], share: float
) -> list[NDArray[np.float64]]:
    """Add noise of a share of each kernel's size."""
    return [
        kernel + share * noisy * np.sqrt((kernel**2).mean() / (noisy**2).mean())
        for kernel, noisy in zip(kernels, noise, strict=True)
    ]


def _frame(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the directions of the first layer, a tight frame of shape (taps, 2, N_HIDDEN / 2)."""
    half = N_HIDDEN // 2
    return np.linalg.qr(rng.standard_normal((half, 2 * _TAPS)))[0].T.reshape(_TAPS, 2, half)


def _principal(
    n_channels: int, rng: np.random.Generator, song: NDArray[np.float32]
) -> list[NDArray[np.float64]]:
    """Begin as the principal directions of four samples, exactly.

    Eight hidden units hold two stereo samples and their negatives, through the two taps that meet each sample once; the
    code takes the directions of two steps of them. The other units, from all four taps, are not listened to at first.
    """
    blocks = song[: len(song) // 4 * 4].astype(np.float64).reshape(-1, 8)  # two steps of two stereo samples
    blocks = blocks[rng.integers(0, len(blocks), _WINDOWS)]
    with threadpool_limits(1, user_api="blas"):
        directions = np.linalg.eigh(blocks.T @ blocks)[1][:, ::-1][:, :n_channels].reshape(2, 4, n_channels)
    plain = np.zeros((_TAPS, 2, 4))
    plain[1:3] = np.eye(4).reshape(2, 2, 4)
    others = _frame(rng)[:, :, : N_HIDDEN // 2 - 4]
    first = np.concatenate([plain, -plain, others, -others], axis=2)
    second = np.zeros((_TAPS, N_HIDDEN, n_channels))
    second[1:3, :8] = np.concatenate([directions, -directions], axis=1)
    return [first, second, second, first * np.where(np.arange(N_HIDDEN) < 8, 1.0, 0.5)]


def _orthogonal(n_channels: int, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    half = N_HIDDEN // 2
    frame = _frame(rng)
    first = np.concatenate([frame, -frame], axis=2)  # (taps, 2, pairs)
    turn = np.linalg.qr(rng.standard_normal((2 * half, 2 * half)))[0].reshape(2, half, 2 * half)
    inner = np.zeros((_TAPS, half, 2 * half))
    inner[1:3] = turn  # the two inner taps meet each sample once
    mirrored = np.concatenate([inner, -inner], axis=2)  # (taps, half, directions with their negatives)
    order = np.arange(4 * half).reshape(2, 2 * half).T.ravel()  # a direction, its negative, the next, ...
    chosen = np.resize(order, n_channels)
    second = np.concatenate([mirrored, -mirrored], axis=1)[:, :, chosen]
    return [first, second, second, first / 2.0]
