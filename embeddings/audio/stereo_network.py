"""The convolutional network of the stereo autoencoder, and how its weights start.

Public names: :func:`build_network`, :func:`start_weights`, :data:`STARTS`, :data:`N_HIDDEN`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

STARTS = ("orthogonal", "glorot")
N_HIDDEN = 32
_TAPS = 4
_NOISE = 0.25


def build_network(n_channels: int) -> tuple[Any, Any]:
    """Build encoder and decoder: two convolutions (4 taps, stride 2, ReLU), and their mirror image.

    Parameters
    ----------
    n_channels : int
        Channels of the code, at a quarter of the sample rate.

    Returns
    -------
    encoder, decoder : keras.Model
        (batch, 4 n, 2) to (batch, n, n_channels) and back.
    """
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    layers: Any = keras.layers
    sound = keras.Input((None, 2))
    half = layers.Conv1D(N_HIDDEN, _TAPS, 2, padding="same", activation="relu")(sound)
    code = layers.Conv1D(n_channels, _TAPS, 2, padding="same", activation="relu")(half)
    back = keras.Input((None, n_channels))
    up = layers.Conv1DTranspose(N_HIDDEN, _TAPS, 2, padding="same", activation="relu")(back)
    out = layers.Conv1DTranspose(2, _TAPS, 2, padding="same")(up)
    return keras.Model(sound, code), keras.Model(back, out)


def start_weights(n_channels: int, start: str, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Draw kernels and biases of the four layers, in their order.

    "glorot" is uniform noise, as in the original. "orthogonal" adds to a quarter of such noise an orthogonal
    transform of which each direction comes with its negative, so that the two halves that the ReLU cuts off are
    both kept, and its transpose on the way back; with 64 channels that alone would lose nothing.

    Parameters
    ----------
    n_channels : int
    start : {"orthogonal", "glorot"}
    rng : numpy.random.Generator

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
    kernels = noise if start == "glorot" else _near(_orthogonal(n_channels, rng), noise)
    weights = []
    for kernel, n_biases in zip(kernels, (N_HIDDEN, n_channels, N_HIDDEN, 2), strict=True):
        weights += [kernel.astype(np.float32), np.zeros(n_biases, np.float32)]
    return weights


def _glorot(shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    limit = np.sqrt(6.0 / (shape[0] * (shape[1] + shape[2])))
    return rng.uniform(-limit, limit, shape)


def _near(kernels: list[NDArray[np.float64]], noise: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Add noise of a quarter of each kernel's size."""
    return [
        kernel + _NOISE * noisy * np.sqrt((kernel**2).mean() / (noisy**2).mean())
        for kernel, noisy in zip(kernels, noise, strict=True)
    ]


def _orthogonal(n_channels: int, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    half = N_HIDDEN // 2
    frame = np.linalg.qr(rng.standard_normal((half, 2 * _TAPS)))[0].T.reshape(_TAPS, 2, half)
    first = np.concatenate([frame, -frame], axis=2)  # (taps, 2, pairs)
    turn = np.linalg.qr(rng.standard_normal((2 * half, 2 * half)))[0].reshape(2, half, 2 * half)
    inner = np.zeros((_TAPS, half, 2 * half))
    inner[1:3] = turn  # the two inner taps meet each sample once
    mirrored = np.concatenate([inner, -inner], axis=2)  # (taps, half, directions with their negatives)
    order = np.arange(4 * half).reshape(2, 2 * half).T.ravel()  # a direction, its negative, the next, ...
    chosen = np.resize(order, n_channels)
    second = np.concatenate([mirrored, -mirrored], axis=1)[:, :, chosen]
    return [first, second, second, first / 2.0]
