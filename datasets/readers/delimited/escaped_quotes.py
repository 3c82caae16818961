r"""Quotes within cells that are written ``\"``, as MySQL and some programs export them, in place of ``""``.

Public names: :func:`with_doubled_quotes`.
"""

import csv
import io
import re
from collections import Counter
from typing import IO

_ESCAPED = re.compile(r'(?<!\\)((?:\\\\)*)\\"')


class _DoubledQuotes:
    """A stream whose lines have ``""`` for an escaped quote."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def readline(self, size: int = -1) -> str:
        return _ESCAPED.sub(r'\1""', self._stream.readline(size))


def with_doubled_quotes(stream: IO[str], sample: str, delimiter: str) -> IO[str]:
    """Return a stream of lines as CSV has them; the stream itself where no quote is escaped.

    Quotes are where more rows of the beginning have the usual width so, and none is lost.

    Parameters
    ----------
    stream : text stream
    sample : str
        Its beginning.
    delimiter : str
    """
    whole = sample[: sample.rfind("\n") + 1] or sample
    if '\\"' not in whole or _n_fitting(_ESCAPED.sub(r'\1""', whole), delimiter) <= _n_fitting(
        whole, delimiter
    ):
        return stream
    return _DoubledQuotes(stream)  # type: ignore[return-value]


def _n_fitting(text: str, delimiter: str) -> float:
    """Return which share of the rows has the width of the first."""
    try:
        widths = Counter(
            len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        )
    except csv.Error:
        return 0.0
    return widths[next(iter(widths))] / widths.total() if widths else 0.0
