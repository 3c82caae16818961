"""Days from text, in the ways music sites write them, whatever the language of the machine.

Understood: ``2017-12-06`` (also ``2017/12/06``, ``20171206``, with a time after it), ``December 6, 2017``,
``Wed, 6 Dec 2017``, ``6 Dec 17`` (years of two digits as :func:`.split_years` has them), ``26-FEB-1987 15:01:01.79``,
``2017年12月6日``, ``6.12.2017`` and ``6.12.17`` (day first), ``12 6, 2017`` (month first),
``12/06/2017``. In the last form a column whose
first number exceeds 12 anywhere is day first, otherwise month first, unless the user says which (``date_order``).
``25/12/17`` is read only where that is told by the column or the user. Months have their English, German, French,
Spanish, Italian, Portuguese, Dutch, Danish, Norwegian or Swedish names (``6. Dezember 2017``,
``6 de diciembre de 2017``). A month or a year without a day is no day; :func:`parse_first_days` gives the first day of
it.

Public names: :data:`DATE_ORDERS`, :func:`check_date_order`, :func:`parse_dates`, :func:`parse_first_days`,
:func:`order_note`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.errors import ParameterError
from ..core.names import fold_accents
from .cells import long_year

DATE_ORDERS = ("day", "month")
"""What may come first in dates such as 03/04/2012."""

_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?s:.*))?"  # whatever follows a clock time, the day is known
_WEEKDAY = r"(?:(?:\p{L}{3,12},?|\p{L}{2}[,.]+) +)?"
_MONTH = r"(?P<month>\p{L}{3,10})\.?"
_ORDINAL = r"(?:st|nd|rd|th|er|º)?"
_OF = r"(?:de +)?"
_YEAR = r"(?P<year>\d{4}|['’]?\d{2})"
_ISO = rf"^(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}$"
_EAST_ASIAN = r"^(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日(?s:.*)$"
_COMPACT = r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})$"
_MONTH_FIRST = rf"^{_WEEKDAY}{_MONTH} +(?P<day>\d{{1,2}}){_ORDINAL},? +{_YEAR},?{_TIME}$"
_DAY_FIRST = (
    rf"^{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}\.?[ -]+{_OF}{_MONTH},?[ -]+{_OF}"
    rf"{_YEAR},?{_TIME}$"
)
_DOTTED = rf"^(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}|\d\d){_TIME}$"
_SPACED = r"^(?P<month>\d{1,2}) +(?P<day>\d{1,2}), *(?P<year>\d{4})$"  # of Amazon's reviews: 03 4, 2011
_SLASHED = rf"^(?P<first>\d{{1,2}})[/-](?P<second>\d{{1,2}})[/-](?P<year>\d{{4}}){_TIME}$"
_SHORT_SLASHED = (
    rf"^(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/(?P<year>\d\d){_TIME}$"  # read where the order is told
)
_NAMED = (_MONTH_FIRST, _DAY_FIRST)
# What every day with the name of its month is: RE2 takes 30 ms to compile each of these two patterns, for every column.
_MAY_BE_NAMED = r"(?s)^[^\x00-/:-@\[-`{-\x7f].*[ -]['’]?\d\d"
_MONTH_OF_YEAR = (
    r"^(?P<year>(?:19|20)\d{2})\s*年?(?P<month>)$",
    r"^(?P<year>(?:19|20)\d{2})\s*年\s*(?P<month>\d{1,2})\s*月$",
    r"^(?P<year>(?:19|20)\d{2})[-/.](?P<month>\d{1,2})$",
    r"^(?P<month>\d{1,2})[-/.](?P<year>(?:19|20)\d{2})$",
    rf"^{_MONTH},? +{_OF}(?P<year>\d{{4}})$",
)
_MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "janner februar marts april maj juni juli august september oktober november desember",
)


def _numbers_of_months() -> dict[str, int]:
    """Return the number of each month by its names without accents, and by beginnings of three letters and more.

    A beginning that months share is none, French "jui" for one.
    """
    numbers: dict[str, set[int]] = {}
    for names in _MONTHS:
        for number, name in enumerate(names.split(), 1):
            for length in range(3, len(name) + 1):
                numbers.setdefault(name[:length], set()).add(number)
    return {name: found.pop() for name, found in numbers.items() if len(found) == 1}


_MONTH_NUMBERS = _numbers_of_months()
Integers = NDArray[np.int64]


def check_date_order(date_order: str | None) -> None:
    """Raise ParameterError if it is neither of :data:`DATE_ORDERS` nor None."""
    if date_order is not None and date_order not in DATE_ORDERS:
        raise ParameterError(f"date_order (--date-order) must be day or month; got {date_order!r}")


def parse_dates(texts: pa.Array, date_order: str | None = None) -> pa.Array:
    """Read days; what cannot be read becomes null.

    Parameters
    ----------
    texts : pyarrow.Array of string
    date_order : {"day", "month"}, optional
        What comes first in dates such as 03/04/2012; told by the column if not given.

    Returns
    -------
    pyarrow.Array of date32, same length
    """
    encoded = texts.dictionary_encode()
    unique = pc.replace_substring(encoded.dictionary.cast(pa.string()), "\xa0", " ")  # of HTML's &nbsp;
    days = np.full(len(unique), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    for pattern in (
        _ISO, _EAST_ASIAN, _COMPACT, _MONTH_FIRST, _DAY_FIRST, _DOTTED, _SPACED, _SLASHED, _SHORT_SLASHED,
    ):  # fmt: skip
        left = np.isnat(days)
        if pattern in _NAMED:
            left &= (
                pc.match_substring_regex(unique, _MAY_BE_NAMED).to_numpy(zero_copy_only=False).astype(bool)
            )
        places = np.flatnonzero(left)
        if len(places):
            found, year, month, day = _parts(unique.take(pa.array(places)), pattern, date_order)
            days[places[found]] = _days(year, month, day)
    dates = pa.array(days, mask=np.isnat(days)).cast(pa.date32())
    return dates.take(encoded.indices)


def parse_first_days(texts: pa.Array) -> pa.Array:
    """Read months and years without a day ("Dec 2014", "12/2014", "2014-12", "2014") as the first day of them.

    Parameters
    ----------
    texts : pyarrow.Array of string

    Returns
    -------
    pyarrow.Array of date32, same length
        Null for all else.
    """
    days = np.full(len(texts), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    for pattern in _MONTH_OF_YEAR:
        parts = pc.extract_regex(texts, pattern)
        found = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
        parts = parts.take(pa.array(found))
        month = parts.field("month")
        if pattern is _MONTH_OF_YEAR[0]:
            months = np.ones(len(found), np.int64)
        else:
            months = _month_numbers(month) if pattern is _MONTH_OF_YEAR[-1] else _integers(month)
        days[found] = _days(_integers(parts.field("year")), months, np.ones(len(found), np.int64))
    return pa.array(days, mask=np.isnat(days)).cast(pa.date32())


def order_note(texts: pa.Array) -> str | None:
    """Say so if no date such as 03/04/2012 of a column tells whether its day comes first.

    Parameters
    ----------
    texts : pyarrow.Array of string

    Returns
    -------
    str or None
    """
    return _note_on(texts, _SLASHED, "read month first: if it is the day, add --date-order day") or _note_on(
        texts, _SHORT_SLASHED, "and are not read: say it with --date-order day or month"
    )


def _note_on(texts: pa.Array, pattern: str, remedy: str) -> str | None:
    parts = pc.extract_regex(texts, pattern)
    found = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
    parts = parts.take(pa.array(found))
    first, second = _integers(parts.field("first")), _integers(parts.field("second"))
    either = found if pattern is _SHORT_SLASHED else found[first != second]
    if not len(either) or max(first.max(), second.max()) > 12:
        return None
    which = (
        f"{len(either):,} dates such as {texts[either[0]].as_py()!r} do"
        if len(either) > 1
        else (f"the date {texts[either[0]].as_py()!r} does")
    )
    return f'{which} not tell whether day or month comes first, {remedy} (date_order="day" in Python)'


def _parts(
    texts: pa.Array, pattern: str, date_order: str | None
) -> tuple[Integers, Integers, Integers, Integers]:
    """Return the places that match, and year, month and day there."""
    parts = pc.extract_regex(texts, pattern)
    found = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
    parts = parts.take(pa.array(found))
    year = _years(parts.field("year"))
    if pattern in (_SLASHED, _SHORT_SLASHED):
        first, second = _integers(parts.field("first")), _integers(parts.field("second"))
        told = bool(len(first)) and first.max() > 12
        if pattern is _SHORT_SLASHED and date_order is None and not (told or (second > 12).any()):
            return found[:0], year[:0], first[:0], second[:0]
        day_first = told if date_order is None else date_order == "day"
        return found, year, second if day_first else first, first if day_first else second
    month = parts.field("month")
    months = _month_numbers(month) if pattern in _NAMED else _integers(month)
    return found, year, months, _integers(parts.field("day"))


def _years(texts: pa.Array) -> Integers:
    short = pc.less(pc.utf8_length(texts), 4)
    if not pc.any(short).as_py():
        return _integers(texts)
    years = [text if len(text) == 4 else long_year(text[-2:]) for text in texts.to_pylist()]
    return np.array(years, dtype=np.int64)


def _integers(texts: pa.Array) -> Integers:
    return texts.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _month_numbers(names: pa.Array) -> Integers:
    return np.array(
        [_MONTH_NUMBERS.get(fold_accents(name.lower()), 0) for name in names.to_pylist()], dtype=np.int64
    )


def _days(year: Integers, month: Integers, day: Integers) -> NDArray[np.datetime64]:
    """Compose days; impossible ones (February 30) are not-a-time."""
    possible = (year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(possible, year, 1970) - 1970) * 12 + np.where(possible, month, 1) - 1
    starts = months.astype("datetime64[M]")
    days = starts.astype("datetime64[D]") + (np.where(possible, day, 1) - 1).astype("timedelta64[D]")
    days[~possible | (days.astype("datetime64[M]") != starts)] = np.datetime64("NaT", "D")
    return days
