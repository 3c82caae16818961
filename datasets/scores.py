"""Scores as people write them, and whether they seem to be on another scale than the one in use.

A plain number (with decimal comma, too) is on the scale of the source, ``score_range``. A *fraction* brings its own
scale, from 0: ``7.5/10``, ``4/5``, ``8.1 out of 10``, ``4.0 out of 5 stars``, ``85%``, and stars with hollow ones
(``★★★★☆``); where its upper end is that of the source, the number before it is taken as a plain one. Stars without
hollow ones are out of the most signs that the column shows, if these are 5 or 10.

Public names: :func:`read_numbers`, :func:`read_scores`, :func:`scale_note`.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_UNIT = r"(?:\s*(?:stars?|points?|pts\.?|sternen?|punkten?|étoiles?|estrellas?|puntos?|stelle|punti|[★⭐]\ufe0f?))?"
_OF = r"\s*(?:/|out of|of|von|sur|su|de|sobre)\s*"
_FRACTION = re.compile(_NUMBER + _UNIT + _OF + _NUMBER + _UNIT, re.IGNORECASE)
_PERCENT = re.compile(_NUMBER + r"\s*%")
_STARS = re.compile(r"[★⭐☆✩½]+")
_FULL, _HOLLOW, _HALF = "★⭐", "☆✩", "½"
_LARGEST_SCALE = 100.0  # "8/2017" is no score
_USUAL_SCALES = (20, 100, 1000)
_SHARE_ABOVE = 0.1  # of the scores; fewer are slips of the pen
_MANY_SCORES = 20  # of which none is above five: hardly marks out of ten
_FEWEST_VALUES = 3  # different ones; fewer say nothing of the scale


def read_numbers(texts: pa.Array) -> NDArray[np.float64]:
    """Read numbers, with a decimal comma too; NaN where there is none."""
    with_point = pc.replace_substring_regex(texts, r"^([+-]?\d+),(\d+)$", r"\1.\2")
    return pd.to_numeric(with_point.to_pandas().astype(object), errors="coerce").to_numpy(
        dtype=np.float64, copy=True
    )


def read_scores(texts: pa.Array, low: float, high: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read scores, on the scale from ``low`` to ``high``.

    Parameters
    ----------
    texts : pyarrow.Array of string
    low, high : float
        Scale of plain numbers.

    Returns
    -------
    scores : ndarray of float64
        NaN where there is none; they may lie outside the scale.
    own_scale : ndarray of bool
        Which were written with their own scale.
    """
    scores = read_numbers(texts)
    open_places = np.flatnonzero(np.isnan(scores) & texts.is_valid().to_numpy(zero_copy_only=False))
    own_scale = np.zeros(len(scores), dtype=bool)
    if not len(open_places):
        return scores, own_scale
    encoded = texts.take(pa.array(open_places)).dictionary_encode()
    cells = encoded.dictionary.to_pylist()
    fractions = _fractions(cells)
    values = np.array([_on_scale(fractions.get(cell), low, high) for cell in cells])
    scores[open_places] = values[encoded.indices.to_numpy()]
    own_scale[open_places] = np.isfinite(scores[open_places])
    return scores, own_scale


def _fractions(cells: Sequence[str]) -> Mapping[str, tuple[float, float]]:
    """Return (points, points at most) of the cells that tell both."""
    found: dict[str, tuple[float, float]] = {}
    stars: dict[str, tuple[float, int]] = {}
    for cell in cells:
        signs = cell.replace("\ufe0f", "").replace(" ", "")
        if match := _FRACTION.fullmatch(cell):
            found[cell] = _value(match[1]), _value(match[2])
        elif match := _PERCENT.fullmatch(cell):
            found[cell] = _value(match[1]), 100.0
        elif _STARS.fullmatch(signs):
            points = sum(map(signs.count, _FULL)) + 0.5 * signs.count(_HALF)
            stars[cell] = points, len(signs)
            if any(hollow in signs for hollow in _HOLLOW):
                found[cell] = points, float(len(signs))
    most = max((n_signs for _, n_signs in stars.values()), default=0)
    if most in (5, 10):
        found.update(
            {cell: (points, float(most)) for cell, (points, _) in stars.items() if cell not in found}
        )
    return found


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _on_scale(fraction: tuple[float, float] | None, low: float, high: float) -> float:
    if fraction is None or not 1 < fraction[1] <= _LARGEST_SCALE:
        return np.nan
    points, most = fraction
    return points if most == high else low + points * (high - low) / most


def _too_wide(known: NDArray[np.float64], low: float, high: float) -> str | None:
    """Say so if nearly all scores are marks out of 10, on a scale given as twice as wide or more."""
    n_low, is_wide = int((known <= 10).sum()), low == 0 and high >= 2 * 10
    if not is_wide or n_low < (1 - _SHARE_ABOVE) * len(known) or len(np.unique(known)) < _FEWEST_VALUES:
        return None
    return (
        f"{n_low:,} of {len(known):,} scores are 10 or less, very low on a scale of {low:g} to {high:g}: "
        "leave --score-range out if they are out of 10 (85/100 and 85% are understood beside them)"
    )


def scale_note(scores: NDArray[np.float64], low: float, high: float) -> str | None:
    """Say so if plain scores, read from ``low`` to ``high``, seem to be on another scale.

    Parameters
    ----------
    scores : ndarray of float64
        As they stand in the source, those with a scale of their own left out.
    low, high : float

    Returns
    -------
    str or None
    """
    known = scores[np.isfinite(scores)]
    if not len(known):
        return None
    n_above = int((known > high).sum())
    if n_above > _SHARE_ABOVE * len(known):
        counted = f"{n_above:,} of {len(known):,} scores {'is' if n_above == 1 else 'are'} above {high:g}"
        # not the largest: one slip of the pen in a long list would make it a scale of thousands
        usual = float(np.quantile(known[known > high], 0.9, method="higher"))
        return f"{counted} and set to null: {_remedy(_scale_of(usual))}"
    if (known < low).all():
        return (
            f"all {len(known):,} scores are below {low:g} and set to null: give the scale with --score-range"
        )
    if (low, high) != (0.0, 10.0):
        return _too_wide(known, low, high)
    lowest, highest = float(known.min()), float(known.max())
    if lowest < 0 or len(np.unique(known)) < _FEWEST_VALUES:
        return None
    is_stars = highest == 5 and not (known * 2 % 1).any()
    if is_stars or (1 < highest <= 5 and len(known) >= _MANY_SCORES):
        return f"scores run from {lowest:g} to {highest:g}: {_remedy(5, lowest=int(lowest >= 1))}"
    if highest <= 1:
        return f"scores run from {lowest:g} to {highest:g}: {_remedy(1)}"
    return None


def _scale_of(highest: float) -> int | None:
    return next((scale for scale in _USUAL_SCALES if highest <= scale), None)


def _remedy(scale: int | None, *, lowest: int = 0) -> str:
    if scale is None:
        return "give the scale, e.g. --score-range 0,5000 (score_range=(0, 5000) in Python)"
    return (
        f"if the scale is {lowest} to {scale}, do it again with --score-range {lowest},{scale} "
        f"(score_range=({lowest}, {scale}) in Python)"
    )
