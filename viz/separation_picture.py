"""A spectrogram in which the color says whose a cell is and the strength how loud it is.

Public functions: :func:`paint_spectrogram`, :func:`write_separation_png`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError
from ..core.replacement import replace_file
from .display import display_name
from .palette import PALETTES

FLOOR_DB = -60.0
_WIDTH, _HEIGHT = 1440, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 24, 56, 56
_TYPE = 20


def paint_spectrogram(
    levels_db: NDArray[np.floating], owners: NDArray[np.integer], *, theme: str = "light"
) -> NDArray[np.uint8]:
    """Color each cell.

    Parameters
    ----------
    levels_db : ndarray of shape (n_frames, n_bins)
        Relative to the loudest cell; at -60 and below a cell is paper.
    owners : ndarray of shape (n_frames, n_bins), int
        The source of each cell, 0 to 9.
    theme : {"light", "dark"}

    Returns
    -------
    ndarray of shape (n_bins, n_frames, 3), uint8
        Time to the right, high frequencies above.

    Raises
    ------
    ParameterError
        If the shapes differ or there are more sources than colors.
    """
    levels, owners = check_cells(levels_db, owners)
    palette = PALETTES[theme]
    hues = np.array([_rgb(str(color)) for color in palette["categories"]])
    strength = np.clip(levels / -FLOOR_DB + 1.0, 0.0, 1.0)[..., None]
    paper = np.array(_rgb(str(palette["paper"])))
    mixed = paper + (hues[owners] - paper) * strength
    return np.round(mixed).astype(np.uint8).transpose(1, 0, 2)[::-1]


def write_separation_png(
    levels_db: NDArray[np.floating],
    owners: NDArray[np.integer],
    path: str | Path,
    *,
    duration_s: float,
    highest_hz: float,
    names: Sequence[str],
    theme: str = "light",
) -> Path:
    """Write the picture with its axes and a legend.

    Parameters
    ----------
    levels_db, owners
        As in :func:`paint_spectrogram`.
    path : path
        Its folder must exist.
    duration_s, highest_hz : float
        What the picture spans.
    names : sequence of str
        Of the sources, in order.
    theme : {"light", "dark"}

    Returns
    -------
    Path
    """
    from PIL import Image, ImageDraw, ImageFont

    painted = Image.fromarray(paint_spectrogram(levels_db, owners, theme=theme))
    palette = PALETTES[theme]
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), str(palette["paper"]))
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    sheet.paste(painted.resize((wide, tall), Image.Resampling.BOX), (_LEFT, _TOP))
    draw = ImageDraw.Draw(sheet)
    pen = _Pen(draw, ImageFont.load_default(_TYPE), str(palette["ink"]), str(palette["unknown"]))
    pen.axes(duration_s, highest_hz, wide, tall)
    pen.legend([display_name(name, 24) for name in names], [str(c) for c in palette["categories"]])
    with replace_file(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)
    return Path(path)


def check_cells(
    levels_db: NDArray[np.floating], owners: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Return both as arrays if they fit together and there is a color for each source, else raise."""
    levels, owners = np.asarray(levels_db, np.float64), np.asarray(owners)
    if levels.ndim != 2 or levels.shape != owners.shape or not levels.size:
        raise ParameterError(
            f"levels_db and owners must be of one shape (n_frames, n_bins); got {levels.shape}, {owners.shape}"
        )
    most = len(PALETTES["light"]["categories"])
    if owners.min() < 0 or owners.max() >= most:
        raise ParameterError(f"owners must be within 0 to {most - 1}; got {owners.min()} to {owners.max()}")
    if not np.isfinite(levels).all():
        raise ParameterError("levels_db must be finite")
    return levels, owners


class _Pen:
    """Words and lines around the picture."""

    def __init__(self, draw: Any, font: Any, ink: str, line: str) -> None:
        self._draw, self._font, self._ink, self._line = draw, font, ink, line

    def axes(self, duration_s: float, highest_hz: float, wide: int, tall: int) -> None:
        bottom = _TOP + tall
        for second in nice_steps(duration_s, 10):
            x = _LEFT + wide * second / duration_s
            self._draw.line([(x, bottom), (x, bottom + 6)], fill=self._line, width=2)
            last = second + 1e-9 >= duration_s
            text = f"{second:g} s"
            self._draw.text(
                (x, bottom + 12), text, fill=self._ink, font=self._font, anchor="rt" if last else "mt"
            )
        for hertz in nice_steps(highest_hz, 5):
            y = bottom - tall * hertz / highest_hz
            self._draw.line([(_LEFT - 6, y), (_LEFT, y)], fill=self._line, width=2)
            text = f"{hertz / 1000:g} kHz" if hertz else "0"
            self._draw.text((_LEFT - 12, y), text, fill=self._ink, font=self._font, anchor="rm")

    def legend(self, names: Sequence[str], colors: Sequence[str]) -> None:
        x = float(_LEFT)
        for name, color in zip(names, colors, strict=False):
            self._draw.rectangle([x, 20, x + 18, 38], fill=color)
            self._draw.text((x + 28, 29), name, fill=self._ink, font=self._font, anchor="lm")
            x += 28 + self._draw.textlength(name, font=self._font) + 36


def nice_steps(reach: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten from 0 up to ``reach``, at most ``most`` + 1 of them."""
    raw = reach / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= raw * (1 - 1e-9))
    return [float(step * at) for at in range(int(reach / step * (1 + 1e-9)) + 1)]


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
