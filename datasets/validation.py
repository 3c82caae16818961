r"""From columns as they stood in a source to clean columns, with one rule for what is wrong.

**The rule.** A value that cannot be used becomes null (or is mended, where that is named below) and stands in rejects
with source, row, column, value and reason; its row is kept. A row is left out only if it has neither artist,
title, text nor url, or repeats a review id or, without id, artist, title and text of another: of such rows the one with
most values filled is kept, the first of equals.

*Missing*, and so no reject: null, NaN, white space only, ``\N``; in columns other than names and texts also the
words of :data:`cells.MISSING_WORDS` ("None", "Not Available"), and year 0. An artist may be called "None" or "NA".
*Mended*: NUL characters are removed. Names, titles, genres and labels are rid of HTML's entities and formatting tags:
"Sigur R&oacute;s" and "<b>Sigur Rós</b>" are one artist. "Cure, The" is the artist "The Cure". Names longer than
1,000 characters are not names. A score is finite and within ``score_range``, or a fraction such as "4/5"
(:mod:`scores`); a year has four digits, or two (:func:`cells.split_years`). Control characters, other markup and
formulas are stored as they are.

Spellings of a genre or label that differ in case or spacing only are one, shown in its most frequent spelling.

Public names: :func:`clean_reviews`, :class:`CleanReviews`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.errors import ParameterError
from .cells import (
    HTML_IN_NAMES,
    MISSING_WORDS,
    article_first,
    plain_name,
    read_yes_no,
    split_artists,
    split_genres,
    split_labels,
    split_years,
)
from .dates import parse_dates
from .readers.lists import count_items, lists_from_pairs, pairs_from_lists, renamed_items
from .readers.raw import RawTable, RejectLog
from .repeats import keep_rows, without_repeats
from .scores import read_numbers, read_scores, scale_note

LONGEST_NAME = 1000
LONGEST_URL = 10_000
_NULL_ROWS = 65_536
EARLIEST_YEAR, LATEST_YEAR = 1000, 2999
_BYLINE = r"(?i)^by\s*:\s*|^by\s+"


@dataclass(frozen=True)
class CleanReviews:
    """Clean columns of reviews, before artists get their ids.

    Parameters
    ----------
    table : pyarrow.Table
        The canonical columns, with ``artists`` (list of names) in place of ``artist_ids``.
    rejects : RejectLog
    notes : list of str
        What a user should know.
    """

    table: pa.Table
    rejects: RejectLog
    notes: list[str]


@dataclass(frozen=True)
class _Column:
    """A column on its way: values, source rows and where to note what is wrong."""

    name: str
    values: pa.Array | pa.ChunkedArray
    rows: NDArray[np.int64]
    log: RejectLog
    html: dict[str, list[str]]
    """Values of each column that were rid of HTML, shared by all columns."""

    def rejecting(self, bad: pa.Array | NDArray[np.bool_], reason: str) -> "_Column":
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


def clean_reviews(
    raw: RawTable,
    *,
    score_range: tuple[float, float] = (0.0, 10.0),
    artist_separators: Sequence[str] = (),
) -> CleanReviews:
    """Clean the columns a reader found; see the module for the rule.

    Parameters
    ----------
    raw : RawTable
    score_range : (float, float)
        Lowest and highest score of the source; scores are brought to 0 to 10.
    artist_separators : sequence of str
        Strings at which an artist cell is always split, such as ``" & "``.

    Returns
    -------
    CleanReviews

    Raises
    ------
    ParameterError
        If ``score_range`` is not two finite numbers, the lower first.
    """
    low, high = _checked_range(score_range)
    notes: list[str] = []
    html: dict[str, list[str]] = {}
    log, n_rows = raw.rejects, len(raw.rows)

    def column(name: str) -> _Column:
        return _Column(name, raw.columns.get(name, _nulls(n_rows)), raw.rows, log, html)

    def each(name: str, clean: Callable[[_Column], pa.Array]) -> pa.ChunkedArray:
        return raw.park(clean(part) for part in _parts(column(name)))

    def names(name: str, split: Callable[[str], list[str]], *, words_missing: bool = True) -> pa.ChunkedArray:
        return each(name, lambda part: _clean_lists(part, split, words_missing=words_missing))

    def split(cell: str) -> list[str]:
        return split_artists(cell, artist_separators)

    ids = each("review_id", _clean_name)
    artists = names("artist", split if raw.joined_artists else _whole, words_missing=False)
    table = pa.table({
        "review_id": raw.park(_ids_from_rows(ids, raw.rows)),
        "title": each("title", _clean_title),
        "artists": raw.park(_articles_first(artists, notes)),
        "score": raw.park([_clean_scores(column("score"), low, high, notes)]),
        "genres": raw.park(_one_spelling(names("genres", split_genres))),
        "labels": raw.park(_one_spelling(names("labels", split_labels))),
        "years": each("years", _clean_years),
        "author": each("author", _clean_author),
        "pub_date": raw.park([_clean_dates(column("pub_date"))]),
        "best_new_music": raw.park([_clean_yes_no(column("best_new_music"))]),
        "url": each("url", _clean_url),
        "text": each("text", _clean_text),
    })  # fmt: skip
    notes += [_html_note(name, found) for name, found in html.items() if found]
    has_id = ids.is_valid().to_numpy()
    usable = _usable_rows(table, raw.rows, log)
    rows, table = raw.rows[usable], keep_rows(table, usable, raw.park)
    return CleanReviews(without_repeats(table, rows, has_id[usable], log, notes, raw.park), log, notes)


def _nulls(n_rows: int) -> pa.ChunkedArray:
    """Return a column without values; its pieces are one."""
    piece = pa.nulls(min(n_rows, _NULL_ROWS), pa.string())
    whole, rest = divmod(n_rows, _NULL_ROWS)
    return pa.chunked_array([piece] * whole + [piece.slice(0, rest)] * (rest > 0), type=pa.string())


def _parts(column: _Column) -> Iterator[_Column]:
    """Yield texts and lists piece by piece; other values whole, since all of them tell what they are."""
    values, kind, start = column.values, column.values.type, 0
    if column.name != "text" and not (pa.types.is_string(kind) or pa.types.is_list(kind)):
        yield column
        return
    pieces = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    for piece in pieces or [pa.array([], kind)]:
        yield replace(column, values=piece, rows=column.rows[start : start + len(piece)])
        start += len(piece)


def _checked_range(score_range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = map(float, score_range)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ParameterError(f"score_range must be two finite numbers, the lower first; got {score_range!r}")
    return low, high


def _whole(cell: str) -> list[str]:
    return [cell]


# -- strings -----------------------------------------------------------------------------------------------------


def _as_strings(column: _Column) -> _Column:
    """Turn values of any kind into text; 22703.0 becomes "22703", a list its items joined by ", "."""
    values = column.values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        values = pc.binary_join(values.cast(pa.list_(pa.string())), ", ")
    if pa.types.is_floating(values.type):
        whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
        values = pc.if_else(pc.is_nan(values), None, values)
        values = values.cast(pa.int64(), safe=False) if whole and values.null_count < len(values) else values
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        values = pa.array([None if v is None else v.decode("utf-8", "replace") for v in values.to_pylist()])
    return replace(column, values=values.cast(pa.string()))


def _without_nul(column: _Column) -> _Column:
    """Remove NUL characters, which no database and few programs can hold."""
    has_nul = pc.fill_null(pc.match_substring(column.values, "\x00"), False)
    if not pc.any(has_nul).as_py():
        return column
    flags = has_nul.to_numpy(zero_copy_only=False) if isinstance(has_nul, pa.Array) else has_nul.to_numpy()
    places = np.flatnonzero(flags)
    reason = "NUL characters removed; value kept"
    column.log.add(column.rows[places], column.name, column.values.take(pa.array(places)), reason)
    return replace(column, values=pc.replace_substring(column.values, "\x00", ""))


def _without_html(column: _Column) -> _Column:
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


def _html_note(column: str, found: list[str]) -> str:
    such = f"{len(found):,} values such as {found[0][:80]!r}" if len(found) > 1 else f"{found[0][:80]!r}"
    return f"HTML in column {column} is read as text: {such}"


def _trimmed(column: _Column, *, words_missing: bool) -> _Column:
    """Trim white space; blank cells, and words for "missing" where they cannot be names, become null."""
    values = pc.utf8_trim_whitespace(column.values)
    if words_missing:
        words = pa.array(sorted(MISSING_WORDS))
        missing = pc.is_in(pc.utf8_lower(values), value_set=words)
    else:
        missing = pc.is_in(values, value_set=pa.array(["", r"\N"]))
    return replace(column, values=pc.if_else(missing, None, values))


def _clean_name(column: _Column, *, longest: int = LONGEST_NAME, words_missing: bool = False) -> pa.Array:
    column = _trimmed(_without_nul(_as_strings(column)), words_missing=words_missing)
    too_long = pc.greater(pc.utf8_length(column.values), longest)
    return column.rejecting(too_long, f"longer than {longest:,} characters; set to null").values


def _clean_title(column: _Column) -> pa.Array:
    return _clean_name(_without_html(_as_strings(column)))


def _clean_author(column: _Column) -> pa.Array:
    column = _without_html(_as_strings(column))
    column = replace(column, values=pc.replace_substring_regex(column.values, _BYLINE, ""))
    return _clean_name(column, words_missing=True)


def _clean_url(column: _Column) -> pa.Array:
    return _clean_name(column, longest=LONGEST_URL)


def _clean_text(column: _Column) -> pa.Array:
    column = _without_nul(_as_strings(column))
    blank = pc.equal(pc.utf8_trim_whitespace(column.values), "")
    return pc.if_else(blank, None, column.values)


def _ids_from_rows(ids: pa.ChunkedArray, rows: NDArray[np.int64]) -> Iterator[pa.Array]:
    start = 0
    for piece in ids.chunks:
        numbers = pa.array(rows[start : start + len(piece)]).cast(pa.string())
        yield pc.coalesce(piece, pc.binary_join_element_wise("row-", numbers, ""))
        start += len(piece)


# -- lists -------------------------------------------------------------------------------------------------------


def _clean_lists(
    column: _Column, split: Callable[[str], list[str]], *, words_missing: bool = True
) -> pa.ListArray:
    """Split, trim and check the items of a column of lists; an item that is no name is left out."""
    n_rows = len(column.rows)
    rows, items = pairs_from_lists(_as_lists(column, split, words_missing))
    parts = replace(column, values=items, rows=column.rows[rows])
    cleaned = _clean_name(parts, words_missing=words_missing)
    return lists_from_pairs(rows, cleaned, n_rows)


def _as_lists(column: _Column, split: Callable[[str], list[str]], words_missing: bool) -> pa.ListArray:
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        values = values.cast(pa.list_(pa.string()))
        rows, items = pairs_from_lists(values)
        plain = _without_html(replace(column, values=items, rows=column.rows[rows])).values
        return values if plain is items else lists_from_pairs(rows, plain, len(values))
    column = _without_html(_as_strings(replace(column, values=values)))
    column = _trimmed(column, words_missing=words_missing)
    encoded = column.values.dictionary_encode()
    pieces = [split(cell) for cell in encoded.dictionary.to_pylist()]
    return pa.array(pieces, pa.list_(pa.string())).take(encoded.indices)


def _articles_first(lists: pa.ChunkedArray, notes: list[str]) -> Iterator[pa.ListArray]:
    """Write "Cure, The" as "The Cure"."""
    mended: dict[str, str] = {}
    for piece in lists.chunks:
        here = {name: article_first(name) for name in count_items([piece])}
        changed = {old: new for old, new in here.items() if old != new}
        mended |= changed
        yield renamed_items(piece, changed) if changed else piece
    for old, new in list(mended.items())[:1]:
        notes.append(f"{len(mended):,} artist name{'s' * (len(mended) > 1)} such as {old!r} read as {new!r}")


def _one_spelling(lists: pa.ChunkedArray) -> Iterator[pa.ListArray]:
    """Give spellings that differ in case or spacing the most frequent one; of equals the first in the alphabet."""
    counts = count_items(lists.chunks)
    keys = {name: " ".join(name.casefold().split()) for name in counts}
    best: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        best.setdefault(keys[name], name)
    shown = {name: best[keys[name]] for name in counts if best[keys[name]] != name}
    for piece in lists.chunks:
        yield renamed_items(piece, shown) if shown else piece


def _clean_years(column: _Column) -> pa.ListArray:
    rows, items = pairs_from_lists(_as_lists(column, split_years, words_missing=True))
    part = _trimmed(replace(column, values=items, rows=column.rows[rows]), words_missing=True)
    zero = pc.is_in(part.values, value_set=pa.array(["0", "0.0"]))
    part = replace(part, values=pc.if_else(zero, None, part.values))
    numbers = read_numbers(part.values)
    usable = (numbers >= EARLIEST_YEAR) & (numbers <= LATEST_YEAR) & (numbers == np.floor(numbers))
    bad = ~usable & part.values.is_valid().to_numpy(zero_copy_only=False)
    part.rejecting(bad, f"not a year within {EARLIEST_YEAR} to {LATEST_YEAR}; left out")
    years = pa.array(np.where(usable, numbers, 0).astype(np.int32), mask=~usable)
    return lists_from_pairs(rows, years, len(column.rows))


# -- numbers, days, yes and no -----------------------------------------------------------------------------------


def _clean_scores(column: _Column, low: float, high: float, notes: list[str]) -> pa.Array:
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    column = replace(column, values=values)
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        column = replace(column, values=pa.array(numbers, from_pandas=True))
        own_scale = np.zeros(len(numbers), dtype=bool)
    else:
        column = _trimmed(_as_strings(column), words_missing=True)
        numbers, own_scale = read_scores(column.values, low, high)
    known = column.values.is_valid().to_numpy(zero_copy_only=False)
    column.rejecting(known & np.isnan(numbers), "not a number; set to null")
    column.rejecting(np.isinf(numbers), "not finite; set to null")
    outside = np.isfinite(numbers) & ((numbers < low) | (numbers > high))
    column.rejecting(outside, f"not within {low:g} to {high:g}; set to null")
    note = scale_note(numbers[~own_scale], low, high)
    if note:
        notes.insert(0, note)
    usable = np.isfinite(numbers) & ~outside
    if (low, high) != (0.0, 10.0):
        numbers = (numbers - low) * 10.0 / (high - low)
    return pa.array(np.where(usable, numbers, 0.0), mask=~usable)


def _clean_dates(column: _Column) -> pa.Array:
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return values.cast(pa.date32(), safe=False)
    column = _trimmed(_as_strings(replace(column, values=values)), words_missing=True)
    dates = parse_dates(column.values)
    column.rejecting(
        pc.and_(column.values.is_valid(), dates.is_null()), "not a date such as 2017-12-06; set to null"
    )
    return dates


def _clean_yes_no(column: _Column) -> pa.Array:
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_boolean(values.type):
        return values
    column = _trimmed(_as_strings(replace(column, values=values)), words_missing=True)
    encoded = column.values.dictionary_encode()
    answers = pa.array([read_yes_no(cell) for cell in encoded.dictionary.to_pylist()], pa.bool_()).take(
        encoded.indices
    )
    column.rejecting(pc.and_(column.values.is_valid(), answers.is_null()), "neither yes nor no; set to null")
    return answers


# -- rows --------------------------------------------------------------------------------------------------------


def _usable_rows(table: pa.Table, rows: NDArray[np.int64], log: RejectLog) -> NDArray[np.bool_]:
    has_artist = pc.greater(pc.list_value_length(table["artists"]), 0)
    named = pc.or_(has_artist, table["title"].is_valid())
    usable = pc.or_(named, pc.or_(table["text"].is_valid(), table["url"].is_valid()))
    flags = usable.to_numpy()
    lost = np.flatnonzero(~flags)
    if len(lost):
        ids = table["review_id"].take(pa.array(lost))
        log.add(rows[lost], None, ids, "neither artist, title, text nor url; left out")
    return flags
