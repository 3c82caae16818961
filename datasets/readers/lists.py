"""Columns of lists built from pairs (row, value), without a loop over rows.

Public names: :func:`lists_from_pairs`, :func:`pairs_from_lists`, :func:`count_items`, :func:`renamed_items`,
:func:`split_items`.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def lists_from_pairs(rows: NDArray[np.int64], values: pa.Array, n_rows: int) -> pa.ListArray:
    """Collect the values of each row in a list, in order, without nulls and repeats.

    Parameters
    ----------
    rows : ndarray of int64
        Row of each value, from 0, ascending.
    values : pyarrow.Array, same length
    n_rows : int

    Returns
    -------
    pyarrow.ListArray of length n_rows
    """
    encoded = values.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    filled = np.flatnonzero(codes >= 0)
    pairs = rows[filled] * max(len(encoded.dictionary), 1) + codes[filled]
    _, first = np.unique(pairs, return_index=True)
    kept = filled[np.sort(first)]
    offsets = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows[kept], minlength=n_rows), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values.take(pa.array(kept)))


def pairs_from_lists(lists: pa.ListArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Return the row and the value of every list item, the reverse of :func:`lists_from_pairs`."""
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows, pc.list_flatten(lists)


def count_items(pieces: Iterable[pa.ListArray]) -> dict[str, int]:
    """Return how often each text stands in the lists, in the order of their first appearance."""
    counts: dict[str, int] = {}
    for piece in pieces:
        found = pc.list_flatten(piece).value_counts()
        for text, n in zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True):
            counts[text] = counts.get(text, 0) + n
    return counts


def renamed_items(lists: pa.ListArray, names: Mapping[str, str | None]) -> pa.ListArray:
    """Give each item the name it has in ``names``, if any; one whose name is None is left out, as are repeats."""
    rows, items = pairs_from_lists(lists)
    encoded = items.dictionary_encode()
    shown = [names.get(item, item) for item in encoded.dictionary.to_pylist()]
    return lists_from_pairs(rows, pa.array(shown, pa.string()).take(encoded.indices), len(lists))


def split_items(lists: pa.ListArray, parts: Mapping[str, list[str]]) -> pa.ListArray:
    """Put in the place of an item those of ``parts``, if it has any; repeats are left out."""
    rows, items = pairs_from_lists(lists)
    texts = items.to_pylist()
    pairs = [(row, part) for row, text in zip(rows, texts, strict=True) for part in parts.get(text, [text])]
    at = np.array([row for row, _ in pairs], dtype=np.int64)
    return lists_from_pairs(at, pa.array([part for _, part in pairs], pa.string()), len(lists))
