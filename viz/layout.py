"""Two-dimensional layouts of vectors: near means similar, far means little.

A row of ``matrix`` is one point. The same matrix, parameters and seed give the same bytes at any thread count.
Public names: :func:`lay_out`, :func:`place_new`, :class:`Layout`, :data:`METHODS`.
"""

import importlib.util
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import MissingExtraError, ParameterError
from ..core.executors import Executor
from ..core.linear import unit_rows
from ..core.progress import ProgressCallback, report
from ..core.randomness import RandomState, as_seed
from .alignment import aligned
from .cell_neighbors import cell_neighbors
from .layout_start import all_equal, check_start, filled_start, plane_start
from .neighbors import exact_neighbors
from .other_layouts import check_extra, pacmap_layout, umap_layout
from .trust import neighbor_kept, trustworthiness
from .tsne import open_tsne, partial_tsne, sklearn_tsne

METHODS = ("opentsne", "sklearn", "umap", "pacmap", "pca")
METRICS = ("cosine", "euclidean")
NEIGHBORS = ("auto", "exact", "cells")
EXACT_UP_TO = 30_000
"""Points up to which "auto" compares all with all."""
_FEW_POINTS = 8  # below this a neighborhood graph says nothing and PCA says all
_TRUST_SAMPLE = 5_000
Near = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where every point stands on the map, and how far to believe it.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2), float32
    method : str
        One of :data:`METHODS`: what was really used (small tables fall back to "pca").
    perplexity : float or None
        Neighborhood size of t-SNE; the number of neighbors of UMAP and PaCMAP; None for PCA.
    seed : int
    metric : str
        "cosine" or "euclidean", the distance whose neighborhoods the map tries to keep.
    trustworthiness : float
        Over ten neighbors, 1 is perfect; NaN below four points. Above 5,000 points the mean over a fixed sample
        of 5,000, each ranked against all.
    neighbor_kept : ndarray of shape (n,), float32
        Share of each point's ten nearest on the map that are truly among its nearest.
    """

    coordinates: NDArray[np.float32]
    method: str
    perplexity: float | None
    seed: int
    metric: str
    trustworthiness: float
    neighbor_kept: NDArray[np.float32]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Give the coordinates to numpy."""
        return np.array(self.coordinates, dtype=dtype, copy=True if copy is None else copy)

    def __len__(self) -> int:
        """Count the points."""
        return len(self.coordinates)

    def take(self, rows: NDArray[np.int64]) -> "Layout":
        """Return the given points in the given order; what was measured on the whole stays as it was measured."""
        return replace(self, coordinates=self.coordinates[rows], neighbor_kept=self.neighbor_kept[rows])


