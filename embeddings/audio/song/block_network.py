"""The stereo autoencoder's network for long blocks: the best linear code of a block, and layers with ReLU beside it.

The original's bottleneck makes a few numbers of every four samples, each time anew. Here ``n_block`` times as many are
made at once of so many more samples, at the same rate. They are the principal directions of such blocks of the song,
each in its own size over the song; the way back is what restores a block best, by least squares, from its own code and
the two beside it. Both are found, not trained. Beside them encoder and decoder have a layer of ReLU units over three
blocks; it begins as nothing and is trained. The grid of the blocks begins at sample 0. Public names:
:func:`build_block_network`, :func:`begin_blocks`, :func:`least_samples`, :data:`MOST_BLOCK`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..quiet_keras import import_keras

MOST_BLOCK = 256
_NUMBERS = 8  # of four stereo samples
_N_UNITS = 512
_WIDTH = 3  # blocks
_RIDGE = 1e-6  # of the blocks' number: codes are of size one
_PIECE = 4096  # blocks taken at a time
_LEAST = 1e-3  # of the song's level: what is quieter counts as that loud


def least_samples(n_block: int) -> int:
    """Return how many samples a song must have: twice as many blocks as a block has numbers."""
    return 2 * _NUMBERS * n_block * 4 * n_block


def build_block_network(n_channels: int, n_block: int, *, seed: int = 0) -> tuple[Any, Any]:
    """Build encoder and decoder.

    Parameters
    ----------
    n_channels : int
        Channels of the code, at a quarter of the sample rate.
    n_block : int
        Rows of the code that are made at once.
    seed : int
        Of the trained weights.

    Returns
    -------
    encoder, decoder : keras.Model
        (batch, 4 n, 2) to (batch, n, n_channels) and back, n a multiple of ``n_block``.
    """
    keras = import_keras()
    layers: Any = keras.layers
    drawn = np.random.default_rng(seed)
    n_codes, n_numbers = n_channels * n_block, _NUMBERS * n_block
    sound = keras.Input((None, 2))
    blocks = layers.Reshape((-1, n_numbers))(sound)
    plain = layers.Dense(n_codes, use_bias=False, trainable=False, name="principal")(blocks)
    turned = layers.Dense(n_numbers, use_bias=False, trainable=False, name="down_seen")(blocks)
    code = layers.Add()([plain, _beside("down", turned, n_codes, drawn)])
    back = keras.Input((None, n_channels))
    codes = layers.Reshape((-1, n_codes))(back)
    near: Any = layers.Conv1D(
        n_numbers, _WIDTH, padding="same", use_bias=False, trainable=False, name="restored"
    )(codes)
    out = layers.Add()([near, _beside("up", codes, n_numbers, drawn)])
    return (
        keras.Model(sound, layers.Reshape((-1, n_channels))(code)),
        keras.Model(back, layers.Reshape((-1, 2))(out)),
    )


def _beside(name: str, rows: Any, width: int, drawn: np.random.Generator) -> Any:
    """Add a layer of ReLU units over three blocks; the last one brings it to the size of what it mends."""
    import keras

    layers: Any = keras.layers
    start = keras.initializers.GlorotUniform(seed=int(drawn.integers(2**31)))
    # named, since sums over gradients are ordered by the names of layers, which Keras would count up
    seen = layers.Conv1D(
        _N_UNITS, _WIDTH, padding="same", activation="relu", kernel_initializer=start, name=f"{name}_wide"
    )(rows)
    said = layers.Dense(width, kernel_initializer="zeros", name=f"{name}_said")(seen)
    return layers.DepthwiseConv1D(1, use_bias=False, trainable=False, name=f"{name}_size")(said)


def begin_blocks(
    encoder: Any, decoder: Any, n_channels: int, n_block: int, song: NDArray[np.float32]
) -> None:
    """Find what is not trained, from a song.

    Parameters
    ----------
    encoder, decoder : keras.Model
        Of :func:`build_block_network`.
    n_channels, n_block : int
    song : ndarray of shape (n_samples, 2)
        At least :func:`least_samples`.

    Notes
    -----
    Time is of the order of n_samples * n_block * n_channels ** 2; the song and its code are held besides.
    """
    n_codes = n_channels * n_block
    blocks = song[: len(song) // (4 * n_block) * 4 * n_block].reshape(-1, _NUMBERS * n_block)
    with threadpool_limits(1, user_api="blas"):
        power, directions = np.linalg.eigh(_product(blocks, blocks))
        power, directions = power[::-1] / len(blocks), directions[:, ::-1]
        size = np.sqrt(np.maximum(power, _LEAST**2 * power.mean()))
        ways = directions / size
        code = blocks @ ways[:, :n_codes].astype(np.float32)
        back = _way_back(code, blocks, (directions * size)[:, :n_codes].T)
        left = _left(code, blocks, back)
    encoder.get_layer("principal").set_weights([ways[:, :n_codes]])
    encoder.get_layer("down_seen").set_weights([ways])
    encoder.get_layer("down_size").set_weights([(left / size[:n_codes])[None, :, None]])
    decoder.get_layer("restored").set_weights([back])
    decoder.get_layer("up_size").set_weights([np.full((1, _NUMBERS * n_block, 1), left)])


def _product(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return left' right, added up in double precision."""
    total = np.zeros((left.shape[1], right.shape[1]))
    for at in _pieces(len(left)):
        total += left[at].T @ right[at]
    return total


def _way_back(
    code: NDArray[np.float32], blocks: NDArray[np.float32], alone: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Solve for the kernel, (3, n_codes, n_numbers), that restores blocks best from codes.

    Where a song says nothing, as of a side that it has not, the kernel stays the way back of a block alone.
    """
    n_codes, n_numbers = alone.shape
    kernel = np.zeros((_WIDTH, n_codes, n_numbers))
    kernel[_WIDTH // 2] = alone
    flat = kernel.reshape(-1, n_numbers)
    normal, missed = np.zeros((len(flat), len(flat))), np.zeros(flat.shape)
    for at in _pieces(len(blocks)):
        seen = _in_turn(code, at)
        normal += seen.T @ seen
        missed += seen.T @ (blocks[at] - seen @ flat.astype(np.float32))
    normal[np.diag_indices_from(normal)] += _RIDGE * len(blocks)
    return (flat + np.linalg.solve(normal, missed)).reshape(kernel.shape).astype(np.float32)


def _left(code: NDArray[np.float32], blocks: NDArray[np.float32], kernel: NDArray[np.float32]) -> float:
    """Return the root mean square of what a kernel does not restore."""
    flat, total = kernel.reshape(-1, kernel.shape[-1]), 0.0
    for at in _pieces(len(blocks)):
        total += float(np.square(_in_turn(code, at) @ flat - blocks[at], dtype=np.float64).sum())
    return float(np.sqrt(total / blocks.size))


def _in_turn(code: NDArray[np.float32], at: slice) -> NDArray[np.float32]:
    """Set the codes of some blocks between those before and those behind; none beyond the ends."""
    around = np.zeros((at.stop - at.start + 2, code.shape[1]), np.float32)
    first, last = max(at.start - 1, 0), min(at.stop + 1, len(code))
    around[first - at.start + 1 : last - at.start + 1] = code[first:last]
    return np.concatenate([around[:-2], around[1:-1], around[2:]], axis=1)


def _pieces(n_rows: int) -> list[slice]:
    return [slice(start, min(start + _PIECE, n_rows)) for start in range(0, n_rows, _PIECE)]
