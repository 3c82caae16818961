"""Scores as people write them, and whether they seem to be on another scale than the one in use.

A plain number (with decimal comma, too) is on the scale of the source, ``score_range``. A *fraction* brings its own
scale, from 0: ``7.5/10``, ``4/5``, ``8.1 out of 10``, ``4.0 out of 5 stars``, ``85%``, and stars with hollow ones
(``★★★★☆``); where its upper end is that of the source, the number before it is taken as a plain one. Stars without
their maximum (``★★★½``, ``****``, ``4 stars``, ``three and a half stars``, ``🔥🔥🔥``)
are out of 5 where none are more, out of 10 where some are 10; points
without it (``8,5 Punkte``) are plain numbers. Halves may be written ``3½`` and ``3 1/2``; what stands in brackets or
after a dash behind a score, asterisks behind a number, and "Rating:" in front are left aside. Where nearly all cells
are letter grades these are even steps from F, the lowest score, to A+, the highest; elsewhere three and more with a
sign are ("B+"). On a scale whose best end is the lower (school grades, from 6 to 1) "2-" is 2.3.

Public names: :data:`GRADES`, :func:`read_numbers`, :func:`read_scores`, :class:`ReadScores`, :func:`scale_note`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_UNIT = r"(?:\s*(?:stars?|points?|pts\.?|sternen?|punkten?|étoiles?|estrellas?|puntos?|stelle|punti|[★⭐]\ufe0f?))?"
_OF = r"\s*(?:/|out of|of|von|sur|su|de|sobre|из)\s*"
_FRACTION = re.compile(_NUMBER + _UNIT + _OF + _NUMBER + _UNIT, re.IGNORECASE)
_PERCENT = re.compile(_NUMBER + r"\s*%")
_STARS = re.compile(r"[★⭐☆✩½]*[★⭐☆✩][★⭐☆✩½]*")
_ASTERISKS = re.compile(r"(\*+)(½|1/2)?")
_WORD_STARS = re.compile(_NUMBER + r"\s*(?:stars?|sternen?|étoiles?|estrellas?|stelle|[★⭐])", re.IGNORECASE)
_NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_STARS_IN_WORDS = re.compile(
    rf"(?:({'|'.join(_NUMBER_WORDS)}|zero)([ -]and[ -](?:a|one)[ -]half)?|(half)[ -]an?)[ -]stars?",
    re.IGNORECASE,
)
_HALVES = frozenset(["½", "1/2"])  # of a star, among stars
_FULL, _HOLLOW, _HALF = "★⭐", "☆✩", "½"
_HALF_STARS = frozenset(_HALF + star for star in _FULL)
_PARTS = {"½": ".5", "¼": ".25", "¾": ".75", "1/2": ".5", "1/4": ".25", "3/4": ".75"}
_MIXED = re.compile(r"(?<![\d.,/])(\d+)(?:\s*([½¼¾])|\s+(1/2|1/4|3/4)(?!\d))|^\s*([½¼¾])\s*$")
_IN_FRONT = re.compile(
    r"^(?:rating|score|grade|wertung|bewertung|note|punkte|puntuación|nota|voto)\s*[:=]\s*", re.IGNORECASE
)
_POINTS = re.compile(
    _NUMBER + r"\s*(?:points?|pts?\.?|punkten?|pkte?\.?|puntos?|punti|点|分)\s*", re.IGNORECASE
)  # without their maximum: a number on the scale of the source
_EMPHASIS = re.compile(r"^\s*(\*{1,3}|_{1,3})(\d.*?)\1\s*$")  # of Markdown: **4**
_BEHIND = re.compile(r"\s+[-–—]\s+\D+$|(?<=[\w%★⭐☆✩½*.])\s*\([^()]*\)\s*$|(?<=\d)\s*[*†‡]+$")
GRADES = ("F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+")
"""Letter grades, from the lowest score to the highest in even steps."""
_STEP_OF_GRADE = {grade: step for step, grade in enumerate(GRADES)}
_SHARE_GRADES = 0.9  # of the cells that letter grades must be
_SHARE_WITHOUT_NUMBERS = 0.5  # where no other cell is a number: Christgau has "*" and "dud" beside them
_FEWEST_SIGNED = 3  # letter grades with a sign that count beside other scores
_SCHOOL_GRADE = re.compile(r"^\s*([1-6])\s*([+\-−–])\s*([1-6])?\s*$")
_SCHOOL_GRADES = frozenset(["note", "noten", "schulnote", "schulnoten", "gesamtnote", "zensur"])
_MAXIMUM = re.compile(
    r"(?:\bmax(?:imum|imal|\.)?|\b(?:out )?of|\b(?:von|sur|su|sobre)|/|\b[01]\s*(?:[-–]|to\b|bis\b|à))\s*(\d{1,3})\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\b(\d{1,3})\s*=[^=]*\b(\d{1,3})\s*=")
_LARGEST_SCALE = 100.0  # "8/2017" is no score
_USUAL_SCALES = (20, 100, 1000)
_SHARE_ABOVE = 0.1  # of the scores; fewer are slips of the pen
_FEWEST_STARS = 8  # in halves, of which none is above five
_MANY_SCORES = 20  # of which none is above five: hardly marks out of ten
_FEWEST_ZEROS, _SHARE_ZEROS = 2, 0.1  # of the scores; more of them are hardly the lowest score
_FEWEST_VALUES = 3  # different ones; fewer say nothing of the scale


def read_numbers(texts: pa.Array) -> NDArray[np.float64]:
    """Read numbers, with a decimal comma too; NaN where there is none."""
    with_point = pc.replace_substring_regex(texts, r"^([+-]?\d+),(\d+)$", r"\1.\2")
    return pd.to_numeric(with_point.to_pandas().astype(object), errors="coerce").to_numpy(
        dtype=np.float64, copy=True
    )


def _with_thirds(texts: pa.Array) -> pa.Array:
    """Write school grades, of which 1 is the best, as numbers: "2+" is 1.7, "2-" is 2.3, "2-3" is 2.5."""
    encoded = texts.dictionary_encode()
    cells = [_SCHOOL_GRADE.sub(_thirds, cell) for cell in encoded.dictionary.to_pylist()]
    return pa.array(cells, pa.string()).take(encoded.indices)


def _thirds(grade: re.Match[str]) -> str:
    number, sign, other = int(grade[1]), grade[2], grade[3]
    if other:
        return f"{(number + int(other)) / 2:g}"
    return f"{min(6, max(1, number + (-0.3 if sign == '+' else 0.3))):g}"


@dataclass(frozen=True)
class ReadScores:
    """Scores of a column.

    Parameters
    ----------
    scores : ndarray of float64
        NaN where there is none; they may lie outside the scale.
    own_scale : ndarray of bool
        Which were written with their own scale.
    notes : list of str
        What was guessed.
    """

    scores: NDArray[np.float64]
    own_scale: NDArray[np.bool_]
    notes: list[str]


def read_scores(texts: pa.Array, low: float, high: float) -> ReadScores:
    """Read scores, on the scale from ``low`` to ``high``.

    Parameters
    ----------
    texts : pyarrow.Array of string
    low, high : float
        Scale of plain numbers.

    Returns
    -------
    ReadScores
    """
    scores = read_numbers(texts if low < high else _with_thirds(texts))
    open_places = np.flatnonzero(np.isnan(scores) & texts.is_valid().to_numpy(zero_copy_only=False))
    own_scale = np.zeros(len(scores), dtype=bool)
    if not len(open_places):
        return ReadScores(scores, own_scale, [])
    encoded = texts.take(pa.array(open_places)).dictionary_encode()
    codes, cells = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    plain, fractions, notes = _understood(cells)
    n_known = len(texts) - texts.null_count
    numbers = read_numbers(pa.array(plain, pa.string()))
    counts = np.bincount(codes, minlength=len(cells))
    told = {
        cell for cell in fractions if not _ASTERISKS.fullmatch(cell.strip())
    }  # beside letters "*" is no star
    is_told = np.isfinite(numbers) | [cell in told for cell in cells]
    n_told = n_known - len(open_places) + int(counts[is_told].sum())
    graded, all_are = _grades(cells, counts, n_known, n_told)
    if all_are:
        fractions, notes = {cell: fractions[cell] for cell in told}, []
    if graded:
        fractions, notes = {**fractions, **graded}, [*notes, _GRADES_NOTE]
    values = np.array([_on_scale(fractions.get(cell), low, high) for cell in cells])
    scores[open_places] = np.where(np.isnan(values), numbers, values)[codes]
    own_scale[open_places] = np.isfinite(values)[codes]
    return ReadScores(scores, own_scale, notes)


_GRADES_NOTE = (
    "scores are letter grades, read in even steps from F, the lowest, to A+, the highest (B is 6.7 of 10)"
)


def _grades(
    cells: Sequence[str], counts: NDArray[np.int64], n_known: int, n_told: int
) -> tuple[dict[str, tuple[float, float]], bool]:
    """Return letter grades as (steps above F, steps of all), and whether the column is one of letter grades.

    Nearly all cells are then, or half of them where no other tells a number (``n_told``). In another column three with
    a sign and more are letter grades, too.
    """
    keys = {cell: re.sub("[−–—]", "-", cell).upper().replace(" ", "") for cell in cells}
    found = {cell: (float(_STEP_OF_GRADE[key]), 12.0) for cell, key in keys.items() if key in _STEP_OF_GRADE}
    n_graded = sum(int(n) for cell, n in zip(cells, counts, strict=True) if cell in found)
    share = _SHARE_GRADES if n_told else _SHARE_WITHOUT_NUMBERS
    if len(found) > 1 and n_graded >= share * n_known:
        return found, True
    signed = {cell: step for cell, step in found.items() if len(keys[cell]) == 2}  # "B+" is nothing else
    n_signed = sum(int(n) for cell, n in zip(cells, counts, strict=True) if cell in signed)
    return (signed, False) if n_signed >= _FEWEST_SIGNED else ({}, False)


def _understood(cells: Sequence[str]) -> tuple[list[str], dict[str, tuple[float, float]], list[str]]:
    """Return cells as plain numbers may stand in them, those that are (points, points at most), and notes."""
    plain: list[str] = []
    found: dict[str, tuple[float, float]] = {}
    stars: dict[str, float] = {}
    for cell in cells:
        text = _plain_text(cell)
        plain.append(text)
        signs = text.replace("\ufe0f", "").replace(" ", "")
        if match := _FRACTION.fullmatch(text):
            found[cell] = _value(match[1]), _value(match[2])
        elif match := _PERCENT.fullmatch(text):
            found[cell] = _value(match[1]), 100.0
        elif _STARS.fullmatch(signs):
            n_full = 0 if signs in _HALF_STARS else sum(map(signs.count, _FULL))
            stars[cell] = n_full + 0.5 * signs.count(_HALF)
            if any(hollow in signs for hollow in _HOLLOW):
                found[cell] = stars.pop(cell), float(len(signs))
        elif match := _ASTERISKS.fullmatch(signs):
            stars[cell] = len(match[1]) + (0.5 if match[2] else 0.0)
        elif match := _WORD_STARS.fullmatch(text.replace("\ufe0f", "")):
            stars[cell] = _value(match[1])
        elif match := _STARS_IN_WORDS.fullmatch(text):
            stars[cell] = _stars_in_words(match)
    if not stars and not found:
        stars = _symbols(cells)
    if stars:  # half a star among stars
        stars |= {cell: 0.5 for cell in cells if cell.strip() in _HALVES}
    return plain, {**found, **_out_of_most(stars)}, _stars_note(stars)


def _plain_text(cell: str) -> str:
    """Write "3½" as "3.5", digits as ASCII has them, and leave out what stands behind: "8.5 (BNM)", "8.5*"."""
    text = _MIXED.sub(lambda found: (found[1] or "0") + _PARTS[found[2] or found[3] or found[4]], cell)
    text = "".join(
        unicodedata.normalize("NFKC", char) if "\uff00" <= char <= "\uff5e" else char for char in text
    )
    text = _EMPHASIS.sub(r"\2", text)
    text = _BEHIND.sub("", _BEHIND.sub("", _IN_FRONT.sub("", text.strip()))).strip()
    points = _POINTS.fullmatch(text)
    return points[1] if points else text


def _stars_in_words(match: re.Match[str]) -> float:
    """Return 3.5 for "three and a half stars"."""
    if match[3]:
        return 0.5
    word = match[1].lower().replace("zero", "no")
    return _NUMBER_WORDS.index(word) + (0.5 if match[2] else 0.0)


def _symbols(cells: Sequence[str]) -> dict[str, float]:
    """Return the number of signs in each cell where all have but one, the same, and not always as many: 🔥🔥🔥."""
    signs = {cell: cell.replace("\ufe0f", "").replace(" ", "") for cell in cells}
    kinds, sizes = set("".join(signs.values())), {len(sign) for sign in signs.values()}
    is_one = len(kinds) == 1 and unicodedata.category(next(iter(kinds))) == "So"
    return {cell: float(len(sign)) for cell, sign in signs.items()} if is_one and len(sizes) > 1 else {}


def _most(stars: Mapping[str, float]) -> float | None:
    most = max(stars.values(), default=0)
    return 5.0 if most <= 5 else 10.0 if most == 10 else None


def _out_of_most(stars: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    most = _most(stars)
    return {} if most is None else {cell: (points, most) for cell, points in stars.items()}


def _stars_note(stars: Mapping[str, float]) -> list[str]:
    most = _most(stars)
    if not stars or most is None:
        return []
    return [f"stars without their maximum, such as {next(iter(stars))!r}, are read as out of {most:g}"]


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


def highest_of_name(name: str) -> int | None:
    """Return the highest score that a column's name tells: 12 for "Punkte (max. 12)", 7 for "(1 = bad, 7 = good)"."""
    found = _MAXIMUM.search(name)
    if found is None and (told := _ENDS.search(name)):
        return max(int(told[1]), int(told[2]))
    return None if found is None else int(found[1])


