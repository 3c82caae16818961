"""Reviews that a source holds more than once: one is kept, the fullest, the first of equals.

Public names: :func:`without_repeats`, :func:`keep_rows`, :data:`MANY_REPEATS`.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.names import identity_key
from .readers.raw import Park, RejectLog
from .repeated_values import digests_of, rows_of_equals

MANY_REPEATS = 0.02  # share of rows; more, and the column is probably no id
_PIECE_ROWS = 256  # whose texts are held at a time


def keep_rows(table: pa.Table, flags: NDArray[np.bool_], park: Park) -> pa.Table:
    """Return the rows of a table where ``flags`` holds; piece by piece, moved to where columns are kept."""
    if flags.all():
        return table
    columns = [park(_filtered(column, flags)) for column in table.columns]
    return pa.table(columns, schema=table.schema)


def _filtered(column: pa.ChunkedArray, flags: NDArray[np.bool_]) -> Iterator[pa.Array]:
    start = 0
    for piece in column.chunks:
        yield piece.filter(pa.array(flags[start : start + len(piece)]))
        start += len(piece)


def without_repeats(
    table: pa.Table,
    rows: NDArray[np.int64],
    has_id: NDArray[np.bool_],
    log: RejectLog,
    notes: list[str],
    park: Park,
) -> pa.Table:
    """Keep one row per review id, and of rows without id one per artist, title and text.

    Parameters
    ----------
    table : pyarrow.Table
        Clean reviews, with ``artists`` in place of ``artist_ids``.
    rows : ndarray of int64
        Row of the source of each review.
    has_id : ndarray of bool
        Whether the source names the review, so that its id is not made from the row.
    log : RejectLog
        Takes what is left out.
    notes : list of str
        Takes what a user should know.
    park : callable
        As :attr:`RawTable.park`.

    Returns
    -------
    pyarrow.Table
    """
    lost, kept = _repeated_ids(table)
    if len(lost):
        reasons = [f"repeats the review id of row {row}, which is kept; left out" for row in rows[kept]]
        log.add(rows[lost], "review_id", table["review_id"].take(pa.array(lost)), reasons)
        if len(lost) > MANY_REPEATS * len(rows):
            counted = f"{len(lost):,} of {len(rows):,} rows"
            notes.append(f"{counted} repeat a review id; if it is no id, --columns review_id=- keeps them")
        flags = np.ones(len(rows), dtype=bool)
        flags[lost] = False
        table, rows, has_id = keep_rows(table, flags, park), rows[flags], has_id[flags]
    notes += _same_text_note(table, rows, has_id)
    return _without_same_text(table, rows, has_id, log, notes, park)


def _same_text_note(table: pa.Table, rows: NDArray[np.int64], has_id: NDArray[np.bool_]) -> list[str]:
    """Say how many rows with ids of their own repeat artist, title and text of another; they are kept."""
    places = _places_of_same_length(table, ~has_id)
    if not len(places):
        return []
    codes, _ = pd.factorize(pd.Series(_digests(_rows_at(table, places))))
    again = np.flatnonzero(pd.Series(codes).duplicated().to_numpy())
    if not len(again):
        return []
    first = rows[places[again[0]]], rows[places[int(np.flatnonzero(codes == codes[again[0]])[0])]]
    return [
        f"{len(again):,} {'row repeats' if len(again) == 1 else 'rows repeat'} artist, title and text of another under "
        f"an id of {'its' if len(again) == 1 else 'their'} own (row {first[0]} that of row {first[1]}); kept: "
        "--columns review_id=- leaves them out"
    ]


def _repeated_ids(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that repeat a review id, and for each the row of that id which is kept."""
    places = rows_of_equals(digests_of(table["review_id"]))
    if not len(places):
        return places, places
    part = table.take(pa.array(places))
    codes, _ = pd.factorize(part["review_id"].to_pandas())
    kept = places[_kept_of_equals(codes, part)]
    return places[kept != places], kept[kept != places]


