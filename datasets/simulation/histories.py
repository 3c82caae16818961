"""Listening histories of a simulated press: users with known tastes, and the artists they listened to.

A user's taste is a place among the artists: the position of one artist it loves, moved a little. It listens to
``n ~ 5 + Poisson(20)`` different artists ``a`` with probability proportional to

    sqrt(n_reviews_a) * exp(8 cos(taste, x_a)),

so that two artists one user listens to are alike, and well-known artists have more listeners.

Public names: :func:`make_histories`.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .model import N_DIMENSIONS, Plan
from .reviews import artist_ids
from .settings import STAGE_HISTORIES, stream

_SHARPNESS = 8.0
_MEAN_LISTENS = 20
_FEWEST_LISTENS = 5
_FEWEST_USERS, _MOST_USERS = 20, 20_000
_MOST_CANDIDATES = 2_000  # artists one user may ever meet; keeps the time linear in users


def make_histories(plan: Plan) -> tuple[pa.Table, pa.Table]:
    """Draw users, twice as many as artists within 20 to 20,000, and what they listened to.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    histories : pyarrow.Table
        user_id, artists (list of artist_id, no repeats).
    users : pyarrow.Table
        user_id, taste (fixed-size list of float64: a position as those of the artists).
    """
    rng = stream(plan.settings.seed, STAGE_HISTORIES)
    position = plan.artists.position
    n_users = int(np.clip(2 * len(position), _FEWEST_USERS, _MOST_USERS))
    popularity = np.sqrt(np.diff(plan.artists.first_review).astype(np.float64))
    loved = rng.choice(len(position), size=n_users, p=popularity / popularity.sum())
    noise = plan.settings.position_noise * rng.standard_normal((n_users, N_DIMENSIONS))
    taste = position[loved] + 0.5 * noise
    n_listens = _FEWEST_LISTENS + rng.poisson(_MEAN_LISTENS, n_users)
    unit = position / np.linalg.norm(position, axis=1, keepdims=True)
    renown = np.log(popularity)
    heard = [_listen(user, count, unit, renown, rng) for user, count in zip(taste, n_listens, strict=True)]
    ids = pa.array([f"user-{number:05d}" for number in range(1, n_users + 1)])
    offsets = np.cumsum([0] + [len(rows) for rows in heard]).astype(np.int32)
    artists = pa.ListArray.from_arrays(pa.array(offsets), artist_ids(np.concatenate(heard)))
    tastes = pa.FixedSizeListArray.from_arrays(pa.array(taste.ravel()), N_DIMENSIONS)
    return pa.table({"user_id": ids, "artists": artists}), pa.table({"user_id": ids, "taste": tastes})


def _listen(
    taste: NDArray[np.float64],
    count: int,
    unit: NDArray[np.float64],
    renown: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw artists without repeats (Gumbel top-k over the candidates' log weights)."""
    n = len(unit)
    candidates = np.arange(n) if n <= _MOST_CANDIDATES else _distinct(rng.integers(0, n, _MOST_CANDIDATES))
    weight = renown[candidates] + _SHARPNESS * unit[candidates] @ taste / np.linalg.norm(taste)
    draw = weight + rng.gumbel(size=len(candidates))
    if count < len(draw):
        best = np.argpartition(-draw, count)[:count]
        return candidates[best[np.argsort(-draw[best])]]
    return candidates[np.argsort(-draw)]


def _distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort numbers and drop repeats; several times faster than numpy.unique for a few thousand."""
    numbers.sort()
    return numbers[np.append(True, numbers[1:] != numbers[:-1])]
