"""Layouts of the extras: UMAP and PaCMAP, behind the same call.

Public functions: :func:`check_extra`, :func:`umap_layout`, :func:`pacmap_layout`.
"""

import importlib.util
import logging
import warnings

import numpy as np
from numpy.typing import NDArray

from ..core.errors import MissingExtraError

EXTRAS = {"umap": ("umap", "umap-learn"), "pacmap": ("pacmap", "pacmap")}


def check_extra(method: str) -> None:
    """Raise :class:`MissingExtraError` where the package of a method cannot be imported."""
    module, package = EXTRAS[method]
    if importlib.util.find_spec(module) is None:
        raise MissingExtraError(f"the layout {method} needs {package}; pip install 'bandscape[layouts]'")


def umap_layout(
    points: NDArray[np.float64], start: NDArray[np.float64], neighbors: int, seed: int
) -> NDArray[np.float64]:
    """Place points by UMAP, on one thread.

    References
    ----------
    L. McInnes, J. Healy, J. Melville: UMAP, arXiv 1802.03426.
    """
    check_extra("umap")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        model = umap.UMAP(
            n_neighbors=min(neighbors, len(points) - 1),
            init=_sized(start).astype(np.float32),  # pyright: ignore[reportArgumentType]
            random_state=seed % 2**32,
            n_jobs=1,
        )
        return np.asarray(model.fit_transform(points), np.float64)


def pacmap_layout(
    points: NDArray[np.float64], start: NDArray[np.float64], neighbors: int, seed: int
) -> NDArray[np.float64]:
    """Place points by PaCMAP, on one thread.

    References
    ----------
    Y. Wang et al.: Understanding how dimension reduction tools work, JMLR 2021.
    """
    check_extra("pacmap")
    import numba

    threads = numba.get_num_threads()
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it logs at every call that a seed is set
    numba.set_num_threads(1)  # its sums would follow the order in which threads finish
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pacmap

            model = pacmap.PaCMAP(
                n_neighbors=min(neighbors, max(2, len(points) // 3)),
                random_state=seed % 2**31,
                apply_pca=False,
            )
            return np.asarray(
                model.fit_transform(points.astype(np.float32), init=start.astype(np.float32)), np.float64
            )
    finally:
        numba.set_num_threads(threads)
        logging.disable(level)


def _sized(start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring a start to the size UMAP begins with."""
    return start * (10.0 / max(float(np.abs(start).max()), 1e-12))
