"""Where all points of a large map stand, as a small raster: the gray field behind those that are drawn one by one.

Public function: :func:`density_field`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .packing import packed

_CELLS = 384
_AIR = 4  # empty cells around, for what the blur spreads
_BLUR = 1.0  # in cells: few points over many cells would look like dust, not like a field
_FAINTEST = 0.02  # of an artist in a cell; what the blur spreads thinner is nothing


def density_field(coordinates: NDArray[Any], *, cells: int = _CELLS) -> dict[str, Any]:
    """Count the points in square cells, blur the counts a little, and pack them for the page.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2), finite, n >= 1
    cells : int
        Along the longer side of the map.

    Returns
    -------
    dict
        ``columns``, ``rows``; ``x``, ``y``: the corner with the smallest coordinates; ``step``: the side of a cell;
        ``levels``: packed uint8, row by row from that corner, 0 for an empty cell, else 1 to 255 by the logarithm
        of the count: a map has cells with one point and cells with hundreds.
    """
    from scipy.ndimage import gaussian_filter

    points = np.asarray(coordinates, np.float64)
    corner = points.min(axis=0)
    extent = points.max(axis=0) - corner
    step = float(extent.max()) / cells or 1.0
    shape = np.minimum(np.floor(extent / step).astype(np.int64) + 1, cells)
    column, row = (np.minimum((points - corner) // step, shape - 1).astype(np.int64) + _AIR).T
    columns, rows = (shape + 2 * _AIR).tolist()
    counts = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)
    blurred = gaussian_filter(counts.astype(np.float64), _BLUR, mode="constant")
    scale = np.log1p(blurred) / np.log1p(blurred.max())
    levels = np.where(blurred > _FAINTEST, np.maximum(np.rint(255 * scale), 1), 0)
    return {
        "columns": columns,
        "rows": rows,
        "x": float(corner[0]) - _AIR * step,
        "y": float(corner[1]) - _AIR * step,
        "step": step,
        "levels": packed(levels, "uint8"),
    }