def scale_note(scores: NDArray[np.float64], low: float, high: float, name: str = "") -> str | None:
    """Say so if plain scores, read from ``low`` to ``high``, seem to be on another scale.

    Parameters
    ----------
    scores : ndarray of float64
        As they stand in the source, those with a scale of their own left out.
    low, high : float
    name : str
        What the source calls the column; it may tell the scale.

    Returns
    -------
    str or None
    """
    known = scores[np.isfinite(scores)]
    if not len(known):
        return None
    if low > high:
        return f"scores are read from {low:g}, the worst, to {high:g}, the best"
    n_above, told = int((known > high).sum()), highest_of_name(name)
    if told and (low, high) == (0.0, 10.0) and 1 < told != high and known.max() <= told:
        return f"scores are in {name!r}: {_remedy(told, lowest=int(known.min() >= 1 and told < high))}"
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
    rated = known[known != 0]
    n_zero = len(known) - len(rated)
    if n_zero >= max(_FEWEST_ZEROS, _SHARE_ZEROS * len(known)) and len(rated) and rated.min() >= 1:
        scale = 5 if highest <= 5 else 10
        return (
            f"{n_zero:,} of {len(known):,} scores are 0, the others run from {rated.min():g} to {highest:g}: if 0 "
            f"means not rated, do it again with --score-range 1,{scale} (score_range=(1, {scale}) in Python): "
            f"it sets them to null, and reads the others from 1, the lowest, to {scale}"
        )
    if lowest < 0 or len(np.unique(known)) < _FEWEST_VALUES:
        return None
    if lowest >= 1 and highest <= 6 and name.strip().casefold() in _SCHOOL_GRADES:
        told = (
            f"scores in {name!r} run from {lowest:g} to {highest:g}: if they are school grades, 1 the best, "
        )
        stars = f"; {_remedy(5, lowest=1)}" if highest <= 5 else ""
        return f"{told}do it again with --score-range 6,1 (score_range=(6, 1) in Python){stars}"
    are_halves = not (known * 2 % 1).any()
    is_stars = are_halves and (highest == 5 or (1 < highest < 5 and len(known) >= _FEWEST_STARS))
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
