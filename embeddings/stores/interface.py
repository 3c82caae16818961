"""What every store of vectors offers, whatever is behind it.

Conventions: vectors have length 1; an artist of the zero vector is found by name, but is no answer; similarity is the
cosine; ties go by the order in which the artists were stored.

Public: `VectorStore`, `StoredArtist`, `Filter`, `Found`, `check_question`, `check_kept`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ...core.errors import ParameterError
from ...core.progress import ProgressCallback

if TYPE_CHECKING:
    from ..vectors import VectorTable
    from .offered import Offered


@dataclass(frozen=True)
class Filter:
    """Which artists may be answers.

    Parameters
    ----------
    genre : str or None
        One of their genres.
    score : (float, float) or None
        Mean score from, to; artists without one are left out.
    years : (int, int) or None
        One of their years from, to.
    """

    genre: str | None = None
    score: tuple[float, float] | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class StoredArtist:
    """What the store has of one artist.

    Parameters
    ----------
    row : int
        Its place in the store.
    artist_id, name : str
    genres : tuple of str
    mean_score : float or None
        0-10.
    n_reviews : int
    vector : ndarray of shape (dim,), float32
        Read-only.
    """

    row: int
    artist_id: str
    name: str
    genres: tuple[str, ...]
    mean_score: float | None
    n_reviews: int
    vector: np.ndarray


Found = list[tuple[StoredArtist, float]]


class VectorStore(Protocol):
    """What any store offers, whatever is behind it."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def __len__(self) -> int:
        """Return the number of artists."""
        ...

    def get(self, name: str) -> StoredArtist:
        """Return the artist with this id or name."""
        ...

    def search(self, vector: np.ndarray, k: int = 10, only: Filter | None = None) -> Found:
        """Return the artists nearest to a vector with their cosines, best first."""
        ...

    def neighbors(self, name: str, k: int = 10) -> Found:
        """Return the precomputed neighbors of an artist with their cosines, best first."""
        ...

    def sample(self, n: int) -> tuple[np.ndarray, int]:
        """Return vectors of at most ``n`` of the artists that have one, evenly spread, and how many have one.

        The number is an estimate where there are more than ``n``.
        """
        ...

    def offered(self) -> Offered:
        """Return the genres, and the spans of scores and years, that a filter can ask for."""
        ...

    def put(
        self,
        table: VectorTable,
        *,
        years: Sequence[Sequence[int]] | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> bool:
        """Add artists, or replace those of the same id; afterwards the store is as if it had been built of all.

        Returns whether it was finished; if it was stopped nothing has changed.
        """
        ...

    def remove(self, artist_ids: Sequence[str], *, on_progress: ProgressCallback | None = None) -> bool:
        """Take artists away; afterwards the store is as if it had been built without them.

        Returns whether it was finished; if it was stopped nothing has changed.
        """
        ...


def check_question(vector: Any, k: int, dim: int) -> np.ndarray:
    """Return a query's vector at length 1, float32.

    Raises
    ------
    ParameterError
        If it is not ``dim`` finite numbers, is zero, or ``k`` is below 1.
    """
    query = np.asarray(vector)
    if query.shape != (dim,) or query.dtype.kind not in "fiu" or not np.isfinite(query).all():
        raise ParameterError(f"vector must be {dim} finite numbers; got shape {query.shape}")
    length = float(np.linalg.norm(query))
    if length == 0 or k < 1:
        raise ParameterError("vector must not be zero, and k must be >= 1")
    return (query / length).astype(np.float32)


def check_kept(k: int, kept: int) -> None:
    """Raise :class:`ParameterError` if more neighbors are asked for than are kept."""
    if not 1 <= k <= kept:
        raise ParameterError(
            f"k must be from 1 to {kept}, the neighbors kept; got {k}: build the store with more"
        )
