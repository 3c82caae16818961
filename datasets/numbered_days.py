"""Days that stand as numbers: a spreadsheet's, counted from the end of 1899, and points in time since 1970.

Of five digits, 20000 to 60000, a number is a day as Excel counts them (43831 is 2020-01-01); of nine or ten digits it
is seconds, of twelve or thirteen milliseconds, of fifteen or sixteen microseconds, of eighteen or nineteen nanoseconds
since 1970. ``/Date(1577836800000)/`` is milliseconds.

Public names: :func:`parse_numbered_days`.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_DAY_S = 86_400.0
_FIRST_DAY_OF_EXCEL = -25_569  # days from 1970 to what spreadsheets count from
_EARLIEST, _LATEST = 20_000, 60_000  # 1954 to 2064; other numbers of five digits are no days
_WRAPPED = r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$"
_SINCE_1970 = (
    ("seconds", r"^\d{9,10}(?:\.\d+)?$", 1.0),
    ("milliseconds", r"^\d{12,13}(?:\.\d+)?$", 1e3),
    ("microseconds", r"^\d{15,16}$", 1e6),
    ("nanoseconds", r"^\d{18,19}$", 1e9),
)


def parse_numbered_days(texts: pa.Array) -> tuple[pa.Array, list[str]]:
    """Read days that stand as numbers.

    Parameters
    ----------
    texts : pyarrow.Array of string

    Returns
    -------
    days : pyarrow.Array of date32, same length
        Null where there is no such number.
    notes : list of str
        As what numbers were read, with an example.
    """
    texts = pc.replace_substring_regex(texts, _WRAPPED, r"\1")
    numbers = pd.to_numeric(texts.to_pandas().astype(object), errors="coerce").to_numpy(dtype=np.float64)
    days = np.full(len(numbers), np.nan)
    notes: list[str] = []

    def read(flags: np.ndarray, values: np.ndarray, what: str) -> None:
        places = np.flatnonzero(flags)
        if len(places):
            days[places] = np.floor(values[places])
            first = np.datetime64(int(days[places[0]]), "D")
            n = "a date is a number" if len(places) == 1 else f"{len(places):,} dates are numbers"
            notes.append(f"{n}, such as {texts[int(places[0])].as_py()!r}, read as {what} ({first})")

    is_serial = _matches(texts, r"^\d{5}(?:\.\d+)?$") & (numbers >= _EARLIEST) & (numbers <= _LATEST)
    read(is_serial, numbers + _FIRST_DAY_OF_EXCEL, "a spreadsheet counts days")
    for unit, pattern, per_second in _SINCE_1970:
        read(_matches(texts, pattern), numbers / (per_second * _DAY_S), f"{unit} since 1970")
    known = np.isfinite(days)
    found = pa.array(np.where(known, days, 0).astype(np.int32), mask=~known).cast(pa.date32())
    return found, notes


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(zero_copy_only=False)
