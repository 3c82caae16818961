"""Columns of scores, days and answers: from values as they stood to numbers, dates, yes and no.

Public names: :func:`clean_scores`, :func:`out_of`, :func:`clean_dates`, :func:`clean_yes_no`.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .cells import read_yes_no
from .columns import Column, as_strings, trimmed, without_html
from .dates import order_note, parse_dates, parse_first_days
from .numbered_days import parse_numbered_days
from .scores import read_numbers, read_scores, scale_note


def clean_scores(column: Column, low: float, high: float, notes: list[str], called: str = "") -> pa.Array:
    """Return scores on the scale from 0 to 10; what seems wrong with the scale is the first of ``notes``.

    ``called`` is the source's name of the column.
    """
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    column = replace(column, values=values)
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        if pa.types.is_decimal(kind) or pa.types.is_float32(kind):  # 5.6, not 5.6000000000000005
            values = values.cast(pa.string())
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        column = replace(column, values=pa.array(numbers, from_pandas=True))
        own_scale = np.zeros(len(numbers), dtype=bool)
    else:
        column = trimmed(without_html(as_strings(column)), words_missing=True)
        read = read_scores(column.values, low, high)
        numbers, own_scale = read.scores, read.own_scale
        notes += read.notes
    known = column.values.is_valid().to_numpy(zero_copy_only=False)
    column.rejecting(known & np.isnan(numbers), "not a number; set to null")
    column.rejecting(np.isinf(numbers), "not finite; set to null")
    outside = np.isfinite(numbers) & ((numbers < min(low, high)) | (numbers > max(low, high)))
    column.rejecting(outside, f"not within {min(low, high):g} to {max(low, high):g}; set to null")
    note = scale_note(numbers[~own_scale], low, high, called)
    if note:
        notes.insert(0, note)
    usable = np.isfinite(numbers) & ~outside
    if (low, high) != (0.0, 10.0):
        numbers = (numbers - low) * 10.0 / (high - low) + 0.0  # no -0.0
    return pa.array(np.where(usable, numbers, 0.0), mask=~usable)


def out_of(scores: Column, most: Column, called: str) -> tuple[Column, list[str]]:
    """Return scores as fractions of the best one that a column beside them gives ("3.7/5"), and a note.

    Plain numbers are meant; all else, and scores out of 10, stay as they are.
    """
    texts, tops = (pc.utf8_trim_whitespace(as_strings(one).values) for one in (scores, most))
    best = read_numbers(tops)
    told = np.isfinite(read_numbers(texts)) & np.isfinite(best) & (best > 0) & (best != 10)
    if not told.any():
        return scores, []
    fractions = pc.binary_join_element_wise(texts, tops, "/")
    first = best[np.flatnonzero(told)[0]]
    note = f"scores are out of what column {called!r} says, such as {first:g}"
    return replace(scores, values=pc.if_else(pa.array(told), fractions, texts)), [note]


def clean_dates(column: Column, date_order: str | None, notes: list[str]) -> pa.Array:
    """Return days; what was guessed of them is added to ``notes``."""
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return values.cast(pa.date32(), safe=False)
    column = trimmed(without_html(as_strings(replace(column, values=values))), words_missing=True)
    dates = parse_dates(column.values, date_order)
    note = order_note(column.values) if date_order is None else None
    notes += [note] if note else []
    numbered, told = parse_numbered_days(pc.if_else(dates.is_null(), column.values, None))
    dates, notes[:] = pc.coalesce(dates, numbered), [*notes, *told]
    dates = _with_first_days(column.values, dates, notes)
    column.rejecting(
        pc.and_(column.values.is_valid(), dates.is_null()), "not a date such as 2017-12-06; set to null"
    )
    return dates


def _with_first_days(texts: pa.Array, dates: pa.Array, notes: list[str]) -> pa.Array:
    """Put the first day for months and years that name none."""
    is_open = pc.and_(texts.is_valid(), dates.is_null())
    if not pc.any(is_open).as_py():
        return dates
    first_days = parse_first_days(pc.if_else(is_open, texts, None))
    places = np.flatnonzero(first_days.is_valid().to_numpy(zero_copy_only=False))
    if len(places):
        such = f"{len(places):,} dates name no day, such as {texts[places[0]].as_py()!r}"
        notes.append(f"{such}: the first day of the month or year stands for them")
    return pc.coalesce(dates, first_days)


def clean_yes_no(column: Column) -> pa.Array:
    """Return yes, no or null."""
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if pa.types.is_boolean(values.type):
        return values
    column = trimmed(as_strings(replace(column, values=values)), words_missing=True)
    encoded = column.values.dictionary_encode()
    answers = pa.array([read_yes_no(cell) for cell in encoded.dictionary.to_pylist()], pa.bool_()).take(
        encoded.indices
    )
    column.rejecting(pc.and_(column.values.is_valid(), answers.is_null()), "neither yes nor no; set to null")
    return answers
