"""Arrays as base64 text for the page: small, exact in type, read there without parsing numbers.

All arrays are little-endian. Public functions: :func:`packed`, :func:`packed_lists`, :func:`quantized_rows`,
:func:`quantized_plane`.
"""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {"uint8", "int8", "uint16", "int16", "uint32", "float32"}


def packed(values: NDArray[Any], dtype: str) -> dict[str, str]:
    """Return ``{"type", "base64"}`` of a flat array; values outside the type are cut to its range."""
    if dtype not in _TYPES:
        raise ValueError(f"no typed array for {dtype}")
    flat = np.asarray(values).ravel()
    if dtype != "float32":
        limits = np.iinfo(dtype)
        flat = np.clip(flat, limits.min, limits.max)
    data = np.ascontiguousarray(flat, dtype=np.dtype(dtype).newbyteorder("<"))
    return {"type": dtype, "base64": base64.b64encode(data.tobytes()).decode("ascii")}


def packed_lists(lists: Sequence[Sequence[int]], n_codes: int) -> dict[str, Any]:
    """Return the lengths and the joined codes of ragged lists (at most 255 codes of a list are kept)."""
    lengths = np.array([min(len(codes), 255) for codes in lists], np.uint8)
    flat = np.array([code for codes in lists for code in codes[:255]], np.uint32)
    width = "uint8" if n_codes <= 256 else "uint16" if n_codes <= 65_536 else "uint32"
    return {"lengths": packed(lengths, "uint8"), "codes": packed(flat, width)}


def quantized_rows(matrix: NDArray[Any], dtype: str = "int8") -> NDArray[Any]:
    """Round each row to int8 or int16 so that its largest value becomes the largest there is, 127 or 32,767.

    A cosine does not depend on the length of a row, so no scale needs to be kept: the page divides by the
    lengths of the rounded rows. Rows of zeros stay zero.
    """
    values = np.asarray(matrix, dtype=np.float64)
    largest = np.abs(values).max(axis=1, keepdims=True, initial=0.0)
    steps = float(np.iinfo(dtype).max)
    return np.rint(values * (steps / np.where(largest > 0, largest, 1.0))).astype(dtype)


def quantized_plane(coordinates: NDArray[np.float32]) -> tuple[NDArray[np.uint16], dict[str, float]]:
    """Round positions to a grid of 65,536 steps along the longer side of the map.

    Returns
    -------
    steps : ndarray of shape (n, 2), uint16
    grid : dict
        ``x``, ``y`` (the corner) and ``step``: position = corner + steps * step.
    """
    points = np.asarray(coordinates, np.float64)
    corner = points.min(axis=0) if len(points) else np.zeros(2)
    extent = float((points.max(axis=0) - corner).max()) if len(points) else 0.0
    step = extent / 65_535 if extent > 0 else 1.0
    steps = np.rint((points - corner) / step).astype(np.uint16)
    return steps, {"x": float(corner[0]), "y": float(corner[1]), "step": step}


def wav_address(sound: bytes) -> str:
    """Return a WAV file as an address a player can be given, inside the page."""
    return f"data:audio/wav;base64,{base64.b64encode(sound).decode('ascii')}"
