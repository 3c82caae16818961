"""Write vectors in the formats other programs read.

Conventions: row ``i`` of the matrix belongs to entry ``i`` of the ids and names.

Public: `write_word2vec`, `write_projector`, `write_vector_parquet`, `make_keyed_vectors`, `one_word_keys`,
`unique_names`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..core.files import write_table
from ..core.replacement import replace_directory, replace_file

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def write_word2vec(
    path: str | Path, keys: Sequence[str], matrix: np.ndarray, *, binary: bool = False
) -> None:
    """Write word2vec's format: a line ``n dim``, then ``key number number ...`` for each row.

    Parameters
    ----------
    path : path
        Appears only when it is whole.
    keys : sequence of str
        Passed through `one_word_keys`, because blanks end a key in this format.
    matrix : ndarray of shape (n, dim), float32
    binary : bool
        Write the numbers as float32 instead of as text.
    """
    with replace_file(path) as temporary, temporary.open("wb") as stream:
        stream.write(f"{len(matrix)} {matrix.shape[1]}\n".encode())
        for key, vector in zip(one_word_keys(keys), matrix, strict=True):
            numbers = vector.astype("<f4").tobytes() if binary else " ".join(map(str, vector)).encode()
            stream.write(key.encode("utf-8", "replace") + b" " + numbers + b"\n")


def write_projector(directory: str | Path, columns: Mapping[str, Sequence[str]], matrix: np.ndarray) -> None:
    """Write ``tensors.tsv`` and ``metadata.tsv``, the two files the Embedding Projector loads.

    Parameters
    ----------
    directory : path
        Replaced as a whole.
    columns : mapping of str to sequence of str
        What is shown of each row; tabs and line ends become blanks, and a blank cell becomes "-", because the
        Projector skips blank lines.
    matrix : ndarray of shape (n, dim), float32
    """
    with replace_directory(directory) as folder:
        with (folder / "tensors.tsv").open("w", encoding="utf-8", newline="\n") as stream:
            for vector in matrix:
                stream.write("\t".join(map(str, vector)) + "\n")
        with (folder / "metadata.tsv").open("w", encoding="utf-8", newline="\n") as stream:
            stream.write("\t".join(columns) + "\n")
            for cells in zip(*columns.values(), strict=True):
                shown = (
                    " ".join(re.sub(r"[\x00-\x1f\x85\u2028\u2029]", " ", cell).split()) or "-"
                    for cell in cells
                )
                stream.write("\t".join(shown) + "\n")


def write_vector_parquet(path: str | Path, table: pa.Table) -> None:
    """Write artist_id, name, genres and vector (list of float32) as Parquet.

    Parameters
    ----------
    path : path
    table : pyarrow.Table
        As `VectorTable.to_arrow` gives it.
    """
    lists = table["vector"].combine_chunks().cast(pa.list_(pa.float32()))
    write_table(path, table.select(["artist_id", "name", "genres"]).append_column("vector", lists))


def make_keyed_vectors(keys: Sequence[str], matrix: np.ndarray) -> KeyedVectors:
    """Make gensim's `KeyedVectors` from unique keys and a matrix of shape (n, dim)."""
    from gensim.models import KeyedVectors  # a second to load

    keyed = KeyedVectors(matrix.shape[1], count=0)
    keyed.add_vectors(list(keys), matrix)
    return keyed


def unique_names(names: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Make names usable as keys: one that occurs twice is followed by its id in parentheses."""
    count = Counter(names)
    full = [f"{name} ({key})" for name, key in zip(names, ids, strict=True)]
    keys = [long if count[name] > 1 else name for name, long in zip(names, full, strict=True)]
    return keys if len(set(keys)) == len(keys) else full


def one_word_keys(ids: Sequence[str]) -> list[str]:
    """Make keys without blanks or line ends, all different: blanks become "_", repeats get a number."""
    keys: list[str] = []
    taken: set[str] = set()
    for artist_id in ids:
        word = "_".join(artist_id.split()) or "_"
        key, number = word, 2
        while key in taken:
            key, number = f"{word}_{number}", number + 1
        taken.add(key)
        keys.append(key)
    return keys
