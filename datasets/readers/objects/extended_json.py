"""MongoDB's extended JSON: ``{"$oid": "5f1b"}``, ``{"$date": ...}`` and ``{"$numberLong": "7"}`` as plain values.

Public names: :func:`speaks_extended_json`, :func:`plain_values`.
"""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

_EPOCH = datetime.datetime(1970, 1, 1)
_MARKS = (b'"$oid"', b'"$date"', b'"$number')


def speaks_extended_json(head: bytes) -> bool:
    """Return whether the beginning of a file has such values."""
    return any(mark in head for mark in _MARKS)


def plain_values(value: Any) -> Any:
    """Return a record with plain values: ids and days as text, numbers as numbers.

    >>> plain_values({"_id": {"$oid": "5f1b"}, "n": {"$numberLong": "7"}, "at": {"$date": 1577836800000}})
    {'_id': '5f1b', 'n': 7, 'at': '2020-01-01T00:00:00'}
    """
    if isinstance(value, list):
        return [plain_values(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        mark, inner = next(iter(value.items()))
        if read := _READ.get(mark):
            return _or_as_it_is(read, plain_values(inner))
    return {key: plain_values(inner) for key, inner in value.items()}


def _or_as_it_is(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError, OverflowError):
        return value


def _day(value: Any) -> str:
    if isinstance(value, int | float):
        return (_EPOCH + datetime.timedelta(milliseconds=value)).isoformat()
    return value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "$oid": str,
    "$uuid": str,
    "$symbol": str,
    "$date": _day,
    "$numberInt": int,
    "$numberLong": int,
    "$numberDouble": float,
    "$numberDecimal": float,
}
