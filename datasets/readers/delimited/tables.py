"""Tables of delimited text: comma, tab, bar or semicolon, quoted or not, with or without a header.

A *row* is numbered as a spreadsheet numbers it: the header, if there is one, is row 1. A row with more or fewer cells
than the header cannot be trusted (a separator or line end inside an unquoted text shifts everything after it): it is
left out and stands in rejects, unless the surplus cells are empty or plainly those of a text (:mod:`unquoted_texts`).
A first line "sep=;" is Excel's word on the separator, not a row of the table.

Public names: :func:`read_delimited`, :class:`NoRowsError`, :func:`sniff_delimiter`, :data:`DELIMITERS`.
"""

import csv
import io
import itertools
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ....core.errors import SchemaError, SourceError
from ....core.progress import ProgressCallback
from ...schema import LONGEST_VALUE
from ..columns.joined_columns import JoinedColumns, find_joined_columns
from ..columns.mapping import CANONICAL_OF, has_usual_names, map_columns, name_key
from ..columns.name_pairs import NamePair, find_name_pair
from ..columns.proposals import listed_names
from ..columns.unused import unused_columns
from ..decoding.streams import SourceFile, open_text
from ..pieces import Pieces
from ..progress import announce
from ..raw import RawTable, RejectLog
from .below_header import has_units_below, is_rule, plain_cells
from .escaped_quotes import with_doubled_quotes
from .header import find_header, unknown_columns
from .records import Row, long_fields, read_records
from .repeated_headers import RepeatedHeaders
from .totals import split_totals
from .unquoted_texts import UnquotedTexts

DELIMITERS: Mapping[str, str] = {"csv": ",", "tsv": "\t", "pipe": "|", "semicolon": ";"}
_CHUNK_ROWS = 20_000
MANY_ODD = 0.02  # share of rows of another width; fewer are slips, which rejects tell
_SAID_BY_EXCEL = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_SHARE_SHORT = 0.1  # of the rows in a table with row names that may lack a cell
_FEWEST_TURNED = 3  # names of columns in the first column
Joined = NamePair | JoinedColumns
_ROWS_OF_NAMES = 12  # the header may stand below a title


class NoRowsError(SchemaError):
    """A table has a header and no row."""


