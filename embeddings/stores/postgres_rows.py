"""Rows in the binary format of COPY, and vectors in that of pgvector: bytes, most significant first.

Public: `HEAD`, `END`, `artist_row`, `pairs`, `lists`, `as_vector`, `from_vector`, `read_vectors`.

References
----------
.. [1] PostgreSQL documentation, COPY, section "Binary Format"; array_send in arrayfuncs.c.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

HEAD = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)
END = b"\xff\xff"
NULL = struct.pack("!i", -1)
_INT4, _TEXT, _FLOAT4 = 23, 25, 700  # types by their numbers, which never change


def artist_row(
    row: int,
    texts: Sequence[str],
    genres: Sequence[str],
    mean_score: float,
    n_reviews: int,
    years: Sequence[int],
    vector: np.ndarray,
) -> bytes:
    """Return a row of the table of artists; a score of NaN and a zero vector are stored as NULL.

    Parameters
    ----------
    row : int
    texts : sequence of str
        Artist id, name, folded name.
    genres : sequence of str
    mean_score : float
    n_reviews : int
    years : sequence of int
    vector : ndarray of shape (dim,), float32
    """
    score = NULL if mean_score != mean_score else struct.pack("!id", 8, mean_score)
    fields = [
        struct.pack("!hii", 6 + len(texts), 4, row),
        *(_sized(text.encode()) for text in texts),
        _sized(_array(_TEXT, [_sized(genre.encode()) for genre in genres])),
        score,
        struct.pack("!ii", 4, n_reviews),
        _sized(_array(_INT4, [struct.pack("!ii", 4, year) for year in years])),
        _sized(as_vector(vector)) if vector.any() else NULL,
    ]
    return b"".join(fields)


def _sized(data: bytes) -> bytes:
    return struct.pack("!i", len(data)) + data


def _array(kind: int, items: Sequence[bytes]) -> bytes:
    if not items:
        return struct.pack("!iii", 0, 0, kind)
    return struct.pack("!iiiii", 1, 0, kind, len(items), 1) + b"".join(items)


def as_vector(vector: np.ndarray) -> bytes:
    """Return a vector as pgvector sends and receives it."""
    return struct.pack("!hh", len(vector), 0) + vector.astype(">f4").tobytes()


def from_vector(data: bytes | None, dim: int) -> np.ndarray:
    """Read what `as_vector` gives; zeros where there is none."""
    numbers = np.zeros(dim) if data is None else np.frombuffer(data, ">f4", offset=4)
    vector = numbers.astype(np.float32)
    vector.flags.writeable = False
    return vector


def pairs(hashes: np.ndarray, rows: np.ndarray) -> bytes:
    """Return rows of a table (hash int8, row int4)."""
    kind = [("n", ">i2"), ("l1", ">i4"), ("hash", ">i8"), ("l2", ">i4"), ("row", ">i4")]
    records = np.zeros(len(rows), kind)
    records["n"], records["l1"], records["l2"] = 2, 8, 4
    records["hash"], records["row"] = hashes.astype(np.uint64).view(np.int64), rows
    return records.tobytes()


def lists(places: np.ndarray, rows: np.ndarray, cosine: np.ndarray) -> bytes:
    """Return rows of a table (row int4, neighbors int4[], cosine float4[]).

    Parameters
    ----------
    places : ndarray of shape (n,), int
    rows : ndarray of shape (n, k), int
    cosine : ndarray of shape (n, k), float32
    """
    k = rows.shape[1]
    records = np.zeros(
        len(rows),
        [("n", ">i2"), ("l1", ">i4"), ("row", ">i4"), *_list_kind("neighbors", ">i4", k),
         *_list_kind("cosine", ">f4", k)],
    )  # fmt: skip
    records["n"], records["l1"], records["row"] = 3, 4, places
    for name, kind, values in (("neighbors", _INT4, rows), ("cosine", _FLOAT4, cosine)):
        records[f"{name} size"] = 20 + 8 * k
        records[f"{name} head"] = (1, 0, kind, k, 1)
        records[name]["size"], records[name]["value"] = 4, values
    return records.tobytes()


def _list_kind(name: str, kind: str, k: int) -> list[tuple]:
    item = [("size", ">i4"), ("value", kind)]
    return [(f"{name} size", ">i4"), (f"{name} head", ">i4", 5), (name, item, k)]


def read_vectors(data: bytes, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Read what COPY sends of (row int4, vector), none of them NULL.

    Returns
    -------
    rows : ndarray of shape (n,), int64
    matrix : ndarray of shape (n, dim), float32
    """
    kind = np.dtype([("n", ">i2"), ("l1", ">i4"), ("row", ">i4"), ("l2", ">i4"), ("head", ">i2", 2),
                     ("vector", ">f4", dim)])  # fmt: skip
    records = np.frombuffer(
        data, kind, offset=len(HEAD), count=(len(data) - len(HEAD) - len(END)) // kind.itemsize
    )
    return records["row"].astype(np.int64), records["vector"].astype(np.float32)
