"""A projection of side features that is learnt in the same training as the vectors: a network of one hidden layer.

For standardized features ``z`` and a flag ``m`` for each table that is absent (`side_blocks.standardize`)::

    p = relu([z, m] A + a) B + b

The rows of ``A`` that belong to the flags are the learned *absent vectors*. How it is learnt is in `joint_training`.

Public: `JointProjection`, `load_projection`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.artifacts import load_artifact, save_artifact
from .side_placing import ARTIFACT_KIND, Placing
from .side_projection import SideProjection

LEARNT = "joint"  # in the stored record; a kernel ridge has no such word
ARRAYS = ("mean", "deviation", "hidden", "hidden_bias", "out", "out_bias")


@dataclass(frozen=True, eq=False)
class JointProjection(Placing):
    """A projection learnt together with the vectors.

    Parameters
    ----------
    tables, mean, deviation, n_artists
        As `Placing`.
    hidden : ndarray of shape (n_features + n_tables, n_hidden), float32
    hidden_bias : ndarray of shape (n_hidden,), float32
    out : ndarray of shape (n_hidden, dim), float32
    out_bias : ndarray of shape (dim,), float32
    """

    hidden: np.ndarray
    hidden_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    def project(self, inputs: np.ndarray, present: np.ndarray) -> np.ndarray:  # noqa: ARG002 - flags are inputs
        """Compute vectors of any length, (n, dim), from what `standardize` gives."""
        return np.maximum(inputs @ self.hidden + self.hidden_bias, 0.0) @ self.out + self.out_bias

    def as_record(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return what is stored: JSON-able values, and arrays by name."""
        config = {
            "learnt": LEARNT,
            "tables": [dict(table) for table in self.tables],
            "n_artists": self.n_artists,
        }
        return config, {name: getattr(self, name) for name in ARRAYS}

    @classmethod
    def from_record(cls, config: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> JointProjection:
        """Make a projection of what `as_record` gave."""
        values = {name: arrays[name] for name in ARRAYS}
        return cls(tables=tuple(config["tables"]), n_artists=config["n_artists"], **values)

    def save(self, directory: str | Path) -> None:
        """Write the projection as a folder of JSON and safetensors."""
        config, arrays = self.as_record()
        save_artifact(directory, ARTIFACT_KIND, config=config, arrays=arrays)


def load_projection(directory: str | Path) -> JointProjection | SideProjection:
    """Read a projection, whichever way it was learnt.

    Parameters
    ----------
    directory : path

    Raises
    ------
    SourceError, ChecksumError, FormatVersionError, ParameterError
        As `bandscape.core.artifacts.load_artifact`.
    """
    artifact = load_artifact(directory, ARTIFACT_KIND)
    if artifact.config.get("learnt") == LEARNT:
        return JointProjection.from_record(artifact.config, artifact.arrays)
    return SideProjection.load(directory)
