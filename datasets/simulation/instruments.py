"""Single instruments of random timbre, for what learns to tell sources apart.

Public functions: :func:`make_instruments`.
"""

import numpy as np
from numpy.typing import NDArray

from .audio import TIMBRE_RANGES, AudioSettings, scale_timbre, synthesize


def make_instruments(
    count: int, *, duration_s: float = 12.0, sample_rate_hz: int = 8000, random_state: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Synthesize instruments, each with its own timbre, tempo, pitch and melody: clips without drums and hiss.

    Parameters
    ----------
    count : int
    duration_s : float
    sample_rate_hz : int
    random_state : int
        Another one gives other instruments.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), float32
        "instrument_001", ...: mono, peak at most 0.8.
    """
    settings = AudioSettings(duration_s=duration_s, sample_rate_hz=sample_rate_hz)
    settings.check()
    made = {}
    for at in range(count):
        rng = np.random.default_rng([random_state, at])
        timbre = scale_timbre(rng.uniform(size=len(TIMBRE_RANGES))) | {"drums": 0.0, "noise": 0.0}
        made[f"instrument_{at + 1:03d}"] = synthesize(timbre, settings, rng).mean(axis=1)
    return made
