r"""From columns as they stood in a source to clean columns, with one rule for what is wrong.

**The rule.** A value that cannot be used becomes null (or is mended, where that is named below) and stands in rejects
with source, row, column, value and reason; its row is kept. A row is left out only if it has neither artist,
title, text nor url, or repeats a review id or, without id, artist, title and text of another: of such rows the one with
most values filled is kept, the first of equals.

*Missing*, and so no reject: null, NaN, white space only, ``\N``; in columns other than names and texts also the
words of :data:`cells.MISSING_WORDS` ("None", "Not Available"). An artist may be called "None" or "NA".
*Mended*: NUL characters are removed, and from names but titles soft hyphens, zero-width spaces and the like. Names,
titles, genres and labels are rid of HTML's entities and formatting tags:
"Sigur R&oacute;s" and "<b>Sigur Rós</b>" are one artist. "Cure, The" is the artist "The Cure". Names longer than
1,000 characters are not names. A score is finite and within ``score_range``, or a fraction such as "4/5"
(:mod:`scores`); a year has four digits, or two
(:func:`cells.split_years`), and is not later than next year. Control characters, other markup and
formulas are stored as they are.

Spellings of a genre or label that differ in case or spacing only are one, shown in its most frequent spelling.

Public names: :func:`clean_reviews`, :class:`CleanReviews`.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.errors import ParameterError
from .cells import SHEET_ERRORS, article_first, split_artists, split_genres, split_labels, split_years
from .columns import Column, as_strings, html_note, trimmed, without_html, without_invisible, without_nul
from .dates import check_date_order, parse_dates
from .numbered_days import parse_numbered_days
from .publication import left_aside, no_posts
from .readers.lists import count_items, lists_from_pairs, pairs_from_lists, renamed_items, split_items
from .readers.raw import Park, RawTable, RejectLog
from .repeats import keep_rows, without_repeats
from .scores import read_numbers
from .sum_rows import are_sums
from .values import clean_dates, clean_scores, clean_yes_no, out_of

LONGEST_NAME = 1000
LONGEST_URL = 10_000
_NULL_ROWS = 65_536
EARLIEST_YEAR, LATEST_YEAR = 1000, 2999
_LONGEST_YEAR = 9999  # four digits; longer numbers may be days
_BLANK_TEXTS = pa.array(["", "[deleted]", "[removed]"])  # the last two as Reddit has them
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


def clean_reviews(
    raw: RawTable,
    *,
    score_range: tuple[float, float] = (0.0, 10.0),
    artist_separators: Sequence[str] = (),
    date_order: str | None = None,
) -> CleanReviews:
    """Clean the columns a reader found; see the module for the rule.

    Parameters
    ----------
    raw : RawTable
    score_range : (float, float)
        Worst and best score of the source, (6, 1) for German school grades; scores are brought to 0 to 10.
    artist_separators : sequence of str
        Strings at which artist cells are split later, such as ``" & "`` (:mod:`joint_names`); a cell too long for a
        name is split at them here.
    date_order : {"day", "month"}, optional
        What comes first in dates such as 03/04/2012; told by the column if not given.

    Returns
    -------
    CleanReviews

    Raises
    ------
    ParameterError
        If ``score_range`` is not two different finite numbers, or ``date_order`` is neither day nor month.
    """
    check_date_order(date_order)
    low, high = _checked_range(score_range)
    notes: list[str] = []
    html: dict[str, list[str]] = {}
    log, n_rows = raw.rejects, len(raw.rows)

    def column(name: str) -> Column:
        return Column(name, raw.columns.get(name, _nulls(n_rows)), raw.rows, log, html)

    def each(name: str, clean: Callable[[Column], pa.Array]) -> pa.ChunkedArray:
        return raw.park(clean(part) for part in _parts(column(name)))

    def names(name: str, split: Callable[[str], list[str]], *, words_missing: bool = True) -> pa.ChunkedArray:
        return each(name, lambda part: _clean_lists(part, split, words_missing=words_missing))

    def split(cell: str) -> list[str]:
        return split_artists(cell, artist_separators if len(cell) > LONGEST_NAME else ())

    def scores() -> Column:
        if "score_max" not in raw.columns or (low, high) != (0.0, 10.0):
            return column("score")
        found, told = out_of(column("score"), column("score_max"), raw.mapping.get("score_max", "score_max"))
        notes.extend(told)
        return found

    ids = each("review_id", _clean_name)
    artists = names("artist", split if raw.joined_artists else _whole, words_missing=False)
    table = pa.table({
        "review_id": raw.park(_ids_from_rows(ids, raw.rows)),
        "title": each("title", _clean_title),
        "artists": raw.park(_articles_first(artists, notes)),
        "score": raw.park([clean_scores(scores(), low, high, notes, raw.mapping.get("score", ""))]),
        "genres": raw.park(_one_spelling(names("genres", split_genres), _without_hash)),
        "labels": raw.park(_one_spelling(_labels_apart(names("labels", split_labels), raw.park, notes))),
        "years": each("years", lambda part: _clean_years(part, notes)),
        "author": each("author", _clean_author),
        "pub_date": raw.park([clean_dates(column("pub_date"), date_order, notes)]),
        "best_new_music": raw.park([clean_yes_no(column("best_new_music"))]),
        "url": each("url", _clean_url),
        "text": each("text", _clean_text),
    })  # fmt: skip
    notes += [html_note(name, found) for name, found in html.items() if found]
    has_id = ids.is_valid().to_numpy()
    left = np.zeros(n_rows, dtype=bool)
    if "status" in raw.columns:
        left, told = left_aside(column("status"), raw.mapping.get("status", "status"))
        notes += told
    if "post_type" in raw.columns:
        left |= no_posts(column("post_type"))
    left |= _without_sums(table, raw.rows, log, left)
    usable = _usable_rows(table, raw.rows, log, left)
    rows, table = raw.rows[usable], keep_rows(table, usable, raw.park)
    return CleanReviews(without_repeats(table, rows, has_id[usable], log, notes, raw.park), log, notes)


def _nulls(n_rows: int) -> pa.ChunkedArray:
    """Return a column without values; its pieces are one."""
    piece = pa.nulls(min(n_rows, _NULL_ROWS), pa.string())
    whole, rest = divmod(n_rows, _NULL_ROWS)
    return pa.chunked_array([piece] * whole + [piece.slice(0, rest)] * (rest > 0), type=pa.string())


def _parts(column: Column) -> Iterator[Column]:
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
    if not (np.isfinite(low) and np.isfinite(high) and low != high):
        raise ParameterError(
            f"score_range must be two different finite numbers, the worst first; got {score_range!r}"
        )
    return low, high


def _whole(cell: str) -> list[str]:
    return [cell]


# -- strings -----------------------------------------------------------------------------------------------------


def _clean_name(column: Column, *, longest: int = LONGEST_NAME, words_missing: bool = False) -> pa.Array:
    column = trimmed(without_nul(as_strings(column)), words_missing=words_missing)
    column = _without_sheet_errors(column)
    too_long = pc.greater(pc.utf8_length(column.values), longest)
    return column.rejecting(too_long, f"longer than {longest:,} characters; set to null").values


def _without_sheet_errors(column: Column) -> Column:
    failed = pc.is_in(column.values, value_set=pa.array(SHEET_ERRORS, pa.string()))
    return column.rejecting(failed, "an error of a spreadsheet; set to null")


def _clean_title(column: Column) -> pa.Array:
    return _clean_name(without_html(as_strings(column)))


def _clean_author(column: Column) -> pa.Array:
    column = without_html(as_strings(column))
    column = replace(column, values=pc.replace_substring_regex(column.values, _BYLINE, ""))
    return _clean_name(without_invisible(column), words_missing=True)


def _clean_url(column: Column) -> pa.Array:
    return _clean_name(without_html(as_strings(column)), longest=LONGEST_URL)


def _clean_text(column: Column) -> pa.Array:
    column = _without_sheet_errors(without_nul(as_strings(column, between="\n\n")))
    blank = pc.is_in(pc.utf8_trim_whitespace(column.values), value_set=_BLANK_TEXTS)
    return pc.if_else(blank, None, column.values)


def _ids_from_rows(ids: pa.ChunkedArray, rows: NDArray[np.int64]) -> Iterator[pa.Array]:
    start = 0
    for piece in ids.chunks:
        numbers = pa.array(rows[start : start + len(piece)]).cast(pa.string())
        yield pc.coalesce(piece, pc.binary_join_element_wise("row-", numbers, ""))
        start += len(piece)


# -- lists -------------------------------------------------------------------------------------------------------


def _clean_lists(
    column: Column, split: Callable[[str], list[str]], *, words_missing: bool = True
) -> pa.ListArray:
    """Split, trim and check the items of a column of lists; an item that is no name is left out."""
    n_rows = len(column.rows)
    rows, items = pairs_from_lists(_as_lists(column, split, words_missing))
    parts = without_invisible(replace(column, values=items, rows=column.rows[rows]))
    cleaned = _clean_name(parts, words_missing=words_missing)
    return lists_from_pairs(rows, cleaned, n_rows)


def _as_lists(column: Column, split: Callable[[str], list[str]], words_missing: bool) -> pa.ListArray:
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        values = values.cast(pa.list_(pa.string()))
        rows, items = pairs_from_lists(values)
        plain = without_html(replace(column, values=items, rows=column.rows[rows])).values
        return values if plain is items else lists_from_pairs(rows, plain, len(values))
    column = without_html(as_strings(replace(column, values=values)))
    column = trimmed(column, words_missing=words_missing)
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


def _labels_apart(lists: pa.ChunkedArray, park: Park, notes: list[str]) -> pa.ChunkedArray:
    """Split "Kestrel, Tidewater", as Discogs has two labels, where each part is a label elsewhere or comes twice."""
    counts = count_items(lists.chunks)
    single = {" ".join(name.casefold().split()) for name in counts if "," not in name}
    found = {name: [part.strip() for part in name.split(", ")] for name in counts if ", " in name}
    parts = {
        name: split
        for name, split in found.items()
        if len(set(split)) < len(split) or all(" ".join(part.casefold().split()) in single for part in split)
    }
    if not parts:
        return lists
    n_cut = sum(counts[name] for name in parts)
    notes.append(f"labels such as {next(iter(parts))!r} are split, each part a label elsewhere: {n_cut:,}")
    return park(split_items(piece, parts) for piece in lists.chunks)


def _without_hash(name: str) -> str:
    """Return "rock" for "#rock"; "#1 Hits" stays."""
    return re.sub(r"^#(?=[^\W\d])", "", name)


def _one_spelling(lists: pa.ChunkedArray, plain: Callable[[str], str] = str) -> Iterator[pa.ListArray]:
    """Give spellings that differ in case or spacing the most frequent one; of equals the first in the alphabet.

    ``plain`` takes from a name what is no part of it.
    """
    counts = count_items(lists.chunks)
    keys = {name: " ".join(plain(name).casefold().split()) for name in counts}
    best: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        best.setdefault(keys[name], plain(name))
    shown = {name: best[keys[name]] for name in counts if best[keys[name]] != name}
    for piece in lists.chunks:
        yield renamed_items(piece, shown) if shown else piece


def _clean_years(column: Column, notes: list[str]) -> pa.ListArray:
    rows, items = pairs_from_lists(_as_lists(column, split_years, words_missing=True))
    part = trimmed(replace(column, values=items, rows=column.rows[rows]), words_missing=True)
    numbers = read_numbers(part.values)
    is_other = np.isnan(numbers) | (numbers > _LONGEST_YEAR)
    if is_other.any():
        texts = pc.if_else(pa.array(is_other), part.values, None)
        numbers = np.where(is_other, _years_of_dates(texts, notes), numbers)
    latest = datetime.date.today().year + 1  # announced for next year
    is_late = (numbers > latest) & (numbers <= LATEST_YEAR)
    part = part.rejecting(is_late, f"later than {latest}; left out")
    usable = (numbers >= EARLIEST_YEAR) & (numbers <= latest) & (numbers == np.floor(numbers))
    bad = ~usable & part.values.is_valid().to_numpy(zero_copy_only=False)
    part.rejecting(bad, f"not a year within {EARLIEST_YEAR} to {latest}; left out")
    years = pa.array(np.where(usable, numbers, 0).astype(np.int32), mask=~usable)
    return lists_from_pairs(rows, years, len(column.rows))


def _years_of_dates(texts: pa.Array, notes: list[str]) -> NDArray[np.float64]:
    """Return the years of days such as 12/05/19, NaN where there is none."""
    days = parse_dates(texts)
    numbered, told = parse_numbered_days(pc.if_else(days.is_null(), texts, None))
    notes += [
        note
        for note in told
        if not any(note.rpartition(",")[2] == other.rpartition(",")[2] for other in notes)
    ]
    days = pc.coalesce(days, numbered)
    return pc.fill_null(pc.year(days).cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)


# -- rows --------------------------------------------------------------------------------------------------------


def _without_sums(
    table: pa.Table, rows: NDArray[np.int64], log: RejectLog, left: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which rows are sums, and put them in rejects."""
    sums = are_sums(table) & ~left
    values = [
        " | ".join(filter(None, (*row["artists"], row["title"])))
        for row in table.select(["artists", "title"]).filter(pa.array(sums)).to_pylist()
    ]
    log.add(rows[sums], None, values, "a sum or an average, not a review; left out")
    return sums


def _usable_rows(
    table: pa.Table, rows: NDArray[np.int64], log: RejectLog, left: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    has_artist = pc.greater(pc.list_value_length(table["artists"]), 0)
    named = pc.or_(has_artist, table["title"].is_valid())
    usable = pc.or_(named, pc.or_(table["text"].is_valid(), table["url"].is_valid()))
    flags = usable.to_numpy()
    lost = np.flatnonzero(~flags & ~left)
    if len(lost):
        ids = table["review_id"].take(pa.array(lost))
        log.add(rows[lost], None, ids, "neither artist, title, text nor url; left out")
    return flags & ~left
