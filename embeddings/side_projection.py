"""From side features to artist vectors: the place of an artist that was never trained.

The trained unit vectors ``v_a`` of the artists that have features ``x_a`` are regressed on them, by ridge on radial
basis functions around landmarks ``l`` (a Nystrom approximation of kernel ridge regression)::

    phi_l(x) = exp(-|z - l|^2 / d),    z = (x - mean) / deviation, cut to within 4,    d features
    W = argmin sum_a |v_a - mean - W phi(x_a)|^2 + penalty tr(W K W')

Several tables of features are joined. Where an artist is in some of them only, the others are *absent*: their
features are 0 (the mean) and a flag says so; *modality dropout* trains on copies of the artists with one table
absent each, so that the flag's meaning is learnt. Without any features an artist gets the *absent vector*: the
mean of the trained artists that have none.

Public: `SideProjection`, `fit_side_projection`.

References
----------
.. [1] Williams, Seeger (2001), Using the Nystrom method to speed up kernel machines.
.. [2] Volkovs, Yu, Poutanen (2017), DropoutNet: addressing cold start in recommender systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.artifacts import load_artifact, save_artifact
from ..core.errors import ParameterError
from ..core.randomness import RandomState, as_generator
from .side_blocks import FEWEST, align, check_enough, describe, normalization, standardize
from .side_features import SideFeatures
from .side_placing import ARTIFACT_KIND, Placing, fill_in
from .vectors import VectorTable

N_LANDMARKS = 1000
PENALTY = 3.0
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class SideProjection(Placing):
    """A projection fitted to trained vectors.

    Parameters
    ----------
    tables, mean, deviation, n_artists
        As `Placing`.
    landmarks : ndarray of shape (n_landmarks, n_features + n_tables)
    weights : ndarray of shape (n_landmarks, dim)
    center, absent : ndarray of shape (dim,)
        Mean of the vectors with features; what an artist without any gets.
    """

    landmarks: np.ndarray
    weights: np.ndarray
    center: np.ndarray
    absent: np.ndarray

    def project(self, inputs: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Compute vectors of any length, (n, dim), from what `standardize` gives."""
        predicted = _basis(inputs, self.landmarks) @ self.weights + self.center
        predicted[~present.any(axis=1)] = self.absent
        return predicted

    def save(self, directory: str | Path) -> None:
        """Write the projection as a folder of JSON and safetensors."""
        names = ("mean", "deviation", "landmarks", "weights", "center", "absent")
        config = {"tables": [dict(table) for table in self.tables], "n_artists": self.n_artists}
        save_artifact(
            directory, ARTIFACT_KIND, config=config, arrays={name: getattr(self, name) for name in names}
        )

    @classmethod
    def load(cls, directory: str | Path) -> SideProjection:
        """Read what `save` wrote.

        Raises
        ------
        SourceError, ChecksumError, FormatVersionError, ParameterError
            As `bandscape.core.artifacts.load_artifact`.
        """
        artifact = load_artifact(directory, ARTIFACT_KIND)
        config = artifact.config
        if "learnt" in config:
            raise ParameterError(
                f"{directory}: a projection that was learnt jointly; `load_projection` reads both"
            )
        return cls(tables=tuple(config["tables"]), n_artists=config["n_artists"], **artifact.arrays)


