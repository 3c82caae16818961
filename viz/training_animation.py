"""How a network learns a stretch of sound, as an animated GIF. Public functions: :func:`write_training_gif`."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError
from ..core.replacement import replace_file
from .palette import PALETTES

_WIDTH, _HEIGHT, _MARGIN = 720, 360, 16
_MILLISECONDS, _REST_MILLISECONDS = 40, 800


def write_training_gif(
    frames: NDArray[np.floating], original: NDArray[np.floating], path: str | Path
) -> Path:
    """Write the animation: the original as a thin line, the restored sound over it, left above right.

    It runs from the first iteration to the last and back again, so that it loops without a jump.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_samples, n_channels)
    original : ndarray of shape (n_samples, n_channels)
    path : path
        Its folder must exist.

    Returns
    -------
    Path

    Raises
    ------
    ParameterError
        If the shapes do not fit.
    """
    from PIL import Image

    frames, original = np.asarray(frames, np.float64), np.asarray(original, np.float64)
    if frames.ndim != 3 or not len(frames) or frames.shape[1:] != original.shape:
        raise ParameterError(f"frames must be (n, {original.shape}), at least one; got shape {frames.shape}")
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for color in _colors() for value in color])
    reach = float(np.abs(original).max()) * 1.15 or 1.0
    pictures = [_drawn(Image, frame, original, at, reach) for at, frame in enumerate(frames)]
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    rests = [
        _REST_MILLISECONDS if at in (0, len(frames) - 1) else _MILLISECONDS
        for at in range(len(there_and_back))
    ]
    with replace_file(path) as temporary:
        there_and_back[0].save(
            temporary, format="GIF", save_all=True, append_images=there_and_back[1:], duration=rests, loop=0,
            optimize=False,
        )  # fmt: skip
    return Path(path)


def _colors() -> list[tuple[int, ...]]:
    day = PALETTES["light"]
    named = (day["paper"], day["ink"], day["unknown"], day["categories"][0], day["categories"][1])
    return [tuple(int(str(color)[at : at + 2], 16) for at in (1, 3, 5)) for color in named]


def _drawn(
    image: Any, frame: NDArray[np.float64], original: NDArray[np.float64], at: int, reach: float
) -> Any:
    from PIL import ImageDraw

    picture = image.new("P", (_WIDTH, _HEIGHT), 0)
    picture.putpalette([value for color in _colors() for value in color])
    draw = ImageDraw.Draw(picture)
    n_channels = original.shape[1]
    tall = (_HEIGHT - 2 * _MARGIN) / n_channels
    for channel in range(n_channels):
        middle = _MARGIN + tall * (channel + 0.5)
        for values, color, width in ((original[:, channel], 2, 3), (frame[:, channel], 3 + channel % 2, 1)):
            draw.line(_points(values, middle, tall / 2, reach), fill=color, width=width)
        draw.text((_MARGIN, middle - tall / 2), ("left", "right")[channel] if n_channels == 2 else "", fill=1)
    draw.text((_WIDTH - 110, _HEIGHT - _MARGIN - 4), f"iteration {at}", fill=1)
    return picture


def _points(
    values: NDArray[np.float64], middle: float, half: float, reach: float
) -> list[tuple[float, float]]:
    x = np.linspace(_MARGIN, _WIDTH - _MARGIN, len(values))
    y = middle - np.clip(values / reach, -1.0, 1.0) * half
    return list(zip(x.tolist(), y.tolist(), strict=True))
