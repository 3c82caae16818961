"""What a reader hands on: columns under canonical names with the values as they stood, and what it could not read.

Public names: :data:`CANONICAL`, :class:`RawTable`, :class:`RejectLog`, :func:`as_column`, :func:`is_plain`,
:func:`in_pieces`, :func:`in_memory`, :func:`unify`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..schema import LONGEST_VALUE, REJECTS_SCHEMA

_PIECE_ROWS = 16_384
CANONICAL = (
    "review_id",
    "artist",
    "title",
    "text",
    "genres",
    "score",
    "labels",
    "years",
    "author",
    "pub_date",
    "best_new_music",
    "url",
    "status",
    "post_type",
    "score_max",
)


class RejectLog:
    """Collects what could not be used; every entry names source, row, column, value and reason.

    Parameters
    ----------
    source : str
        What entries call the source, unless they name a part of it.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._tables: list[pa.Table] = []

    def add(
        self,
        rows: Sequence[int] | NDArray[np.int64],
        column: str | None,
        values: Iterable[Any] | pa.Array | pa.ChunkedArray | None,
        reason: str | Sequence[str],
        *,
        source: str | Sequence[str] | None = None,
    ) -> None:
        """Note one entry per row.

        Parameters
        ----------
        rows : sequence of int
            Rows of the source, from 1.
        column : str or None
            Canonical column, or None when the whole row is meant.
        values : sequence or None
            The offending values; only their beginnings are kept.
        reason, source : str, or one per row
        """
        n_rows = len(rows)
        if not n_rows:
            return
        arrays = [
            _repeat(self.source if source is None else source, n_rows),
            pa.array(np.asarray(rows, dtype=np.int64)),
            pa.array([column] * n_rows, pa.string()),
            pa.nulls(n_rows, pa.string()) if values is None else _shortened(values),
            _repeat(reason, n_rows),
        ]
        self._tables.append(pa.Table.from_arrays(arrays, schema=REJECTS_SCHEMA))

    def absorb(self, other: "RejectLog") -> None:
        """Take over the entries of another log."""
        self._tables += other._tables

    def __len__(self) -> int:
        return sum(table.num_rows for table in self._tables)

    def table(self) -> pa.Table:
        """Return all entries, ordered by source and row."""
        whole = pa.concat_tables([REJECTS_SCHEMA.empty_table(), *self._tables])
        return whole.sort_by([("source", "ascending"), ("row", "ascending")])


def _repeat(value: str | Sequence[str], n_rows: int) -> pa.Array:
    return pa.array([value] * n_rows if isinstance(value, str) else list(value), pa.string())


def _shortened(values: Any) -> pa.Array:
    column: Any = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if not isinstance(column, pa.Array):
        column = as_column(list(column))
    if pa.types.is_nested(column.type):
        column = pa.array([str(value)[:LONGEST_VALUE] for value in column.to_pylist()], pa.string())
    return pc.utf8_slice_codeunits(column.cast(pa.string()), 0, LONGEST_VALUE)


FIRST_LINE = "first line"
"""What the title of a plain text is read from."""
Park = Callable[[Iterable[pa.Array]], pa.ChunkedArray]


def in_memory(pieces: Iterable[pa.Array]) -> pa.ChunkedArray:
    """Make a column of the pieces it is worked out in."""
    return pa.chunked_array(list(pieces))


@dataclass(frozen=True)
class RawTable:
    """Columns of a source under canonical names, values untouched.

    Parameters
    ----------
    source : str
        File name, as messages and rejects show it.
    format : str
        How it was read.
    columns : mapping of str to pyarrow.ChunkedArray
        Canonical column to values: strings, numbers, dates, or lists of strings; all of one length.
    rows : ndarray of int64
        Row of the source, from 1, each entry came from.
    mapping : mapping of str to str
        Canonical column to the source's own name for it.
    rejects : RejectLog
        Rows that could not be read.
    notes : list of str
        What a user should know: guesses made, things mended.
    joined_artists : bool
        Whether one artist cell may hold several names joined by a separator.
    park : callable
        Makes a column of the pieces it is worked out in and keeps it where columns are kept: on the disk, or in memory.
    """

    source: str
    format: str
    columns: Mapping[str, pa.ChunkedArray]
    rows: NDArray[np.int64]
    mapping: Mapping[str, str]
    rejects: RejectLog
    notes: list[str] = field(default_factory=list)
    joined_artists: bool = True
    park: Park = in_memory


def as_column(values: Any) -> pa.Array:
    """Make a column of Python values of any kind, without failing.

    Strings, numbers, dates and lists of plain values keep their kind when the whole column is of one kind; anything
    else becomes text. Lone surrogates, which no file can hold, become U+FFFD.

    Parameters
    ----------
    values : list or pandas.Series

    Returns
    -------
    pyarrow.Array
    """
    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, UnicodeError, OverflowError):
        return _forced_column(list(values))
    return column if is_plain(column.type) else _forced_column(list(values))


def is_plain(kind: pa.DataType) -> bool:
    """Return whether validation knows a type: text, bytes, numbers, yes/no, days, or lists of these."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return is_plain(kind.value_type) and not pa.types.is_nested(kind.value_type)
    checks = (
        pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null,
        pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_date,
        pa.types.is_timestamp,
    )  # fmt: skip
    return any(check(kind) for check in checks)


def in_pieces(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Cut a column of large strings into pieces that fit ordinary ones, of at most 2 GiB."""
    if not pa.types.is_large_string(column.type):
        return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    starts = range(0, max(len(column), 1), _PIECE_ROWS)
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    pieces = [
        piece.cast(pa.string()) for start in starts for piece in chunked.slice(start, _PIECE_ROWS).chunks
    ]
    return pa.chunked_array(pieces, type=pa.string())


def _forced_column(values: list[Any]) -> pa.Array:
    if any(isinstance(value, list | tuple | np.ndarray) for value in values):
        lists = [None if value is None else _texts(value) for value in values]
        return pa.array(lists, pa.list_(pa.string()))
    return pa.array([_text(value) for value in values], pa.string())


def _texts(value: Any) -> list[str | None]:
    items = value if isinstance(value, list | tuple | np.ndarray) else [value]
    return [_text(item) for item in items]


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unify(arrays: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Join pieces of one column; pieces of different kinds become text, or lists of text if any is a list."""
    kinds = {array.type for array in arrays if array.type != pa.null()}
    if len(kinds) > 1:
        arrays = [_texts_of(array, lists=any(map(pa.types.is_list, kinds))) for array in arrays]
        kinds = {arrays[0].type}
    kind = kinds.pop() if kinds else pa.string()
    return pa.chunked_array([array.cast(kind) for array in arrays], type=kind)


def _texts_of(array: pa.Array, *, lists: bool) -> pa.Array:
    values = array.to_pylist()
    if lists:
        return pa.array([None if value is None else _texts(value) for value in values], pa.list_(pa.string()))
    return pa.array([_text(value) for value in values], pa.string())
