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
from .merged_rows import merged_into, with_values
from .readers.raw import Park, RejectLog
from .repeated_values import digests_of, rows_of_equals

MANY_REPEATS = 0.02  # share of rows; more, and the column is probably no id
_PIECE_ROWS = 256  # whose texts are held at a time
_BATCH_ROWS = 16_384
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads lengths over 64 bits


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
        says_more, values = merged_into(table, lost, kept)
        table = with_values(table, values, park)
        of_both = "has its genres, labels, years and artists, too"
        reasons = [
            f"repeats the review id of row {row}, which {of_both if more else 'is kept'}; left out"
            for row, more in zip(rows[kept], says_more, strict=True)
        ]
        log.add(rows[lost], "review_id", _values_at(table["review_id"], lost), reasons)
        n_more = int(says_more.sum())
        if n_more:
            notes.append(
                f"{n_more:,} rows are the same review as another with other genres, labels, years or artists (row "
                f"{rows[lost[says_more][0]]} that of row {rows[kept[says_more][0]]}), which has them all"
            )
        if len(lost) - n_more > MANY_REPEATS * len(rows):
            counted = f"{len(lost) - n_more:,} of {len(rows):,} rows"
            notes.append(f"{counted} repeat a review id; if it is no id, --columns review_id=- keeps them")
        flags = np.ones(len(rows), dtype=bool)
        flags[lost] = False
        table, rows, has_id = keep_rows(table, flags, park), rows[flags], has_id[flags]
    notes += _same_text_note(table, rows, has_id)
    return _without_same_text(table, rows, has_id, log, notes, park)


def _same_text_note(table: pa.Table, rows: NDArray[np.int64], has_id: NDArray[np.bool_]) -> list[str]:
    """Say how many rows with ids of their own repeat artist, title and text of another; they are kept."""
    places, codes = _same_text(table, ~has_id)
    if not len(places):
        return []
    _, first_of = np.unique(codes, return_index=True)  # the first of equals, since places ascend
    again = np.ones(len(places), dtype=bool)
    again[first_of] = False
    at = int(np.flatnonzero(again)[0])
    n_again, first = int(again.sum()), (rows[places[at]], rows[places[first_of[codes[at]]]])
    return [
        f"{n_again:,} {'row repeats' if n_again == 1 else 'rows repeat'} artist, title and text of another under "
        f"an id of {'its' if n_again == 1 else 'their'} own (row {first[0]} that of row {first[1]}); kept: "
        "--columns review_id=- leaves them out"
    ]


