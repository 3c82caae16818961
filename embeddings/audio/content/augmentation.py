"""Sounds made different while the content network learns, so that what it learns holds for voices it never heard.

Drawn anew each time: a stretch of the sound, its speed, a warp of its mel axis (a longer or shorter vocal tract, a
bigger or smaller instrument), a smooth filter (another microphone), a floor of noise, where it stands in its patch,
and bands and times that are blanked. Levels are relative: 1 at the loudest cell, 0 where 80 dB below it; louder and
softer are the same already. Public names: :class:`Variety`, :func:`vary`.

References
----------
.. [1] Jaitly, N., Hinton, G. (2013), Vocal tract length perturbation improves speech recognition, ICML workshop.
.. [2] Park, D. S., et al. (2019), SpecAugment, Interspeech.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError
from .mel_patches import REACH_DB, in_silence, relative_patch

_TONE_POINTS = 6  # of the smooth filter over the mel axis
_NOISE_REACH = 0.35  # share of the 80 dB that the highest floor of noise fills
_NOISE_SPREAD = 0.04
_BAND, _TIME = 0.15, 0.1  # share of bands and times blanked at most


@dataclass(frozen=True)
class Variety:
    """How different a sound may be made; all zero leaves it as it is.

    Parameters
    ----------
    speed : float
        Faster or slower by up to this share.
    warp : float
        Mel axis stretched by up to this share.
    tone_db : float
        Standard deviation of the gains of the filter.
    noise : float
        Probability of a floor of noise.
    masks : int
        Bands, and times, that are blanked.
    """

    speed: float = 0.1
    warp: float = 0.08
    tone_db: float = 0.0
    noise: float = 0.0
    masks: int = 0

    def check(self) -> "Variety":
        """Return itself, or raise if a value is out of range.

        Raises
        ------
        ParameterError
        """
        for name, most in (("speed", 0.5), ("warp", 0.5), ("tone_db", 20), ("noise", 1), ("masks", 5)):
            if not 0 <= getattr(self, name) <= most:
                raise ParameterError(f"{name} must be within 0 to {most}; got {getattr(self, name)!r}")
        return self


def vary(
    levels: NDArray[np.uint8], length: int, variety: Variety, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw a patch of a sound, made different.

    Parameters
    ----------
    levels : ndarray of shape (n_frames, n_mels), uint8
    length : int
        Frames of the patch.
    variety : Variety
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (length, n_mels), float32, 0 to 1
    """
    speed = float(np.exp(rng.uniform(-1, 1) * np.log1p(variety.speed)))
    wanted = max(2, round(length / speed))  # frames of the sound that fill the patch
    start = int(rng.integers(0, max(1, len(levels) - wanted + 1)))
    rows = levels[start : start + wanted].astype(np.float32) / np.float32(255)
    if not rows.any():
        return np.zeros((length, rows.shape[1]), np.float32)
    if variety.speed:
        rows = _stretched(rows, speed)[:length]
    if variety.warp:
        rows = _warped(rows, variety.warp, rng)
    if variety.tone_db:
        gains = rng.normal(0.0, variety.tone_db / REACH_DB, _TONE_POINTS)
        at = np.linspace(0, _TONE_POINTS - 1, rows.shape[1])
        rows = rows + np.interp(at, np.arange(_TONE_POINTS), gains).astype(np.float32)
    if rng.uniform() < variety.noise:
        noise = rng.normal(rng.uniform(0, _NOISE_REACH), _NOISE_SPREAD, rows.shape)
        rows = np.maximum(rows, noise.astype(np.float32))
    placed = _placed(relative_patch(rows * REACH_DB), length, rng)
    for _ in range(variety.masks):
        _blank(placed, rng)
    return placed


def plain(levels: NDArray[np.uint8], length: int) -> NDArray[np.float32]:
    """Return the first patch of a sound as it is."""
    rows = levels[:length].astype(np.float32) * np.float32(REACH_DB / 255)
    if not rows.any():
        return np.zeros((length, rows.shape[1]), np.float32)
    return relative_patch(in_silence(rows, length) if len(rows) < length else rows)


def _stretched(rows: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """Resample the frames linearly; at speed 2 there are twice as many."""
    return _interpolated(rows, np.linspace(0, len(rows) - 1, max(2, round(len(rows) * speed))))


def _warped(rows: NDArray[np.float32], most: float, rng: np.random.Generator) -> NDArray[np.float32]:
    n_mels = rows.shape[1]
    factor = float(np.exp(rng.uniform(-1, 1) * np.log1p(most)))
    shift = rng.uniform(-1, 1) * most * n_mels / 3
    at = np.clip(np.arange(n_mels) * factor + shift, 0, n_mels - 1)
    return _interpolated(rows.T, at).T


def _interpolated(rows: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float32]:
    low = np.floor(at).astype(int)
    high, share = np.minimum(low + 1, len(rows) - 1), (at - low).astype(np.float32)[:, None]
    return (rows[low] * (1 - share) + rows[high] * share).astype(np.float32, copy=False)


def _placed(rows: NDArray[np.float32], length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Put a short sound somewhere into a silent patch."""
    out = np.zeros((length, rows.shape[1]), np.float32)
    start = int(rng.integers(0, length - min(len(rows), length) + 1))
    out[start : start + len(rows)] = rows[:length]
    return out


def _blank(patch: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Set a band and a time to a quarter of full level, about the mean of what is heard."""
    for axis, share in ((1, _BAND), (0, _TIME)):
        most = max(1, round(share * patch.shape[axis]))
        width = int(rng.integers(0, most + 1))
        start = int(rng.integers(0, patch.shape[axis] - width + 1))
        if axis:
            patch[:, start : start + width] = 0.25
        else:
            patch[start : start + width] = 0.25
