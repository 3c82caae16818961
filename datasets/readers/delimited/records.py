"""Records of delimited text: lines put together where a quoted cell has several, and what an open quote costs.

A line that opens a quote which nothing closes, or only a quote within words of a later row, is left out and stands in
rejects; the lines after it, which the quote would swallow, are read as rows of their own.

Public names: :func:`read_records`, :func:`long_fields`, :data:`Row`.
"""

import csv
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import IO

from ....core.errors import SchemaError
from ...schema import LONGEST_VALUE
from ..raw import RejectLog

_LONGEST_RECORD = (
    16_000_000  # characters; a quote that is open for longer is taken for one that is never closed
)
_LONGEST_LINE = 16_000_000  # characters
_MOST_OPEN = 100  # quotes; each costs another look at what follows, and a table with more of them is none
Row = tuple[int, list[str]]


@contextmanager
def long_fields() -> Iterator[None]:
    """Lift the csv module's limit of 131,072 characters a field; it is a setting of the whole process."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Lines:
    """Lines of a stream, which remember those of the record that is being read; lines can be put back."""

    def __init__(self, stream: IO[str], label: str) -> None:
        self._lines: Iterator[str] = _bounded(stream, label)
        self._length = 0
        self.of_record: list[str] = []
        self.is_cut = False  # no further line was given: the end of the stream, or of what a record may hold

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines, None) if self._length <= _LONGEST_RECORD else None
        if line is None:
            self.is_cut = True
            raise StopIteration
        self.of_record.append(line)
        self._length += len(line)
        return line

    def begin_record(self) -> None:
        self.of_record, self._length = [], 0

    def go_back(self) -> str:
        """Put all lines of the record back but the first, and return that."""
        first, *others = self.of_record
        self._lines = itertools.chain(others, self._lines)
        self.begin_record()
        self.is_cut = False
        return first


def _bounded(stream: IO[str], label: str) -> Iterator[str]:
    """Yield lines, none longer than a record may be: a small packed file can hold one that fills the memory."""
    while line := stream.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise SchemaError(
                f"{label}: a line has more than {_LONGEST_LINE:,} characters, so this is no table of rows"
            )
        yield line


def read_records(
    stream: IO[str], delimiter: str, label: str, rejects: RejectLog, empty: list[int], number: int = 0
) -> Iterator[Row]:
    """Yield (row number, cells), going on from ``number``; lines with an open quote are rejected.

    Blank lines count as rows but are not yielded, nor are rows of empty cells: their numbers go to ``empty``.
    """
    lines, first, n_open, is_open, width = _Lines(stream, label), number + 1, 0, True, 0
    try:
        while is_open:
            is_open = False
            for cells in csv.reader(lines, delimiter=delimiter):
                number += 1
                # whole records ask for no further line
                if lines.is_cut or _swallows_rows(lines.of_record, delimiter, width):
                    n_open, is_open = n_open + 1, True
                    _reject_open(lines.go_back(), number, first, n_open, label, rejects)
                    break
                lines.begin_record()
                width = len(cells)
                if any(cells):
                    yield number, cells
                elif cells:
                    empty.append(number)
    except csv.Error as error:
        raise SchemaError(f"{label}: row {number + 1}: {error}") from error


def _swallows_rows(record: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether a quote that nothing closes has taken in rows of the usual width, up to a quote of theirs.

    A quote that closes a cell has a separator or the line's end behind it; one within words ends the cell all the same,
    as programs read it, and what came before looks like a cell of several lines.
    """
    rows = [line for line in record[1:] if line.count(delimiter) >= width - 1]
    if width < 2 or not rows or _whole_records(delimiter).fullmatch("".join(record)):
        return False
    return any(len(cells) == width for line in rows for cells in csv.reader([line], delimiter=delimiter))


@cache
def _whole_records(delimiter: str) -> "re.Pattern[str]":
    """Return the pattern of records in which each quote opens or closes a cell."""
    plain = rf'[^"{re.escape(delimiter)}\r\n][^{re.escape(delimiter)}\r\n]*+'
    cell = rf'(?:"(?:[^"]|"")*+"|{plain}|)'
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+[\r\n]*")


def _reject_open(line: str, number: int, first: int, n_open: int, label: str, rejects: RejectLog) -> None:
    if number == first or n_open > _MOST_OPEN:
        raise SchemaError(
            f"{label}: row {number}: a quote is opened and never closed; double it or remove it"
        )
    reason = "a quote is opened and never closed; this line is left out, those after it are read as rows"
    rejects.add([number], None, [line.rstrip("\r\n")[:LONGEST_VALUE]], [reason])
