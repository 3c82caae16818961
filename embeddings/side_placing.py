"""What every projection of side features can do: take tables like those it was fitted with, and place their artists.

Public: `Placing`, `fill_in`, `PROJECTIONS`, `ARTIFACT_KIND`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import ParameterError, SchemaError
from .side_blocks import rows_of_keys, standardize
from .side_features import SideFeatures
from .vectors import VectorTable, unit_vectors

ARTIFACT_KIND = "side-projection"
PROJECTIONS = ("joint", "ridge")  # learnt with the vectors; fitted to them afterwards
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class Placing:
    """A fitted projection, but for how it computes.

    Parameters
    ----------
    tables : tuple of dict
        For each table of features: source, columns, model, version.
    mean, deviation : ndarray of shape (n_features,)
        Of all tables side by side; the normalization that new features get.
    n_artists : int
        Artists it was fitted on.
    """

    tables: tuple[dict[str, Any], ...]
    mean: np.ndarray
    deviation: np.ndarray
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
        inputs, present = standardize(blocks, self.mean, self.deviation)
        starts = range(0, max(1, len(inputs)), _ROWS_AT_ONCE)
        rows = [slice(at, at + _ROWS_AT_ONCE) for at in starts]
        return unit_vectors(np.concatenate([self.project(inputs[some], present[some]) for some in rows]))

    def project(self, inputs: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Compute vectors of any length, (n, dim), from what `standardize` gives."""
        raise NotImplementedError

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
        self.check(features)
        keys = sorted({key for table in features for key in table.keys})
        return keys, self.infer([rows_of_keys(table, keys) for table in features])

    def check(self, features: Sequence[SideFeatures]) -> None:
        """Raise SchemaError unless the tables are like those it was fitted with, in that order."""
        if len(features) != len(self.tables):
            fitted = ", ".join(str(table["source"]) for table in self.tables)
            raise SchemaError(
                f"the vectors were fitted with {len(self.tables)} tables of side features, so as many are needed, in"
                f" that order ({fitted}); got {len(features)}"
            )
        for fitted, table in zip(self.tables, features, strict=True):
            for name in ("columns", "model", "version"):
                found = getattr(table, name)
                if list(fitted[name]) != list(found):
                    raise SchemaError(
                        f"{table.source}: {name} must be as in {fitted['source']}, which the vectors were fitted with: "
                        f"{_short(fitted[name])}; got {_short(found)}; fit again with the new features"
                    )


def fill_in(vectors: VectorTable, placing: Placing, blocks: Sequence[np.ndarray]) -> VectorTable:
    """Return the vectors with those of artists filled in that have features, in aligned blocks, but no vector."""
    has_any = np.any([np.isfinite(block).all(axis=1) for block in blocks], axis=0)
    unknown = np.flatnonzero(has_any & ~vectors.known)
    matrix = vectors.matrix.copy()
    matrix[unknown] = placing.infer([block[unknown] for block in blocks])
    return VectorTable.from_artists(vectors.to_frame().drop(columns="vector"), matrix)


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value[:120] or "not named"
    shown = [str(name)[:40] for name in value[:2]]
    return f"{len(value)} columns ({', '.join(shown)}{', ...' if len(value) > 2 else ''})"
