"""How a network learns a stretch of sound, as an offline page with a slider and the sound before and after.

Public names: :class:`TrainingPage`, :func:`training_page`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError
from .display import display_name
from .packing import packed, wav_address
from .pages import OfflinePage
from .palette import PALETTES

_MOST_FRAMES = 200


@dataclass(frozen=True, eq=False)
class TrainingPage(OfflinePage):
    """A training, ready to be written by :func:`bandscape.viz.write_html`.

    Parameters
    ----------
    payload : dict
        All that the page is given.
    """

    kind = "training"
    caption = "a song learnt"

    payload: dict[str, Any]


def training_page(
    frames: NDArray[np.floating],
    original: NDArray[np.floating],
    sample_rate_hz: int,
    *,
    sounds: Mapping[str, bytes] | None = None,
    title: str = "A song learnt",
    subtitle: str = "",
) -> TrainingPage:
    """Make the page: the original wave, the decoded one over it, a slider over the iterations, players.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_samples, n_channels)
        One or two channels; above 200 frames, evenly spaced ones with the first and last are shown.
    original : ndarray of shape (n_samples, n_channels)
    sample_rate_hz : int
    sounds : mapping of caption to bytes, optional
        WAV, in the order shown.
    title, subtitle : str

    Returns
    -------
    TrainingPage

    Raises
    ------
    ParameterError
        If the shapes do not fit, or a number is not finite.
    """
    frames, original = np.asarray(frames, np.float32), np.asarray(original, np.float32)
    if frames.ndim != 3 or not len(frames) or frames.shape[1:] != original.shape:
        raise ParameterError(f"frames must be (n, {original.shape}), at least one; got shape {frames.shape}")
    if original.shape[1] not in (1, 2):
        raise ParameterError(f"original must have one or two channels; got {original.shape[1]}")
    if not (np.isfinite(frames).all() and np.isfinite(original).all()):
        raise ParameterError("frames and original must be finite")
    shown = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES)).round().astype(int))
    return TrainingPage(
        {
            "version": 1,
            "title": display_name(title, 120),
            "subtitle": display_name(subtitle, 200),
            "rate": sample_rate_hz,
            "reach": round(float(np.abs(original).max()) * 1.15 or 1.0, 6),
            "iterations": shown.tolist(),
            "original": [packed(channel, "float32") for channel in original.T],
            "frames": [
                packed(frames[shown, :, side].ravel(), "float32") for side in range(original.shape[1])
            ],
            "sounds": [[caption, wav_address(sound)] for caption, sound in (sounds or {}).items()],
            "palettes": PALETTES,
        }
    )
