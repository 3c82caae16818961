"""Which topics an artist's reviews are about, small enough to travel in the page: the largest few shares of each.

Row i is artist i. Public names: :class:`ArtistTopics`, :func:`artist_topics`.
"""

from collections.abc import Collection, Sequence
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
    background : ndarray of shape (n_artists,), float64, 0 to 1
        Share of the topics that gather what says nothing; they are in none of the above.
    ids : list of str
        What else each topic is called in a question; empty for nothing else.
    """

    names: list[str]
    codes: NDArray[np.int64]
    shares: NDArray[np.float64]
    known: NDArray[np.bool_]
    background: NDArray[np.float64]
    ids: Sequence[str] = ()

    def largest(self) -> NDArray[np.int64]:
        """Return the number of each artist's largest topic, -1 without text."""
        return (
            np.where(self.known, self.codes[:, 0] - 1, -1)
            if self.codes.shape[1]
            else -np.ones(len(self.known), int)
        )

    def take(self, rows: NDArray[np.int64]) -> "ArtistTopics":
        """Return the given artists in the given order."""
        return ArtistTopics(
            self.names, self.codes[rows], self.shares[rows], self.known[rows], self.background[rows], self.ids
        )

    def packed(self) -> dict[str, Any]:
        """Return the value the page unpacks."""
        wide = "uint8" if len(self.names) < 255 else "uint16"
        return {
            "names": self.names,
            "ids": list(self.ids),
            "kept": self.codes.shape[1],
            "steps": SHARE_STEPS,
            "codes": packed(self.codes, wide),
            "shares": packed(np.rint(self.shares * SHARE_STEPS), "uint8"),
            "background": packed(np.rint(self.background * SHARE_STEPS), "uint8")
            if self.background.any()
            else None,
        }


def artist_topics(
    artist_ids: Sequence[str],
    topic_shares: pd.DataFrame,
    background: Collection[str] = (),
    ids: Sequence[str] | None = None,
) -> ArtistTopics:
    """Keep the largest shares of each artist.

    Parameters
    ----------
    artist_ids : sequence of str
    topic_shares : DataFrame
        Index: artist_id; one column of shares a topic.
    background : collection of str
        Columns that are no subject matter (noise): kept as one sum, never among the largest.
    ids : sequence of str, optional
        What else each column is called in a question ("topic_3").

    Raises
    ------
    SchemaError
        If a share is negative, an artist has two rows, a name in ``background`` is no column, or there is not one
        id a column.
    """
    shares = topic_shares.copy()
    shares.index = shares.index.astype(str)
    if shares.index.has_duplicates:
        repeated = shares.index[shares.index.duplicated()][0]
        raise SchemaError(f"topic_shares must have one row an artist; {repeated[:80]!r} has several")
    missing = sorted(set(background) - set(shares.columns))
    if missing:
        raise SchemaError(f"background must name columns of topic_shares; {missing[0][:80]!r} is none")
    if ids is not None and len(ids) != shares.shape[1]:
        raise SchemaError(
            f"topic_ids must be {shares.shape[1]} names, one a column of topic_shares; got {len(ids)}"
        )
    values = shares.reindex(list(artist_ids)).to_numpy(np.float64)
    if (values < 0).any():
        raise SchemaError("topic_shares must not be negative")
    known = np.isfinite(values).all(axis=1) & (values.sum(axis=1) > 0)
    values = np.where(known[:, None], values, 0.0)
    values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    noise = shares.columns.isin(list(background))
    noise_share, values = values[:, noise].sum(axis=1), values[:, ~noise]
    kept = min(MOST_KEPT, values.shape[1])
    order = np.argsort(-values, axis=1, kind="stable")[:, :kept]
    largest = np.take_along_axis(values, order, 1)
    codes = np.where(np.rint(largest * SHARE_STEPS) > 0, order + 1, 0)
    names = [str(name) for name in shares.columns[~noise]]
    kept_ids = (
        [] if ids is None else [str(one) for one, is_noise in zip(ids, noise, strict=True) if not is_noise]
    )
    return ArtistTopics(names, codes, largest, known, noise_share, kept_ids)
