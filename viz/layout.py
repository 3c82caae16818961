"""Two-dimensional layouts of vectors: near means similar, far means little.

A row of ``matrix`` is one point. The same matrix, parameters and seed give the same bytes at any thread count.
Public names: :func:`lay_out`, :func:`place_new`, :class:`Layout`, :func:`write_layout`, :func:`read_layout`,
:data:`METHODS`.
"""

import importlib.util
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from ..core.errors import MissingExtraError, ParameterError, SchemaError
from ..core.executors import Executor
from ..core.files import read_table, write_table
from ..core.linear import unit_rows
from ..core.progress import ProgressCallback, report
from ..core.randomness import RandomState, as_seed
from .alignment import aligned
from .neighbors import exact_neighbors, row_blocks, squared_distances
from .other_layouts import check_extra, pacmap_layout, umap_layout
from .trust import neighbor_kept, trustworthiness

METHODS = ("opentsne", "sklearn", "umap", "pacmap", "pca")
METRICS = ("cosine", "euclidean")
_FEW_POINTS = 8  # below this a neighborhood graph says nothing and PCA says all
_EXAGGERATED_STEPS, _STEPS, _STEPS_PER_EVENT = 250, 500, 25
_TRUST_SAMPLE = 5_000
_THREADS_PAY = (
    20_000  # below this many points a second thread gains nothing, and waits at barriers by spinning
)
# Twice openTSNE's grid cell is a quarter of its FFT. On the 8,631 Pitchfork artists: 12 s for 32 s, trustworthiness
# .994 both, share of the ten nearest kept .441 for .448.
_GRID_CELL = 2
_METADATA_KEY = b"bandscape.layout"


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
    n_jobs : int, at least 1
        Threads, used from 20,000 points on. They do not change the result.
    on_progress : callable or None
        Called with :class:`~bandscape.core.progress.Progress`; a true answer ends the layout where it stands.
    executor : Executor or None
        Whose workers look for the neighbors that openTSNE starts from, such as
        :class:`bandscape.core.executors.RayExecutor`. The result does not depend on it.

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
    Neighbors are exact and found in blocks: O(n²) time and O(n) memory. The start is the first two principal
    components with a fixed sign, plus a trembling of 10⁻⁴ of their size from the seed that sets equal points
    apart. FFT-interpolated gradients cost O(n) a step. 100,000 x 64: 331 s of processor time.

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
    _check_options(method, metric, n_jobs)
    points = unit_rows(values) if metric == "cosine" else values
    seed = as_seed(random_state)
    n_points = len(points)
    method = "pca" if _all_equal(points) else _usable_method(method, n_points)
    used_perplexity = None if method == "pca" else _check_perplexity(perplexity, n_points)
    rng = np.random.default_rng(seed)
    former = _check_start(start, n_points)
    warm = former is not None and method != "pca"
    begun = _filled_start(points, former, rng) if former is not None and warm else _start(points, rng)
    if method == "pca" or used_perplexity is None:
        coordinates = begun
    elif method in {"umap", "pacmap"}:
        report(on_progress, "laying out", 0, 1, "layouts")
        place = umap_layout if method == "umap" else pacmap_layout
        coordinates = place(points, begun, max(2, round(used_perplexity)), seed)
        report(on_progress, "laying out", 1, 1, "layouts")
    elif method == "opentsne":
        coordinates = _open_tsne(
            points, begun, used_perplexity, seed, n_jobs, on_progress, executor, warm=warm
        )
    else:
        coordinates = _sklearn_tsne(points, begun, used_perplexity, seed, on_progress, warm=warm)
    if former is None:
        coordinates = coordinates - coordinates.mean(axis=0) if n_points else coordinates
    else:  # t-SNE went on from there; the others begin small or anew, but need not be turned
        coordinates = aligned(coordinates, former, scale=method in {"pca", "umap", "pacmap"})
    return _judged(points, coordinates, method, used_perplexity, seed, metric)


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


def _check_options(method: str, metric: str, n_jobs: int) -> None:
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    if metric not in METRICS:
        raise ParameterError(f"metric must be one of {', '.join(METRICS)}; got {metric!r}")
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


def _check_start(start: ArrayLike | None, n_points: int) -> NDArray[np.float64] | None:
    """Return where points stood, or None when no three of them did."""
    if start is None:
        return None
    former = np.asarray(start, np.float64)
    if former.shape != (n_points, 2):
        raise ParameterError(
            f"start must have the shape ({n_points}, 2), one place a point; got {former.shape}"
        )
    return former if np.isfinite(former).all(axis=1).sum() >= 3 else None


