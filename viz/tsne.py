"""The t-SNE of openTSNE and of scikit-learn, with a given start, the same bytes at any thread count.

Public functions: :func:`open_tsne`, :func:`sklearn_tsne`, :func:`partial_tsne`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..core.progress import ProgressCallback, report

if TYPE_CHECKING:
    from .layout import Layout

_EXAGGERATED_STEPS, _STEPS, _STEPS_PER_EVENT = 250, 500, 25
_THREADS_PAY = (
    20_000  # below this many points a second thread gains nothing, and waits at barriers by spinning
)
# Twice openTSNE's grid cell is a quarter of its FFT. On the 8,631 Pitchfork artists: 12 s for 32 s, trustworthiness
# .994 both, share of the ten nearest kept .441 for .448.
_GRID_CELL = 2


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


def open_tsne(
    near: tuple[NDArray[np.int64], NDArray[np.float64]],
    start: NDArray[np.float64],
    perplexity: float,
    seed: int,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    *,
    warm: bool = False,
) -> NDArray[np.float64]:
    """Place points by openTSNE; ``near`` are the indices and distances of at least three times the perplexity.

    A ``warm`` start keeps its size, and is not torn apart first.
    """
    with _sleeping_threads():
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors
    n_points = len(start)
    n_neighbors = min(n_points - 1, int(3 * perplexity))
    n_jobs = n_jobs if n_points >= _THREADS_PAY else 1
    index = PrecomputedNeighbors(*(one[:, :n_neighbors] for one in near))
    affinities = PerplexityBasedNN(
        perplexity=perplexity,  # pyright: ignore[reportArgumentType]
        knn_index=index,
        n_jobs=n_jobs,
        random_state=seed % 2**32,
    )
    embedding = TSNEEmbedding(
        np.ascontiguousarray(start) if warm else _scaled_start(start),
        affinities,
        negative_gradient_method="fft" if n_points >= 1_000 else "bh",
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


def sklearn_tsne(
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    perplexity: float,
    seed: int,
    on_progress: ProgressCallback | None,
    *,
    warm: bool = False,
) -> NDArray[np.float64]:
    """Place points by scikit-learn's TSNE, on one thread."""
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


def partial_tsne(
    layout: "Layout", old: NDArray[np.float64], added: NDArray[np.float64], begun: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Place further points while those of a layout are held where they are."""
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