def fit_side_projection(
    vectors: VectorTable,
    features: Sequence[SideFeatures],
    *,
    penalty: float = PENALTY,
    random_state: RandomState = 0,
) -> tuple[SideProjection, VectorTable]:
    """Learn to place artists by their side features, and place those that have no vector.

    Parameters
    ----------
    vectors : VectorTable
        Trained vectors; artists with the zero vector are placed.
    features : sequence of SideFeatures
    penalty : float, > 0
        Ridge.
    random_state : None, int, Generator or RandomState
        Draws the landmarks.

    Returns
    -------
    projection : SideProjection
    placed : VectorTable
        The vectors, those of artists with features but without a trained vector filled in.

    Raises
    ------
    SchemaError
        If a table has no artist in common with the vectors, or fewer than 20 artists have both.
    """
    if not features:
        raise ParameterError("features must name at least one table of side features; got none")
    artists = pd.DataFrame({"artist_id": vectors.artist_ids, "name": vectors.names})
    blocks = [align(table, artists) for table in features]
    informed = np.array([len(genres) > 0 for genres in vectors.genres])
    projection = fit_blocks(
        vectors.matrix, blocks, features, informed=informed, penalty=penalty, random_state=random_state
    )
    return projection, fill_in(vectors, projection, blocks)


def fit_blocks(
    matrix: np.ndarray,
    blocks: Sequence[np.ndarray],
    features: Sequence[SideFeatures],
    *,
    informed: np.ndarray,
    penalty: float = PENALTY,
    random_state: RandomState = 0,
) -> SideProjection:
    """Fit on aligned features; as `fit_side_projection`, without names.

    ``informed`` tells whose vector knows a genre: the others lie apart for what the table lacks, not for how they
    sound, so they are learnt from only where fewer than 20 artists have one.
    """
    trained = np.any(matrix, axis=1)
    present = np.stack([np.isfinite(block).all(axis=1) for block in blocks], axis=1)
    usable = trained & present.any(axis=1)
    check_enough(usable)
    rows = np.flatnonzero(usable & informed if (usable & informed).sum() >= FEWEST else usable)
    used = [block[rows] for block in blocks]
    mean, deviation = normalization(used)
    inputs, targets = _with_dropout(used, matrix[rows].astype(np.float64), mean, deviation)
    rng = as_generator(random_state)
    chosen = np.sort(rng.permutation(len(inputs))[:N_LANDMARKS])
    landmarks, center = inputs[chosen], targets.mean(axis=0)
    weights = _ridge(inputs, targets - center, landmarks, penalty)
    lonely = trained & ~present.any(axis=1)
    absent = matrix[lonely if lonely.any() else trained].astype(np.float64).mean(axis=0)
    return SideProjection(
        tables=describe(features), mean=mean, deviation=deviation, n_artists=len(rows),
        landmarks=landmarks, weights=weights, center=center, absent=absent,
    )  # fmt: skip


def _with_dropout(
    blocks: list[np.ndarray], targets: np.ndarray, mean: np.ndarray, deviation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets; with several tables also copies of the artists with each of them absent."""
    inputs, present = standardize(blocks, mean, deviation)
    parts, wanted = [inputs], [targets]
    for dropped in range(len(blocks) if len(blocks) > 1 else 0):
        other = present.copy()
        other[:, dropped] = False
        kept = np.flatnonzero(present[:, dropped] & other.any(axis=1))
        fewer = [np.where(place == dropped, np.nan, block[kept]) for place, block in enumerate(blocks)]
        parts.append(standardize(fewer, mean, deviation)[0])
        wanted.append(targets[kept])
    return np.concatenate(parts), np.concatenate(wanted)


def _basis(inputs: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    square = (inputs**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1) - 2.0 * inputs @ landmarks.T
    return np.exp(-np.maximum(square, 0.0) / landmarks.shape[1])


def _ridge(inputs: np.ndarray, targets: np.ndarray, landmarks: np.ndarray, penalty: float) -> np.ndarray:
    gram = _basis(landmarks, landmarks)
    left, right = penalty * gram, np.zeros((len(landmarks), targets.shape[1]))
    for at in range(0, len(inputs), _ROWS_AT_ONCE):
        basis = _basis(inputs[at : at + _ROWS_AT_ONCE], landmarks)
        left = left + basis.T @ basis
        right += basis.T @ targets[at : at + _ROWS_AT_ONCE]
    left[np.diag_indices_from(left)] += 1e-8 * np.trace(left) / len(left)  # landmarks may repeat
    return np.linalg.solve(left, right)