def lay_out(
    matrix: ArrayLike,
    *,
    method: str = "opentsne",
    metric: str = "cosine",
    perplexity: float | None = None,
    start: ArrayLike | None = None,
    random_state: RandomState = 0,
    neighbors: str = "auto",
    n_jobs: int = 2,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> Layout:
    """Place the rows of a matrix on a plane so that neighbors stay neighbors.

    Parameters
    ----------
    matrix : array of shape (n, n_dims)
        Finite numbers. Not changed.
    method : {"opentsne", "sklearn", "umap", "pacmap", "pca"}
        "opentsne" uses scikit-learn instead where openTSNE is not installed; UMAP and PaCMAP are extras.
        Fewer than eight points are always placed by PCA.
    metric : {"cosine", "euclidean"}
        Whose neighborhoods to keep. Cosine is the one that artist neighbors and analogies use.
    perplexity : float or None
        Neighborhood size, at least 1 and at most (n - 1) / 3; None takes a third of the points, at most 30 (see
        Notes). UMAP and PaCMAP take it as their number of neighbors.
    start : array of shape (n, 2), or None
        Where the points stood before, NaN for new ones. Those are set among their nearest; then the layout is
        settled without tearing it apart first, so that old points stay where readers know them.
    random_state : None, int, Generator or RandomState
    neighbors : {"auto", "exact", "cells"}
        How openTSNE's neighbors, and those that ``neighbor_kept`` goes by, are found: by comparing all points with
        all, or with those of the cells around, which finds nearly all of them; "auto" is exact up to 30,000 points.
    n_jobs : int, at least 1
        Threads, used from 20,000 points on. They do not change the result.
    on_progress : callable or None
        Called with :class:`~bandscape.core.progress.Progress`; a true answer ends the layout where it stands.
    executor : Executor or None
        Whose workers look for exact neighbors, such as :class:`bandscape.core.executors.RayExecutor`. The result does
        not depend on it.

    Returns
    -------
    Layout

    Raises
    ------
    ParameterError
        If the matrix is not a finite two-dimensional array of numbers, an option is not one of those above, or the
        start has another length.
    MissingExtraError
        If the package of the method cannot be imported.

    Notes
    -----
    Up to 30,000 points neighbors are exact and found in blocks: O(n²) time and O(n) memory. Of more points those of
    the cells around are looked at, three times over with other cells: O(n^1.5). Of 40,000 points made of
    Pitchfork's vectors, each moved a little, .991 of the ten nearest and .975 of the 90 nearest are found, in 6 s
    of processor time. The start is the first two principal components with a fixed sign, plus a trembling of 10⁻⁴
    of their size from the seed that sets equal points apart. FFT-interpolated gradients cost O(n) a step.

    The rule for the perplexity is min(30, (n - 1) / 3). Share of the ten nearest that a map keeps, Pitchfork's artists,
    mean of three seeds: of 300 artists .69, .70, .72 and .72 with 5, 8, 15 and 30; of 1,000 .64, .65, .66 and .66 with
    10, 15, 20 and 30; of 8,631 .449 and .439 with 20 and 30, .418 with 50 (one seed). Trustworthiness differs by less
    than .004. So more than 30 is not better, and less is better by one dot in a hundred only above some thousands; a
    map that grows keeps its perplexity.

    References
    ----------
    L. van der Maaten, G. Hinton: Visualizing data using t-SNE, JMLR 2008.
    G. Linderman et al.: Fast interpolation-based t-SNE, Nature Methods 2019.
    D. Kobak, P. Berens: The art of using t-SNE for single-cell transcriptomics, Nature Communications 2019 (start).
    """
    values = check_matrix(matrix)
    _check_options(method, metric, neighbors, n_jobs)
    points = unit_rows(values) if metric == "cosine" else values
    seed = as_seed(random_state)
    n_points = len(points)
    method = "pca" if all_equal(points) else _usable_method(method, n_points)
    used_perplexity = None if method == "pca" else _check_perplexity(perplexity, n_points)
    rng = np.random.default_rng(seed)
    former = check_start(start, n_points)
    warm = former is not None and method != "pca"
    begun = filled_start(points, former, rng) if former is not None and warm else plane_start(points, rng)
    near = None
    if method == "pca" or used_perplexity is None:
        coordinates = begun
    elif method in {"umap", "pacmap"}:
        report(on_progress, "laying out", 0, 1, "layouts")
        place = umap_layout if method == "umap" else pacmap_layout
        coordinates = place(points, begun, max(2, round(used_perplexity)), seed)
        report(on_progress, "laying out", 1, 1, "layouts")
    elif method == "opentsne":
        near = _near(points, min(n_points - 1, max(10, int(3 * used_perplexity))), neighbors, seed, executor)
        coordinates = open_tsne(near, begun, used_perplexity, seed, n_jobs, on_progress, warm=warm)
    else:
        coordinates = sklearn_tsne(points, begun, used_perplexity, seed, on_progress, warm=warm)
    if former is None:
        coordinates = coordinates - coordinates.mean(axis=0) if n_points else coordinates
    else:  # t-SNE went on from there; the others begin small or anew, but need not be turned
        coordinates = aligned(coordinates, former, scale=method in {"pca", "umap", "pacmap"})
    if near is None:
        near = _near(points, min(n_points - 1, 10), neighbors, seed, executor) if n_points > 1 else None
    return _judged(points, coordinates, near, method, used_perplexity, seed, metric)


def check_matrix(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return the matrix as float64, or say what is wrong with it."""
    try:
        values = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError("matrix must hold numbers only, in rows of equal length") from None
    if values.ndim != 2:
        raise ParameterError(f"matrix must have two dimensions, one row a point; got shape {values.shape}")
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise ParameterError(f"matrix must be finite; row {int(bad.argmax())} of {len(values)} is not")
    return values


def _check_options(method: str, metric: str, neighbors: str, n_jobs: int) -> None:
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    if metric not in METRICS:
        raise ParameterError(f"metric must be one of {', '.join(METRICS)}; got {metric!r}")
    if neighbors not in NEIGHBORS:
        raise ParameterError(f"neighbors must be one of {', '.join(NEIGHBORS)}; got {neighbors!r}")
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs < 1:
        raise ParameterError(f"n_jobs must be an int >= 1; got {n_jobs!r}")


def _usable_method(method: str, n_points: int) -> str:
    if n_points < _FEW_POINTS or method == "pca":
        return "pca"
    if method in {"umap", "pacmap"}:
        check_extra(method)
        return method
    if method == "opentsne" and importlib.util.find_spec("openTSNE") is not None:
        return "opentsne"
    if importlib.util.find_spec("sklearn") is not None:
        return "sklearn"
    raise MissingExtraError("a t-SNE layout needs openTSNE or scikit-learn; pip install openTSNE")


def _check_perplexity(perplexity: float | None, n_points: int) -> float:
    most = (n_points - 1) / 3
    if perplexity is None:
        return float(min(30.0, most))
    if not 1 <= perplexity <= most:
        raise ParameterError(
            f"perplexity must be from 1 to (n - 1) / 3 = {most:.1f} for {n_points} points; got {perplexity!r}"
        )
    return float(perplexity)


def place_new(layout: Layout, matrix: ArrayLike, new: ArrayLike) -> NDArray[np.float32]:
    """Place further points on a layout without moving any of it.

    Parameters
    ----------
    layout : Layout
        Of ``matrix``.
    matrix : array of shape (n, n_dims)
    new : array of shape (n_new, n_dims)

    Returns
    -------
    ndarray of shape (n_new, 2), float32
        By t-SNE with the old points held, from the median of each one's nearest; by that median alone where the layout
        is no t-SNE.

    Raises
    ------
    ParameterError
        If the two matrices have different widths, or the layout is of another one.
    """
    old, added = check_matrix(matrix), check_matrix(new)
    if len(old) != len(layout) or old.shape[1] != added.shape[1]:
        raise ParameterError(
            f"matrix must have {len(layout)} rows, as the layout, and the width of new, {added.shape[1]}; "
            f"got {old.shape}"
        )
    if layout.metric == "cosine":
        old, added = unit_rows(old), unit_rows(added)
    former = np.vstack([layout.coordinates.astype(np.float64), np.full((len(added), 2), np.nan)])
    begun = filled_start(np.vstack([old, added]), former, np.random.default_rng(layout.seed))[len(old) :]
    if (
        layout.method not in {"opentsne", "sklearn"}
        or not len(added)
        or importlib.util.find_spec("openTSNE") is None
    ):
        return begun.astype(np.float32)
    return partial_tsne(layout, old, added, begun).astype(np.float32)


def _near(
    points: NDArray[np.float64], count: int, neighbors: str, seed: int, executor: Executor | None
) -> Near:
    """Find neighbors, once for the layout and for what is measured of it."""
    if neighbors == "exact" or (neighbors == "auto" and len(points) <= EXACT_UP_TO):
        return exact_neighbors(points, count, executor=executor)
    return cell_neighbors(points, count, np.random.default_rng(seed))


def _judged(
    points: NDArray[np.float64],
    coordinates: NDArray[np.float64],
    near: Near | None,
    method: str,
    perplexity: float | None,
    seed: int,
    metric: str,
) -> Layout:
    """Round to what is stored and shown, and measure that."""
    placed = coordinates.astype(np.float32)
    rows = None
    if len(points) > _TRUST_SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(len(points), _TRUST_SAMPLE, replace=False))
    as_stored = placed.astype(np.float64)
    trust = trustworthiness(points, as_stored, sample=rows)
    return Layout(
        placed,
        method,
        perplexity,
        seed,
        metric,
        trust,
        neighbor_kept(points, as_stored, distances=None if near is None else near[1]),
    )
