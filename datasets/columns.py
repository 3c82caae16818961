"""A column on its way from a source to the tables, and what every kind of text goes through.

Public names: :class:`Column`, :func:`as_strings`, :func:`without_nul`, :func:`without_invisible`, :func:`without_html`,
:func:`html_note`, :func:`trimmed`.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.names import INVISIBLE
from .cells import HTML_IN_NAMES, MISSING_WORDS, plain_name
from .readers.raw import RejectLog


@dataclass(frozen=True)
class Column:
    """A column on its way: values, source rows and where to note what is wrong."""

    name: str
    values: pa.Array | pa.ChunkedArray
    rows: NDArray[np.int64]
    log: RejectLog
    html: dict[str, list[str]]
    """Values of each column that were rid of HTML, shared by all columns."""

    def rejecting(self, bad: pa.Array | NDArray[np.bool_], reason: str) -> "Column":
        """Note the values where ``bad`` holds and set them to null."""
        flags = (
            bad if isinstance(bad, np.ndarray) else pc.fill_null(bad, False).to_numpy(zero_copy_only=False)
        )
        if not flags.any():
            return self
        places = np.flatnonzero(flags)
        self.log.add(self.rows[places], self.name, self.values.take(pa.array(places)), reason)
        return replace(self, values=_null_where(self.values, flags))


def _null_where(values: pa.Array, flags: NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(flags), pa.scalar(None, values.type), values)


def as_strings(column: Column, *, between: str = ", ") -> Column:
    """Turn values of any kind into text; 22703.0 becomes "22703", a list its items with ``between`` between them."""
    values = column.values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        values = pc.binary_join(values.cast(pa.list_(pa.string())), between)
    if pa.types.is_floating(values.type):
        whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
        values = pc.if_else(pc.is_nan(values), None, values)
        values = values.cast(pa.int64(), safe=False) if whole and values.null_count < len(values) else values
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        values = pa.array([None if v is None else v.decode("utf-8", "replace") for v in values.to_pylist()])
    return replace(column, values=values.cast(pa.string()))


def without_nul(column: Column) -> Column:
    """Remove NUL characters, which no database and few programs can hold."""
    has_nul = pc.fill_null(pc.match_substring(column.values, "\x00"), False)
    if not pc.any(has_nul).as_py():
        return column
    flags = has_nul.to_numpy(zero_copy_only=False) if isinstance(has_nul, pa.Array) else has_nul.to_numpy()
    places = np.flatnonzero(flags)
    reason = "NUL characters removed; value kept"
    column.log.add(column.rows[places], column.name, column.values.take(pa.array(places)), reason)
    return replace(column, values=pc.replace_substring(column.values, "\x00", ""))


def without_invisible(column: Column) -> Column:
    """Remove what nobody sees in a name, and what would make twins of it; a name of nothing else is left.

    See :data:`core.names.INVISIBLE`.
    """
    column = as_strings(column)
    visible = pc.replace_substring_regex(column.values, f"[{INVISIBLE}]", "")
    is_blank = pc.equal(pc.utf8_trim_whitespace(visible), "")
    return replace(column, values=pc.if_else(is_blank, column.values, visible))


def without_html(column: Column) -> Column:
    """Read entities as their characters and drop formatting tags; see :func:`cells.plain_name`."""
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    has_html = pc.fill_null(pc.match_substring_regex(values, HTML_IN_NAMES), False)
    places = np.flatnonzero(has_html.to_numpy(zero_copy_only=False))
    if not len(places):
        return column
    found = values.take(pa.array(places))
    plain = pa.array([plain_name(text) for text in found.to_pylist()], pa.string())
    column.html.setdefault(column.name, []).extend(found.filter(pc.not_equal(found, plain)).to_pylist())
    return replace(column, values=pc.replace_with_mask(values, has_html, plain))


def html_note(column: str, found: list[str]) -> str:
    """Say of which values of a column HTML and links were read as text."""
    such = f"{len(found):,} values such as {found[0][:80]!r}" if len(found) > 1 else f"{found[0][:80]!r}"
    markup = "a link" if "(http" in found[0] else "HTML"
    return f"{markup} in column {column} is read as text: {such}"


def trimmed(column: Column, *, words_missing: bool) -> Column:
    """Trim white space; blank cells, and words for "missing" where they cannot be names, become null."""
    values = pc.utf8_trim_whitespace(column.values)
    if words_missing:
        words = pa.array(sorted(MISSING_WORDS))
        missing = pc.is_in(pc.utf8_lower(values), value_set=words)
    else:
        missing = pc.is_in(values, value_set=pa.array(["", r"\N"]))
    return replace(column, values=pc.if_else(missing, None, values))
