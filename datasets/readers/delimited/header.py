"""Which row of a table of text is its header, and what is said where none is known.

The header is the first row, or the first below lines that are no rows of the table: a title, the day of an export, a
comment. Such lines have few cells filled, and the row below them has usual names and the width of all that follow; or
the user names columns that stand in it.

Public names: :class:`Header`, :func:`find_header`, :func:`unknown_columns`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..columns.mapping import NO_COLUMN, has_usual_names, name_key
from ..columns.positions import proposed_positions
from ..columns.proposals import columns_example, listed_names

_DEEPEST = 12  # rows that are looked at for a header below a title
_COMMENTS = ("#", "//", "--")
_LONGEST_NAME = 100  # characters
_SHOWN = 40  # characters of a title that a note shows
Cells = Sequence[str]


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Parameters
    ----------
    names : list of str or None
        None where the table has no header.
    n_above : int
        Rows above it that are no rows of the table.
    """

    names: list[str] | None
    n_above: int = 0

    def note(self, rows: Sequence[Cells]) -> list[str]:
        """Return a note on the rows above the header, or nothing."""
        if not self.n_above:
            return []
        title = ", ".join(filter(None, (cell.strip() for cell in rows[0])))
        what = "a line stands" if self.n_above == 1 else f"{self.n_above} lines stand"
        return [
            f"{what} above the header and {'is' if self.n_above == 1 else 'are'} not read: {_cut(title)!r}"
        ]


def find_header(rows: Sequence[Cells], columns: Mapping[str, str | int]) -> Header:
    """Return the header of a table.

    A row is one if the user speaks of columns by names that stand in it; if it has usual column names and no number; or
    if a column is all numbers below it and not in it.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows.
    columns : mapping
        The user's word on columns.
    """
    named = [theirs for theirs in columns.values() if isinstance(theirs, str) and theirs != NO_COLUMN]
    if named:
        at = _row_with(rows, named)
        at = (_below_title(rows) or 0) if at is None else at
        return Header(_stripped(rows[at]), at)
    if (below := _below_title(rows)) is not None:
        return Header(_stripped(rows[below]), below)
    return Header(_stripped(rows[0]) if _is_header(rows[0], rows[1:]) else None)


def _stripped(row: Cells) -> list[str]:
    return [cell.strip() for cell in row]


def _row_with(rows: Sequence[Cells], named: Sequence[str]) -> int | None:
    """Return the place of the first row that has all the names, or None."""
    wanted = {name_key(name) for name in named}
    places = (at for at, row in enumerate(rows[:_DEEPEST]) if wanted <= set(map(name_key, row)))
    return next(places, None)


def _below_title(rows: Sequence[Cells]) -> int | None:
    """Return the place of a header below lines that are no rows, or None."""
    for at, row in enumerate(rows[1:_DEEPEST], start=1):
        n_filled = _n_filled(row)
        n_usual = sum(has_usual_names([cell]) for cell in row if cell)
        fits = _usual_width(rows[at + 1 :]) in (len(row), len(row) + 1)
        is_below = all(_is_aside(above, n_filled) for above in rows[:at])
        if is_below and fits and n_usual >= min(2, n_filled - 1) and _is_header(row, rows[at + 1 :]):
            return at
    return None


def _n_filled(row: Cells) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_aside(row: Cells, n_filled: int) -> bool:
    """Return whether a row cannot belong to a table that has so many columns."""
    return row[0].lstrip().startswith(_COMMENTS) or (n_filled > 1 and 2 * _n_filled(row) <= n_filled)


def _usual_width(rows: Sequence[Cells]) -> int | None:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else None


def _is_header(row: Cells, below: Sequence[Cells]) -> bool:
    cells = _stripped(row)
    named = [cell for cell in cells if cell]
    if (
        named
        and not _has_word_by_chance(cells, below)
        and has_usual_names(named)
        and not any(map(_is_number, named))
        and max(map(len, named)) < _LONGEST_NAME
    ):
        return True
    fitting = [other for other in below if len(other) == len(cells)]
    numbers = [
        bool(fitting) and all(_is_number(other[place]) for other in fitting) for place in range(len(cells))
    ]
    return any(number and cell and not _is_number(cell) for number, cell in zip(numbers, cells, strict=True))


def _has_word_by_chance(cells: Cells, below: Sequence[Cells]) -> bool:
    """Return whether the only usual name among several cells stands again below: a song is called "Track"."""
    usual = [at for at, cell in enumerate(cells) if has_usual_names([cell])]
    if len(usual) != 1 or _n_filled(cells) < 3:
        return False
    return any(cells[usual[0]] == row[usual[0]].strip() for row in below if usual[0] < len(row))


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def unknown_columns(rows: Sequence[Cells], numbers: Sequence[int]) -> str:
    """Say how to name the columns: by what a row calls them, or by position where it plainly is data.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows, none of which is known for a header.
    numbers : sequence of int
        What rejects call these rows.
    """
    at = _end_of_title(rows)
    first, below = _stripped(rows[at]), rows[at + 1 :]
    above = f"{_cut(', '.join(filter(None, rows[0])).strip())!r} stands above the table; " if at else ""
    fitting = [row for row in below if len(row) == len(first)]
    if _is_data(first, fitting):
        shown = "; ".join(f"{place}: {cell[:24]!r}" for place, cell in enumerate(first[:12]))
        which = f"{above}row {numbers[at]} is not a header ({shown})"
        return f"{which}; name the columns by position, {_by_position(rows[at:])}"
    example = columns_example(first, values=[[row[place] for row in fitting] for place in range(len(first))])
    unknown = f"{above}no column of the header is known ({listed_names(first)}); say which is which, "
    if _stands_out(first, fitting) or len(first) < 2:
        return f"{unknown}e.g. --columns {example}"
    return f"{unknown}e.g. --columns {example}, or, if this row is a review, by position, {_by_position(rows[at:])}"


def _by_position(rows: Sequence[Cells]) -> str:
    example, doubt = proposed_positions(rows)
    return f"e.g. --columns '{example}'{f' ({doubt})' if doubt else ''}"


def _end_of_title(rows: Sequence[Cells]) -> int:
    """Return how many rows in front have too few cells filled for what follows."""
    width = _usual_width(rows) or 1
    at = 0
    while at < min(_DEEPEST, len(rows) - 1) and _is_aside(rows[at], width):
        at += 1
    return at if at < min(_DEEPEST, len(rows) - 1) else 0


def _is_data(cells: Cells, below: Sequence[Cells]) -> bool:
    """Return whether cells are no header: blank, repeated, long, with a number in front, or there again below.

    Questions, as forms have them, may be long.
    """
    if any(cell.endswith(("?", "？")) for cell in cells) and len(set(cells)) == len(cells):
        return False
    long = any(len(cell) > 40 or len(cell.split()) > 5 for cell in cells)
    again = any(cell and any(cell == row[at].strip() for row in below) for at, cell in enumerate(cells))
    return (
        again or long or len(set(cells)) < len(cells) or any(not cell or cell[0].isdigit() for cell in cells)
    )


def _stands_out(cells: Cells, below: Sequence[Cells]) -> bool:
    """Return whether all values of a column have a digit, but for that in the first row."""
    digits = [[any(map(str.isdigit, row[at])) for row in (cells, *below)] for at in range(len(cells))]
    return not below or any(not first and all(others) for first, *others in digits)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
