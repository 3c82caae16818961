"""A header that comes again within a table, as files that were put one behind the other have it.

It is no review. Where it names the same columns in another order, the rows below it are read by it.

Public names: :class:`RepeatedHeaders`.
"""

from collections.abc import Sequence

from ..raw import RejectLog
from .records import Row


class RepeatedHeaders:
    """Leaves out headers that come again, and puts cells in the order of the first one.

    Parameters
    ----------
    names : sequence of str or None
        The header, None where the table has none.
    """

    def __init__(self, names: Sequence[str] | None) -> None:
        self._names = [name.strip().casefold() for name in names or ()]
        self._wanted, self._sorted = set(self._names) - {""}, sorted(self._names)
        self._places: list[int] | None = None  # of the cells, where their order differs
        self._turned: list[int] = []

    def without(self, rows: list[Row], rejects: RejectLog) -> list[Row]:
        """Return rows without headers; their numbers go to ``rejects``."""
        if not self._names:
            return rows
        kept: list[Row] = []
        again: list[int] = []
        for number, cells in rows:
            if cells[0].strip().casefold() in self._wanted and self._is_header(cells):
                again.append(number)
                self._turn(number, [cell.strip().casefold() for cell in cells])
            elif self._places is not None and len(cells) == len(self._places):
                kept.append((number, [cells[at] for at in self._places]))
            else:
                kept.append((number, cells))
        rejects.add(again, None, None, "the header again; left out")
        return kept

    def _is_header(self, cells: Sequence[str]) -> bool:
        return len(cells) == len(self._names) and sorted(c.strip().casefold() for c in cells) == self._sorted

    def _turn(self, number: int, names: list[str]) -> None:
        free: dict[str, list[int]] = {}
        for at, name in enumerate(names):
            free.setdefault(name, []).append(at)
        places = [free[name].pop(0) for name in self._names]
        self._places = None if names == self._names else places
        if self._places is not None:
            self._turned.append(number)

    def notes(self) -> list[str]:
        """Say where the order of the columns changes."""
        if not self._turned:
            return []
        first, more = self._turned[0], len(self._turned) - 1
        also = f" (and {more:,} rows more)" if more else ""
        return [f"row {first} is the header again in another order{also}; the rows below are read by it"]