def _filled_start(
    points: NDArray[np.float64], former: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Set each new point at the median place of its nearest old ones, a little aside so that no two are equal."""
    old = np.isfinite(former).all(axis=1)
    filled = former.copy()
    nearest = min(10, int(old.sum()))
    with threadpool_limits(1, user_api="blas"):
        for block in row_blocks(int((~old).sum()), int(old.sum())):
            rows = np.flatnonzero(~old)[block]
            squared = squared_distances(points[rows], points[old])
            order = np.argsort(squared, axis=1, kind="stable")[:, :nearest]
            filled[rows] = np.median(former[old][order], axis=1)
    spread = float(former[old].std()) or 1.0
    return filled + rng.normal(scale=1e-4 * spread, size=filled.shape) * np.where(old, 0.0, 1.0)[:, None]


def _start(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Project on two principal components of canonical sign and set equal points apart."""
    if _all_equal(points):  # a sunflower, so that all can be seen and none looks related
        turn = np.arange(len(points)) * math.pi * (3 - math.sqrt(5))
        return np.sqrt(np.arange(len(points)))[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    flat = _principal_plane(points)
    return flat + rng.normal(scale=1e-4 * float(np.abs(flat).max()), size=flat.shape)


def _all_equal(points: NDArray[np.float64]) -> bool:
    return points.size == 0 or bool((np.ptp(points, axis=0) < 1e-12).all())


def _principal_plane(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if min(points.shape) == 0:
        return np.zeros((len(points), 2))
    centered = points - points.mean(axis=0)
    with threadpool_limits(1, user_api="blas"):  # one thread: same bytes everywhere
        _, axes = np.linalg.eigh(centered.T @ centered)
        axes = axes[:, ::-1][:, :2]
        strongest = np.abs(axes).argmax(axis=0)
        axes = axes * np.sign(axes[strongest, np.arange(axes.shape[1])])
        flat = centered @ axes
    return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))


def _scaled_start(start: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(start / start[:, 0].std() * 1e-4)


@contextmanager
def _sleeping_threads() -> Iterator[None]:
    """Let idle OpenMP threads sleep: spinning ones steal the second core (the variable is read on import)."""
    before = os.environ.get("OMP_WAIT_POLICY")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("OMP_WAIT_POLICY", None)


def _open_tsne(
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    perplexity: float,
    seed: int,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
    *,
    warm: bool = False,
) -> NDArray[np.float64]:
    with _sleeping_threads():
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors
    n_neighbors = min(len(points) - 1, int(3 * perplexity))
    n_jobs = n_jobs if len(points) >= _THREADS_PAY else 1
    index = PrecomputedNeighbors(*exact_neighbors(points, n_neighbors, executor=executor))
    affinities = PerplexityBasedNN(
        perplexity=perplexity,  # pyright: ignore[reportArgumentType]
        knn_index=index,
        n_jobs=n_jobs,
        random_state=seed % 2**32,
    )
    embedding = TSNEEmbedding(
        np.ascontiguousarray(start) if warm else _scaled_start(start),
        affinities,
        negative_gradient_method="fft" if len(points) >= 1_000 else "bh",
        ints_in_interval=_GRID_CELL,
        n_jobs=n_jobs,
        random_state=seed % 2**32,
    )
    _optimize(embedding.optimize, on_progress, warm=warm)
    return np.array(embedding, dtype=np.float64)


def _optimize(optimize: Callable[..., Any], on_progress: ProgressCallback | None, *, warm: bool) -> None:
    """Run the two phases of t-SNE, the second alone from a warm start, with one event every few steps."""
    from openTSNE import OptimizationInterrupt

    def listener(steps_before: int) -> Callable[[int, float, Any], bool]:
        def tell(iteration: int, error: float, _: Any) -> bool:
            total = _STEPS if warm else _EXAGGERATED_STEPS + _STEPS
            return report(
                on_progress, "laying out", steps_before + iteration, total, "steps", error=float(error)
            )

        return tell

    phases = ((0, _EXAGGERATED_STEPS, 12.0), (_EXAGGERATED_STEPS, _STEPS, 1.0))
    phases = (
        ((0, _STEPS, 1.0),) if warm else phases
    )  # exaggeration would pull the picture together and let it go anew
    try:
        for steps_before, n_steps, exaggeration in phases:
            optimize(
                n_steps,
                exaggeration=exaggeration,
                momentum=0.8,
                inplace=True,
                propagate_exception=True,
                use_callbacks=on_progress is not None,
                callbacks=[listener(steps_before)] if on_progress is not None else None,
                callbacks_every_iters=_STEPS_PER_EVENT,
            )
    except OptimizationInterrupt:
        return  # the listener asked to stop; the embedding is changed in place


def _sklearn_tsne(
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    perplexity: float,
    seed: int,
    on_progress: ProgressCallback | None,
    *,
    warm: bool = False,
) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE

    report(on_progress, "laying out", 0, 1, "layouts")
    tsne = TSNE(
        perplexity=perplexity,
        init=(start if warm else _scaled_start(start)).astype(np.float32),  # pyright: ignore[reportArgumentType]
        learning_rate="auto",
        early_exaggeration=1.0 if warm else 12.0,
        random_state=seed % 2**32,
        n_jobs=1,
    )
    with threadpool_limits(1):  # its gradient sums in the order threads finish
        coordinates = tsne.fit_transform(points)
    report(on_progress, "laying out", 1, 1, "layouts")
    return np.asarray(coordinates, np.float64)


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
    begun = _filled_start(np.vstack([old, added]), former, np.random.default_rng(layout.seed))[len(old) :]
    if (
        layout.method not in {"opentsne", "sklearn"}
        or not len(added)
        or importlib.util.find_spec("openTSNE") is None
    ):
        return begun.astype(np.float32)
    return _partial_tsne(layout, old, added, begun).astype(np.float32)


def _partial_tsne(
    layout: Layout, old: NDArray[np.float64], added: NDArray[np.float64], begun: NDArray[np.float64]
) -> NDArray[np.float64]:
    with _sleeping_threads():
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
    affinities = PerplexityBasedNN(
        old,
        perplexity=layout.perplexity or 30.0,  # pyright: ignore[reportArgumentType]
        method="exact",
        metric="euclidean",
        n_jobs=1,
    )
    embedding = TSNEEmbedding(
        layout.coordinates.astype(np.float64), affinities, negative_gradient_method="bh", n_jobs=1
    )
    placed = embedding.prepare_partial(
        added,
        initialization=begun,  # pyright: ignore[reportArgumentType]
        perplexity=min(5, (len(old) - 1) / 3),
    )
    placed.optimize(250, learning_rate=0.1, exaggeration=1.5, momentum=0.8, max_grad_norm=0.25, inplace=True)
    return np.array(placed, dtype=np.float64)


def _judged(
    points: NDArray[np.float64],
    coordinates: NDArray[np.float64],
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
    return Layout(placed, method, perplexity, seed, metric, trust, neighbor_kept(points, as_stored))


def write_layout(path: str | Path, layout: Layout, artist_ids: Sequence[str]) -> None:
    """Store a layout as a Parquet table: artist_id, x, y, neighbor_kept; the rest as metadata of the file.

    Parameters
    ----------
    path : path
        Its folder must exist.
    layout : Layout
    artist_ids : sequence of str, length n_points
        Row by row with the coordinates.

    Raises
    ------
    ParameterError
        If there is not exactly one id a point.
    """
    if len(artist_ids) != len(layout):
        raise ParameterError(
            f"artist_ids must have one entry per point; got {len(artist_ids)} for {len(layout)} points"
        )
    columns = {
        "artist_id": pa.array([str(one) for one in artist_ids], pa.string()),
        "x": pa.array(layout.coordinates[:, 0]),
        "y": pa.array(layout.coordinates[:, 1]),
        "neighbor_kept": pa.array(layout.neighbor_kept),
    }
    trust = None if math.isnan(layout.trustworthiness) else layout.trustworthiness
    facts = {"method": layout.method, "perplexity": layout.perplexity, "seed": layout.seed}
    facts |= {"metric": layout.metric, "trustworthiness": trust}
    write_table(path, pa.table(columns).replace_schema_metadata({_METADATA_KEY: json.dumps(facts).encode()}))


def read_layout(path: str | Path) -> tuple[Layout, list[str]]:
    """Read what :func:`write_layout` stored.

    Parameters
    ----------
    path : path

    Returns
    -------
    layout : Layout
    artist_ids : list of str

    Raises
    ------
    SourceError, ChecksumError
        If the file is missing or damaged.
    SchemaError
        If it is another kind of table.
    """
    table = read_table(path)
    facts = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    missing = [name for name in ("artist_id", "x", "y", "neighbor_kept") if name not in table.column_names]
    if missing or "method" not in facts:
        raise SchemaError(f"{path} is not a stored layout; make one with write_layout or `bandscape map`")
    x, y, kept = (table.column(name).to_numpy().astype(np.float32) for name in ("x", "y", "neighbor_kept"))
    trust = float("nan") if facts["trustworthiness"] is None else float(facts["trustworthiness"])
    coordinates = np.column_stack([x, y])
    layout = Layout(
        coordinates, facts["method"], facts["perplexity"], int(facts["seed"]), facts["metric"], trust, kept
    )
    return layout, table.column("artist_id").to_pylist()
