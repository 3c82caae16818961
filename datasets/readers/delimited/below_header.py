"""Rows directly below a header that are no review: the rule of a Markdown table, and units ("Points", "DD.MM.YY").

Public names: :func:`is_rule`, :func:`has_units_below`, :func:`plain_cells`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..columns.mapping import has_usual_names
from ..texts.markdown import without_inline_marks
from .records import Row

_RULE = re.compile(r"\s*:?-+:?\s*")
_LONGEST_UNIT = 20  # characters
_FEWEST_BELOW = 3  # rows that tell what the columns hold
_NEARLY_ALL = 0.8
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
Cells = Sequence[str]


def is_rule(cells: Cells) -> bool:
    """Return whether a row is the line below the header of a Markdown table: ``|:---|---:|``."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(_RULE.fullmatch(cell) for cell in filled)


def has_units_below(rows: Sequence[Cells], places: Mapping[str, int]) -> bool:
    """Return whether the first of some rows names units or kinds, not a review.

    It has neither artist nor title, which the rows below it have, only few letters a cell, and no number; and what it
    says is a usual name of a column, or stands in a column of numbers or days.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows below the header.
    places : mapping of str to int
        Where the canonical columns are.
    """
    first, below = rows[:1], [row for row in rows[1:] if rows and len(row) == len(rows[0])]
    n_cells = len(first[0]) if first else 0
    named = (places.get(field, n_cells) for field in ("artist", "title"))
    names = [place for place in named if place < n_cells]  # an artist in two columns stands in none of them
    if not names or len(below) < _FEWEST_BELOW:
        return False
    filled = {at: cell.strip() for at, cell in enumerate(first[0]) if cell.strip()}
    if any(at in filled or not _mostly(bool(row[at].strip()) for row in below) for at in names):
        return False
    if any(len(cell) > _LONGEST_UNIT or _NUMBER.fullmatch(cell) for cell in filled.values()):
        return False
    return any(has_usual_names([cell]) or _is_above_numbers(cell, at, below) for at, cell in filled.items())


def _is_above_numbers(cell: str, at: int, below: Sequence[Cells]) -> bool:
    others = [row[at] for row in below if row[at].strip()]
    has_digits = (any(map(str.isdigit, other)) and len(other) <= _LONGEST_UNIT for other in others)
    return len(others) >= _FEWEST_BELOW and not any(map(str.isdigit, cell)) and _mostly(has_digits)


def _mostly(flags: Iterable[bool]) -> bool:
    flags = list(flags)
    return sum(flags) >= _NEARLY_ALL * len(flags)


def plain_cells(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows of a Markdown table without the marks of their cells: ``**4**``, ``*Rest*``, ``[Low](https://...)``."""
    return ((number, list(map(_plain, cells))) for number, cells in rows)


def _plain(cell: str) -> str:
    return (
        without_inline_marks(cell.strip()) if re.search(r"\w", cell) else cell
    )  # "*****" is a mark of a critic