def _repeated_ids(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that repeat a review id, and for each the row of that id which is kept."""
    places = rows_of_equals(digests_of(table["review_id"]))
    if not len(places):
        return places, places
    codes, _ = pd.factorize(_values_at(table["review_id"], places).to_pandas())
    kept = places[_kept_of_equals(codes, _n_filled(table)[places])]
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
    places, codes = _same_text(table, has_id)
    if not len(places):
        return table
    kept = places[_kept_of_equals(codes, _n_filled(table)[places])]
    lost, kept = places[kept != places], kept[kept != places]
    marks = [_other_mark(*pair) for pair in zip(*_scores_at(table["score"], lost, kept), strict=True)]
    for start in range(0, len(lost), _PIECE_ROWS):  # whose whole texts the log shortens
        part = slice(start, start + _PIECE_ROWS)
        reasons = [
            f"same artist, title and text as row {row}, which is kept; left out{mark}"
            for row, mark in zip(rows[kept[part]], marks[part], strict=True)
        ]
        log.add(rows[lost[part]], None, _values_at(table["text"], lost[part]), reasons)
    n_lost, n_other = len(lost), sum(map(bool, marks))
    first = f"row {rows[lost[0]]} that of row {rows[kept[0]]}"
    notes.append(
        f"{n_lost:,} {'row repeats' if n_lost == 1 else 'rows repeat'} artist, title and text of another ({first}); "
        f"left out{f', {n_other:,} of them with another mark' if n_other else ''}"
    )
    flags = np.ones(table.num_rows, dtype=bool)
    flags[lost] = False
    return keep_rows(table, flags, park)


def _other_mark(score: float | None, kept: float | None) -> str:
    """Say so if a row that is left out has another score than the one that is kept."""
    return "" if score is None or score == kept else f"; its mark was {score:g} of 10"


def _same_text(table: pa.Table, left_aside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows, ascending, that share artists, title and text with another, and what tells the groups apart.

    Of each row 8 bytes are held, of titles and lengths; 16 more, of all three, of the rows that agree in these.
    """
    places = rows_of_equals(*_hashes_of_lengths(table, left_aside))
    digests, at, start = np.empty((len(places), 2), np.uint64), 0, 0
    for batch in table.select(["artists", "title", "text"]).to_batches(max_chunksize=_BATCH_ROWS):
        upto = at + int(np.searchsorted(places[at:], start + batch.num_rows))
        if upto > at:
            digests[at:upto] = _digests(batch, places[at:upto] - start)
        at, start = upto, start + batch.num_rows
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    differs = np.any(digests[order[1:]] != digests[order[:-1]], axis=1)
    codes = np.empty(len(places), np.int64)
    codes[order] = np.cumsum(np.r_[False, differs]) if len(places) else 0
    several = np.bincount(codes)[codes] > 1 if len(places) else np.zeros(0, dtype=bool)
    _, codes = np.unique(codes[several], return_inverse=True)
    return places[several], codes


def _hashes_of_lengths(
    table: pa.Table, left_aside: NDArray[np.bool_]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return 8 bytes of the title and the length of the text of the rows that can be compared, and these rows.

    Case does not count in titles, nor white space around texts.
    """
    hashes, places, start = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], 0
    for batch in table.select(["artists", "title", "text"]).to_batches(max_chunksize=_BATCH_ROWS):
        artists, title, text = batch.columns
        named = pc.or_(pc.greater(pc.list_value_length(artists), 0), title.is_valid())
        usable = pc.and_(named, text.is_valid()).to_numpy(zero_copy_only=False)
        here = np.flatnonzero(usable & ~left_aside[start : start + batch.num_rows])
        if len(here):
            chosen = pa.array(here)
            lengths = pc.binary_length(pc.utf8_trim_whitespace(text.take(chosen))).to_numpy()
            titles = pa.chunked_array([pc.fill_null(pc.utf8_lower(title.take(chosen)), "\0")])
            hashes.append(digests_of(titles) + lengths.astype(np.uint64) * _ODD)
            places.append(here + start)
        start += batch.num_rows
    return np.concatenate(hashes), np.concatenate(places)


def _digests(batch: pa.RecordBatch, places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return 16 bytes of artists, title and text of some rows, by their keys; texts are read piece by piece."""
    digests: list[bytes] = []
    for start in range(0, len(places), _PIECE_ROWS):
        for row in batch.take(pa.array(places[start : start + _PIECE_ROWS])).to_pylist():
            artists, title = [identity_key(name) for name in row["artists"]], row["title"]
            whole = repr((artists, title and title.casefold(), row["text"] and row["text"].strip()))
            digests.append(hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def _values_at(column: pa.ChunkedArray, places: NDArray[np.int64]) -> pa.ChunkedArray:
    """Return the values of a column in some rows, which ascend; its pieces are not joined for that."""
    taken, at, start = [], 0, 0
    for piece in column.chunks:
        upto = at + int(np.searchsorted(places[at:], start + len(piece)))
        if upto > at:
            taken.append(piece.take(pa.array(places[at:upto] - start)))
        at, start = upto, start + len(piece)
    return pa.chunked_array(taken, type=column.type)


def _scores_at(
    scores: pa.ChunkedArray, lost: NDArray[np.int64], kept: NDArray[np.int64]
) -> tuple[list[float | None], list[float | None]]:
    """Return the scores of the rows that are left out, and of those kept for them."""
    once, of_lost = np.unique(kept, return_inverse=True)
    kept_scores = _values_at(scores, once).to_pylist()
    return _values_at(scores, lost).to_pylist(), [kept_scores[at] for at in of_lost]


def _kept_of_equals(codes: NDArray[np.int64], n_filled: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return for each row the one of its code that is kept: with most values filled, the first of equals."""
    n_rows = len(codes)
    if n_rows == 0 or codes.max() + 1 == n_rows:
        return np.arange(n_rows)
    order = np.lexsort((np.arange(n_rows), -n_filled.astype(np.int64), codes))
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    return order[starts][codes]


def _n_filled(table: pa.Table) -> NDArray[np.uint8]:
    """Return how many values of each row are there."""
    filled = np.zeros(table.num_rows, dtype=np.uint8)
    for column in table.columns:
        start = 0
        for piece in column.chunks:
            is_list = pa.types.is_list(piece.type)
            flags = pc.greater(pc.list_value_length(piece), 0) if is_list else piece.is_valid()
            filled[start : start + len(piece)] += pc.fill_null(flags, False).to_numpy(zero_copy_only=False)
            start += len(piece)
    return filled
