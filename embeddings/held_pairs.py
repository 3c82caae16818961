"""Memberships kept from a training, so that what it learns can be scored on pairs it has never seen.

Public: `hold_out`, `SHARE_HELD`.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .context_index import ContextIndex

SHARE_HELD = 0.02


def hold_out(
    index: ContextIndex, seed: int, share: float = SHARE_HELD
) -> tuple[ContextIndex, ContextIndex] | None:
    """Split the memberships: those to train on, and a few to score on.

    An artist keeps at least one membership to be trained on, and a context at least one artist.

    Parameters
    ----------
    index : ContextIndex
    seed : int
        In [0, 2**63).
    share : float, from 0 to 1
        Of the memberships of every context, rounded up.

    Returns
    -------
    (ContextIndex, ContextIndex) or None
        With the same groups, outputs and artists. None where nothing can be spared: where no artist has two
        memberships.
    """
    rng = np.random.default_rng((seed, 1))
    spare = np.bincount(index.entries[:, 0], minlength=index.n_artists) - 1
    held = np.zeros(len(index.entries), dtype=bool)
    for first, last in zip(index.context_first[:-1].tolist(), index.context_first[1:].tolist(), strict=True):
        wanted = min(int(np.ceil(share * (last - first))), last - first - 1)
        for row in (first + rng.permutation(last - first)).tolist():
            if wanted <= 0:
                break
            artist = index.entries[row, 0]
            if spare[artist] > 0:
                held[row] = True
                spare[artist] -= 1
                wanted -= 1
    return (_part(index, ~held), _part(index, held)) if held.any() else None


def _part(index: ContextIndex, kept: np.ndarray) -> ContextIndex:
    """The index with some of its memberships; contexts that have none are drawn no more."""
    counts = np.add.reduceat(kept, index.context_first[:-1])
    share = np.where(counts > 0, index.context_share, 0.0)
    return dataclasses.replace(
        index,
        entries=index.entries[kept],
        context_first=np.concatenate([[0], np.cumsum(counts)]),
        context_share=share / share.sum(),
    )
