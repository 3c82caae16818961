"""A figure with its interval and its chance level.

Intervals are 95 % percentile bootstraps [1]_ over those who were asked: artists, queries or users.

Public: `Figure`, `bootstrap`, `mean_figure`.

References
----------
.. [1] Efron (1979), Bootstrap methods: another look at the jackknife.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.randomness import RandomState, as_generator

N_RESAMPLES = 1000


@dataclass(frozen=True)
class Figure:
    """One figure of one method.

    Parameters
    ----------
    method, name : str
    value, low, high : float
        Estimate and 95 % interval; NaN where the table is too small to say.
    chance : float
        What vectors that know nothing reach.
    n : int
        Artists (or queries, or users) asked.
    """

    method: str
    name: str
    value: float
    low: float
    high: float
    chance: float
    n: int


def bootstrap(values: np.ndarray, *, random_state: RandomState = 0) -> tuple[float, float]:
    """Give the 95 % percentile interval of a mean.

    Parameters
    ----------
    values : ndarray of shape (n,)
        One an artist, or user.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    low, high : float
        NaN without values.
    """
    if not len(values):
        return float("nan"), float("nan")
    rng = as_generator(random_state)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(N_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def mean_figure(method: str, name: str, values: np.ndarray, chance: float, seed: int) -> Figure:
    """Make the figure that is a mean over those asked, with its bootstrap interval.

    Parameters
    ----------
    method, name : str
    values : ndarray of shape (n,), float64
        One an artist, query or user; the mean of none is NaN.
    chance : float
    seed : int
        Of the bootstrap.

    Returns
    -------
    Figure
    """
    value = float(values.mean()) if len(values) else float("nan")
    return Figure(method, name, value, *bootstrap(values, random_state=seed), chance, len(values))
