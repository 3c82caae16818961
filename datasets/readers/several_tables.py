"""Tables of one folder that have the same columns, read as one: an export a year, a file a writer.

All must be of one format, and each canonical column must be called the same in each. Rows are numbered on from table to
table; rejects name the table and the row in it.

Public names: :func:`tables_alike`, :func:`joined_tables`, :class:`JointLog`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...core.errors import SchemaError
from .columns.mapping import name_key
from .columns.proposals import listed_names
from .holdings import Holdings, format_of
from .raw import RawTable, RejectLog, unify

_SINGLE = ("pitchfork",)  # databases are never joined


def tables_alike(path: Path, held: Holdings, wanted: str | None) -> list[Path]:
    """Return the tables of a folder that may be one, in order; none where there is one, or texts beside them.

    Parameters
    ----------
    path : Path
        The folder.
    held : Holdings
    wanted : str or None
        The format asked for.
    """
    kinds = {format_of(name) for name in held.tables}
    kind = "csv" if wanted in ("pipe", "semicolon", "tsv") else wanted
    if len(held.tables) < 2 or held.texts or len(kinds) != 1 or not kinds.isdisjoint(_SINGLE):
        return []
    return [path / name for name in held.tables] if kind in (None, *kinds) or kinds == {"tsv"} else []


class JointLog(RejectLog):
    """Rejects of several tables, whose rows are numbered on.

    Parameters
    ----------
    source : str
        What the tables are called together.
    labels : sequence of str
        What each is called.
    starts : sequence of int
        What was added to the rows of each.
    """

    def __init__(self, source: str, labels: Sequence[str], starts: Sequence[int]) -> None:
        super().__init__(source)
        self._labels, self._starts = list(labels), list(starts)

    def add(
        self,
        rows: Sequence[int] | NDArray[np.int64],
        column: str | None,
        values: Iterable[Any] | pa.Array | pa.ChunkedArray | None,
        reason: str | Sequence[str],
        *,
        source: str | Sequence[str] | None = None,
    ) -> None:
        """Note one entry per row, numbered on, under the table it stands in."""
        if source is not None:
            super().add(rows, column, values, reason, source=source)
            return
        places = [bisect_right(self._starts, int(row) - 1) - 1 for row in rows]
        own = [int(row) - self._starts[at] for row, at in zip(rows, places, strict=True)]
        super().add(own, column, values, reason, source=[self._labels[at] for at in places])


def joined_tables(label: str, tables: Sequence[RawTable]) -> RawTable:
    """Return several tables as one.

    Parameters
    ----------
    label : str
        What they are called together.
    tables : sequence of RawTable

    Raises
    ------
    SchemaError
        If a canonical column is missing in one of them, or called otherwise.
    """
    first = tables[0]
    for other in tables[1:]:
        _check_alike(first, other)
    ends = np.cumsum([int(table.rows.max()) for table in tables]).tolist()
    starts = [0, *ends[:-1]]
    log = JointLog(label, [table.source for table in tables], starts)
    for table in tables:
        log.absorb(table.rejects)
    notes = [
        f"{len(tables)} tables of the same columns read as one: {listed_names([t.source for t in tables])}"
    ]
    told = [(table.source, note) for table in tables for note in table.notes]
    common = [note for source, note in told if source == first.source and _is_said_by_all(note, tables)]
    own = [f"{source}: {note}" for source, note in told if note not in common]
    return replace(
        first,
        source=label,
        columns={
            field: unify([piece for table in tables for piece in table.columns[field].chunks])
            for field in first.columns
        },
        rows=np.concatenate([table.rows + start for table, start in zip(tables, starts, strict=True)]),
        rejects=log,
        notes=[*notes, *common, *own],
    )


def _is_said_by_all(note: str, tables: Sequence[RawTable]) -> bool:
    return all(note in table.notes for table in tables)


def _check_alike(first: RawTable, other: RawTable) -> None:
    mine, theirs = _keys(first.mapping), _keys(other.mapping)
    for field in (*mine, *theirs):
        if mine.get(field) != theirs.get(field):
            here, there = (table.mapping.get(field) for table in (first, other))
            raise SchemaError(
                f"{field} is {here!r} in {first.source} and {there!r} in {other.source}"
                if here and there
                else f"{first.source if here else other.source} has {field} ({here or there!r}), "
                f"{other.source if here else first.source} has not"
            )


def _keys(mapping: Mapping[str, str]) -> dict[str, str]:
    return {field: name_key(name) for field, name in mapping.items()}