def _without_same_text(
    table: pa.Table,
    rows: NDArray[np.int64],
    has_id: NDArray[np.bool_],
    log: RejectLog,
    notes: list[str],
    park: Park,
) -> pa.Table:
    """Keep one of the rows without id that share artist, title and text.

    Reviews with an id are never touched, nor texts without artist and title: collections of labeled texts repeat some.
    """
    places = _places_of_same_length(table, has_id)
    if not len(places):
        return table
    part = _rows_at(table, places)
    codes, _ = pd.factorize(pd.Series(_digests(part)))
    kept = _kept_of_equals(codes, part)
    lost = np.flatnonzero(kept != np.arange(len(kept)))
    if not len(lost):
        return table
    scores = part["score"].to_pylist()
    marks = [(scores[at], scores[other]) for at, other in zip(lost, kept[lost], strict=True)]
    reasons = [
        f"same artist, title and text as row {row}, which is kept; left out{_other_mark(*pair)}"
        for row, pair in zip(rows[places[kept[lost]]], marks, strict=True)
    ]
    log.add(rows[places[lost]], None, part["text"].take(pa.array(lost)), reasons)
    n_lost, n_other = len(lost), sum(bool(_other_mark(*pair)) for pair in marks)
    first = f"row {rows[places[lost[0]]]} that of row {rows[places[kept[lost[0]]]]}"
    notes.append(
        f"{n_lost:,} {'row repeats' if n_lost == 1 else 'rows repeat'} artist, title and text of another ({first}); "
        f"left out{f', {n_other:,} of them with another mark' if n_other else ''}"
    )
    flags = np.ones(table.num_rows, dtype=bool)
    flags[places[lost]] = False
    return keep_rows(table, flags, park)


def _other_mark(score: float | None, kept: float | None) -> str:
    """Say so if a row that is left out has another score than the one that is kept."""
    return "" if score is None or score == kept else f"; its mark was {score:g} of 10"


def _places_of_same_length(table: pa.Table, has_id: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows without id whose title and length of text another one has too, which is cheap to see.

    Case does not count in titles, nor white space around texts.
    """
    named = pc.or_(pc.greater(pc.list_value_length(table["artists"]), 0), table["title"].is_valid())
    places = np.flatnonzero(~has_id & pc.and_(named, table["text"].is_valid()).to_numpy())
    if not len(places):
        return places
    pieces = (pc.binary_length(pc.utf8_trim_whitespace(piece)) for piece in table["text"].chunks)
    lengths = pa.chunked_array(pieces, type=pa.int32()).to_pandas().to_numpy()[places]
    titles, _ = pd.factorize(pc.utf8_lower(table["title"].take(pa.array(places))).to_pandas())
    return places[pd.DataFrame({"title": titles, "length": lengths}).duplicated(keep=False).to_numpy()]


def _rows_at(table: pa.Table, places: NDArray[np.int64]) -> pa.Table:
    return table.take(pa.array(places)) if len(places) < table.num_rows else table


def _digests(part: pa.Table) -> list[bytes]:
    """Return a digest of artists, title and text of each row, by their keys; texts are read piece by piece."""
    columns = part.select(["artists", "title", "text"])
    digests: list[bytes] = []
    for start in range(0, part.num_rows, _PIECE_ROWS):
        for row in columns.slice(start, _PIECE_ROWS).to_pylist():
            artists, title = [identity_key(name) for name in row["artists"]], row["title"]
            whole = repr((artists, title and title.casefold(), row["text"] and row["text"].strip()))
            digests.append(hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return digests


def _kept_of_equals(codes: NDArray[np.int64], table: pa.Table) -> NDArray[np.int64]:
    """Return for each row the one of its code that is kept: with most values filled, the first of equals."""
    n_rows = len(codes)
    if n_rows == 0 or codes.max() + 1 == n_rows:
        return np.arange(n_rows)
    order = np.lexsort((np.arange(n_rows), -_n_filled(table), codes))
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    return order[starts][codes]


def _n_filled(table: pa.Table) -> NDArray[np.int64]:
    filled = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        is_list = pa.types.is_list(column.type)
        flags = pc.greater(pc.list_value_length(column), 0) if is_list else column.is_valid()
        filled += flags.to_numpy()
    return filled
