"""Values of one kind that stand in several columns: ``genre1, genre2``, ``artist_1, artist_2``, or a column of yes and
no for each genre (``genre_rock, genre_jazz``), as programs for statistics have them.

They are put together in a column more, with ";" between, which always separates.

Public names: :class:`JoinedColumns`, :func:`find_joined_columns`.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ...cells import read_yes_no
from .mapping import CANONICAL_OF, name_key
from .proposals import listed_names

_NUMBERED = re.compile(r"(.*[^\W\d])[\s_.#-]*(\d{1,2})")
_FLAG = re.compile(r"(genres?|styles?|tags?)(?:[\s_.:=-]+)(\S.*)", re.IGNORECASE)
_LISTS = ("artist", "genres", "labels")
_FEWEST_FLAGS = 3  # columns
Cells = Sequence[str]


@dataclass(frozen=True)
class JoinedColumns:
    """Columns that are one together.

    Parameters
    ----------
    field : str
        The canonical column that they are.
    places : sequence of int
    name : str
        What they are called together.
    flags : sequence of str
        What a yes in each of them means; empty where they hold values.
    """

    field: str
    places: Sequence[int]
    name: str
    flags: Sequence[str] = ()

    def joined(self, cells: Cells) -> str:
        """Return the values of a row."""
        found = [cells[at].strip() for at in self.places]
        if self.flags:
            found = [name for name, cell in zip(self.flags, found, strict=True) if read_yes_no(cell)]
        return ";".join(filter(None, found))

    def note(self, _rows: Sequence[Cells] = ()) -> str:
        """Say that the columns are put together."""
        what = "columns of yes and no, of which each is a value" if self.flags else "columns"
        return (
            f"{self.field} is read from {len(self.places)} {what}, {self.name}; if that is wrong, add "
            f"--columns {self.field}=-"
        )


def find_joined_columns(names: Cells, rows: Sequence[Cells], asked: Collection[str]) -> list[JoinedColumns]:
    """Return which columns are one together.

    Parameters
    ----------
    names : sequence of str
        The header.
    rows : sequence of sequence of str
        The first rows.
    asked : collection of str
        Canonical columns that the user named.
    """
    known = {field: [at for at, name in enumerate(names) if _field(name) == field] for field in _LISTS}
    found = [
        JoinedColumns(field, places, _together(names, places))
        for field in _LISTS
        if field not in asked and (places := _numbered(names, field, known[field]))
    ]
    if not {"genres"} & {*asked, *(one.field for one in found)} and not known["genres"]:
        found += _flags(names, rows)
    return found


def _field(name: str) -> str | None:
    return CANONICAL_OF.get(name_key(name))


def _numbered(names: Cells, field: str, known: Sequence[int]) -> list[int]:
    """Return the places of columns that count from 0 or 1; the first may have no number."""
    matches = {at: found for at, name in enumerate(names) if (found := _NUMBERED.fullmatch(name.strip()))}
    of_field = {at: found for at, found in matches.items() if _field(found[1]) == field and at not in known}
    if len(known) > 1 or len({name_key(found[1]) for found in of_field.values()}) != 1:
        return []
    numbers = {int(found[2]): at for at, found in of_field.items()}
    if known and name_key(names[known[0]]) == name_key(next(iter(of_field.values()))[1]) and 1 not in numbers:
        numbers[1] = known[0]
    elif known:
        return []
    ordered = sorted(numbers)
    if len(ordered) < 2 or len(numbers) < len(of_field) or ordered[0] > 1:
        return []
    return (
        [numbers[number] for number in ordered] if ordered == list(range(ordered[0], ordered[-1] + 1)) else []
    )


def _flags(names: Cells, rows: Sequence[Cells]) -> list[JoinedColumns]:
    found = {at: match for at, name in enumerate(names) if (match := _FLAG.fullmatch(name.strip()))}
    values = _values_of(rows)
    are_flags = all(
        read_yes_no(cell) is not None for at in found for cell in values(at) if cell.strip()
    ) and any(read_yes_no(cell) for at in found for cell in values(at))
    if len(found) < _FEWEST_FLAGS or not are_flags:
        return []
    flags = [match[2].replace("_", " ") for match in found.values()]
    return [JoinedColumns("genres", list(found), _together(names, list(found)), flags)]


def _values_of(rows: Sequence[Cells]) -> Callable[[int], list[str]]:
    return lambda place: [cells[place] for cells in rows if place < len(cells)]


def _together(names: Cells, places: Sequence[int]) -> str:
    return listed_names([names[at] for at in places]).replace("', '", "' + '")
