"""The losses of a batch, in numpy from gathered rows: what a training reports while TensorFlow follows the slopes.

Public: `nce_loss`, `softmax_loss`.
"""

from __future__ import annotations

import numpy as np


def nce_loss(
    artist: np.ndarray, output: np.ndarray, noise: np.ndarray, *, offset: float, block_size: int
) -> float:
    """Compute the mean NCE loss a pair from gathered rows.

    Parameters
    ----------
    artist, output : ndarray of shape (batch, dim)
        Rows of the two sides of each pair.
    noise : ndarray of shape (n_blocks, n_negatives, dim)
        Rows of the noise outputs of each block.
    offset : float
        Taken off each dot product.
    block_size : int
        Pairs a block.
    """
    positive = np.einsum("bd,bd->b", artist, output) - offset
    blocks = artist.reshape(len(noise), block_size, -1)
    negative = np.matmul(blocks, noise.transpose(0, 2, 1)) - offset
    total = np.logaddexp(0, -positive).sum() + np.logaddexp(0, negative).sum()
    return float(total / len(artist))


def softmax_loss(artist: np.ndarray, outputs: np.ndarray, bias: np.ndarray, drawn: np.ndarray) -> float:
    """Compute the mean cross entropy a pair of the full softmax.

    Parameters
    ----------
    artist : ndarray of shape (batch, dim)
    outputs : ndarray of shape (n_outputs, dim)
    bias : ndarray of shape (n_outputs,)
    drawn : ndarray of shape (batch,)
        Output of each pair.
    """
    logits = artist.astype(np.float64) @ outputs.T + bias
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float(np.mean(total - logits[np.arange(len(drawn)), drawn]))
