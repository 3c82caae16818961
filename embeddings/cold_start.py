"""How well side features place artists that were never trained: fresh splits, with, without and shuffled.

In each split a tenth of the artists with features and a genre is *cold*: left out of training altogether, their
genres, scores and all. The others are *warm*. Cold artists are then placed by their side features alone, and the
genres of the nearest warm artists compared with theirs.

Answers that know nothing do not reach the share of artists drawn at random but another one: a regression in doubt
places artists near the middle, where most of the commonest genre are, so that more of its answers have that genre than
artists do. *Blind* is what the same answers reach when each is held against every other cold artist; it is computed,
not drawn, and it is the level that shuffled features must be compared with.

Sharing a genre is won by answers that have many. *Fixed*, the same ten artists for everybody, says what that alone
reaches; and `genre_likeness.in_common` is asked as well, which answers of many genres do not win.

Public: `ColdStart`, `measure_cold_start`, `cold_start_figures`, `learn_jointly`, `Learner`, `JointLearner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..core.errors import ParameterError
from ..core.progress import ProgressCallback, report
from ..core.randomness import RandomState, as_seed
from .answers import best_rows
from .artist2vec import Artist2Vec
from .figures import Figure, bootstrap
from .genre_likeness import Likeness, best_fixed, in_common, likeness_to_answers, mean_likeness, shared
from .quality import genre_matrix
from .rivals import Learner
from .side_blocks import FEWEST, align
from .side_features import SideFeatures
from .side_placing import PROJECTIONS, Placing
from .side_projection import fit_blocks
from .vectors import unit_vectors

SHARE_COLD = 0.1
NEAREST = 10
PLACES_AT_ONCE = 128

FIELDS = (
    "with_features",
    "shuffled",
    "without",
    "blind",
    "kernel_ridge",
    "ridge",
    "raw",
    "chance",
    "most_frequent",
    "fixed",
    "warm",
    "in_common",
    "in_common_shuffled",
    "in_common_kernel_ridge",
    "in_common_fixed",
    "in_common_chance",
)

JointLearner = Callable[[pd.DataFrame, Sequence[SideFeatures], int], tuple[np.ndarray, Placing | None]]
"""Vectors, one a row of the table, and a projection learnt with them, if one is; from table, features and a seed."""


@dataclass(frozen=True)
class ColdStart:
    """Share of the ten nearest warm artists that share a genre with the artist asked about, one split.

    The fields that begin with ``in_common`` are the mean share of genres in common with these ten instead.

    Parameters
    ----------
    split : int
    n_cold : int
    with_features, shuffled, without : float
        Of cold artists, placed by their own features, by another cold artist's, and by none (the absent vector).
    blind : float
        Of the answers of ``with_features``, each held against every other cold artist: what they reach by their mix of
        genres alone. ``shuffled`` differs from it by the luck of one draw only.
    kernel_ridge : float
        By a kernel ridge fitted to the same vectors after their training; that of ``with_features`` where no
        projection was learnt with them.
    ridge : float
        By linear ridge instead, the simplest peer.
    raw : float
        The nearest by the standardized features themselves.
    chance : float
        Of warm artists drawn at random.
    most_frequent : float
        Of always answering with artists of the most frequent genre.
    fixed : float
        Of always answering with the same ten warm artists, those that share a genre with most others.
    warm : float
        Of warm artists by their own vectors, for comparison.
    in_common, in_common_shuffled, in_common_kernel_ridge, in_common_fixed, in_common_chance : float
        Genres in common over those of either: of ``with_features``, ``shuffled`` and ``kernel_ridge``, of the same ten
        warm artists for everybody (those with most in common with all others), of warm artists drawn at random.
    """

    split: int
    n_cold: int
    with_features: float
    shuffled: float
    without: float
    blind: float
    kernel_ridge: float
    ridge: float
    raw: float
    chance: float
    most_frequent: float
    fixed: float
    warm: float
    in_common: float
    in_common_shuffled: float
    in_common_kernel_ridge: float
    in_common_fixed: float
    in_common_chance: float


def measure_cold_start(
    artists: pd.DataFrame,
    features: Sequence[SideFeatures],
    model: Artist2Vec | Learner | None = None,
    *,
    projection: str = "joint",
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
    model : Artist2Vec or callable, optional
        How to train; a model is not changed. Any other way to make vectors is ``learn(artists, seed)``.
    projection : {"joint", "ridge"}
        Learnt in the training of the model, or fitted to its vectors afterwards, as to those made in another way.
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
    if projection not in PROJECTIONS:
        raise ParameterError(f"projection must be one of {', '.join(PROJECTIONS)}; got {projection!r}")
    if callable(model):
        learn = _afterwards(model)
    else:
        used = model or Artist2Vec()
        learn = learn_jointly(used) if projection == "joint" else _afterwards(_as_learner(used))
    found = _run_splits(artists, features, learn, n_splits, as_seed(random_state), on_progress)
    return [
        ColdStart(split, len(each["with_features"]), **{name: float(each[name].mean()) for name in each})
        for split, each in enumerate(found)
    ]


def cold_start_figures(
    artists: pd.DataFrame,
    features: Sequence[SideFeatures],
    learners: Mapping[str, Learner],
    *,
    jointly: JointLearner | None = None,
    n_splits: int = 3,
    random_state: RandomState = 0,
    on_progress: ProgressCallback | None = None,
) -> list[Figure]:
    """Compute the figures of cold start for several ways to make vectors, on the same splits.

    Parameters
    ----------
    artists, features
        As `measure_cold_start`.
    learners : mapping of str to callable
        The first is the one that is judged: it gets the peers that need no vectors.
    jointly : callable, optional
        How the first learns vectors and projection together; all others are placed by a kernel ridge fitted afterwards.
    n_splits, random_state, on_progress
        As `measure_cold_start`.

    Returns
    -------
    list of Figure
        ``cold_genre_at_10`` and ``cold_in_common_at_10`` of each, beside drawing artists at random;
        ``cold_shuffled_at_10``, beside the level that its answers reach blindly; of the first ``cold_raw_at_10``, the
        nearest by the features themselves, ``cold_commonest_at_10``, always the commonest genre, ``cold_fixed_at_10``
        and ``cold_in_common_fixed_at_10``, always the same ten artists, and where its projection is learnt with the
        vectors ``cold_kernel_ridge_at_10``, by a kernel ridge fitted afterwards. Intervals are over artists, of all
        splits together.

    Raises
    ------
    SchemaError, ParameterError
        As `measure_cold_start`.
    """
    seed, figures = as_seed(random_state), []
    for name, learn in learners.items():
        asked = [
            ("cold_genre_at_10", "with_features", "chance"),
            ("cold_in_common_at_10", "in_common", "in_common_chance"),
            ("cold_shuffled_at_10", "shuffled", "blind"),
        ]
        if not figures:
            asked += [
                ("cold_raw_at_10", "raw", "chance"),
                ("cold_commonest_at_10", "most_frequent", "chance"),
                ("cold_fixed_at_10", "fixed", "chance"),
                ("cold_in_common_fixed_at_10", "in_common_fixed", "in_common_chance"),
                *([("cold_kernel_ridge_at_10", "kernel_ridge", "chance")] if jointly else []),
            ]
        way = jointly if jointly and not figures else _afterwards(learn)
        fields = tuple({field: None for _, *pair in asked for field in pair})
        found = _run_splits(artists, features, way, n_splits, seed, on_progress, fields)
        pooled = {field: np.concatenate([split[field] for split in found]) for field in fields}
        for figure, field, chance in asked:
            values = pooled[field]
            interval = bootstrap(values, random_state=seed)
            figures.append(
                Figure(
                    name, figure, float(values.mean()), *interval, float(pooled[chance].mean()), len(values)
                )
            )
    return figures


def learn_jointly(model: Artist2Vec) -> JointLearner:
    """Return how a model, which is not changed, learns vectors and a projection together."""

    def learn(
        artists: pd.DataFrame, features: Sequence[SideFeatures], seed: int
    ) -> tuple[np.ndarray, Placing | None]:
        fresh = Artist2Vec(**{**model.get_params(deep=False), "random_state": seed})
        fresh.fit(artists, side_features=features)
        return fresh.artist_weights_, fresh.projection_

    return learn


def _afterwards(learn: Learner) -> JointLearner:
    """Return a way to learn without a projection."""
    return lambda artists, _features, seed: (learn(artists, seed), None)


def _as_learner(model: Artist2Vec) -> Learner:
    def learn(artists: pd.DataFrame, seed: int) -> np.ndarray:
        fresh = Artist2Vec(**{**model.get_params(deep=False), "random_state": seed})
        return fresh.fit(artists).vectors_.matrix

    return learn


def _run_splits(
    artists: pd.DataFrame,
    features: Sequence[SideFeatures],
    learn: JointLearner,
    n_splits: int,
    seed: int,
    on_progress: ProgressCallback | None,
    fields: Sequence[str] = FIELDS,
) -> list[dict[str, np.ndarray]]:
    """What each cold artist of each split got: the fields of `ColdStart` that are wanted, each (n_cold,)."""
    if n_splits < 1:
        raise ParameterError(f"n_splits must be an int >= 1; got {n_splits}")
    blocks = [align(table, artists) for table in features]
    genres, _ = genre_matrix(list(artists["genres"]))
    asked = np.flatnonzero(np.all([np.isfinite(b).all(axis=1) for b in blocks], axis=0) & genres.any(axis=1))
    if len(asked) < 2 * FEWEST:
        raise ParameterError(
            f"cold start needs at least {2 * FEWEST} artists with features and a genre; got {len(asked)}"
        )
    found = []
    for split in range(n_splits):
        rng = np.random.default_rng((seed, split))
        cold = np.sort(rng.choice(asked, max(1, int(len(asked) * SHARE_COLD)), replace=False))
        warm = np.setdiff1d(np.arange(len(artists)), cold)
        known = [_of_artists(*both, artists, warm) for both in zip(features, blocks, strict=True)]
        vectors, learnt = learn(artists.iloc[warm].reset_index(drop=True), known, seed + split)
        matrix = np.zeros((len(artists), np.shape(vectors)[1]), np.float32)  # zero for the cold ones
        matrix[warm] = unit_vectors(np.asarray(vectors))
        found.append(_one_split(matrix, learnt, cold, blocks, features, genres, rng, fields))
        if report(on_progress, "placing artists never trained", split + 1, n_splits, "splits"):
            break
    return found


def _of_artists(
    table: SideFeatures, block: np.ndarray, artists: pd.DataFrame, rows: np.ndarray
) -> SideFeatures:
    """The features that some artists have, by artist_id, from the block that was aligned with all."""
    having = rows[np.isfinite(block[rows]).all(axis=1)]
    return replace(table, keys=tuple(artists["artist_id"].iloc[having]), matrix=block[having])


def _one_split(
    matrix: np.ndarray,
    learnt: Placing | None,
    cold: np.ndarray,
    blocks: list[np.ndarray],
    features: Sequence[SideFeatures],
    genres: np.ndarray,
    rng: np.random.Generator,
    fields: Sequence[str],
) -> dict[str, np.ndarray]:
    warm = np.flatnonzero(matrix.any(axis=1) & genres.any(axis=1))
    informed = np.asarray(genres.any(axis=1))
    seed = int(rng.integers(2**31))
    fitted = fit_blocks(matrix, blocks, features, informed=informed, random_state=seed)
    projection = learnt or fitted
    own = [block[cold] for block in blocks]
    mixed = rng.permutation(len(cold))
    z = np.concatenate(blocks, axis=1)
    z = np.clip((z - fitted.mean) / fitted.deviation, -4, 4)
    complete = warm[np.isfinite(z[warm]).all(axis=1)]
    some_warm = rng.choice(warm, min(len(warm), len(cold)), replace=False)
    places = {
        "own": projection.infer(own),
        "shuffled": projection.infer([block[mixed] for block in own]),
        "ridge": fitted.infer(own),
    }
    near = {name: _nearest(each, matrix, warm, cold) for name, each in places.items()}

    def alike(answers: np.ndarray, likeness: Likeness = shared, asked: np.ndarray = cold) -> np.ndarray:
        return likeness_to_answers(likeness, genres[asked], genres[answers]).mean(axis=1)

    def at_10(vectors: np.ndarray, asked: np.ndarray = cold) -> np.ndarray:
        return alike(_nearest(vectors, matrix, warm, asked), asked=asked)

    def always(likeness: Likeness) -> np.ndarray:
        same = warm[best_fixed(likeness, genres[warm], NEAREST)]
        return alike(np.tile(same, (len(cold), 1)), likeness)

    def raw() -> np.ndarray:
        nearness = (-((z[complete] - z[row]) ** 2).sum(axis=1) for row in cold)
        return alike(np.array([complete[best_rows(one, NEAREST)] for one in nearness]))

    measures: dict[str, Callable[[], np.ndarray]] = {
        "with_features": lambda: alike(near["own"]),
        "shuffled": lambda: alike(near["shuffled"]),
        "without": lambda: at_10(projection.infer([np.full_like(block, np.nan) for block in own])),
        "blind": lambda: _blind(near["own"], genres, cold),
        "kernel_ridge": lambda: alike(near["ridge"]),
        "ridge": lambda: at_10(_linear(z, matrix, complete, cold)),
        "raw": raw,
        "chance": lambda: mean_likeness(shared, genres[cold], genres[warm]),
        "most_frequent": lambda: genres[cold, genres[warm].sum(axis=0).argmax()].astype(float),
        "fixed": lambda: always(shared),
        "warm": lambda: at_10(matrix[some_warm], some_warm),
        "in_common": lambda: alike(near["own"], in_common),
        "in_common_shuffled": lambda: alike(near["shuffled"], in_common),
        "in_common_kernel_ridge": lambda: alike(near["ridge"], in_common),
        "in_common_fixed": lambda: always(in_common),
        "in_common_chance": lambda: mean_likeness(in_common, genres[cold], genres[warm]),
    }
    return {name: measures[name]() for name in fields}


def _blind(near: np.ndarray, genres: np.ndarray, cold: np.ndarray) -> np.ndarray:
    """What the answers (n_cold, 10) of all other cold artists reach for each of them, on average."""
    if len(cold) < 2:
        return np.full(len(cold), np.nan)
    both = genres[cold].astype(np.float32) @ genres[near.reshape(-1)].T.astype(np.float32)
    alike = (both > 0).reshape(len(cold), len(cold), -1).mean(axis=2)
    return (alike.sum(axis=1) - np.diag(alike)) / (len(cold) - 1)


def _nearest(places: np.ndarray, matrix: np.ndarray, rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The ten of some rows that are nearest to each place, itself left out: (n_asked, 10)."""
    found = []
    for nearness, itself in zip(_products(places, matrix[rows]), asked, strict=True):
        nearness[rows == itself] = -np.inf
        found.append(rows[best_rows(nearness, NEAREST)])
    return np.array(found)


def _products(places: np.ndarray, vectors: np.ndarray) -> Iterator[np.ndarray]:
    """Dot products of each place with all vectors, many places at once."""
    for first in range(0, len(places), PLACES_AT_ONCE):
        yield from places[first : first + PLACES_AT_ONCE] @ vectors.T


def _linear(z: np.ndarray, matrix: np.ndarray, rows: np.ndarray, cold: np.ndarray) -> np.ndarray:
    """Linear ridge with its penalty chosen by leaving one out, from scikit-learn."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(np.logspace(-1, 4, 11)).fit(z[rows], matrix[rows]).predict(z[cold])
