"""The loss of deep clustering: how far the affinities of embeddings are from those of the true sources.

With one row a cell of the spectrogram, V (n_cells, dim) the embeddings, Y (n_cells, n_sources) the true source of
each cell as 0 and 1, and rows scaled by the square roots of the weights w,

    loss = (|V'V|^2 - 2 |V'Y|^2 + |Y'Y|^2) / (sum w)^2  =  |VV' - YY'|^2 / (sum w)^2       (Frobenius norms)

The left side never makes an n_cells x n_cells matrix: time and memory are of the order n_cells * (dim +
n_sources)^2 and (dim + n_sources)^2. Public names: :func:`affinity_loss`.

References
----------
.. [1] Hershey, J. R., Chen, Z., Le Roux, J., Watanabe, S. (2016), Deep clustering: discriminative embeddings for
   segmentation and separation, ICASSP, eq. 1 to 3.
"""

from typing import Any


def affinity_loss(embeddings: Any, labels: Any, weights: Any) -> Any:
    """Compute the loss of each mixture of a batch.

    Parameters
    ----------
    embeddings : tensor of shape (n_batch, n_cells, dim), float32
        Rows of unit length.
    labels : tensor of shape (n_batch, n_cells, n_sources), float32
        One 1 a row.
    weights : tensor of shape (n_batch, n_cells), float32, >= 0
        Zero where it is silent; a mixture without any weight has the loss 0.

    Returns
    -------
    tensor of shape (n_batch,), float32
        Within 0 to 1 for embeddings of unit length.
    """
    import tensorflow as tf

    scale = tf.sqrt(weights)[..., None]
    rows, truth = embeddings * scale, labels * scale

    def squared(left: Any, right: Any) -> Any:
        return tf.reduce_sum(tf.square(tf.matmul(left, right, transpose_a=True)), axis=(1, 2))

    total = tf.maximum(tf.square(tf.reduce_sum(weights, axis=1)), 1e-12)
    return (squared(rows, rows) - 2.0 * squared(rows, truth) + squared(truth, truth)) / total
