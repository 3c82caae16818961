"""From side features to artist vectors: the place of an artist that was never trained.

The trained unit vectors ``v_a`` of the artists that have features ``x_a`` are regressed on them, by ridge on radial
basis functions around landmarks ``l`` (a Nystrom approximation of kernel ridge regression)::

    phi_l(x) = exp(-|z - l|^2 / d),    z = (x - mean) / deviation, cut to within 4,    d features
    W = argmin sum_a |v_a - mean - W phi(x_a)|^2 + penalty tr(W K W')

Several tables of features are joined. Where an artist is in some of them only, the others are *absent*: their
features are 0 (the mean) and a flag says so; *modality dropout* trains on copies of the artists with one table
absent each, so that the flag's meaning is learnt. Without any features an artist gets the *absent vector*: the
mean of the trained artists that have none.

Public: `SideProjection`, `fit_side_projection`, `align`.

References
----------
.. [1] Williams, Seeger (2001), Using the Nystrom method to speed up kernel machines.
.. [2] Volkovs, Yu, Poutanen (2017), DropoutNet: addressing cold start in recommender systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.artifacts import load_artifact, save_artifact
from ..core.errors import ParameterError, SchemaError
from ..core.randomness import RandomState, as_generator
from .artist_keys import match_artists
from .side_features import SideFeatures
from .vectors import VectorTable, unit_vectors

ARTIFACT_KIND = "side-projection"
LARGEST_Z = 4.0
N_LANDMARKS = 1000
PENALTY = 3.0
FEWEST = 20  # artists with features; fewer say nothing
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class SideProjection:
    """A fitted projection.

    Parameters
    ----------
    tables : tuple of dict
        For each table of features: source, columns, model, version.
    mean, deviation : ndarray of shape (n_features,)
        Of all tables side by side; the normalization that new features get.
    landmarks : ndarray of shape (n_landmarks, n_features + n_tables)
    weights : ndarray of shape (n_landmarks, dim)
    center, absent : ndarray of shape (dim,)
        Mean of the vectors with features; what an artist without any gets.
    n_artists : int
        Artists it was fitted on.
    """

    tables: tuple[dict[str, Any], ...]
    mean: np.ndarray
    deviation: np.ndarray
    landmarks: np.ndarray
    weights: np.ndarray
    center: np.ndarray
    absent: np.ndarray
    n_artists: int

    def infer(self, blocks: Sequence[np.ndarray]) -> np.ndarray:
        """Compute unit vectors from features.

        Parameters
        ----------
        blocks : sequence of ndarray of shape (n, n_features of the table)
            One for each table, in order; a row of NaN is absent.

        Returns
        -------
        ndarray of shape (n, dim), float32

        Raises
        ------
        ParameterError
            If the blocks do not fit the tables.
        """
        sizes = [len(table["columns"]) for table in self.tables]
        shapes = [np.shape(block) for block in blocks]
        if [shape[-1:] for shape in shapes] != [(size,) for size in sizes] or len(
            {s[0] for s in shapes}
        ) != 1:
            raise ParameterError(
                f"features must be {len(sizes)} matrices with {sizes} columns; got shapes {shapes}"
            )
        inputs, present = _standard(blocks, self.mean, self.deviation)
        predicted = np.concatenate(
            [_basis(inputs[at : at + _ROWS_AT_ONCE], self.landmarks) @ self.weights + self.center
             for at in range(0, len(inputs), _ROWS_AT_ONCE)]
            or [np.empty((0, len(self.center)))]
        )  # fmt: skip
        predicted[~present.any(axis=1)] = self.absent
        return unit_vectors(predicted)

    def place(self, features: Sequence[SideFeatures]) -> tuple[list[str], np.ndarray]:
        """Compute vectors for whoever the tables name, artists of the model or not.

        Parameters
        ----------
        features : sequence of SideFeatures
            As many as the model was fitted with, in that order.

        Returns
        -------
        keys : list of str
        vectors : ndarray of shape (len(keys), dim), float32

        Raises
        ------
        SchemaError
            If a table has other columns, or comes from another model or version, than the one fitted on.
        """
        self._check(features)
        keys = sorted({key for table in features for key in table.keys})
        return keys, self.infer([_rows_of_keys(table, keys) for table in features])

    def _check(self, features: Sequence[SideFeatures]) -> None:
        if len(features) != len(self.tables):
            raise SchemaError(f"{len(self.tables)} tables of side features are needed; got {len(features)}")
        for fitted, table in zip(self.tables, features, strict=True):
            for name in ("columns", "model", "version"):
                found = getattr(table, name)
                if list(fitted[name]) != list(found):
                    raise SchemaError(
                        f"{table.source}: {name} must be as in {fitted['source']}, which the vectors were fitted with: "
                        f"{_short(fitted[name])}; got {_short(found)}; fit again with the new features"
                    )

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
    has_any = np.any([np.isfinite(block).all(axis=1) for block in blocks], axis=0)
    unknown = np.flatnonzero(has_any & ~vectors.known)
    matrix = vectors.matrix.copy()
    matrix[unknown] = projection.infer([block[unknown] for block in blocks])
    frame = vectors.to_frame().drop(columns="vector")
    return projection, VectorTable.from_artists(frame, matrix)


def align(table: SideFeatures, artists: pd.DataFrame) -> np.ndarray:
    """Bring features into the order of the artists table: (n_artists, n_features), NaN where there are none.

    Keys that mean the same artist are averaged.

    Raises
    ------
    SchemaError
        If no key means an artist of the table.
    """
    rows = match_artists(table.keys, artists)
    known = rows >= 0
    if not known.any():
        raise SchemaError(
            f"{table.source}: none of its {len(rows):,} artists is in the artists table; "
            f"use their artist_id or name (the first is {table.keys[0][:80]!r})"
        )
    total, count = np.zeros((len(artists), table.matrix.shape[1])), np.zeros(len(artists))
    np.add.at(total, rows[known], table.matrix[known])
    np.add.at(count, rows[known], 1)
    total[count == 0] = np.nan
    return total / np.maximum(count, 1)[:, None]


def check_enough(usable: np.ndarray) -> None:
    """Raise SchemaError unless as many artists can be learnt from as are needed.

    Parameters
    ----------
    usable : ndarray of shape (n_artists,), bool
    """
    if usable.sum() < FEWEST:
        raise SchemaError(
            f"side features: at least {FEWEST} artists with both a vector and features are needed; got {usable.sum()}"
        )


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
    mean = np.concatenate([np.nanmean(_or_zero(block), axis=0) for block in used])
    deviation = np.concatenate([np.nanstd(_or_zero(block), axis=0) for block in used])
    deviation = np.where(deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300), deviation, 1.0)
    inputs, targets = _with_dropout(used, matrix[rows].astype(np.float64), mean, deviation)
    rng = as_generator(random_state)
    chosen = np.sort(rng.permutation(len(inputs))[:N_LANDMARKS])
    landmarks, center = inputs[chosen], targets.mean(axis=0)
    weights = _ridge(inputs, targets - center, landmarks, penalty)
    lonely = trained & ~present.any(axis=1)
    absent = matrix[lonely if lonely.any() else trained].astype(np.float64).mean(axis=0)
    tables = tuple(
        {"source": t.source, "columns": list(t.columns), "model": t.model, "version": t.version}
        for t in features
    )
    return SideProjection(tables, mean, deviation, landmarks, weights, center, absent, len(rows))


def _or_zero(block: np.ndarray) -> np.ndarray:
    """The block, or zeros where no row of it is there at all."""
    return block if np.isfinite(block).all(axis=1).any() else np.zeros_like(block)


def _with_dropout(
    blocks: list[np.ndarray], targets: np.ndarray, mean: np.ndarray, deviation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets; with several tables also copies of the artists with each of them absent."""
    inputs, present = _standard(blocks, mean, deviation)
    parts, wanted = [inputs], [targets]
    for dropped in range(len(blocks) if len(blocks) > 1 else 0):
        other = present.copy()
        other[:, dropped] = False
        kept = np.flatnonzero(present[:, dropped] & other.any(axis=1))
        fewer = [np.where(place == dropped, np.nan, block[kept]) for place, block in enumerate(blocks)]
        parts.append(_standard(fewer, mean, deviation)[0])
        wanted.append(targets[kept])
    return np.concatenate(parts), np.concatenate(wanted)


def _standard(
    blocks: Sequence[np.ndarray], mean: np.ndarray, deviation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standardized features with the flags of absence behind them; which tables are present."""
    present = np.stack([np.isfinite(block).all(axis=1) for block in blocks], axis=1)
    z = (np.concatenate([np.asarray(block, np.float64) for block in blocks], axis=1) - mean) / deviation
    wide = np.repeat(present, [block.shape[1] for block in blocks], axis=1)
    z = np.where(wide, np.clip(np.where(wide, z, 0.0), -LARGEST_Z, LARGEST_Z), 0.0)
    return np.concatenate([z, ~present], axis=1), present


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


def _rows_of_keys(table: SideFeatures, keys: list[str]) -> np.ndarray:
    row = {key: place for place, key in enumerate(table.keys)}
    block = np.full((len(keys), table.matrix.shape[1]), np.nan)
    known = [place for place, key in enumerate(keys) if key in row]
    block[known] = table.matrix[[row[keys[place]] for place in known]]
    return block


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value[:120] or "not named"
    shown = [str(name)[:40] for name in value[:2]]
    return f"{len(value)} columns ({', '.join(shown)}{', ...' if len(value) > 2 else ''})"
