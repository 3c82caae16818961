"""Which topics an artist's reviews are about, small enough to travel in the page: the largest few shares of each.

Row i is artist i. Public names: :class:`ArtistTopics`, :func:`artist_topics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import SchemaError
from .packing import packed

MOST_KEPT = 3
SHARE_STEPS = 250


@dataclass(frozen=True, eq=False)
class ArtistTopics:
    """The largest topic shares of each artist.

    Parameters
    ----------
    names : list of str
    codes : ndarray of shape (n_artists, n_kept), int64
        Number of the topic plus one, largest share first; 0 where there is no text or the share rounds to nothing.
    shares : ndarray of shape (n_artists, n_kept), float64, 0 to 1
    known : ndarray of shape (n_artists,), bool
        Whether any text of the artist's reviews was read.
    """

    names: list[str]
    codes: NDArray[np.int64]
    shares: NDArray[np.float64]
    known: NDArray[np.bool_]

    def largest(self) -> NDArray[np.int64]:
        """Return the number of each artist's largest topic, -1 without text."""
        return (
            np.where(self.known, self.codes[:, 0] - 1, -1)
            if self.codes.shape[1]
            else -np.ones(len(self.known), int)
        )

    def packed(self) -> dict[str, Any]:
        """Return the value the page unpacks."""
        wide = "uint8" if len(self.names) < 255 else "uint16"
        return {
            "names": self.names,
            "kept": self.codes.shape[1],
            "steps": SHARE_STEPS,
            "codes": packed(self.codes, wide),
            "shares": packed(np.rint(self.shares * SHARE_STEPS), "uint8"),
        }


def artist_topics(artist_ids: Sequence[str], topic_shares: pd.DataFrame) -> ArtistTopics:
    """Keep the largest shares of each artist.

    Parameters
    ----------
    artist_ids : sequence of str
    topic_shares : DataFrame
        Index: artist_id; one column of shares a topic.

    Raises
    ------
    SchemaError
        If a share is negative, or an artist has two rows.
    """
    shares = topic_shares.copy()
    shares.index = shares.index.astype(str)
    if shares.index.has_duplicates:
        repeated = shares.index[shares.index.duplicated()][0]
        raise SchemaError(f"topic_shares must have one row an artist; {repeated[:80]!r} has several")
    values = shares.reindex(list(artist_ids)).to_numpy(np.float64)
    if (values < 0).any():
        raise SchemaError("topic_shares must not be negative")
    known = np.isfinite(values).all(axis=1) & (values.sum(axis=1) > 0)
    values = np.where(known[:, None], values, 0.0)
    values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    kept = min(MOST_KEPT, values.shape[1])
    order = np.argsort(-values, axis=1, kind="stable")[:, :kept]
    largest = np.take_along_axis(values, order, 1)
    codes = np.where(np.rint(largest * SHARE_STEPS) > 0, order + 1, 0)
    return ArtistTopics([str(name) for name in shares.columns], codes, largest, known)
