"""How well side features place artists that were never trained: fresh splits, with, without and shuffled.

In each split a tenth of the artists with features and a genre is *cold*: left out of training altogether, their
genres, scores and all. The others are *warm*. Cold artists are then placed by their side features alone, and the
genres of the nearest warm artists compared with theirs.

Public: `ColdStart`, `measure_cold_start`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..core.errors import ParameterError
from ..core.progress import ProgressCallback, report
from ..core.randomness import RandomState, as_seed
from .answers import best_rows
from .artist2vec import Artist2Vec
from .quality import genre_matrix
from .side_features import SideFeatures
from .side_projection import FEWEST, align, fit_blocks

SHARE_COLD = 0.1
NEAREST = 10


@dataclass(frozen=True)
class ColdStart:
    """Share of the ten nearest warm artists that share a genre with the artist asked about, one split.

    Parameters
    ----------
    split : int
    n_cold : int
    with_features, shuffled, without : float
        Of cold artists, placed by their own features, by another cold artist's, and by none (the absent vector).
    ridge : float
        By linear ridge instead, the simplest peer.
    raw : float
        The nearest by the standardized features themselves.
    chance : float
        Of warm artists drawn at random.
    most_frequent : float
        Of always answering with artists of the most frequent genre.
    warm : float
        Of warm artists by their own vectors, for comparison.
    """

    split: int
    n_cold: int
    with_features: float
    shuffled: float
    without: float
    ridge: float
    raw: float
    chance: float
    most_frequent: float
    warm: float


def measure_cold_start(
    artists: pd.DataFrame,
    features: Sequence[SideFeatures],
    model: Artist2Vec | None = None,
    *,
    n_splits: int = 3,
    random_state: RandomState = 0,
    on_progress: ProgressCallback | None = None,
) -> list[ColdStart]:
    """Train without a tenth of the artists, and place these by their side features; on several splits.

    Parameters
    ----------
    artists : DataFrame
        As for `Artist2Vec.fit`.
    features : sequence of SideFeatures
    model : Artist2Vec, optional
        How to train; it is not changed.
    n_splits : int, >= 1
    random_state : None, int, Generator or RandomState
    on_progress : callable, optional
        A true answer ends the work after the split under way.

    Returns
    -------
    list of ColdStart

    Raises
    ------
    SchemaError, ParameterError
        As `fit_side_projection` and `Artist2Vec.fit`; or if too few artists have features and a genre.
    """
    if n_splits < 1:
        raise ParameterError(f"n_splits must be an int >= 1; got {n_splits}")
    blocks = [align(table, artists) for table in features]
    genres, _ = genre_matrix(list(artists["genres"]))
    asked = np.flatnonzero(np.all([np.isfinite(b).all(axis=1) for b in blocks], axis=0) & genres.any(axis=1))
    if len(asked) < 2 * FEWEST:
        raise ParameterError(
            f"cold start needs at least {2 * FEWEST} artists with features and a genre; got {len(asked)}"
        )
    seed, found = as_seed(random_state), []
    for split in range(n_splits):
        rng = np.random.default_rng((seed, split))
        cold = np.sort(rng.choice(asked, max(1, int(len(asked) * SHARE_COLD)), replace=False))
        matrix = _train_without(artists, cold, model or Artist2Vec(), seed + split)
        found.append(_one_split(split, matrix, cold, blocks, features, genres, rng))
        if report(on_progress, "placing artists never trained", split + 1, n_splits, "splits"):
            break
    return found


def _train_without(artists: pd.DataFrame, cold: np.ndarray, model: Artist2Vec, seed: int) -> np.ndarray:
    """Vectors of all artists; zero for the cold ones."""
    warm = np.setdiff1d(np.arange(len(artists)), cold)
    fresh = Artist2Vec(**{**model.get_params(deep=False), "random_state": seed})
    vectors = fresh.fit(artists.iloc[warm].reset_index(drop=True)).vectors_
    matrix = np.zeros((len(artists), vectors.dim), np.float32)
    matrix[warm] = vectors.matrix
    return matrix


def _one_split(
    split: int,
    matrix: np.ndarray,
    cold: np.ndarray,
    blocks: list[np.ndarray],
    features: Sequence[SideFeatures],
    genres: np.ndarray,
    rng: np.random.Generator,
) -> ColdStart:
    warm = np.flatnonzero(matrix.any(axis=1) & genres.any(axis=1))
    projection = fit_blocks(
        matrix,
        blocks,
        features,
        informed=np.asarray(genres.any(axis=1)),
        random_state=int(rng.integers(2**31)),
    )
    own = [block[cold] for block in blocks]
    mixed = rng.permutation(len(cold))
    z = np.concatenate(blocks, axis=1)
    z = np.clip((z - projection.mean) / projection.deviation, -4, 4)
    complete = warm[np.isfinite(z[warm]).all(axis=1)]

    def at_10(places: np.ndarray, rows: np.ndarray, base: np.ndarray, asked: np.ndarray) -> float:
        return float(
            np.mean(
                [_share(base @ place, rows, genres, row) for place, row in zip(places, asked, strict=True)]
            )
        )

    some_warm = rng.choice(warm, min(len(warm), len(cold)), replace=False)
    shares = genres[cold].astype(np.float32) @ genres[warm].T.astype(np.float32) > 0
    return ColdStart(
        split=split,
        n_cold=len(cold),
        with_features=at_10(projection.infer(own), warm, matrix[warm], cold),
        shuffled=at_10(projection.infer([block[mixed] for block in own]), warm, matrix[warm], cold),
        without=at_10(
            projection.infer([np.full_like(block, np.nan) for block in own]), warm, matrix[warm], cold
        ),
        ridge=at_10(_linear(z, matrix, complete, cold), warm, matrix[warm], cold),
        raw=float(
            np.mean(
                [_share(-((z[complete] - z[row]) ** 2).sum(axis=1), complete, genres, row) for row in cold]
            )
        ),
        chance=float(shares.mean()),
        most_frequent=float(genres[cold, genres[warm].sum(axis=0).argmax()].mean()),
        warm=at_10(matrix[some_warm], warm, matrix[warm], some_warm),
    )


def _share(nearness: np.ndarray, rows: np.ndarray, genres: np.ndarray, asked: int) -> float:
    """Share of the ten nearest with a genre of the artist asked about, which does not count itself."""
    nearness = np.where(rows == asked, -np.inf, nearness)
    return float((genres[rows[best_rows(nearness, NEAREST)]] & genres[asked]).any(axis=1).mean())


def _linear(z: np.ndarray, matrix: np.ndarray, rows: np.ndarray, cold: np.ndarray) -> np.ndarray:
    """Linear ridge with its penalty chosen by leaving one out, from scikit-learn."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(np.logspace(-1, 4, 11)).fit(z[rows], matrix[rows]).predict(z[cold])
