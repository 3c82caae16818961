"""A separated mixture as an offline page: the spectrogram colored by source, and a player for each.

Public names: :class:`SeparationPage`, :func:`separation_page`.
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
from .separation_picture import FLOOR_DB, check_cells, nice_steps

_MOST_COLUMNS = 1600


@dataclass(frozen=True, eq=False)
class SeparationPage(OfflinePage):
    """A separation, ready to be written by :func:`bandscape.viz.write_html`.

    Parameters
    ----------
    payload : dict
        All that the page is given.
    """

    kind = "separation"
    caption = "a mixture separated"

    payload: dict[str, Any]


def separation_page(
    levels_db: NDArray[np.floating],
    owners: NDArray[np.integer],
    *,
    duration_s: float,
    highest_hz: float,
    mixture: bytes,
    sounds: Mapping[str, bytes],
    title: str = "A mixture separated",
    subtitle: str = "",
) -> SeparationPage:
    """Make the page.

    Parameters
    ----------
    levels_db, owners : ndarray of shape (n_frames, n_bins)
        As in :func:`bandscape.viz.separation_picture.paint_spectrogram`; of many frames the loudest of neighbors
        is shown.
    duration_s, highest_hz : float
        What the picture spans.
    mixture : bytes
        WAV, as long as the picture.
    sounds : mapping of name to bytes
        WAV of each source, in the order of ``owners``.
    title, subtitle : str

    Returns
    -------
    SeparationPage

    Raises
    ------
    ParameterError
        If the shapes do not fit, or there are fewer sounds than owners.
    """
    levels, owners = check_cells(levels_db, owners)
    if owners.max() >= len(sounds):
        raise ParameterError(f"sounds must hold one for each source, {owners.max() + 1}; got {len(sounds)}")
    levels, owners = _thinned(levels, owners)
    strength = np.round(255.0 * np.clip(levels / -FLOOR_DB + 1.0, 0.0, 1.0))
    return SeparationPage(
        {
            "version": 1,
            "title": display_name(title, 120),
            "subtitle": display_name(subtitle, 200),
            "frames": levels.shape[0],
            "bins": levels.shape[1],
            "strength": packed(strength, "uint8"),
            "owners": packed(owners, "uint8"),
            "duration": round(duration_s, 4),
            "highest": highest_hz,
            "seconds": nice_steps(duration_s, 10),
            "hertz": nice_steps(highest_hz, 4),
            "mixture": wav_address(mixture),
            "sounds": [[display_name(name, 60), wav_address(sound)] for name, sound in sounds.items()],
            "palettes": PALETTES,
        }
    )


def _thinned(
    levels: NDArray[np.float64], owners: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Keep of each group of neighboring frames the loudest cell of each bin."""
    group = -(-len(levels) // _MOST_COLUMNS)
    if group == 1:
        return levels, owners
    short = -len(levels) % group
    padded = np.pad(levels, ((0, short), (0, 0)), constant_values=FLOOR_DB).reshape(
        -1, group, levels.shape[1]
    )
    whose = np.pad(owners, ((0, short), (0, 0))).reshape(padded.shape)
    loudest = padded.argmax(axis=1)[:, None]
    return np.take_along_axis(padded, loudest, 1)[:, 0], np.take_along_axis(whose, loudest, 1)[:, 0]
