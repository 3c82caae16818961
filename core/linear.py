"""Linear algebra that several rooms need. Public functions: :func:`unit_rows`."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def unit_rows(matrix: ArrayLike) -> NDArray[np.float64]:
    """Scale each row to length one; rows of zeros stay zero.

    Parameters
    ----------
    matrix : array of shape (n, dim)
        Finite, of any magnitude.

    Returns
    -------
    ndarray of shape (n, dim), float64
    """
    rows = np.asarray(matrix, dtype=np.float64)
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    rows = rows / np.where(largest > 0, largest, 1.0)  # so that squaring neither overflows nor vanishes
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows / np.where(length > 0, length, 1.0)