def read_delimited(
    source: SourceFile,
    *,
    format: str | None = None,
    columns: Mapping[str, str | int],
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read a table of delimited text.

    Parameters
    ----------
    format : {"csv", "tsv", "pipe", "semicolon"} or None
        The separator; None or "csv" tries all four.

    Raises
    ------
    SchemaError
        Also if no row fits the header, or if the header or very many rows open a quote that is never closed.
    """
    sample = source.text_head()
    delimiter = DELIMITERS[format] if format not in (None, "csv") else sniff_delimiter(sample)
    with open_text(source) as stream, long_fields():
        rejects = RejectLog(source.label)
        empty: list[int] = []
        n_lines_before = 1 if _SAID_BY_EXCEL.match(sample) else 0
        for _ in range(n_lines_before):
            stream.readline()
        lines = with_doubled_quotes(stream, sample, delimiter)
        records = read_records(lines, delimiter, source.label, rejects, empty, n_lines_before)
        first_rows = list(itertools.islice(records, 50))
        if not first_rows:
            raise SourceError(f"{source.label}: holds no rows; check the path")
        cells = [row for _, row in first_rows]
        header = find_header(cells, columns)
        cells = cells[header.n_above :]
        n_read = header.n_above + (1 if header.names else 0)
        is_markdown = delimiter == "|" and header.names is not None and is_rule(cells[1] if cells[1:] else ())
        if is_markdown:
            n_read, cells = n_read + 1, [cells[0], *cells[2:]]
        width = _width(cells, header.names)
        names = _fitting_names(header.names, width)
        _refuse_turned(names, cells[1:], source.label)
        joined: list[Joined] = []
        if names:
            pair = find_name_pair(names, cells[1:]) if "artist" not in columns else None
            joined = [pair] if pair else [*find_joined_columns(names, cells[1:], columns)]
        places = _places(names, width, columns, source.label, first_rows, joined)
        if names and has_units_below(cells[1:], places):
            _reject_units(first_rows[n_read], rejects)
            n_read, cells = n_read + 1, [cells[0], *cells[2:]]
        body = itertools.chain(first_rows[n_read:], records)
        body = plain_cells(body) if is_markdown else body
        table = _collect(
            body, width, names, places, joined, rejects, source.label, delimiter, on_progress, pieces or Pieces(),
        )  # fmt: skip
        unused = _unused(names, places, cells[1:], joined) if names else []
        above = header.note([row for _, row in first_rows])
        empty = [number for number in empty if number > first_rows[header.n_above][0]]
        return replace(table, notes=[*above, *table.notes, *unused, *_empty_rows(empty)])


def _reject_units(row: Row, rejects: RejectLog) -> None:
    value = " | ".join(filter(None, row[1]))[:LONGEST_VALUE]
    rejects.add(
        [row[0]], None, [value], "units or kinds of the columns below the header, not a review; left out"
    )


def _refuse_turned(names: Sequence[str] | None, rows: Sequence[Sequence[str]], label: str) -> None:
    """Raise SchemaError if the first column has the names of columns, as in a table that stands on its side."""
    firsts = [cells[0] for cells in rows if cells]
    fields = [CANONICAL_OF.get(name_key(cell)) for cell in [*(names or [])[:1], *firsts]]
    if len(fields) < _FEWEST_TURNED or None in fields or len(set(fields)) < len(fields):
        return
    if {"artist", "title", "text"} & set(fields):
        raise SchemaError(
            f"{label}: the names of the columns stand in the first column "
            f"({listed_names([*(names or [])[:1], *firsts])}); turn the table round, so that each review is a row "
            "(in a spreadsheet: Paste special, Transpose)"
        )


def _unused(
    names: Sequence[str], places: Mapping[str, int], rows: Sequence[Sequence[str]], joined: Sequence[Joined]
) -> list[str]:
    used = {at for one in joined for at in one.places}
    spoken_of = ["" if at in used else name for at, name in enumerate(names)]
    notes = [one.note(rows) for one in joined]
    return [*notes, *unused_columns(spoken_of, places, _column_of(rows))]


def _column_of(rows: Sequence[Sequence[str]]) -> Callable[[int], list[str]]:
    return lambda place: [cells[place] for cells in rows if place < len(cells)]


def _empty_rows(numbers: list[int]) -> list[str]:
    if not numbers:
        return []
    which = (
        f"row {numbers[0]} has"
        if len(numbers) == 1
        else f"{len(numbers):,} rows, the first row {numbers[0]}, have"
    )
    return [f"{which} only empty cells; left out"]


def _format_of(delimiter: str) -> str:
    return next(name for name, char in DELIMITERS.items() if char == delimiter)


def sniff_delimiter(sample: str) -> str:
    """Return the separator under which the beginning of a text looks most like a table.

    Parameters
    ----------
    sample : str

    Returns
    -------
    str
        The one that shows most usual column names in the first row, then most rows of one width, then most cells;
        a comma if nothing speaks for another. What a first line "sep=;" says comes before all that.
    """
    said = _SAID_BY_EXCEL.match(sample)
    if said and said[1] in DELIMITERS.values():
        return said[1]
    with long_fields():
        return max(DELIMITERS.values(), key=lambda delimiter: _likeness(sample, delimiter))


def _likeness(sample: str, delimiter: str) -> tuple[int, float, int]:
    sample = _SAID_BY_EXCEL.sub("", sample, count=1) if _SAID_BY_EXCEL.match(sample) else sample
    whole = sample[: sample.rfind("\n") + 1] or sample
    try:
        rows = [row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter) if row][:200]
    except csv.Error:
        rows = []
    if not rows:
        return 0, 0.0, 0
    width, n_same = Counter(map(len, rows)).most_common(1)[0]
    if width == 1:
        return int(has_usual_names(rows[0])), 0.0, 1
    n_usual = (sum(has_usual_names([cell]) for cell in row) for row in rows[:_ROWS_OF_NAMES])
    return next(filter(None, n_usual), 0), round(n_same / len(rows), 2), width


def looks_delimited(sample: str) -> bool:
    """Return whether the beginning of a text has several columns, with usual names or rows of one width."""
    with long_fields():
        names, share_same, width = _likeness(sample, sniff_delimiter(sample))
    return width > 1 and (names > 0 or share_same >= 0.9)


def _width(rows: Sequence[Sequence[str]], names: Sequence[str] | None) -> int:
    """Cells a row has: as the header, or one more where only the row names have no header (as R writes it).

    Where some rows have as many cells as the header, those with one more have a separator too many.
    """
    widths = Counter(len(row) for row in rows[1 if names and len(rows) > 1 else 0 :])
    usual = widths.most_common(1)[0][0]
    if names is None:
        return usual
    has_row_names = usual == len(names) + 1 and widths[len(names)] <= _SHARE_SHORT * widths.total()
    return usual if has_row_names else len(names)


def _fitting_names(names: list[str] | None, width: int) -> list[str] | None:
    return ["", *names] if names is not None and len(names) < width else names


def _places(
    names: Sequence[str] | None,
    width: int,
    columns: Mapping[str, str | int],
    label: str,
    first_rows: Sequence[Row],
    joined: Sequence[Joined],
) -> dict[str, int]:
    if names is None and not columns:
        numbers, rows = zip(*first_rows, strict=True)
        raise SchemaError(f"{label}: {unknown_columns(rows, numbers)}")
    below = _column_of([cells for _, cells in first_rows[1:]])
    known = names if names is not None else [str(place) for place in range(width)]
    together = {one.field: width + at for at, one in enumerate(joined)}
    return map_columns([*known, *(one.name for one in joined)], {**together, **columns}, label, values=below)


def _collect(
    body: Iterator[Row],
    width: int,
    names: Sequence[str] | None,
    places: Mapping[str, int],
    joined: Sequence[Joined],
    rejects: RejectLog,
    label: str,
    delimiter: str,
    on_progress: ProgressCallback | None,
    pieces: Pieces,
) -> RawTable:
    numbers, odd, headers = array("q"), array("q"), RepeatedHeaders(names)
    unquoted = UnquotedTexts(places, width, delimiter)
    while chunk := list(itertools.islice(body, _CHUNK_ROWS)):
        kept = _fitting_rows(headers.without(chunk, rejects), width, rejects, odd, unquoted)
        if joined:
            kept = [
                (number, [*cells[:width], *(one.joined(cells) for one in joined)]) for number, cells in kept
            ]
        kept = _without_totals(kept, places, rejects)
        numbers.extend(number for number, _ in kept)
        for field, place in places.items():
            pieces.add(field, pa.array([cells[place] for _, cells in kept], pa.string()))
        announce(on_progress, f"reading {label}", len(numbers))
    if not numbers:
        if not len(rejects):
            raise NoRowsError(
                f"{label}: the header has {width} cells and no row follows it; check separator and quotes"
            )
        found = f"all {len(rejects)} rows differ from it in width"
        raise SchemaError(f"{label}: the header has {width} cells and {found}; check separator and quotes")
    return RawTable(
        source=label,
        format=_format_of(delimiter),
        columns={field: pieces.take(field) for field in places},
        rows=np.array(numbers, dtype=np.int64),
        mapping={field: _called(place, names, joined) for field, place in places.items()},
        rejects=rejects,
        notes=[*headers.notes(), *unquoted.notes(), *_odd_rows(odd, len(numbers), width)],
    )


def _called(place: int, names: Sequence[str] | None, joined: Sequence[Joined]) -> str:
    if names is None:
        return str(place)
    return joined[place - len(names)].name if place >= len(names) else names[place]


def _odd_rows(odd: Sequence[int], n_kept: int, width: int) -> list[str]:
    """Say so where many rows were left out for their width: a separator inside the texts, most of the time."""
    n_rows = len(odd) + n_kept
    if len(odd) <= MANY_ODD * n_rows:
        return []
    return [
        f"{len(odd):,} of {n_rows:,} rows are left out, the first row {odd[0]}: they have not {width} cells as the "
        "header; is the separator in texts without quotes?"
    ]


def _without_totals(rows: list[Row], places: Mapping[str, int], rejects: RejectLog) -> list[Row]:
    kept, left = split_totals(rows, places)
    rejects.add(
        [number for (number, _), _ in left],
        None,
        [" | ".join(filter(None, cells))[:LONGEST_VALUE] for (_, cells), _ in left],
        [reason for _, reason in left],
    )
    return kept


def _fitting_rows(
    chunk: list[Row], width: int, rejects: RejectLog, odd: "array[int]", unquoted: UnquotedTexts
) -> list[Row]:
    """Return the rows of a chunk that fit; the numbers of the others go to ``odd``, and they to rejects."""
    kept, left_out = list[Row](), list[Row]()
    for number, cells in chunk:
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            kept.append((number, cells))
        elif (joined := unquoted.joined(cells)) is not None:
            kept.append((number, joined))
        else:
            left_out.append((number, cells))
    odd.extend(number for number, _ in left_out)
    rejects.add(
        [number for number, _ in left_out],
        None,
        [" | ".join(cells)[:LONGEST_VALUE] for _, cells in left_out],
        [f"row has {len(cells)} cells instead of {width}; left out" for _, cells in left_out],
    )
    return kept
